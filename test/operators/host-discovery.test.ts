import { describe, expect, it } from 'vitest';
import type { LearnedOption } from '../../src/state/learned.ts';
import {
  addressOf,
  fragmentHeader,
  icmp6,
  type Layer,
  linkLayerOf,
  linkLayerOption,
  payload,
  redirect,
  routerAdvertisement,
} from '../../src/testing/index.ts';
import { formatAddress, formatPrefix } from '../../src/wire/address.ts';
import { formatLinkLayer } from '../../src/wire/ethernet.ts';
import { Preference } from '../../src/wire/ndp.ts';
import { type HostBed, hostBed, link, linkLayers, ourLinkLocal, prefix, r1, r2 } from '../support/host-bed.ts';
import { addAddress, prefixFrom } from '../support/testbed.ts';

const home = prefix('2001:db8:1::/64');
const ourHome = '2001:db8:1::ff:fe00:22';

/** A bed whose link-local address is unique by now. */
const settled = (options?: Parameters<typeof hostBed>[0]): HostBed => {
  const bed = hostBed(options);
  bed.wait(3_000);
  return bed;
};

/** A host that has `2001:db8:1::/64` and a default route by `r1`. */
const atHome = (options?: Parameters<typeof hostBed>[0]): HostBed => {
  const bed = settled(options);
  bed.advertise(r1, { options: [home] });
  bed.wait(3_000);
  bed.said();
  return bed;
};

const neighborOf = ({ node }: HostBed, address: string): string => {
  const { state, linkLayerAddress, isRouter } = node.neighbors.get(link, addressOf(address)) ?? {};
  const { high = 0, low = 0 } = linkLayerAddress ?? {};
  return state === undefined ? 'absent' : `${state} ${formatLinkLayer(high, low)}${isRouter ? ' router' : ''}`;
};

const textOf = (told: LearnedOption): string => {
  switch (told.kind) {
    case 'dnsServer':
      return formatAddress(told.server);
    case 'searchDomain':
      return told.domain;
    case 'pref64':
      return formatPrefix(told.prefix);
  }
};

describe('a Router Advertisement', () => {
  const group = Uint8Array.of(1, 1, 3, 0, 0, 0, 0, 1);
  const whole = routerAdvertisement({ options: [home] });
  const table: readonly [string, string, string, Layer, number?, string?][] = [
    ['of a router on the link', 'delivered', r1, whole],
    ['to us alone', 'delivered', r1, whole, 255, ourLinkLocal],
    ['with an unknown option', 'delivered', r1, routerAdvertisement({}, Uint8Array.of(77, 1, 0, 0, 0, 0, 0, 0))],
    ['from another link', 'foreignDiscovery', r1, whole, 254],
    ['that does not come from a link-local address', 'badDiscovery', '2001:db8:1::1', whole],
    ['from nobody', 'badDiscovery', '::', whole],
    ['from an address of ours', 'addressConflict', ourLinkLocal, whole],
    ['with a code', 'badDiscovery', r1, (body) => icmp6({ type: 134, code: 1 })({ ...body, bytes: payload(8) })],
    ['that is truncated', 'badDiscovery', r1, (body) => icmp6({ type: 134 })({ ...body, bytes: payload(7) })],
    ['with an option of length 0', 'badDiscovery', r1, routerAdvertisement({}, new Uint8Array(8))],
    [
      'with an option that runs past the end',
      'badDiscovery',
      r1,
      routerAdvertisement({}, Uint8Array.of(3, 4, 64, 192, 0, 0, 0, 0)),
    ],
    ['with more options than any has', 'badDiscovery', r1, routerAdvertisement({}, new Uint8Array(65 * 8).fill(1))],
    ['with a group for a link-layer address', 'badDiscovery', r1, routerAdvertisement({}, group)],
    ['in a fragment, though it is whole', 'fragmentedNeighborDiscovery', r1, (body) => fragmentHeader()(whole(body))],
  ];

  it.each(table)('%s is %s (RFC 4861 §6.1.2, RFC 6980)', (_, outcome, from, layer, hopLimit, to = 'ff02::1') => {
    const bed = settled();
    expect(bed.give(from, to, layer, hopLimit)).toBe(outcome);
    bed.wait(1);
    const learnt = bed.node.routers.list().length;
    expect([learnt, bed.addresses().length, bed.routes().length > 0]).toEqual(
      outcome === 'delivered' ? [1, expect.any(Number), true] : [0, 1, false],
    );
    bed.stop();
  });

  it('is not believed where we are a router', () => {
    const bed = hostBed({ pipeline: 'router' });
    bed.node.autoconfigurations.disable(link);
    expect(bed.advertise(r1, { options: [home], currentHopLimit: 200 })).toBe('delivered');
    bed.wait(1_000);
    expect([bed.node.routers.list(), bed.node.prefixes.list(), bed.routes()]).toEqual([[], [], []]);
    expect([bed.node.interfaces.table.hopLimit[link], neighborOf(bed, r1)]).toEqual([64, 'absent']);
  });

  it.each([
    [0, 64],
    [1, 64],
    [63, 64],
    [64, 64],
    [128, 128],
    [255, 255],
  ])('that says hop limit %i makes ours %i: none below the default (FreeBSD-SA-15:09)', (said, expected) => {
    const bed = settled();
    bed.advertise(r1, { currentHopLimit: said });
    expect(bed.node.interfaces.table.hopLimit[link]).toBe(expected);
  });

  it.each([
    [0, 1_500],
    [1_279, 1_500],
    [1_280, 1_280],
    [1_500, 1_500],
    [1_501, 1_500],
    [0xffffffff, 1_500],
  ])('that says MTU %i makes ours %i (RFC 4861 §6.3.4)', (said, expected) => {
    const bed = settled();
    bed.advertise(r1, { options: [{ kind: 'mtu', mtu: said }] });
    expect(bed.node.interfaces.table.mtu[link]).toBe(expected);
  });

  it('sets how long neighbors are reachable and how often they are asked (RFC 4861 §6.3.4)', () => {
    const bed = settled();
    bed.advertise(r1, { retransTimer: 2_500 });
    expect(bed.node.neighbors.retransTimer(link)).toBe(2_500);
    bed.advertise(r1, { retransTimer: 0 });
    expect(bed.node.neighbors.retransTimer(link)).toBe(2_500);
    bed.advertise(r1, { retransTimer: 0xffffffff });
    expect(bed.node.neighbors.retransTimer(link)).toBe(3_600_000);
  });

  it('tells who its sender is (RFC 4861 §6.3.4)', () => {
    const bed = settled();
    bed.advertise(r1);
    expect(neighborOf(bed, r1)).toBe('stale 02:00:00:00:00:01 router');
    bed.give(r2, 'ff02::1', routerAdvertisement({ managed: true, preference: Preference.high, routerLifetime: 9 }));
    expect(neighborOf(bed, r2)).toBe('absent');
    const [, second] = bed.node.routers.list(link);
    expect(second).toMatchObject({
      managed: true,
      otherConfiguration: false,
      preference: 1,
      role: 'default',
      until: 12_000,
    });
  });

  it('tells of name servers, search domains and translators (RFC 8106, RFC 8781), for so long as it says', () => {
    const bed = settled();
    const servers = [addressOf('2001:db8::53'), addressOf('fe80::53')];
    const options = [
      { kind: 'dnsServers', servers, lifetime: 60 },
      { kind: 'searchList', domains: ['example.org', 'example.net'], lifetime: 30 },
      { kind: 'pref64', prefix: prefixFrom('64:ff9b::/96'), lifetime: 600 },
    ] as const;
    bed.advertise(r1, { options });
    const known = (): string[] => bed.node.learned.list(link).map(textOf);
    expect(known()).toEqual(['2001:db8::53', 'fe80::53', 'example.org', 'example.net', '64:ff9b::0.0.0.0/96']);
    bed.wait(31_000);
    expect(known()).toEqual(['2001:db8::53', 'fe80::53', '64:ff9b::0.0.0.0/96']);
    bed.advertise(r1, { options: [{ kind: 'dnsServers', servers: servers.slice(1), lifetime: 0 }] });
    expect(known()).toEqual(['2001:db8::53', '64:ff9b::0.0.0.0/96']);
  });

  it('brings routes, some preferred (RFC 4191)', () => {
    const bed = settled();
    bed.advertise(r1, {
      options: [{ kind: 'route', prefix: prefixFrom('2001:db8:f::/48'), preference: -1, lifetime: 600 }],
    });
    bed.advertise(r2, {
      preference: Preference.high,
      options: [{ kind: 'route', prefix: prefixFrom('2001:db8:f::/48'), preference: 0, lifetime: 600 }],
    });
    bed.wait(1);
    expect(bed.routes()).toEqual(['::/0 via fe80::2', '2001:db8:f::/48 via fe80::2']);
  });

  it('makes no more of a link than there is room for', () => {
    const bed = settled();
    for (let i = 0; i < 64; i += 1) {
      const options = [0, 1, 2, 3].map((j) => prefix(`2001:db8:${(i * 4 + j).toString(16)}::/64`));
      bed.advertise(`fe80::${(i + 1).toString(16)}`, { options });
    }
    bed.wait(10_000);
    const { routers, prefixes, addresses } = bed.node;
    expect([routers.list().length, prefixes.list().length <= 256]).toEqual([16, true]);
    expect(addresses.list(link)).toHaveLength(17); // the link-local one, and 16
    bed.wait(10_000_000);
    bed.stop();
    expect([bed.pool.outstanding, bed.clock.actions.filter(({ closed }) => !closed)]).toEqual([0, []]);
  });

  it('of which there are more routers than room does nothing else', () => {
    const bed = settled();
    for (let i = 0; i < 17; i += 1) bed.advertise(`fe80::1:${i}`, { currentHopLimit: 64 + i });
    expect(bed.node.interfaces.table.hopLimit[link]).toBe(64 + 15);
  });
});

describe('addresses', () => {
  it('begin tentative, and are ours when nobody objects; then routers are solicited', () => {
    const bed = hostBed();
    expect(bed.addresses()).toEqual([`${ourLinkLocal} tentative`]);
    bed.wait(2_999);
    expect(bed.addresses()).toEqual([ourLinkLocal]);
    expect(bed.said().filter((said) => said.includes('router solicitation'))).toHaveLength(1);
    bed.advertise(r1, { options: [home] });
    expect(bed.addresses()).toEqual([ourLinkLocal, `${ourHome} tentative`]);
    bed.wait(2_000);
    expect(bed.addresses()).toEqual([ourLinkLocal, ourHome]);
  });

  it('are used at once when they are optimistic, but say nothing of us to routers (RFC 4429 §3.3)', () => {
    const bed = hostBed({ how: { optimistic: true } });
    bed.wait(990);
    expect(bed.addresses()).toEqual([`${ourLinkLocal} tentative optimistic`]);
    const solicitations = bed.said().filter((said) => said.includes('router solicitation'));
    expect(solicitations).toEqual([expect.stringContaining('length 8')]);
  });

  it('of a link that has one already are not made twice', () => {
    const bed = hostBed();
    bed.node.autoconfigurations.disable(link);
    for (const { address } of bed.node.addresses.list(link)) bed.node.addresses.remove(link, address);
    addAddress(bed.node, link, 'fe80::cafe/64');
    bed.node.autoconfigurations.enable(link, { identifiers: 'eui64' });
    expect(bed.addresses()).toEqual(['fe80::cafe']);
    bed.wait(1_000);
    expect(bed.said().at(-1)).toContain('fe80::cafe > ff02::2');
  });

  it.each([
    ['not autonomous', { ...home, autonomous: false }],
    ['not of 64 bits', { ...home, prefix: prefixFrom('2001:db8:1::/63') }],
    ['link-local', { ...home, prefix: prefixFrom('fe80::/64') }],
    ['not valid', { ...home, validLifetime: 0, preferredLifetime: 0 }],
    ['preferred for longer than valid', { ...home, validLifetime: 10, preferredLifetime: 11 }],
  ])('are not made of a prefix that is %s (RFC 4862 §5.5.3)', (_, option) => {
    const bed = settled();
    bed.advertise(r1, { options: [option as typeof home] });
    expect(bed.addresses()).toEqual([ourLinkLocal]);
  });

  it('that were given by hand keep what they were given', () => {
    const bed = settled();
    addAddress(bed.node, link, `${ourHome}/64`);
    bed.advertise(r1, { options: [prefix('2001:db8:1::/64', 60)] });
    bed.wait(120_000);
    expect(bed.addresses()).toEqual([ourLinkLocal, ourHome]);
  });

  it('made of the link-layer address are lost if another has them (RFC 4862 §5.4.5)', () => {
    const bed = settled();
    bed.others.have = (address) => address === ourHome;
    bed.advertise(r1, { options: [home] });
    bed.wait(10_000);
    bed.advertise(r1, { options: [home] });
    bed.wait(10_000);
    expect(bed.addresses()).toEqual([ourLinkLocal, `${ourHome} duplicated`]);
  });

  it('made of secrets are made anew if another has them, three times (RFC 7217 §6)', () => {
    const bed = hostBed({ how: { identifiers: 'stable', secret: new Uint8Array(16).fill(7) } });
    const tried: string[] = [];
    bed.others.have = (address) => address.startsWith('2001') && tried.push(address) > 0;
    bed.wait(3_000);
    bed.advertise(r1, { options: [home] });
    bed.wait(10_000);
    bed.advertise(r1, { options: [home] });
    bed.wait(10_000);
    expect([tried.length, new Set(tried).size]).toEqual([4, 4]);
    expect(bed.addresses().slice(1)).toEqual([`${tried[3]} duplicated`]);
  });
});

describe('temporary addresses', () => {
  const temporaries = (bed: HostBed): string[] => bed.addresses().filter((each) => each.includes('temporary'));

  it('are made beside those that stay', () => {
    const bed = atHome({ how: { temporary: true } });
    expect(bed.addresses().slice(0, 2)).toEqual([ourLinkLocal, ourHome]);
    expect(temporaries(bed)).toHaveLength(1);
    const source = bed.node.addresses.sourceFor(addressOf('2001:db8:9::1'), link);
    expect(formatAddress(source?.address as never)).toBe(temporaries(bed)[0]?.split(' ')[0]);
  });

  it('are made anew if another has them, three times in a row (RFC 8981 §3.4)', () => {
    const bed = settled({ how: { temporary: true } });
    const tried: string[] = [];
    bed.others.have = (address) => address.startsWith('2001') && address !== ourHome && tried.push(address) > 0;
    bed.advertise(r1, { options: [home] });
    bed.wait(10_000);
    bed.advertise(r1, { options: [home] });
    bed.wait(10_000);
    expect([tried.length, new Set(tried).size]).toEqual([4, 4]);
    expect(bed.addresses()).toEqual([ourLinkLocal, ourHome]);
  });

  it('are not made where there is no time to use them (RFC 8981 §3.4)', () => {
    const bed = settled({ how: { temporary: true } });
    bed.advertise(r1, { options: [prefix('2001:db8:1::/64', 3_600, 5)] });
    expect(temporaries(bed)).toEqual([]);
    bed.advertise(r1, { options: [prefix('2001:db8:1::/64', 3_600, 60)] });
    expect(temporaries(bed)).toHaveLength(1);
  });
});

describe('a Redirect', () => {
  const far = '2001:db8:9::9';
  const table: readonly [string, string, Layer, ((bed: HostBed) => string)?][] = [
    ['to a better router', 'delivered', redirect(r2, far)],
    ['to the destination itself', 'delivered', redirect(far, far)],
    ['from a router that is not the first hop', 'notFirstHop', redirect('fe80::3', far), () => r2],
    ['from an address that is not link-local', 'badDiscovery', redirect(r2, far), () => '2001:db8:1::1'],
    ['to a router that is not link-local', 'badDiscovery', redirect('2001:db8:1::2', far)],
    ['about a group', 'badDiscovery', redirect(r2, 'ff0e::1')],
    ['about a neighbor', 'notFirstHop', redirect(r2, '2001:db8:1::7')],
    ['about ourselves', 'notFirstHop', redirect(r2, ourHome)],
    ['about an address of one link', 'notFirstHop', redirect(r2, 'fe80::9')],
    ['to ourselves', 'addressConflict', redirect(ourLinkLocal, far)],
    ['to a group of the link layer', 'badDiscovery', redirect(r2, far, Uint8Array.of(2, 1, 3, 0, 0, 0, 0, 1))],
    [
      'where none is believed',
      'redirectIgnored',
      redirect(r2, far),
      ({ node }) => {
        node.autoconfigurations.enable(link, { identifiers: 'eui64', redirects: false });
        return r1;
      },
    ],
    [
      'where we are a router',
      'redirectIgnored',
      redirect(r2, far),
      ({ node }) => {
        node.autoconfigurations.disable(link);
        return r1;
      },
    ],
  ];

  it.each(table)('%s is %s (RFC 4861 §8.1)', (_, outcome, layer, prepare) => {
    const bed = atHome();
    const from = prepare?.(bed) ?? r1;
    expect(bed.give(from, ourHome, layer)).toBe(outcome);
    expect(bed.node.redirects.size).toBe(outcome === 'delivered' ? 1 : 0);
  });

  it('from another link is foreign', () => {
    expect(atHome().give(r1, ourHome, redirect(r2, far), 254)).toBe('foreignDiscovery');
  });

  it('sends packets another way, and tells who is there (RFC 4861 §8.3)', () => {
    const bed = atHome();
    bed.give(r1, ourHome, redirect(r2, far, linkLayerOption('target', linkLayers[r2] as string)));
    expect(bed.routes()).toContain(`${far}/128 via ${r2}`);
    expect(neighborOf(bed, r2)).toBe(`stale ${linkLayers[r2]} router`);
    const there = '2001:db8:9::a';
    bed.give(r1, ourHome, redirect(there, there, linkLayerOption('target', '02:00:00:00:00:0a')));
    expect([bed.routes().includes(`${there}/128`), neighborOf(bed, there)]).toEqual([true, 'stale 02:00:00:00:00:0a']);
    // From now on the other one is the first hop, and may send us on.
    expect(bed.give(r1, ourHome, redirect('fe80::3', far))).toBe('notFirstHop');
    expect(bed.give(r2, ourHome, redirect('fe80::3', far))).toBe('delivered');
    bed.wait(600_000);
    expect(bed.node.redirects.size).toBe(0);
  });
});

describe('a node that is a router on one link and a host on another', () => {
  it('advertises here and believes there', () => {
    const bed = settled({ pipeline: 'router' });
    const { node } = bed;
    const linkLayerAddress = linkLayerOf('02:00:00:00:00:33');
    const { index } = node.interfaces.add({
      name: 'f',
      kind: 'memory',
      mtu: 1_500,
      pointToPoint: false,
      linkLayerAddress,
    });
    for (const each of ['fe80::33/64', '2001:db8:f::1/64']) addAddress(node, index, each);
    node.advertisements.advertise(index);
    bed.advertise(r1, { options: [home] });
    bed.wait(3_000);
    expect(bed.said().some((said) => said.startsWith('IP6 fe80::33 > ff02::1: ICMP6 router advertisement'))).toBe(true);
    expect(bed.addresses()).toEqual([ourLinkLocal, ourHome]);
    expect(bed.routes()).toContain('::/0 via fe80::1');
    bed.stop();
    expect(bed.pool.outstanding).toBe(0);
  });
});
