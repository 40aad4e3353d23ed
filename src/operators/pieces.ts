import { Subscriber } from 'rxjs';
import type { Packet } from '../packet/packet.ts';

/** Hands on one packet or several. When the stream is let go while the first pass, the others go back to their pool. */
export abstract class PiecesSubscriber extends Subscriber<Packet> {
  readonly #out: Subscriber<Packet>;

  constructor(out: Subscriber<Packet>) {
    super(out);
    this.#out = out;
  }

  protected handOn(packet: Packet): void {
    if (this.#out.closed) packet.release();
    else this.#out.next(packet);
  }

  protected handOnAll(first: Packet, others: readonly Packet[]): void {
    this.handOn(first);
    for (const packet of others) this.handOn(packet);
  }
}
