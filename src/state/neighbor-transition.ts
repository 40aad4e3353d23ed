/**
 * What becomes of a neighbor when something happens: RFC 4861 appendix C, with the state that RFC 7048 adds. Pure.
 *
 * ```
 * state        event                                          action                        new state
 * -----------  ---------------------------------------------  ----------------------------  -----------
 * absent       packet to send                                 create, solicit all, timer    incomplete
 * incomplete   timeout, less than N solicitations             solicit all, timer            incomplete
 * incomplete   timeout, N or more                             remove, refuse the held       absent
 * incomplete   NA, S=0                                        record, release, router       stale
 * incomplete   NA, S=1                                        record, release, router       reachable
 * incomplete   NA, no link-layer address                      router                        unchanged
 * absent       NS, RS, Redirect, no link-layer address        -                             absent
 * others       NA, S=1, O=0, same link-layer address          router                        reachable
 * others       NA, S=0, no link-layer address                 router                        unchanged
 * others       NA, S=1, no link-layer address             (1) router                        reachable
 * reachable    NA, O=0, different link-layer address      (2) -                             stale
 * others       NA, O=0, different link-layer address          -                             unchanged
 * others       NA, S=1, O=1                                   record if different, router   reachable
 * others       NA, S=0, same link-layer address               router                        unchanged
 * others       NA, S=0, O=1, different link-layer address     record, router                stale
 * others       upper-layer reachability confirmation          timer                         reachable
 * reachable    timeout: ReachableTime                         timer                         stale
 * stale        packet to send                                 timer                         delay
 * delay        timeout: DELAY_FIRST_PROBE_TIME                solicit it, timer             probe
 * probe        timeout, less than N solicitations             solicit it, timer             probe
 * probe        timeout, N or more                         (3) solicit all, timer            unreachable
 *
 * absent       NS, RS, RA, Redirect                           create, record, router        stale
 * incomplete   NS, RS, RA, Redirect                           record, release, router       stale
 * others       NS, RS, RA, Redirect, different address        record, router                stale
 * incomplete   NS, RS, no link-layer address                  router                        unchanged
 * others       NS, RS, RA, Redirect, same address             router                        unchanged
 *
 * unreachable  timeout, less than N solicitations         (3) solicit all, timer            unreachable
 * unreachable  timeout, N or more, or no packet was sent  (3) remove                        absent
 * stale        timeout: unused for a day                  (4) remove                        absent
 * absent       NA, for a router                           (5) create, record, router        stale
 * ```
 *
 * `others` are reachable, stale, delay, probe and unreachable; RFC 4861 writes `!INCOMPLETE`. ARP has the same states:
 * a reply is an NA with S=1 and O=1, a request is like an NS. `router` takes over what the message says of being a
 * router, if it says anything (appendix D): NS and most Redirects don't. Whoever enters stale, delay or reachable, or
 * is confirmed there, starts that state's timer.
 *
 * 1. The appendix says "unchanged", the text that it summarizes says REACHABLE (§7.2.5 II). The text it is: nodes need
 *    not tell their link-layer address when they answer a probe (§7.2.4), and KAME's don't.
 * 2. The appendix says so for S=1 only, the text for both (§7.2.5 I a, §7.2.6).
 * 3. RFC 7048 §3: a neighbor that does not answer three probes may be there all the same. Packets go on to it, and it
 *    is sought ever less often, in its group rather than at the address that it no longer has perhaps. RFC 7048 knows
 *    no end of that; we give up in the end, so that senders get their error, and that without `patient` at once, as
 *    RFC 4861 has it.
 * 4. KAME's `nd6_gctimer`. RFC 4861 leaves garbage collection to us (§5.3). Routers stay.
 * 5. RFC 9131 §6: a router learns its hosts from their first advertisement. With `learning` only.
 *
 * @module
 */

/** States of a neighbor cache entry (RFC 4861 §7.3.2, RFC 7048 §3), and of what is not there. */
export const NeighborState = {
  absent: 0,
  incomplete: 1,
  reachable: 2,
  stale: 3,
  delay: 4,
  probe: 5,
  unreachable: 6,
} as const;
export type NeighborState = (typeof NeighborState)[keyof typeof NeighborState];
export type NeighborStateName = keyof typeof NeighborState;

/** May packets be sent to the neighbor as if it were there? */
export const isUsable = (state: NeighborState): boolean =>
  state > NeighborState.incomplete && state !== NeighborState.unreachable;

/** Names by number. */
export const neighborStates = Object.keys(NeighborState) as readonly NeighborStateName[];

/** What may happen to a neighbor. What it says of itself is {@link advertisement} or {@link information}. */
export const NeighborEvent = {
  packetToSend: 0,
  /** The state's timer has run out, and may be set once more. */
  timeout: 1,
  /** The state's timer has run out, and there have been solicitations enough. */
  lastTimeout: 2,
  /** An upper layer has made progress (RFC 4861 §7.3.1). */
  confirmation: 3,
} as const;

/** What a message says about the link-layer address: nothing, what we have (not if we have none), or another. */
export const Heard = { nothing: 0, same: 1, different: 2 } as const;
export type Heard = (typeof Heard)[keyof typeof Heard];

const informationBit = 0x10;
const advertisementBit = 0x20;
const solicitedBit = 0x04;
const overrideBit = 0x08;

/** The event of a Neighbor or Router Solicitation, Router Advertisement or Redirect. */
export const information = (heard: Heard): number => informationBit | heard;

/** The event of a Neighbor Advertisement. */
export const advertisement = (heard: Heard, solicited: boolean, override: boolean): number =>
  advertisementBit | heard | (solicited ? solicitedBit : 0) | (override ? overrideBit : 0);

/** What to do, one bit each, beside the new state in a transition's result. */
export const NeighborAction = {
  create: 0x08,
  /** Remember the link-layer address that was heard. */
  record: 0x10,
  /** Send the packets that are held. */
  release: 0x20,
  /** Refuse the packets that are held: their senders get an error. */
  fail: 0x40,
  /** Ask the neighbor's solicited-node group; for IPv4, everyone. */
  solicitAll: 0x80,
  /** Ask the neighbor itself. */
  solicit: 0x100,
  /** Set the new state's timer. */
  startTimer: 0x200,
  /** Take over the Router flag, if the message has one (RFC 4861 appendix D). */
  updateRouter: 0x400,
  remove: 0x800,
} as const;

/** The new state in a transition's result. */
export const stateAfter = (result: number): NeighborState => (result & 7) as NeighborState;

export interface NeighborTransitionConfig {
  /** Is a silent neighbor sought for a while before it is given up (RFC 7048)? */
  readonly patient: boolean;
  /** Do advertisements make entries (RFC 9131)? */
  readonly learning: boolean;
}

const { absent, incomplete, reachable, stale, delay, probe, unreachable } = NeighborState;
const { create, record, release, fail, solicitAll, solicit, startTimer, updateRouter, remove } = NeighborAction;

/**
 * The transition for an event in a state: the new state and the actions to take, as one number for {@link stateAfter}
 * and the bits of {@link NeighborAction}. The state is the old one when nothing changes.
 *
 * @param event one of {@link NeighborEvent}, or what {@link advertisement} or {@link information} make
 *
 * @example
 * const result = transition(NeighborState.stale, NeighborEvent.packetToSend, config);
 * stateAfter(result) === NeighborState.delay;                  // true
 * (result & NeighborAction.startTimer) !== 0;                  // true
 */
export const transition = (state: NeighborState, event: number, config: NeighborTransitionConfig): number => {
  if ((event & advertisementBit) !== 0) return advertised(state, event, config);
  if ((event & informationBit) !== 0) return informed(state, (event & 3) as Heard);
  switch (event) {
    case NeighborEvent.packetToSend:
      if (state === absent) return create | solicitAll | startTimer | incomplete;
      return state === stale ? startTimer | delay : state;
    case NeighborEvent.confirmation:
      return state === absent || state === incomplete ? state : startTimer | reachable;
    default:
      return timedOut(state, event === NeighborEvent.lastTimeout, config);
  }
};

const timedOut = (state: NeighborState, isLast: boolean, { patient }: NeighborTransitionConfig): number => {
  switch (state) {
    case incomplete:
      return isLast ? remove | fail | absent : solicitAll | startTimer | incomplete;
    case reachable:
      return startTimer | stale;
    case stale:
      return remove | absent;
    case delay:
      return solicit | startTimer | probe;
    case probe:
      if (!isLast) return solicit | startTimer | probe;
      return patient ? solicitAll | startTimer | unreachable : remove | absent;
    case unreachable:
      return isLast ? remove | absent : solicitAll | startTimer | unreachable;
    default:
      return state;
  }
};

const informed = (state: NeighborState, heard: Heard): number => {
  if (state === absent) return heard === Heard.nothing ? absent : create | record | updateRouter | startTimer | stale;
  if (heard === Heard.nothing) return updateRouter | state;
  if (state === incomplete) return record | release | updateRouter | startTimer | stale;
  return heard === Heard.same ? updateRouter | state : record | updateRouter | startTimer | stale;
};

const advertised = (state: NeighborState, event: number, { learning }: NeighborTransitionConfig): number => {
  const heard = event & 3;
  const solicited = (event & solicitedBit) !== 0;
  if (state === absent) {
    return learning && heard !== Heard.nothing ? create | record | updateRouter | startTimer | stale : absent;
  }
  if (state === incomplete) {
    if (heard === Heard.nothing) return updateRouter | incomplete;
    return record | release | updateRouter | startTimer | (solicited ? reachable : stale);
  }
  const different = heard === Heard.different;
  if (different && (event & overrideBit) === 0) return state === reachable ? startTimer | stale : state;
  if (solicited) return (different ? record : 0) | updateRouter | startTimer | reachable;
  return different ? record | updateRouter | startTimer | stale : updateRouter | state;
};
