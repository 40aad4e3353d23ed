import { describe, expect, it } from 'vitest';
import { AddressFlag } from '../../src/state/addresses.ts';
import type { LinkPrefix } from '../../src/state/prefixes.ts';
import { RouteFlag } from '../../src/state/routes.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatPrefix } from '../../src/wire/address.ts';
import { infinity } from '../../src/wire/ndp-options.ts';
import { a, b, type Learning, learning, option } from '../support/learning.ts';
import { addAddress, prefixFrom } from '../support/testbed.ts';

const r1 = addressOf('fe80::1');
const r2 = addressOf('fe80::2');
const { autoconfigured } = AddressFlag;

/** `2001:db8:1::/64 LA 1800000 3600000`: flags, preferred and valid until. */
const line = ({ prefix, onLink, autonomous, preferredUntil, validUntil }: LinkPrefix): string =>
  `${formatPrefix(prefix)} ${onLink ? 'L' : ''}${autonomous ? 'A' : ''} ${preferredUntil} ${validUntil}`;

const lines = ({ node }: Learning): string[] => node.prefixes.list().map(line);

type Fields = Parameters<typeof option>[1];

describe('prefixes', () => {
  const L: Fields = { autonomous: false };
  const A: Fields = { onLink: false };
  const none: Fields = { onLink: false, autonomous: false };
  const times = (preferredLifetime: number, validLifetime: number): Fields => ({ preferredLifetime, validLifetime });

  it.each<[string, readonly (Fields | undefined)[], string[], string]>([
    ['both', [{}], ['p LA 1800000 3600000'], 'added'],
    ['on-link only', [L], ['p L 1800000 3600000'], 'added'],
    ['for addresses only', [A], ['p A 1800000 3600000'], 'added'],
    ['nothing', [none], [], 'ignored'],
    ['nothing of one that is known: it is advertised, no more', [{}, none], ['p LA 1800000 3600000'], 'updated'],
    ['a lifetime of 0', [times(0, 0)], [], 'ignored'],
    ['a lifetime of 0 of one that is known: it goes at once', [{}, times(0, 0)], [], 'updated'],
    ['a shorter lifetime: the two-hour rule is for addresses', [{}, times(1, 2)], ['p LA 1000 2000'], 'updated'],
    ['a longer one', [times(1, 2), {}], ['p LA 1800000 3600000'], 'updated'],
    ['no end', [times(infinity, infinity)], ['p LA Infinity Infinity'], 'added'],
    ['more preferred than valid: no more than that', [times(infinity, 2)], ['p LA 2000 2000'], 'added'],
    ['not on-link any more: that says nothing', [{}, { ...A, ...times(1, 2) }], ['p LA 1800000 3600000'], 'updated'],
    ['on-link after all', [A, { ...L, ...times(1, 2) }], ['p LA 1000 2000'], 'updated'],
    ['other times, for addresses only', [A, { ...A, ...times(1, 2) }], ['p A 1000 2000'], 'updated'],
  ])('are what options say: %s (RFC 4861 §6.3.4)', (_, options, expected, result) => {
    const bed = learning();
    const results = options.map((fields) => bed.node.prefixes.advertise(a, r1, option('2001:db8:1::/64', fields)));
    expect(lines(bed)).toEqual(expected.map((text) => text.replace('p', '2001:db8:1::/64')));
    expect(results.at(-1)).toBe(result);
  });

  it.each(['fe80::/64', 'fe80::/10', 'ff02::/16'])('are never %s', (text) => {
    const { node } = learning();
    expect(node.prefixes.advertise(a, r1, option(text))).toBe('ignored');
  });

  it('change, and say so', () => {
    const { node, pass } = learning();
    const seen: string[] = [];
    node.prefixes.changes$.subscribe({
      next: ({ type, value }) => seen.push(`${type} ${line(value)}`),
      complete: () => seen.push('complete'),
    });
    node.prefixes.advertise(a, r1, option('2001:db8:1::/64'));
    node.prefixes.advertise(a, r1, option('2001:db8:2::/64', { validLifetime: 5, preferredLifetime: 5 }));
    pass(5_000);
    expect(node.prefixes.remove(a, prefixFrom('2001:db8:1::/64'))).toBe(true);
    expect(node.prefixes.remove(a, prefixFrom('2001:db8:1::/64'))).toBe(false);
    node.close();
    expect(seen).toEqual([
      'added 2001:db8:1::/64 LA 1800000 3600000',
      'added 2001:db8:2::/64 LA 5000 5000',
      'removed 2001:db8:2::/64 LA 5000 5000',
      'removed 2001:db8:1::/64 LA 1800000 3600000',
      'complete',
    ]);
  });

  it('know who advertises them: the last so many', () => {
    const { node } = learning({ prefixes: { advertisers: 2 } });
    const hear = (router: number) =>
      node.prefixes.advertise(a, addressOf(`fe80::${router}`), option('2001:db8:1::/64', { onLink: false }));
    for (const router of [1, 2, 1, 3]) hear(router);
    const found = node.prefixes.get(a, prefixFrom('2001:db8:1::/64'));
    expect(found?.advertisers.map(({ w3 }) => w3)).toEqual([2, 3]);
  });

  it('stay when they are over as long as we have an address of them, on-link no more', () => {
    const bed = learning();
    const { node } = bed;
    node.prefixes.advertise(a, r1, option('2001:db8:1::/64', { validLifetime: 9, preferredLifetime: 9 }));
    addAddress(node, a, '2001:db8:1::5/64', autoconfigured);
    bed.pass(10_000);
    expect(lines(bed)).toEqual(['2001:db8:1::/64 A 9000 9000']);
    expect(node.routes.lookup(addressOf('2001:db8:1::6'))).toBeUndefined();
    node.prefixes.advertise(a, r1, option('2001:db8:1::/64', { validLifetime: 9, preferredLifetime: 9 }));
    expect(node.routes.lookup(addressOf('2001:db8:1::6'))).toBeDefined();
    bed.pass(10_000);
    node.addresses.remove(a, addressOf('2001:db8:1::5'));
    expect(lines(bed)).toEqual([]);
  });

  it('do not stay for an address that was configured by hand, nor go with one while they are valid', () => {
    const bed = learning();
    const { node } = bed;
    node.prefixes.advertise(a, r1, option('2001:db8:1::/64', { validLifetime: 9 }));
    addAddress(node, a, '2001:db8:1::5/64');
    addAddress(node, a, '2001:db8:1::6/64', autoconfigured);
    node.addresses.remove(a, addressOf('2001:db8:1::6'));
    expect(lines(bed)).toHaveLength(1);
    bed.pass(10_000);
    expect(lines(bed)).toEqual([]);
  });

  it('of an interface go with it', () => {
    const bed = learning();
    for (const link of [a, b]) bed.node.prefixes.advertise(link, r1, option('2001:db8:1::/64'));
    bed.node.interfaces.remove(a);
    expect([bed.node.prefixes.list(a).length, bed.node.prefixes.list(b).length]).toEqual([0, 1]);
  });

  it('are bounded, for each interface and in all: detached ones go first, but none of which we have an address', () => {
    const { node } = learning({ prefixes: { perInterface: 2, limit: 3 } });
    const hear = (link: number, i: number) => node.prefixes.advertise(link, r2, option(`2001:db8:${i}::/64`));
    const present = (): string =>
      node.prefixes
        .list(a)
        .map(({ prefix }) => prefix.address.w1 >>> 16)
        .join('');
    hear(a, 1);
    hear(a, 2);
    expect([hear(a, 3), present()]).toEqual(['ignored', '12']);
    for (const i of [1, 2]) node.prefixes.attach(a, prefixFrom(`2001:db8:${i}::/64`), false);
    addAddress(node, a, '2001:db8:1::5/64', autoconfigured);
    expect([hear(a, 3), present()]).toEqual(['added', '13']);
    expect([hear(a, 4), present()]).toEqual(['ignored', '13']);
    expect([hear(b, 5), hear(b, 6)]).toEqual(['added', 'ignored']);
  });
});

describe('routes to prefixes on the link', () => {
  const way = ({ node }: Learning, text = '2001:db8:1::6') => {
    const route = node.routes.lookup(addressOf(text));
    return route && `${route.interfaceIndex} ${route.metric} ${(route.flags & RouteFlag.connected) !== 0}`;
  };

  it('are there while the prefix is on-link and attached', () => {
    const bed = learning();
    const { prefixes } = bed.node;
    prefixes.advertise(a, r1, option('2001:db8:1::/64', { onLink: false }));
    expect(way(bed)).toBeUndefined();
    prefixes.advertise(a, r1, option('2001:db8:1::/64'));
    expect(way(bed)).toBe(`${a} 256 true`);
    prefixes.attach(a, prefixFrom('2001:db8:1::/64'), false);
    expect(way(bed)).toBeUndefined();
    prefixes.attach(a, prefixFrom('2001:db8:1::/64'), true);
    expect(way(bed)).toBe(`${a} 256 true`);
    prefixes.flush(a);
    expect(way(bed)).toBeUndefined();
    expect(bed.node.routes.size).toBe(0);
  });

  it('do not come from autoconfigured addresses (RFC 5942 §4)', () => {
    const bed = learning();
    addAddress(bed.node, a, '2001:db8:1::5/64', autoconfigured);
    addAddress(bed.node, a, '2001:db8:2::5/64', AddressFlag.temporary);
    expect([way(bed), way(bed, '2001:db8:2::6')]).toEqual([undefined, undefined]);
    addAddress(bed.node, a, '2001:db8:1::7/64');
    expect(way(bed)).toBe(`${a} 0 true`);
  });

  it('of a prefix that two links have lead by one, then by the other', () => {
    const bed = learning();
    for (const link of [a, b]) bed.node.prefixes.advertise(link, r1, option('2001:db8:1::/64'));
    expect(way(bed)).toBe(`${a} 256 true`);
    bed.node.prefixes.flush(a);
    expect(way(bed)).toBe(`${b} 256 true`);
  });

  it('leave alone what was written by hand, even where it is the same', () => {
    const bed = learning();
    const to = prefixFrom('2001:db8:1::/64');
    bed.node.routes.add({ to, interfaceIndex: a, metric: 256 });
    bed.node.prefixes.advertise(a, r1, option('2001:db8:1::/64'));
    bed.node.prefixes.flush(a);
    expect(bed.node.routes.get(to)).toBeDefined();
  });
});
