import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Deadlines } from '../../src/state/deadlines.ts';

interface Bench {
  readonly deadlines: Deadlines;
  readonly clock: VirtualTimeScheduler;
  /** Rows with the time at which they expired. */
  readonly expired: [row: number, time: number][];
  readonly advance: (milliseconds: number) => void;
}

const bench = (limit = 100, then: (row: number, deadlines: Deadlines) => void = () => {}): Bench => {
  const clock = new VirtualTimeScheduler();
  const expired: [number, number][] = [];
  const deadlines: Deadlines = new Deadlines({
    limit,
    scheduler: clock,
    expire: (row) => {
      expired.push([row, clock.now()]);
      then(row, deadlines);
    },
  });
  const advance = (milliseconds: number): void => {
    const to = clock.frame + milliseconds;
    clock.maxFrames = to;
    clock.flush();
    clock.frame = to;
  };
  return { deadlines, clock, expired, advance };
};

describe('Deadlines', () => {
  test('let rows expire in order of time', () => {
    const { deadlines, expired, advance } = bench();
    deadlines.set(1, 300);
    deadlines.set(2, 100);
    deadlines.set(3, 200);
    advance(250);
    expect(expired).toEqual([
      [2, 100],
      [3, 200],
    ]);
    expect([deadlines.size, deadlines.remaining(1), deadlines.remaining(2)]).toEqual([1, 50, undefined]);
    advance(1_000);
    expect(expired.at(-1)).toEqual([1, 300]);
  });

  test('are set anew, earlier and later', () => {
    const { deadlines, expired, advance } = bench();
    deadlines.set(1, 100);
    deadlines.set(2, 200);
    deadlines.set(1, 300);
    deadlines.set(2, 50);
    advance(1_000);
    expect(expired).toEqual([
      [2, 50],
      [1, 300],
    ]);
  });

  test('are cleared, twice if need be', () => {
    const { deadlines, clock, expired, advance } = bench();
    deadlines.set(1, 100);
    deadlines.set(2, 100);
    deadlines.clear(1);
    deadlines.clear(1);
    deadlines.clear(2);
    expect([deadlines.size, clock.actions.length]).toEqual([0, 0]);
    advance(1_000);
    expect(expired).toEqual([]);
  });

  test('use one timer, however many rows wait', () => {
    const { deadlines, clock, advance } = bench(1_000);
    for (let row = 1; row <= 1_000; row += 1) deadlines.set(row, 10_000 - row);
    const live = (): number => clock.actions.filter(({ closed }) => !closed).length;
    expect(live()).toBe(1);
    advance(9_500);
    expect([deadlines.size, live()]).toEqual([499, 1]);
    deadlines.close();
    expect([deadlines.size, live()]).toEqual([0, 0]);
  });

  test('may be set and cleared by those that expire', () => {
    const { deadlines, expired, advance } = bench(10, (row, all) => {
      if (row === 1) all.clear(2);
      if (row === 1) all.set(3, 0);
      if (row === 3 && expired.length < 4) all.set(3, 10);
    });
    deadlines.set(1, 100);
    deadlines.set(2, 100);
    advance(1_000);
    expect(expired).toEqual([
      [1, 100],
      [3, 100],
      [3, 110],
      [3, 120],
    ]);
  });

  test('wait for months: longer than a timer of the platform can', () => {
    const { deadlines, expired, advance } = bench();
    const months = 90 * 86_400_000;
    deadlines.set(1, months);
    advance(months - 1);
    expect(expired).toEqual([]);
    advance(1);
    expect(expired).toEqual([[1, months]]);
  });

  test('expire together where they need not be exact, never too early', () => {
    const { deadlines, expired, advance } = bench();
    deadlines.set(1, 301, 100);
    deadlines.set(2, 399, 100);
    deadlines.set(3, 400, 100);
    deadlines.set(4, 399);
    advance(1_000);
    expect(expired.toSorted(([a], [b]) => a - b)).toEqual([
      [1, 400],
      [2, 400],
      [3, 400],
      [4, 399],
    ]);
  });

  test('outlive a clock that is set back', () => {
    let wall = 1_000_000;
    const due: { work: () => void; at: number }[] = [];
    let ticks = 0;
    const scheduler = {
      now: () => wall,
      schedule: (work: (this: never, state?: never) => void, delay = 0) => {
        due.push({ work: work as () => void, at: ticks + delay });
        return { unsubscribe: () => {}, closed: false } as never;
      },
    };
    const run = (milliseconds: number): void => {
      ticks += milliseconds;
      wall += milliseconds;
      for (const task of due.splice(0)) task.at <= ticks ? task.work() : due.push(task);
    };
    const expired: number[] = [];
    const deadlines = new Deadlines({ limit: 4, scheduler, expire: (row) => expired.push(row) });
    deadlines.set(1, 1_000);
    run(400);
    wall -= 3_600_000;
    expect(deadlines.remaining(1)).toBeGreaterThan(590);
    run(600);
    run(400);
    expect(expired).toEqual([1]);
  });

  test('any storm of sets and clears: everything expires when it should', () => {
    const step = fc.record({ row: fc.integer({ min: 1, max: 20 }), delay: fc.nat(50), wait: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 100 }), (steps) => {
        const { deadlines, expired, advance, clock } = bench(20);
        const model = new Map<number, number>();
        const wanted: [number, number][] = [];
        const pass = (to: number): void => {
          const due = [...model].filter(([, at]) => at <= to).toSorted(([, a], [, b]) => a - b);
          for (const [row, at] of due) {
            wanted.push([row, at]);
            model.delete(row);
          }
        };
        for (const [{ row, delay, wait }, isSet] of steps) {
          if (isSet) {
            deadlines.set(row, delay);
            model.set(row, clock.now() + delay);
          } else {
            deadlines.clear(row);
            model.delete(row);
          }
          pass(clock.now() + wait);
          advance(wait);
          expect(deadlines.size).toBe(model.size);
        }
        pass(Number.POSITIVE_INFINITY);
        advance(100);
        const inOrder = (list: readonly [number, number][]): string[] =>
          list.map(([row, at]) => `${String(at).padStart(8, '0')} ${row}`).toSorted();
        expect(inOrder(expired)).toEqual(inOrder(wanted));
        expect(expired.map(([, at]) => at)).toEqual(expired.map(([, at]) => at).toSorted((a, b) => a - b));
      }),
    );
  });
});
