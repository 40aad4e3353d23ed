import { type Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import type { Change, Watchable } from './store.ts';
import { canonical, isCycle, type LoopPath } from './tunnel-loops.ts';

/** A loop of tunnels, or a nesting that is too deep. */
export interface TunnelLoop {
  /** Interface indexes in the order of a packet's way; of a cycle the first stands at the end again. */
  readonly path: LoopPath;
  /** Does configuration lead to it now, packets or not? */
  readonly foreseen: boolean;
  /** Packets that were refused because of it. */
  readonly packets: number;
  /** When the first and the last of them were, to a second, in milliseconds of the scheduler; 0 if none has been. */
  readonly firstMet: number;
  readonly lastMet: number;
}

/** Watchers are told of further packets in a loop no more often than this, in milliseconds. */
const tellInterval = 1_000;

/** Senders of packets in a foreseen loop hear of it no more often than this within {@link tellInterval} (RFC 4443 §2.4 f). */
const errorsPerInterval = 100;

class Entry implements TunnelLoop {
  readonly path: LoopPath;
  foreseen = false;
  packets = 0;
  firstMet = 0;
  lastMet = 0;
  /** Packets that watchers know of. */
  told = 0;
  /** Until watchers may be told again. */
  watch: Subscription | undefined;

  constructor(path: LoopPath) {
    this.path = path;
  }
}

const describe = ({ path, foreseen, packets, firstMet, lastMet }: Entry): TunnelLoop => ({
  path,
  foreseen,
  packets,
  firstMet,
  lastMet,
});

const isSame = (a: LoopPath, b: LoopPath): boolean => a.length === b.length && a.every((each, at) => each === b[at]);

/** Is the path that of a packet which `tunnel` was to encapsulate, again or too deeply? Allocates nothing. */
const isOnTrail = (
  path: LoopPath,
  trail: Uint16Array,
  first: number,
  depth: number,
  tunnel: number,
  again: boolean,
): boolean => {
  const steps = depth - first;
  if (path.length !== steps + 1 || isCycle(path) !== again) return false;
  let shift = 0;
  while (again && shift < steps && trail[first + shift] !== path[0]) shift += 1;
  for (let i = 0; i < steps; i += 1) if (path[i] !== trail[first + ((shift + i) % steps)]) return false;
  return again || path[steps] === tunnel;
};

/**
 * Loops of tunnels: those that packets have met, and those that the static checker foresees. When the store is full,
 * the one that no packet has met for the longest time is forgotten, unless it is foreseen.
 *
 * @example
 * node.loops.changes$.subscribe(({ type, value }) => console.log(type, value.path, value.packets));
 */
export class Loops implements Watchable<TunnelLoop> {
  readonly #scheduler: SchedulerLike;
  /** By row, from 1. */
  readonly #entries: (Entry | undefined)[];
  readonly #changes = new Subject<Change<TunnelLoop>>();
  /** Foreseen, met first, met again (told once a second), not foreseen any more. */
  readonly changes$: Observable<Change<TunnelLoop>> = this.#changes.asObservable();

  /** @param needs the clock; most loops */
  constructor(needs: { readonly scheduler: SchedulerLike; readonly limit: number }) {
    this.#scheduler = needs.scheduler;
    this.#entries = Array.from({ length: needs.limit + 1 }, () => undefined);
  }

  list(): readonly TunnelLoop[] {
    return this.#entries.flatMap((entry) => (entry === undefined ? [] : [describe(entry)]));
  }

  /**
   * What the checker foresees now; what it foresaw before and does not any more is forgotten, unless packets have met it.
   *
   * @returns the row of each path, 0 for one that has no room
   */
  foresee(paths: readonly LoopPath[]): readonly number[] {
    const rows = paths.map((path) => this.#foreseeOne(path));
    for (const [row, entry] of this.#entries.entries()) {
      if (entry === undefined || !entry.foreseen || rows.includes(row)) continue;
      entry.foreseen = false;
      if (entry.packets === 0) this.#entries[row] = undefined;
      this.#tell(entry.packets === 0 ? 'removed' : 'updated', entry);
    }
    return rows;
  }

  /**
   * A packet was refused because of a loop in that row. Allocates nothing but what watchers are told.
   *
   * @returns whether its sender should hear of it: of so many that a flood costs no more than forwarding does
   */
  meet(row: number): boolean {
    const entry = this.#entries[row];
    if (entry === undefined) return true;
    this.#count(entry);
    return entry.packets - entry.told < errorsPerInterval;
  }

  /**
   * A packet that the first `depth` tunnels of `trail` have encapsulated was to be encapsulated by `tunnel`: again, or
   * too deeply.
   */
  meetOn(trail: Uint16Array, depth: number, tunnel: number): void {
    let first = 0;
    while (first < depth && trail[first] !== tunnel) first += 1;
    const again = first < depth;
    if (!again) first = 0;
    for (let row = 1; row < this.#entries.length; row += 1) {
      const entry = this.#entries[row];
      if (entry !== undefined && isOnTrail(entry.path, trail, first, depth, tunnel, again)) return this.#count(entry);
    }
    const path = canonical([...trail.subarray(first, depth), tunnel]);
    const row = this.#makeRoom();
    if (row === 0) return;
    const entry = new Entry(path);
    this.#entries[row] = entry;
    this.#count(entry, 'added');
  }

  close(): void {
    for (const entry of this.#entries) entry?.watch?.unsubscribe();
    this.#changes.complete();
  }

  #find(path: LoopPath): number {
    return Math.max(
      0,
      this.#entries.findIndex((entry) => entry !== undefined && isSame(entry.path, path)),
    );
  }

  #foreseeOne(path: LoopPath): number {
    const known = this.#find(path);
    const row = known === 0 ? this.#makeRoom() : known;
    if (row === 0) return 0;
    const entry = this.#entries[row] ?? new Entry(path);
    this.#entries[row] = entry;
    if (entry.foreseen) return row;
    entry.foreseen = true;
    this.#tell(known === 0 ? 'added' : 'updated', entry);
    return row;
  }

  /** A free row, if need be that of the loop met longest ago; 0 when all are foreseen. */
  #makeRoom(): number {
    let oldest = 0;
    for (let row = 1; row < this.#entries.length; row += 1) {
      const entry = this.#entries[row];
      if (entry === undefined) return row;
      if (entry.foreseen) continue;
      if (oldest === 0 || entry.lastMet < (this.#entries[oldest] as Entry).lastMet) oldest = row;
    }
    const entry = this.#entries[oldest];
    if (entry === undefined) return 0;
    entry.watch?.unsubscribe();
    this.#entries[oldest] = undefined;
    this.#tell('removed', entry);
    return oldest;
  }

  /**
   * The clock is asked once for the first packet, and then once a second as long as there are more: so a flood of
   * packets costs a count each, and asks nothing.
   */
  #count(entry: Entry, type: 'added' | 'updated' = 'updated'): void {
    entry.packets += 1;
    if (entry.watch !== undefined) return;
    entry.lastMet = this.#scheduler.now();
    if (entry.packets === 1) entry.firstMet = entry.lastMet;
    entry.told = entry.packets;
    entry.watch = this.#watch(entry);
    this.#tell(type, entry);
  }

  #watch(entry: Entry): Subscription {
    return this.#scheduler.schedule(() => {
      entry.watch = undefined;
      if (entry.packets === entry.told) return;
      entry.told = entry.packets;
      entry.lastMet = this.#scheduler.now();
      entry.watch = this.#watch(entry);
      this.#tell('updated', entry);
    }, tellInterval);
  }

  #tell(type: Change<TunnelLoop>['type'], entry: Entry): void {
    this.#changes.next({ type, value: describe(entry) });
  }
}
