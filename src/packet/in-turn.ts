import { Observable, Subscriber } from 'rxjs';
import { Drop } from './drop.ts';
import type { Packet } from './packet.ts';
import type { Lane } from './stage.ts';

class TurnSubscriber extends Subscriber<Packet> {
  readonly #out: Subscriber<Packet>;
  readonly #limit: number;
  readonly #waiting: Packet[] = [];
  /** Index in `waiting` of the next one. */
  #next = 0;
  #busy = false;
  #ended = false;

  constructor(out: Subscriber<Packet>, limit: number) {
    super(out);
    this.#out = out;
    this.#limit = limit;
    this.add(() => {
      for (const packet of this.#waiting.splice(this.#next)) packet.release();
    });
  }

  override next(packet: Packet): void {
    if (this.isStopped) return;
    if (this.#busy) {
      if (this.#waiting.length - this.#next < this.#limit) this.#waiting.push(packet);
      else this.#refuse(packet);
      return;
    }
    this.#busy = true;
    this.#out.next(packet);
    while (this.#next < this.#waiting.length) this.#out.next(this.#take());
    this.#busy = false;
    if (this.#ended) super._complete();
  }

  protected override _complete(): void {
    if (this.#busy) this.#ended = true;
    else super._complete();
  }

  #take(): Packet {
    const packet = this.#waiting[this.#next] as Packet;
    this.#next += 1;
    if (this.#next === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#next = 0;
    }
    return packet;
  }

  #refuse(packet: Packet): void {
    packet.refuse(Drop.outboxFull);
    this.#out.next(packet);
  }
}

/**
 * Hands packets on one after the other: a packet that comes while another is on its way down the line waits until that
 * has arrived. So a line may feed itself without nesting: 20,000 packets, each said because of the one before, need no
 * more stack than one. Packets that still wait when the stream is let go go back to their pool.
 *
 * Drops: `outboxFull` when `limit` packets wait already; the refused packet passes the others by.
 *
 * @param limit most packets that wait. Default 1,024
 */
export const inTurn =
  (limit = 1_024): Lane =>
  (source) =>
    new Observable((out) => source.subscribe(new TurnSubscriber(out, limit)));
