import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Loops } from '../../src/state/loops.ts';
import { canonical } from '../../src/state/tunnel-loops.ts';

const loopsOf = (limit = 4): Loops => new Loops({ scheduler: new VirtualTimeScheduler(), limit });
const paths = (loops: Loops): string[] =>
  loops.list().map(({ path, foreseen, packets }) => `${path.join('>')} ${foreseen} ${packets}`);
const trail = (...indexes: readonly number[]): Uint16Array =>
  Uint16Array.from({ length: 8 }, (_, at) => indexes[at] ?? 0);

describe('loops that packets meet', () => {
  it('are known by their cycle, wherever a packet came in', () => {
    const loops = loopsOf();
    loops.meetOn(trail(3, 2), 2, 3);
    loops.meetOn(trail(2, 3), 2, 2);
    loops.meetOn(trail(9, 2, 3), 3, 2);
    expect(paths(loops)).toEqual(['2>3>2 false 3']);
  });

  it('are nestings, too', () => {
    const loops = loopsOf();
    loops.meetOn(trail(2, 3), 2, 4);
    loops.meetOn(trail(2, 3), 2, 4);
    loops.meetOn(trail(2, 3), 2, 5);
    expect(paths(loops)).toEqual(['2>3>4 false 2', '2>3>5 false 1']);
  });

  it('are what the checker would call them', () => {
    const index = fc.integer({ min: 2, max: 9 });
    fc.assert(
      fc.property(fc.uniqueArray(index, { minLength: 1, maxLength: 8 }), index, (way, next) => {
        const loops = loopsOf();
        loops.meetOn(trail(...way), way.length, next);
        loops.meetOn(trail(...way), way.length, next);
        const from = Math.max(0, way.indexOf(next));
        expect(loops.list()).toMatchObject([{ path: canonical([...way.slice(from), next]), packets: 2 }]);
      }),
    );
  });
});

describe('loops that are foreseen', () => {
  it('become those that are met, and stay as long as they are either', () => {
    const loops = loopsOf();
    const [first, second] = loops.foresee([
      [2, 3, 2],
      [4, 4],
    ]) as [number, number];
    loops.meet(first);
    expect(paths(loops)).toEqual(['2>3>2 true 1', '4>4 true 0']);
    expect(loops.foresee([[2, 3, 2]])).toEqual([first]);
    expect(paths(loops)).toEqual(['2>3>2 true 1']);
    loops.foresee([]);
    expect(paths(loops)).toEqual(['2>3>2 false 1']);
    expect(loops.meet(second)).toBe(true); // a row that is gone
  });

  it('are bounded: those met longest ago make room, those foreseen stay', () => {
    const loops = loopsOf(2);
    loops.foresee([[2, 2]]);
    loops.meetOn(trail(3), 1, 3);
    loops.meetOn(trail(4), 1, 4);
    expect(paths(loops)).toEqual(['2>2 true 0', '4>4 false 1']);
    expect(
      loops.foresee([
        [2, 2],
        [5, 5],
        [6, 6],
      ]),
    ).toEqual([1, 2, 0]);
    loops.meetOn(trail(7), 1, 7);
    expect(paths(loops)).toEqual(['2>2 true 0', '5>5 true 0']);
  });

  it('tell nothing any more when the store is closed', () => {
    const loops = loopsOf();
    const told: string[] = [];
    loops.changes$.subscribe({ next: ({ type }) => told.push(type), complete: () => told.push('complete') });
    loops.meetOn(trail(2), 1, 2);
    loops.close();
    expect(told).toEqual(['added', 'complete']);
  });
});
