/**
 * When a host asks for routers: RFC 4861 §6.3.7 with the backoff of RFC 7559, as a pure function, without a clock.
 *
 * | event        | what follows |
 * |---|---|
 * | `start`      | the first solicitation within a second, unless one is waiting already or went out less than 4 s ago |
 * | `due`        | it is sent; the next one comes after some 4 s, then after twice as long each time, an hour at most |
 * | `advertised` | a default router is known: no more of them, but one that was not sent yet still is |
 * | `stop`       | nothing more is sent |
 *
 * An advertisement whose router lifetime is 0 is none of these: whoever sent it is no default router.
 *
 * @module
 */

/** Constants of RFC 4861 §10 and RFC 7559 §2, in milliseconds. */
export const solicitationTiming = {
  /** MAX_RTR_SOLICITATION_DELAY */
  initialDelay: 1_000,
  /** IRT: RTR_SOLICITATION_INTERVAL */
  interval: 4_000,
  /** MRT */
  longest: 3_600_000,
  /** RAND of RFC 8415 §15: at most so much more or less. */
  spread: 0.1,
} as const;

/** Times are milliseconds; `Infinity` means never. */
export interface Solicitation {
  /** When the next one is due, by the clock. */
  readonly next: number;
  /** RT: how long was waited last; 0 if none was sent since the start. */
  readonly waited: number;
  /** Is one enough, for a router has been heard? */
  readonly heard: boolean;
  /** When one was sent last: routers that come and go must not make us talkative. */
  readonly last: number;
}

/** Nobody is asked. */
export const quiet: Solicitation = {
  next: Number.POSITIVE_INFINITY,
  waited: 0,
  heard: false,
  last: Number.NEGATIVE_INFINITY,
};

export interface SolicitationConfig {
  readonly now: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** Is someone asked, or about to be? */
const isAsking = ({ next }: Solicitation): boolean => next !== Number.POSITIVE_INFINITY;

/** RT of RFC 8415 §15. */
const retransmission = (waited: number, random: () => number): number => {
  const { interval, longest, spread } = solicitationTiming;
  const jitter = (random() * 2 - 1) * spread;
  const next = waited === 0 ? interval * (1 + jitter) : waited * (2 + jitter);
  return next > longest ? longest * (1 + jitter) : next;
};

/**
 * What follows from an event, and whether a solicitation is to be sent now.
 *
 * @example
 * const [started] = transition(quiet, 'start', { now: 0, random });
 * const [asked, sends] = transition(started, 'due', { now: started.next, random }); // sends: true
 */
export const transition = (
  before: Solicitation,
  event: 'start' | 'due' | 'advertised' | 'stop',
  { now, random }: SolicitationConfig,
): readonly [Solicitation, boolean] => {
  const { last } = before;
  switch (event) {
    case 'start': {
      if (isAsking(before)) return [before, false];
      const { initialDelay, interval } = solicitationTiming;
      return [{ next: Math.max(now + random() * initialDelay, last + interval), waited: 0, heard: false, last }, false];
    }
    case 'due': {
      if (now < before.next) return [before, false];
      if (before.heard) return [{ ...quiet, last: now }, true];
      const waited = retransmission(before.waited, random);
      return [{ next: now + waited, waited, heard: false, last: now }, true];
    }
    case 'advertised':
      return [isAsking(before) && before.waited === 0 ? { ...before, heard: true } : { ...quiet, last }, false];
    case 'stop':
      return [{ ...quiet, last }, false];
  }
};
