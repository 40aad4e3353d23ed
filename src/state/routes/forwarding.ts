import { BurstTrie } from './burst-trie.ts';
import { Radix } from './radix.ts';
import type { RouteRecords } from './records.ts';
import { RouteRows } from './rows.ts';
import type { RouteTable } from './table.ts';

/**
 * The table that `Routes` writes and packets read: for each family a radix tree from prefixes to routes and, made from
 * it, a burst trie from addresses to rows; and the rows.
 */
export class ForwardingTable implements RouteTable {
  readonly rows = new RouteRows();
  readonly radix4 = new Radix(32);
  readonly radix6 = new Radix(128);
  readonly #trie4: BurstTrie;
  readonly #trie6: BurstTrie;

  constructor(records: RouteRecords) {
    const rowOf = (route: number): number => records.row[route] as number;
    this.#trie4 = new BurstTrie(this.radix4, rowOf);
    this.#trie6 = new BurstTrie(this.radix6, rowOf);
  }

  get flags(): Uint16Array {
    return this.rows.flags;
  }

  get outInterface(): Uint16Array {
    return this.rows.outInterface;
  }

  get nextHop(): Int32Array {
    return this.rows.nextHop;
  }

  /** Bytes that packets read: tries and columns. */
  get lookupBytes(): number {
    return this.#trie4.bytes + this.#trie6.bytes + this.rows.columnBytes;
  }

  /** All bytes: radix trees too, and what counts the rows. */
  get bytes(): number {
    return this.#trie4.bytes + this.#trie6.bytes + this.radix4.bytes + this.radix6.bytes + this.rows.bytes;
  }

  lookup6(view: DataView, at: number): number {
    return this.#trie6.lookup(view, at);
  }

  lookup4(view: DataView, at: number): number {
    return this.#trie4.lookup(view, at);
  }

  /** The radix tree of the family: prefixes to the number of the route in use. */
  radix(family: 4 | 6): Radix {
    return family === 4 ? this.radix4 : this.radix6;
  }

  /** Tells the look-up structure that a prefix has come (1), gone (-1) or now leads to another route or row (0). */
  update(family: 4 | 6, w0: number, w1: number, w2: number, w3: number, length: number, added: -1 | 0 | 1): void {
    (family === 4 ? this.#trie4 : this.#trie6).update(w0, w1, w2, w3, length, added);
  }
}
