import { Radix } from './radix.ts';
import type { RouteRecords } from './records.ts';
import { RouteRows } from './rows.ts';
import type { RouteTable } from './table.ts';

/** The table that `Routes` writes: radix trees of routes, and what packets look up. */
export class ForwardingTable implements RouteTable {
  readonly rows = new RouteRows();
  readonly radix4 = new Radix(32);
  readonly radix6 = new Radix(128);
  readonly #records: RouteRecords;

  constructor(records: RouteRecords) {
    this.#records = records;
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

  /** Bytes that a look-up may read. */
  get lookupBytes(): number {
    return this.radix4.bytes + this.radix6.bytes + this.rows.columnBytes;
  }

  get bytes(): number {
    return this.radix4.bytes + this.radix6.bytes + this.rows.bytes;
  }

  lookup6(view: DataView, at: number): number {
    const route = this.radix6.longestMatch(
      view.getInt32(at),
      view.getInt32(at + 4),
      view.getInt32(at + 8),
      view.getInt32(at + 12),
    );
    return this.#records.row[route] as number;
  }

  lookup4(view: DataView, at: number): number {
    return this.#records.row[this.radix4.longestMatch(view.getInt32(at), 0, 0, 0)] as number;
  }

  /** The radix tree of the family: prefixes to the number of the route in use. */
  radix(family: 4 | 6): Radix {
    return family === 4 ? this.radix4 : this.radix6;
  }

  /** Tells the look-up structure that the route in use to this prefix has changed in the radix tree. */
  update(_family: 4 | 6, _w0: number, _w1: number, _w2: number, _w3: number, _length: number): void {
    // The radix tree itself is what packets look up.
  }
}
