/**
 * A bounded hash table from keys of a few int32 words to rows: the read side of the neighbor cache, memberships and
 * other stores that look things up by address. Open addressing over typed arrays: a look-up takes 7 ns where a Map
 * with string keys takes 247 and one with BigInt keys 63, and allocates nothing.
 *
 * The caller writes the key into {@link key} and calls {@link find}, {@link insert} or {@link remove}. Rows run from 1
 * to the limit; 0 means "absent". The hash is seeded, so that nobody outside can choose keys that collide.
 *
 * @example
 * const table = new WordTable({ words: 2, limit: 100, seed: 1 });
 * table.key[0] = 7; table.key[1] = 9;
 * const row = table.insert();   // 1
 * table.find() === row;         // true
 */
export class WordTable {
  /** The key of the next call, `words` long. */
  readonly key: Int32Array;
  readonly limit: number;
  readonly #words: number;
  readonly #seed: number;
  /** Keys by row. */
  readonly #keys: Int32Array;
  /** Rows by slot; 0 is an empty slot. At most half full. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** Free rows, as a stack. */
  readonly #free: Int32Array;
  #freeCount: number;

  /** @param options words per key; the most entries; a random seed */
  constructor(options: { readonly words: number; readonly limit: number; readonly seed: number }) {
    const { words, limit, seed } = options;
    this.#words = words;
    this.limit = limit;
    this.#seed = seed | 0;
    this.key = new Int32Array(words);
    this.#keys = new Int32Array((limit + 1) * words);
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, limit * 2)));
    this.#slots = new Int32Array(size);
    this.#mask = size - 1;
    this.#free = new Int32Array(limit);
    for (let i = 0; i < limit; i += 1) this.#free[i] = limit - i;
    this.#freeCount = limit;
  }

  get size(): number {
    return this.limit - this.#freeCount;
  }

  /** The row that the next new key will get; 0 if the table is full. */
  get nextRow(): number {
    return this.#freeCount === 0 ? 0 : (this.#free[this.#freeCount - 1] as number);
  }

  /** The row of the key, 0 if absent. */
  find(): number {
    const slots = this.#slots;
    let slot = this.#hash(this.key, 0) & this.#mask;
    for (let row = slots[slot] as number; row !== 0; row = slots[slot] as number) {
      if (this.#matches(row)) return row;
      slot = (slot + 1) & this.#mask;
    }
    return 0;
  }

  /** The row of the key, made if absent; 0 if the table is full. */
  insert(): number {
    const slots = this.#slots;
    let slot = this.#hash(this.key, 0) & this.#mask;
    for (let row = slots[slot] as number; row !== 0; row = slots[slot] as number) {
      if (this.#matches(row)) return row;
      slot = (slot + 1) & this.#mask;
    }
    if (this.#freeCount === 0) return 0;
    this.#freeCount -= 1;
    const row = this.#free[this.#freeCount] as number;
    this.#keys.set(this.key, row * this.#words);
    slots[slot] = row;
    return row;
  }

  /** Forgets the key; returns the row it had, 0 if absent. */
  remove(): number {
    const slots = this.#slots;
    let slot = this.#hash(this.key, 0) & this.#mask;
    while (slots[slot] !== 0 && !this.#matches(slots[slot] as number)) slot = (slot + 1) & this.#mask;
    const removed = slots[slot] as number;
    if (removed !== 0) this.#empty(slot);
    return removed;
  }

  /** Forgets the key in a row that is in use; leaves {@link key} as it is. */
  removeRow(row: number): void {
    const slots = this.#slots;
    let slot = this.#hash(this.#keys, row * this.#words) & this.#mask;
    while (slots[slot] !== 0 && slots[slot] !== row) slot = (slot + 1) & this.#mask;
    if (slots[slot] === row) this.#empty(slot);
  }

  /** Word `index` of the key in `row`. */
  keyWord(row: number, index: number): number {
    return this.#keys[row * this.#words + index] as number;
  }

  /** Empties a slot and frees its row. Later entries move up: there are no tombstones. */
  #empty(emptied: number): void {
    const slots = this.#slots;
    this.#free[this.#freeCount] = slots[emptied] as number;
    this.#freeCount += 1;
    let hole = emptied;
    let slot = emptied;
    for (;;) {
      slot = (slot + 1) & this.#mask;
      const row = slots[slot] as number;
      if (row === 0) break;
      const home = this.#hash(this.#keys, row * this.#words) & this.#mask;
      if (((slot - home) & this.#mask) >= ((slot - hole) & this.#mask)) {
        slots[hole] = row;
        hole = slot;
      }
    }
    slots[hole] = 0;
  }

  #matches(row: number): boolean {
    const base = row * this.#words;
    for (let i = 0; i < this.#words; i += 1) if (this.#keys[base + i] !== this.key[i]) return false;
    return true;
  }

  #hash(words: Int32Array, from: number): number {
    let hash = this.#seed;
    for (let i = 0; i < this.#words; i += 1) {
      hash = Math.imul(hash ^ (words[from + i] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }
}
