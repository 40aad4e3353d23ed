/**
 * A token bucket: on average `rate` takes a second, at most `burst` at once. Time is given, never asked for.
 *
 * @example
 * const bucket = new TokenBucket(100, 10, scheduler.now());
 * if (bucket.take(scheduler.now())) send();
 */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #filled: number;

  /**
   * @param rate tokens a second
   * @param burst most tokens it holds; it starts full
   * @param now milliseconds
   */
  constructor(rate: number, burst: number, now: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filled = now;
  }

  /** Takes a token if there is one. `now` in milliseconds; a clock that steps back fills nothing. */
  take(now: number): boolean {
    if (now > this.#filled)
      this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filled) * this.#rate) / 1000);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
