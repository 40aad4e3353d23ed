import type { SchedulerLike } from 'rxjs';
import { infinity } from '../wire/ndp-options.ts';
import { Deadlines } from './deadlines.ts';

/** How exactly the end of a lifetime is kept, in milliseconds. Lifetimes are advertised in seconds. */
const grain = 100;

/** When a lifetime of so many seconds ends, in milliseconds of the scheduler: Infinity for one without end. */
export const untilOf = (scheduler: SchedulerLike, seconds: number): number =>
  seconds === infinity ? Number.POSITIVE_INFINITY : scheduler.now() + seconds * 1_000;

/**
 * Things that end by themselves, each with a row on one timer. What was learnt from routers is of this kind: prefixes,
 * routers, addresses.
 *
 * @example
 * const lifetimes = new Lifetimes<Prefix>({ limit: 2_048, scheduler, expire: (prefix) => forget(prefix) });
 * const row = lifetimes.take(prefix); // 0 when there are too many
 * lifetimes.set(row, scheduler.now() + 30_000);
 */
export class Lifetimes<V> {
  readonly limit: number;
  readonly #scheduler: SchedulerLike;
  /** Made when the first thing has an end: a router that learns nothing does without. */
  #deadlines: Deadlines | undefined;
  readonly #expire: (row: number) => void;
  #closed = false;
  readonly #values: (V | undefined)[] = [undefined];
  readonly #untils: number[] = [0];
  readonly #free: number[] = [];

  /** @param options most things; the clock; what to do with one whose time has come, and when that was to be */
  constructor(options: {
    readonly limit: number;
    readonly scheduler: SchedulerLike;
    readonly expire: (value: V, until: number) => void;
  }) {
    const { limit, scheduler, expire } = options;
    this.limit = limit;
    this.#scheduler = scheduler;
    this.#expire = (row) => expire(this.#values[row] as V, this.#untils[row] as number);
  }

  /** A row for the thing, which has no end yet; 0 when all are taken. */
  take(value: V): number {
    const row = this.#free.pop() ?? this.#values.length;
    if (row > this.limit) return 0;
    this.#values[row] = value;
    return row;
  }

  /** Lets it end then, in milliseconds of the scheduler, whatever was set before. Infinity: never. */
  set(row: number, until: number): void {
    this.#untils[row] = until;
    if (until === Number.POSITIVE_INFINITY) this.#deadlines?.clear(row);
    else if (!this.#closed) {
      this.#deadlines ??= new Deadlines({ limit: this.limit, scheduler: this.#scheduler, expire: this.#expire });
      this.#deadlines.set(row, Math.max(0, until - this.#scheduler.now()), grain);
    }
  }

  /** Gives the row back. */
  release(row: number): void {
    this.#deadlines?.clear(row);
    this.#values[row] = undefined;
    this.#free.push(row);
  }

  /** Nothing ends any more. */
  close(): void {
    this.#closed = true;
    this.#deadlines?.close();
  }
}
