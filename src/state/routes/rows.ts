/** Words of a way: interface, flags, four of the next hop. */
const wayWords = 6;

const mix = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};

/**
 * The columns behind a routing table: one row per way to go (interface, flags, next hop), shared by all routes that go
 * this way and counted. A table of a million routes over a hundred neighbours needs a hundred rows: 2 KB that stay in
 * the first-level cache, where a row per route would be 20 MB and a cache miss per packet.
 *
 * A shared row is found again through a hash table of rows (open addressing, at most half full, no tombstones).
 */
export class RouteRows {
  flags = new Uint16Array(16);
  outInterface = new Uint16Array(16);
  nextHop = new Int32Array(16 * 4);
  /** Routes on a row. */
  #uses = new Int32Array(16);
  /** The only route of a row that is not shared, 0 for shared rows. */
  #owner = new Int32Array(16);
  #slots = new Int32Array(32);
  /** The way that is being looked for or added. */
  readonly #way = new Int32Array(wayWords);
  /** Rows below it have been used; row 0 is "no route". */
  #top = 1;
  /** First free row below the top; linked by `#uses`. */
  #free = 0;
  /** Rows in the hash table. */
  #shared = 0;

  /** Bytes of the columns that a look-up reads. */
  get columnBytes(): number {
    return this.flags.byteLength + this.outInterface.byteLength + this.nextHop.byteLength;
  }

  /** Bytes of all of it. */
  get bytes(): number {
    return this.columnBytes + this.#uses.byteLength + this.#owner.byteLength + this.#slots.byteLength;
  }

  /** The route that has the row for itself, 0 if the row is shared. */
  owner(row: number): number {
    return this.#owner[row] ?? 0;
  }

  /** A row for this way, shared with other routes that go it. */
  share(interfaceIndex: number, flags: number, w0: number, w1: number, w2: number, w3: number): number {
    this.#load(interfaceIndex, flags, w0, w1, w2, w3);
    let slot = this.#seek();
    let row = this.#slots[slot] as number;
    if (row === 0) {
      if ((this.#shared + 1) * 2 > this.#slots.length) {
        this.#rehash();
        this.#load(interfaceIndex, flags, w0, w1, w2, w3);
        slot = this.#seek();
      }
      row = this.#take();
      this.#slots[slot] = row;
      this.#shared += 1;
    }
    this.#uses[row] = (this.#uses[row] as number) + 1;
    return row;
  }

  /** A row that belongs to one route alone, so that its flags may change. */
  own(route: number, interfaceIndex: number, flags: number, w0: number, w1: number, w2: number, w3: number): number {
    this.#load(interfaceIndex, flags, w0, w1, w2, w3);
    const row = this.#take();
    this.#owner[row] = route;
    this.#uses[row] = 1;
    return row;
  }

  /** One route less on the row; the last one frees it. */
  release(row: number): void {
    const uses = (this.#uses[row] as number) - 1;
    this.#uses[row] = uses;
    if (uses > 0) return;
    if (this.#owner[row] === 0) this.#forget(row);
    this.#owner[row] = 0;
    this.#uses[row] = this.#free;
    this.#free = row;
  }

  #load(interfaceIndex: number, flags: number, w0: number, w1: number, w2: number, w3: number): void {
    const way = this.#way;
    way[0] = interfaceIndex;
    way[1] = flags;
    way[2] = w0;
    way[3] = w1;
    way[4] = w2;
    way[5] = w3;
  }

  #loadRow(row: number): void {
    const { nextHop } = this;
    this.#load(
      this.outInterface[row] as number,
      this.flags[row] as number,
      nextHop[row * 4] as number,
      nextHop[row * 4 + 1] as number,
      nextHop[row * 4 + 2] as number,
      nextHop[row * 4 + 3] as number,
    );
  }

  #home(): number {
    let hash = 0x2f6e2b1;
    for (let i = 0; i < wayWords; i += 1) hash = mix(hash, this.#way[i] as number);
    return hash & (this.#slots.length - 1);
  }

  #isWay(row: number): boolean {
    const { nextHop } = this;
    const way = this.#way;
    return (
      this.outInterface[row] === way[0] &&
      this.flags[row] === way[1] &&
      nextHop[row * 4] === way[2] &&
      nextHop[row * 4 + 1] === way[3] &&
      nextHop[row * 4 + 2] === way[4] &&
      nextHop[row * 4 + 3] === way[5]
    );
  }

  /** The slot that holds the way, or the empty one where it belongs. */
  #seek(): number {
    const mask = this.#slots.length - 1;
    let slot = this.#home();
    for (let row = this.#slots[slot] as number; row !== 0 && !this.#isWay(row); row = this.#slots[slot] as number) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #forget(row: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    this.#loadRow(row);
    let hole = this.#seek();
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      this.#loadRow(slots[slot] as number);
      if (((slot - this.#home()) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot] as number;
      hole = slot;
    }
    slots[hole] = 0;
    this.#shared -= 1;
  }

  #rehash(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 2);
    for (const row of before) {
      if (row === 0) continue;
      this.#loadRow(row);
      this.#slots[this.#seek()] = row;
    }
  }

  /** A free row, filled with the way. */
  #take(): number {
    let row = this.#free;
    if (row !== 0) this.#free = this.#uses[row] as number;
    else {
      if (this.#top === this.flags.length) this.#grow();
      row = this.#top;
      this.#top += 1;
    }
    this.#uses[row] = 0;
    this.outInterface[row] = this.#way[0] as number;
    this.flags[row] = this.#way[1] as number;
    for (let i = 0; i < 4; i += 1) this.nextHop[row * 4 + i] = this.#way[2 + i] as number;
    return row;
  }

  #grow(): void {
    const rows = Math.ceil(this.flags.length * 1.5);
    const grown = <T extends Uint16Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.flags = grown(this.flags, new Uint16Array(rows));
    this.outInterface = grown(this.outInterface, new Uint16Array(rows));
    this.nextHop = grown(this.nextHop, new Int32Array(rows * 4));
    this.#uses = grown(this.#uses, new Int32Array(rows));
    this.#owner = grown(this.#owner, new Int32Array(rows));
  }
}
