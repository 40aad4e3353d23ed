/**
 * A host in time: when it asks for routers (RFC 4861 §6.3.7, RFC 7559), and what becomes of its addresses and of its
 * default route. Read the diagrams from left to right; a second is written `999ms`, and the character before it. Chance
 * is in the middle, so that the first probe for the link-local address is sent after half a second, it is ours after
 * one and a half, and routers are asked half a second later.
 *
 * happens    1 router R1 advertises itself and P1 for 1,800 s    0 it says that it is no default router any more
 *            n it deprecates P1, and advertises P2 besides       d the link goes down       u it is up again
 *            | the story ends
 * asked      s a Router Solicitation
 * by         1 the default route leads to R1                     x to nobody
 * addresses  t P1:M is tentative      a it is ours      d it is deprecated      p P2:M is tentative      b and ours
 *            x P1:M has gone
 */
import { asyncScheduler, distinctUntilChanged, filter, map } from 'rxjs';
import { describe, test } from 'vitest';
import { hostBed, link, prefix, r1 } from '../../test/support/host-bed.ts';
import { marbles } from '../../test/support/marbles.ts';

interface Story {
  readonly happens: string;
  readonly asked?: string;
  readonly by?: string;
  readonly addresses?: string;
}

const p1 = '2001:db8:1::';
const p2 = '2001:db8:2::';
const m = 'ff:fe00:22';

const letters: Readonly<Record<string, string>> = {
  [`${p1}${m} tentative`]: 't',
  [`${p1}${m}`]: 'a',
  [`${p1}${m} deprecated`]: 'd',
  [`${p1}${m} deprecated, ${p2}${m} tentative`]: 'p',
  [`${p1}${m} deprecated, ${p2}${m}`]: 'b',
  [`${p2}${m}`]: 'x',
};

/** The stories are over by then. */
const until = '^ 8900s !';

const play = ({ happens, asked, by, addresses }: Story): void =>
  marbles(({ hot, expectObservable }) => {
    const bed = hostBed({ scheduler: asyncScheduler, random: () => 0.5 });
    const { node } = bed;
    const act = (letter: string): void => {
      if (letter === '1') bed.advertise(r1, { options: [prefix(`${p1}/64`)] });
      if (letter === '0') bed.advertise(r1, { routerLifetime: 0 });
      if (letter === 'n') bed.advertise(r1, { options: [prefix(`${p1}/64`, 7_200, 0), prefix(`${p2}/64`)] });
      if (letter === 'd') node.interfaces.takeDown(link);
      if (letter === 'u') node.interfaces.bringUp(link);
    };
    const asked$ = bed.solicited$.pipe(map(() => 's'));
    const by$ = node.routes.changes$.pipe(
      filter(({ value }) => value.to.length === 0),
      map(({ type }) => (type === 'removed' ? '-' : '1')),
    );
    const addresses$ = node.addresses.changes$.pipe(
      map(() => bed.addresses().filter((each) => each.startsWith('2001'))),
      filter((each) => each.length > 0),
      map((each) => letters[each.join(', ')] ?? each.join(', ')),
      distinctUntilChanged(),
    );
    if (asked !== undefined) expectObservable(asked$, until).toBe(asked);
    if (by !== undefined) expectObservable(by$, until).toBe(by, { 1: '1', x: '-' });
    if (addresses !== undefined) expectObservable(addresses$, until).toBe(addresses);
    hot(happens).subscribe({ next: act, complete: () => bed.stop() });
  });

describe('a host', () => {
  test('asks for routers: after 4 s, 8 s, … and an hour at last (RFC 7559)', () => {
    play({
      happens: '8000s |',
      asked:
        '  2s s 3999ms s 7999ms s 15999ms s 31999ms s 63999ms s 127999ms s 255999ms s 511999ms s 1023999ms s 2047999ms s 3599999ms s',
    });
  });

  test('asks no more when a default router has spoken, until its lifetime is over', () => {
    play({
      happens: '3s 1 1819999ms |',
      asked: '  2s s 1801499ms s 3999ms s 7999ms s',
      by: '     3s 1 1799999ms x 19999ms |',
    });
  });

  test('asks again, once its link-local address is ours again, when the link was down', () => {
    play({
      happens: '3s 1 9999ms d 999ms u 9999ms |',
      asked: '  2s s 13999ms s 3999ms s',
    });
  });

  test('has no default router when that one says so, and one when it says so again', () => {
    play({
      happens: '3s 1 9999ms 0 9999ms 1 9999ms |',
      asked: '  2s s 11499ms s 3999ms s',
      by: '     3s 1 9999ms x 9999ms 1 9999ms |',
    });
  });

  test('makes an address of what a router says, and another when the prefix is another (RFC 4862 §5.5.3)', () => {
    play({
      happens: '  3s 1         99999ms n                    8000s    |',
      addresses: '3s t 1499ms a 98499ms (dp) 1496ms b 7198499ms x 800s |',
    });
  });
});
