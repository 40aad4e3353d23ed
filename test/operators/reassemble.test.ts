import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { extensionHeaders } from '../../src/operators/extension-headers.ts';
import { reassemble } from '../../src/operators/reassemble.ts';
import { Drop, type Packet, Status } from '../../src/packet/index.ts';
import {
  bytesIn,
  bytesOf,
  destinationOptions,
  echoRequest6,
  fragmentHeader,
  fragmentsOf,
  hopByHop,
  ipv4,
  ipv6,
  joinBytes,
  type Layer,
  option,
  padN,
  payload,
  seededRandom,
  udp,
} from '../../src/testing/index.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import { fragmentBench, port } from '../support/fragment-bench.ts';
import { outcomeOf, received, testbed } from '../support/testbed.ts';

const ends = { source: 'fd00:a::2', destination: 'fd00:a::1' } as const;
const ends4 = { source: '10.0.1.2', destination: '10.0.1.1' } as const;
const six = (length: number, ...headers: Layer[]): Uint8Array =>
  bytesOf(ipv6(ends), ...headers, udp({ destinationPort: port }), payload(length));

/** What comes out of the operator for each packet that goes in. */
const run = (...packets: Uint8Array[]): { out: Packet[]; bed: ReturnType<typeof testbed> } => {
  const bed = testbed();
  const source$ = new Subject<Packet>();
  const out: Packet[] = [];
  source$.pipe(extensionHeaders(), reassemble(bed.node)).subscribe((packet) => out.push(packet));
  for (const bytes of packets) source$.next(received(bytes, { pool: bed.pool }));
  return { out, bed };
};

describe('the whole datagram', () => {
  it('goes on behind what was the Fragment header, as if it had come whole', () => {
    const { out } = run(...fragmentsOf(six(2_000, hopByHop(padN(6)), destinationOptions(padN(6))), { head: 48 }));
    expect(out).toHaveLength(1);
    const [whole] = out as [Packet];
    expect([whole.upper - whole.start, whole.protocol, whole.protocolPointer, whole.family]).toEqual([48, 60, 40, 6]);
    expect([whole.status, whole.inInterface, whole.length]).toEqual([Status.inFlight, 2, 2_064]);
  });

  it('goes on behind the IPv4 header', () => {
    const { out } = run(...fragmentsOf(bytesOf(ipv4(ends4), udp(), payload(2_000))));
    const [whole] = out as [Packet];
    expect([whole.upper - whole.start, whole.protocol, whole.family, whole.length]).toEqual([20, 17, 4, 2_028]);
  });

  it('has the time at which its first fragment came', () => {
    const { node, pool } = testbed();
    const source$ = new Subject<Packet>();
    const out: Packet[] = [];
    source$.pipe(extensionHeaders(), reassemble(node)).subscribe((packet) => out.push(packet));
    for (const [index, bytes] of fragmentsOf(six(3_000)).reverse().entries()) {
      const packet = received(bytes, { pool });
      packet.seconds = 100 + index;
      source$.next(packet);
    }
    expect(out[0]!.seconds).toBe(102);
  });

  it('is counted: RFC 4293 and the balance', () => {
    const bench = fragmentBench();
    bench.send([...fragmentsOf(six(4_000)), fragmentsOf(six(2_000), { identification: 2 })[0]!]);
    bench.pass(60_000);
    const { counters } = bench.node;
    const counts = (['reasmReqds', 'reasmOKs', 'reasmFails', 'inDelivers'] as const).map((name) =>
      counters.get(2, name, 6),
    );
    expect(counts).toEqual([5, 1, 1, 1]);
    expect(counters.balance()).toMatchObject({ received: 5, delivered: 1, merged: 3, refused: 1, held: 0 });
  });
});

describe('what passes', () => {
  it.each<readonly [string, Uint8Array]>([
    ['a packet without extension headers', six(8)],
    ['an atomic fragment, its Fragment header too', six(8, fragmentHeader())],
    ['an IPv4 packet', bytesOf(ipv4(ends4), udp(), payload(8))],
    ['an IPv4 packet with Don’t Fragment', bytesOf(ipv4({ ...ends4, dontFragment: true }), udp(), payload(8))],
    ['an IPv4 packet of protocol 44', bytesOf(ipv4({ ...ends4, protocol: 44 }), payload(8))],
    ['an ICMPv6 message', bytesOf(ipv6(ends), fragmentHeader(), echoRequest6(), payload(8))],
    ['nothing behind the IPv6 header', bytesOf(ipv6(ends))],
    ['an ICMPv6 header that is not there', bytesOf(ipv6({ ...ends, nextHeader: Protocol.icmpv6 }))],
  ])('%s', (_name, bytes) => {
    const { out, bed } = run(bytes);
    expect(out.map(bytesIn)).toEqual([bytes]);
    expect([out[0]!.status, bed.node.counters.get(2, 'reasmReqds')]).toEqual([Status.inFlight, 0]);
  });

  it('a fragment that was refused already', () => {
    const { node, pool } = testbed();
    const source$ = new Subject<Packet>();
    const out: Packet[] = [];
    source$.pipe(reassemble(node)).subscribe((packet) => out.push(packet));
    const packet = received(fragmentsOf(six(2_000))[0]!, { pool });
    packet.refuse(Drop.blackhole);
    source$.next(packet);
    expect([out, node.reassembly.held]).toEqual([[packet], 0]);
  });
});

describe('what is refused alone', () => {
  it.each<readonly [string, string, Uint8Array]>([
    ['truncatedHeader', 'a Fragment header that is not there', bytesOf(ipv6({ ...ends, nextHeader: 44 }), payload(7))],
    ['emptyFragment', 'a fragment without data', bytesOf(ipv6(ends), fragmentHeader({ more: true }))],
    ['emptyFragment', 'a last fragment without data', bytesOf(ipv6(ends), fragmentHeader({ offset: 8 }))],
    ['emptyFragment', 'an IPv4 fragment without data', bytesOf(ipv4({ ...ends4, moreFragments: true }))],
    [
      'unalignedFragment',
      'a fragment of 9 bytes',
      bytesOf(ipv6(ends), fragmentHeader({ offset: 8, more: true }), payload(9)),
    ],
  ])('%s: %s', (reason, _name, bytes) => {
    const { out, bed } = run(bytes);
    expect([out.map(outcomeOf), bed.node.reassembly.size, bed.node.reassembly.refusals]).toEqual([[reason], 0, 0]);
  });
});

/** A permutation by a seed. */
const shuffled = <T>(list: readonly T[], seed: number): T[] => {
  const random = seededRandom(seed);
  return list
    .map((value) => ({ value, key: random() }))
    .sort((one, other) => one.key - other.key)
    .map(({ value }) => value);
};

/** How a datagram is cut and mixed up. */
const mix = fc.record({
  length: fc.integer({ min: 24, max: 6_000 }),
  cuts: fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 12 }),
  again: fc.array(fc.nat(11), { maxLength: 6 }),
  seed: fc.integer(),
});

describe('any fragments', () => {
  it.each([6, 4])('in any order, some of them twice, make the IPv%i datagram, once', (family) => {
    fc.assert(
      fc.property(mix, ({ length, cuts, again, seed }) => {
        const bench = fragmentBench();
        const original =
          family === 6
            ? six(length)
            : bytesOf(ipv4({ ...ends4, identification: 1 }), udp({ destinationPort: port }), payload(length));
        const places = [...new Set(cuts.map((cut) => cut * 8))].filter((cut) => cut < length + 8).sort((a, b) => a - b);
        const pieces = fragmentsOf(original, { cuts: places });
        if (pieces.length === 1) return;
        // The first is not doubled: all pieces twice are two datagrams.
        const doubles = again.map((index) => pieces[1 + (index % (pieces.length - 1))] as Uint8Array);
        const mixed = shuffled([...pieces, ...doubles], seed);
        bench.send(mixed);
        expect(bench.whole).toEqual([original]);
        const { node, pool } = bench;
        expect(node.counters.balance().held).toBe(node.reassembly.held);
        bench.pass(60_000);
        expect([node.reassembly.held, pool.outstanding, node.counters.balance().held]).toEqual([0, 0, 0]);
        bench.letGo();
      }),
    );
  });

  /** Fragments that may overlap, contradict, repeat, lack, and lie about everything. */
  const hostile = fc.record({
    source: fc.integer({ min: 1, max: 3 }),
    identification: fc.integer({ min: 1, max: 3 }),
    offset: fc.oneof(fc.nat(12), fc.integer({ min: 8_180, max: 8_191 })),
    length: fc.oneof(fc.nat(8), fc.nat(120)),
    more: fc.boolean(),
    protocol: fc.constantFrom(17, 6, 58, 60, 44, 0, 59, 43, 41),
    trafficClass: fc.nat(3),
    byte: fc.nat(255),
    family: fc.constantFrom(4, 6),
    wait: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 70_000 }) },
    ),
  });

  it('keep the conservation law and the bounds, and nothing leaks, whatever they are', () => {
    const limits = {
      datagrams: 5,
      datagramsPerSource: 3,
      fragmentsPerDatagram: 4,
      refusedDatagrams: 2,
      bytes: 14_000,
      bytesPerSource: 9_000,
    };
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 60 }), (list) => {
        const bench = fragmentBench(limits);
        const { node, pool } = bench;
        const { reassembly, counters } = node;
        for (const {
          source,
          identification,
          offset,
          length,
          more,
          protocol,
          trafficClass,
          byte,
          family,
          wait,
        } of list) {
          const data = new Uint8Array(length).fill(byte);
          const bytes =
            family === 6
              ? bytesOf(
                  ipv6({ ...ends, source: `fd00:a::${source}:2`, trafficClass }),
                  fragmentHeader({ offset: offset * 8, more, identification }),
                  data,
                )
              : bytesOf(
                  ipv4({
                    ...ends4,
                    source: `10.0.1.${source + 1}`,
                    typeOfService: trafficClass,
                    fragmentOffset: offset * 8,
                    moreFragments: more,
                    identification,
                    protocol,
                  }),
                  data,
                );
          if (family === 6) bytes[40] = protocol;
          bench.sendOne(bytes);
          if (wait > 0) bench.pass(wait);
          expect(reassembly.size).toBeLessThanOrEqual(limits.datagrams);
          expect(reassembly.bytes).toBeLessThanOrEqual(limits.bytes);
          expect(reassembly.refusals).toBeLessThanOrEqual(limits.refusedDatagrams);
          expect(counters.balance().held).toBe(reassembly.held);
          expect(pool.outstanding).toBe(reassembly.held);
        }
        bench.pass(120_000);
        expect([reassembly.held, reassembly.size, reassembly.bytes, reassembly.refusals]).toEqual([0, 0, 0, 0]);
        expect([pool.outstanding, counters.balance().held, bench.clock.actions.length]).toEqual([0, 0, 0]);
        bench.letGo();
      }),
      { numRuns: 300 },
    );
  });

  it('that overlap never deliver the datagram', () => {
    const overlap = fc.record({
      cuts: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
      from: fc.nat(31),
      length: fc.integer({ min: 8, max: 64 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(overlap, ({ cuts, from, length, seed }) => {
        const bench = fragmentBench();
        const original = six(248);
        const pieces = fragmentsOf(original, { cuts: cuts.map((cut) => cut * 8).sort((a, b) => a - b) });
        const offset = from * 8;
        const data = new Uint8Array(Math.min(length, 256 - offset)).fill(0xee);
        const more = offset + data.length < 256;
        const evil = bytesOf(
          ipv6(ends),
          fragmentHeader({ offset, more, identification: 1 }),
          more ? data.slice(0, Math.max(8, data.length & ~7)) : data,
        );
        evil[40] = Protocol.udp;
        if (more && offset === 0) return; // then it may be refused for itself, and the datagram is whole without it
        const mixed = shuffled([...pieces, evil], seed);
        // The last of all to come may be the evil one, when the datagram is whole already.
        const before = mixed.indexOf(evil) < mixed.length - 1;
        bench.send(mixed);
        if (before) expect(bench.delivered).toEqual([]);
        else expect(bench.whole).toEqual([original]);
        bench.letGo();
      }),
    );
  });

  it('of a datagram whose length would not fit 16 bits never make one (FreeBSD-SA-23:06)', () => {
    const bench = fragmentBench();
    const headers = [hopByHop(padN(6)), hopByHop(option(0x1e, new Uint8Array(12)))];
    for (const [index, header] of headers.entries()) {
      const head = 48 + index * 8;
      const [first] = fragmentsOf(six(1_224, header), { head, cuts: [1_232], identification: index });
      if (first === undefined) throw new Error('there is a first fragment');
      const rest = Array.from({ length: 53 }, (_, place) => {
        const offset = 1_232 * (place + 1);
        const data = new Uint8Array(Math.min(1_232, 65_535 - offset));
        const bytes = bytesOf(
          ipv6(ends),
          fragmentHeader({ offset, more: offset + 1_232 < 65_535, identification: index }),
          data,
        );
        return bytes;
      });
      const all = [...rest, first];
      const outcomes = new Set([...bench.send(all), ...bench.send([...all].reverse())]);
      expect(outcomes).not.toContain('delivered');
      expect(outcomes).toContain('reassembledTooLong');
    }
    expect(bench.whole).toEqual([]);
  });
});

it('lets an outlet send fragments back while it is being given packets', () => {
  const { node, pool } = testbed();
  const source$ = new Subject<Packet>();
  const seen: string[] = [];
  const pieces = fragmentsOf(six(2_000), { identification: 2 });
  source$.pipe(extensionHeaders(), reassemble(node)).subscribe((packet) => {
    seen.push(outcomeOf(packet));
    packet.release();
    const next = pieces.shift();
    if (next !== undefined) source$.next(received(next, { pool }));
  });
  for (const bytes of fragmentsOf(six(2_000))) source$.next(received(bytes, { pool }));
  source$.next(received(joinBytes(six(1)), { pool }));
  expect(seen).toEqual(['inFlight', 'inFlight', 'inFlight']);
  expect(pool.outstanding).toBe(0);
});
