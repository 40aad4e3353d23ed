/**
 * Several lists of the rows of one table, a row in at most one of them, each in an order of its own, such as oldest
 * first. Appending and removing take constant time and allocate nothing. What {@link RowList} is for one list.
 *
 * @example
 * const lists = new RowLists({ rows: table.limit, lists: 2 });
 * lists.append(1, row);
 * lists.first(1);          // the oldest row of list 1, 0 if there is none
 */
export class RowLists {
  /** Each list is a ring through a row of its own behind the table's. */
  readonly #head: number;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  /** @param options highest row; how many lists, numbered from 0 */
  constructor({ rows, lists }: { readonly rows: number; readonly lists: number }) {
    this.#head = rows + 1;
    this.#next = new Int32Array(rows + 1 + lists);
    this.#previous = new Int32Array(rows + 1 + lists);
    for (let head = this.#head; head < this.#next.length; head += 1) {
      this.#next[head] = head;
      this.#previous[head] = head;
    }
  }

  first(list: number): number {
    const row = this.#next[this.#head + list] as number;
    return row < this.#head ? row : 0;
  }

  /** Puts the row at the end of a list, out of the one it was in. */
  append(list: number, row: number): void {
    this.remove(row);
    const head = this.#head + list;
    const last = this.#previous[head] as number;
    this.#next[last] = row;
    this.#previous[row] = last;
    this.#next[row] = head;
    this.#previous[head] = row;
  }

  /** Takes the row out of the list that it is in, if it is in one. */
  remove(row: number): void {
    const next = this.#next[row] as number;
    if (next === 0) return;
    const previous = this.#previous[row] as number;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#next[row] = 0;
    this.#previous[row] = 0;
  }
}
