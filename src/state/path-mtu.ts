import { type Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import { address4, address6, type IpAddress } from '../wire/address.ts';
import { minimumMtu } from '../wire/ipv6.ts';
import { RowList } from './row-list.ts';
import type { Change, Watchable } from './store.ts';
import { WordTable } from './word-table.ts';
import { zoneOf } from './zone.ts';

/** What a path carries, where that is less than its first link does. */
export interface PathMtu {
  readonly destination: IpAddress;
  /** The zone of a link-local destination: the index of its interface. 0 for all others. */
  readonly interfaceIndex: number;
  readonly mtu: number;
  /** When it will be forgotten, in milliseconds of the scheduler. */
  readonly expires: number;
}

export interface PathMtuOptions {
  /** Most destinations, of both IP versions together. Default 4,096 (210 kB). */
  readonly destinations?: number;
  /**
   * Milliseconds from the last Packet Too Big until the link's MTU is tried again. Default 600,000, ten minutes (RFC
   * 8201 §5.3, RFC 1191 §6.3); for less than five minutes there must be no reason but a test (RFC 8201 §4).
   */
  readonly lifetime?: number;
  /**
   * No IPv4 path is taken to carry less. Default 576, which every host takes (RFC 791 §3.1): smaller claims are made to
   * slow us down (RFC 5927 §7). The least that is right is 68 (RFC 1191 §3).
   */
  readonly minimum4?: number;
}

export const pathMtuDefaults: Required<PathMtuOptions> = {
  destinations: 4_096,
  lifetime: 600_000,
  minimum4: 576,
};

/** Key word 0 of an IPv4 destination; that of an IPv6 one is its zone. */
const ipv4Mark = -1;

/**
 * Path MTUs by destination (RFC 8201 §5.2, RFC 1191 §6.1). A Packet Too Big can only lower one; time alone gives the
 * link's MTU back. Whoever calls {@link learn6} or {@link learn4} has made sure that the message is about a packet
 * that went out from here.
 *
 * When the store is full, the destination that no message has come about for the longest time is forgotten.
 *
 * @example
 * node.pathMtus.learn6(view, destination, 0, 1400);
 * node.pathMtus.lookup6(view, destination, 0, 1500); // 1400
 */
export class PathMtus implements Watchable<PathMtu> {
  readonly options: Required<PathMtuOptions>;
  readonly #scheduler: SchedulerLike;
  readonly #table: WordTable;
  readonly #mtu: Uint32Array;
  readonly #expires: Float64Array;
  /** All live equally long, so the order of learning is that of expiry. */
  readonly #byAge: RowList;
  #timer: Subscription | undefined;
  readonly #changes = new Subject<Change<PathMtu>>();
  readonly changes$: Observable<Change<PathMtu>> = this.#changes.asObservable();

  /** @param needs the clock; a random seed of the hash */
  constructor(needs: { readonly scheduler: SchedulerLike; readonly seed: number }, options: PathMtuOptions = {}) {
    this.options = { ...pathMtuDefaults, ...options };
    this.#scheduler = needs.scheduler;
    this.#table = new WordTable({ words: 5, limit: Math.max(1, this.options.destinations), seed: needs.seed });
    const rows = this.#table.limit + 1;
    this.#mtu = new Uint32Array(rows);
    this.#expires = new Float64Array(rows);
    this.#byAge = new RowList(this.#table.limit);
  }

  get size(): number {
    return this.#table.size;
  }

  /**
   * What the path to the IPv6 destination at `at` carries, at most what its first link does. Allocates nothing.
   *
   * @param interfaceIndex the outgoing interface: the zone, should the destination be link-local
   */
  lookup6(view: DataView, at: number, interfaceIndex: number, linkMtu: number): number {
    if (this.#table.size === 0) return linkMtu;
    this.#writeKey6(view, at, interfaceIndex);
    return this.#lookup(linkMtu);
  }

  /** What the path to the IPv4 destination at `at` carries, at most what its first link does. */
  lookup4(view: DataView, at: number, linkMtu: number): number {
    if (this.#table.size === 0) return linkMtu;
    this.#writeKey4(view, at);
    return this.#lookup(linkMtu);
  }

  /**
   * A Packet Too Big about a packet of ours to the IPv6 destination at `at`. What lies below 1,280 is discarded, what
   * is not below what we know changes nothing but puts off the next attempt at more (RFC 8201 §4).
   *
   * @param interfaceIndex the interface the packet left by: the zone, should the destination be link-local
   * @returns whether the path MTU is lower now
   */
  learn6(view: DataView, at: number, interfaceIndex: number, mtu: number): boolean {
    if (mtu < minimumMtu) return false;
    this.#writeKey6(view, at, interfaceIndex);
    return this.#learn(mtu);
  }

  /**
   * A Fragmentation Needed about a packet of ours to the IPv4 destination at `at`. What lies below `minimum4` is taken
   * for that.
   *
   * @returns whether the path MTU is lower now
   */
  learn4(view: DataView, at: number, mtu: number): boolean {
    this.#writeKey4(view, at);
    return this.#learn(Math.max(mtu, this.options.minimum4));
  }

  /** Forgets a destination, as when a test begins anew. */
  forget(destination: IpAddress, interfaceIndex = 0): boolean {
    const { family, w0, w1, w2, w3 } = destination;
    this.#table.key.set([family === 4 ? ipv4Mark : zoneOf(w0, interfaceIndex), w0, w1, w2, w3]);
    const row = this.#table.find();
    if (row === 0) return false;
    this.#changes.next({ type: 'removed', value: this.#remove(row) });
    return true;
  }

  /** What is known, next to be forgotten first. */
  list(): readonly PathMtu[] {
    const entries: PathMtu[] = [];
    for (let row = this.#byAge.first; row !== 0; row = this.#byAge.after(row)) entries.push(this.#describe(row));
    return entries;
  }

  close(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#changes.complete();
  }

  #writeKey6(view: DataView, at: number, interfaceIndex: number): void {
    const key = this.#table.key;
    const w0 = view.getInt32(at);
    key[0] = zoneOf(w0, interfaceIndex);
    key[1] = w0;
    key[2] = view.getInt32(at + 4);
    key[3] = view.getInt32(at + 8);
    key[4] = view.getInt32(at + 12);
  }

  #writeKey4(view: DataView, at: number): void {
    const key = this.#table.key;
    key[0] = ipv4Mark;
    key[1] = view.getInt32(at);
    key[2] = 0;
    key[3] = 0;
    key[4] = 0;
  }

  #lookup(linkMtu: number): number {
    const row = this.#table.find();
    if (row === 0 || (this.#expires[row] as number) <= this.#scheduler.now()) return linkMtu;
    return Math.min(linkMtu, this.#mtu[row] as number);
  }

  #learn(mtu: number): boolean {
    const now = this.#scheduler.now();
    const { lifetime } = this.options;
    let row = this.#table.find();
    const known = row !== 0;
    let evicted: PathMtu | undefined;
    if (known) this.#byAge.remove(row);
    else {
      if (this.#table.size === this.#table.limit) evicted = this.#remove(this.#byAge.first);
      row = this.#table.insert();
    }
    const lower = !known || mtu < (this.#mtu[row] as number) || (this.#expires[row] as number) <= now;
    if (lower) this.#mtu[row] = mtu;
    this.#expires[row] = now + lifetime;
    this.#byAge.append(row);
    this.#timer ??= this.#arm(lifetime);
    if (evicted !== undefined) this.#changes.next({ type: 'removed', value: evicted });
    if (lower) this.#changes.next({ type: known ? 'updated' : 'added', value: this.#describe(row) });
    return lower;
  }

  /** One timer for all, set to when the first expires. */
  #arm(delay: number): Subscription {
    return this.#scheduler.schedule(() => {
      const now = this.#scheduler.now();
      const expired: PathMtu[] = [];
      let { first } = this.#byAge;
      while (first !== 0 && (this.#expires[first] as number) <= now) {
        expired.push(this.#remove(first));
        first = this.#byAge.first;
      }
      this.#timer = first === 0 ? undefined : this.#arm((this.#expires[first] as number) - now);
      for (const value of expired) this.#changes.next({ type: 'removed', value });
    }, delay);
  }

  #remove(row: number): PathMtu {
    const value = this.#describe(row);
    this.#byAge.remove(row);
    this.#table.removeRow(row);
    return value;
  }

  #describe(row: number): PathMtu {
    const word = (index: number): number => this.#table.keyWord(row, index);
    const four = word(0) === ipv4Mark;
    return {
      destination: four ? address4(word(1)) : address6(word(1), word(2), word(3), word(4)),
      interfaceIndex: four ? 0 : word(0),
      mtu: this.#mtu[row] as number,
      expires: this.#expires[row] as number,
    };
  }
}
