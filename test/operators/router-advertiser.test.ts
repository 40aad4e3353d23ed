import { NEVER, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type HeardRouter, RouterAdvertiser } from '../../src/operators/router-advertiser.ts';
import { RouterMessages } from '../../src/operators/router-messages.ts';
import { Drop, dropNames, type Packet, Status } from '../../src/packet/index.ts';
import { AddressFlag } from '../../src/state/addresses.ts';
import { addressOf, bytesIn, bytesOf, type Ipv6Fields, icmp6, ipv6 } from '../../src/testing/index.ts';
import { formatAddress, readAddress6 } from '../../src/wire/address.ts';
import { infinity } from '../../src/wire/ndp-options.ts';
import { optionSize, type RouterAdvertisement, read, write } from '../../src/wire/router-advertisement.ts';
import { line } from '../support/router.ts';
import { a, addAddress, advance, p, prefixFrom, received, type Testbed, testbed } from '../support/testbed.ts';

interface Said {
  readonly at: number;
  readonly to: string;
  readonly out: number;
  readonly routerLifetime: number;
  readonly bytes: Uint8Array;
}

interface Advertised extends Testbed {
  readonly said: Said[];
  readonly heard: HeardRouter[];
  readonly messages: RouterMessages;
  readonly advertiser: RouterAdvertiser;
}

const advertised = (): Advertised => {
  const bed = testbed();
  const outbox = new Subject<Packet>();
  const said: Said[] = [];
  outbox.subscribe((packet) => {
    const { view, start, upper, end, outInterface } = packet;
    said.push({
      at: bed.clock.frame,
      to: formatAddress(readAddress6(view, start + 24)),
      out: outInterface,
      routerLifetime: read(view, upper, end)?.routerLifetime ?? -1,
      bytes: bytesIn(packet),
    });
    packet.release();
  });
  const messages = new RouterMessages(bed.node);
  const advertiser = new RouterAdvertiser(bed.node, outbox, messages);
  const heard: HeardRouter[] = [];
  advertiser.heard$.subscribe((router) => heard.push(router));
  return { ...bed, said, heard, messages, advertiser };
};

const solicitation = (fields: Partial<Ipv6Fields> = {}, options: readonly number[] = []): Uint8Array =>
  bytesOf(
    ipv6({ source: 'fe80::2', destination: 'ff02::2', hopLimit: 255, ...fields }),
    icmp6({ type: 133 }),
    Uint8Array.from(options),
  );

const give = ({ node }: Testbed, bytes: Uint8Array): Packet => {
  const packet = received(bytes);
  packet.upper = packet.start + 40;
  node.ports.receiver(58, bytes[40] as number)?.(packet);
  return packet;
};

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(.{32})/g, '$1\n');

describe('RouterAdvertiser', () => {
  it('says three within 32.5 s, then one each 200 to 600 s, all day long', () => {
    const { node, clock, said } = advertised();
    node.advertisements.advertise(a);
    advance(clock, 86_400_000);
    const gaps = said.slice(1).map(({ at }, i) => at - (said[i]?.at as number));
    expect(said[0]?.at).toBeLessThanOrEqual(500);
    expect(gaps.slice(0, 2)).toEqual([16_000, 16_000]);
    for (const gap of gaps.slice(2)) expect(gap).toBeGreaterThanOrEqual(200_000);
    for (const gap of gaps.slice(2)) expect(gap).toBeLessThanOrEqual(600_000);
    expect(new Set(gaps.slice(2)).size).toBeGreaterThan(100); // jitter
    expect(said.every(({ to, out }) => to === 'ff02::1' && out === a)).toBe(true);
    node.advertisements.cease(a);
    advance(clock, 10_000);
    expect(clock.actions.filter(({ closed }) => !closed)).toEqual([]);
  });

  it('byte by byte', () => {
    const { node, clock, said } = advertised();
    node.interfaces.add({
      name: 'e',
      kind: 'tap',
      mtu: 1_500,
      pointToPoint: false,
      linkLayerAddress: { high: 0x0200, low: 0x22 },
    });
    addAddress(node, 5, 'fe80::22/64');
    node.advertisements.advertise(5, {
      managed: true,
      preference: 1,
      routerLifetime: 1_800,
      mtu: 'interface',
      reachableTime: 30_000,
      retransTimer: 1_000,
      prefixes: [
        {
          prefix: prefixFrom('2001:db8:1::/64'),
          onLink: true,
          autonomous: true,
          validLifetime: infinity,
          preferredLifetime: 3_600,
          decrementing: false,
        },
      ],
      routes: [{ prefix: prefixFrom('2001:db8:f::/48'), preference: -1, lifetime: 600 }],
      dnsServers: [{ servers: [addressOf('2001:db8:1::53')], lifetime: 1_200 }],
      searchLists: [{ domains: ['example.org'], lifetime: 1_200 }],
      pref64: [{ prefix: prefixFrom('64:ff9b::/96'), lifetime: 600 }],
    });
    advance(clock, 1_000);
    const checksum = hex(said[0]?.bytes.slice(42, 44) as Uint8Array);
    expect(hex(said[0]?.bytes as Uint8Array)).toBe(
      [
        '6000000000903afffe80000000000000',
        '0000000000000022ff02000000000000',
        `00000000000000018600${checksum}40880708`,
        '00007530000003e80101020000000022',
        '05010000000005dc030440c0ffffffff',
        '00000e100000000020010db800010000',
        '00000000000000001802301800000258',
        '20010db8000f000019030000000004b0',
        '20010db8000100000000000000000053',
        '1f030000000004b0076578616d706c65',
        '036f726700000000260202580064ff9b',
        '0000000000000000',
      ].join('\n'),
    );
  });

  it('answers a solicitor alone within 0.5 s; nobody gets an answer to all', () => {
    const bed = advertised();
    bed.node.advertisements.advertise(a);
    advance(bed.clock, 100_000);
    bed.said.length = 0;
    give(bed, solicitation());
    advance(bed.clock, 500);
    expect(bed.said.map(({ to }) => to)).toEqual(['fe80::2']);
    give(bed, solicitation({ source: '::' }));
    give(bed, solicitation({ source: '::' }));
    advance(bed.clock, 500);
    expect(bed.said.map(({ to }) => to)).toEqual(['fe80::2', 'ff02::1']);
    for (let i = 0; i < 100; i += 1) {
      give(bed, solicitation({ source: '::' }));
      advance(bed.clock, 100);
    }
    expect(bed.said.filter(({ to }) => to === 'ff02::1').length).toBeLessThanOrEqual(5); // 1 + 10 s / 3 s
  });

  it('answers all where it is told not to answer alone', () => {
    const bed = advertised();
    bed.node.advertisements.advertise(a, { answerUnicast: false });
    advance(bed.clock, 100_000);
    bed.said.length = 0;
    give(bed, solicitation());
    advance(bed.clock, 500);
    expect(bed.said.map(({ to }) => to)).toEqual(['ff02::1']);
  });

  it.each([
    ['a hop limit below 255', solicitation({ hopLimit: 254 }), 'foreignDiscovery'],
    [
      'a code',
      bytesOf(ipv6({ source: 'fe80::2', destination: 'ff02::2', hopLimit: 255 }), icmp6({ type: 133, code: 1 })),
      'badDiscovery',
    ],
    ['an option of length 0', solicitation({}, [1, 0, 0, 0, 0, 0, 0, 0]), 'badDiscovery'],
    ['an option that runs past the end', solicitation({}, [1, 2, 0, 0, 0, 0, 0, 0]), 'badDiscovery'],
    ['a link-layer address of nobody', solicitation({ source: '::' }, [1, 1, 2, 0, 0, 0, 0, 1]), 'badDiscovery'],
    ['a source that is no neighbor', solicitation({ source: '2001:db8::1' }), 'notNeighbor'],
    ['an unknown option', solicitation({}, [77, 1, 0, 0, 0, 0, 0, 0]), 'none'],
    ['nobody as source', solicitation({ source: '::' }), 'none'],
    ['a neighbor by one of our prefixes', solicitation({ source: 'fd00:a::2' }), 'none'],
  ])('of a solicitation with %s makes %3$s (RFC 4861 §6.1.1)', (_what, bytes, drop) => {
    const bed = advertised();
    bed.node.advertisements.advertise(a);
    advance(bed.clock, 100_000);
    bed.said.length = 0;
    const packet = give(bed, bytes);
    advance(bed.clock, 1_000);
    expect(dropNames[packet.drop]).toBe(drop);
    expect(packet.drop === Drop.none).toBe(packet.status === Status.inFlight);
    expect(bed.said).toHaveLength(drop === 'none' ? 1 : 0);
  });

  it('does not answer where it does not advertise', () => {
    const bed = advertised();
    give(bed, solicitation());
    advance(bed.clock, 10_000);
    expect(bed.said).toEqual([]);
  });

  it('says good-bye at once, three times in all; comes back', () => {
    const { node, clock, said } = advertised();
    node.advertisements.advertise(a);
    advance(clock, 100_000);
    said.length = 0;
    node.advertisements.cease(a);
    expect(said.map(({ at, routerLifetime }) => [at, routerLifetime])).toEqual([[100_000, 0]]);
    advance(clock, 60_000);
    expect(said.map(({ at, routerLifetime }) => [at, routerLifetime])).toEqual([
      [100_000, 0],
      [103_000, 0],
      [106_000, 0],
    ]);
    node.advertisements.advertise(a);
    advance(clock, 500);
    expect(said.at(-1)?.routerLifetime).toBe(1_800);
  });

  it('says good-bye though it has answered one host only', () => {
    const bed = advertised();
    bed.node.advertisements.advertise(a, { ownPrefixes: undefined });
    give(bed, solicitation());
    while (bed.said.length === 0) advance(bed.clock, 1);
    const [first] = bed.said;
    bed.node.advertisements.cease(a);
    expect(bed.said.map(({ to, routerLifetime }) => [to, routerLifetime])).toEqual([
      [first?.to, 1_800],
      ['ff02::1', 0],
    ]);
  });

  it('tells of a new prefix and of one that went', () => {
    const { node, clock, said } = advertised();
    node.advertisements.advertise(a);
    advance(clock, 100_000);
    said.length = 0;
    addAddress(node, a, '2001:db8:5::1/64');
    advance(clock, 500);
    expect(said.map(({ bytes }) => bytes.length)).toEqual([40 + 16 + 64]);
  });

  it('waits for a link-local address that is no longer tentative, and for the interface', () => {
    const { node, clock, said } = advertised();
    node.advertisements.advertise(p);
    advance(clock, 100_000);
    expect(said).toEqual([]);
    addAddress(node, p, 'fe80::c1/64', AddressFlag.tentative);
    advance(clock, 100_000);
    expect(said).toEqual([]);
    node.addresses.mark(p, addressOf('fe80::c1'), 0, AddressFlag.tentative);
    advance(clock, 500);
    expect(said).toHaveLength(1);
    node.interfaces.takeDown(p);
    advance(clock, 1_000_000);
    expect(said).toHaveLength(1);
    node.interfaces.bringUp(p);
    advance(clock, 500);
    expect(said).toHaveLength(2);
  });

  it('reports other routers, and what they contradict (RFC 4861 §6.2.7)', () => {
    const bed = advertised();
    bed.node.advertisements.advertise(a, { mtu: 1_400, reachableTime: 30_000 });
    const theirs: RouterAdvertisement = {
      ...(bed.node.advertisements.messages(a)[0] as RouterAdvertisement),
      currentHopLimit: 32,
      managed: true,
      reachableTime: 0,
      options: [
        { kind: 'mtu', mtu: 1_500 },
        {
          kind: 'prefix',
          prefix: prefixFrom('fd00:a::/64'),
          onLink: true,
          autonomous: true,
          validLifetime: 7_200,
          preferredLifetime: 604_800,
        },
      ],
    };
    const body = new Uint8Array(16 + theirs.options.reduce((sum, option) => sum + optionSize(option), 0));
    write(new DataView(body.buffer), 0, theirs);
    const bytes = bytesOf(ipv6({ source: 'fe80::bad', destination: 'ff02::1', hopLimit: 255, nextHeader: 58 }), body);
    give(bed, bytes);
    expect(bed.heard.map(({ router }) => formatAddress(router))).toEqual(['fe80::bad']);
    expect(bed.heard[0]?.inconsistencies).toEqual([
      { what: 'currentHopLimit', ours: 64, theirs: 32 },
      { what: 'managed', ours: false, theirs: true },
      { what: 'mtu', ours: 1_400, theirs: 1_500 },
      { what: 'validLifetime of fd00:a::/64', ours: 2_592_000, theirs: 7_200 },
    ]);
  });

  it('leaves nothing behind', () => {
    const { node, clock, advertiser, messages, pool } = advertised();
    node.advertisements.advertise(a);
    advance(clock, 1_000);
    for (const each of [advertiser, messages, advertiser, messages]) each.close();
    expect(clock.actions.filter(({ closed }) => !closed)).toEqual([]);
    expect(node.ports.receiver(58, 133)).toBeUndefined();
    expect(pool.outstanding).toBe(0);
  });
});

describe('a solicitation says who its sender is (RFC 4861 §6.2.6)', () => {
  const sender = addressOf('fe80::2');
  const own = [1, 1, 2, 0, 0, 0, 0, 9];
  const onEthernet = () => {
    const bed = advertised();
    const linkLayerAddress = { high: 0x0200, low: 0x22 };
    const { index } = bed.node.interfaces.add({
      name: 'e',
      kind: 'tap',
      mtu: 1_500,
      pointToPoint: false,
      linkLayerAddress,
    });
    const hear = (bytes: Uint8Array): string => {
      const packet = received(bytes, { inInterface: index });
      packet.upper = packet.start + 40;
      bed.node.ports.receiver(58, 133)?.(packet);
      return dropNames[packet.drop] as string;
    };
    return { ...bed, hear, neighbor: () => bed.node.neighbors.get(index, sender), index };
  };

  it('a host, with its link-layer address, that we may answer at once', () => {
    const { hear, neighbor } = onEthernet();
    expect(hear(solicitation({}, own))).toBe('none');
    const linkLayerAddress = { high: 0x0200, low: 9 };
    expect(neighbor()).toMatchObject({ state: 'stale', isRouter: false, linkLayerAddress });
  });

  it('no router any more, if it was one', () => {
    const { hear, neighbor, node, index } = onEthernet();
    node.neighbors.hearInformation(index, sender, { high: 0x0200, low: 9 }, true);
    expect(neighbor()?.isRouter).toBe(true);
    hear(solicitation());
    expect(neighbor()?.isRouter).toBe(false);
  });

  it('nobody, where it does not say or must not', () => {
    const { hear, neighbor } = onEthernet();
    expect([hear(solicitation()), neighbor()]).toEqual(['none', undefined]);
    expect([hear(solicitation({}, [1, 1, 3, 0, 0, 0, 0, 9])), neighbor()]).toEqual(['badDiscovery', undefined]);
    expect([hear(solicitation({ source: '2001:db8::2' }, own)), neighbor()]).toEqual(['notNeighbor', undefined]);
  });
});

describe('the default router', () => {
  it('advertises through its lanes, and every message is accounted for', () => {
    const bed = testbed();
    const sent: [number, string][] = [];
    const running = NEVER.pipe(
      line(bed, {
        see: ({ outInterface, view, start }) =>
          sent.push([outInterface, formatAddress(readAddress6(view, start + 24))]),
      }),
    ).subscribe();
    bed.node.advertisements.advertise(a);
    advance(bed.clock, 1_000);
    bed.node.advertisements.ceaseAll();
    expect(sent).toEqual([
      [a, 'ff02::1'],
      [a, 'ff02::1'],
    ]);
    expect(bed.node.counters.balance()).toMatchObject({ originated: 2, sent: 2, held: 0 });
    running.unsubscribe();
    expect(bed.clock.actions.filter(({ closed }) => !closed)).toEqual([]);
    expect(bed.pool.outstanding).toBe(0);
  });
});
