import type { NeighborOptions } from './neighbor-options.ts';
import { NeighborState } from './neighbor-transition.ts';

/** MIN_RANDOM_FACTOR and MAX_RANDOM_FACTOR of RFC 4861 §10. */
const leastFactor = 0.5;
const mostFactor = 1.5;
/** A ReachableTime is drawn anew after two hours (RFC 4861 §6.3.4: "at least every few hours"; KAME's number). */
const redrawAfter = 7_200_000;
/** No more than an hour (RFC 4861 §6.2.1, AdvReachableTime); no more than an hour between solicitations either. */
const longest = 3_600_000;

/**
 * How long each state lasts, by interface: routers may advertise other times for their link (RFC 4861 §6.3.4).
 * Milliseconds.
 */
export class NeighborTimers {
  readonly #options: Required<NeighborOptions>;
  readonly #random: () => number;
  /** By interface; 0 means the default. */
  readonly #base: Int32Array;
  readonly #retrans: Int32Array;
  readonly #reachable: Float64Array;
  readonly #drawn: Float64Array;

  constructor(options: Required<NeighborOptions>, interfaceLimit: number, random: () => number) {
    this.#options = options;
    this.#random = random;
    this.#base = new Int32Array(interfaceLimit + 1);
    this.#retrans = new Int32Array(interfaceLimit + 1);
    this.#reachable = new Float64Array(interfaceLimit + 1);
    this.#drawn = new Float64Array(interfaceLimit + 1);
  }

  /** Takes BaseReachableTime and RetransTimer for a link; 0 changes nothing (RFC 4861 §6.3.4). */
  configure(interfaceIndex: number, reachableTime: number, retransTimer: number): void {
    if (reachableTime > 0 && reachableTime <= longest && reachableTime !== this.#base[interfaceIndex]) {
      this.#base[interfaceIndex] = reachableTime;
      this.#reachable[interfaceIndex] = 0;
    }
    if (retransTimer > 0) this.#retrans[interfaceIndex] = Math.min(retransTimer, longest);
  }

  /** RetransTimer of a link. */
  retransTimer(interfaceIndex: number): number {
    return (this.#retrans[interfaceIndex] as number) || this.#options.retransTimer;
  }

  /** BaseReachableTime of a link, and the ReachableTime drawn from it. */
  reachableTimes(interfaceIndex: number, now: number): { readonly base: number; readonly drawn: number } {
    return { base: this.#baseReachableTime(interfaceIndex), drawn: this.#reachableTime(interfaceIndex, now) };
  }

  /** How long a state lasts, after so many solicitations in it. */
  lasts(state: NeighborState, interfaceIndex: number, solicitations: number, now: number): number {
    const { delayFirstProbeTime, staleTime, backoffMultiple, maximumRetransTimer } = this.#options;
    switch (state) {
      case NeighborState.reachable:
        return this.#reachableTime(interfaceIndex, now);
      case NeighborState.stale:
        return staleTime;
      case NeighborState.delay:
        return delayFirstProbeTime;
      case NeighborState.unreachable:
        return Math.min(this.retransTimer(interfaceIndex) * backoffMultiple ** solicitations, maximumRetransTimer);
      default:
        return this.retransTimer(interfaceIndex);
    }
  }

  #baseReachableTime(interfaceIndex: number): number {
    return (this.#base[interfaceIndex] as number) || this.#options.reachableTime;
  }

  /** ReachableTime: random, so that nodes don't fall into step (RFC 4861 §6.3.2). */
  #reachableTime(interfaceIndex: number, now: number): number {
    const drawn = this.#reachable[interfaceIndex] as number;
    if (drawn > 0 && now - (this.#drawn[interfaceIndex] as number) < redrawAfter) return drawn;
    const base = this.#baseReachableTime(interfaceIndex);
    const time = Math.round(base * (leastFactor + this.#random() * (mostFactor - leastFactor)));
    this.#reachable[interfaceIndex] = time;
    this.#drawn[interfaceIndex] = now;
    return time;
  }
}
