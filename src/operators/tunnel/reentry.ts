import { type Subject, Subscriber } from 'rxjs';
import { type Packet, Status } from '../../packet/packet.ts';

/** What a packet does next: it stays on the line, or begins it again. */
type Turn = (packet: Packet) => boolean;

/**
 * Packets that have become another packet, by a header more or less, begin the line again at `again`; all others are
 * handed on. Nothing is lost: each goes one of the two ways.
 */
export class ReentrySubscriber extends Subscriber<Packet> {
  readonly #out: Subscriber<Packet>;
  readonly #again: Subject<Packet>;
  readonly #turn: Turn;

  /** @param turn acts on packets in flight; true for one that begins again */
  constructor(out: Subscriber<Packet>, again: Subject<Packet>, turn: Turn) {
    super(out);
    this.#out = out;
    this.#again = again;
    this.#turn = turn;
  }

  override next(packet: Packet): void {
    if (this.isStopped) return;
    if (packet.status === Status.inFlight && this.#turn(packet)) return this.#again.next(packet);
    // let go meanwhile: no one is left to own it
    if (this.#out.closed) packet.release();
    else this.#out.next(packet);
  }
}
