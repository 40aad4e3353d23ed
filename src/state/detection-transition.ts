/**
 * Duplicate Address Detection as a pure function, without a clock: RFC 4862 §5.4, with the nonces of RFC 7527. It is
 * the same for an optimistic address (RFC 4429 §3.3), which is merely used meanwhile.
 *
 * | phase   | event                             | phase after | what follows                                        |
 * |---------|-----------------------------------|-------------|-----------------------------------------------------|
 * | idle    | start                             | waiting     | wait no time, or up to 1 s if it is to be delayed   |
 * | waiting | delay                             | waiting     | wait up to 1 s (RFC 4862 §5.4.2)                    |
 * | waiting | timeout, no probes are configured | unique      | RFC 4862 §5.1: DupAddrDetectTransmits 0             |
 * | waiting | timeout                           | probing     | the first probe, wait RetransTimer                  |
 * | waiting | solicitation by another           | duplicate   | RFC 4862 §5.4.3: before one was sent                |
 * | probing | timeout, probes are left          | probing     | the next probe, wait RetransTimer                   |
 * | probing | timeout, none left, none came back| unique      | RFC 4862 §5.4                                       |
 * | probing | timeout, none left, one came back | probing     | RFC 7527 §4.2: MAX_MULTICAST_SOLICIT more           |
 * | probing | solicitation of our own           | probing     | it came back: the link loops                        |
 * | probing | solicitation by another           | duplicate   | RFC 4862 §5.4.3: both nodes are after it            |
 * | either  | advertisement                     | duplicate   | RFC 4862 §5.4.4: someone has it                     |
 * | any     | stop                              | idle        | the address, or its link, is gone                   |
 *
 * What is not in the table changes nothing.
 *
 * @module
 */

/** MAX_RTR_SOLICITATION_DELAY, in milliseconds (RFC 4861 §10). */
export const maximumDetectionDelay = 1_000;

/** MAX_MULTICAST_SOLICIT (RFC 4861 §10): probes that follow when one came back. */
export const furtherProbes = 3;

export interface DetectionState {
  readonly phase: 'idle' | 'waiting' | 'probing' | 'unique' | 'duplicate';
  /** Probes that are still to be sent, if nobody objects. */
  readonly left: number;
  /** Has a probe of this series come back? */
  readonly cameBack: boolean;
}

export type DetectionEvent =
  /** `delayed`: the first probe waits for a random while. */
  | { readonly type: 'start'; readonly delayed: boolean }
  | { readonly type: 'delay' | 'timeout' | 'advertisement' | 'stop' }
  /** A solicitation from `::`. `own`: its nonce is one that we have sent. */
  | { readonly type: 'solicitation'; readonly own: boolean };

export type DetectionAction =
  | { readonly type: 'probe' }
  /** A `timeout` comes after so many milliseconds, in place of any that was to come. */
  | { readonly type: 'wait'; readonly time: number };

export interface DetectionConfig {
  /** DupAddrDetectTransmits (RFC 4862 §5.1). */
  readonly transmits: number;
  /** RetransTimer, in milliseconds. */
  readonly retransTimer: number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

type Step = readonly [DetectionState, readonly DetectionAction[]];

export const idleDetection: DetectionState = { phase: 'idle', left: 0, cameBack: false };

const duplicate: Step = [{ ...idleDetection, phase: 'duplicate' }, []];
const unique: Step = [{ ...idleDetection, phase: 'unique' }, []];

const wait = (delayed: boolean, { transmits, random }: DetectionConfig): Step => [
  { phase: 'waiting', left: transmits, cameBack: false },
  [{ type: 'wait', time: delayed && transmits > 0 ? random() * maximumDetectionDelay : 0 }],
];

const probe = (left: number, cameBack: boolean, { retransTimer }: DetectionConfig): Step => [
  { phase: 'probing', left: left - 1, cameBack },
  [{ type: 'probe' }, { type: 'wait', time: retransTimer }],
];

const expire = (state: DetectionState, config: DetectionConfig): Step => {
  if (state.left > 0) return probe(state.left, state.cameBack, config);
  return state.cameBack ? probe(furtherProbes, false, config) : unique;
};

/**
 * What follows from an event, and what to do.
 *
 * @example
 * const [waiting] = detectionTransition(idleDetection, { type: 'start', delayed: false }, config);
 * const [probing, actions] = detectionTransition(waiting, { type: 'timeout' }, config);
 * actions; // [{ type: 'probe' }, { type: 'wait', time: 1000 }]
 */
export const detectionTransition = (state: DetectionState, event: DetectionEvent, config: DetectionConfig): Step => {
  const { phase } = state;
  if (event.type === 'stop') return [idleDetection, []];
  if (event.type === 'start') return phase === 'idle' ? wait(event.delayed, config) : [state, []];
  if (phase !== 'waiting' && phase !== 'probing') return [state, []];
  switch (event.type) {
    case 'delay':
      return phase === 'waiting' ? wait(true, config) : [state, []];
    case 'timeout':
      return expire(state, config);
    case 'advertisement':
      return duplicate;
    case 'solicitation':
      if (!event.own) return duplicate;
      return [phase === 'probing' ? { ...state, cameBack: true } : state, []];
  }
};
