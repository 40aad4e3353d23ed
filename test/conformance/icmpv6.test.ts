/**
 * What RFC 4443 asks of a router: one test for each requirement, named by its clause. Errors that come in about packets
 * of its own have a file for themselves.
 */
import { of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { LinkCast, type Packet } from '../../src/packet/index.ts';
import { AddressFlag } from '../../src/state/addresses.ts';
import {
  bytesOf,
  destinationOptions,
  echoRequest6,
  extensionHeader,
  fragmentHeader,
  hopByHop,
  type Ipv6Fields,
  icmp6,
  ipv6,
  joinBytes,
  type Layer,
  option,
  packetOf,
  payload,
  routing,
  udp,
} from '../../src/testing/index.ts';
import { line, runLine } from '../support/router.ts';
import { a, addAddress, b, outcomeOf, p, testbed } from '../support/testbed.ts';
import { answerTo, ask, listening, type Message, table } from './ask.ts';
import { others, ours, route, times, unknown } from './packets.ts';

const from = (fields: Partial<Ipv6Fields>): Layer =>
  ipv6({ source: 'fd00:a::2', destination: '2001:db8:1::1', ...fields });
/** Packets that the router can't deliver, forward or make sense of. */
const lost = (layer: Layer, ...rest: readonly (Layer | Uint8Array)[]): Uint8Array => bytesOf(layer, ...rest);
const nowhere = '3fff::1';

/** The one message that the router says about the packet. */
const saidAbout = (bytes: Uint8Array, options: Parameters<typeof ask>[1] = {}): Message => {
  const [message, ...more] = ask(bytes, options).said;
  if (message === undefined || more.length > 0) throw new Error('the router did not say one thing');
  return message;
};

describe('RFC 4443 §2.1-2.3: format, source address, checksum', () => {
  it('§2.1: an error has type below 128, its code, and behind the header the packet as it came', () => {
    const bytes = lost(from({ destination: nowhere }), udp(), payload(9));
    const { type, code, parameter, body } = saidAbout(bytes);
    expect([type, code, parameter, body]).toEqual([1, 0, 0, bytes]);
  });

  it.each([
    ['fd00:a::1', 'an address of the arrival link'],
    ['fd00:b::1', 'an address of another link'],
  ])('§2.2 a: what answers a packet to %s, %s, comes from it', (destination) => {
    expect(saidAbout(bytesOf(from({ destination }), echoRequest6())).source).toBe(destination);
    expect(saidAbout(bytesOf(from({ destination }), extensionHeader(253))).source).toBe(destination);
  });

  it.each([
    ['for others', from({ destination: nowhere }), 'fd00:a::1'],
    ['for a group', from({ destination: 'ff02::1', nextHeader: 0 }), 'fd00:a::1'],
    ['from a link-local address', from({ source: 'fe80::2', destination: 'ff02::1' }), 'fe80::a1'],
  ])(
    '§2.2 b: what answers a packet %s comes from a unicast address of ours that fits the way back',
    (_name, ip, source) => {
      expect(saidAbout(bytesOf(ip, hopByHop(unknown(2)), udp())).source).toBe(source);
    },
  );

  it('§2.2 b: an anycast address is none to speak with', () => {
    const bed = listening();
    addAddress(bed.node, a, 'fd00:a::5/64', AddressFlag.anycast);
    expect(saidAbout(bytesOf(from({ destination: 'fd00:a::5' }), echoRequest6()), { bed }).source).toBe('fd00:a::1');
  });

  it('§2.3: the checksum covers a pseudo-header; a wrong one is refused silently', () => {
    expect(answerTo(bytesOf(ours, echoRequest6(), payload(3)))).toBe('delivered, 129/0');
    expect(answerTo(bytesOf(ours, echoRequest6({ checksum: 0x1234 }), payload(3)))).toBe('badChecksum');
    const moved = bytesOf(from({ destination: 'fd00:a::1' }), echoRequest6(), payload(3));
    moved[23] = 3; // another source: its checksum no longer fits
    expect(answerTo(moved)).toBe('badChecksum');
  });
});

describe('RFC 4443 §2.4: message processing', () => {
  it('a: an error of unknown type about a packet of ours goes to who sent it', () => {
    const bed = listening();
    const sent = bytesOf(ipv6({ source: 'fd00:a::1', destination: 'fd00:a::2' }), udp({ sourcePort: 53 }));
    const heard: number[] = [];
    bed.node.ports.listenErrors(17, 53, ({ type }) => heard.push(type) > 0);
    expect([answerTo(bytesOf(ours, icmp6({ type: 100 }), sent), { bed }), heard]).toEqual(['delivered', [100]]);
  });

  table([
    [
      'b',
      'an informational message of unknown type is refused silently',
      bytesOf(ours, icmp6({ type: 200 })),
      'unknownMessage',
    ],
    ['b', 'so is one that is not for a router', bytesOf(ours, icmp6({ type: 255 })), 'unknownMessage'],
  ]);

  it.each([
    [0, 96],
    [1_183, 1_279],
    [1_184, 1_280],
    [1_185, 1_280],
    [3_000, 1_280],
  ])('c: as much of the packet as fits 1,280 bytes is quoted: %i bytes of data, %i of error', (length, expected) => {
    const bytes = lost(from({ destination: nowhere }), udp(), payload(length));
    const error = saidAbout(bytes);
    expect([error.bytes.length, error.body]).toEqual([expected, bytes.slice(0, expected - 48)]);
  });

  it.each([
    ['an IPv6 header that is cut off', payload(39)],
    [
      'a chain that is cut off',
      bytesOf(ipv6({ source: 'fd00:a::1', destination: 'fd00:a::2', nextHeader: 60 }), payload(4)),
    ],
    [
      'a chain without end',
      bytesOf(ipv6({ source: 'fd00:a::1', destination: 'fd00:a::2' }), ...times(80, destinationOptions()), udp()),
    ],
  ])('d: an error whose upper layer can not be told is refused silently: %s', (_name, quote) => {
    expect(answerTo(bytesOf(ours, icmp6({ type: 1 }), quote))).toBe('badQuote');
  });

  const wrap = [
    hopByHop(),
    destinationOptions(),
    routing({ routingType: 0, segmentsLeft: 0 }),
    fragmentHeader({ more: true }),
  ];
  table([
    ...[1, 2, 3, 4, 5, 99, 127].map(
      (type) =>
        [
          'e.1',
          `no error about an error of type ${type}`,
          lost(from({ destination: nowhere }), icmp6({ type }), payload(48)),
          'noRoute',
        ] as const,
    ),
    [
      'e.1',
      'no error about an error behind extension headers',
      lost(from({ destination: nowhere }), ...wrap, icmp6({ type: 1 })),
      'noRoute',
    ],
    [
      'e.1',
      'no error about an error behind more headers than are walked',
      lost(from({ destination: nowhere }), ...times(65, destinationOptions()), icmp6({ type: 1 })),
      'noRoute',
    ],
    [
      'e.1',
      'errors about other messages there are',
      lost(from({ destination: nowhere }), icmp6({ type: 129 })),
      'noRoute, 1/0',
    ],
    [
      'e.2',
      'no error about a redirect',
      lost(from({ destination: nowhere }), icmp6({ type: 137 }), payload(32)),
      'noRoute',
    ],
    [
      'e.3',
      'no error about a packet to a group',
      bytesOf(from({ destination: 'ff02::1' }), destinationOptions(), hopByHop(), udp()),
      'misplacedHopByHop',
    ],
    [
      'e.3',
      'but for unknown options of action 10',
      bytesOf(from({ destination: 'ff02::1' }), hopByHop(unknown(2)), udp()),
      'unknownOption, 4/2 at 42',
    ],
    [
      'e.3',
      'not of action 11',
      bytesOf(from({ destination: 'ff02::1' }), hopByHop(unknown(3)), udp()),
      'unknownOptionSilent',
    ],
    [
      'e.6',
      'no error to the unspecified address',
      lost(from({ source: '::', destination: 'fd00:a::1' }), destinationOptions(unknown(2)), udp()),
      'unknownOption',
    ],
    ['e.6', 'no error to a group', lost(from({ source: 'ff02::9' }), udp()), 'multicastSource'],
  ]);

  it('e.3: but for Packet Too Big, to a group', () => {
    const group = bytesOf(from({ destination: 'ff0e::1' }), udp(), payload(1_400));
    const toLinkB = (packet: Packet): void => {
      packet.outInterface = b; // as multicast routing would have it
    };
    expect(answerTo(group, { prepare: toLinkB })).toBe('packetTooBig, 2/0 mtu 1400');
  });

  it.each([
    ['e.4', 'multicast'],
    ['e.5', 'broadcast'],
  ] as const)('%s: no error about what came in a link-layer %s, but for the two exceptions', (_clause, linkCast) => {
    const prepare = (packet: Packet): void => {
      packet.linkCast = LinkCast[linkCast];
    };
    expect(answerTo(lost(ours, destinationOptions(), hopByHop()), { prepare })).toBe('misplacedHopByHop');
    expect(answerTo(lost(ours, destinationOptions(unknown(2))), { prepare })).toBe('unknownOption, 4/2 at 42');
  });

  it('e.6: no error to an address that is known to be anycast', () => {
    const bed = listening();
    addAddress(bed.node, b, 'fd00:b::5/64', AddressFlag.anycast);
    expect(answerTo(lost(from({ source: 'fd00:b::5', destination: nowhere }), udp()), { bed })).toBe('noRoute');
  });

  it('f: errors are limited by token buckets, and the limit is configurable', () => {
    const errors = (bounds = {}): number => {
      const bed = testbed({ bounds });
      const packets = Array.from({ length: 200 }, (_, host) =>
        packetOf(lost(from({ source: `fd00:a:${host}::2`, destination: nowhere }), udp()), { inInterface: a }),
      );
      return runLine(bed, of(...packets)).filter(({ inInterface }) => inInterface === 0).length;
    };
    expect([errors(), errors({ errorLimits: { rate: 10, burst: 7 } })]).toEqual([100, 7]);
  });
});

describe('RFC 4443 §3.1: Destination Unreachable', () => {
  table([
    ['code 0', 'no route', lost(from({ destination: nowhere }), udp()), 'noRoute, 1/0'],
    ['code 2', 'beyond the scope of the source', lost(from({ source: 'fe80::2' }), udp()), 'beyondScope, 1/2'],
    [
      'code 6',
      'a route that says to refuse',
      lost(from({ destination: '2001:db8:dead::1' }), udp()),
      'rejectRoute, 1/6',
    ],
    ['§3.1', 'a black hole says nothing', lost(from({ destination: '2001:db8:b1ac::1' }), udp()), 'blackhole'],
  ]);

  it('code 3: back over the point-to-point link that it came from', () => {
    const bytes = lost(from({ source: 'fd00:c::2', destination: 'fd00:c::3' }), udp());
    expect(answerTo(bytes, { inInterface: p })).toBe('pointToPointReturn, 1/3');
  });

  it('code 4: no listener on the port', () => {
    const bed = testbed();
    expect(answerTo(lost(ours, udp()), { bed })).toBe('portUnreachable, 1/4');
    expect(answerTo(lost(from({ destination: 'ff02::1' }), udp()), { bed })).toBe('portUnreachable');
  });

  it('the unused word is zero', () => {
    for (const destination of [nowhere, '2001:db8:dead::1']) {
      expect(saidAbout(lost(from({ destination }), udp())).parameter).toBe(0);
    }
  });

  it('none is sent for congestion', () => {
    const bed = testbed({ smallLimit: 1 });
    const held = [1, 2_000, 2_000, 2_000, 2_000].map((size) => bed.pool.acquire(size));
    expect([answerTo(bytesOf(ours, echoRequest6()), { bed }), held.length]).toEqual(['noBuffer', 5]);
  });
});

describe('RFC 4443 §3.2: Packet Too Big', () => {
  table([
    ['§3.2', 'it carries the MTU of the next link', lost(others, udp(), payload(1_400)), 'packetTooBig, 2/0 mtu 1400'],
    ['§3.2', 'a packet that just fits is forwarded', lost(others, udp(), payload(1_352)), 'forwarded'],
    ['§3.2', 'one byte more is not', lost(others, udp(), payload(1_353)), 'packetTooBig, 2/0 mtu 1400'],
    [
      '§3.2',
      'fragments are no exception',
      lost(others, fragmentHeader({ more: true }), payload(1_360)),
      'packetTooBig, 2/0 mtu 1400',
    ],
  ]);
});

describe('RFC 4443 §3.3: Time Exceeded', () => {
  table([
    ['code 0', 'a packet for others whose hop limit is 1', lost(from({ hopLimit: 1 }), udp()), 'hopLimitExceeded, 3/0'],
    [
      'code 0',
      'a packet for others whose hop limit is 0 already',
      lost(from({ hopLimit: 0 }), udp()),
      'hopLimitExceeded, 3/0',
    ],
    ['code 0', 'a packet for others whose hop limit is 2 goes on', lost(from({ hopLimit: 2 }), udp()), 'forwarded'],
    [
      'code 0',
      'a packet for us may have used its hop limit up',
      lost(from({ destination: 'fd00:a::1', hopLimit: 0 }), udp()),
      'delivered',
    ],
  ]);

  it('code 1: a datagram whose first fragment came and whose last did not', () => {
    const bed = listening();
    const wire$ = new Subject<Packet>();
    const outcomes: string[] = [];
    wire$
      .pipe(line(bed, { see: (packet) => outcomes.push(`${outcomeOf(packet)} ${packet.bytes[packet.upper]}`) }))
      .subscribe();
    wire$.next(
      packetOf(bytesOf(ours, fragmentHeader({ more: true }), udp({ length: 32 }), payload(16)), { inInterface: a }),
    );
    bed.clock.maxFrames = 70_000;
    bed.clock.flush();
    wire$.complete();
    expect(outcomes).toEqual(['sent 3', expect.stringMatching(/^reassemblyTimeout /)]);
  });
});

describe('RFC 4443 §3.4: Parameter Problem', () => {
  const deep = destinationOptions(...times(6, option(0x1e, payload(250))), unknown(2));
  table([
    ['code 0', 'a field that makes no sense', lost(ours, route(0, 1), udp()), 'badRoutingHeader, 4/0 at 42'],
    ['code 1', 'a next header that no one knows', lost(ours, extensionHeader(253)), 'unknownProtocol, 4/1 at 6'],
    [
      'code 2',
      'an option that no one knows',
      lost(ours, destinationOptions(unknown(2)), udp()),
      'unknownOption, 4/2 at 42',
    ],
    ['§3.4', 'the pointer may lie beyond what is quoted', lost(ours, deep, udp()), 'unknownOption, 4/2 at 1554'],
  ]);
});

describe('RFC 4443 §4: Echo', () => {
  it('§4.1, §4.2: a request is answered with its identifier, sequence number and data', () => {
    const data = payload(50, 7);
    const reply = saidAbout(
      joinBytes(bytesOf(ours, echoRequest6({ identifier: 0x1234, sequenceNumber: 0xfedc }), data)),
    );
    expect(reply).toMatchObject({ type: 129, code: 0, parameter: 0x1234fedc, destination: 'fd00:a::2', body: data });
  });

  it('§4.2: data may be missing, or as long as a packet', () => {
    for (const length of [0, 1, 1_400]) {
      expect(saidAbout(bytesOf(ours, echoRequest6(), payload(length))).body).toEqual(payload(length));
    }
  });

  it('§4.2: a request to a group is answered, from a unicast address of the link', () => {
    const reply = saidAbout(bytesOf(from({ destination: 'ff02::1' }), echoRequest6()));
    expect([reply.type, reply.source, reply.destination]).toEqual([129, 'fd00:a::1', 'fd00:a::2']);
    const linkLocal = saidAbout(bytesOf(from({ source: 'fe80::2', destination: 'ff02::1' }), echoRequest6()));
    expect([linkLocal.source, linkLocal.outInterface]).toEqual(['fe80::a1', a]);
  });

  it('§4.2: a reply that no one waits for is refused silently', () => {
    expect(answerTo(bytesOf(ours, icmp6({ type: 129 })))).toBe('unknownMessage');
  });
});
