import { asyncScheduler, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Counters } from '../../src/state/counters.ts';
import { marbles } from '../../test/support/marbles.ts';

describe('counters.watch', () => {
  it('tells the balance once a period, as it is then', () => {
    marbles(({ cold, expectObservable }) => {
      const counters = new Counters(4);
      const received$ = counters.watch(10, asyncScheduler).pipe(map(({ received }) => received));
      cold('                            -a 9ms b 2ms c').subscribe(() => counters.received(2, 6, 100));
      expectObservable(received$, '^ 35ms !').toBe('10ms x 9ms y 9ms z', { x: 1, y: 3, z: 3 });
    });
  });

  it('makes a snapshot each time', () => {
    marbles(({ expectObservable, flush }) => {
      const counters = new Counters(4);
      const seen: unknown[] = [];
      expectObservable(counters.watch(5, asyncScheduler).pipe(map((balance) => seen.push(balance))), '^ 11ms !');
      flush();
      counters.received(2, 6, 1);
      expect(seen).toHaveLength(2);
      expect(seen[0]).toMatchObject({ received: 0, held: 0 });
    });
  });

  it('starts and stops its timer with its subscription', () => {
    marbles(({ expectObservable }) => {
      const counters = new Counters(4);
      expectObservable(counters.watch(10, asyncScheduler).pipe(map(({ held }) => held)), '5ms ^ 12ms !').toBe(
        '15ms x',
        { x: 0 },
      );
    });
  });
});
