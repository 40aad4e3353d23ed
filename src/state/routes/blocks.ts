/**
 * Blocks of words in one growing Int32Array, for structures that link blocks by offset. Freed blocks are kept by size
 * and used again for the same size: sizes are few, so nothing is merged.
 */
export class Blocks {
  /** Replaced when it grows: read it afresh for every operation. */
  words: Int32Array;
  #top: number;
  readonly #limit: number;
  /** First free block by size; a free block's first word is the next one. 0 is none. */
  readonly #free: number[] = [];

  /** @param reserved words at the front that are not allocated; @param limit most words */
  constructor(reserved: number, limit: number) {
    this.words = new Int32Array(reserved + 64);
    this.#top = reserved;
    this.#limit = limit;
  }

  /** Offset of a block of `size` words; what is in them is undefined. */
  take(size: number): number {
    const free = this.#free[size] ?? 0;
    if (free !== 0) {
      this.#free[size] = this.words[free] as number;
      return free;
    }
    const block = this.#top;
    if (block + size > this.words.length) this.#grow(block + size);
    this.#top += size;
    return block;
  }

  release(block: number, size: number): void {
    this.words[block] = this.#free[size] ?? 0;
    this.#free[size] = block;
  }

  #grow(least: number): void {
    if (least > this.#limit) throw new RangeError(`umigame: a routing table outgrew its ${this.#limit} words`);
    const grown = new Int32Array(Math.min(this.#limit, Math.max(least, Math.ceil(this.words.length * 1.25))));
    grown.set(this.words);
    this.words = grown;
  }
}
