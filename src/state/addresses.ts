import { type Observable, type SchedulerLike, Subject } from 'rxjs';
import { equalAddress, formatAddress, type IpAddress, isLinkLocal, prefixOf } from '../wire/address.ts';
import { AddressFlag, type InterfaceAddress, isReady } from './address-entry.ts';
import { Lifetimes } from './lifetimes.ts';
import { PolicyTable } from './policy-table.ts';
import { type SelectionRules, type SourceQuery, selectSource } from './source-address.ts';
import type { Change, Watchable } from './store.ts';
import { WordTable } from './word-table.ts';

export { AddressFlag, type InterfaceAddress, isFromRouter, isOptimistic, isReady } from './address-entry.ts';

/** When an address is no longer preferred, and when it is no longer valid, in milliseconds of the scheduler. */
export interface AddressLifetimes {
  readonly preferredUntil: number;
  readonly validUntil: number;
}

/** What will happen to an address by itself. */
interface Ending {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly of: 'preferred' | 'valid';
}

/** Its rows among the lifetimes. */
interface Rows {
  readonly preferred: number;
  readonly valid: number;
}

/**
 * The node's own addresses. One whose preferred lifetime is over is deprecated, one whose valid lifetime is over goes
 * (RFC 4862 §5.5.4).
 *
 * @example
 * addresses.add({ interfaceIndex: tun.index, address: parseAddress('fd00:a::1')!, prefixLength: 64 });
 * addresses.sourceFor(destination, tun.index)?.address;
 */
export class Addresses implements Watchable<InterfaceAddress> {
  readonly #limit: number;
  readonly #rules: SelectionRules;
  readonly #scheduler: SchedulerLike;
  readonly #entries: InterfaceAddress[] = [];
  readonly #rows: Rows[] = [];
  readonly #lifetimes: Lifetimes<Ending>;
  /** Link-local addresses by (interface, address): they mean something on their link only (RFC 4007 §6). */
  readonly #linkLocal: WordTable;
  /** 1 when the link-local address in that row is ready. */
  readonly #linkLocalReady: Uint8Array;
  readonly #changes = new Subject<Change<InterfaceAddress>>();
  readonly changes$: Observable<Change<InterfaceAddress>> = this.#changes.asObservable();

  /** @param options most addresses, default 4,096; seed of the hash; the clock; what `sourceFor` goes by */
  constructor(options: {
    readonly limit?: number;
    readonly seed: number;
    readonly scheduler: SchedulerLike;
    readonly rules?: Partial<SelectionRules>;
  }) {
    const { limit = 4_096, scheduler } = options;
    this.#limit = limit;
    this.#rules = { policies: new PolicyTable(), temporary: true, isAdvertisedBy: () => false, ...options.rules };
    this.#scheduler = scheduler;
    this.#lifetimes = new Lifetimes({ limit: 2 * limit, scheduler, expire: (ending) => this.#expire(ending) });
    this.#linkLocal = new WordTable({ words: 5, limit: this.#limit, seed: options.seed });
    this.#linkLocalReady = new Uint8Array(this.#limit + 1);
  }

  /** @throws when the interface has the address already, or the table is full */
  add(spec: {
    readonly interfaceIndex: number;
    readonly address: IpAddress;
    readonly prefixLength: number;
    readonly flags?: number;
    /** Milliseconds of the scheduler. Default: for ever. */
    readonly preferredUntil?: number;
    readonly validUntil?: number;
  }): InterfaceAddress {
    const { interfaceIndex, address, prefixLength, flags: given = 0 } = spec;
    const { preferredUntil = Number.POSITIVE_INFINITY, validUntil = Number.POSITIVE_INFINITY } = spec;
    if (this.find(interfaceIndex, address) !== undefined) {
      throw new Error(`umigame: interface ${interfaceIndex} has the address ${formatAddress(address)} already`);
    }
    if (this.#entries.length >= this.#limit) throw new Error(`umigame: no more than ${this.#limit} addresses`);
    const flags = given | (preferredUntil <= this.#scheduler.now() ? AddressFlag.deprecated : 0);
    const prefix = prefixOf(address, prefixLength);
    const entry = { interfaceIndex, address, prefix, flags, preferredUntil, validUntil };
    const preferred = this.#lifetimes.take({ interfaceIndex, address, of: 'preferred' });
    const valid = this.#lifetimes.take({ interfaceIndex, address, of: 'valid' });
    this.#entries.push(entry);
    this.#rows.push({ preferred, valid });
    this.#schedule(this.#entries.length - 1);
    this.#indexLinkLocal(entry, true);
    this.#changes.next({ type: 'added', value: entry });
    return entry;
  }

  remove(interfaceIndex: number, address: IpAddress): boolean {
    const at = this.#indexOf(interfaceIndex, address);
    if (at < 0) return false;
    const [value] = this.#entries.splice(at, 1) as [InterfaceAddress];
    const [{ preferred, valid }] = this.#rows.splice(at, 1) as [Rows];
    this.#lifetimes.release(preferred);
    this.#lifetimes.release(valid);
    this.#indexLinkLocal(value, false);
    this.#changes.next({ type: 'removed', value });
    return true;
  }

  /** Sets and clears flags: `mark(i, a, AddressFlag.detached)`, `mark(i, a, 0, AddressFlag.tentative)`. */
  mark(interfaceIndex: number, address: IpAddress, set: number, clear = 0): void {
    const at = this.#indexOf(interfaceIndex, address);
    const entry = this.#entries[at];
    if (entry === undefined) return;
    const flags = (entry.flags & ~clear) | set;
    if (flags === entry.flags) return;
    this.#update(at, { ...entry, flags });
  }

  /** Gives an address other lifetimes. It is deprecated from `preferredUntil` on and no sooner. */
  setLifetimes(interfaceIndex: number, address: IpAddress, lifetimes: AddressLifetimes): void {
    const at = this.#indexOf(interfaceIndex, address);
    const entry = this.#entries[at];
    if (entry === undefined) return;
    const { preferredUntil, validUntil } = lifetimes;
    const now = this.#scheduler.now();
    if (validUntil <= now) {
      this.remove(interfaceIndex, address);
      return;
    }
    if (preferredUntil === entry.preferredUntil && validUntil === entry.validUntil) return;
    const { deprecated } = AddressFlag;
    const flags = preferredUntil <= now ? entry.flags | deprecated : entry.flags & ~deprecated;
    this.#entries[at] = { ...entry, flags, preferredUntil, validUntil };
    this.#schedule(at);
    this.#update(at, this.#entries[at]);
  }

  find(interfaceIndex: number, address: IpAddress): InterfaceAddress | undefined {
    return this.#entries[this.#indexOf(interfaceIndex, address)];
  }

  /** Our entry for an address, whichever interface has it; a link-local one must be on `interfaceIndex`. */
  own(address: IpAddress, interfaceIndex: number): InterfaceAddress | undefined {
    if (address.family === 6 && isLinkLocal(address)) return this.find(interfaceIndex, address);
    return this.#entries.find((entry) => equalAddress(entry.address, address));
  }

  /** The entries of one interface, or all. */
  list(interfaceIndex?: number): readonly InterfaceAddress[] {
    return this.#entries.filter((entry) => interfaceIndex === undefined || entry.interfaceIndex === interfaceIndex);
  }

  /**
   * The address that speaks to `destination` through `interfaceIndex`: ready, neither anycast nor detached, the best by
   * the rules of RFC 6724 §5; of equals the first that was added.
   *
   * @param onlyThere an address of another interface won't do. Default: if the destination is a group or link-local
   * @param further the router that it goes to, and flags that won't do
   */
  sourceFor(
    destination: IpAddress,
    interfaceIndex: number,
    onlyThere?: boolean,
    further: Pick<SourceQuery, 'nextHop' | 'without'> = {},
  ): InterfaceAddress | undefined {
    return selectSource(this.#entries, { destination, interfaceIndex, onlyThere, ...further }, this.#rules);
  }

  /** Is the link-local address at `at` ours on that interface, and may it receive? Allocates nothing. */
  linkLocalAt(interfaceIndex: number, view: DataView, at: number): 'absent' | 'unready' | 'ready' {
    const key = this.#linkLocal.key;
    key[0] = interfaceIndex;
    key[1] = view.getInt32(at);
    key[2] = view.getInt32(at + 4);
    key[3] = view.getInt32(at + 8);
    key[4] = view.getInt32(at + 12);
    const row = this.#linkLocal.find();
    if (row === 0) return 'absent';
    return this.#linkLocalReady[row] === 1 ? 'ready' : 'unready';
  }

  close(): void {
    this.#lifetimes.close();
    this.#changes.complete();
  }

  #update(at: number, value: InterfaceAddress): void {
    this.#entries[at] = value;
    this.#indexLinkLocal(value, true);
    this.#changes.next({ type: 'updated', value });
  }

  #schedule(at: number): void {
    const { flags, preferredUntil, validUntil } = this.#entries[at] as InterfaceAddress;
    const { preferred, valid } = this.#rows[at] as Rows;
    const isOver = (flags & AddressFlag.deprecated) !== 0;
    this.#lifetimes.set(preferred, isOver ? Number.POSITIVE_INFINITY : preferredUntil);
    this.#lifetimes.set(valid, validUntil);
  }

  #expire({ interfaceIndex, address, of }: Ending): void {
    if (of === 'preferred') this.mark(interfaceIndex, address, AddressFlag.deprecated);
    else this.remove(interfaceIndex, address);
  }

  #indexLinkLocal(entry: InterfaceAddress, present: boolean): void {
    const { interfaceIndex, address } = entry;
    if (address.family !== 6 || !isLinkLocal(address)) return;
    this.#linkLocal.key.set([interfaceIndex, address.w0, address.w1, address.w2, address.w3]);
    if (present) this.#linkLocalReady[this.#linkLocal.insert()] = isReady(entry) ? 1 : 0;
    else this.#linkLocal.remove();
  }

  #indexOf(interfaceIndex: number, address: IpAddress): number {
    return this.#entries.findIndex(
      (entry) => entry.interfaceIndex === interfaceIndex && equalAddress(entry.address, address),
    );
  }
}
