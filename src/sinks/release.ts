import { Observable, type OperatorFunction, Subscriber } from 'rxjs';
import type { Packet } from '../packet/packet.ts';

class ReleaseSubscriber extends Subscriber<Packet> {
  readonly #out: Subscriber<never>;

  constructor(out: Subscriber<never>) {
    super(out);
    this.#out = out;
  }

  override next(packet: Packet): void {
    if (this.isStopped) return;
    try {
      packet.release();
    } catch (bug) {
      this.#out.error(bug);
    }
  }
}

/**
 * The end of every line: gives each packet back, whatever became of it, and emits nothing.
 *
 * @example
 * packets$.pipe(router(node), toDevice(device), release()).subscribe();
 */
export const release = (): OperatorFunction<Packet, never> => (source) =>
  new Observable((out) => source.subscribe(new ReleaseSubscriber(out)));
