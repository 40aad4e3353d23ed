import type { NeighborOptions } from './neighbor-options.ts';
import { NeighborState as State } from './neighbor-transition.ts';
import { RowLists } from './row-lists.ts';

/** Lists of the rows of an interface that may be evicted: the first list first, in it the oldest first. */
const unresolved = 0;
const stale = 1;
const verified = 2;
const listsPerInterface = 3;

/** What {@link NeighborRoom.victim} answers when there is room, and when none can be made. */
export const Room = { enough: 0, none: -1 } as const;

/**
 * How many neighbors each interface has, and who must go when one has too many (RFC 6583 §6.1): whoever is not
 * resolved, then whoever is stale, oldest first, then whoever is being verified. Routers, reachable neighbors and
 * static entries are in no list.
 */
export class NeighborRoom {
  readonly #options: Required<NeighborOptions>;
  readonly #lists: RowLists;
  readonly #counts: Int32Array;
  readonly #incomplete: Int32Array;

  constructor(options: Required<NeighborOptions>, interfaceLimit: number) {
    this.#options = options;
    this.#lists = new RowLists({ rows: options.limit, lists: (interfaceLimit + 1) * listsPerInterface });
    this.#counts = new Int32Array(interfaceLimit + 1);
    this.#incomplete = new Int32Array(interfaceLimit + 1);
  }

  /** Neighbors of an interface. */
  count(interfaceIndex: number): number {
    return this.#counts[interfaceIndex] as number;
  }

  /**
   * The row that must go before an interface gets one more, or one of {@link Room}.
   *
   * @param incomplete will the new one have to be looked for?
   * @param total rows of all interfaces
   */
  victim(interfaceIndex: number, incomplete: boolean, total: number): number {
    const { limit, perInterface, incomplete: incompleteLimit } = this.#options;
    const first = interfaceIndex * listsPerInterface;
    if (incomplete && (this.#incomplete[interfaceIndex] as number) >= incompleteLimit) {
      return this.#lists.first(first + unresolved) || Room.none;
    }
    if (this.count(interfaceIndex) < perInterface && total < limit) return Room.enough;
    for (let list = first; list < first + listsPerInterface; list += 1) {
      const row = this.#lists.first(list);
      if (row !== 0) return row;
    }
    return Room.none;
  }

  /** A row of the interface goes from one state to another. */
  move(row: number, interfaceIndex: number, before: State, after: State, stays: boolean): void {
    const counts = this.#counts;
    const incomplete = this.#incomplete;
    if (before === State.absent) counts[interfaceIndex] = (counts[interfaceIndex] as number) + 1;
    if (after === State.absent) counts[interfaceIndex] = (counts[interfaceIndex] as number) - 1;
    if (before === State.incomplete) incomplete[interfaceIndex] = (incomplete[interfaceIndex] as number) - 1;
    if (after === State.incomplete) incomplete[interfaceIndex] = (incomplete[interfaceIndex] as number) + 1;
    this.list(row, interfaceIndex, after, stays);
  }

  /**
   * Puts a row where it may be evicted from, last in its list.
   *
   * @param stays never evicted, whatever its state
   */
  list(row: number, interfaceIndex: number, state: State, stays: boolean): void {
    if (stays || state === State.reachable || state === State.absent) this.#lists.remove(row);
    else this.#lists.append(interfaceIndex * listsPerInterface + listOf(state), row);
  }
}

const listOf = (state: State): number => {
  if (state === State.incomplete || state === State.unreachable) return unresolved;
  return state === State.stale ? stale : verified;
};
