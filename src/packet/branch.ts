import { Observable, Subscriber } from 'rxjs';
import { Drop } from './drop.ts';
import type { Packet } from './packet.ts';
import type { Lane } from './stage.ts';

class BranchSubscriber<K extends string> extends Subscriber<Packet> {
  readonly #out: Subscriber<Packet>;
  readonly #key: (packet: Packet) => K;
  readonly #entrances: Record<K, Subscriber<Packet>>;

  constructor(out: Subscriber<Packet>, key: (packet: Packet) => K, entrances: Record<K, Subscriber<Packet>>) {
    super();
    this.#out = out;
    this.#key = key;
    this.#entrances = entrances;
  }

  override next(packet: Packet): void {
    if (this.isStopped) return;
    let entrance: Subscriber<Packet>;
    let open: boolean;
    try {
      entrance = this.#entrances[this.#key(packet)];
      open = !entrance.closed;
    } catch (bug) {
      this.#out.error(bug);
      return;
    }
    if (open) return entrance.next(packet);
    packet.refuse(Drop.laneClosed);
    this.#out.next(packet);
  }

  protected override _error(error: unknown): void {
    this.#out.error(error);
    this.unsubscribe();
  }

  protected override _complete(): void {
    for (const entrance of Object.values<Subscriber<Packet>>(this.#entrances)) entrance.complete();
    this.unsubscribe();
  }
}

/** The end of a lane: a Subscriber of our own, for an observer object costs two calls and a try block more. */
class LaneEnd extends Subscriber<Packet> {
  readonly #out: Subscriber<Packet>;
  readonly #ended: () => void;

  constructor(out: Subscriber<Packet>, ended: () => void) {
    super(out);
    this.#out = out;
    this.#ended = ended;
  }

  override next(packet: Packet): void {
    if (this.isStopped) return;
    if (this.#out.closed) packet.release();
    else this.#out.next(packet);
  }

  protected override _complete(): void {
    this.#ended();
    this.unsubscribe();
  }
}

/** At the entrance of a lane that has not subscribed to it. */
const nobody = new Subscriber<Packet>();
nobody.unsubscribe();

/**
 * The only fork. `key` names the lane for each packet; `lanes` holds a lane for every name the key can return, so a
 * forgotten lane does not compile. What comes out of the lanes is merged, in order.
 *
 * The source is subscribed once, after all lanes. The branch completes when the source and all lanes have; an error
 * anywhere ends it; unsubscribing ends all of them.
 *
 * Drops: `laneClosed` when the packet's lane has ended or takes no packets; the packet goes round the lane.
 *
 * @example
 * branch(fate, { local: deliver(node.ports), forward: hopLimit(), drop: pass })
 */
export const branch =
  <K extends string>(key: (packet: Packet) => K, lanes: Record<K, Lane>): Lane =>
  (source) =>
    new Observable((out) => {
      const names = Object.keys(lanes) as K[];
      const entrances = {} as Record<K, Subscriber<Packet>>;
      const fork = new BranchSubscriber(out, key, entrances);
      out.add(fork);
      let open = names.length;
      for (const name of names) {
        entrances[name] = nobody;
        const entrance$ = new Observable<Packet>((entrance) => {
          entrances[name] = entrance;
          if (fork.closed) entrance.complete(); // the lane came after the source had ended
        });
        lanes[name](entrance$).subscribe(
          new LaneEnd(out, () => {
            open -= 1;
            if (open === 0) out.complete();
          }),
        );
      }
      if (!fork.closed) source.subscribe(fork);
    });
