import { asyncScheduler, map } from 'rxjs';
import { describe, it } from 'vitest';
import { type PathMtu, PathMtus } from '../../src/state/path-mtu.ts';
import type { Change } from '../../src/state/store.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress, writeAddress } from '../../src/wire/address.ts';
import { marbles } from '../../test/support/marbles.ts';

const view = new DataView(new ArrayBuffer(16));
const write = (text: string): DataView => {
  writeAddress(view, 0, addressOf(text));
  return view;
};

/** What a marble does: a message about a destination, or a look-up. */
type Act = readonly [to: string, mtu: number];

const tell = ({ type, value: { destination, mtu } }: Change<PathMtu>): string =>
  `${type} ${formatAddress(destination)} ${mtu}`;

const one = '2001:db8::1';
const two = '2001:db8::2';

describe('path MTUs in virtual time (RFC 8201 §5.3)', () => {
  it.each<readonly [string, string, Readonly<Record<string, Act>>, string, Readonly<Record<string, string>>]>([
    [
      'are forgotten ten minutes after the message',
      '   -a',
      { a: [one, 1_400] },
      '   -a 599999ms x',
      { a: `added ${one} 1400`, x: `removed ${one} 1400` },
    ],
    [
      'are forgotten ten minutes after the last message, lower or not',
      '   -a 4m b 5m c',
      { a: [one, 1_400], b: [one, 1_300], c: [one, 1_400] },
      '   -a 4m b 900000ms x',
      { a: `added ${one} 1400`, b: `updated ${one} 1300`, x: `removed ${one} 1300` },
    ],
    [
      'are forgotten each at its time',
      '   -a 1m b',
      { a: [one, 1_400], b: [two, 1_300] },
      '   -a 1m b 539998ms x 1m y',
      { a: `added ${one} 1400`, b: `added ${two} 1300`, x: `removed ${one} 1400`, y: `removed ${two} 1300` },
    ],
    [
      'begin anew once they are forgotten',
      '   -a 11m b',
      { a: [one, 1_300], b: [one, 1_400] },
      '   -a 599999ms x 1m b 599999ms y',
      { a: `added ${one} 1300`, x: `removed ${one} 1300`, b: `added ${one} 1400`, y: `removed ${one} 1400` },
    ],
    ['are not there for an MTU below the minimum', '-a', { a: [one, 1_279] }, '-', {}],
  ])('%s', (_name, messages, acts, changes, values) => {
    marbles(({ cold, expectObservable }) => {
      const paths = new PathMtus({ scheduler: asyncScheduler, seed: 1 });
      expectObservable(paths.changes$.pipe(map(tell))).toBe(changes.trim(), values);
      cold(messages.trim()).subscribe((letter) => {
        const [to, mtu] = acts[letter] as Act;
        paths.learn6(write(to), 0, 2, mtu);
      });
    });
  });

  it('are what packets ask, at any time', () => {
    marbles(({ cold, expectObservable }) => {
      const paths = new PathMtus({ scheduler: asyncScheduler, seed: 1 });
      const asked = cold('-m 1ms q 9m q 59995ms qr').pipe(
        map((letter) => {
          if (letter === 'm') paths.learn6(write(one), 0, 2, 1_400);
          return paths.lookup6(write(one), 0, 2, 1_500);
        }),
      );
      expectObservable(asked).toBe('-m 1ms q 9m q 59995ms qr', { m: 1_400, q: 1_400, r: 1_500 });
    });
  });
});
