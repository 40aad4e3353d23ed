import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Packet, pass } from '../../src/packet/index.ts';
import type { RouterAdapter, RouterLanes } from '../../src/pipelines/router.ts';
import {
  bytesOf,
  echoRequest4,
  echoRequest6,
  fragmentHeader,
  icmp6,
  ipv4,
  ipv6,
  type Layer,
  packetOf,
  payload,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import { bases } from '../fuzz/bases.ts';
import { mutant } from '../fuzz/hostile.ts';
import { line } from '../support/router.ts';
import { a, advance, b, p, testbed } from '../support/testbed.ts';

const address6 = fc.constantFrom(
  ...['fd00:a::1', 'fd00:a::2', 'fd00:b::1', 'fd00:b::2', '2001:db8::1', '2001:db8:dead::1', '2001:db8:b1ac::1'],
  ...['3fff::1', 'fe80::2', 'fe80::a1', 'ff02::1', 'ff02::1234', '::', '::1'],
);
const address4 = fc.constantFrom(
  ...['10.0.1.1', '10.0.1.2', '10.0.2.2', '10.0.1.255', '10.0.2.255', '192.0.2.1', '198.51.100.1', '203.0.113.1'],
  ...['8.8.8.8', '224.0.0.1', '255.255.255.255', '0.0.0.0', '127.0.0.1', '169.254.1.1'],
);
const upper = fc.constantFrom<Layer>(udp(), udp({ checksum: 1 }), tcp(), icmp6({ type: 1 }), icmp6({ type: 135 }));
const hops = fc.constantFrom(1, 2, 64);
const length = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(1_352, 1_353, 1_380, 1_500, 4_000));

const six = fc
  .tuple(address6, address6, hops, fc.oneof(upper, fc.constant(echoRequest6())), length)
  .map(([source, destination, hopLimit, layer, size]) =>
    bytesOf(ipv6({ source, destination, hopLimit }), layer, payload(size)),
  );
const four = fc
  .tuple(address4, address4, hops, fc.oneof(upper, fc.constant(echoRequest4())), length, fc.boolean())
  .map(([source, destination, timeToLive, layer, size, dontFragment]) =>
    bytesOf(ipv4({ source, destination, timeToLive, dontFragment }), layer, payload(size)),
  );
/** Pieces of few datagrams to this node: some of them become whole, overlap or stay incomplete. */
const piece = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.integer({ min: 1, max: 2 }), fc.boolean())
  .map(([unit, more, identification, isSix]) => {
    const offset = unit * 16;
    const data = unit === 0 ? bytesOf(udp({ length: 24, checksum: 0 }), payload(8)) : payload(16);
    return isSix
      ? bytesOf(
          ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1', nextHeader: 44 }),
          fragmentHeader({ offset, more, identification }),
          data,
        )
      : bytesOf(
          ipv4({
            source: '10.0.1.2',
            destination: '10.0.1.1',
            protocol: 17,
            fragmentOffset: offset,
            moreFragments: more,
            identification,
          }),
          data,
        );
  });
const hostile = fc.integer({ min: 0 }).map((number) => mutant(bases, number));
const noise = fc.uint8Array({ maxLength: 200 });

interface Arrival {
  readonly bytes: Uint8Array;
  readonly inInterface: number;
  /** Milliseconds before it. */
  readonly wait: number;
}
const arrivals: fc.Arbitrary<Arrival[]> = fc.array(
  fc.record({
    bytes: fc.oneof(six, four, piece, hostile, noise),
    inInterface: fc.constantFrom(a, b, p),
    wait: fc.oneof(fc.constant(0), fc.constantFrom(1, 1_000, 61_000)),
  }),
  { maxLength: 40 },
);

/** Stages that are lifted out; without `receive` nothing would be counted as received. */
const lifted = fc.uniqueArray(
  fc.constantFrom<keyof RouterLanes>('classify', 'local', 'forward', 'originate', 'transmit', 'explain'),
  { maxLength: 3 },
);
const without =
  (names: readonly (keyof RouterLanes)[]): RouterAdapter =>
  (lanes) => ({ ...lanes, ...Object.fromEntries(names.map((name) => [name, pass])) });

describe('nothing vanishes', () => {
  /** Every packet that went in comes out once, unless it became part of another; and the books are balanced. */
  const conserves = (given: readonly Arrival[], adapt: RouterAdapter, smallLimit: number): void => {
    const bed = testbed({ smallLimit });
    const wire$ = new Subject<Packet>();
    const out = new Map<Packet, number>();
    const see = (packet: Packet): void => {
      if (out.has(packet)) out.set(packet, (out.get(packet) as number) + 1);
    };
    let failed: unknown;
    wire$.pipe(line(bed, { adapt, see })).subscribe({ error: (error) => (failed = error) });
    for (const { bytes, inInterface, wait } of given) {
      advance(bed.clock, wait);
      const packet = packetOf(bytes, { inInterface });
      out.set(packet, 0);
      wire$.next(packet);
    }
    wire$.complete();
    const { received, originated, copied, sent, delivered, refused, merged, held } = bed.node.counters.balance();
    expect(failed).toBeUndefined();
    expect(received).toBe(given.length);
    expect(received + originated + copied).toBe(sent + delivered + refused + merged);
    expect([held, bed.pool.outstanding]).toEqual([0, 0]);
    const times = [...out.values()];
    expect(Math.max(0, ...times)).toBeLessThanOrEqual(1);
    // A datagram of n pieces counts n - 1 as merged; the whole may lie in the slab of one of them, or in another.
    const gone = times.filter((count) => count === 0).length;
    expect(gone).toBeGreaterThanOrEqual(merged);
    expect(gone).toBeLessThanOrEqual(2 * merged);
  };

  it('in the default router', () => {
    fc.assert(
      fc.property(arrivals, (given) => conserves(given, (lanes) => lanes, 64)),
      { numRuns: 400 },
    );
  });

  it('in a router some of whose stages are lifted out', () => {
    fc.assert(
      fc.property(arrivals, lifted, (given, names) => conserves(given, without(names), 64)),
      { numRuns: 300 },
    );
  });

  it('in a router whose pool is nearly empty', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 0, max: 3 }), (given, slabs) =>
        conserves(given, (lanes) => lanes, slabs),
      ),
      { numRuns: 200 },
    );
  });
});

describe('a router that is let go', () => {
  it('has given every packet back, whenever it happens', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 0, max: 40 }), fc.boolean(), (given, after, fromWithin) => {
        const bed = testbed();
        const wire$ = new Subject<Packet>();
        let seen = 0;
        const see = (): void => {
          seen += 1;
          if (fromWithin && seen > after) subscription.unsubscribe();
        };
        const subscription = wire$.pipe(line(bed, { see })).subscribe();
        for (const { bytes, inInterface, wait } of given.slice(0, fromWithin ? undefined : after)) {
          advance(bed.clock, wait);
          if (wire$.observed) wire$.next(packetOf(bytes, { inInterface, pool: bed.pool }));
        }
        subscription.unsubscribe();
        expect([bed.pool.outstanding, wire$.observed]).toEqual([0, false]);
      }),
      { numRuns: 300 },
    );
  });
});
