import { describe, expect, it } from 'vitest';
import { classifyStep } from '../../src/operators/classify.ts';
import type { Packet } from '../../src/packet/index.ts';
import { AddressFlag } from '../../src/state/addresses.ts';
import type { Node } from '../../src/state/node.ts';
import { addressOf, bytesOf, ipv4, ipv6 } from '../../src/testing/index.ts';
import { a, addAddress, b, outcomeOf, p, prefixFrom, received, testbed } from '../support/testbed.ts';

const to = (destination: string, inInterface: number = a): Packet =>
  received(
    destination.includes(':')
      ? bytesOf(ipv6({ source: 'fd00:a::2', destination }))
      : bytesOf(ipv4({ source: '10.0.1.2', destination })),
    { inInterface },
  );

const classified = (packet: Packet, node: Node = testbed().node): Packet => {
  classifyStep(node)(packet);
  return packet;
};

describe('ours or forward', () => {
  it.each([
    ['our address on the arrival link', 'fd00:a::1', a, 'local'],
    ['our address on another link', 'fd00:b::1', a, 'local'],
    ['our IPv4 address', '10.0.1.1', a, 'local'],
    ['our IPv4 address on another link', '10.0.2.1', a, 'local'],
    ['a neighbor on another link', 'fd00:b::77', a, 'forward'],
    ['a neighbor on the arrival link', 'fd00:a::77', a, 'forward'],
    ['an IPv4 neighbor', '10.0.2.77', a, 'forward'],
    ['somewhere behind a gateway', '2001:db8:1::1', a, 'forward'],
    ['nowhere', '3fff::1', a, 'noRoute'],
    ['nowhere, IPv4', '8.8.8.8', a, 'noRoute'],
    ['a rejected prefix inside a routed one', '2001:db8:dead::1', a, 'rejectRoute'],
    ['a rejected prefix, IPv4', '198.51.100.1', a, 'rejectRoute'],
    ['a black hole inside a routed prefix', '2001:db8:b1ac::1', a, 'blackhole'],
    ['a black hole, IPv4', '203.0.113.1', a, 'blackhole'],
    // RFC 4291 §2.8, §2.7.1, RFC 1112 §7.2
    ['all nodes', 'ff02::1', a, 'local'],
    ['all routers', 'ff02::2', a, 'local'],
    ['all routers of the site', 'ff05::2', p, 'local'],
    ['the solicited-node group of an address', 'ff02::1:ff00:1', a, 'local'],
    ['the solicited-node group of a link-local address', 'ff02::1:ff00:a1', a, 'local'],
    ['the solicited-node group of an address on another link', 'ff02::1:ff00:b1', a, 'notMember'],
    ['a group that no one joined', 'ff0e::1234', a, 'notMember'],
    ['all systems', '224.0.0.1', a, 'local'],
    ['all routers, IPv4', '224.0.0.2', b, 'local'],
    ['a group that no one joined, IPv4', '239.1.2.3', a, 'notMember'],
    // only for within a node: RFC 4291 §2.7, errata 3480
    ['all nodes of the interface, from a wire', 'ff01::1', a, 'interfaceLocalGroup'],
    ['a group of reserved scope', 'ff00::1', a, 'reservedGroup'],
    // RFC 4007 §6
    ['our link-local address', 'fe80::a1', a, 'local'],
    ['our link-local address on another link', 'fe80::b1', a, 'foreignLinkLocal'],
    ["a neighbor's link-local address", 'fe80::77', a, 'foreignLinkLocal'],
    // RFC 919 §7, RFC 1812 §5.3.5, RFC 2644
    ['everyone on the link', '255.255.255.255', a, 'local'],
    ["the link's broadcast address", '10.0.1.255', a, 'local'],
    ["another link's broadcast address", '10.0.2.255', a, 'linkBroadcast'],
  ])('%s', (_name, destination, inInterface, outcome) => {
    expect(outcomeOf(classified(to(destination, inInterface)))).toBe(outcome);
  });
});

describe('an address of ours', () => {
  it.each([
    // RFC 4862 §5.4: not assigned yet; INET'99 §3.4: detached receives, but does not speak
    ['tentative', AddressFlag.tentative, 'unready'],
    ['tentative and anycast', AddressFlag.tentative | AddressFlag.anycast, 'unready'],
    ['detached', AddressFlag.detached, 'local'],
    ['deprecated', AddressFlag.deprecated, 'local'],
    ['anycast', AddressFlag.anycast, 'local'],
    ['temporary', AddressFlag.temporary, 'local'],
  ])('that is %s', (_name, flags, outcome) => {
    const { node } = testbed();
    for (const address of ['fd00:a::9/64', '10.0.1.9/24', 'fe80::9/64']) addAddress(node, a, address, flags);
    const outcomes = ['fd00:a::9', '10.0.1.9', 'fe80::9'].map((address) => outcomeOf(classified(to(address), node)));
    expect(outcomes).toEqual([outcome, outcome, outcome]);
  });

  it("that is duplicated is another node's, on the link (RFC 4862 §5.4.5)", () => {
    const { node } = testbed();
    for (const address of ['fd00:a::9/64', 'fe80::9/64']) addAddress(node, a, address, AddressFlag.duplicated);
    const outcomes = ['fd00:a::9', 'fe80::9'].map((address) => outcomeOf(classified(to(address), node)));
    expect(outcomes).toEqual(['forward', 'unready']);
  });

  it('is ready once duplicate address detection is over, and never again after it is removed', () => {
    const { node } = testbed();
    for (const text of ['fd00:a::9/64', 'fe80::9/64']) addAddress(node, a, text, AddressFlag.tentative);
    const outcomes = (): string[] =>
      ['fd00:a::9', 'fe80::9'].map((address) => outcomeOf(classified(to(address), node)));
    expect(outcomes()).toEqual(['unready', 'unready']);
    for (const text of ['fd00:a::9', 'fe80::9']) node.addresses.mark(a, addressOf(text), 0, AddressFlag.tentative);
    expect(outcomes()).toEqual(['local', 'local']);
    for (const text of ['fd00:a::9', 'fe80::9']) node.addresses.remove(a, addressOf(text));
    expect(outcomes()).toEqual(['forward', 'foreignLinkLocal']);
  });
});

describe('the way out', () => {
  const way = ({ outInterface, nextHop0, nextHop1, nextHop2, nextHop3 }: Packet): number[] => [
    outInterface,
    ...[nextHop0, nextHop1, nextHop2, nextHop3].map((word) => word >>> 0),
  ];

  it('is the interface of the route; on the link the destination is its own next hop', () => {
    expect(way(classified(to('fd00:b::77')))).toEqual([b, 0, 0, 0, 0]);
    expect(way(classified(to('10.0.2.77')))).toEqual([b, 0, 0, 0, 0]);
  });

  it("is a gateway's interface and address", () => {
    expect(way(classified(to('2001:db8::1')))).toEqual([b, 0xfd00000b, 0, 0, 2]);
    expect(way(classified(to('192.0.2.1')))).toEqual([b, 0x0a000202, 0, 0, 0]);
  });

  it('is that of the longest prefix, and of a route added later', () => {
    const { node } = testbed();
    node.routes.add({ to: prefixFrom('2001:db8:1::/48'), interfaceIndex: p });
    node.routes.add({ to: prefixFrom('::/0'), interfaceIndex: a, via: addressOf('fd00:a::ff') });
    expect(way(classified(to('2001:db8:1::1'), node))).toEqual([p, 0, 0, 0, 0]);
    expect(way(classified(to('2001:db8:2::1'), node))[0]).toBe(b);
    expect(way(classified(to('3fff::1'), node))).toEqual([a, 0xfd00000a, 0, 0, 0xff]);
  });

  it('remembers the row of the route', () => {
    const { node } = testbed();
    const packet = classified(to('2001:db8::1'), node);
    expect(packet.route).toBe(node.routes.lookup(addressOf('2001:db8::1'))?.row);
  });
});

describe('packets of our own', () => {
  it.each([
    ['to a group, over a link that was chosen', 'ff02::1', b, 'forward'],
    ['to a link-local address, over a link that was chosen', 'fe80::77', b, 'forward'],
    ['to a group, over no link', 'ff02::1', 0, 'notMember'],
    ['to a link-local address, over no link', 'fe80::77', 0, 'foreignLinkLocal'],
    ['to one of our addresses', 'fd00:a::1', 0, 'local'],
    ['to a neighbor', 'fd00:b::77', 0, 'forward'],
    ["to a link's broadcast address", '10.0.1.255', 0, 'linkBroadcast'],
  ])('%s', (_name, destination, outInterface, outcome) => {
    const packet = to(destination, 0);
    packet.outInterface = outInterface;
    expect(outcomeOf(classified(packet))).toBe(outcome);
  });
});
