/**
 * When a router advertises: RFC 4861 §6.2.4 to §6.2.6 as a pure function, without a clock.
 *
 * | event       | what follows |
 * |---|---|
 * | `start`     | the first message within 0.5 s, the next two within 16 s each, then one each random interval |
 * | `change`    | as at the start, but not within 3 s of the last message to all |
 * | `due`       | whatever is due is sent; what is sent to all answers everyone and starts the interval anew |
 * | `solicited` | an answer within 0.5 s to whoever has an address, else to all, and then not within 3 s of the last |
 * | `cease`     | a final message at once and two more, 3 s apart |
 *
 * @module
 */
import { equalAddress, type IpAddress } from '../../wire/address.ts';

/** Constants of RFC 4861 §10, in milliseconds. */
export const timing = {
  /** MAX_INITIAL_RTR_ADVERT_INTERVAL */
  initialInterval: 16_000,
  /** MAX_INITIAL_RTR_ADVERTISEMENTS */
  initialCount: 3,
  /** MAX_FINAL_RTR_ADVERTISEMENTS */
  finalCount: 3,
  /** MIN_DELAY_BETWEEN_RAS */
  betweenMulticast: 3_000,
  /** MAX_RA_DELAY_TIME */
  answerDelay: 500,
} as const;

/** Most solicitors that wait for an answer of their own; one more, and all are answered at once. */
export const solicitorLimit = 32;

/** Someone who waits, and when the answer is due. */
export interface Waiting {
  readonly to: IpAddress;
  readonly at: number;
}

/** Times are the clock's milliseconds; `Infinity` means never. */
export interface Schedule {
  readonly phase: 'advertising' | 'ceasing';
  /** How many of the next messages come soon: first ones, or final ones. */
  readonly soon: number;
  /** When the next unsolicited message is due. */
  readonly next: number;
  /** When an answer to all is due. */
  readonly answer: number;
  /** When something was last sent to all. */
  readonly last: number;
  /** Was anything said, to anyone? Then there is something to take back. */
  readonly spoken: boolean;
  /** Those who get an answer of their own. */
  readonly waiting: readonly Waiting[];
}

export type ScheduleEvent =
  | { readonly type: 'start' | 'change' | 'due' | 'cease' }
  /** `by` is undefined when the solicitor has no address, or all are to be answered. */
  | { readonly type: 'solicited'; readonly by: IpAddress | undefined };

export type ScheduleAction =
  | { readonly type: 'multicast' | 'final' }
  | { readonly type: 'unicast'; readonly to: IpAddress };

/** What the schedule is made by: milliseconds, and a number in [0, 1). */
export interface ScheduleConfig {
  readonly now: number;
  readonly minimumInterval: number;
  readonly maximumInterval: number;
  readonly random: () => number;
}

/** Nothing has been said yet, or everything. */
export const silent: Schedule = {
  phase: 'ceasing',
  soon: 0,
  next: Number.POSITIVE_INFINITY,
  answer: Number.POSITIVE_INFINITY,
  last: Number.NEGATIVE_INFINITY,
  spoken: false,
  waiting: [],
};

/** When something is due; `Infinity`: nothing is. */
export const dueAt = ({ next, answer, waiting }: Schedule): number =>
  waiting.reduce((earliest, { at }) => Math.min(earliest, at), Math.min(next, answer));

type Step = readonly [Schedule, readonly ScheduleAction[]];

const unchanged = (schedule: Schedule): Step => [schedule, []];

/** Said to all: everyone who waited has been answered. */
const sentToAll = (schedule: Schedule, { now, minimumInterval, maximumInterval, random }: ScheduleConfig): Schedule => {
  const soon = Math.max(0, schedule.soon - 1);
  const interval = minimumInterval + random() * (maximumInterval - minimumInterval);
  const next = now + (soon > 0 ? Math.min(interval, timing.initialInterval) : interval);
  return { ...schedule, soon, next, answer: Number.POSITIVE_INFINITY, last: now, spoken: true, waiting: [] };
};

const begin = (schedule: Schedule, { now, random }: ScheduleConfig): Step => {
  const at = Math.max(now + random() * timing.answerDelay, schedule.last + timing.betweenMulticast);
  const next = schedule.phase === 'advertising' ? Math.min(schedule.next, at) : at;
  return unchanged({ ...schedule, phase: 'advertising', soon: timing.initialCount, next });
};

const final = (soon: number, now: number): Step => {
  const next = soon > 0 ? now + timing.betweenMulticast : Number.POSITIVE_INFINITY;
  return [{ ...silent, soon, next, last: now }, [{ type: 'final' }]];
};

const due = (schedule: Schedule, config: ScheduleConfig): Step => {
  const { now } = config;
  if (now < dueAt(schedule)) return unchanged(schedule);
  if (schedule.phase === 'ceasing') return final(schedule.soon - 1, now);
  if (Math.min(schedule.next, schedule.answer) <= now) return [sentToAll(schedule, config), [{ type: 'multicast' }]];
  const ripe = schedule.waiting.filter(({ at }) => at <= now);
  const waiting = schedule.waiting.filter(({ at }) => at > now);
  return [{ ...schedule, spoken: true, waiting }, ripe.map(({ to }) => ({ type: 'unicast', to }))];
};

/** RFC 4861 §6.2.6. Who would be answered later than all are told anyway need not be. */
const solicited = (schedule: Schedule, by: IpAddress | undefined, { now, random }: ScheduleConfig): Step => {
  if (schedule.phase === 'ceasing') return unchanged(schedule);
  const delay = random() * timing.answerDelay;
  const toAll = Math.min(schedule.next, schedule.answer);
  if (by !== undefined && schedule.waiting.length < solicitorLimit) {
    const known = schedule.waiting.some(({ to }) => equalAddress(to, by));
    if (known || now + delay >= toAll) return unchanged(schedule);
    return unchanged({ ...schedule, waiting: [...schedule.waiting, { to: by, at: now + delay }] });
  }
  const tooSoon = now < schedule.last + timing.betweenMulticast;
  const at = (tooSoon ? schedule.last + timing.betweenMulticast : now) + delay;
  return unchanged(at >= toAll ? schedule : { ...schedule, answer: at });
};

/**
 * What follows from an event, and what to send.
 *
 * @example
 * const [started] = transition(silent, { type: 'start' }, config);
 * const [next, actions] = transition(started, { type: 'due' }, { ...config, now: dueAt(started) });
 * actions; // [{ type: 'multicast' }]
 */
export const transition = (schedule: Schedule, event: ScheduleEvent, config: ScheduleConfig): Step => {
  switch (event.type) {
    case 'start':
      return begin(schedule, config);
    case 'change':
      return schedule.phase === 'ceasing' ? unchanged(schedule) : begin(schedule, config);
    case 'due':
      return due(schedule, config);
    case 'solicited':
      return solicited(schedule, event.by, config);
    case 'cease': {
      if (schedule.phase === 'ceasing') return unchanged(schedule);
      return !schedule.spoken ? unchanged(silent) : final(timing.finalCount - 1, config.now);
    }
  }
};
