import { describe, expect, it } from 'vitest';
import type { Packet } from '../../src/packet/index.ts';
import { type ErrorLimitOptions, ErrorLimits, errorLimitDefaults } from '../../src/state/error-limits.ts';
import { bytesOf, ipv4, ipv6, packetOf } from '../../src/testing/index.ts';

const limitsOf = (options: ErrorLimitOptions = {}): ErrorLimits =>
  new ErrorLimits({ interfaceLimit: 4, seed: 3 }, options);

const from = (source: string, inInterface = 2): Packet => {
  const six = source.includes(':');
  const bytes = six
    ? bytesOf(ipv6({ source, destination: '2001:db8::1' }))
    : bytesOf(ipv4({ source, destination: '192.0.2.1' }));
  const packet = packetOf(bytes, { inInterface });
  packet.family = six ? 6 : 4;
  return packet;
};

/** Of so many errors to each of these, how many may go. */
const allowed = (limits: ErrorLimits, sources: readonly string[], each: number, now = 0, inInterface = 2): number[] =>
  sources.map((source) => {
    const packet = from(source, inInterface);
    return Array.from({ length: each }, () => limits.allow(packet, false, now)).filter(Boolean).length;
  });

const host = (i: number): string => `2001:db8:${(i >>> 16).toString(16)}:${(i & 0xffff).toString(16)}::1`;

it('has defaults that let no destination take all that an interface has', () => {
  expect(errorLimitDefaults).toEqual({
    rate: 100,
    burst: 100,
    tooBigRate: 100,
    tooBigBurst: 100,
    destinationRate: 50,
    destinationBurst: 50,
    destinations: 1_024,
  });
  expect(allowed(limitsOf(), [host(1), host(2), host(3)], 200)).toEqual([50, 50, 0]);
});

it('takes nothing from the interface for a destination that has had its share', () => {
  const limits = limitsOf({ burst: 10, destinationBurst: 4 });
  expect(allowed(limits, [host(1), host(1), host(1), host(2)], 100)).toEqual([4, 0, 0, 4]);
});

it('limits each interface apart', () => {
  const limits = limitsOf({ burst: 10 });
  expect([...allowed(limits, [host(1)], 20, 0, 2), ...allowed(limits, [host(2)], 20, 0, 3)]).toEqual([10, 10]);
});

it('limits Packet Too Big apart from all others (RFC 4443 §2.4 f)', () => {
  const limits = limitsOf({ burst: 10, tooBigBurst: 20, destinationBurst: 15 });
  const count = (tooBig: boolean, source: string): number =>
    Array.from({ length: 50 }, () => limits.allow(from(source), tooBig, 0)).filter(Boolean).length;
  expect([count(false, host(1)), count(true, host(1)), count(true, host(2)), count(false, host(2))]).toEqual([
    10, 15, 5, 0,
  ]);
});

it('fills with time, for interface and destination', () => {
  const limits = limitsOf({ rate: 10, burst: 10, destinationRate: 2, destinationBurst: 2 });
  expect(allowed(limits, [host(1), host(2), host(3), host(4), host(5), host(6)], 9)).toEqual([2, 2, 2, 2, 2, 0]);
  expect(allowed(limits, [host(1), host(2), host(6)], 9, 500)).toEqual([1, 1, 2]);
});

describe('a destination', () => {
  const one = { destinationBurst: 1 };

  it.each([
    ['is a /64 of IPv6', ['2001:db8::1', '2001:db8::2'], [1, 0]],
    ['is another /64', ['2001:db8::1', '2001:db8:0:1::1'], [1, 1]],
    ['is a single link-local address', ['fe80::1', 'fe80::2', 'fe80::1'], [1, 1, 0]],
    ['is a single IPv4 address', ['192.0.2.1', '192.0.2.2', '192.0.2.1'], [1, 1, 0]],
    ['is of one IP version', ['0.0.0.0', '::1'], [1, 1]],
  ])('%s', (_name, sources, expected) => {
    expect(allowed(limitsOf(one), sources, 3)).toEqual(expected);
  });

  it('that is link-local is another one on another link', () => {
    const limits = limitsOf(one);
    expect([...allowed(limits, ['fe80::1'], 3, 0, 2), ...allowed(limits, ['fe80::1'], 3, 0, 3)]).toEqual([1, 1]);
    expect([...allowed(limits, [host(1)], 3, 0, 2), ...allowed(limits, [host(1)], 3, 0, 3)]).toEqual([1, 0]);
  });
});

describe('the table of destinations', () => {
  it('is bounded under a hundred thousand of them, and the interface is still limited', () => {
    const limits = limitsOf();
    let errors = 0;
    for (let i = 0; i < 100_000; i += 1) if (limits.allow(from(host(i)), false, i / 100)) errors += 1;
    expect(limits.size).toBeLessThanOrEqual(1_024);
    expect(errors).toBe(199); // a second's worth and the burst
  });

  it('forgets those first that have filled up again', () => {
    const limits = limitsOf({ destinations: 4, destinationRate: 1, destinationBurst: 1, rate: 1_000 });
    expect(allowed(limits, [host(1), host(2), host(3)], 2, 0)).toEqual([1, 1, 1]);
    expect(allowed(limits, [host(4)], 2, 900)).toEqual([1]);
    expect(allowed(limits, [host(5), host(6), host(7)], 2, 1_000)).toEqual([1, 1, 1]);
    expect(limits.size).toBe(4);
    expect(allowed(limits, [host(4)], 2, 1_001)).toEqual([0]);
  });

  it('forgets the next in turn when none has', () => {
    const limits = limitsOf({ destinations: 2, destinationBurst: 1 });
    expect(allowed(limits, [host(1), host(2), host(3), host(2), host(1)], 2)).toEqual([1, 1, 1, 0, 1]);
  });

  it('can be as small as one', () => {
    expect(allowed(limitsOf({ destinations: 0, destinationBurst: 1 }), [host(1), host(2), host(2)], 2)).toEqual([
      1, 1, 0,
    ]);
  });
});
