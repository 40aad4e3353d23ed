import { describe, expect, it } from 'vitest';
import type { Router } from '../../src/state/routers.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress, formatPrefix } from '../../src/wire/address.ts';
import { infinity } from '../../src/wire/ndp-options.ts';
import { a, b, type Learning, learning, meet, said } from '../support/learning.ts';
import { prefixFrom } from '../support/testbed.ts';

const r1 = addressOf('fe80::1');
const r2 = addressOf('fe80::2');

/** `fe80::1 default until 1800000`, and its routes. */
const line = ({ address, role, until, routes }: Router): string =>
  [`${formatAddress(address)} ${role} until ${until}`, ...routes.map((route) => formatPrefix(route.prefix))].join(' ');

const lines = ({ node }: Learning, interfaceIndex?: number): string[] => node.routers.list(interfaceIndex).map(line);

const route = (text: string, lifetime = 600, preference = 0) => ({ prefix: prefixFrom(text), lifetime, preference });

describe('routers', () => {
  it.each<[string, readonly number[], string]>([
    ['a lifetime: a default router', [1_800], 'fe80::1 default until 1800000'],
    ['none: it advertises, no more', [0], 'fe80::1 advertiser until 0'],
    ['none, then one: a default router after all', [0, 9], 'fe80::1 default until 9000'],
    ['one, then none: it has retired', [9, 0], 'fe80::1 retired until 0'],
    ['none again: retired yet', [9, 0, 0], 'fe80::1 retired until 0'],
    ['and one again', [9, 0, 9], 'fe80::1 default until 9000'],
  ])('say by their lifetime what they are: %s (RFC 4861 §6.3.4)', (_, lifetimes, expected) => {
    const bed = learning();
    for (const routerLifetime of lifetimes) expect(bed.node.routers.hear(a, r1, said({ routerLifetime }))).toBe(true);
    expect(lines(bed)).toEqual([expected]);
  });

  it('change, and say so', () => {
    const { node, pass } = learning();
    const seen: string[] = [];
    node.routers.changes$.subscribe({
      next: ({ type, value }) => seen.push(`${type} ${value.role} ${value.isReachable} ${value.isSelected}`),
      complete: () => seen.push('complete'),
    });
    node.routers.hear(a, r1, said());
    pass();
    meet(node, a, 'fe80::1');
    expect(node.routers.remove(a, r1)).toBe(true);
    expect(node.routers.remove(a, r1)).toBe(false);
    node.close();
    expect(seen).toEqual([
      'added default false false',
      'updated default false true',
      'updated default true true',
      'removed default true true',
      'complete',
    ]);
  });

  it('keep what they say of DHCPv6 and of their preference', () => {
    const { node } = learning();
    node.routers.hear(a, r1, said({ managed: true, otherConfiguration: true, preference: 1 }));
    expect(node.routers.get(a, r1)).toMatchObject({ managed: true, otherConfiguration: true, preference: 1 });
    node.routers.hear(a, r1, said());
    expect(node.routers.get(a, r1)).toMatchObject({ managed: false, otherConfiguration: false, preference: 0 });
    expect(node.routers.get(b, r1)).toBeUndefined();
  });

  it('go when their lifetime is over (RFC 4861 §6.3.5)', () => {
    const bed = learning();
    bed.node.routers.hear(a, r1, said({ routerLifetime: 9 }));
    bed.node.routers.hear(a, r2, said({ routerLifetime: 20 }));
    bed.pass(8_999);
    expect(lines(bed)).toHaveLength(2);
    bed.pass(100);
    expect(lines(bed)).toEqual(['fe80::2 default until 20000']);
  });

  it('stay, no default routers any more, as long as they have routes (RFC 4191 §3.1)', () => {
    const bed = learning();
    bed.node.routers.hear(a, r1, said({ routerLifetime: 9 }));
    bed.node.routers.hearRoute(a, r1, route('2001:db8:5::/48', 20));
    bed.pass(10_000);
    expect(lines(bed)).toEqual(['fe80::1 retired until 9000 2001:db8:5::/48']);
    bed.pass(9_000_000);
    expect(lines(bed)).toEqual([]);
  });

  it('that only advertise are forgotten when nothing was heard for two and a half hours', () => {
    const bed = learning();
    bed.node.routers.hear(a, r1, said({ routerLifetime: 0 }));
    bed.pass(8_000_000);
    bed.node.routers.hear(a, r1, said({ routerLifetime: 0 }));
    bed.pass(8_999_000);
    expect(lines(bed)).toHaveLength(1);
    bed.pass(1_100);
    expect(lines(bed)).toEqual([]);
  });

  it('go when they say that they are none (RFC 4861 §7.2.5)', () => {
    const bed = learning();
    const heard = { linkLayerAddress: { high: 0x0200, low: 1 }, solicited: true, override: true };
    meet(bed.node, a, 'fe80::1');
    bed.node.routers.hear(a, r1, said());
    bed.node.neighbors.hearAdvertisement(a, r1, { ...heard, isRouter: true });
    expect(lines(bed)).toHaveLength(1);
    bed.node.neighbors.hearAdvertisement(a, r1, { ...heard, isRouter: false });
    expect(lines(bed)).toEqual([]);
  });

  it('are reachable by what the neighbor cache has, from the start', () => {
    const { node } = learning();
    const isReachable = () => node.routers.get(a, r1)?.isReachable;
    meet(node, a, 'fe80::1');
    node.routers.hear(a, r1, said());
    expect(isReachable()).toBe(true);
    node.neighbors.remove(a, r1);
    expect(isReachable()).toBe(false);
    meet(node, b, 'fe80::1');
    expect(isReachable()).toBe(false);
    node.neighbors.addStatic(a, r1, { high: 0x0200, low: 1 });
    expect(isReachable()).toBe(true);
    node.interfaces.takeDown(a);
    expect(isReachable()).toBe(false);
  });

  it('of an interface go with it', () => {
    const bed = learning();
    bed.node.routers.hear(a, r1, said());
    bed.node.routers.hear(b, r1, said());
    bed.node.interfaces.remove(a);
    expect([lines(bed, a), lines(bed, b)]).toEqual([[], ['fe80::1 default until 1800000']]);
  });

  it('are bounded: who retired goes first, then who is out of reach; nobody else', () => {
    const { node } = learning({ routers: { perInterface: 3, limit: 4 } });
    const hear = (i: number, routerLifetime = 1_800): boolean =>
      node.routers.hear(a, addressOf(`fe80::${i}`), said({ routerLifetime }));
    const present = (): string =>
      node.routers
        .list(a)
        .map(({ address }) => address.w3)
        .join('');
    for (const i of [1, 2, 3]) {
      meet(node, a, `fe80::${i}`);
      expect(hear(i)).toBe(true);
    }
    expect([hear(4), present()]).toEqual([false, '123']);
    hear(2, 0);
    expect([hear(4), present()]).toEqual([true, '134']);
    expect([hear(5), present()]).toEqual([true, '135']);
    node.neighbors.remove(a, addressOf('fe80::1'));
    expect([hear(6), present()]).toEqual([true, '356']);
    expect(node.routers.hear(b, r1, said())).toBe(true);
    expect(node.routers.hear(b, r2, said())).toBe(false);
  });

  it('verifies those that it has when another comes: the link may be another (RFC 6059)', () => {
    const { node } = learning();
    const state = () => node.neighbors.get(a, r1)?.state;
    meet(node, a, 'fe80::1');
    meet(node, a, 'fe80::2');
    node.routers.hear(a, r1, said());
    node.routers.hear(b, r2, said());
    expect(state()).toBe('stale');
    node.routers.hear(a, r2, said());
    expect([state(), node.neighbors.get(a, r2)?.state]).toEqual(['delay', 'stale']);
  });
});

describe('routes of routers (RFC 4191 §2.3)', () => {
  it('come, change, and go: by a lifetime of 0, or when it is over', () => {
    const bed = learning();
    bed.node.routers.hear(a, r1, said({ routerLifetime: 0xffff }));
    const hear = (...given: Parameters<typeof route>): boolean => bed.node.routers.hearRoute(a, r1, route(...given));
    const routes = () =>
      bed.node.routers
        .get(a, r1)
        ?.routes.map((each) => `${formatPrefix(each.prefix)} ${each.preference} ${each.until}`);
    expect(hear('2001:db8:1::/48', 60)).toBe(true);
    hear('2001:db8:2::/48', infinity, 1);
    expect(routes()).toEqual(['2001:db8:1::/48 0 60000', '2001:db8:2::/48 1 Infinity']);
    hear('2001:db8:1::/48', 30, -1);
    expect(routes()?.[0]).toBe('2001:db8:1::/48 -1 30000');
    bed.pass(31_000);
    expect(routes()).toEqual(['2001:db8:2::/48 1 Infinity']);
    hear('2001:db8:2::/48', 0);
    expect(routes()).toEqual([]);
  });

  it('to ::/0 are about the default router itself, and prevail', () => {
    const bed = learning();
    bed.node.routers.hear(a, r1, said({ routerLifetime: 0 }));
    bed.node.routers.hearRoute(a, r1, route('::/0', 60, 1));
    expect(bed.node.routers.get(a, r1)).toMatchObject({ role: 'default', preference: 1, until: 60_000, routes: [] });
    bed.node.routers.hearRoute(a, r1, route('::/0', 0));
    expect(bed.node.routers.get(a, r1)?.role).toBe('retired');
  });

  it('are nothing of a reserved preference, of who is not known, or beyond their number', () => {
    const { node } = learning({ routers: { routes: 1 } });
    expect(node.routers.hearRoute(a, r1, route('2001:db8:1::/48'))).toBe(false);
    node.routers.hear(a, r1, said());
    expect(node.routers.hearRoute(a, r1, route('2001:db8:1::/48', 60, -2))).toBe(false);
    expect(node.routers.hearRoute(a, r1, route('2001:db8:1::/48'))).toBe(true);
    expect(node.routers.hearRoute(a, r1, route('2001:db8:2::/48'))).toBe(false);
    expect(node.routers.hearRoute(a, r1, route('2001:db8:1::/48', 9))).toBe(true);
    expect(node.routers.get(a, r1)?.routes).toHaveLength(1);
  });
});
