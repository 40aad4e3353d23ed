import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dueAt,
  type Schedule,
  type ScheduleAction,
  type ScheduleEvent,
  silent,
  solicitorLimit,
  timing,
  transition,
} from '../../../src/operators/advertise/schedule.ts';
import { addressOf, seededRandom } from '../../../src/testing/index.ts';

const host = addressOf('fe80::2');
const half = () => 0.5;
const at = (now: number, random: () => number = half) => ({
  now,
  minimumInterval: 200_000,
  maximumInterval: 600_000,
  random,
});
const steady: Schedule = { ...silent, spoken: true, phase: 'advertising', next: 500_000, last: 100_000 };

/** RFC 4861 §6.2.4 to §6.2.6, a line each; `random` is always one half. */
const table: readonly [
  clause: string,
  before: Partial<Schedule>,
  event: ScheduleEvent,
  now: number,
  after: Partial<Schedule>,
  actions: readonly ScheduleAction[],
][] = [
  ['starts within 0.5 s', { ...silent }, { type: 'start' }, 7_000, { next: 7_250, soon: 3, phase: 'advertising' }, []],
  [
    'starts again, but not within 3 s of a final message',
    { ...silent, last: 6_000 },
    { type: 'start' },
    7_000,
    { next: 9_000, soon: 3, phase: 'advertising' },
    [],
  ],
  [
    'the first ones come within 16 s (§6.2.4)',
    { soon: 3, next: 7_250 },
    { type: 'due' },
    7_250,
    { soon: 2, next: 7_250 + 16_000, last: 7_250 },
    [{ type: 'multicast' }],
  ],
  [
    'the last of the first ones is followed by a random interval (§6.2.4)',
    { soon: 1, next: 8_000 },
    { type: 'due' },
    8_000,
    { soon: 0, next: 408_000, last: 8_000 },
    [{ type: 'multicast' }],
  ],
  [
    'later ones come at random intervals',
    {},
    { type: 'due' },
    500_000,
    { next: 900_000, last: 500_000 },
    [{ type: 'multicast' }],
  ],
  ['a timer that comes early does nothing', {}, { type: 'due' }, 499_999, {}, []],
  [
    'a solicitation from nobody is answered to all',
    {},
    { type: 'solicited', by: undefined },
    200_000,
    { answer: 200_250 },
    [],
  ],
  [
    'but 3 s after the last, and the random delay (§6.2.6)',
    {},
    { type: 'solicited', by: undefined },
    101_000,
    { answer: 103_250 },
    [],
  ],
  [
    'unless all are told before that anyway (§6.2.6)',
    { next: 200_100 },
    { type: 'solicited', by: undefined },
    200_000,
    {},
    [],
  ],
  ['a second solicitation changes nothing', { answer: 200_100 }, { type: 'solicited', by: undefined }, 200_000, {}, []],
  [
    'an answer to all begins the interval anew (§6.2.6)',
    { answer: 200_250 },
    { type: 'due' },
    200_250,
    { answer: Number.POSITIVE_INFINITY, last: 200_250, next: 600_250 },
    [{ type: 'multicast' }],
  ],
  [
    'who has an address is answered alone (RFC 7772 §5.1)',
    {},
    { type: 'solicited', by: host },
    200_000,
    { waiting: [{ to: host, at: 200_250 }] },
    [],
  ],
  ['once', { waiting: [{ to: host, at: 200_100 }] }, { type: 'solicited', by: host }, 200_000, {}, []],
  [
    'and the interval goes on',
    { waiting: [{ to: host, at: 200_250 }] },
    { type: 'due' },
    200_250,
    { waiting: [] },
    [{ type: 'unicast', to: host }],
  ],
  [
    'too many who wait are answered at once',
    { waiting: Array.from({ length: solicitorLimit }, (_, i) => ({ to: addressOf(`fe80::1:${i}`), at: 200_400 })) },
    { type: 'solicited', by: host },
    200_000,
    { answer: 200_250 },
    [],
  ],
  ['a change is told soon', {}, { type: 'change' }, 200_000, { soon: 3, next: 200_250 }, []],
  ['but not within 3 s of the last', {}, { type: 'change' }, 100_500, { soon: 3, next: 103_000 }, []],
  ['nor later than planned', { next: 100_600 }, { type: 'change' }, 100_500, { soon: 3 }, []],
  [
    'ceases with a final message (§6.2.5)',
    {},
    { type: 'cease' },
    200_000,
    { phase: 'ceasing', soon: 2, next: 203_000, last: 200_000, spoken: false },
    [{ type: 'final' }],
  ],
  [
    'and two more',
    { ...silent, soon: 1, next: 203_000 },
    { type: 'due' },
    203_000,
    { soon: 0, next: Number.POSITIVE_INFINITY, last: 203_000 },
    [{ type: 'final' }],
  ],
  [
    'but says nothing if nothing was said',
    { ...silent, phase: 'advertising', next: 300_000 },
    { type: 'cease' },
    200_000,
    { ...silent },
    [],
  ],
  ['a router that has ceased answers nobody', { ...silent }, { type: 'solicited', by: host }, 200_000, {}, []],
  ['and has nothing to tell', { ...silent }, { type: 'change' }, 200_000, {}, []],
];

describe('schedule', () => {
  it.each(table)('%s', (_clause, before, event, now, after, actions) => {
    const schedule = { ...steady, ...before };
    const [next, said] = transition(schedule, event, at(now));
    expect(next).toEqual({ ...schedule, ...after });
    expect(said).toEqual(actions);
  });

  it('keeps all bounds, whatever is asked for and whenever', () => {
    const events = fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 700_000 }),
        event: fc.constantFrom<ScheduleEvent>(
          { type: 'start' },
          { type: 'change' },
          { type: 'solicited', by: undefined },
          { type: 'solicited', by: host },
        ),
      }),
      { maxLength: 60 },
    );
    const intervals = fc
      .integer({ min: 4, max: 1_800 })
      .chain((most) => fc.tuple(fc.integer({ min: 3, max: Math.max(3, Math.floor(0.75 * most)) }), fc.constant(most)));
    fc.assert(
      fc.property(events, intervals, fc.integer(), (asked, [least, most], seed) => {
        const random = seededRandom(seed);
        const config = (now: number) => ({ now, minimumInterval: least * 1e3, maximumInterval: most * 1e3, random });
        let now = 0;
        let schedule = transition(silent, { type: 'start' }, config(0))[0];
        let last = Number.NEGATIVE_INFINITY;
        const advance = (until: number): void => {
          for (let due = dueAt(schedule); due <= until; due = dueAt(schedule)) {
            const [next, actions] = transition(schedule, { type: 'due' }, config(due));
            expect(actions.length).toBeGreaterThan(0);
            if (actions.some(({ type }) => type === 'multicast')) {
              expect(due - last).toBeGreaterThanOrEqual(timing.betweenMulticast);
              if (last > 0) expect(due - last).toBeLessThanOrEqual(most * 1e3);
              last = due;
            }
            schedule = next;
          }
        };
        for (const { wait, event } of asked) {
          advance(now + wait);
          now += wait;
          schedule = transition(schedule, event, config(now))[0];
          expect(schedule.waiting.length).toBeLessThanOrEqual(solicitorLimit);
          // Whoever asks is answered, by whatever message, in 0.5 s and at most 3 s more.
          if (event.type === 'solicited') expect(dueAt(schedule) - now).toBeLessThanOrEqual(3_500);
        }
      }),
    );
  });
});
