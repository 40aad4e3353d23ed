import { describe, expect, it } from 'vitest';
import { AddressFlag, type InterfaceAddress } from '../../../src/state/addresses.ts';
import { addressOf, seededRandom } from '../../../src/testing/index.ts';
import { equalAddress } from '../../../src/wire/address.ts';
import { type HostBed, hostBed, link, prefix, r1 } from '../../support/host-bed.ts';

const minute = 60_000;
const hour = 60 * minute;

const temporaries = ({ node }: HostBed): readonly InterfaceAddress[] =>
  node.addresses.list(link).filter(({ flags }) => (flags & AddressFlag.temporary) !== 0);

const isPreferred = ({ flags }: InterfaceAddress): boolean =>
  (flags & (AddressFlag.deprecated | AddressFlag.tentative)) === 0;

/** A host with temporary addresses, whose router advertises a prefix for so long every ten minutes. */
const running = (seed: number, validLifetime?: number, preferredLifetime?: number) => {
  const bed = hostBed({ how: { temporary: true }, random: seededRandom(seed) });
  bed.wait(3_000);
  const advertise = (): void => {
    bed.advertise(r1, { options: [prefix('2001:db8:1::/64', validLifetime, preferredLifetime)] });
  };
  return { bed, advertise };
};

describe('temporary addresses (RFC 8981)', () => {
  it.each([1, 2, 3])('for five days: always one that is preferred, none longer than it may be (seed %i)', (seed) => {
    const { bed, advertise } = running(seed);
    const seen = new Map<string, InterfaceAddress>();
    const born = new Map<string, number>();
    const step = 5 * minute;
    for (let time = 0; time < 120 * hour; time += step) {
      if (time % (2 * step) === 0) advertise();
      bed.wait(step);
      const now = bed.clock.frame;
      const present = temporaries(bed);
      for (const each of present) {
        const key = JSON.stringify(each.address);
        if (!born.has(key)) born.set(key, now);
        seen.set(key, each);
        const age = now - (born.get(key) as number);
        expect(age).toBeLessThanOrEqual(48 * hour);
        if (isPreferred(each)) expect(age).toBeLessThanOrEqual(24 * hour);
      }
      expect(present.length).toBeLessThanOrEqual(5);
      expect(present.filter(isPreferred).length).toBeGreaterThanOrEqual(1);
      expect(present.filter(isPreferred).length).toBeLessThanOrEqual(2); // the next one is made a little ahead
      const source = bed.node.addresses.sourceFor(addressOf('2001:db8:9::1'), link);
      expect(present.some((each) => source !== undefined && equalAddress(each.address, source.address))).toBe(true);
    }
    // One each 14.4 to 24 hours.
    expect(seen.size).toBeGreaterThanOrEqual(5);
    expect(seen.size).toBeLessThanOrEqual(9);
    bed.stop();
    expect([bed.pool.outstanding, bed.clock.actions.filter(({ closed }) => !closed)]).toEqual([0, []]);
  });

  it('for an hour under a prefix of half an hour that is advertised again and again: the same one', () => {
    const { bed, advertise } = running(1, 3_600, 1_800);
    const seen = new Set<string>();
    for (let time = 0; time < hour; time += 10 * minute) {
      advertise();
      bed.wait(10 * minute);
      for (const { address } of temporaries(bed)) seen.add(JSON.stringify(address));
    }
    expect(seen.size).toBe(1);
    // The router falls silent: deprecated after the half hour, gone after the hour, and no successor.
    bed.wait(21 * minute);
    expect(temporaries(bed).map(isPreferred)).toEqual([false]);
    bed.wait(30 * minute);
    expect(bed.node.addresses.list(link)).toHaveLength(1); // the link-local one
    advertise();
    bed.wait(5_000);
    expect(temporaries(bed).map(isPreferred)).toEqual([true]);
    bed.stop();
  });

  it('are no more than eight of a prefix, however slowly neighbors are asked', () => {
    const { bed, advertise } = running(1);
    bed.advertise(r1, { retransTimer: 3_600_000 * 5 });
    bed.node.detections.configure(link, 15);
    bed.node.neighbors.configure(link, { retransTimer: 1_100_000 });
    for (let time = 0; time < 72 * hour; time += hour) {
      advertise();
      bed.wait(hour);
      expect(temporaries(bed).length).toBeLessThanOrEqual(8);
    }
    bed.stop();
  });

  it('are not made of a prefix that is detached, but when it is attached again', () => {
    const { bed, advertise } = running(1);
    advertise();
    bed.wait(5_000);
    const { prefixes } = bed.node;
    const [only] = prefixes.list(link);
    if (only === undefined) throw new Error('there is no prefix');
    const [first] = temporaries(bed);
    bed.node.addresses.remove(link, first?.address as never);
    // Another router, of another prefix, can be reached, and the first one can't: the host has moved.
    bed.node.neighbors.remove(link, addressOf(r1));
    for (let time = 0; time < 30 * hour; time += 20 * minute) {
      bed.advertise('fe80::2', { options: [prefix('2001:db8:2::/64')] });
      bed.wait(20 * minute);
    }
    expect(prefixes.get(link, only.prefix)?.isAttached).toBe(false);
    expect(temporaries(bed).some(({ address }) => address.w1 === only.prefix.address.w1)).toBe(false);
    advertise();
    bed.wait(5_000);
    expect(prefixes.get(link, only.prefix)?.isAttached).toBe(true);
    expect(temporaries(bed).some(({ address }) => address.w1 === only.prefix.address.w1)).toBe(true);
    bed.stop();
  });
});

describe('addresses when a network is renumbered', () => {
  it('of the old prefix are deprecated at once and go after two hours, no sooner (RFC 4862 §5.5.3 e)', () => {
    const bed = hostBed();
    bed.wait(3_000);
    bed.advertise(r1, { options: [prefix('2001:db8:1::/64')] });
    bed.wait(3_000);
    const taking = { ...prefix('2001:db8:1::/64'), validLifetime: 0, preferredLifetime: 0 } as ReturnType<
      typeof prefix
    >;
    for (let time = 0; time < 2 * hour; time += minute) {
      bed.advertise(r1, { options: [taking, prefix('2001:db8:2::/64')] });
      bed.wait(minute);
      if (time > 0 && time < 2 * hour - 2 * minute) {
        expect(bed.addresses().slice(1)).toEqual(['2001:db8:1::ff:fe00:22 deprecated', '2001:db8:2::ff:fe00:22']);
      }
    }
    bed.wait(minute);
    expect(bed.addresses().slice(1)).toEqual(['2001:db8:2::ff:fe00:22']);
    // What was on-link by the old prefix went with the first word, for nothing protects that (RFC 4861 §6.3.4).
    expect(bed.routes()).toEqual(['::/0 via fe80::1', '2001:db8:2::/64']);
    bed.stop();
  });
});
