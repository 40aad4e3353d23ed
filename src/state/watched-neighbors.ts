import { WordTable } from './word-table.ts';

/** Neighbors that someone wants to be told of, in the cache or not, each as often as it is watched. */
export class WatchedNeighbors {
  readonly #options: { readonly limit: number; readonly seed: number };
  /** Made for the first one: a router watches nobody. */
  #table: WordTable | undefined;
  readonly #counts: Uint16Array;

  /** @param options most neighbors; a random seed of the hash */
  constructor(options: { readonly limit: number; readonly seed: number }) {
    this.#options = options;
    this.#counts = new Uint16Array(options.limit + 1);
  }

  /**
   * @param key as in the neighbor table
   * @returns false when there are too many
   */
  add(key: Int32Array): boolean {
    this.#table ??= new WordTable({ words: 5, ...this.#options });
    this.#table.key.set(key);
    const row = this.#table.insert();
    if (row === 0) return false;
    this.#counts[row] = (this.#counts[row] as number) + 1;
    return true;
  }

  /** @returns whether nobody watches it any longer */
  remove(key: Int32Array): boolean {
    if (this.#table === undefined) return false;
    this.#table.key.set(key);
    const row = this.#table.find();
    if (row === 0) return false;
    const left = (this.#counts[row] as number) - 1;
    this.#counts[row] = left;
    if (left === 0) this.#table.removeRow(row);
    return left === 0;
  }

  /** Allocates nothing: a scan asks for each of its neighbors. */
  has(key: Int32Array): boolean {
    if (this.#table === undefined || this.#table.size === 0) return false;
    this.#table.key.set(key);
    return this.#table.find() !== 0;
  }
}
