import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressFlag } from '../../src/state/addresses.ts';
import { createNode, type Node } from '../../src/state/node.ts';
import { RouteFlag } from '../../src/state/routes.ts';
import { addressOf, seededRandom } from '../../src/testing/index.ts';
import { formatAddress, formatPrefix } from '../../src/wire/address.ts';
import { addAddress, prefixFrom } from '../support/testbed.ts';

const { loopback, connected, broadcast, host, anycast, unready, gateway } = RouteFlag;

/** A node with the interfaces 2 and 3, and a set of its memberships that is kept true. */
const bare = (): { node: Node; groups: Set<string> } => {
  const node = createNode({ random: seededRandom(1), interfaceLimit: 4 });
  const groups = new Set<string>();
  node.memberships.changes$.subscribe(({ type, value }) => {
    const name = `${value.interfaceIndex} ${formatAddress(value.group)}`;
    if (type === 'removed') groups.delete(name);
    else groups.add(name);
  });
  for (const name of ['a', 'b']) node.interfaces.add({ name, kind: 'memory', mtu: 1_500, pointToPoint: false });
  return { node, groups };
};

const flagNames = Object.entries(RouteFlag);
const named = (flags: number): string =>
  flagNames.flatMap(([name, bit]) => ((flags & bit) !== 0 && bit !== host ? [name] : [])).join('+');

/** Every route, as `prefix interface flags`. */
const routesOf = (node: Node): string[] =>
  [...node.routes.walk()]
    .map(({ to, interfaceIndex, flags }) => `${formatPrefix(to)} ${interfaceIndex} ${named(flags)}`)
    .sort();

const remove = (node: Node, interfaceIndex: number, address: string): boolean =>
  node.addresses.remove(interfaceIndex, addressOf(address));

describe('an address brings', () => {
  it.each([
    [
      'a host route, its prefix and its group',
      'fd00:a::1/64',
      ['fd00:a::/64 2 connected', 'fd00:a::1/128 1 loopback'],
      ['2 ff02::1:ff00:1'],
    ],
    ['no prefix when it stands alone', 'fd00:a::1/128', ['fd00:a::1/128 1 loopback'], ['2 ff02::1:ff00:1']],
    ['its group only, when it is link-local', 'fe80::1/64', [], ['2 ff02::1:ff00:1']],
    [
      'its prefix and the broadcast addresses',
      '10.0.1.1/24',
      ['10.0.1.0/24 2 connected', '10.0.1.0/32 2 broadcast', '10.0.1.1/32 1 loopback', '10.0.1.255/32 2 broadcast'],
      [],
    ],
    [
      'no broadcast address on a /31 (RFC 3021)',
      '10.0.1.1/31',
      ['10.0.1.0/31 2 connected', '10.0.1.1/32 1 loopback'],
      [],
    ],
    ['no prefix on a /32', '10.0.1.1/32', ['10.0.1.1/32 1 loopback'], []],
  ])('%s', (_name, text, routes, joined) => {
    const { node, groups } = bare();
    const before = new Set(groups);
    addAddress(node, 2, text);
    expect(routesOf(node)).toEqual(routes);
    expect([...groups].filter((group) => !before.has(group))).toEqual(joined);
    remove(node, 2, text.split('/')[0]!);
    expect([routesOf(node), groups]).toEqual([[], before]);
  });

  it.each([
    ['anycast', AddressFlag.anycast, ['fd00:a::/64 2 connected', 'fd00:a::1/128 1 loopback+anycast']],
    ['tentative', AddressFlag.tentative, ['fd00:a::/64 2 connected', 'fd00:a::1/128 1 loopback+unready']],
    // RFC 4862 §5.4.5: it is another node's
    ['duplicated', AddressFlag.duplicated, ['fd00:a::/64 2 connected']],
    // INET'99 §3.4: the prefix is not on the link at the moment
    ['detached', AddressFlag.detached, ['fd00:a::1/128 1 loopback']],
    ['deprecated', AddressFlag.deprecated, ['fd00:a::/64 2 connected', 'fd00:a::1/128 1 loopback']],
  ])('what its flags say: %s, from the start or marked later', (_name, flags, routes) => {
    for (const later of [false, true]) {
      const { node } = bare();
      addAddress(node, 2, 'fd00:a::1/64', later ? 0 : flags);
      if (later) node.addresses.mark(2, addressOf('fd00:a::1'), flags);
      expect(routesOf(node)).toEqual(routes);
      node.addresses.mark(2, addressOf('fd00:a::1'), 0, flags);
      expect(routesOf(node)).toEqual(['fd00:a::/64 2 connected', 'fd00:a::1/128 1 loopback']);
    }
  });

  it('no change to routes that stay as they are', () => {
    const { node } = bare();
    addAddress(node, 2, 'fd00:a::1/64', AddressFlag.tentative);
    const seen: string[] = [];
    node.routes.changes$.subscribe(({ type, value }) => seen.push(`${type} ${formatPrefix(value.to)}`));
    node.addresses.mark(2, addressOf('fd00:a::1'), AddressFlag.deprecated, AddressFlag.tentative);
    expect(seen).toEqual(['updated fd00:a::1/128']);
  });
});

describe('what addresses share stays until the last of them goes', () => {
  it('a prefix', () => {
    const { node } = bare();
    for (const text of ['10.0.1.1/24', '10.0.1.2/24']) addAddress(node, 2, text);
    remove(node, 2, '10.0.1.1');
    expect(routesOf(node)).toEqual([
      '10.0.1.0/24 2 connected',
      '10.0.1.0/32 2 broadcast',
      '10.0.1.2/32 1 loopback',
      '10.0.1.255/32 2 broadcast',
    ]);
  });

  it('a prefix on two interfaces', () => {
    const { node } = bare();
    addAddress(node, 2, '10.0.1.1/24');
    addAddress(node, 3, '10.0.1.2/24');
    expect(routesOf(node).filter((route) => route.includes('connected'))).toEqual([
      '10.0.1.0/24 2 connected',
      '10.0.1.0/24 3 connected',
    ]);
    remove(node, 2, '10.0.1.1');
    expect(routesOf(node)).toEqual([
      '10.0.1.0/24 3 connected',
      '10.0.1.0/32 3 broadcast',
      '10.0.1.2/32 1 loopback',
      '10.0.1.255/32 3 broadcast',
    ]);
    addAddress(node, 2, '10.0.1.1/24');
    remove(node, 2, '10.0.1.1');
    expect(routesOf(node)).toEqual([
      '10.0.1.0/24 3 connected',
      '10.0.1.0/32 3 broadcast',
      '10.0.1.2/32 1 loopback',
      '10.0.1.255/32 3 broadcast',
    ]);
  });

  it('an address that two interfaces have; it receives while one of them is ready', () => {
    const { node } = bare();
    addAddress(node, 2, 'fd00:a::1/64', AddressFlag.tentative);
    addAddress(node, 3, 'fd00:a::1/64');
    const hostRoute = (): string[] => routesOf(node).filter((route) => route.includes('/128'));
    expect(hostRoute()).toEqual(['fd00:a::1/128 1 loopback']);
    remove(node, 3, 'fd00:a::1');
    expect(hostRoute()).toEqual(['fd00:a::1/128 1 loopback+unready']);
    remove(node, 2, 'fd00:a::1');
    expect(routesOf(node)).toEqual([]);
  });

  it('a solicited-node group', () => {
    const { node, groups } = bare();
    for (const text of ['fd00:a::1/64', 'fe80::1/64']) addAddress(node, 2, text);
    remove(node, 2, 'fd00:a::1');
    expect(groups.has('2 ff02::1:ff00:1')).toBe(true);
    remove(node, 2, 'fe80::1');
    expect(groups.has('2 ff02::1:ff00:1')).toBe(false);
  });
});

describe('an address and', () => {
  it('the broadcast address of a prefix are the same: it is ours first', () => {
    const { node } = bare();
    addAddress(node, 2, '10.0.1.1/24');
    addAddress(node, 3, '10.0.1.255/32');
    expect(routesOf(node)).toContain('10.0.1.255/32 1 loopback');
    remove(node, 3, '10.0.1.255');
    expect(routesOf(node)).toContain('10.0.1.255/32 2 broadcast');
  });

  it('a static route to it: it is ours', () => {
    const { node } = bare();
    node.routes.add({ to: prefixFrom('fd00:a::1/128'), interfaceIndex: 3, via: addressOf('fd00:b::2') });
    addAddress(node, 2, 'fd00:a::1/64');
    expect(node.routes.lookup(addressOf('fd00:a::1'))?.flags).toBe(loopback | host);
  });

  it('a static route like its connected one: it takes its place', () => {
    const { node } = bare();
    node.routes.add({ to: prefixFrom('fd00:a::/64'), interfaceIndex: 2 });
    addAddress(node, 2, 'fd00:a::1/64');
    expect(routesOf(node)).toEqual(['fd00:a::/64 2 connected', 'fd00:a::1/128 1 loopback']);
  });

  it('a static route to its prefix through a gateway: that stays', () => {
    const { node } = bare();
    node.routes.add({ to: prefixFrom('fd00:a::/64'), interfaceIndex: 2, via: addressOf('fe80::9'), metric: 5 });
    addAddress(node, 2, 'fd00:a::1/64');
    remove(node, 2, 'fd00:a::1');
    expect(routesOf(node)).toEqual(['fd00:a::/64 2 gateway']);
    expect([connected, broadcast, anycast, unready, gateway].every((bit) => bit > 0)).toBe(true);
  });
});

describe('whatever addresses come, change and go', () => {
  const texts = [
    'fd00:a::1/64',
    'fd00:a::2/64',
    'fd00:a::1/128',
    'fe80::1/64',
    '10.0.1.1/24',
    '10.0.1.2/24',
    '10.0.1.255/32',
    '10.0.1.1/31',
  ];
  const act = fc.record({
    verb: fc.constantFrom('add', 'remove', 'mark'),
    index: fc.constantFrom(2, 3),
    text: fc.constantFrom(...texts),
    flags: fc.constantFrom(0, ...Object.values(AddressFlag)),
  });

  it('routes and groups are those of the addresses that are there, and nothing is left behind', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
        const { node, groups } = bare();
        const empty = new Set(groups);
        for (const { verb, index, text, flags } of acts) {
          const address = addressOf(text.split('/')[0]!);
          if (verb === 'remove') node.addresses.remove(index, address);
          else if (verb === 'mark') node.addresses.mark(index, address, flags, 0xff & ~flags);
          else if (node.addresses.find(index, address) === undefined) addAddress(node, index, text, flags);
        }
        const afresh = bare();
        for (const { interfaceIndex, address, prefix, flags } of node.addresses.list()) {
          afresh.node.addresses.add({ interfaceIndex, address, prefixLength: prefix.length, flags });
        }
        expect([routesOf(node), groups]).toEqual([routesOf(afresh.node), afresh.groups]);
        for (const { interfaceIndex, address } of node.addresses.list()) node.addresses.remove(interfaceIndex, address);
        expect([routesOf(node), groups, node.routes.size]).toEqual([[], empty, 0]);
      }),
      { numRuns: 500 },
    );
  });
});
