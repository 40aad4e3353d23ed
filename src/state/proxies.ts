import { type Observable, Subject } from 'rxjs';
import { formatAddress, type IpAddress, solicitedNode } from '../wire/address.ts';
import type { Memberships } from './memberships.ts';
import type { Change, Watchable } from './store.ts';

/** An address of someone else for whom we answer on a link. */
export interface Proxy {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
}

/**
 * Addresses that are not ours and for which we answer Neighbor Solicitations and ARP requests on a link, so that
 * packets for them come to us (RFC 4861 §7.2.8, RFC 1027). Where they go from here, a route says.
 *
 * @example
 * node.proxies.add(tap.index, parseAddress('2001:db8:a::99')!);
 */
export class Proxies implements Watchable<Proxy> {
  readonly limit: number;
  readonly #memberships: Memberships;
  readonly #entries = new Map<string, Proxy>();
  readonly #changes = new Subject<Change<Proxy>>();
  readonly changes$: Observable<Change<Proxy>> = this.#changes.asObservable();

  /** @param options most addresses, default 1,024 */
  constructor(memberships: Memberships, options: { readonly limit?: number } = {}) {
    this.#memberships = memberships;
    this.limit = options.limit ?? 1_024;
  }

  /**
   * Answers for an address on a link, and joins its solicited-node group there.
   *
   * @returns false when we do already
   * @throws when there are too many
   */
  add(interfaceIndex: number, address: IpAddress): boolean {
    const key = keyOf(interfaceIndex, address);
    if (this.#entries.has(key)) return false;
    if (this.#entries.size >= this.limit) throw new Error(`umigame: no more than ${this.limit} proxied addresses`);
    const value = { interfaceIndex, address };
    if (address.family === 6) this.#memberships.join(interfaceIndex, solicitedNode(address));
    this.#entries.set(key, value);
    this.#changes.next({ type: 'added', value });
    return true;
  }

  remove(interfaceIndex: number, address: IpAddress): boolean {
    const key = keyOf(interfaceIndex, address);
    const value = this.#entries.get(key);
    if (value === undefined) return false;
    this.#entries.delete(key);
    if (address.family === 6) this.#memberships.leave(interfaceIndex, solicitedNode(address));
    this.#changes.next({ type: 'removed', value });
    return true;
  }

  has(interfaceIndex: number, address: IpAddress): boolean {
    return this.#entries.size > 0 && this.#entries.has(keyOf(interfaceIndex, address));
  }

  list(interfaceIndex?: number): readonly Proxy[] {
    return [...this.#entries.values()].filter(
      (entry) => interfaceIndex === undefined || entry.interfaceIndex === interfaceIndex,
    );
  }

  close(): void {
    this.#changes.complete();
  }
}

const keyOf = (interfaceIndex: number, address: IpAddress): string => `${interfaceIndex} ${formatAddress(address)}`;
