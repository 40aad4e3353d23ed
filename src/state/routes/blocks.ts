/**
 * Blocks of words in one growing Int32Array, for structures that link blocks by offset. Freed blocks are kept by size
 * and used again for the same size: sizes are few, so nothing is merged.
 */
export class Blocks {
  /** Replaced when it grows: read it afresh for every operation. */
  words: Int32Array;
  /** Where the next new block goes. */
  #top: number;
  /** First free block by size; a free block's first word is the next one. 0 is none. */
  readonly #free: Int32Array;
  readonly #limit: number;

  /** @param options words at the front that are no blocks; the largest block; most words altogether */
  constructor(options: { readonly reserved: number; readonly largest: number; readonly limit: number }) {
    this.words = new Int32Array(options.reserved + 64);
    this.#top = options.reserved;
    this.#free = new Int32Array(options.largest + 1);
    this.#limit = options.limit;
  }

  /** Offset of a block of `size` words. What is in them is undefined. */
  take(size: number): number {
    const block = this.#free[size] as number;
    if (block !== 0) {
      this.#free[size] = this.words[block] as number;
      return block;
    }
    if (this.#top + size > this.words.length) this.#grow(this.#top + size);
    this.#top += size;
    return this.#top - size;
  }

  release(block: number, size: number): void {
    this.words[block] = this.#free[size] as number;
    this.#free[size] = block;
  }

  #grow(least: number): void {
    if (least > this.#limit) {
      throw new RangeError(`umigame: the routing table needs more than its ${this.#limit} words; lower its limit`);
    }
    const grown = new Int32Array(Math.min(this.#limit, Math.max(least, Math.ceil(this.words.length * 1.25))));
    grown.set(this.words);
    this.words = grown;
  }
}
