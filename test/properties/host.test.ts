import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  echoRequest6,
  ethernet,
  ipv6,
  type Layer,
  neighborAdvertisement,
  neighborSolicitation,
  packetOf,
  payload,
  redirect,
  routerAdvertisement,
  routerSolicitation,
  seededRandom,
  udp,
} from '../../src/testing/index.ts';
import type { AdvertisedOption } from '../../src/wire/router-advertisement.ts';
import { type HostBed, hostBed, link, ours } from '../support/host-bed.ts';
import { prefixFrom } from '../support/testbed.ts';

const neighbor = fc.constantFrom('fe80::1', 'fe80::2', 'fe80::3', '2001:db8:1::9', '::', 'fe80::ff:fe00:22');
const anyone = fc.constantFrom(
  ...['2001:db8:1::ff:fe00:22', '2001:db8:2::ff:fe00:22', '2001:db8:1::9', '2001:db8:9::9', 'fe80::ff:fe00:22'],
  ...['fe80::1', 'fe80::2', 'ff02::1', 'ff02::2', 'ff02::1:ff00:22', '::'],
);
const lifetime = fc.constantFrom(0, 1, 5, 60, 7_200, 7_201, 0xffffffff);
const network = fc
  .constantFrom(
    '2001:db8:1::/64',
    '2001:db8:2::/64',
    '2001:db8::/32',
    '::/0',
    'fe80::/64',
    'ff00::/8',
    '2001:db8:1::/96',
  )
  .map(prefixFrom);

const option: fc.Arbitrary<AdvertisedOption> = fc.oneof(
  fc.record({
    kind: fc.constant('prefix' as const),
    prefix: network,
    onLink: fc.boolean(),
    autonomous: fc.boolean(),
    validLifetime: lifetime,
    preferredLifetime: lifetime,
  }),
  fc.record({
    kind: fc.constant('route' as const),
    prefix: network,
    preference: fc.constantFrom(-2, -1, 0, 1),
    lifetime,
  }),
  fc.record({ kind: fc.constant('mtu' as const), mtu: fc.constantFrom(0, 1_280, 1_400, 1_500, 9_000) }),
  fc.record({
    kind: fc.constant('dnsServers' as const),
    servers: fc.array(
      network.map(({ address }) => address),
      { minLength: 1, maxLength: 4 },
    ),
    lifetime,
  }),
);
/** Options as a hostile router writes them. */
const noise = fc.uint8Array({ maxLength: 64 });
const message: fc.Arbitrary<Layer> = fc.oneof(
  {
    arbitrary: fc
      .record({
        currentHopLimit: fc.nat(255),
        routerLifetime: fc.constantFrom(0, 3, 1_800, 65_535),
        reachableTime: fc.constantFrom(0, 1, 30_000, 0xffffffff),
        retransTimer: fc.constantFrom(0, 1, 1_000, 0xffffffff),
        preference: fc.constantFrom(-1, 0, 1),
        options: fc.array(option, { maxLength: 6 }),
      })
      .map((fields) => routerAdvertisement(fields)),
    weight: 4,
  },
  noise.map((bytes) => routerAdvertisement({}, bytes)),
  fc.tuple(anyone, anyone, noise).map(([target, destination, bytes]) => redirect(target, destination, bytes)),
  fc.tuple(anyone, anyone).map(([target, destination]) => redirect(target, destination)),
  anyone.map((target) => neighborSolicitation(target)),
  anyone.map((target) => neighborAdvertisement('RSO', target)),
  noise.map((bytes) => routerSolicitation(bytes)),
  fc.constant<Layer>(echoRequest6()),
  fc.constant<Layer>(udp()),
);
const arrivals = fc.array(
  fc.record({
    from: neighbor,
    to: anyone,
    layer: message,
    size: fc.constantFrom(0, 8, 1_400),
    hopLimit: fc.constantFrom(255, 255, 255, 64, 1),
    wait: fc.constantFrom(0, 1, 1_000, 6_000, 7_300_000),
  }),
  { maxLength: 30 },
);
type Arrival = typeof arrivals extends fc.Arbitrary<(infer T)[]> ? T : never;

const frameOf = ({ from, to, layer, size, hopLimit }: Arrival): Uint8Array => {
  const destination = to.startsWith('ff') ? '33:33:00:00:00:01' : ours;
  const frame = ethernet({ source: '02:00:00:00:00:01', destination });
  return bytesOf(frame, ipv6({ source: from, destination: to, hopLimit }), layer, payload(size));
};

/** What a link may make of us, however long it tries. */
const expectBounded = ({ node }: HostBed): void => {
  expect(node.routers.list(link).length).toBeLessThanOrEqual(16);
  expect(node.addresses.list(link).length).toBeLessThanOrEqual(1 + 16 * 9);
  const { mtu, hopLimit } = node.interfaces.table;
  expect(mtu[link]).toBeGreaterThanOrEqual(1_280);
  expect(mtu[link]).toBeLessThanOrEqual(1_500);
  expect(hopLimit[link]).toBeGreaterThanOrEqual(64);
};

describe('a host, whatever its link says', () => {
  it.each(['host', 'router'] as const)(
    'loses no packet, stays within its bounds, and leaves nothing behind (%s)',
    (pipeline) => {
      fc.assert(
        fc.property(arrivals, fc.boolean(), fc.integer(), (given, optimistic, seed) => {
          const how = { temporary: true, optimistic };
          const bed = hostBed({ how, pipeline, random: seededRandom(seed) });
          for (const arrival of given) {
            bed.wait(arrival.wait);
            bed.feed(packetOf(frameOf(arrival), { pool: bed.pool, inInterface: link }));
            expectBounded(bed);
          }
          bed.wait(10_000);
          const { received, originated, copied, sent, delivered, refused, merged, held } = bed.node.counters.balance();
          expect(bed.failure()).toBeUndefined();
          expect(received).toBe(given.length);
          expect(received + originated + copied).toBe(sent + delivered + refused + merged + held);
          expect(held).toBe(bed.node.neighbors.held);
          bed.stop();
          expect([bed.pool.outstanding, bed.clock.actions.filter(({ closed }) => !closed)]).toEqual([0, []]);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('sends nothing on that is for others, and says nothing about it', () => {
    const bed = hostBed();
    bed.wait(3_000);
    bed.advertise('fe80::1', { options: [] });
    bed.wait(3_000);
    bed.said();
    for (const to of ['2001:db8:9::9', '2001:db8:1::9']) {
      expect(bed.give('2001:db8:1::7', to, udp())).toBe('notForwarding');
    }
    expect(bed.give('fe80::1', 'ff02::2', routerSolicitation())).toBe('notMember');
    bed.wait(1_000);
    expect(bed.said()).toEqual([]);
    bed.stop();
  });
});
