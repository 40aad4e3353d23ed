import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  quiet,
  type Solicitation,
  solicitationTiming,
  transition,
} from '../../../src/operators/autoconfigure/solicitation.ts';
import { seededRandom } from '../../../src/testing/index.ts';

const half = () => 0.5;

/** RFC 4861 §6.3.7, RFC 7559 §2, a line each; `random` is always one half, which is no jitter. */
const table: readonly [
  clause: string,
  before: Partial<Solicitation>,
  event: Parameters<typeof transition>[1],
  now: number,
  after: Partial<Solicitation>,
  sends: boolean,
][] = [
  ['the first one is delayed up to 1 s', {}, 'start', 7_000, { next: 7_500 }, false],
  ['but comes 4 s after another', { last: 5_000 }, 'start', 7_000, { next: 9_000, last: 5_000 }, false],
  ['a second start changes nothing', { next: 7_500 }, 'start', 7_100, { next: 7_500 }, false],
  [
    'nor does one between two solicitations',
    { next: 30_000, waited: 8_000 },
    'start',
    25_000,
    { next: 30_000, waited: 8_000 },
    false,
  ],
  ['what comes too early is not sent', { next: 7_500 }, 'due', 7_499, { next: 7_500 }, false],
  ['the first one, then IRT', { next: 7_500 }, 'due', 7_500, { next: 11_500, waited: 4_000, last: 7_500 }, true],
  [
    'then twice as long',
    { next: 11_500, waited: 4_000 },
    'due',
    11_500,
    { next: 19_500, waited: 8_000, last: 11_500 },
    true,
  ],
  [
    'up to MRT',
    { next: 10_000, waited: 2_000_000 },
    'due',
    10_000,
    { next: 3_610_000, waited: 3_600_000, last: 10_000 },
    true,
  ],
  [
    'and MRT again',
    { next: 10_000, waited: 3_600_000 },
    'due',
    10_000,
    { next: 3_610_000, waited: 3_600_000, last: 10_000 },
    true,
  ],
  ['a default router ends it', { next: 30_000, waited: 8_000, last: 9 }, 'advertised', 25_000, { last: 9 }, false],
  [
    'one is sent all the same (RFC 4861 §6.3.7)',
    { next: 7_500 },
    'advertised',
    7_100,
    { next: 7_500, heard: true },
    false,
  ],
  ['and then no more', { next: 7_500, heard: true }, 'due', 7_500, { last: 7_500 }, true],
  ['who does not ask need not be answered', {}, 'advertised', 7_000, {}, false],
  ['nothing is due when nothing is asked', {}, 'due', 7_000, {}, false],
  ['the interface goes down', { next: 7_500 }, 'stop', 7_100, {}, false],
];

describe('solicitation', () => {
  it.each(table)('%s', (_, before, event, now, after, sends) => {
    const step = transition({ ...quiet, ...before }, event, { now, random: half });
    expect(step).toEqual([{ ...quiet, ...after }, sends]);
  });

  it('waits 4, 8, 16 … seconds and an hour at last, each up to a tenth more or less', () => {
    const random = seededRandom(7);
    let [state] = transition(quiet, 'start', { now: 0, random });
    expect(state.next).toBeLessThan(1_000);
    const waits: number[] = [];
    for (let i = 0; i < 14; i += 1) {
      const now = state.next;
      const [next, sends] = transition(state, 'due', { now, random });
      expect(sends).toBe(true);
      waits.push(next.next - now);
      state = next;
    }
    expect(waits[0]).toBeGreaterThan(3_600);
    expect(waits[0]).toBeLessThan(4_400);
    for (const [i, wait] of waits.entries()) {
      const before = waits[i - 1];
      if (before === undefined) continue;
      expect(wait).toBeLessThanOrEqual(3_600_000 * 1.1);
      if (wait < 3_600_000 * 0.9) expect(wait / before).toSatisfy((by: number) => by > 1.9 && by < 2.1);
    }
    expect(waits.at(-1)).toBeGreaterThan(3_600_000 * 0.9);
    expect(new Set(waits).size).toBe(waits.length);
  });

  it('never asks twice within 3.6 s, whatever happens', () => {
    const happens = fc.constantFrom('start', 'due', 'advertised', 'stop');
    const events = fc.array(fc.tuple(happens, fc.integer({ min: 0, max: 5_000 })), { maxLength: 60 });
    fc.assert(
      fc.property(events, fc.integer(), (given, seed) => {
        const random = seededRandom(seed);
        let now = 0;
        let state = quiet;
        let last = Number.NEGATIVE_INFINITY;
        for (const [event, wait] of given) {
          now += wait;
          const [next, sends] = transition(state, event, { now, random });
          state = next;
          if (!sends) continue;
          expect(now - last).toBeGreaterThanOrEqual(solicitationTiming.interval * 0.9);
          last = now;
        }
      }),
    );
  });
});
