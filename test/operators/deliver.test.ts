import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classifyStep } from '../../src/operators/classify.ts';
import { deliverStep } from '../../src/operators/deliver.ts';
import { Drop, type Packet } from '../../src/packet/index.ts';
import { AddressFlag } from '../../src/state/addresses.ts';
import {
  bytesIn,
  bytesOf,
  echoRequest4,
  echoRequest6,
  extensionHeader,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  payload,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import { a, addAddress, outcomeOf, received, type Testbed, testbed } from '../support/testbed.ts';

const six = (destination = 'fd00:a::1', source = 'fd00:a::2') => ipv6({ source, destination });
const four = (destination = '10.0.1.1', source = '10.0.1.2') => ipv4({ source, destination });

/** Delivers a packet that came in by `a`; gives it back with the replies. */
const delivered = (bytes: Uint8Array, bed: Testbed = testbed()): { packet: Packet; replies: Packet[] } => {
  const outbox = new Subject<Packet>();
  const replies: Packet[] = [];
  outbox.subscribe((reply) => replies.push(reply));
  const packet = received(bytes, { inInterface: a });
  classifyStep(bed.node)(packet);
  deliverStep(bed.node, outbox)(packet);
  return { packet, replies };
};
const outcome = (bytes: Uint8Array, bed?: Testbed): string => outcomeOf(delivered(bytes, bed).packet);

describe('an echo request', () => {
  it('is answered with identifier, sequence number and data as they came (RFC 4443 §4.2)', () => {
    const { packet, replies } = delivered(
      bytesOf(six(), echoRequest6({ identifier: 7, sequenceNumber: 9 }), payload(56)),
    );
    const expected = bytesOf(six('fd00:a::2', 'fd00:a::1'), icmp6({ type: 129, parameter: 0x70009 }), payload(56));
    expect(replies.map(bytesIn)).toEqual([expected]);
    expect(outcomeOf(packet)).toBe('delivered');
  });

  it('is answered over IPv4 (RFC 792), with its type of service and identification', () => {
    const fields = { source: '10.0.1.2', destination: '10.0.1.1', typeOfService: 0xb8, identification: 0x4321 };
    const request = bytesOf(
      ipv4({ ...fields, dontFragment: true, options: Uint8Array.of(148, 4, 0, 0) }),
      echoRequest4(),
      payload(57),
    );
    const expected = bytesOf(
      ipv4({ ...fields, source: fields.destination, destination: fields.source }),
      icmp4({ type: 0, parameter: 0x10001 }),
      payload(57),
    );
    expect(delivered(request).replies.map(bytesIn)).toEqual([expected]);
  });

  it('gets a packet of our own for the outbox, and it is counted', () => {
    const bed = testbed();
    const [reply] = delivered(bytesOf(six(), echoRequest6()), bed).replies;
    expect(reply).toMatchObject({ family: 6, protocol: 58, inInterface: 0, outInterface: 0, status: 0, fate: 0 });
    expect([reply!.upper - reply!.start, bed.node.counters.balance().originated, bed.pool.outstanding]).toEqual([
      40, 1, 1,
    ]);
  });

  it('without data is answered, and one that fills the largest slab too', () => {
    expect(delivered(bytesOf(six(), echoRequest6())).replies[0]?.length).toBe(48);
    expect(delivered(bytesOf(six(), echoRequest6(), payload(65_000))).replies[0]?.length).toBe(65_048);
  });

  it('to a link-local address goes back over its link', () => {
    const [reply] = delivered(bytesOf(six('fe80::a1', 'fe80::2'), echoRequest6())).replies;
    expect(bytesIn(reply!)).toEqual(bytesOf(six('fe80::2', 'fe80::a1'), icmp6({ type: 129, parameter: 0x10001 })));
    expect(reply!.outInterface).toBe(a);
  });

  it.each([
    ['all nodes', 'ff02::1', 'fd00:a::2', 'fd00:a::1'],
    ['all nodes, from a link-local address', 'ff02::1', 'fe80::2', 'fe80::a1'],
    ['an anycast address', 'fd00:a::9', 'fd00:a::2', 'fd00:a::1'],
    ['an address on another link', 'fd00:b::1', 'fd00:a::2', 'fd00:b::1'],
  ])('to %s is answered from an address of one interface only', (_name, destination, source, from) => {
    const bed = testbed();
    addAddress(bed.node, a, 'fd00:a::9/64', AddressFlag.anycast);
    const [reply] = delivered(bytesOf(six(destination, source), echoRequest6()), bed).replies;
    expect(bytesIn(reply!)).toEqual(bytesOf(six(source, from), icmp6({ type: 129, parameter: 0x10001 })));
  });

  it.each([
    // RFC 1122 §3.2.2.6
    ["the link's broadcast address", bytesOf(four('10.0.1.255'), echoRequest4()), 'unknownMessage'],
    ['everyone', bytesOf(four('255.255.255.255'), echoRequest4()), 'unknownMessage'],
    ['an IPv4 group', bytesOf(four('224.0.0.1'), echoRequest4()), 'unknownMessage'],
  ])('to %s is not answered', (_name, bytes, reason) => {
    const { packet, replies } = delivered(bytes);
    expect([outcomeOf(packet), replies.map(bytesIn)]).toEqual([reason, []]);
  });

  it.each([
    ['from nobody', bytesOf(six('fd00:a::1', '::'), echoRequest6())],
    ['from nobody, IPv4', bytesOf(four('10.0.1.1', '0.0.0.0'), echoRequest4())],
    ['from this network, IPv4', bytesOf(four('10.0.1.1', '0.1.2.3'), echoRequest4())],
  ])('%s is not answered', (_name, bytes) => {
    const { packet, replies } = delivered(bytes);
    expect([outcomeOf(packet), replies.map(bytesIn)]).toEqual(['unspecifiedSource', []]);
  });

  it.each([
    ['IPv6', bytesOf(six('ff02::1'), echoRequest6()), 6],
    ['IPv4', bytesOf(four(), echoRequest4()), 4],
  ])('is refused when no address of ours could answer: %s', (_name, bytes, family) => {
    const bed = testbed();
    for (const { interfaceIndex, address, prefix } of bed.node.addresses.list()) {
      if (address.family !== family) continue;
      bed.node.addresses.remove(interfaceIndex, address);
      if (family === 6) continue;
      bed.node.addresses.add({ interfaceIndex, address, prefixLength: prefix.length, flags: AddressFlag.anycast });
    }
    const { packet, replies } = delivered(bytes, bed);
    expect([outcomeOf(packet), replies.map(bytesIn), bed.pool.outstanding]).toEqual(['noSourceAddress', [], 0]);
  });

  it.each([
    ['IPv6', bytesOf(six(), echoRequest6())],
    ['IPv4', bytesOf(four(), echoRequest4())],
  ])('is refused when the pool is exhausted: %s', (_name, bytes) => {
    const bed = testbed({ smallLimit: 0 });
    for (let i = 0; i < 4; i += 1) bed.pool.acquire(9_000);
    expect(outcome(bytes, bed)).toBe('noBuffer');
    expect(bed.node.counters.balance().originated).toBe(0);
  });
});

describe('what is wrong with the upper layer', () => {
  const broken = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = (copy[at] as number) ^ 0x40;
    return copy;
  };

  it.each([
    [
      'ICMPv6 of seven bytes',
      bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1', nextHeader: 58 }), payload(7)),
      'badUpperLayer',
    ],
    ['ICMPv6 with a wrong checksum', bytesOf(six(), echoRequest6({ checksum: 0x1234 })), 'badChecksum'],
    ['ICMPv6 with a flipped bit', broken(bytesOf(six(), echoRequest6(), payload(9)), 56), 'badChecksum'],
    [
      'ICMP of seven bytes',
      bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.1.1', protocol: 1 }), payload(7)),
      'badUpperLayer',
    ],
    ['ICMP with a wrong checksum', bytesOf(four(), echoRequest4({ checksum: 0x1234 })), 'badChecksum'],
    [
      'UDP of seven bytes',
      bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1', nextHeader: 17 }), payload(7)),
      'badUpperLayer',
    ],
    ['UDP with a length below its header', bytesOf(six(), udp({ length: 7 })), 'badUpperLayer'],
    ['UDP with a length of zero', bytesOf(six(), udp({ length: 0 })), 'badUpperLayer'],
    ['UDP with a length past the packet', bytesOf(six(), udp({ length: 9 })), 'badUpperLayer'],
    ['UDP with a wrong checksum', bytesOf(six(), udp({ checksum: 0x1234 })), 'badChecksum'],
    ['UDP without a checksum, over IPv6 (RFC 8200 §8.1)', bytesOf(six(), udp({ checksum: 0 })), 'badChecksum'],
    ['UDP with a wrong checksum, over IPv4', bytesOf(four(), udp({ checksum: 0x1234 })), 'badChecksum'],
    ['UDP without a checksum, over IPv4 (RFC 768)', bytesOf(four(), udp({ checksum: 0 })), 'portUnreachable'],
    [
      'TCP of nineteen bytes',
      bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1', nextHeader: 6 }), payload(19)),
      'badUpperLayer',
    ],
    ['TCP with a wrong checksum', bytesOf(six(), tcp({ checksum: 0x1234 })), 'badChecksum'],
    ['TCP with a header longer than the packet', bytesOf(six(), tcp({ headerLength: 24 })), 'badUpperLayer'],
    ['TCP with a header too short', bytesOf(six(), tcp({ headerLength: 16 })), 'badUpperLayer'],
    [
      'an IPv4 fragment',
      bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.1.1', moreFragments: true }), udp()),
      'fragmentNotReassembled',
    ],
    [
      'the last fragment of an IPv4 packet',
      bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.1.1', fragmentOffset: 8 }), udp()),
      'fragmentNotReassembled',
    ],
  ])('%s', (_name, bytes, reason) => {
    expect(outcome(bytes)).toBe(reason);
  });

  it('does not count bytes behind the UDP datagram', () => {
    expect(outcome(bytesOf(six(), udp({ length: 8, checksum: 0 }), payload(5)))).toBe('badChecksum');
    const padded = bytesOf(four(), udp({ length: 8, checksum: 0 }), payload(5));
    expect(outcome(padded)).toBe('portUnreachable');
  });
});

describe('who is there to take it', () => {
  const heard = (
    bytes: Uint8Array,
    ...listens: [protocol: number, port: number][]
  ): { outcome: string; heard: string[] } => {
    const bed = testbed();
    const calls: string[] = [];
    for (const [protocol, port] of listens)
      bed.node.ports.listen(protocol, port, () => calls.push(`${protocol}/${port}`));
    return { outcome: outcome(bytes, bed), heard: calls };
  };

  it.each<readonly [string, Uint8Array, [number, number][], string[]]>([
    [
      'the port of UDP',
      bytesOf(six(), udp({ destinationPort: 53 })),
      [
        [17, 53],
        [17, 0],
      ],
      ['17/53'],
    ],
    [
      'every port of UDP',
      bytesOf(six(), udp({ destinationPort: 53 })),
      [
        [17, 54],
        [17, 0],
      ],
      ['17/0'],
    ],
    ['the port of TCP', bytesOf(four(), tcp({ destinationPort: 80 })), [[6, 80]], ['6/80']],
    ['the type of an ICMPv6 message', bytesOf(six('ff02::1:ff00:1'), icmp6({ type: 135 })), [[58, 135]], ['58/135']],
    ['the type of an ICMP message', bytesOf(four(), icmp4({ type: 13 })), [[1, 13]], ['1/13']],
    ['an upper layer that has no ports', bytesOf(six(), extensionHeader(89)), [[89, 0]], ['89/0']],
    ['UDP to a broadcast address', bytesOf(four('10.0.1.255'), udp({ destinationPort: 520 })), [[17, 520]], ['17/520']],
  ])('%s is heard', (_name, bytes, listens, expected) => {
    expect(heard(bytes, ...listens)).toEqual({ outcome: 'delivered', heard: expected });
  });

  it.each<readonly [string, Uint8Array, string, number]>([
    ['UDP', bytesOf(six(), udp()), 'portUnreachable', 6],
    ['TCP', bytesOf(four(), tcp()), 'portUnreachable', 9],
    ['an ICMPv6 message', bytesOf(six(), icmp6({ type: 200 })), 'unknownMessage', 6],
    ['an ICMP message', bytesOf(four(), icmp4({ type: 42 })), 'unknownMessage', 9],
    ['an unknown protocol', bytesOf(six(), extensionHeader(253)), 'unknownProtocol', 6],
    [
      'an unknown protocol, IPv4',
      bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.1.1', protocol: 253 })),
      'unknownProtocol',
      9,
    ],
    ['ICMP over IPv6', bytesOf(six(), icmp4({ type: 8 })), 'unknownProtocol', 6],
    ['ICMPv6 over IPv4', bytesOf(four(), icmp6({ type: 128 })), 'unknownProtocol', 9],
  ])('no one: %s', (_name, bytes, reason, pointer) => {
    const { packet } = delivered(bytes);
    expect([outcomeOf(packet), packet.dropParameter]).toEqual([reason, pointer]);
  });

  it('no one needs to, when nothing follows (RFC 8200 §4.7)', () => {
    expect(outcome(bytesOf(six()))).toBe('delivered');
    expect(Protocol.noNextHeader).toBe(59);
  });

  it('is not asked for an echo request', () => {
    expect(heard(bytesOf(six(), echoRequest6()), [58, 128]).heard).toEqual([]);
  });

  it('may refuse what it gets', () => {
    const bed = testbed();
    bed.node.ports.listen(17, 53, (packet) => packet.refuse(Drop.blackhole));
    expect(outcome(bytesOf(six(), udp({ destinationPort: 53 })), bed)).toBe('blackhole');
  });
});
