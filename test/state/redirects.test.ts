import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { a, b, type Learning, learning, meet, said } from '../support/learning.ts';
import { addAddress, prefixFrom } from '../support/testbed.ts';

const D = addressOf('2001:db8:d::d');
const r1 = addressOf('fe80::1');
const r2 = addressOf('fe80::2');

const way = ({ node }: Learning): string | undefined => {
  const route = node.routes.lookup(D);
  return route && `${route.interfaceIndex} ${route.via === undefined ? 'on-link' : formatAddress(route.via)}`;
};

describe('redirects', () => {
  it('lead to a better router, or to the destination itself', () => {
    const bed = learning();
    expect(bed.node.redirects.accept(a, D, r2)).toBe(true);
    expect(way(bed)).toBe(`${a} fe80::2`);
    expect(bed.node.redirects.accept(a, D, D)).toBe(true);
    expect([way(bed), bed.node.routes.size]).toEqual([`${a} on-link`, 1]);
    expect(bed.node.redirects.get(D)).toMatchObject({ target: D, until: 600_000 });
  });

  it('change, and say so; they are forgotten ten minutes after the last one', () => {
    const bed = learning();
    const seen: string[] = [];
    bed.node.redirects.changes$.subscribe({
      next: ({ type, value }) => seen.push(`${bed.clock.frame} ${type} ${formatAddress(value.target)}`),
      complete: () => seen.push('complete'),
    });
    bed.node.redirects.accept(a, D, r1);
    bed.pass(500_000);
    bed.node.redirects.accept(a, D, r2);
    bed.pass(599_000);
    expect(way(bed)).toBe(`${a} fe80::2`);
    bed.pass(1_000);
    expect([way(bed), bed.node.redirects.list()]).toEqual([undefined, []]);
    bed.node.close();
    expect(seen).toEqual([
      '0 added fe80::1',
      '500000 removed fe80::1',
      '500000 added fe80::2',
      '1100000 removed fe80::2',
      'complete',
    ]);
  });

  it('go when the neighbor that they lead to fails (RFC 4861 §7.3.3)', () => {
    const bed = learning();
    for (const text of ['fe80::1', 'fe80::2']) meet(bed.node, a, text);
    bed.node.redirects.accept(a, D, r2);
    bed.node.neighbors.remove(a, r1);
    expect(way(bed)).toBe(`${a} fe80::2`);
    bed.node.neighbors.remove(a, r2);
    expect(way(bed)).toBeUndefined();
  });

  it('go with their router, and with their interface', () => {
    const bed = learning();
    bed.node.routers.hear(a, r2, said());
    bed.node.redirects.accept(a, D, r2);
    bed.node.routers.remove(a, r2);
    expect(bed.node.redirects.list()).toEqual([]);
    bed.node.redirects.accept(a, D, r2);
    bed.node.redirects.accept(b, addressOf('2001:db8:e::e'), r2);
    bed.node.interfaces.remove(a);
    expect([bed.node.redirects.list(a).length, bed.node.redirects.list(b).length]).toEqual([0, 1]);
  });

  it.each([
    ['a group', 'ff0e::1'],
    ['a link-local address', 'fe80::9'],
    ['an address of our own', 'fd00:a::1'],
    ['what has a route of its own', '2001:db8:f::f'],
  ])('are not about %s', (_, text) => {
    const { node } = learning();
    addAddress(node, a, 'fd00:a::1/64');
    node.routes.add({ to: prefixFrom('2001:db8:f::f/128'), interfaceIndex: a, via: r1 });
    const { size } = node.routes;
    expect(node.redirects.accept(a, addressOf(text), r2)).toBe(false);
    expect([node.redirects.list(), node.routes.size]).toEqual([[], size]);
  });

  it('are bounded: the oldest goes', () => {
    const { node } = learning({ redirects: { destinations: 3 } });
    for (let i = 1; i <= 5; i += 1) node.redirects.accept(a, addressOf(`2001:db8:d::${i}`), r2);
    expect(node.redirects.list().map(({ destination }) => destination.w3)).toEqual([3, 4, 5]);
    expect(node.routes.size).toBe(3);
  });

  it('need a neighbor that can be watched', () => {
    const { node } = learning({ neighbors: { watched: 1 } });
    expect([node.redirects.accept(a, D, r2), node.redirects.accept(a, addressOf('2001:db8::2'), r1)]).toEqual([
      true,
      false,
    ]);
    expect(node.routes.size).toBe(1);
  });
});
