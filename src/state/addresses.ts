import { type Observable, Subject } from 'rxjs';
import { equalAddress, formatAddress, type IpAddress, isLinkLocal, prefixContains, prefixOf } from '../wire/address.ts';
import { type InterfaceAddress, isReady } from './address-entry.ts';
import { PolicyTable } from './policy-table.ts';
import { type SelectionRules, type SourceQuery, selectSource } from './source-address.ts';
import type { Change, Watchable } from './store.ts';
import { WordTable } from './word-table.ts';

export { AddressFlag, type InterfaceAddress, isOptimistic, isReady } from './address-entry.ts';

/**
 * The node's own addresses.
 *
 * @example
 * addresses.add({ interfaceIndex: tun.index, address: parseAddress('fd00:a::1')!, prefixLength: 64 });
 * addresses.sourceFor(destination, tun.index)?.address;
 */
export class Addresses implements Watchable<InterfaceAddress> {
  readonly #limit: number;
  readonly #rules: SelectionRules;
  readonly #entries: InterfaceAddress[] = [];
  /** Link-local addresses by (interface, address): they mean something on their link only (RFC 4007 §6). */
  readonly #linkLocal: WordTable;
  /** 1 when the link-local address in that row is ready. */
  readonly #linkLocalReady: Uint8Array;
  readonly #changes = new Subject<Change<InterfaceAddress>>();
  readonly changes$: Observable<Change<InterfaceAddress>> = this.#changes.asObservable();

  /** @param options most addresses, default 4,096; seed of the hash; what `sourceFor` goes by */
  constructor(options: { readonly limit?: number; readonly seed: number; readonly rules?: Partial<SelectionRules> }) {
    this.#limit = options.limit ?? 4_096;
    this.#rules = { policies: new PolicyTable(), temporary: true, isAdvertisedBy: () => false, ...options.rules };
    this.#linkLocal = new WordTable({ words: 5, limit: this.#limit, seed: options.seed });
    this.#linkLocalReady = new Uint8Array(this.#limit + 1);
  }

  /** @throws when the interface has the address already, or the table is full */
  add(spec: {
    readonly interfaceIndex: number;
    readonly address: IpAddress;
    readonly prefixLength: number;
    readonly flags?: number;
  }): InterfaceAddress {
    const { interfaceIndex, address, prefixLength, flags = 0 } = spec;
    if (this.find(interfaceIndex, address) !== undefined) {
      throw new Error(`umigame: interface ${interfaceIndex} has the address ${formatAddress(address)} already`);
    }
    if (this.#entries.length >= this.#limit) throw new Error(`umigame: no more than ${this.#limit} addresses`);
    const entry = { interfaceIndex, address, prefix: prefixOf(address, prefixLength), flags };
    this.#entries.push(entry);
    this.#indexLinkLocal(entry, true);
    this.#changes.next({ type: 'added', value: entry });
    return entry;
  }

  remove(interfaceIndex: number, address: IpAddress): boolean {
    const at = this.#indexOf(interfaceIndex, address);
    if (at < 0) return false;
    const [value] = this.#entries.splice(at, 1) as [InterfaceAddress];
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
    const value = { ...entry, flags };
    this.#entries[at] = value;
    this.#indexLinkLocal(value, true);
    this.#changes.next({ type: 'updated', value });
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

  /** Does the address lie on the link of an interface by one of our prefixes there? */
  isOnLink(interfaceIndex: number, address: IpAddress): boolean {
    return this.#entries.some(
      (entry) => entry.interfaceIndex === interfaceIndex && prefixContains(entry.prefix, address),
    );
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
    this.#changes.complete();
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
