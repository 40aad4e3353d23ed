/** What a neighbor cache may be told. Times in milliseconds. */
export interface NeighborOptions {
  /** Most neighbors of all interfaces. Default 16,384. */
  readonly limit?: number;
  /** Most neighbors of one interface. Default 4,096. */
  readonly perInterface?: number;
  /** Most neighbors of one interface that are being looked for. Default 1,024. */
  readonly incomplete?: number;
  /** New neighbors that one interface may begin to look for, a second (RFC 6583 §6.2). Default 500. */
  readonly resolutionRate?: number;
  /** Of these at once. Default 500. */
  readonly resolutionBurst?: number;
  /** Most packets that wait for one neighbor (RFC 4861 §7.2.2). Default 3. */
  readonly queue?: number;
  /** Most packets that wait for any. Default 2,048. */
  readonly held?: number;
  /** Most bytes of their slabs. Default 8 MiB. */
  readonly heldBytes?: number;
  /** Most neighbors that are watched, those that are not there included. Default 2,048: routers, and targets of redirects. */
  readonly watched?: number;
  /** BaseReachableTime, REACHABLE_TIME of RFC 4861 §10. Default 30,000. */
  readonly reachableTime?: number;
  /** RetransTimer, RETRANS_TIMER of RFC 4861 §10. Default 1,000. */
  readonly retransTimer?: number;
  /** DELAY_FIRST_PROBE_TIME of RFC 4861 §10. Default 5,000. */
  readonly delayFirstProbeTime?: number;
  /** MAX_MULTICAST_SOLICIT of RFC 4861 §10. Default 3. */
  readonly multicastSolicitations?: number;
  /** MAX_UNICAST_SOLICIT of RFC 4861 §10. Default 3. */
  readonly unicastSolicitations?: number;
  /** Solicitations of a neighbor that did not answer probes, before it is given up; 0: none (RFC 4861). Default 3. */
  readonly unreachableSolicitations?: number;
  /** BACKOFF_MULTIPLE of RFC 7048 §4: by what the time between them grows. Default 3. */
  readonly backoffMultiple?: number;
  /** MAX_RETRANS_TIMER of RFC 7048 §4: no more than this between them. Default 60,000. */
  readonly maximumRetransTimer?: number;
  /** After so long without a packet a stale entry is forgotten: KAME's `nd6_gctimer`. Default a day. */
  readonly staleTime?: number;
  /**
   * How exactly the end of reachable and stale is kept: at the next multiple of so many. Default 250: ten thousand
   * neighbors wake the process up four times a second at most, not three hundred times. Measured while
   * they become stale, on a busy machine, in turns, four runs each, on average: 2.6 % of a core at 100, 1.9 % at 250, no
   * clear gain at 500 or 1,000, where what each one costs is left.
   */
  readonly grain?: number;
  /** Do advertisements make entries, as a router should have it (RFC 9131)? Default true. */
  readonly learning?: boolean;
}

export const neighborDefaults: Required<NeighborOptions> = {
  limit: 16_384,
  perInterface: 4_096,
  incomplete: 1_024,
  resolutionRate: 500,
  resolutionBurst: 500,
  queue: 3,
  held: 2_048,
  heldBytes: 8 * 1_048_576,
  watched: 2_048,
  reachableTime: 30_000,
  retransTimer: 1_000,
  delayFirstProbeTime: 5_000,
  multicastSolicitations: 3,
  unicastSolicitations: 3,
  unreachableSolicitations: 3,
  backoffMultiple: 3,
  maximumRetransTimer: 60_000,
  staleTime: 86_400_000,
  grain: 250,
  learning: true,
};
