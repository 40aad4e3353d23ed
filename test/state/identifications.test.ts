import { describe, expect, it } from 'vitest';
import { Identifications } from '../../src/state/identifications.ts';
import { bytesOf, ipv4, ipv6, seededRandom } from '../../src/testing/index.ts';

const six = (destination: string, source = 'fd00:a::1'): DataView =>
  new DataView(bytesOf(ipv6({ source, destination })).buffer);
const four = (destination: string, protocol = 17): DataView =>
  new DataView(bytesOf(ipv4({ source: '10.0.1.1', destination, protocol })).buffer);
const make = (destinations = 8): Identifications =>
  new Identifications({ random: seededRandom(7), seed: 1 }, { destinations });

describe('identifications', () => {
  it('count on for the same source and destination (RFC 7739 §5.1)', () => {
    const identifications = make();
    const first = identifications.next6(six('fd00:b::1'), 0);
    identifications.next6(six('fd00:b::2'), 0);
    expect(identifications.next6(six('fd00:b::1'), 0)).toBe((first + 1) >>> 0);
    expect(identifications.next6(six('fd00:b::1'), 0)).toBe((first + 2) >>> 0);
  });

  it('begin elsewhere for each destination, and each source', () => {
    const identifications = make(64);
    const views = Array.from({ length: 32 }, (_, index) => six(`fd00:b::${index + 1}`));
    const others = views.map((_, index) => six('fd00:b::1', `fd00:c::${index + 1}`));
    const numbers = [...views, ...others].map((view) => identifications.next6(view, 0));
    const gaps = numbers.slice(1).map((number, index) => Math.abs(number - (numbers[index] as number)));
    expect(Math.min(...gaps)).toBeGreaterThan(1_000);
  });

  it('are 32 bits in IPv6 and wrap', () => {
    const identifications = new Identifications({ random: () => 0.9999999999, seed: 1 });
    const numbers = [1, 2, 3].map(() => identifications.next6(six('fd00:b::1'), 0));
    expect(numbers).toEqual([0, 1, 2]);
  });

  it('are 16 bits in IPv4, and count for each protocol (RFC 6864)', () => {
    const identifications = make();
    const udp = [1, 2].map(() => identifications.next4(four('10.0.2.1'), 0)) as [number, number];
    const icmp = identifications.next4(four('10.0.2.1', 1), 0);
    expect(udp[1]).toBe((udp[0] + 1) & 0xffff);
    expect(icmp).not.toBe((udp[1] + 1) & 0xffff);
    for (const number of [...udp, icmp]) expect(number).toBeLessThan(0x10000);
  });

  it('forget the destination that was first when there are too many; it then begins anew', () => {
    const identifications = make(4);
    const first = identifications.next6(six('fd00:b::1'), 0);
    const second = identifications.next6(six('fd00:b::2'), 0);
    for (const last of [3, 4, 5]) identifications.next6(six(`fd00:b::${last}`), 0);
    expect(identifications.next6(six('fd00:b::2'), 0)).toBe((second + 1) >>> 0);
    expect(identifications.next6(six('fd00:b::1'), 0)).not.toBe((first + 1) >>> 0);
  });
});
