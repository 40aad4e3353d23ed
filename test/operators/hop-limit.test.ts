import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hopLimitStep } from '../../src/operators/hop-limit.ts';
import { Drop, type Packet, Status } from '../../src/packet/index.ts';
import { bytesIn, bytesOf, ipv4, ipv6, udp } from '../../src/testing/index.ts';
import * as ipv4Header from '../../src/wire/ipv4.ts';
import { received } from '../support/testbed.ts';

const six = (hopLimit: number): Packet =>
  received(bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', hopLimit }), udp()));
const four = (timeToLive: number): Packet =>
  received(bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.2.2', timeToLive }), udp()));

describe('hopLimit', () => {
  it.each([
    [255, 254],
    [64, 63],
    [2, 1],
  ])('lowers %i to %i', (before, after) => {
    for (const [packet, at] of [
      [six(before), 7],
      [four(before), 8],
    ] as const) {
      hopLimitStep(packet);
      expect([packet.view.getUint8(packet.start + at), packet.hops, packet.status]).toEqual([
        after,
        1,
        Status.inFlight,
      ]);
    }
  });

  it.each([1, 0])('refuses a packet with %i left, and leaves it as it came', (hops) => {
    for (const packet of [six(hops), four(hops)]) {
      const before = bytesIn(packet);
      hopLimitStep(packet);
      expect([packet.drop, packet.hops]).toEqual([Drop.hopLimitExceeded, 0]);
      expect(bytesIn(packet)).toEqual(before);
    }
  });

  it('changes nothing else in an IPv6 packet', () => {
    const packet = six(64);
    const expected = bytesIn(packet);
    expected[7] = 63;
    hopLimitStep(packet);
    expect(bytesIn(packet)).toEqual(expected);
  });

  it('mends the IPv4 checksum to what a fresh computation gives, for any header', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const header = fc.record({
      timeToLive: fc.integer({ min: 2, max: 255 }),
      typeOfService: octet,
      identification: fc.integer({ min: 0, max: 0xffff }),
      protocol: octet,
      options: fc.uint8Array({ maxLength: 40 }),
      source: fc.tuple(fc.integer({ min: 1, max: 126 }), octet, octet, octet).map((parts) => parts.join('.')),
    });
    fc.assert(
      fc.property(header, (fields) => {
        const packet = received(bytesOf(ipv4({ ...fields, destination: '10.0.2.2' })));
        hopLimitStep(packet);
        const mended = ipv4Header.headerChecksum(packet.view, packet.start);
        ipv4Header.writeChecksum(packet.view, packet.start);
        expect(mended).toBe(ipv4Header.headerChecksum(packet.view, packet.start));
      }),
      { numRuns: 1_000 },
    );
  });
});
