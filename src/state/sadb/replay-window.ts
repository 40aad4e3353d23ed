/** Largest window, in packets. */
export const longestWindow = 4_096;

/** Bits of a word of the ring. */
const wordBits = 32;

/**
 * Which sequence numbers have been received: the anti-replay window of RFC 4303 §3.4.3, and with extended sequence
 * numbers that of its appendix A, where the upper half is inferred, not received.
 *
 * A ring of bits, larger than the window by at least a word, so that the window moves on by clearing whole words
 * (RFC 6479). Nothing is allocated per packet. Ask {@link isFresh} before the ICV is verified and {@link mark} after.
 *
 * @example
 * const window = new ReplayWindow(64, false);
 * const high = window.highOf(5); // 0
 * if (window.isFresh(high, 5)) window.mark(high, 5);
 * window.isFresh(high, 5); // false
 */
export class ReplayWindow {
  /** Packets; 0 for no check at all. */
  readonly size: number;
  /** Are numbers 64 bits long? */
  readonly extended: boolean;
  readonly #ring: Uint32Array;
  readonly #mask: number;
  /** Upper and lower half of the highest number marked so far. */
  readonly #top = new Uint32Array(2);

  /** @param size packets, 0 to 4,096 */
  constructor(size: number, extended: boolean) {
    this.size = size;
    this.extended = extended;
    const bits = size === 0 ? wordBits : 2 ** Math.ceil(Math.log2(size + wordBits));
    this.#ring = new Uint32Array(bits / wordBits);
    this.#mask = bits - 1;
  }

  /** Upper half of the highest number that was marked, 0 before. */
  get topHigh(): number {
    return this.#top[0] as number;
  }

  /** Lower half of the highest number that was marked, 0 before. */
  get topLow(): number {
    return this.#top[1] as number;
  }

  /**
   * The upper half that belongs to a lower one (RFC 4303 §A2.2): the one by which it lies in the window, or else ahead
   * of it. Always 0 without extended numbers.
   */
  highOf(low: number): number {
    if (!this.extended) return 0;
    const topHigh = this.#top[0] as number;
    const topLow = this.#top[1] as number;
    const bottom = topLow - this.size + 1;
    if (bottom >= 0) return low >= bottom ? topHigh : (topHigh + 1) >>> 0;
    // The window reaches back over the end of a subspace. There is none before the first.
    return low >= bottom + 0x1_0000_0000 && topHigh > 0 ? topHigh - 1 : topHigh;
  }

  /** Has the number not been received, and does it not lie before the window? 0 is never sent (§3.3.3). */
  isFresh(high: number, low: number): boolean {
    if (this.size === 0) return true;
    if ((high | low) === 0) return false;
    const ahead = this.#ahead(high, low);
    if (ahead > 0) return true;
    if (ahead <= -this.size) return false;
    const bit = low & this.#mask;
    return (((this.#ring[bit >>> 5] as number) >>> (bit & 31)) & 1) === 0;
  }

  /** Notes a number that was fresh and whose packet was verified; the window moves on to it if it lies ahead. */
  mark(high: number, low: number): void {
    if (this.size === 0) return;
    const ahead = this.#ahead(high, low);
    const ring = this.#ring;
    if (ahead > 0) {
      const from = ((this.#top[1] as number) & this.#mask) >>> 5;
      const words = Math.min(ring.length, Math.floor((((this.#top[1] as number) % wordBits) + ahead) / wordBits));
      for (let i = 1; i <= words; i += 1) ring[(from + i) % ring.length] = 0;
      this.#top[0] = high;
      this.#top[1] = low;
    }
    const bit = low & this.#mask;
    ring[bit >>> 5] = (ring[bit >>> 5] as number) | (1 << (bit & 31));
  }

  /** How far the number lies ahead of the highest; exact wherever it matters. */
  #ahead(high: number, low: number): number {
    return (high - (this.#top[0] as number)) * 0x1_0000_0000 + (low - (this.#top[1] as number));
  }
}
