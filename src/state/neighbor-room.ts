import type { NeighborOptions } from './neighbor-options.ts';
import { NeighborState as State } from './neighbor-transition.ts';
import { RowLists } from './row-lists.ts';

/** Lists of the rows of an interface that may be evicted: the first list first, in it the oldest first. */
const incomplete = 0;
const unreachable = 1;
const stale = 2;
const verified = 3;
const listsPerInterface = 4;

/** What {@link NeighborRoom.victim} answers when there is room, and when none can be made. */
export const Room = { enough: 0, none: -1 } as const;

/**
 * How many neighbors each interface has, and who must go when one has too many (RFC 6583 §6.1): whoever is looked for,
 * then whoever is unreachable, then whoever is stale, then whoever is being verified; among these, who has been so for
 * longest. Routers, reachable neighbors and static entries are in no list.
 */
export class NeighborRoom {
  readonly #options: Required<NeighborOptions>;
  readonly #lists: RowLists;
  readonly #counts: Int32Array;
  readonly #sought: Int32Array;

  constructor(options: Required<NeighborOptions>, interfaceLimit: number) {
    this.#options = options;
    this.#lists = new RowLists({ rows: options.limit, lists: (interfaceLimit + 1) * listsPerInterface });
    this.#counts = new Int32Array(interfaceLimit + 1);
    this.#sought = new Int32Array(interfaceLimit + 1);
  }

  /** Neighbors of an interface. */
  count(interfaceIndex: number): number {
    return this.#counts[interfaceIndex] as number;
  }

  /**
   * The row that must go before an interface gets one more, or one of {@link Room}.
   *
   * @param isSought will the new one have to be looked for?
   * @param total rows of all interfaces
   */
  victim(interfaceIndex: number, isSought: boolean, total: number): number {
    const { limit, perInterface, incomplete: soughtLimit } = this.#options;
    const first = interfaceIndex * listsPerInterface;
    if (isSought && (this.#sought[interfaceIndex] as number) >= soughtLimit) {
      return this.#lists.first(first + incomplete) || Room.none;
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
    const sought = this.#sought;
    if (before === State.absent) counts[interfaceIndex] = (counts[interfaceIndex] as number) + 1;
    if (after === State.absent) counts[interfaceIndex] = (counts[interfaceIndex] as number) - 1;
    if (before === State.incomplete) sought[interfaceIndex] = (sought[interfaceIndex] as number) - 1;
    if (after === State.incomplete) sought[interfaceIndex] = (sought[interfaceIndex] as number) + 1;
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
  switch (state) {
    case State.incomplete:
      return incomplete;
    case State.unreachable:
      return unreachable;
    case State.stale:
      return stale;
    default:
      return verified;
  }
};
