import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { AddressFlag } from '../../src/state/addresses.ts';
import { attachment } from '../../src/state/attachment.ts';
import type { Router } from '../../src/state/routers.ts';
import { RouteFlag } from '../../src/state/routes.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress, formatPrefix } from '../../src/wire/address.ts';
import { a, b, type Learning, learning, meet, option, said } from '../support/learning.ts';
import { addAddress, prefixFrom } from '../support/testbed.ts';

const { autoconfigured, temporary, detached, tentative, duplicated, optimistic, noDetection } = AddressFlag;

/** Routers as letters: default, advertiser or retired, in capitals if they can be reached. */
const routersOf = (text: string): Pick<Router, 'address' | 'role' | 'isReachable'>[] =>
  [...text].map((letter, i) => ({
    address: addressOf(`fe80::${i + 1}`),
    role: ({ d: 'default', a: 'advertiser', r: 'retired' } as const)[letter.toLowerCase() as 'd'],
    isReachable: letter === letter.toUpperCase(),
  }));

test.each<[routers: string, advertisers: string[], attached: string, why: string]>([
  ['', [''], 'a', 'nobody knows better'],
  ['D', ['1'], 'a', 'its router is there'],
  ['d', ['1'], 'a', 'its router is gone, and nobody knows better'],
  ['Dd', ['1', '2'], 'ad', 'moved: the paper, Figures 6 and 7'],
  ['dd', ['1', '2'], 'aa', 'both routers are gone: the paper, the router dies'],
  ['DD', ['1', '2'], 'aa', 'both are there'],
  ['dD', ['12'], 'a', 'one of two advertisers is there'],
  ['dD', ['1', ''], 'dd', 'a router that advertises nothing: moved to where there is no prefix'],
  ['dA', ['1'], 'a', 'one that is no default router and advertises nothing says nothing'],
  ['dA', ['1', '2'], 'da', 'one that is no default router but advertises counts'],
  ['dR', ['1', '2'], 'aa', 'one that has retired does not'],
  ['DR', ['1', '2'], 'ad', 'nor for its own prefix'],
  ['D', ['1', '2'], 'ad', 'an advertiser that is forgotten'],
  ['D', [], '', 'no prefixes'],
])('with routers %j, prefixes of %j are %j: %s', (routers, advertisers, attached) => {
  const prefixes = advertisers.map((digits) => ({
    advertisers: [...digits].map((digit) => addressOf(`fe80::${digit}`)),
  }));
  const result = attachment(prefixes, routersOf(routers));
  expect(result.map((is) => (is ? 'a' : 'd')).join('')).toBe(attached);
});

describe('addresses of a detached prefix', () => {
  /** R1's prefix is detached by R2, which can be reached when R1 can't. */
  const moved = (link: number, { node, pass }: Learning): void => {
    meet(node, link, 'fe80::2');
    node.routers.hear(link, addressOf('fe80::1'), said());
    node.prefixes.advertise(link, addressOf('fe80::1'), option('2001:db8:1::/64'));
    node.routers.hear(link, addressOf('fe80::2'), said());
    node.prefixes.advertise(link, addressOf('fe80::2'), option('2001:db8:2::/64'));
    pass();
  };
  const flagsOf = ({ node }: Learning, text: string, link = a): number =>
    node.addresses.find(link, addressOf(text))?.flags ?? -1;

  it.each([
    ['autoconfigured: detached, and tentative when it is back', autoconfigured, detached, tentative],
    ['temporary: the same', temporary, detached, tentative],
    ['by hand: never', 0, 0, 0],
    ['without detection: nobody is asked', autoconfigured | noDetection, detached, 0],
    ['duplicated: stays so', autoconfigured | duplicated, detached, 0],
  ])('%s', (_, flags, whileAway, whenBack) => {
    const bed = learning();
    addAddress(bed.node, a, '2001:db8:1::5/64', flags);
    moved(a, bed);
    expect(flagsOf(bed, '2001:db8:1::5')).toBe(flags | whileAway);
    meet(bed.node, a, 'fe80::1');
    bed.pass();
    expect(flagsOf(bed, '2001:db8:1::5')).toBe(flags | whenBack);
  });

  it('is optimistic when it is back, if the interface is', () => {
    const bed = learning();
    bed.node.autoconfigurations.enable(a, { optimistic: true });
    addAddress(bed.node, a, '2001:db8:1::5/64', autoconfigured);
    moved(a, bed);
    meet(bed.node, a, 'fe80::1');
    bed.pass();
    expect(flagsOf(bed, '2001:db8:1::5')).toBe(autoconfigured | tentative | optimistic);
  });

  it('is not tentative where there are no neighbors to ask', () => {
    const bed = learning();
    const { index } = bed.node.interfaces.add({ name: 't', kind: 'tun', mtu: 1_500, pointToPoint: true });
    addAddress(bed.node, index, '2001:db8:1::5/64', autoconfigured);
    moved(index, bed);
    expect(flagsOf(bed, '2001:db8:1::5', index)).toBe(autoconfigured | detached);
    meet(bed.node, index, 'fe80::1');
    bed.pass();
    expect(flagsOf(bed, '2001:db8:1::5', index)).toBe(autoconfigured);
  });

  it('stays detached for a while only if its prefix is known: an address of a forgotten one is attached', () => {
    const bed = learning();
    addAddress(bed.node, a, '2001:db8:1::5/64', autoconfigured);
    moved(a, bed);
    bed.node.prefixes.remove(a, prefixFrom('2001:db8:1::/64'));
    bed.pass();
    expect(flagsOf(bed, '2001:db8:1::5')).toBe(autoconfigured | tentative);
  });

  it('is detached from the start, if it comes late', () => {
    const bed = learning();
    moved(a, bed);
    addAddress(bed.node, a, '2001:db8:1::5/64', autoconfigured);
    bed.pass();
    expect(flagsOf(bed, '2001:db8:1::5')).toBe(autoconfigured | detached);
  });

  it('keeps the route of an address by hand: its prefix is exempt', () => {
    const bed = learning();
    addAddress(bed.node, a, '2001:db8:1::5/64');
    moved(a, bed);
    expect(bed.node.routes.lookup(addressOf('2001:db8:1::6'))).toMatchObject({ interfaceIndex: a, metric: 0 });
    expect(bed.node.addresses.sourceFor(addressOf('2001:db8:1::6'), a)?.flags).toBe(0);
  });

  it('says nothing of another link', () => {
    const bed = learning();
    addAddress(bed.node, b, '2001:db8:1::5/64', autoconfigured);
    bed.node.prefixes.advertise(b, addressOf('fe80::1'), option('2001:db8:1::/64'));
    moved(a, bed);
    expect(flagsOf(bed, '2001:db8:1::5', b)).toBe(autoconfigured);
    expect(bed.node.prefixes.get(b, prefixFrom('2001:db8:1::/64'))?.isAttached).toBe(true);
  });
});

describe('what is derived', () => {
  const link = fc.constantFrom(a, a, a, b);
  const router = fc.integer({ min: 1, max: 3 }).map((i) => addressOf(`fe80::${i}`));
  const prefix = fc.integer({ min: 1, max: 2 }).map((i) => `2001:db8:${i}::/64`);
  const life = fc.constantFrom(0, 2, 60, 7_200, 7_200);
  const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
  const verb = <const V extends string>(...verbs: readonly V[]) => fc.constantFrom(...verbs);
  const act = fc.oneof(
    weighted(4, fc.record({ verb: verb('hear'), link, router, life, preference: fc.constantFrom(-1, 0, 1) })),
    weighted(4, fc.record({ verb: verb('advertise'), link, router, prefix, life, onLink: fc.boolean() })),
    weighted(1, fc.record({ verb: verb('route'), link, router, prefix, life, preference: fc.constantFrom(-2, 1) })),
    weighted(8, fc.record({ verb: verb('meet', 'meet', 'lose', 'use'), link, router })),
    weighted(1, fc.record({ verb: verb('host', 'remove', 'flush'), link, router })),
    weighted(
      2,
      fc.record({ verb: verb('configure'), link, prefix, flags: fc.constantFrom(autoconfigured, temporary, 0) }),
    ),
    weighted(1, fc.record({ verb: verb('unconfigure', 'forget'), link, prefix })),
    weighted(1, fc.record({ verb: verb('down', 'up'), link })),
    weighted(2, fc.record({ verb: verb('pass'), time: fc.constantFrom(100, 1_000, 3_000, 3_000, 30_000, 7_200_000) })),
  );
  type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

  const perform = ({ node, pass }: Learning, each: Act): void => {
    const { addresses, neighbors, prefixes, routers } = node;
    switch (each.verb) {
      case 'hear':
        routers.hear(each.link, each.router, said({ routerLifetime: each.life, preference: each.preference }));
        break;
      case 'advertise': {
        const { onLink, life: lifetime } = each;
        const fields = { onLink, validLifetime: lifetime, preferredLifetime: lifetime };
        prefixes.advertise(each.link, each.router, option(each.prefix, fields));
        break;
      }
      case 'route': {
        const offered = { prefix: prefixFrom(each.prefix), preference: each.preference, lifetime: each.life };
        routers.hearRoute(each.link, each.router, offered);
        break;
      }
      case 'meet':
        meet(node, each.link, formatAddress(each.router));
        break;
      case 'lose':
        neighbors.remove(each.link, each.router);
        break;
      case 'use':
        neighbors.use(neighbors.table.findAddress(each.link, each.router));
        break;
      case 'host': {
        const linkLayerAddress = { high: 0x0200, low: each.router.w3 };
        const heard = { linkLayerAddress, solicited: false, override: true, isRouter: false };
        neighbors.hearAdvertisement(each.link, each.router, heard);
        break;
      }
      case 'remove':
        routers.remove(each.link, each.router);
        break;
      case 'flush':
        routers.flush(each.link);
        break;
      case 'configure': {
        const address = addressOf(each.prefix.replace('/64', '5'));
        if (addresses.find(each.link, address) !== undefined) break;
        addresses.add({ interfaceIndex: each.link, address, prefixLength: 64, flags: each.flags });
        break;
      }
      case 'unconfigure':
        addresses.remove(each.link, addressOf(each.prefix.replace('/64', '5')));
        break;
      case 'forget':
        prefixes.remove(each.link, prefixFrom(each.prefix));
        break;
      case 'down':
        node.interfaces.takeDown(each.link);
        break;
      case 'up':
        node.interfaces.bringUp(each.link);
        break;
      default:
        pass(each.time);
    }
  };

  /** What follows from prefixes, routers and neighbors, said once more from scratch. */
  const check = ({ node, clock }: Learning): void => {
    const { addresses, neighbors, prefixes, routers, routes } = node;
    for (const each of routers.list()) {
      expect(each.isReachable).toBe(neighbors.isReachable(each.interfaceIndex, each.address));
      if (each.role === 'default') expect(each.until).toBeGreaterThan(clock.frame - 101);
    }
    const onLink = new Set<string>();
    for (const each of [a, b]) {
      const list = prefixes.list(each);
      expect(list.map(({ isAttached }) => isAttached)).toEqual(attachment(list, routers.list(each)));
      for (const one of list) if (one.onLink && one.isAttached) onLink.add(`${each} ${formatPrefix(one.prefix)}`);
      for (const entry of addresses.list(each)) {
        const isFromRouter = (entry.flags & (autoconfigured | temporary)) !== 0;
        const away = isFromRouter && prefixes.get(each, entry.prefix)?.isAttached === false;
        expect((entry.flags & detached) !== 0).toBe(away);
        const source = addresses.sourceFor(entry.address, each);
        expect((source?.flags ?? 0) & detached).toBe(0);
      }
    }
    const all = [...routes.walk(6)];
    const learnt = all.filter(({ flags, metric }) => metric === 256 && (flags & RouteFlag.connected) !== 0);
    expect(new Set(learnt.map(({ interfaceIndex, to }) => `${interfaceIndex} ${formatPrefix(to)}`))).toEqual(onLink);
    const offered = all.filter(({ metric }) => metric === 1_024);
    expect(new Set(offered.map(({ to }) => formatPrefix(to))).size).toBe(offered.length);
    for (const { to, via, interfaceIndex } of offered) {
      const found = via && routers.get(interfaceIndex, via);
      if (found === undefined) throw new Error(`a route to ${formatPrefix(to)} leads to no router`);
      if (to.length > 0) {
        expect(found.routes.map((one) => formatPrefix(one.prefix))).toContain(formatPrefix(to));
        continue;
      }
      expect([found.role, found.isSelected]).toEqual(['default', true]);
      const rivals = routers.list().filter(({ role, isReachable }) => role === 'default' && isReachable);
      if (rivals.length === 0) continue;
      expect(found.isReachable).toBe(true);
      expect(found.preference).toBe(Math.max(...rivals.map(({ preference }) => preference)));
    }
    const isThere = routers.list().some(({ role }) => role === 'default');
    expect(offered.some(({ to }) => to.length === 0)).toBe(isThere);
  };

  it('is what follows from scratch, whatever happened before; nothing is left behind', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const bed = learning();
        for (const each of acts) {
          perform(bed, each);
          bed.pass();
          check(bed);
        }
        for (const each of [a, b]) bed.node.interfaces.remove(each);
        bed.pass();
        expect([bed.node.routers.list(), bed.node.prefixes.list(), bed.node.routes.size]).toEqual([[], [], 0]);
        bed.node.close();
        bed.clock.maxFrames = Number.POSITIVE_INFINITY;
        bed.clock.flush(); // ends: no timer is left that sets itself again
      }),
      { numRuns: 300 },
    );
  });
});
