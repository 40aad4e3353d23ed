import type { SchedulerLike } from 'rxjs';
import { Deadlines } from '../deadlines.ts';
import { WordTable } from '../word-table.ts';

/** Bounds of what is asked of whoever negotiates keys. */
export interface AcquireOptions {
  /** Associations asked for at once; more are not asked for. Default 1,024. */
  readonly acquires?: number;
  /** Requests in a row that say nothing, before one is repeated: KAME's blocked-acquire count. Default 10. */
  readonly acquireQuiet?: number;
  /** Milliseconds until a request may be repeated anyway: KAME's blocked-acquire lifetime. Default 20,000. */
  readonly acquireLifetime?: number;
}

export const acquireDefaults: Required<AcquireOptions> = {
  acquires: 1_024,
  acquireQuiet: 10,
  acquireLifetime: 20_000,
};

/** Words of what is asked for: protocol and mode, reqid, source, destination. */
export const acquireWords = 10;

/**
 * Which associations have been asked for lately, so that a stream of packets asks once and not each time.
 *
 * @example
 * acquires.key.set([50, 0, ...source, ...destination]);
 * if (acquires.ask()) tell(negotiator);
 */
export class Acquires {
  readonly #table: WordTable;
  readonly #deadlines: Deadlines;
  readonly #quiet: Uint16Array;
  readonly #options: Required<AcquireOptions>;

  constructor(needs: { readonly scheduler: SchedulerLike; readonly seed: number }, options: AcquireOptions) {
    this.#options = { ...acquireDefaults, ...options };
    const limit = Math.max(1, this.#options.acquires);
    this.#table = new WordTable({ words: acquireWords, limit, seed: needs.seed });
    this.#quiet = new Uint16Array(limit + 1);
    const expire = (row: number): void => this.#table.removeRow(row);
    this.#deadlines = new Deadlines({ limit, scheduler: needs.scheduler, expire });
  }

  /** What is asked for, to be written before {@link ask}. */
  get key(): Int32Array {
    return this.#table.key;
  }

  /** Is it time to ask? */
  ask(): boolean {
    let row = this.#table.find();
    if (row === 0) {
      row = this.#table.insert();
      if (row === 0) return false;
      this.#quiet[row] = 0;
      this.#deadlines.set(row, this.#options.acquireLifetime);
      return true;
    }
    const quiet = (this.#quiet[row] as number) + 1;
    this.#quiet[row] = quiet > this.#options.acquireQuiet ? 0 : quiet;
    return quiet > this.#options.acquireQuiet;
  }

  close(): void {
    this.#deadlines.close();
  }
}
