/** RFC 6724 §6, and its examples in §10.2 to §10.5. Those of mobile nodes (rule 4) are left out: we are none. */
import { describe, expect, it } from 'vitest';
import { AddressFlag, type InterfaceAddress } from '../../src/state/address-entry.ts';
import { type DestinationWay, orderDestinations, wayTo } from '../../src/state/destination-order.ts';
import { type AddressPolicy, defaultPolicies, PolicyTable } from '../../src/state/policy-table.ts';
import { selectSource } from '../../src/state/source-address.ts';
import { addressOf, linkLayerOf } from '../../src/testing/index.ts';
import { formatAddress, type IpPrefix, parseInterfaceAddress, parsePrefix } from '../../src/wire/address.ts';
import { a, addAddress, advance, prefixFrom, testbed } from '../support/testbed.ts';

const { deprecated, optimistic, tentative } = AddressFlag;

/** `address`, `address deprecated`; its prefix is of 64 or 24 bits, or as written. */
const entry = (text: string): InterfaceAddress => {
  const [written = '', word] = text.split(' ');
  const parsed = parseInterfaceAddress(
    written.includes('/') ? written : `${written}/${written.includes(':') ? 64 : 24}`,
  );
  if (parsed === undefined) throw new Error(`${text} is not an address`);
  const flags = word === 'deprecated' ? deprecated : word === 'optimistic' ? tentative | optimistic : 0;
  const forEver = { preferredUntil: Number.POSITIVE_INFINITY, validUntil: Number.POSITIVE_INFINITY };
  return { interfaceIndex: 2, ...parsed, flags, ...forEver };
};

const policy = (text: string): AddressPolicy => {
  const [prefix = '', precedence, label] = text.split(' ');
  return { prefix: parsePrefix(prefix) as IpPrefix, precedence: Number(precedence), label: Number(label) };
};

interface Example {
  readonly policies?: readonly string[];
  readonly ways?: Readonly<Record<string, Partial<DestinationWay>>>;
}

/** Destinations in their order, each with its source: `destination<source`. */
const ordered = (sources: readonly string[], destinations: readonly string[], example: Example = {}): string[] => {
  const policies = new PolicyTable([...defaultPolicies, ...(example.policies ?? []).map(policy)]);
  const entries = sources.map(entry);
  const rules = { policies, temporary: true, isAdvertisedBy: () => false };
  const way = (destination: ReturnType<typeof addressOf>): DestinationWay => ({
    source: selectSource(entries, { destination, interfaceIndex: 2 }, rules),
    isUnreachable: false,
    ...example.ways?.[formatAddress(destination)],
  });
  return orderDestinations(destinations.map(addressOf), way, policies).map((destination) => {
    const { source } = way(destination);
    return `${formatAddress(destination)}<${source === undefined ? '' : formatAddress(source.address)}`;
  });
};

type Row = readonly [
  name: string,
  sources: readonly string[],
  destinations: readonly [string, string],
  expected: readonly [string, string],
];

const inBothOrders = (sources: readonly string[], [one, other]: readonly [string, string], example: Example = {}) => [
  ordered(sources, [one, other], example),
  ordered(sources, [other, one], example),
];

describe('the examples of RFC 6724 §10.2', () => {
  it.each<Row>([
    [
      'prefer matching scope: IPv6',
      ['2001:db8:1::2', 'fe80::1', '169.254.13.78'],
      ['2001:db8:1::1', '198.51.100.121'],
      ['2001:db8:1::1<2001:db8:1::2', '198.51.100.121<169.254.13.78'],
    ],
    [
      'prefer matching scope: IPv4',
      ['fe80::1', '198.51.100.117'],
      ['2001:db8:1::1', '198.51.100.121'],
      ['198.51.100.121<198.51.100.117', '2001:db8:1::1<fe80::1'],
    ],
    [
      'prefer higher precedence',
      ['2001:db8:1::2', 'fe80::1', '10.1.2.4'],
      ['2001:db8:1::1', '10.1.2.3'],
      ['2001:db8:1::1<2001:db8:1::2', '10.1.2.3<10.1.2.4'],
    ],
    [
      'prefer smaller scope',
      ['2001:db8:1::2', 'fe80::2'],
      ['2001:db8:1::1', 'fe80::1'],
      ['fe80::1<fe80::2', '2001:db8:1::1<2001:db8:1::2'],
    ],
    [
      'avoid deprecated addresses',
      ['2001:db8:1::2', 'fe80::2 deprecated'],
      ['2001:db8:1::1', 'fe80::1'],
      ['2001:db8:1::1<2001:db8:1::2', 'fe80::1<fe80::2'],
    ],
    [
      'longest matching prefix',
      ['2001:db8:1::2', '2001:db8:3f44::2', 'fe80::2'],
      ['2001:db8:1::1', '2001:db8:3ffe::1'],
      ['2001:db8:1::1<2001:db8:1::2', '2001:db8:3ffe::1<2001:db8:3f44::2'],
    ],
    [
      'prefer matching label',
      ['2002:c633:6401::2', 'fe80::2'],
      ['2002:c633:6401::1', '2001:db8:1::1'],
      ['2002:c633:6401::1<2002:c633:6401::2', '2001:db8:1::1<2002:c633:6401::2'],
    ],
    [
      'prefer higher precedence, to 6to4',
      ['2002:c633:6401::2', '2001:db8:1::2', 'fe80::2'],
      ['2002:c633:6401::1', '2001:db8:1::1'],
      ['2001:db8:1::1<2001:db8:1::2', '2002:c633:6401::1<2002:c633:6401::2'],
    ],
  ])('%s', (_name, sources, destinations, expected) => {
    expect(inBothOrders(sources, destinations)).toEqual([expected, expected]);
  });
});

describe('the examples of RFC 6724 §10.3: IPv4 first', () => {
  it.each<Row>([
    [
      'prefer matching scope: IPv6',
      ['2001:db8::2', 'fe80::1', '169.254.13.78'],
      ['2001:db8::1', '198.51.100.121'],
      ['2001:db8::1<2001:db8::2', '198.51.100.121<169.254.13.78'],
    ],
    [
      'prefer matching scope: IPv4',
      ['fe80::1', '198.51.100.117'],
      ['2001:db8::1', '198.51.100.121'],
      ['198.51.100.121<198.51.100.117', '2001:db8::1<fe80::1'],
    ],
    [
      'prefer higher precedence',
      ['2001:db8::2', 'fe80::1', '10.1.2.4'],
      ['2001:db8::1', '10.1.2.3'],
      ['10.1.2.3<10.1.2.4', '2001:db8::1<2001:db8::2'],
    ],
  ])('%s', (_name, sources, destinations, expected) => {
    const policies = ['::ffff:0:0/96 100 4'];
    expect(inBothOrders(sources, destinations, { policies })).toEqual([expected, expected]);
  });
});

describe('the examples of RFC 6724 §10.4: global before link-local destinations', () => {
  it.each<Row>([
    [
      'prefer higher precedence',
      ['2001:db8::2', 'fe80::2'],
      ['2001:db8::1', 'fe80::1'],
      ['2001:db8::1<2001:db8::2', 'fe80::1<fe80::2'],
    ],
    [
      'avoid deprecated addresses',
      ['2001:db8::2 deprecated', 'fe80::2'],
      ['2001:db8::1', 'fe80::1'],
      ['fe80::1<fe80::2', '2001:db8::1<2001:db8::2'],
    ],
  ])('%s', (_name, sources, destinations, expected) => {
    const policies = ['fe80::/10 33 1'];
    expect(inBothOrders(sources, destinations, { policies })).toEqual([expected, expected]);
  });
});

describe('a site with two providers (RFC 6724 §10.5)', () => {
  const sources = ['2001:db8:1aaa::a', '2001:db8:70aa::a', 'fe80::a'];
  const destinations = ['2001:db8:1bbb::b', '2001:db8:70bb::b'] as const;

  it('takes the longest matching prefix', () => {
    const expected = ['2001:db8:70bb::b<2001:db8:70aa::a', '2001:db8:1bbb::b<2001:db8:1aaa::a'];
    expect(inBothOrders(sources, destinations)).toEqual([expected, expected]);
  });

  it('takes the other for the sites that it is told of, and for no others', () => {
    const policies = ['2001:db8:1aaa::/48 43 6', '2001:db8:1bbb::/48 43 6'];
    const expected = ['2001:db8:1bbb::b<2001:db8:1aaa::a', '2001:db8:70bb::b<2001:db8:70aa::a'];
    expect(inBothOrders(sources, destinations, { policies })).toEqual([expected, expected]);
    const others = ['2001:db8:6ccc::c<2001:db8:70aa::a', '2001:db8:1ccc::c<2001:db8:70aa::a'];
    const found = inBothOrders(sources, ['2001:db8:1ccc::c', '2001:db8:6ccc::c'], { policies });
    expect(found).toEqual([others, others]);
  });
});

describe('the rules of RFC 6724 §6, each alone', () => {
  it.each<readonly [...Row, Example]>([
    [
      "1: none that can't be reached",
      ['2001:db8::2'],
      ['2001:db8::1', '2001:db8::3'],
      ['2001:db8::3<2001:db8::2', '2001:db8::1<2001:db8::2'],
      { ways: { '2001:db8::1': { isUnreachable: true } } },
    ],
    [
      '1: none without a source',
      ['192.0.2.2'],
      ['2001:db8::1', '192.0.2.1'],
      ['192.0.2.1<192.0.2.2', '2001:db8::1<'],
      {},
    ],
    [
      '1 before 2',
      ['2001:db8::2', 'fe80::2'],
      ['2001:db8::1', 'fec0::1'],
      ['fec0::1<2001:db8::2', '2001:db8::1<2001:db8::2'],
      { ways: { '2001:db8::1': { isUnreachable: true } } },
    ],
    [
      '2 before 3',
      ['2001:db8::2 deprecated', '169.254.0.2'],
      ['2001:db8::1', '192.0.2.1'],
      ['2001:db8::1<2001:db8::2', '192.0.2.1<169.254.0.2'],
      {},
    ],
    [
      '3: optimistic counts as deprecated (RFC 4429 §3.3)',
      ['2001:db8::2 optimistic', 'fe80::2'],
      ['2001:db8::1', 'fe80::1'],
      ['fe80::1<fe80::2', '2001:db8::1<2001:db8::2'],
      { policies: ['fe80::/10 33 1'] },
    ],
    [
      '5 before 6',
      ['fd00::2', '192.0.2.2'],
      ['2001:db8::1', '192.0.2.1'],
      ['192.0.2.1<192.0.2.2', '2001:db8::1<fd00::2'],
      {},
    ],
    [
      '6 before 7',
      ['2001:db8::2', '192.0.2.2'],
      ['2001:db8::1', '192.0.2.1'],
      ['2001:db8::1<2001:db8::2', '192.0.2.1<192.0.2.2'],
      { ways: { '2001:db8::1': { isEncapsulated: true } } },
    ],
    [
      '7: native transport, before 9',
      ['2001:db8::2'],
      ['2001:db8::1', '2001:db9::1'],
      ['2001:db9::1<2001:db8::2', '2001:db8::1<2001:db8::2'],
      { ways: { '2001:db8::1': { isEncapsulated: true } } },
    ],
    [
      '8 before 9',
      ['fec0::2', '2001:db8::2'],
      ['fec0:1::1', '2001:db8::1'],
      ['fec0:1::1<fec0::2', '2001:db8::1<2001:db8::2'],
      { policies: ['fec0::/10 40 11'] },
    ],
    [
      '9: no further than the prefix of the source, so they stay as they were',
      ['2001:db8::2'],
      ['2001:db8::3', '2001:db8::8000:0:0:1'],
      ['2001:db8::3<2001:db8::2', '2001:db8::8000:0:0:1<2001:db8::2'],
      {},
    ],
  ])('%s', (name, sources, [one, other], expected, example) => {
    const found = inBothOrders(sources, [one, other], example);
    expect(found).toEqual([expected, name.startsWith('9') ? [...expected].reverse() : expected]);
  });

  it('9 says nothing of two families: they stay as they were', () => {
    const example = { policies: ['::ffff:0:0/96 40 4'] };
    const found = inBothOrders(['2001:db8::2', '192.0.2.2'], ['2001:db9::1', '192.0.2.1'], example);
    expect(found.map(([first]) => first?.split('<')[0])).toEqual(['2001:db9::1', '192.0.2.1']);
  });
});

describe('the way to a destination', () => {
  const way = (destination: string, zone?: number): string => {
    const { node } = testbed();
    const { source, isUnreachable } = wayTo(node, zone)(addressOf(destination));
    return `${source === undefined ? 'nobody' : formatAddress(source.address)}${isUnreachable ? ', unreachable' : ''}`;
  };

  it.each([
    ['a neighbor', 'fd00:a::9', undefined, 'fd00:a::1'],
    ['beyond a router', '2001:db8::9', undefined, 'fd00:b::1'],
    ['ourselves', 'fd00:a::1', undefined, 'fd00:a::1'],
    ['IPv4', '192.0.2.9', undefined, '10.0.2.1'],
    ['no route', '2001:db9::1', undefined, 'nobody, unreachable'],
    ['a route that refuses', '2001:db8:dead::1', undefined, 'nobody, unreachable'],
    ['a route that swallows', '203.0.113.1', undefined, 'nobody, unreachable'],
    ['link-local, on no link', 'fe80::9', undefined, 'nobody, unreachable'],
    ['link-local, on a link', 'fe80::9', 3, 'fe80::b1'],
  ])('%s', (_name, destination, zone, expected) => {
    expect(way(destination, zone)).toBe(expected);
  });

  it('begins at an address whose prefix the next hop advertises (RFC 6724 §5 rule 5.5)', () => {
    const { node } = testbed();
    const routers = ['fe80::1', 'fe80::2'].map(addressOf);
    const [one, other] = ['2001:db8:1::/64', '2001:db8:2::/64'].map(prefixFrom);
    for (const [i, prefix] of [one!, other!].entries()) {
      const lifetimes = { validLifetime: 600, preferredLifetime: 600 };
      node.prefixes.advertise(a, routers[i]!, { prefix, onLink: true, autonomous: true, ...lifetimes });
    }
    for (const each of ['2001:db8:1::9/64', '2001:db8:2::9/64']) addAddress(node, a, each);
    const sources = routers.map((via) => {
      node.routes.replace({ to: prefixFrom('3fff::/20'), interfaceIndex: a, via });
      return formatAddress(wayTo(node)(addressOf('3fff::1')).source!.address);
    });
    expect(sources).toEqual(['2001:db8:1::9', '2001:db8:2::9']);
  });

  it('ends where the interface is down', () => {
    const { node } = testbed();
    node.interfaces.takeDown(3);
    expect(wayTo(node)(addressOf('2001:db8::9'))).toEqual({ source: undefined, isUnreachable: true });
  });

  it('ends at a neighbor that does not answer; the order knows', () => {
    const { node, clock } = testbed();
    const link = node.interfaces.add({
      name: 'e',
      kind: 'memory',
      mtu: 1_500,
      pointToPoint: false,
      linkLayerAddress: linkLayerOf('02:00:00:00:00:22'),
    }).index;
    addAddress(node, link, 'fd00:e::1/64');
    const [one, other] = [addressOf('fd00:e::9'), addressOf('fd00:e::a')];
    node.neighbors.attach({ emit: (packet) => packet.release(), solicit: () => {} });
    node.neighbors.hearInformation(link, one, linkLayerOf('02:00:00:00:00:99'));
    node.neighbors.use(node.neighbors.table.findAddress(link, one));
    const order = () => orderDestinations([one, other], wayTo(node), node.policies).map(formatAddress);
    const before = order();
    for (let waited = 0; waited < 20_000 && node.neighbors.get(link, one)?.state !== 'unreachable'; waited += 1_000) {
      advance(clock, 1_000);
    }
    expect([before, order()]).toEqual([
      ['fd00:e::9', 'fd00:e::a'],
      ['fd00:e::a', 'fd00:e::9'],
    ]);
  });
});
