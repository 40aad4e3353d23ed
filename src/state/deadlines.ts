import type { SchedulerLike, Subscription } from 'rxjs';

/** Longest sleep, in milliseconds: timers of more than 2^31 ms would run out at once. */
const longestSleep = 86_400_000;

/**
 * A deadline for each row of a table that has one, all on a single timer of the scheduler: a binary heap by time.
 * Setting and clearing one takes some ten steps among 10,000; rows that wait cost nothing.
 *
 * Time does not run backwards here: when the scheduler's clock is set back, as a wall clock may be, everything waits
 * as long as it would have.
 *
 * @example
 * const deadlines = new Deadlines({ limit: table.limit, scheduler, expire: (row) => forget(row) });
 * deadlines.set(row, 30_000);
 */
export class Deadlines {
  readonly #scheduler: SchedulerLike;
  readonly #expire: (row: number) => void;
  /** Rows, the next to expire first; each no later than the two at twice its place (places begin at 1). */
  readonly #heap: Int32Array;
  /** Places by row, 0 for a row that waits for nothing. */
  readonly #place: Int32Array;
  readonly #time: Float64Array;
  #size = 0;
  #timer: Subscription | undefined;
  /** When the timer will run out. */
  #wakes = Number.POSITIVE_INFINITY;
  /** What the clock said last, and by how much it has been set back. */
  #seen = Number.NEGATIVE_INFINITY;
  #setBack = 0;
  #running = false;

  /** @param options highest row; the clock; what to do with a row whose time has come: it waits no longer by then */
  constructor(options: {
    readonly limit: number;
    readonly scheduler: SchedulerLike;
    readonly expire: (row: number) => void;
  }) {
    const { limit, scheduler, expire } = options;
    this.#scheduler = scheduler;
    this.#expire = expire;
    this.#heap = new Int32Array(limit + 1);
    this.#place = new Int32Array(limit + 1);
    this.#time = new Float64Array(limit + 1);
  }

  /** Rows that wait. */
  get size(): number {
    return this.#size;
  }

  /** Milliseconds, never less than before. */
  now(): number {
    const now = this.#scheduler.now();
    if (now < this.#seen) this.#setBack += this.#seen - now;
    this.#seen = now;
    return now + this.#setBack;
  }

  /**
   * Lets the row expire `delay` milliseconds from now, whatever was set before.
   *
   * @param grain where it need not be exact: rows expire together, at the next multiple of so many milliseconds. To wake
   * up costs some 80 µs, and to let one more row expire next to nothing
   */
  set(row: number, delay: number, grain = 0): void {
    const due = this.now() + delay;
    const time = grain > 0 ? Math.ceil(due / grain) * grain : due;
    this.#time[row] = time;
    let place = this.#place[row] as number;
    if (place === 0) {
      this.#size += 1;
      place = this.#size;
    }
    this.#sink(row, this.#rise(row, place));
    this.#arm();
  }

  /** Lets the row wait for nothing. */
  clear(row: number): void {
    const place = this.#place[row] as number;
    if (place === 0) return;
    this.#place[row] = 0;
    const last = this.#heap[this.#size] as number;
    this.#size -= 1;
    if (last !== row) this.#sink(last, this.#rise(last, place));
    if (this.#size === 0) this.#disarm();
  }

  /** Milliseconds until the row expires; undefined if it waits for nothing. */
  remaining(row: number): number | undefined {
    return this.#place[row] === 0 ? undefined : Math.max(0, (this.#time[row] as number) - this.now());
  }

  /** Nothing expires any more. */
  close(): void {
    this.#disarm();
    this.#place.fill(0);
    this.#size = 0;
  }

  /** Puts the row at `place` or above, where it belongs; returns where. */
  #rise(row: number, from: number): number {
    const heap = this.#heap;
    const time = this.#time[row] as number;
    let place = from;
    while (place > 1) {
      const above = heap[place >> 1] as number;
      if ((this.#time[above] as number) <= time) break;
      this.#put(above, place);
      place >>= 1;
    }
    this.#put(row, place);
    return place;
  }

  /** Puts the row at `place` or below, where it belongs. */
  #sink(row: number, from: number): void {
    const heap = this.#heap;
    const time = this.#time[row] as number;
    let place = from;
    for (;;) {
      let below = place * 2;
      if (below > this.#size) break;
      if (below < this.#size && this.#timeAt(below + 1) < this.#timeAt(below)) below += 1;
      if (this.#timeAt(below) >= time) break;
      this.#put(heap[below] as number, place);
      place = below;
    }
    this.#put(row, place);
  }

  #put(row: number, place: number): void {
    this.#heap[place] = row;
    this.#place[row] = place;
  }

  #timeAt(place: number): number {
    return this.#time[this.#heap[place] as number] as number;
  }

  /** Sets the timer to the first deadline. A timer that runs out too early is left alone: it sets itself again. */
  #arm(): void {
    if (this.#running || this.#size === 0) return;
    const first = this.#timeAt(1);
    if (this.#timer !== undefined && this.#wakes <= first) return;
    this.#timer?.unsubscribe();
    const now = this.now();
    const sleep = Math.min(Math.max(0, first - now), longestSleep);
    this.#wakes = now + sleep;
    this.#timer = this.#scheduler.schedule(() => this.#run(), sleep);
  }

  #disarm(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#wakes = Number.POSITIVE_INFINITY;
  }

  #run(): void {
    this.#timer = undefined;
    this.#wakes = Number.POSITIVE_INFINITY;
    this.#running = true;
    try {
      const now = this.now();
      while (this.#size > 0 && this.#timeAt(1) <= now) {
        const row = this.#heap[1] as number;
        this.clear(row);
        this.#expire(row);
      }
    } finally {
      this.#running = false;
      this.#arm();
    }
  }
}
