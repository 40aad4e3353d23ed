/**
 * What RFCs ask of a node that fragments are for, and of one that makes them: one test for each MUST, and for each
 * SHOULD that we follow, named by its clause.
 */
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  destinationOptions,
  echoRequest4,
  echoRequest6,
  fragmentHeader,
  fragmentsOf,
  hopByHop,
  type Ipv6Fields,
  icmp6,
  ipv4,
  ipv6,
  joinBytes,
  type Layer,
  option,
  padN,
  payload,
  routing,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import * as header4 from '../../src/wire/ipv4.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import { fragmentBench, port } from '../support/fragment-bench.ts';

const ends = { source: 'fd00:a::2', destination: 'fd00:a::1' } as const;
const ends4 = { source: '10.0.1.2', destination: '10.0.1.1' } as const;

/** A UDP datagram of so many bytes of payload. */
const datagram = (length: number, fields: Partial<Ipv6Fields> = {}, ...headers: Layer[]): Uint8Array =>
  bytesOf(ipv6({ ...ends, ...fields }), ...headers, udp({ destinationPort: port }), payload(length));
const datagram4 = (length: number, fields = {}): Uint8Array =>
  bytesOf(ipv4({ ...ends4, ...fields }), udp({ destinationPort: port }), payload(length));

/** A fragment with any bytes. */
const piece = (
  offset: number,
  data: Uint8Array,
  { more = true, protocol = Protocol.udp as number, identification = 1, ...fields } = {},
): Uint8Array => {
  const bytes = bytesOf(ipv6({ ...ends, ...fields }), fragmentHeader({ offset, more, identification }), data);
  bytes[40] = protocol;
  return bytes;
};
/** A fragment with a UDP header, the first of a datagram. */
const firstPiece = (length: number, fields = {}): Uint8Array => {
  const data = joinBytes(Uint8Array.of(15, 160, 15, 161, 255, 255, 0, 1), payload(length - 8));
  return piece(0, data, fields);
};

/** Options to be skipped, 62 bytes in all. */
const anyOptions = [option(0x1e, new Uint8Array(28)), option(0x1e, new Uint8Array(30))];

const uint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
const setByte = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const changed = bytes.slice();
  changed[at] = value;
  return changed;
};

describe('RFC 8200 §4.5, reassembly', () => {
  test('fragments of the same source, destination and identification make the original packet', () => {
    const bench = fragmentBench();
    const original = datagram(4_000);
    expect(bench.send(fragmentsOf(original))).toEqual(['delivered']);
    expect(bench.whole).toEqual([original]);
    expect(bench.node.counters.balance()).toMatchObject({ received: 4, delivered: 1, merged: 3, held: 0 });
  });

  test.each<readonly [string, Partial<Ipv6Fields>, number]>([
    ['source', { source: 'fd00:a::3' }, 1],
    ['destination', { destination: 'fd00:b::1' }, 1],
    ['identification', {}, 2],
  ])('fragments of another %s are not of the same packet', (_name, fields, identification) => {
    const bench = fragmentBench();
    const [first] = fragmentsOf(datagram(2_000));
    const [, last] = fragmentsOf(datagram(2_000, fields), { identification });
    expect(bench.send([first!, last!])).toEqual([]);
    expect(bench.node.reassembly.size).toBe(2);
  });

  test('fragments make the packet in whatever order they arrive', () => {
    const bench = fragmentBench();
    const original = datagram(4_000);
    const [first, second, third, last] = fragmentsOf(original) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    expect(bench.send([last, second, first, third])).toEqual(['delivered']);
    expect(bench.whole).toEqual([original]);
  });

  test('the headers before the Fragment header are those of the first fragment, Hop Limit too', () => {
    const bench = fragmentBench();
    const original = datagram(2_000, { hopLimit: 9 }, hopByHop(padN(6)));
    const [first] = fragmentsOf(original, { head: 48 });
    const [, last] = fragmentsOf(datagram(2_000, { hopLimit: 200 }));
    bench.send([last!, first!]);
    expect(bench.whole).toEqual([original]);
  });

  test('the Next Header of the reassembled packet is that of the first fragment; others may differ', () => {
    const bench = fragmentBench();
    const original = datagram(2_000);
    const [first, last] = fragmentsOf(original);
    expect(bench.send([first!, setByte(last!, 40, Protocol.tcp)])).toEqual(['delivered']);
    expect(bench.whole[0]![6]).toBe(Protocol.udp);
  });

  test('the Payload Length counts all data and no Fragment header; the longest is 65,535', () => {
    const bench = fragmentBench();
    const original = datagram(65_535 - 8);
    expect(bench.send(fragmentsOf(original, { size: 4_096 }))).toEqual(['delivered']);
    expect(uint16(bench.whole[0]!, 4)).toBe(65_535);
    expect(bench.whole[0]!.length).toBe(65_575);
  });

  test('extension headers behind the Fragment header are processed when the packet is whole', () => {
    const bench = fragmentBench();
    const original = datagram(2_000, {}, destinationOptions(padN(6)));
    expect(bench.send(fragmentsOf(original))).toEqual(['delivered']);
    expect(bench.whole).toEqual([original]);
    const bad = datagram(2_000, {}, destinationOptions(Uint8Array.of(0xc1, 4, 1, 2, 3, 4)));
    expect(bench.send(fragmentsOf(bad, { identification: 2 }))).toEqual(['unknownOption']);
    expect(bench.errors).toMatchObject([{ type: 4, code: 2, parameter: 42 }]);
  });

  test('headers before the Fragment header are processed when the fragment arrives', () => {
    const bench = fragmentBench();
    const [, last] = fragmentsOf(datagram(2_000, {}, destinationOptions(Uint8Array.of(0x81, 4, 1, 2, 3, 4))), {
      head: 48,
    });
    expect(bench.sendOne(last!)).toEqual(['unknownOption']);
    expect(bench.node.reassembly.held).toBe(0);
  });

  test('reserved bits are ignored on reception', () => {
    const bench = fragmentBench();
    const [first, last] = fragmentsOf(datagram(2_000)) as [Uint8Array, Uint8Array];
    const reserved = [setByte(first, 41, 0xff), setByte(last, 43, (last[43] as number) | 6)];
    expect(bench.send(reserved)).toEqual(['delivered']);
  });

  test('what is incomplete 60 s after the first arriving fragment is discarded, all of it', () => {
    const bench = fragmentBench();
    const [, second, last] = fragmentsOf(datagram(3_000)) as [Uint8Array, Uint8Array, Uint8Array];
    bench.sendOne(last);
    expect(bench.pass(59_000)).toEqual([]);
    bench.sendOne(second);
    expect(bench.pass(999)).toEqual([]);
    expect(bench.pass(1)).toEqual(['reassemblyTimeoutSilent', 'reassemblyTimeoutSilent']);
    expect(bench.pool.outstanding).toBe(0);
  });

  test('then a Time Exceeded, code 1, goes to the source if the first fragment is held, quoting it as it came', () => {
    const bench = fragmentBench();
    const [first, second] = fragmentsOf(datagram(3_000)) as [Uint8Array, Uint8Array];
    bench.send([second, first]);
    expect(bench.pass(60_000).sort()).toEqual(['reassemblyTimeout', 'reassemblyTimeoutSilent']);
    expect(bench.errors).toMatchObject([{ type: 3, code: 1, parameter: 0 }]);
    expect(bench.errors[0]!.quote).toEqual(first.slice(0, 1_232));
  });

  test('and none if the first fragment is not held', () => {
    const bench = fragmentBench();
    const [, second] = fragmentsOf(datagram(3_000)) as [Uint8Array, Uint8Array];
    bench.sendOne(second);
    expect(bench.pass(60_000)).toEqual(['reassemblyTimeoutSilent']);
    expect(bench.replies).toEqual([]);
  });

  test('a fragment with M set whose length is no multiple of 8 is discarded: pointer to Payload Length', () => {
    const bench = fragmentBench();
    const odd = firstPiece(1_001);
    expect(bench.sendOne(odd)).toEqual(['unalignedFragment']);
    expect(bench.errors).toMatchObject([{ type: 4, code: 0, parameter: 4, quote: odd }]);
  });

  test('a fragment that would make a Payload Length over 65,535 is discarded: pointer to Fragment Offset', () => {
    const bench = fragmentBench();
    const far = piece(65_528, payload(8), { more: false });
    expect(bench.sendOne(far)).toEqual(['reassembledTooLong']);
    expect(bench.errors).toMatchObject([{ type: 4, code: 0, parameter: 42 }]);
    expect(bench.sendOne(piece(65_528, payload(7), { more: false, identification: 2 }))).toEqual([]);
  });

  test('so is one that does so with the headers of a first fragment that comes later', () => {
    const bench = fragmentBench();
    const last = piece(65_528, payload(7), { more: false });
    expect(bench.sendOne(last)).toEqual([]);
    const [first] = fragmentsOf(datagram(2_000, {}, hopByHop(padN(6))), { head: 48 });
    expect(bench.sendOne(first!)).toEqual(['reassembledTooLong']);
    expect(bench.errors).toMatchObject([{ type: 4, code: 0, parameter: 42, quote: last }]);
    expect(bench.node.reassembly.held).toBe(1);
  });

  test('and one that does so with the headers of a first fragment that came before', () => {
    const bench = fragmentBench();
    const [first] = fragmentsOf(datagram(2_000, {}, hopByHop(padN(6))), { head: 48 });
    bench.sendOne(first!);
    expect(bench.sendOne(piece(65_528, payload(7), { more: false }))).toEqual(['reassembledTooLong']);
    expect(bench.errors).toMatchObject([{ type: 4, code: 0, parameter: 42 }]);
  });

  test('the pointer is right behind headers before the Fragment header, too', () => {
    const bench = fragmentBench();
    const bytes = bytesOf(
      ipv6(ends),
      hopByHop(padN(6)),
      fragmentHeader({ offset: 65_528, more: false }),
      new Uint8Array(8),
    );
    expect(bench.sendOne(bytes)).toEqual(['reassembledTooLong']);
    expect(bench.errors).toMatchObject([{ type: 4, code: 0, parameter: 50 }]);
  });

  test.each<readonly [string, Uint8Array]>([
    ['a TCP header', piece(0, payload(16), { protocol: Protocol.tcp })],
    ['TCP options', piece(0, setByte(payload(24), 12, 0xf0), { protocol: Protocol.tcp })],
    ['an IPv6 header', piece(0, payload(32), { protocol: Protocol.ipv6 })],
    ['an extension header', piece(0, Uint8Array.of(17, 1, 1, 4, 0, 0, 0, 0), { protocol: 60 })],
    ['an upper-layer header', piece(0, Uint8Array.of(17, 0, 1, 4, 0, 0, 0, 0), { protocol: 60 })],
  ])('a first fragment that breaks off in %s is discarded: code 3, pointer 0', (_name, bytes) => {
    const bench = fragmentBench();
    expect(bench.sendOne(bytes)).toEqual(['incompleteHeaderChain']);
    expect(bench.errors).toMatchObject([{ type: 4, code: 3, parameter: 0, quote: bytes }]);
  });

  test('overlapping fragments abandon the packet, all fragments held, and no error is sent', () => {
    const bench = fragmentBench();
    bench.send([firstPiece(64), piece(128, payload(64))]);
    expect(bench.sendOne(piece(56, payload(16)))).toEqual(['fragmentOverlap', 'fragmentOverlap', 'fragmentOverlap']);
    expect(bench.pass(120_000)).toEqual([]);
    expect([bench.replies, bench.delivered]).toEqual([[], []]);
  });

  test('exact duplicates are dropped, as the clause lets one choose, and the packet still comes together', () => {
    const bench = fragmentBench();
    const [first, second, last] = fragmentsOf(datagram(3_000)) as [Uint8Array, Uint8Array, Uint8Array];
    expect(bench.send([first, first, second, second, first, last])).toEqual([
      'duplicateFragment',
      'duplicateFragment',
      'duplicateFragment',
      'delivered',
    ]);
  });

  test.each<readonly [string, (bytes: Uint8Array) => Uint8Array]>([
    ['byte', (bytes) => setByte(bytes, 500, 99)],
    ['M flag', (bytes) => setByte(bytes, 43, (bytes[43] as number) ^ 1)],
    ['length', (bytes) => setByte(setByte(bytes.slice(0, -8), 4, (bytes.length - 48) >> 8), 5, bytes.length - 48)],
  ])('a duplicate is not exact with another %s: it overlaps', (_name, change) => {
    const bench = fragmentBench();
    const [, second] = fragmentsOf(datagram(3_000)) as [Uint8Array, Uint8Array];
    bench.sendOne(second);
    expect(bench.sendOne(change(second))).toEqual(['fragmentOverlap', 'fragmentOverlap']);
  });

  test('a packet has one Fragment header: a second one, before or behind, is refused', () => {
    const bench = fragmentBench();
    const inner = joinBytes(Uint8Array.of(17, 0, 0, 1, 0, 0, 0, 9), payload(64));
    expect(bench.sendOne(piece(0, inner, { protocol: Protocol.fragment }))).toEqual(['repeatedFragmentHeader']);
    const twice = bytesOf(ipv6(ends), fragmentHeader(), fragmentHeader({ more: true }), payload(64));
    expect(bench.sendOne(twice)).toEqual(['repeatedFragmentHeader']);
  });

  test('§4.3: Hop-by-Hop Options do not come behind the Fragment header: code 1, pointer to who names them', () => {
    const bench = fragmentBench();
    const inner = joinBytes(Uint8Array.of(17, 0, 1, 4, 0, 0, 0, 0), payload(64));
    expect(bench.sendOne(piece(0, inner, { protocol: Protocol.hopByHop }))).toEqual(['misplacedHopByHop']);
    expect(bench.errors).toMatchObject([{ type: 4, code: 1, parameter: 40 }]);
  });

  test('§5: a node accepts a reassembled packet of 1,500 bytes', () => {
    const bench = fragmentBench();
    expect(bench.send(fragmentsOf(datagram(1_500 - 48), { size: 512 }))).toEqual(['delivered']);
  });
});

describe('RFC 5722 §4, overlapping fragments', () => {
  test('the packet is discarded with the fragments that were not yet received', () => {
    const bench = fragmentBench();
    const [first, second, last] = fragmentsOf(datagram(3_000)) as [Uint8Array, Uint8Array, Uint8Array];
    bench.send([first, piece(1_224, payload(16))]);
    expect(bench.send([second, last])).toEqual(['refusedDatagram', 'refusedDatagram']);
    expect(bench.send([first, second, last])).toEqual(Array(3).fill('refusedDatagram'));
    expect([bench.delivered, bench.replies, bench.pass(60_000)]).toEqual([[], [], []]);
  });

  test('until the timeout: then the identification is free again', () => {
    const bench = fragmentBench();
    const pieces = fragmentsOf(datagram(3_000));
    bench.send([pieces[0]!, piece(1_224, payload(16))]);
    bench.pass(60_000);
    expect(bench.send(pieces)).toEqual(['delivered']);
  });

  test.each<readonly [string, readonly Uint8Array[]]>([
    ['the second over the end of the first', [firstPiece(64), piece(56, payload(16))]],
    ['the first over the start of the second', [piece(56, payload(16)), firstPiece(64)]],
    ['one inside another', [firstPiece(64), piece(8, payload(8))]],
    ['one around another', [piece(8, payload(8)), firstPiece(64)]],
    ['another packet in the first', [firstPiece(64), firstPiece(72)]],
    ['the last over the end', [piece(64, payload(64)), piece(120, payload(16), { more: false })]],
    ['more behind the last', [piece(64, payload(64), { more: false }), piece(120, payload(16))]],
  ])('%s', (_name, pieces) => {
    const bench = fragmentBench();
    expect(bench.send(pieces)).toEqual(['fragmentOverlap', 'fragmentOverlap']);
    expect(bench.replies).toEqual([]);
  });

  test.each<readonly [string, readonly Uint8Array[]]>([
    ['data behind the end', [piece(64, payload(64), { more: false }), piece(128, payload(8))]],
    ['the end before data', [piece(128, payload(8)), piece(64, payload(8), { more: false })]],
    ['two ends', [piece(64, payload(8), { more: false }), piece(8, payload(8), { more: false })]],
  ])('fragments that contradict each other about the end do the same: %s', (_name, pieces) => {
    const bench = fragmentBench();
    expect(bench.send(pieces)).toEqual(['fragmentBeyondEnd', 'fragmentBeyondEnd']);
    expect(bench.replies).toEqual([]);
  });
});

describe('RFC 6946 §4, atomic fragments', () => {
  test('an atomic fragment is a whole packet, whatever fragments wait under its identification', () => {
    const bench = fragmentBench();
    const [first, last] = fragmentsOf(datagram(2_000)) as [Uint8Array, Uint8Array];
    const atomic = bytesOf(
      ipv6(ends),
      fragmentHeader({ identification: 1 }),
      udp({ destinationPort: port }),
      payload(9),
    );
    expect(bench.send([first, atomic, last])).toEqual(['delivered', 'delivered']);
    expect(bench.delivered.map(({ length }) => length)).toEqual([9, 2_000]);
  });

  test('it waits for nothing', () => {
    const bench = fragmentBench();
    const [request] = [bytesOf(ipv6(ends), fragmentHeader({ identification: 7 }), echoRequest6(), payload(8))];
    expect(bench.sendOne(request!)).toEqual(['delivered']);
    expect([bench.replies.length, bench.node.reassembly.size]).toEqual([1, 0]);
  });

  test('not even behind a packet that was discarded for overlaps', () => {
    const bench = fragmentBench();
    bench.send([firstPiece(64), piece(56, payload(16))]);
    const atomic = bytesOf(
      ipv6(ends),
      fragmentHeader({ identification: 1 }),
      udp({ destinationPort: port }),
      payload(9),
    );
    expect(bench.sendOne(atomic)).toEqual(['delivered']);
  });
});

describe('RFC 6980 §5, Neighbor Discovery', () => {
  const discovery = [133, 134, 135, 136, 137, 148];

  test.each(discovery)('type %i in fragments is ignored silently', (type) => {
    const bench = fragmentBench();
    const message = bytesOf(ipv6({ ...ends, hopLimit: 255 }), icmp6({ type }), payload(64));
    const [first, last] = fragmentsOf(message, { cuts: [32] }) as [Uint8Array, Uint8Array];
    expect(bench.send([first, last])).toEqual(['fragmentedNeighborDiscovery', 'refusedDatagram']);
    expect(bench.send(fragmentsOf(message, { cuts: [32], identification: 2 }).reverse())).toEqual([
      'fragmentedNeighborDiscovery',
      'refusedDatagram',
    ]);
    expect(bench.replies).toEqual([]);
  });

  test.each(discovery)('type %i behind the Fragment header of an atomic fragment, too', (type) => {
    const bench = fragmentBench();
    for (const headers of [[fragmentHeader()], [fragmentHeader(), destinationOptions(padN(6))]]) {
      const message = bytesOf(ipv6({ ...ends, hopLimit: 255 }), ...headers, icmp6({ type }), payload(32));
      expect(bench.sendOne(message)).toEqual(['fragmentedNeighborDiscovery']);
    }
    expect(bench.replies).toEqual([]);
  });

  test('Certification Path Advertisements, being long, may come in fragments', () => {
    const bench = fragmentBench();
    const message = bytesOf(ipv6(ends), icmp6({ type: 149 }), payload(64));
    expect(bench.send(fragmentsOf(message, { cuts: [32] }))).toEqual(['unknownMessage']);
  });
});

describe('RFC 7112 §5, header chains', () => {
  test('the first fragment is discarded when the chain goes on in the second: code 3', () => {
    const bench = fragmentBench();
    const original = datagram(100, {}, destinationOptions(...anyOptions));
    const [first, last] = fragmentsOf(original, { cuts: [64] }) as [Uint8Array, Uint8Array];
    expect(bench.send([first, last])).toEqual(['incompleteHeaderChain', 'refusedDatagram']);
    expect(bench.errors).toMatchObject([{ type: 4, code: 3, parameter: 0 }]);
    expect(bench.delivered).toEqual([]);
  });

  test('also when the second came before, which goes with it', () => {
    const bench = fragmentBench();
    const [first, last] = fragmentsOf(datagram(100, {}, destinationOptions(...anyOptions)), { cuts: [64] });
    expect(bench.send([last!, first!])).toEqual(['incompleteHeaderChain', 'refusedDatagram']);
    expect(bench.errors.length).toBe(1);
  });

  test('the chain may fill the first fragment to the last byte', () => {
    const bench = fragmentBench();
    const original = datagram(100, {}, destinationOptions(...anyOptions));
    expect(bench.send(fragmentsOf(original, { cuts: [72] }))).toEqual(['delivered']);
  });

  test('what we send has the whole chain in its first fragment, or is not sent', () => {
    const bench = fragmentBench();
    bench.sendOne(bytesOf(ipv6(ends), echoRequest6(), payload(3_000)));
    expect(bench.replies[0]!.slice(40, 56)).toMatchObject({ 0: Protocol.icmpv6, 8: 129 });
  });
});

describe('RFC 8200 §4.5, sending', () => {
  const ping = bytesOf(ipv6(ends), echoRequest6({ identifier: 7 }), payload(4_000));

  test('every fragment but the last carries a multiple of 8 bytes, fits the MTU, and they do not overlap', () => {
    const bench = fragmentBench();
    bench.send(fragmentsOf(ping));
    const lengths = bench.replies.map(({ length }) => length);
    expect(lengths).toEqual([1_496, 1_496, 1_160]);
    const offsets = bench.replies.map((bytes) => uint16(bytes, 42));
    expect(offsets).toEqual([1, 1_448 | 1, 2_896]);
  });

  test('they carry the headers of the original packet, Next Header 44, their own Payload Length, one identification', () => {
    const bench = fragmentBench();
    bench.send(fragmentsOf(ping));
    for (const bytes of bench.replies) {
      expect([bytes[6], bytes[40], bytes[41]]).toEqual([44, Protocol.icmpv6, 0]);
      expect(uint16(bytes, 4)).toBe(bytes.length - 40);
      expect(bytes.slice(44, 48)).toEqual(bench.replies[0]!.slice(44, 48));
    }
  });

  test('they make the original packet at the other end', () => {
    const bench = fragmentBench();
    bench.send(fragmentsOf(ping));
    const there = joinBytes(...bench.replies.map((bytes) => bytes.slice(48)));
    expect([there[0], there.slice(8)]).toEqual([129, payload(4_000)]);
  });

  test('identifications differ from packet to packet', () => {
    const bench = fragmentBench();
    for (let identification = 1; identification <= 20; identification += 1) {
      bench.send(fragmentsOf(ping, { identification }));
    }
    const ids = bench.replies.map((bytes) => uint16(bytes, 44) * 0x10000 + uint16(bytes, 46));
    expect(new Set(ids).size).toBe(20);
  });

  test('RFC 8021, RFC 6946 §5: what fits is sent without a Fragment header', () => {
    const bench = fragmentBench();
    bench.sendOne(bytesOf(ipv6(ends), fragmentHeader(), echoRequest6(), payload(1_400)));
    expect([bench.replies.length, bench.replies[0]![6]]).toEqual([1, Protocol.icmpv6]);
  });

  test('RFC 8200 §5: what is for others is never cut, its source is told', () => {
    const bench = fragmentBench();
    const large = bytesOf(ipv6({ ...ends, destination: 'fd00:b::2' }), udp(), payload(1_400));
    expect(bench.sendOne(large)).toEqual(['packetTooBig']);
    expect(bench.errors).toMatchObject([{ type: 2, code: 0, parameter: 1_400 }]);
  });
});

describe('RFC 3168 §5.3, congestion in fragments', () => {
  const ecn = (...codepoints: number[]): Uint8Array[] =>
    codepoints.map((trafficClass, index) => fragmentsOf(datagram(3_000, { trafficClass }))[index] as Uint8Array);
  const trafficClass = (bytes: Uint8Array): number => (uint16(bytes, 0) >> 4) & 0xff;

  test.each([
    ['CE in any is CE in the whole', [2, 3, 2], 3],
    ['CE in the first is CE in the whole', [3, 1, 2], 3],
    ['ECT(0) throughout stays', [2, 2, 2], 2],
    ['ECT(1) throughout stays', [1, 1, 1], 1],
    ['Not-ECT throughout stays', [0, 0, 0], 0],
    ['a mix of ECT has that of the first', [1, 2, 2], 1],
    ['other bits are those of the first', [0xba, 0xb3, 2], 0xbb],
  ])('%s', (_name, codepoints, expected) => {
    const bench = fragmentBench();
    expect(bench.send(ecn(...codepoints))).toEqual(['delivered']);
    expect(trafficClass(bench.whole[0]!)).toBe(expected);
  });

  test.each([
    ['CE', [0, 3, 0], ['mixedCongestion', 'mixedCongestion', 'refusedDatagram']],
    ['ECT(0)', [0, 2, 0], ['mixedCongestion', 'mixedCongestion', 'refusedDatagram']],
    ['ECT(1)', [1, 1, 0], ['mixedCongestion', 'mixedCongestion', 'mixedCongestion']],
  ])('Not-ECT with %s is discarded, silently', (_name, codepoints, outcomes) => {
    const bench = fragmentBench();
    expect(bench.send(ecn(...codepoints))).toEqual(outcomes);
    expect([bench.delivered, bench.replies]).toEqual([[], []]);
  });
});

describe('IPv4', () => {
  const parts = (length: number, fields = {}): Uint8Array[] => fragmentsOf(datagram4(length, fields));

  test('RFC 791 §3.2: source, destination, protocol and identification tell datagrams apart', () => {
    const bench = fragmentBench();
    const [first, last] = parts(2_000) as [Uint8Array, Uint8Array];
    const others = [{ source: '10.0.1.3' }, { destination: '10.0.2.1' }, { protocol: 99 }];
    for (const fields of others) expect(bench.sendOne(parts(2_000, fields)[1]!)).toEqual([]);
    expect(bench.sendOne(fragmentsOf(datagram4(2_000), { identification: 2 })[1]!)).toEqual([]);
    expect(bench.send([first, last])).toEqual(['delivered']);
  });

  test('RFC 791 §3.2: the whole has the header of the first fragment, its options and a right checksum', () => {
    const bench = fragmentBench();
    const options = Uint8Array.of(148, 4, 0, 0);
    const original = datagram4(3_000, { options, identification: 1, timeToLive: 9 });
    const [first, second, last] = fragmentsOf(original) as [Uint8Array, Uint8Array, Uint8Array];
    expect(bench.send([last, second, first])).toEqual(['delivered']);
    expect(bench.whole).toEqual([original]);
    const view = new DataView(bench.whole[0]!.buffer);
    expect(header4.check(view, 0, original.length)).toBe('ok');
  });

  test('RFC 1122 §3.3.2: datagrams of up to 65,535 bytes come together', () => {
    const bench = fragmentBench();
    expect(bench.send(fragmentsOf(datagram4(65_535 - 28), { size: 4_096 }))).toEqual(['delivered']);
    expect(bench.whole[0]!.length).toBe(65_535);
  });

  test('RFC 1122 §3.3.2: after the timeout Time Exceeded, code 1, if the first fragment is held', () => {
    const bench = fragmentBench();
    const [first] = parts(2_000) as [Uint8Array];
    bench.sendOne(first);
    expect(bench.pass(60_000)).toEqual(['reassemblyTimeout']);
    expect(bench.errors).toMatchObject([{ type: 11, code: 1 }]);
    expect(bench.errors[0]!.quote).toEqual(first.slice(0, 548));
  });

  test('RFC 1122 §3.2.2.4: and none otherwise', () => {
    const bench = fragmentBench();
    bench.sendOne(parts(2_000)[1]!);
    expect([bench.pass(60_000), bench.replies]).toEqual([['reassemblyTimeoutSilent'], []]);
  });

  test('RFC 791 §3.2: a fragment that others follow carries a multiple of 8 bytes, or is refused', () => {
    const bench = fragmentBench();
    const odd = bytesOf(ipv4({ ...ends4, moreFragments: true }), udp(), payload(101));
    expect([bench.sendOne(odd), bench.replies]).toEqual([['unalignedFragment'], []]);
  });

  test('RFC 791 §3.1: no datagram grows beyond 65,535 bytes, header and options included', () => {
    const bench = fragmentBench();
    const far = (fragmentOffset: number, length: number): Uint8Array =>
      bytesOf(ipv4({ ...ends4, fragmentOffset, identification: 1, protocol: Protocol.udp }), payload(length));
    expect(bench.sendOne(far(65_528, 8))).toEqual(['reassembledTooLong']);
    expect(bench.sendOne(far(65_504, 9))).toEqual([]);
    const [first] = fragmentsOf(datagram4(2_000, { options: Uint8Array.of(1, 1, 1, 0) }));
    expect(bench.sendOne(first!)).toEqual(['reassembledTooLong']);
    expect(bench.sendOne(far(65_504, 8))).toEqual(['reassembledTooLong']);
    expect(bench.sendOne(far(65_504, 7))).toEqual([]);
  });

  test('RFC 1858 §3.1, §3.2: fragments that split the TCP header are refused', () => {
    const bench = fragmentBench();
    const segment = bytesOf(ipv4(ends4), tcp({ destinationPort: 80 }), payload(100));
    const [first, second] = fragmentsOf(segment, { cuts: [8, 64] }) as [Uint8Array, Uint8Array];
    expect(bench.sendOne(first)).toEqual(['tinyFragment']);
    const other = fragmentsOf(segment, { cuts: [8, 64], identification: 2 })[1] as Uint8Array;
    expect(bench.sendOne(other)).toEqual(['tinyFragment']);
    expect(bench.sendOne(second)).toEqual(['tinyFragment']);
    expect(bench.sendOne(fragmentsOf(segment, { cuts: [8, 64] })[2]!)).toEqual(['refusedDatagram']);
  });

  test('overlaps discard the datagram, as in IPv6', () => {
    const bench = fragmentBench();
    const [first, last] = fragmentsOf(datagram4(200), { cuts: [104] }) as [Uint8Array, Uint8Array];
    const over = fragmentsOf(datagram4(200), { cuts: [96] })[1] as Uint8Array;
    expect(bench.send([first, over, last])).toEqual(['fragmentOverlap', 'fragmentOverlap', 'refusedDatagram']);
  });

  test('RFC 3168 §5.3: CE in any fragment is CE in the whole', () => {
    const bench = fragmentBench();
    const [first] = parts(2_000, { typeOfService: 2 });
    const [, last] = parts(2_000, { typeOfService: 3 });
    expect(bench.send([first!, last!])).toEqual(['delivered']);
    expect(bench.whole[0]![1]).toBe(3);
  });

  test('RFC 1122 §3.2.2.6: a large ping is answered, its reply cut, with an identification of our own', () => {
    const bench = fragmentBench();
    const ping = bytesOf(ipv4(ends4), echoRequest4(), payload(4_000));
    expect(bench.send(fragmentsOf(ping, { identification: 0x4242 }))).toEqual(['delivered']);
    expect(bench.replies.map(({ length }) => length)).toEqual([1_500, 1_500, 1_068]);
    for (const bytes of bench.replies) {
      expect(uint16(bytes, 4)).toBe(uint16(bench.replies[0]!, 4));
      expect(header4.check(new DataView(bytes.buffer), 0, bytes.length)).toBe('ok');
    }
    expect(uint16(bench.replies[0]!, 4)).not.toBe(0x4242);
  });
});

test('RFC 4007 §6: fragments between link-local addresses of different links are of different packets', () => {
  const bench = fragmentBench();
  const fields = { source: 'fe80::2', destination: 'ff02::1' };
  const [first, last] = fragmentsOf(datagram(2_000, fields)) as [Uint8Array, Uint8Array];
  expect(bench.sendOne(first, 2)).toEqual([]);
  expect(bench.sendOne(last, 3)).toEqual([]);
  expect(bench.node.reassembly.size).toBe(2);
});

test('RFC 8200 §4.4: the Routing header before a Fragment header stays with every fragment', () => {
  const bench = fragmentBench();
  const original = datagram(2_000, {}, routing({ routingType: 2, segmentsLeft: 0 }));
  expect(bench.send(fragmentsOf(original, { head: 48 }))).toEqual(['delivered']);
  expect(bench.whole).toEqual([original]);
});
