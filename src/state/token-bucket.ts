export interface TokenBucketsOptions {
  /** Buckets are numbered from 0 to one below this. */
  readonly count: number;
  /** Tokens a second that flow into each. */
  readonly rate: number;
  /** Most tokens that one holds. */
  readonly burst: number;
}

const thousand = 1_000;

/**
 * Token buckets, all alike: on average `rate` takes a second from each, at most `burst` at once. They start full. Time
 * is given in milliseconds, never asked for; a clock that steps back fills nothing.
 *
 * @example
 * const buckets = new TokenBuckets({ count: interfaces.limit + 1, rate: 100, burst: 100 });
 * if (buckets.take(tun.index, scheduler.now())) send();
 */
export class TokenBuckets {
  /** Thousandths of a token a millisecond. */
  readonly #rate: number;
  readonly #burst: number;
  /** In thousandths: a whole rate fills them by a whole number each millisecond, and nothing is rounded. */
  readonly #tokens: Float64Array;
  /** When the tokens were counted last. */
  readonly #counted: Float64Array;

  constructor({ count, rate, burst }: TokenBucketsOptions) {
    this.#rate = rate;
    this.#burst = burst * thousand;
    this.#tokens = new Float64Array(count).fill(this.#burst);
    this.#counted = new Float64Array(count);
  }

  /** Is there a token to take? */
  has(bucket: number, now: number): boolean {
    return this.#count(bucket, now) >= thousand;
  }

  /** Takes a token if there is one. */
  take(bucket: number, now: number): boolean {
    const tokens = this.#count(bucket, now);
    if (tokens < thousand) return false;
    this.#tokens[bucket] = tokens - thousand;
    return true;
  }

  /** Does the bucket look as if no one had taken from it? */
  isFull(bucket: number, now: number): boolean {
    return this.#count(bucket, now) >= this.#burst;
  }

  /** Makes the bucket as it was at the start. */
  fill(bucket: number): void {
    this.#tokens[bucket] = this.#burst;
  }

  #count(bucket: number, now: number): number {
    const elapsed = now - (this.#counted[bucket] as number);
    this.#counted[bucket] = now;
    if (elapsed <= 0) return this.#tokens[bucket] as number;
    const tokens = Math.min(this.#burst, (this.#tokens[bucket] as number) + elapsed * this.#rate);
    this.#tokens[bucket] = tokens;
    return tokens;
  }
}
