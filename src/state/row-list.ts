/**
 * Rows of a table in an order of their own, such as oldest first: a ring through row 0, which is no row. Appending
 * and removing take constant time and allocate nothing.
 *
 * @example
 * const byAge = new RowList(table.limit);
 * byAge.append(table.insert());
 * byAge.first; // the oldest row, 0 if there is none
 */
export class RowList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  /** @param limit highest row */
  constructor(limit: number) {
    this.#next = new Int32Array(limit + 1);
    this.#previous = new Int32Array(limit + 1);
  }

  get first(): number {
    return this.#next[0] as number;
  }

  /** The row behind, 0 behind the last. */
  after(row: number): number {
    return this.#next[row] as number;
  }

  /** @param row in no list */
  append(row: number): void {
    const last = this.#previous[0] as number;
    this.#next[last] = row;
    this.#previous[row] = last;
    this.#next[row] = 0;
    this.#previous[0] = row;
  }

  /** @param row in this list */
  remove(row: number): void {
    const next = this.#next[row] as number;
    const previous = this.#previous[row] as number;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }
}
