import { describe, expect, it, test } from 'vitest';
import { selectRouter } from '../../src/state/default-routes.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { a, b, type Learning, learning, meet, said } from '../support/learning.ts';
import { prefixFrom } from '../support/testbed.ts';

const preferences = { h: 1, m: 0, l: -1 } as Record<string, number>;

/** Candidates as letters: of high, medium or low preference, in capitals if they can be reached. */
const candidatesOf = (text: string) =>
  [...text].map((letter) => ({
    isReachable: letter === letter.toUpperCase(),
    preference: preferences[letter.toLowerCase()] as number,
  }));

test.each<[candidates: string, inUse: number, hasFailed: boolean, selected: number, why: string]>([
  ['', -1, false, -1, 'nobody is there'],
  ['m', -1, false, 0, 'the only one, though nobody knows whether it can be reached'],
  ['M', -1, false, 0, 'the only one'],
  ['mM', -1, false, 1, 'reachable ones before others'],
  ['hL', -1, false, 1, 'reachable ones before preferred ones'],
  ['LMH', -1, false, 2, 'the preferred one of those that can be reached'],
  ['lMh', -1, false, 1, 'the same'],
  ['MM', -1, false, 0, 'the first of equals'],
  ['MM', 1, false, 1, 'the one in use among equals'],
  ['MMH', 1, false, 2, 'a preferred one instead of the one in use'],
  ['LM', 1, false, 1, 'the one in use, if it is preferred'],
  ['Mm', 1, false, 0, 'a reachable one instead of the one in use, that is not'],
  ['Lh', 1, false, 0, 'the same, though it is preferred'],
  ['Mm', 1, true, 0, 'the same, if that one has failed'],
  ['mm', -1, false, 0, 'the first, when none can be reached'],
  ['lmh', -1, false, 2, 'the most preferred, when none can be reached and none was tried'],
  ['mmm', 0, false, 0, 'the one in use, while it is looked for'],
  ['mmm', 0, true, 1, 'the next, when it has failed'],
  ['mmm', 1, true, 2, 'the next'],
  ['mmm', 2, true, 0, 'the first again'],
  ['hl', 0, true, 1, 'the next, whatever its preference: nobody answers (RFC 4861 §6.3.6)'],
  ['m', 0, true, 0, 'the only one again'],
])('of %j, with %i in use, failed %s: %i, %s', (candidates, inUse, hasFailed, selected) => {
  expect(selectRouter(candidatesOf(candidates), inUse, hasFailed)).toBe(selected);
});

const hear = ({ node }: Learning, link: number, i: number, fields: Parameters<typeof said>[0] = {}) =>
  node.routers.hear(link, addressOf(`fe80::${i}`), said(fields));

const way = ({ node }: Learning, text: string): string | undefined => {
  const route = node.routes.lookup(addressOf(text));
  return route && `${route.interfaceIndex} ${route.via && formatAddress(route.via)} ${route.metric}`;
};

const D = '2001:db8:d::d';

describe('the default route', () => {
  it('leads to the router that is selected, of all links', () => {
    const bed = learning();
    hear(bed, b, 1);
    bed.pass();
    expect(way(bed, D)).toBe(`${b} fe80::1 1024`);
    meet(bed.node, a, 'fe80::2');
    hear(bed, a, 2);
    bed.pass();
    expect(way(bed, D)).toBe(`${a} fe80::2 1024`);
    expect(bed.node.routers.list().map(({ isSelected }) => isSelected)).toEqual([false, true]);
    bed.node.neighbors.remove(a, addressOf('fe80::2'));
    bed.pass();
    expect(way(bed, D)).toBe(`${b} fe80::1 1024`);
    bed.node.routers.flush(b);
    bed.node.routers.flush(a);
    bed.pass();
    expect([way(bed, D), bed.node.routes.size]).toEqual([undefined, 0]);
  });

  it('goes with the lifetime of its router, and with its interface', () => {
    const bed = learning();
    hear(bed, a, 1, { routerLifetime: 5 });
    hear(bed, b, 2);
    bed.pass(4_000);
    expect(way(bed, D)).toBe(`${a} fe80::1 1024`);
    bed.pass(2_000);
    expect(way(bed, D)).toBe(`${b} fe80::2 1024`);
    bed.node.interfaces.remove(b);
    bed.pass();
    expect(way(bed, D)).toBeUndefined();
  });

  it('comes from no router that only advertises, or has retired', () => {
    const bed = learning();
    hear(bed, a, 1, { routerLifetime: 0 });
    hear(bed, a, 2);
    hear(bed, a, 2, { routerLifetime: 0 });
    bed.pass();
    expect(way(bed, D)).toBeUndefined();
  });

  it('gives way to one that was written by hand', () => {
    const bed = learning();
    const to = prefixFrom('::/0');
    bed.node.routes.add({ to, interfaceIndex: b, via: addressOf('fe80::9') });
    hear(bed, a, 1);
    bed.pass();
    expect(way(bed, D)).toBe(`${b} fe80::9 0`);
    bed.node.routes.delete(to, ({ metric }) => metric === 0);
    expect(way(bed, D)).toBe(`${a} fe80::1 1024`);
  });
});

describe('more specific routes (RFC 4191 §3.2)', () => {
  const S = '2001:db8:5::5';
  const offer = ({ node }: Learning, i: number, preference = 0, text = '2001:db8:5::/48'): boolean =>
    node.routers.hearRoute(a, addressOf(`fe80::${i}`), { prefix: prefixFrom(text), preference, lifetime: 600 });
  const bedOf = (...routers: readonly number[]): Learning => {
    const bed = learning();
    for (const i of routers) {
      meet(bed.node, a, `fe80::${i}`);
      hear(bed, a, i);
    }
    return bed;
  };

  it('lead by the router that offers them, though the default route does not', () => {
    const bed = bedOf(1, 2);
    bed.node.neighbors.addStatic(a, addressOf('fe80::1'), { high: 0x0200, low: 1 });
    offer(bed, 2);
    bed.pass();
    expect([way(bed, S), way(bed, D)]).toEqual([`${a} fe80::2 1024`, `${a} fe80::1 1024`]);
    bed.pass(601_000);
    expect(way(bed, S)).toBe(`${a} fe80::1 1024`);
  });

  it('lead by the preferred one that can be reached', () => {
    const bed = bedOf(1, 2, 3);
    offer(bed, 1, -1);
    offer(bed, 2, 1);
    offer(bed, 3, 0);
    bed.pass();
    expect(way(bed, S)).toBe(`${a} fe80::2 1024`);
    bed.node.neighbors.remove(a, addressOf('fe80::2'));
    bed.pass();
    expect(way(bed, S)).toBe(`${a} fe80::3 1024`);
  });

  it('are withdrawn while nobody who offers them can be reached, and somebody with a shorter one can', () => {
    const bed = bedOf(1, 2);
    offer(bed, 2);
    offer(bed, 2, 0, '2001:db8:5:5::/64');
    bed.node.neighbors.remove(a, addressOf('fe80::2'));
    bed.pass();
    expect([way(bed, S), way(bed, '2001:db8:5:5::5')]).toEqual([`${a} fe80::1 1024`, `${a} fe80::1 1024`]);
    bed.node.neighbors.remove(a, addressOf('fe80::1'));
    bed.pass();
    expect(way(bed, S)).toBe(`${a} fe80::2 1024`);
    meet(bed.node, a, 'fe80::1');
    bed.pass();
    expect(way(bed, S)).toBe(`${a} fe80::1 1024`);
    meet(bed.node, a, 'fe80::2');
    bed.pass();
    expect(way(bed, S)).toBe(`${a} fe80::2 1024`);
  });
});
