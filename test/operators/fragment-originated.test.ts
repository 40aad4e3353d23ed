import fc from 'fast-check';
import { from, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { decode, extensionHeaders, fragment, fragmentOriginated, reassemble } from '../../src/operators/index.ts';
import { Drop, Fate, type Packet, Status } from '../../src/packet/index.ts';
import {
  bytesIn,
  bytesOf,
  destinationOptions,
  hopByHop,
  ipv4,
  ipv6,
  joinBytes,
  type Layer,
  option,
  packetOf,
  padN,
  payload,
  routing,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import * as fragmentHeader from '../../src/wire/fragment.ts';
import * as header4 from '../../src/wire/ipv4.ts';
import { a, b, outcomeOf, received, type Testbed, testbed } from '../support/testbed.ts';

const ends = { source: 'fd00:b::1', destination: 'fd00:b::2' } as const;
const ends4 = { source: '10.0.2.1', destination: '10.0.2.2' } as const;
const six = (length: number, ...headers: Layer[]): Uint8Array =>
  bytesOf(ipv6(ends), ...headers, udp(), payload(length));
const four = (length: number, fields = {}): Uint8Array =>
  bytesOf(ipv4({ ...ends4, ...fields }), udp(), payload(length));

/** A packet of our own on its way out by `b`, whose MTU is 1,400. */
const own = (bytes: Uint8Array, { pool }: Testbed): Packet => {
  const packet = received(bytes, { pool, inInterface: 0 });
  packet.outInterface = b;
  packet.fate = Fate.forward;
  packet.hops = 3;
  packet.nextHop3 = 9;
  return packet;
};

const cut = (bytes: Uint8Array, bed = testbed(), mtu?: number): Packet[] => {
  const pieces: Packet[] = [];
  const options = mtu === undefined ? {} : { mtu: () => mtu };
  of(own(bytes, bed))
    .pipe(fragmentOriginated(bed.node, options))
    .subscribe((piece) => pieces.push(piece));
  return pieces;
};

/** What the other end makes of pieces. */
const reassembled = (pieces: readonly Packet[]): Uint8Array[] => {
  const bed = testbed({ smallLimit: 4_096, largeLimit: 64 });
  const whole: Uint8Array[] = [];
  from(pieces.map((piece) => packetOf(bytesIn(piece), { pool: bed.pool, inInterface: a })))
    .pipe(decode(), extensionHeaders(), reassemble(bed.node))
    .subscribe((packet) => whole.push(packet.status === Status.inFlight ? bytesIn(packet) : new Uint8Array()));
  return whole;
};

describe('a packet that passes whole', () => {
  it.each<readonly [string, Uint8Array]>([
    ['because it fits', six(1_400 - 48)],
    ['because it fits, with headers', six(1_400 - 56, hopByHop(padN(6)))],
    ['because it fits, in IPv4', four(1_400 - 28)],
    ['because it may not be fragmented: pathMtu refuses it', four(1_373, { dontFragment: true })],
  ])('%s', (_name, bytes) => {
    const [whole, ...others] = cut(bytes);
    expect([bytesIn(whole!), others, outcomeOf(whole!)]).toEqual([bytes, [], 'forward']);
  });

  it.each([Status.refused, Status.delivered, Status.sent])('because its status is %i', (status) => {
    const bed = testbed();
    const packet = own(six(3_000), bed);
    packet.status = status;
    const out: Packet[] = [];
    of(packet)
      .pipe(fragmentOriginated(bed.node))
      .subscribe((each) => out.push(each));
    expect(out).toEqual([packet]);
  });
});

describe('an IPv6 packet that is cut', () => {
  it('comes out as fragments that fit, in order', () => {
    const bed = testbed();
    const pieces = cut(six(4_000), bed);
    expect(pieces.map(({ length }) => length)).toEqual([1_400, 1_400, 1_352]);
    expect(pieces.map(({ view, upper }) => fragmentHeader.fragmentOffset(view, upper))).toEqual([0, 1_352, 2_704]);
    expect(pieces.map(({ view, upper }) => fragmentHeader.moreFragments(view, upper))).toEqual([true, true, false]);
    expect(new Set(pieces.map(({ view, upper }) => fragmentHeader.identification(view, upper))).size).toBe(1);
    expect(bed.pool.outstanding).toBe(3);
  });

  it('keeps where it goes in every fragment', () => {
    for (const piece of cut(six(4_000))) {
      expect([piece.family, piece.protocol, piece.outInterface, piece.fate]).toEqual([6, 44, b, Fate.forward]);
      expect([piece.inInterface, piece.hops, piece.nextHop3, piece.upper - piece.start]).toEqual([0, 3, 9, 40]);
    }
  });

  it('is counted: RFC 4293 and the balance', () => {
    const bed = testbed();
    cut(six(4_000), bed);
    const { counters } = bed.node;
    const counts = (['outFragReqds', 'outFragOKs', 'outFragCreates'] as const).map((name) => counters.get(b, name, 6));
    expect([counts, counters.balance().copied]).toEqual([[1, 1, 3], 2]);
  });

  it.each<readonly [string, readonly Layer[], number]>([
    ['the IPv6 header', [], 40],
    ['up to the Hop-by-Hop Options header', [hopByHop(padN(6)), destinationOptions(padN(6))], 48],
    [
      'up to the Routing header',
      [
        hopByHop(padN(6)),
        destinationOptions(padN(6)),
        routing({ routingType: 2, segmentsLeft: 0, data: new Uint8Array(16) }),
        destinationOptions(padN(6)),
      ],
      80,
    ],
    ['none of the Destination Options before an upper layer', [destinationOptions(padN(6))], 40],
  ])('carries in every fragment %s', (_name, headers, head) => {
    const bytes = six(3_000, ...headers);
    const pieces = cut(bytes);
    expect(pieces.length).toBe(3);
    for (const piece of pieces) {
      const copy = bytesIn(piece).slice(0, head);
      copy.set(bytes.slice(4, 6), 4); // Payload Length
      const named = copy.findIndex((byte, at) => byte !== bytes[at]);
      copy[named] = bytes[named] as number;
      expect(copy).toEqual(bytes.slice(0, head));
      expect(bytesIn(piece)[head + 1]).toBe(0);
    }
    expect(reassembled(pieces)).toEqual([bytes]);
  });

  it('has identifications that count on for its destination and begin elsewhere for another', () => {
    const bed = testbed();
    const id = (bytes: Uint8Array): number => {
      const { view, upper } = cut(bytes, bed)[0] as Packet;
      return fragmentHeader.identification(view, upper);
    };
    const [first, second] = [id(six(2_000)), id(six(2_000))];
    expect(second).toBe((first + 1) >>> 0);
    expect(id(bytesOf(ipv6({ ...ends, destination: 'fd00:b::3' }), udp(), payload(2_000)))).not.toBe(second + 1);
  });

  it('fits the path’s MTU, where that is known', () => {
    const pieces = cut(six(2_000), testbed(), 1_280);
    expect(pieces.map(({ length }) => length)).toEqual([1_280, 824]);
  });
});

describe('an IPv4 packet that is cut', () => {
  it('has an identification of its own, whatever it had', () => {
    const pieces = cut(four(3_000, { identification: 0x1234 }));
    const ids = pieces.map(({ view, start }) => header4.identification(view, start));
    expect([ids.length, new Set(ids).size]).toEqual([3, 1]);
    expect(ids[0]).not.toBe(0x1234);
  });

  it('is whole again at the other end, options too', () => {
    const bytes = four(3_000, { options: Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0) });
    const [whole] = reassembled(cut(bytes)) as [Uint8Array];
    expect(whole.slice(0, 4)).toEqual(bytes.slice(0, 4));
    expect(whole.slice(20)).toEqual(bytes.slice(20));
  });
});

it('is whole again at the other end, whatever its headers, its length and the MTU', () => {
  const any = fc.record({
    length: fc.integer({ min: 0, max: 9_000 }),
    mtu: fc.integer({ min: 1_280, max: 2_000 }),
    hop: fc.boolean(),
    route: fc.boolean(),
    options: fc.nat(4),
    version: fc.constantFrom(4, 6),
  });
  fc.assert(
    fc.property(any, ({ length, mtu, hop, route, options, version }) => {
      const headers = [
        ...(hop ? [hopByHop(padN(6))] : []),
        ...(route ? [routing({ routingType: 2, segmentsLeft: 0 })] : []),
        ...(options > 0 ? [destinationOptions(option(0x1e, new Uint8Array(options * 16)))] : []),
      ];
      const bytes = version === 6 ? six(length, ...headers) : four(length);
      const pieces = cut(bytes, testbed(), mtu);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(mtu);
        expect(piece.view.getUint8(piece.start) >> 4).toBe(version);
      }
      const [whole, ...others] = (pieces.length === 1 ? pieces.map(bytesIn) : reassembled(pieces)) as [Uint8Array];
      expect(others).toEqual([]);
      expect(whole.slice(version === 6 ? 0 : 20)).toEqual(bytes.slice(version === 6 ? 0 : 20));
    }),
  );
});

describe('a packet is refused', () => {
  it('when the pool has no room for all pieces; those made already go back', () => {
    const bed = testbed({ smallLimit: 3, largeLimit: 1 });
    const [packet, ...others] = cut(six(8_000), bed);
    expect([outcomeOf(packet!), others, bed.pool.outstanding]).toEqual(['noBuffer', [], 1]);
    expect([packet!.length, bytesIn(packet!)]).toEqual([8_048, six(8_000)]);
    expect(bed.node.counters.balance().copied).toBe(0);
  });

  it('when its headers don’t fit the first fragment (RFC 7112 §5)', () => {
    const long = Array.from({ length: 6 }, () => option(0x1e, new Uint8Array(250)));
    const [packet] = cut(six(100, destinationOptions(...long)));
    expect([outcomeOf(packet!), packet!.dropParameter]).toEqual(['packetTooBig', 1_400]);
    const [other] = cut(bytesOf(ipv6(ends), hopByHop(...long), tcp(), payload(100)));
    expect(outcomeOf(other!)).toBe('packetTooBig');
  });

  it('when it has no headroom for the Fragment header', () => {
    const { node } = testbed();
    const packet = own(six(3_000), testbed());
    const tight = packetOf(bytesIn(packet));
    tight.bytes.copyWithin(4, tight.start, tight.end);
    tight.end -= tight.start - 4;
    tight.upper -= tight.start - 4;
    tight.start = 4;
    tight.link = 4;
    Object.assign(tight, { family: 6, outInterface: b });
    const out: Packet[] = [];
    of(tight)
      .pipe(fragmentOriginated(node))
      .subscribe((each) => out.push(each));
    expect(out.map(outcomeOf)).toEqual(['noBuffer']);
  });
});

it('a forwarded IPv4 fragment that lies behind the end of all datagrams is refused, not wrapped around', () => {
  const { node, pool } = testbed();
  const far = bytesOf(ipv4({ ...ends4, fragmentOffset: 65_528, moreFragments: true }), payload(1_480));
  const packet = received(far, { pool });
  packet.outInterface = b;
  const out: Packet[] = [];
  of(packet)
    .pipe(fragment(node))
    .subscribe((each) => out.push(each));
  expect(out.map(outcomeOf)).toEqual(['reassembledTooLong']);
  expect(Drop.reassembledTooLong).toBe(out[0]!.drop);
  expect(joinBytes(bytesIn(out[0]!))).toEqual(far);
});
