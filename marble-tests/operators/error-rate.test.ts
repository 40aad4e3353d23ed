import { asyncScheduler, map, Subject } from 'rxjs';
import { describe, it } from 'vitest';
import { icmpError } from '../../src/operators/index.ts';
import { Drop, type Packet } from '../../src/packet/index.ts';
import { bytesOf, ipv6, udp } from '../../src/testing/index.ts';
import { marbles } from '../../test/support/marbles.ts';
import { a, received, testbed } from '../../test/support/testbed.ts';

/** One destination may have all that the interface has. */
const errorLimits = { rate: 100, burst: 100, destinationRate: 1_000, destinationBurst: 1_000 };

const bytes = bytesOf(ipv6({ source: 'fd00:a::2', destination: '3fff::1' }), udp());

/**
 * A line that refuses `sizes[letter]` packets at each marble and tells how many of them were answered: in virtual time,
 * which is what `asyncScheduler.now()` tells within a run.
 */
const answered = (sizes: Readonly<Record<string, number>>): ((letter: string) => number) => {
  const { node } = testbed({ scheduler: asyncScheduler, bounds: { errorLimits } });
  const outbox = new Subject<Packet>();
  const wire$ = new Subject<Packet>();
  let answers = 0;
  outbox.subscribe((error) => {
    answers += 1;
    error.release();
  });
  wire$.pipe(icmpError(node, outbox)).subscribe();
  return (letter) => {
    const before = answers;
    for (let i = 0; i < sizes[letter]!; i += 1) {
      const packet = received(bytes, { inInterface: a });
      packet.refuse(Drop.noRoute);
      wire$.next(packet);
    }
    return answers - before;
  };
};

describe('the rate of ICMP errors, in virtual time', () => {
  it.each<readonly [string, string, Readonly<Record<string, number>>, Readonly<Record<string, number>>]>([
    ['a burst empties the bucket', '   -a 9ms b', { a: 150, b: 150 }, { a: 100, b: 1 }],
    ['a token comes every 10 ms', '    -a 4ms b 4ms c', { a: 150, b: 150, c: 150 }, { a: 100, b: 0, c: 1 }],
    ['half a second fills half', '     -a 499ms b', { a: 150, b: 150 }, { a: 100, b: 50 }],
    ['a second fills all, no more', '  -a 9999ms b', { a: 150, b: 150 }, { a: 100, b: 100 }],
    ['a slow stream is answered', '    -a 9ms b 9ms c', { a: 1, b: 1, c: 1 }, { a: 1, b: 1, c: 1 }],
  ])('%s', (_name, bursts, sizes, expected) => {
    marbles(({ cold, expectObservable }) => {
      const answer = answered(sizes);
      expectObservable(cold(bursts.trim()).pipe(map(answer))).toBe(bursts.trim(), expected);
    });
  });
});
