/**
 * The neighbor cache in time (RFC 4861 §7.3, RFC 7048), with one neighbor. Read the diagrams from left to right; a
 * character is a millisecond. `random` is in the middle, so that ReachableTime is 30 s, and kept to the millisecond.
 *
 * happens   p packet to send       s it answers a solicitation      c an upper layer confirms
 *           n it solicits us       a it advertises another address  r it says it is a router   h it says it is none
 *           | the story ends: the cache is closed
 * states    I incomplete  R reachable  S stale  D delay  P probe  U unreachable  x gone
 * asked     m its group   u itself
 * left      g a packet goes on, x is refused
 */
import { asyncScheduler, map, tap } from 'rxjs';
import { describe, test } from 'vitest';
import { PacketPool } from '../../src/packet/index.ts';
import type { NeighborOptions } from '../../src/state/neighbor-options.ts';
import { Neighbors } from '../../src/state/neighbors.ts';
import { marbles } from '../../test/support/marbles.ts';
import { link, otherLinkLayer, peer, peerLinkLayer, sendTo, watch } from '../../test/support/neighbor.ts';

interface Story {
  readonly happens: string;
  readonly states?: string;
  readonly asked?: string;
  readonly left?: string;
  readonly options?: NeighborOptions;
}

const letters = { incomplete: 'I', reachable: 'R', stale: 'S', delay: 'D', probe: 'P', unreachable: 'U', absent: 'x' };

const act = (neighbors: Neighbors, letter: string): void => {
  const advertise = (isRouter: boolean | undefined, solicited: boolean, linkLayerAddress = peerLinkLayer): void =>
    neighbors.hearAdvertisement(link, peer, { linkLayerAddress, solicited, override: true, isRouter });
  switch (letter) {
    case 'p':
      sendTo(neighbors, peer);
      break;
    case 's':
      advertise(undefined, true);
      break;
    case 'c':
      neighbors.confirm(link, peer);
      break;
    case 'n':
      neighbors.hearInformation(link, peer, peerLinkLayer);
      break;
    case 'a':
      advertise(undefined, false, otherLinkLayer);
      break;
    default:
      advertise(letter === 'r', false);
  }
};

const play = ({ happens, states, asked, left, options }: Story): void =>
  marbles(({ hot, expectObservable }) => {
    const parts = { pool: new PacketPool(), scheduler: asyncScheduler, random: () => 0.5, interfaceLimit: 4 };
    const neighbors = new Neighbors(parts, { grain: 0, ...options });
    const watched = watch(neighbors);
    const state$ = neighbors.changes$.pipe(map(({ type, value }) => (type === 'removed' ? 'x' : letters[value.state])));
    if (states !== undefined) expectObservable(state$).toBe(states);
    if (asked !== undefined) expectObservable(watched.asked$).toBe(asked);
    const left$ = watched.left$.pipe(map((what) => (what === '-' ? 'g' : 'x')));
    if (left !== undefined) expectObservable(left$).toBe(left);
    hot(happens)
      .pipe(tap((letter) => act(neighbors, letter)))
      .subscribe({ complete: () => neighbors.close() });
  });

describe('address resolution (RFC 4861 §7.2.2)', () => {
  test('asks at once; the answer lets the packets go', () =>
    play({
      happens: '-pp 98ms s    |',
      states: ' -I- 98ms R    |',
      asked: '  -m-           ',
      left: '   --- 98ms (gg) ',
    }));

  test('asks three times, a second apart, and gives up after the third', () =>
    play({
      happens: '-pp                     ',
      states: ' -I- 998ms - 999ms - 999ms x   ',
      asked: '  -m- 998ms m 999ms m           ',
      left: '   --- 998ms - 999ms - 999ms (xx)',
    }));

  test('asks again when a packet comes later', () =>
    play({
      happens: '-p 3000ms                  p                          ',
      states: ' -I 999ms - 999ms - 999ms x I 999ms - 999ms - 999ms x ',
      asked: '  -m 999ms m 999ms m 999ms - m 999ms m 999ms m         ',
    }));

  test('ends, too, when the neighbor asks for us first: it is stale, and in use already', () =>
    play({
      happens: '-p 98ms n |',
      states: ' -I 98ms S |',
      left: '   -- 98ms g  ',
    }));

  test('keeps three packets: of more the oldest go', () =>
    play({
      happens: '-ppppp 94ms s     |',
      left: '   ----xx 94ms (ggg) ',
    }));

  test('keeps one, where a queue is told to', () =>
    play({
      happens: '-ppp 96ms s|',
      left: '   --xx 96ms g ',
      options: { queue: 1 },
    }));
});

describe('reachability (RFC 4861 §7.3.3)', () => {
  test('who has answered is reachable for ReachableTime, then stale', () =>
    play({
      happens: '-n 9ms s 29999ms -|',
      states: ' -S 9ms R 29999ms S|',
    }));

  test('each confirmation begins that time anew', () =>
    play({
      happens: '-n 9ms s 9999ms c 9999ms c 29999ms -|',
      states: ' -S 9ms R 9999ms - 9999ms - 29999ms S|',
    }));

  test('who is stale stays so while nobody sends to it, for a day', () =>
    play({
      happens: '-n             ',
      states: ' -S 86399999ms x',
      asked: '  --             ',
    }));

  test('a packet to a stale neighbor goes at once; five seconds later it is probed', () =>
    play({
      happens: '-n 9ms p 4999ms -|',
      states: ' -S 9ms D 4999ms P|',
      asked: '  -- 9ms - 4999ms u ',
    }));

  test('unless an upper layer knows better', () =>
    play({
      happens: '-n 9ms p 1999ms c 29999ms -|',
      states: ' -S 9ms D 1999ms R 29999ms S|',
      asked: '  --                         ',
    }));

  test('a probe that is answered ends it', () =>
    play({
      happens: '-n 9ms p 4999ms - 99ms s|',
      states: ' -S 9ms D 4999ms P 99ms R|',
      asked: '  -- 9ms - 4999ms u        ',
    }));

  test('an advertisement of another address makes it stale: the new address is tried', () =>
    play({
      happens: '-n 9ms s 99ms a 9ms p 4999ms -|',
      states: ' -S 9ms R 99ms S 9ms D 4999ms P|',
    }));
});

describe('who does not answer (RFC 7048)', () => {
  test('is sought in its group, ever less often, while packets go on to it', () =>
    play({
      happens: '-n 9ms p 4999ms - 999ms - 999ms - 999ms p 2999ms p 8999ms p           ',
      states: ' -S 9ms D 4999ms P 999ms - 999ms - 999ms U 2999ms - 8999ms - 26999ms x',
      asked: '  -- 9ms - 4999ms u 999ms u 999ms u 999ms m 2999ms m 8999ms m          ',
    }));

  test('is forgotten when nobody sends to it any more', () =>
    play({
      happens: '-n 9ms p                                               ',
      states: ' -S 9ms D 4999ms P 999ms - 999ms - 999ms U 2999ms x    ',
      asked: '  -- 9ms - 4999ms u 999ms u 999ms u 999ms m             ',
    }));

  test('is reachable again by one answer', () =>
    play({
      happens: '-n 9ms p 4999ms - 2999ms p 499ms s|',
      states: ' -S 9ms D 4999ms P 2999ms U 499ms R|',
    }));

  test('is forgotten after three probes where patience is off (RFC 4861)', () =>
    play({
      happens: '-n 9ms p                                     ',
      states: ' -S 9ms D 4999ms P 999ms - 999ms - 999ms x   ',
      asked: '  -- 9ms - 4999ms u 999ms u 999ms u           ',
      options: { unreachableSolicitations: 0 },
    }));

  test('is not sought more than once a minute', () =>
    play({
      happens: '-n 9ms p 4999ms - 999ms - 999ms - 999ms p 19999ms p 59999ms p 59999ms p     ',
      asked: '  -- 9ms - 4999ms u 999ms u 999ms u 999ms m 29999ms m 59999ms m 59999ms m     ',
      options: { backoffMultiple: 30, unreachableSolicitations: 4 },
    }));
});

describe('routers', () => {
  test('who says it is one is updated, also when it says it is none any more', () =>
    play({
      happens: '-n 9ms s 9ms r 9ms r 9ms h 9ms h|',
      states: ' -S 9ms R 9ms R 9ms - 9ms R 9ms -|',
    }));

  test('stay in the cache, stale for days', () =>
    play({
      happens: '-n 9ms r 200000000ms p|',
      states: ' -S 9ms S 200000000ms D|',
    }));
});

test('times come from routers (RFC 4861 §6.3.4)', () =>
  marbles(({ expectObservable, cold }) => {
    const parts = { pool: new PacketPool(), scheduler: asyncScheduler, random: () => 0.5, interfaceLimit: 4 };
    const neighbors = new Neighbors(parts);
    neighbors.configure(link, { reachableTime: 1_000, retransTimer: 100 });
    const { asked$ } = watch(neighbors);
    expectObservable(asked$).toBe('-m 99ms m 99ms m');
    cold('-p')
      .pipe(tap(() => sendTo(neighbors, peer)))
      .subscribe();
  }));
