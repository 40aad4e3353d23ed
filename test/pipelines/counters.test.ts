/** RFC 4293's counters of the whole router: which rises for what, by how much, and that they add up. */
import fc from 'fast-check';
import { from, pipe } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Drop, type Packet, stage } from '../../src/packet/index.ts';
import type { RouterAdapter } from '../../src/pipelines/router.ts';
import { type CounterName, type Counters, counterNames } from '../../src/state/counters.ts';
import {
  bytesOf,
  echoRequest4,
  echoRequest6,
  fragmentHeader,
  hopByHop,
  ipv4,
  ipv6,
  packetOf,
  payload,
  udp,
} from '../../src/testing/index.ts';
import { runLine } from '../support/router.ts';
import { a, b, p, type Testbed, testbed } from '../support/testbed.ts';

const six = (fields: object = {}) => ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', ...fields });
const four = (fields: object = {}) => ipv4({ source: '10.0.1.2', destination: '10.0.2.2', ...fields });
const ours6 = (fields: object = {}) => six({ destination: 'fd00:a::1', ...fields });

/** Routes packets that came in by `a`; returns the test bed. */
const route = (packets: readonly Uint8Array[], adapt?: RouterAdapter): Testbed => {
  const bed = testbed();
  const arrive = function* (): Generator<Packet> {
    for (const bytes of packets) yield packetOf(bytes, { inInterface: a, pool: bed.pool });
  };
  runLine(bed, from(arrive()), adapt);
  return bed;
};

/** Every counter that is not 0, as `name interface: value`. */
const raised = ({ node: { counters } }: Testbed): string[] =>
  counterNames.flatMap((name) =>
    [0, 1, a, b, p].flatMap((index) => {
      const value = counters.get(index, name);
      return value === 0 ? [] : [`${name} ${index}: ${value}`];
    }),
  );

/** A packet of ours, an answer or an error, that went out by `a`. */
const error6 = (length: number): string[] => [
  `outRequests ${a}: 1`,
  `outTransmits ${a}: 1`,
  `outOctets ${a}: ${length}`,
];

/** Data bytes `from` to `to` of an IPv6 packet with a Fragment header, as a fragment of it. */
const pieceOf = (whole: Uint8Array, from: number, to: number): Uint8Array => {
  const bytes = Uint8Array.of(...whole.subarray(0, 48), ...whole.subarray(48 + from, 48 + to));
  const view = new DataView(bytes.buffer);
  view.setUint16(4, bytes.length - 40);
  view.setUint16(42, from | (48 + to < whole.length ? 1 : 0));
  return bytes;
};

describe('a packet raises exactly', () => {
  test.each<[string, Uint8Array, string[]]>([
    [
      'when it is forwarded',
      bytesOf(six(), udp(), payload(52)),
      [
        `inReceives ${a}: 1`,
        `inOctets ${a}: 100`,
        `inForwDatagrams ${a}: 1`,
        `outForwDatagrams ${b}: 1`,
        `outTransmits ${b}: 1`,
        `outOctets ${b}: 100`,
      ],
    ],
    [
      'when it is cut: one datagram, three fragments',
      bytesOf(four(), payload(2_980)),
      [
        `inReceives ${a}: 1`,
        `inOctets ${a}: 3000`,
        `inForwDatagrams ${a}: 1`,
        `outForwDatagrams ${b}: 1`,
        `outFragReqds ${b}: 1`,
        `outFragOKs ${b}: 1`,
        `outFragCreates ${b}: 3`,
        `outTransmits ${b}: 3`,
        `outOctets ${b}: 3040`,
      ],
    ],
    [
      'when it is too big, and the error that says so',
      bytesOf(six(), payload(1_400)),
      [
        `inReceives ${a}: 1`,
        `inOctets ${a}: 1440`,
        `inForwDatagrams ${a}: 1`,
        `outRequests ${a}: 1`,
        `outForwDatagrams ${b}: 1`,
        `outFragReqds ${b}: 1`,
        `outFragFails ${b}: 1`,
        `outTransmits ${a}: 1`,
        `outOctets ${a}: 1280`,
      ],
    ],
    [
      'when there is no route',
      bytesOf(six({ destination: '3fff::1' }), udp()),
      [`inReceives ${a}: 1`, `inOctets ${a}: 48`, `inNoRoutes ${a}: 1`, `inForwDatagrams ${a}: 1`, ...error6(96)],
    ],
    [
      'when its hop limit runs out',
      bytesOf(six({ hopLimit: 1 }), udp()),
      [`inReceives ${a}: 1`, `inOctets ${a}: 48`, `inHdrErrors ${a}: 1`, ...error6(96)],
    ],
    [
      'when it is answered, on whichever address',
      bytesOf(six({ destination: 'fd00:b::1' }), echoRequest6()),
      [`inReceives ${a}: 1`, `inOctets ${a}: 48`, `inDelivers ${a}: 1`, ...error6(48)],
    ],
    [
      'when it goes to a group',
      bytesOf(six({ destination: 'ff0e::1234' }), udp()),
      [
        `inReceives ${a}: 1`,
        `inOctets ${a}: 48`,
        `inDiscards ${a}: 1`,
        `inMcastPkts ${a}: 1`,
        `inMcastOctets ${a}: 48`,
      ],
    ],
    [
      'when it goes to everyone on the link',
      bytesOf(four({ destination: '10.0.1.255' }), echoRequest4()),
      [`inReceives ${a}: 1`, `inOctets ${a}: 28`, `inDiscards ${a}: 1`, `inBcastPkts ${a}: 1`],
    ],
    [
      'when it goes to everyone on whatever link',
      bytesOf(four({ destination: '255.255.255.255' }), echoRequest4()),
      [`inReceives ${a}: 1`, `inOctets ${a}: 28`, `inDiscards ${a}: 1`, `inBcastPkts ${a}: 1`],
    ],
    [
      'when it goes to everyone on another link, which is no broadcast here',
      bytesOf(four({ destination: '10.0.2.255' }), echoRequest4()),
      [`inReceives ${a}: 1`, `inOctets ${a}: 28`, `inAddrErrors ${a}: 1`],
    ],
    [
      'when no one speaks its protocol',
      bytesOf(ours6({ nextHeader: 250 }), payload(8)),
      [`inReceives ${a}: 1`, `inOctets ${a}: 48`, `inUnknownProtos ${a}: 1`, ...error6(96)],
    ],
    [
      'when it is cut short',
      bytesOf(six(), udp()).subarray(0, 47),
      [`inReceives ${a}: 1`, `inOctets ${a}: 47`, `inTruncatedPkts ${a}: 1`],
    ],
    [
      'when it is neither IPv4 nor IPv6',
      Uint8Array.of(0xf0),
      [`inReceives ${a}: 1`, `inOctets ${a}: 1`, `inHdrErrors ${a}: 1`],
    ],
    [
      'when its source may not be there',
      bytesOf(six({ source: 'ff02::1' }), udp()),
      [`inReceives ${a}: 1`, `inOctets ${a}: 48`, `inAddrErrors ${a}: 1`],
    ],
    [
      'when the route says to discard it',
      bytesOf(six({ destination: '2001:db8:b1ac::1' }), udp()),
      [`inReceives ${a}: 1`, `inOctets ${a}: 48`, `inDiscards ${a}: 1`],
    ],
  ])('%s', (_, packet, expected) => {
    expect(raised(route([packet])).sort()).toEqual([...expected].sort());
  });

  test('when it comes in fragments: two fragments, one datagram, one of them merged into the other', () => {
    const whole = bytesOf(ours6(), fragmentHeader({ identification: 7 }), echoRequest6(), payload(92));
    const bed = route([pieceOf(whole, 0, 48), pieceOf(whole, 48, 100)]);
    expect(raised(bed).sort()).toEqual(
      [
        `inReceives ${a}: 2`,
        `inOctets ${a}: ${96 + 100}`,
        `reasmReqds ${a}: 2`,
        `reasmOKs ${a}: 1`,
        `inDelivers ${a}: 1`,
        ...error6(140),
      ].sort(),
    );
    expect(bed.node.counters.balance()).toMatchObject({ received: 2, merged: 1, delivered: 1 });
    expectLaws(bed);
  });

  test('when other fragments of it do not come', () => {
    const whole = bytesOf(ours6(), fragmentHeader({ identification: 7 }), echoRequest6(), payload(92));
    const bed = route([pieceOf(whole, 0, 48)]);
    const expected = [`inReceives ${a}: 1`, `inOctets ${a}: 96`, `reasmReqds ${a}: 1`, `reasmFails ${a}: 1`];
    expect(raised(bed).sort()).toEqual(expected.sort());
    expectLaws(bed);
  });

  test('of our own that has no route', () => {
    const bed = route([bytesOf(six({ source: '3fff::1', hopLimit: 1 }), udp())]);
    expect(raised(bed)).toContain('outNoRoutes 0: 1');
    expect(raised(bed)).toContain('outRequests 0: 1');
  });
});

const sum = (counters: Counters, ...names: readonly CounterName[]): number =>
  names.reduce((total, name) => total + counters.total(name), 0);

/** How RFC 4293's counters hang together, from one end of the router to the other (figure in §3.2.3). */
const expectLaws = ({ node: { counters } }: Testbed): void => {
  const { received, originated, sent, delivered, merged, held } = counters.balance();
  expect(held).toBe(0);
  expect(sum(counters, 'inReceives')).toBe(received);
  expect(sum(counters, 'inDelivers')).toBe(delivered);
  expect(sum(counters, 'outRequests')).toBe(originated);
  expect(sum(counters, 'outTransmits')).toBe(sent);
  // what is to be forwarded has a route, or none
  expect(sum(counters, 'inForwDatagrams')).toBe(sum(counters, 'outForwDatagrams', 'inNoRoutes'));
  // what has to be cut is cut, or can't be
  expect(sum(counters, 'outFragReqds')).toBe(sum(counters, 'outFragOKs', 'outFragFails'));
  const refusedIn = sum(
    counters,
    'inHdrErrors',
    'inTruncatedPkts',
    'inAddrErrors',
    'inNoRoutes',
    'inUnknownProtos',
    'inDiscards',
    'reasmFails',
  );
  expect(sum(counters, 'inReceives')).toBe(refusedIn + merged + sum(counters, 'inDelivers', 'outForwDatagrams'));
  expect(sum(counters, 'outForwDatagrams', 'outRequests', 'outFragCreates')).toBe(
    sum(counters, 'outFragOKs', 'outFragFails', 'outNoRoutes', 'outDiscards', 'outTransmits'),
  );
};

/** Destinations of every sort. */
const to6 = fc.constantFrom(
  'fd00:a::1',
  'fd00:b::1',
  'fd00:b::2',
  'fd00:c::9',
  '2001:db8::1',
  '2001:db8:dead::1',
  '3fff::1',
  'ff02::1',
  'fe80::a1',
  'fe80::77',
  '::1',
  'ff0e::9',
);
const to4 = fc.constantFrom(
  '10.0.1.1',
  '10.0.2.1',
  '10.0.2.2',
  '10.0.3.9',
  '192.0.2.1',
  '198.51.100.1',
  '8.8.8.8',
  '224.0.0.1',
  '10.0.1.255',
  '10.0.2.255',
  '255.255.255.255',
  '127.0.0.1',
);
const size = fc.oneof(fc.nat(64), fc.constantFrom(1_352, 1_353, 1_400, 1_452, 2_900));
const packet6 = fc
  .record({
    destination: to6,
    source: fc.constantFrom('fd00:a::2', 'fe80::2', '3fff::2', 'ff02::1', '::'),
    hopLimit: fc.constantFrom(0, 1, 2, 64),
    size,
    kind: fc.nat(4),
    offset: fc.constantFrom(0, 8, 16, 1_352),
  })
  .map(({ size: length, kind, offset, ...fields }) => {
    const layers = [
      udp(),
      echoRequest6(),
      fragmentHeader({ offset, more: true }),
      fragmentHeader({ offset, more: false }),
      hopByHop(),
    ];
    return bytesOf(ipv6(fields), layers[kind] ?? udp(), payload(kind === 2 ? length & ~7 : length));
  });
const packet4 = fc
  .record({
    destination: to4,
    source: fc.constantFrom('10.0.1.2', '0.0.0.0', '8.8.8.9', '224.0.0.1'),
    timeToLive: fc.constantFrom(0, 1, 64),
    dontFragment: fc.boolean(),
    moreFragments: fc.boolean(),
    size,
    kind: fc.nat(1),
  })
  .map(({ size: length, kind, ...fields }) =>
    bytesOf(ipv4(fields), kind === 0 ? udp() : echoRequest4(), payload(length)),
  );
const mangled = fc
  .tuple(fc.oneof(packet6, packet4), fc.nat(39), fc.nat(255), fc.boolean())
  .map(([bytes, at, value, cut]) => {
    const copy = bytes.slice(0, cut ? Math.max(1, bytes.length - at) : bytes.length);
    copy[at % copy.length] = value;
    return copy;
  });

/** A device that takes two packets of three. */
const fullNowAndThen: RouterAdapter = (lanes) => {
  let packets = 0;
  const full = stage((packet) => {
    packets += 1;
    if (packets % 3 === 0) packet.refuse(Drop.deviceFull);
  });
  return { ...lanes, transmit: pipe(lanes.transmit, full) };
};

test('the counters add up, whatever comes in', () => {
  const packet = fc.oneof({ weight: 3, arbitrary: packet6 }, { weight: 3, arbitrary: packet4 }, mangled);
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 40 }), (packets) => {
      const bed = route(packets, fullNowAndThen);
      expectLaws(bed);
      expect(bed.pool.outstanding).toBe(0);
    }),
    { numRuns: 300 },
  );
});
