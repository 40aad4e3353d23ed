import fc from 'fast-check';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fragment } from '../../src/operators/fragment.ts';
import { Drop, Fate, type Packet, type PacketPool, Status } from '../../src/packet/index.ts';
import type { Node } from '../../src/state/node.ts';
import {
  bytesIn,
  bytesOf,
  type Ipv4Fields,
  ipv4,
  ipv6,
  joinBytes,
  packetOf,
  payload,
  udp,
} from '../../src/testing/index.ts';
import * as header from '../../src/wire/ipv4.ts';
import { a, b, outcomeOf, testbed } from '../support/testbed.ts';

const four = (length: number, fields: Partial<Ipv4Fields> = {}): Uint8Array =>
  bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.2.2', identification: 0x1234, ...fields }), payload(length));

/** A packet on its way out by `b`; not decoded, so that its options may be anything. */
const bound = (bytes: Uint8Array, pool?: PacketPool): Packet => {
  const packet = packetOf(bytes, pool ? { pool, inInterface: a } : { inInterface: a });
  packet.family = (bytes[0] as number) >> 4;
  packet.protocol = bytes[9] as number;
  packet.outInterface = b;
  packet.fate = Fate.forward;
  return packet;
};

const cut = (packet: Packet, node: Node): Packet[] => {
  const pieces: Packet[] = [];
  of(packet)
    .pipe(fragment(node))
    .subscribe((piece) => pieces.push(piece));
  return pieces;
};

/** What the destination does (RFC 791 §3.2): the payloads, each at its offset. Fails on gaps and overlaps. */
const reassembled = (pieces: readonly Packet[]): Uint8Array => {
  let next = header.fragmentOffset(pieces[0]!.view, pieces[0]!.start);
  const parts = pieces.map((piece) => {
    expect(header.check(piece.view, piece.start, piece.end)).toBe('ok');
    expect(header.fragmentOffset(piece.view, piece.start)).toBe(next);
    const part = piece.bytes.slice(piece.start + header.headerLength(piece.view, piece.start), piece.end);
    next += part.length;
    return part;
  });
  return joinBytes(...parts);
};
const more = (pieces: readonly Packet[]): boolean[] =>
  pieces.map(({ view, start }) => header.moreFragments(view, start));

describe('a packet that passes whole', () => {
  it.each<readonly [string, Uint8Array]>([
    ['because it fits', four(1_380)],
    ['because it may not be fragmented: pathMtu refuses it', four(1_381, { dontFragment: true })],
    ['because it is IPv6', bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), payload(1_500))],
  ])('%s', (_name, bytes) => {
    const { node } = testbed();
    const packet = bound(bytes);
    expect(cut(packet, node)).toEqual([packet]);
    expect(bytesIn(packet)).toEqual(bytes);
    expect(node.counters.balance().copied).toBe(0);
  });

  it.each([Status.refused, Status.delivered, Status.sent])('because its status is %i', (status) => {
    const { node } = testbed();
    const packet = bound(four(3_000));
    packet.status = status;
    expect(cut(packet, node)).toEqual([packet]);
  });
});

describe('a packet that is cut', () => {
  it('comes out as fragments that fit, in order, and make it whole again', () => {
    const { node, pool } = testbed();
    const pieces = cut(bound(four(3_000), pool), node);
    expect(pieces.map((piece) => piece.length)).toEqual([1_396, 1_396, 268]);
    expect(reassembled(pieces)).toEqual(payload(3_000));
    expect(more(pieces)).toEqual([true, true, false]);
    const ids = pieces.map(({ view, start }) => header.identification(view, start));
    expect([ids, pool.outstanding]).toEqual([[0x1234, 0x1234, 0x1234], 3]);
  });

  it('is counted: RFC 4293 and the balance', () => {
    const { node } = testbed();
    cut(bound(four(3_000)), node);
    const { counters } = node;
    const counts = (['outFragReqds', 'outFragOKs', 'outFragCreates'] as const).map((name) => counters.get(b, name, 4));
    expect([counts, counters.balance().copied]).toEqual([[1, 1, 3], 2]);
  });

  it('leaves the way it would have gone with every fragment', () => {
    const { node } = testbed();
    const packet = bound(bytesOf(ipv4({ source: '10.0.1.2', destination: '192.0.2.1' }), udp(), payload(3_000)));
    Object.assign(packet, { nextHop0: 0x0a000202, route: 7, hops: 1, depth: 2, seconds: 3, nanoseconds: 4 });
    for (const piece of cut(packet, node)) {
      expect(piece).toMatchObject({ family: 4, protocol: 17, status: Status.inFlight, fate: Fate.forward });
      expect(piece).toMatchObject({ inInterface: packet.inInterface, outInterface: b, nextHop0: 0x0a000202, route: 7 });
      expect(piece).toMatchObject({ hops: 1, depth: 2, seconds: 3, nanoseconds: 4 });
      expect(piece.upper).toBe(piece.start + 20);
    }
  });

  it('may be a fragment itself: offset and More Fragments go on', () => {
    const { node } = testbed();
    const middle = cut(bound(four(2_000, { fragmentOffset: 4_000, moreFragments: true })), node);
    expect(header.fragmentOffset(middle[0]!.view, middle[0]!.start)).toBe(4_000);
    expect([reassembled(middle), more(middle)]).toEqual([payload(2_000), [true, true]]);
    const last = cut(bound(four(2_000, { fragmentOffset: 4_000 })), node);
    expect([reassembled(last), more(last)]).toEqual([payload(2_000), [true, false]]);
  });

  it('keeps options whose copied flag is set in every fragment, others in the first (RFC 791 §3.1)', () => {
    const { node } = testbed();
    const recordRoute = Uint8Array.of(7, 7, 4, 0, 0, 0, 0);
    const routerAlert = Uint8Array.of(148, 4, 0, 0);
    const security = Uint8Array.of(130, 3, 9);
    const options = joinBytes(Uint8Array.of(1), recordRoute, routerAlert, Uint8Array.of(1), security);
    const pieces = cut(bound(four(3_000, { options })), node);
    const optionsOf = (piece: Packet): number[] => [
      ...bytesIn(piece).slice(20, header.headerLength(piece.view, piece.start)),
    ];
    expect(optionsOf(pieces[0]!)).toEqual([...options]);
    const copied = [...routerAlert, ...security, 0];
    expect(pieces.slice(1).map(optionsOf)).toEqual([copied, copied]);
    expect(reassembled(pieces)).toEqual(payload(3_000));
  });

  it.each([
    ['an option past the header', Uint8Array.of(148, 40, 0, 0), []],
    ['an option of length 0', Uint8Array.of(148, 0, 148, 4, 0, 0, 0, 0), []],
    ['an option without a length', Uint8Array.of(1, 1, 1, 148), []],
    ['bytes behind the end of the list', Uint8Array.of(0, 148, 4, 0), []],
  ])('survives bad options: %s', (_name, options, kept) => {
    const { node } = testbed();
    const pieces = cut(bound(four(3_000, { options })), node);
    expect(reassembled(pieces)).toEqual(payload(3_000));
    const last = pieces.at(-1)!;
    expect([...bytesIn(last).slice(20, header.headerLength(last.view, last.start))].slice(0, kept.length)).toEqual(
      kept,
    );
  });

  it('makes itself whole again from any size, over any MTU', () => {
    const sizes = fc.record({
      length: fc.integer({ min: 0, max: 9_000 }),
      mtu: fc.integer({ min: 68, max: 3_000 }),
      options: fc.uint8Array({ maxLength: 40 }),
      offset: fc.integer({ min: 0, max: 1_000 }).map((units) => units * 8),
      moreFragments: fc.boolean(),
    });
    const { node, pool } = testbed({ smallLimit: 2_000 });
    fc.assert(
      fc.property(sizes, ({ length, mtu, options, offset, moreFragments }) => {
        node.interfaces.resize(b, mtu);
        const fields = { options, fragmentOffset: offset, moreFragments };
        const pieces = cut(bound(four(length, fields), pool), node);
        expect(reassembled(pieces)).toEqual(payload(length));
        expect(more(pieces)).toEqual(pieces.map((_, index) => index < pieces.length - 1 || moreFragments));
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(mtu);
          piece.release();
        }
        expect(pool.outstanding).toBe(0);
      }),
    );
  });
});

describe('a packet that cannot be cut', () => {
  it('is refused whole when the pool has no room for all pieces; those made already go back', () => {
    const { node, pool } = testbed({ smallLimit: 2 });
    const bytes = four(12_000);
    const pieces = cut(bound(bytes, pool), node);
    expect(pieces.map(outcomeOf)).toEqual(['noBuffer']);
    expect(bytesIn(pieces[0]!)).toEqual(bytes);
    expect([pool.outstanding, node.counters.balance().copied, node.counters.get(b, 'outFragOKs', 4)]).toEqual([
      1, 0, 0,
    ]);
  });

  it('is refused when not even eight bytes fit behind its header', () => {
    const { node } = testbed();
    node.interfaces.resize(b, 60);
    const packet = bound(four(100, { options: payload(40, 1) }));
    expect(cut(packet, node)).toEqual([packet]);
    expect([packet.drop, packet.dropParameter]).toEqual([Drop.packetTooBig, 60]);
  });
});
