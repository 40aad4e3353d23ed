import type { Subscription } from 'rxjs';
import type { IpAddress } from '../wire/address-value.ts';
import type { LinkLayerAddress } from '../wire/ethernet.ts';
import type { Memberships } from './memberships.ts';
import { WordTable } from './word-table.ts';

/**
 * The Ethernet group that carries an IP group: 33:33 and its last 32 bits (RFC 2464 §7), for IPv4 01:00:5e and its last
 * 23 (RFC 1112 §6.4).
 */
export const linkGroupOf = ({ family, w0, w3 }: IpAddress): LinkLayerAddress =>
  family === 6 ? { high: 0x3333, low: w3 } : { high: 0x0100, low: 0x5e000000 | (w0 & 0x7fffff) };

/**
 * The Ethernet groups that we listen to, by interface: what a network card's filter would be told. Derived from the
 * memberships; several IP groups may share one.
 *
 * @example
 * const groups = new LinkGroups({ limit: 100, seed: 1 });
 * groups.follow(node.memberships);
 * groups.has(tap.index, 0x3333, 1);   // true: every node listens to ff02::1
 */
export class LinkGroups {
  readonly #table: WordTable;
  readonly #joins: Int32Array;

  /** @param options most groups; seed of the hash */
  constructor({ limit, seed }: { readonly limit: number; readonly seed: number }) {
    this.#table = new WordTable({ words: 3, limit, seed });
    this.#joins = new Int32Array(limit + 1);
  }

  get size(): number {
    return this.#table.size;
  }

  /** Is the group listened to on the interface? Allocates nothing. */
  has(interfaceIndex: number, high: number, low: number): boolean {
    const { key } = this.#table;
    key[0] = interfaceIndex;
    key[1] = high;
    key[2] = low;
    return this.#table.find() !== 0;
  }

  /** Keeps the groups true to the memberships from now on. */
  follow(memberships: Memberships): Subscription {
    return memberships.changes$.subscribe(({ type, value: { interfaceIndex, group } }) => {
      const { high, low } = linkGroupOf(group);
      const known = this.has(interfaceIndex, high, low);
      const row = known ? this.#table.find() : this.#table.insert();
      const joins = (this.#joins[row] as number) + (type === 'removed' ? -1 : 1);
      this.#joins[row] = joins;
      if (joins === 0) this.#table.remove();
    });
  }
}
