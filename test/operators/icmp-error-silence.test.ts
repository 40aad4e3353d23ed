import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classifyStep } from '../../src/operators/classify.ts';
import { icmpErrorStep } from '../../src/operators/icmp-error.ts';
import { Drop, type DropName, dropNames, dropReasons, LinkCast, type Packet } from '../../src/packet/index.ts';
import {
  bytesOf,
  destinationOptions,
  echoRequest4,
  echoRequest6,
  fragmentHeader,
  hopByHop,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  routing,
  udp,
} from '../../src/testing/index.ts';
import { a, b, received, type Testbed, testbed } from '../support/testbed.ts';

const answering = (bed: Pick<Testbed, 'node'>): ((packet: Packet) => number) => {
  const outbox = new Subject<Packet>();
  let answers = 0;
  outbox.subscribe((error) => {
    answers += 1;
    error.release();
  });
  const step = icmpErrorStep(bed.node, outbox);
  return (packet) => {
    const before = answers;
    step(packet);
    return answers - before;
  };
};

const answered = (bytes: Uint8Array, drop: DropName, inInterface = a): boolean => {
  const bed = testbed();
  const packet = received(bytes, { inInterface });
  packet.refuse(Drop[drop]);
  return answering(bed)(packet) === 1;
};

const from6 = (source: string, destination = '2001:db8::1') => ipv6({ source, destination });
const six = from6('fd00:a::2');
const from4 = (source: string, destination = '192.0.2.1') => ipv4({ source, destination });
const four = from4('10.0.1.2');

describe('RFC 4443 §2.4 e: an error is sent', () => {
  it.each<readonly [string, boolean, Uint8Array, DropName]>([
    ['about UDP', true, bytesOf(six, udp()), 'noRoute'],
    ['about an echo request', true, bytesOf(six, echoRequest6()), 'noRoute'],
    ['about an echo reply', true, bytesOf(six, icmp6({ type: 129 })), 'noRoute'],
    ['about a neighbor solicitation', true, bytesOf(six, icmp6({ type: 135 })), 'noRoute'],
    // e.1, e.2
    ['about destination unreachable', false, bytesOf(six, icmp6({ type: 1 })), 'noRoute'],
    ['about packet too big', false, bytesOf(six, icmp6({ type: 2 })), 'hopLimitExceeded'],
    ['about time exceeded', false, bytesOf(six, icmp6({ type: 3 })), 'noRoute'],
    ['about a parameter problem', false, bytesOf(six, icmp6({ type: 4 })), 'packetTooBig'],
    ['about an error of unknown type', false, bytesOf(six, icmp6({ type: 127 })), 'noRoute'],
    ['about a redirect', false, bytesOf(six, icmp6({ type: 137 })), 'noRoute'],
    [
      'about an error behind extension headers',
      false,
      bytesOf(six, hopByHop(), destinationOptions(), routing({ routingType: 0, segmentsLeft: 0 }), icmp6({ type: 1 })),
      'noRoute',
    ],
    [
      'about an error in a first fragment',
      false,
      bytesOf(six, fragmentHeader({ more: true }), icmp6({ type: 3 })),
      'noRoute',
    ],
    [
      'about a later fragment, whose message cannot be told',
      true,
      bytesOf(six, fragmentHeader({ offset: 8 }), icmp6({ type: 3 })),
      'noRoute',
    ],
    [
      'about an error cut down to its type',
      false,
      bytesOf(ipv6({ source: 'fd00:a::2', destination: '2001:db8::1', nextHeader: 58 }), Uint8Array.of(1)),
      'noRoute',
    ],
    [
      'about ICMPv6 without a byte',
      true,
      bytesOf(ipv6({ source: 'fd00:a::2', destination: '2001:db8::1', nextHeader: 58 })),
      'noRoute',
    ],
    [
      'about a chain that never ends',
      true,
      bytesOf(six, ...Array.from({ length: 40 }, () => destinationOptions())),
      'noRoute',
    ],
    // e.3
    ['to a group', false, bytesOf(from6('fd00:a::2', 'ff02::1'), udp()), 'portUnreachable'],
    ['to a group: packet too big', true, bytesOf(from6('fd00:a::2', 'ff0e::1'), udp()), 'packetTooBig'],
    ['to a group: unknown option', true, bytesOf(from6('fd00:a::2', 'ff02::1'), udp()), 'unknownOption'],
    ['to a group: bad option length', false, bytesOf(from6('fd00:a::2', 'ff02::1'), udp()), 'badOptionLength'],
    ['to a group about an error', false, bytesOf(from6('fd00:a::2', 'ff02::1'), icmp6({ type: 1 })), 'packetTooBig'],
    // e.6
    ['to nobody', false, bytesOf(from6('::'), udp()), 'noRoute'],
    ['to a group that claims to be a source', false, bytesOf(from6('ff02::1'), udp()), 'noRoute'],
    ['to a v4-compatible source', true, bytesOf(from6('::1:10.0.0.1'), udp()), 'noRoute'],
  ])('%s: %s', (_name, expected, bytes, drop) => {
    expect(answered(bytes, drop)).toBe(expected);
  });
});

describe('RFC 1122 §3.2.2, RFC 1812 §4.3.2.7: an error is sent', () => {
  it.each<readonly [string, boolean, Uint8Array, DropName]>([
    ['about UDP', true, bytesOf(four, udp()), 'noRoute'],
    ['about an echo request', true, bytesOf(four, echoRequest4()), 'noRoute'],
    ['about an echo reply', true, bytesOf(four, icmp4({ type: 0 })), 'noRoute'],
    ['about a timestamp request', true, bytesOf(four, icmp4({ type: 13 })), 'noRoute'],
    ['about destination unreachable', false, bytesOf(four, icmp4({ type: 3 })), 'noRoute'],
    ['about source quench', false, bytesOf(four, icmp4({ type: 4 })), 'noRoute'],
    ['about a redirect', false, bytesOf(four, icmp4({ type: 5 })), 'noRoute'],
    ['about time exceeded', false, bytesOf(four, icmp4({ type: 11 })), 'noRoute'],
    ['about a parameter problem', false, bytesOf(four, icmp4({ type: 12 })), 'noRoute'],
    [
      'about ICMP without a byte',
      false,
      bytesOf(ipv4({ source: '10.0.1.2', destination: '192.0.2.1', protocol: 1 })),
      'noRoute',
    ],
    [
      'about a first fragment',
      true,
      bytesOf(ipv4({ source: '10.0.1.2', destination: '192.0.2.1', moreFragments: true }), udp()),
      'noRoute',
    ],
    [
      'about a later fragment',
      false,
      bytesOf(ipv4({ source: '10.0.1.2', destination: '192.0.2.1', fragmentOffset: 8 }), udp()),
      'noRoute',
    ],
    ['to a group', false, bytesOf(from4('10.0.1.2', '224.0.0.1'), udp()), 'portUnreachable'],
    ['to everyone', false, bytesOf(from4('10.0.1.2', '255.255.255.255'), udp()), 'portUnreachable'],
    ['to a group: packet too big', false, bytesOf(from4('10.0.1.2', '224.0.0.1'), udp()), 'packetTooBig'],
    ['to nobody', false, bytesOf(from4('0.0.0.0'), udp()), 'noRoute'],
    ['to a group that claims to be a source', false, bytesOf(from4('224.0.0.9'), udp()), 'noRoute'],
    ['to everyone as a source', false, bytesOf(from4('255.255.255.255'), udp()), 'noRoute'],
  ])('%s: %s', (_name, expected, bytes, drop) => {
    expect(answered(bytes, drop)).toBe(expected);
  });

  it("never about a packet to the link's broadcast address", () => {
    const bed = testbed();
    const packet = received(bytesOf(from4('10.0.1.2', '10.0.1.255'), udp()));
    classifyStep(bed.node)(packet);
    packet.refuse(Drop.portUnreachable);
    expect(answering(bed)(packet)).toBe(0);
  });
});

describe('RFC 4443 §2.4 e.4 and e.5, RFC 1122 §3.2.2: about a packet in a frame', () => {
  it.each<readonly [string, boolean, Uint8Array, keyof typeof LinkCast, DropName]>([
    ['to us', true, bytesOf(six, udp()), 'unicast', 'noRoute'],
    ['to a group', false, bytesOf(six, udp()), 'multicast', 'noRoute'],
    ['to everyone', false, bytesOf(six, udp()), 'broadcast', 'noRoute'],
    ['to a group: packet too big', true, bytesOf(six, udp()), 'multicast', 'packetTooBig'],
    ['to a group: unknown option', true, bytesOf(six, udp()), 'multicast', 'unknownOption'],
    ['to us, IPv4', true, bytesOf(four, udp()), 'unicast', 'noRoute'],
    ['to everyone, IPv4', false, bytesOf(four, udp()), 'broadcast', 'noRoute'],
    ['to everyone, IPv4: packet too big', false, bytesOf(four, udp()), 'broadcast', 'packetTooBig'],
  ])('%s: %s', (_name, expected, bytes, linkCast, drop) => {
    const packet = received(bytes);
    packet.linkCast = LinkCast[linkCast];
    packet.refuse(Drop[drop]);
    expect(answering(testbed())(packet) === 1).toBe(expected);
  });
});

describe('no error', () => {
  it('about our own packets', () => {
    expect(answered(bytesOf(six, udp()), 'noRoute', 0)).toBe(false);
  });

  it('about what is not IP', () => {
    expect(answered(Uint8Array.of(0), 'unknownVersion')).toBe(false);
  });

  it.each([
    ['IPv6', bytesOf(six, udp()), 'icmp6'],
    ['IPv4', bytesOf(four, udp()), 'icmp4'],
  ] as const)('for reasons that ask for none: %s', (_name, bytes, version) => {
    const told = dropNames.filter((name) => name !== 'none' && answered(bytes, name));
    expect(told).toEqual(dropNames.filter((name) => dropReasons[Drop[name]]?.[version] !== undefined));
  });

  it('when the pool is exhausted, and nothing is counted', () => {
    const bed = testbed({ smallLimit: 1 });
    const held = [1, 2_000, 2_000, 2_000, 2_000].map((size) => bed.pool.acquire(size));
    const packet = received(bytesOf(six, udp()));
    packet.refuse(Drop.noRoute);
    expect([answering(bed)(packet), bed.node.counters.balance().originated, held.length]).toEqual([0, 0, 5]);
  });
});

describe('the rate of errors (RFC 4443 §2.4 f)', () => {
  const refused = (inInterface: number, drop: DropName = 'noRoute', host = 2): Packet => {
    const source = `fd00:a:${host}::2`;
    const packet = received(bytesOf(ipv6({ source, destination: '2001:db8::1' }), udp()), { inInterface });
    packet.refuse(Drop[drop]);
    return packet;
  };
  /** How many of so many packets from so many hosts are answered. */
  const burst = (answer: (packet: Packet) => number, count: number, drop: DropName, inInterface = a): number =>
    Array.from({ length: count }, (_, host) => answer(refused(inInterface, drop, host))).reduce((x, y) => x + y, 0);

  it('is limited for each arrival interface, Packet Too Big apart, and what is held back is counted', () => {
    const { node } = testbed();
    const answer = answering({ node });
    expect([burst(answer, 150, 'noRoute', a), burst(answer, 150, 'noRoute', b)]).toEqual([100, 100]);
    expect([burst(answer, 150, 'packetTooBig', a), burst(answer, 10, 'noRoute', a)]).toEqual([100, 0]);
    const { icmp } = node.counters;
    const heldBack = [icmp.suppressedErrors(a), icmp.suppressedErrors(b), icmp.suppressedErrors(a, 4)];
    expect(heldBack).toEqual([110, 50, 0]);
  });

  it('is limited for each destination', () => {
    const bed = testbed();
    const answer = answering(bed);
    const answers = Array.from({ length: 60 }, () => answer(refused(a))).reduce((x, y) => x + y, 0);
    expect([answers, burst(answer, 1, 'noRoute')]).toEqual([50, 1]);
  });

  it('fills with time', () => {
    const bed = testbed();
    const answer = answering(bed);
    burst(answer, 150, 'noRoute');
    bed.clock.frame += 500;
    expect(burst(answer, 150, 'noRoute')).toBe(50);
  });

  it('is an option', () => {
    const { node } = testbed({ bounds: { errorLimits: { burst: 3, destinationBurst: 2 } } });
    const outbox = new Subject<Packet>();
    let errors = 0;
    outbox.subscribe((error) => {
      errors += 1;
      error.release();
    });
    const step = icmpErrorStep(node, outbox);
    for (let i = 0; i < 10; i += 1) step(refused(a));
    expect(errors).toBe(2);
    for (let i = 0; i < 10; i += 1) step(refused(a, 'noRoute', 3));
    expect(errors).toBe(3);
  });

  it('is not paid for errors that are not sent', () => {
    const answer = answering(testbed());
    for (let i = 0; i < 200; i += 1) {
      const aboutError = received(bytesOf(six, icmp6({ type: 1 })));
      aboutError.refuse(Drop.noRoute);
      answer(aboutError);
    }
    expect(burst(answer, 1, 'noRoute')).toBe(1);
  });
});
