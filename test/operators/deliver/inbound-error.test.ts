import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classifyStep } from '../../../src/operators/classify.ts';
import { deliverStep } from '../../../src/operators/deliver.ts';
import type { Packet } from '../../../src/packet/index.ts';
import { AddressFlag } from '../../../src/state/addresses.ts';
import type { ErrorNotice } from '../../../src/state/ports.ts';
import {
  addressOf,
  bytesOf,
  destinationOptions,
  echoRequest4,
  echoRequest6,
  extensionHeader,
  fragmentHeader,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  type Layer,
  packetOf,
  payload,
  tcp,
  udp,
} from '../../../src/testing/index.ts';
import { a, addAddress, b, outcomeOf, received, type Testbed, testbed } from '../../support/testbed.ts';

const far6 = '2001:db8::7';
const far4 = '192.0.2.7';

/** What we sent, as a router on the way quotes it. */
const sent6 = (...layers: readonly (Layer | Uint8Array)[]): Uint8Array =>
  bytesOf(ipv6({ source: 'fd00:a::1', destination: far6 }), ...layers);
const sent4 = (...layers: readonly (Layer | Uint8Array)[]): Uint8Array =>
  bytesOf(ipv4({ source: '10.0.1.1', destination: far4, dontFragment: true }), ...layers);
const big = payload(1_400);

/** An error that comes in by `a`, from a router on the way to us. */
const error6 = (type: number, parameter: number, quote: Uint8Array, code = 0, destination = 'fd00:a::1'): Uint8Array =>
  bytesOf(ipv6({ source: 'fd00:b::99', destination }), icmp6({ type, code, parameter }), quote);
const error4 = (type: number, code: number, parameter: number, quote: Uint8Array): Uint8Array =>
  bytesOf(ipv4({ source: '10.0.2.99', destination: '10.0.1.1' }), icmp4({ type, code, parameter }), quote);

const deliver = (bed: Testbed, bytes: Uint8Array, inInterface = a): Packet => {
  const packet = received(bytes, { inInterface });
  classifyStep(bed.node)(packet);
  deliverStep(bed.node, new Subject())(packet);
  return packet;
};
const outcome = (bed: Testbed, bytes: Uint8Array, inInterface = a): string =>
  outcomeOf(deliver(bed, bytes, inInterface));

/** As if the packet had gone out. */
const note = ({ node }: Testbed, bytes: Uint8Array): void => {
  const { view, start, end } = packetOf(bytes);
  node.sentPackets.note(view, start, end, b);
};

const pathMtu = ({ node }: Testbed, to = far6, zone = b): number => {
  const packet = packetOf(
    to.includes(':')
      ? bytesOf(ipv6({ source: '::', destination: to }))
      : bytesOf(ipv4({ source: '0.0.0.0', destination: to })),
  );
  return to.includes(':')
    ? node.pathMtus.lookup6(packet.view, packet.start + 24, zone, 1500)
    : node.pathMtus.lookup4(packet.view, packet.start + 16, 1500);
};

type Told = Pick<ErrorNotice, 'type' | 'code' | 'parameter' | 'protocol'> & { readonly upper: number };

/** A node where someone listens; what they were told, and what they answer. */
const listening = (protocol: number, port: number, answer = true): Testbed & { readonly told: Told[] } => {
  const bed = testbed();
  const told: Told[] = [];
  bed.node.ports.listenErrors(protocol, port, ({ type, code, parameter, protocol: quoted, upper, quote }) => {
    told.push({ type, code, parameter, protocol: quoted, upper: upper - quote });
    return answer;
  });
  return { ...bed, told };
};

describe('an ICMPv6 error about a packet of ours', () => {
  it.each<readonly [string, number, number, Uint8Array, number]>([
    ['the source port of UDP', 17, 4000, sent6(udp()), 40],
    ['the source port of TCP', 6, 4000, sent6(tcp()), 40],
    ['the identifier of an echo request', 58, 77, sent6(echoRequest6({ identifier: 77 })), 40],
    ['the whole of UDP', 17, 0, sent6(udp()), 40],
    ['a tunnel', 41, 0, sent6(ipv6({ source: '::1', destination: '::2' })), 40],
    ['ESP', 50, 0, sent6(extensionHeader(50)), 40],
    ['UDP behind extension headers', 17, 4000, sent6(destinationOptions(), udp()), 48],
    ['UDP in a first fragment', 17, 4000, sent6(fragmentHeader({ more: true }), udp()), 48],
  ])('is told to who listens on %s', (_name, protocol, port, quote, upper) => {
    const bed = listening(protocol, port);
    expect(outcome(bed, error6(1, 0, quote, 4))).toBe('delivered');
    expect(bed.told).toEqual([{ type: 1, code: 4, parameter: 0, protocol, upper }]);
  });

  it.each([
    ['destination unreachable', 1, 3, 99, 0],
    ['packet too big', 2, 0, 1_300, 1_300],
    ['time exceeded', 3, 1, 99, 0],
    ['parameter problem', 4, 1, 40, 40],
    ['an error of unknown type (RFC 4443 §2.4 a)', 100, 7, 99, 0],
  ])('says what it is: %s', (_name, type, code, parameter, expected) => {
    const bed = listening(17, 4000);
    expect(outcome(bed, error6(type, parameter, sent6(udp(), big), code))).toBe('delivered');
    expect(bed.told).toEqual([{ type, code, parameter: expected, protocol: 17, upper: 40 }]);
  });

  it('is not told to who listens on another port', () => {
    const bed = listening(17, 4001);
    expect([outcome(bed, error6(1, 0, sent6(udp()))), bed.told]).toEqual(['quoteUnowned', []]);
  });

  it('is no longer told after release', () => {
    const bed = testbed();
    bed.node.ports.listenErrors(17, 4000, () => true)();
    expect(outcome(bed, error6(1, 0, sent6(udp())))).toBe('quoteUnowned');
  });

  it('may come to another address of ours than the packet was sent from', () => {
    expect(outcome(listening(17, 4000), error6(1, 0, sent6(udp()), 0, 'fd00:b::1'))).toBe('delivered');
  });
});

describe('an ICMPv6 error is refused', () => {
  it.each<readonly [string, string, Uint8Array]>([
    ['without a quote', 'badQuote', error6(1, 0, new Uint8Array(0))],
    ['with less than an IPv6 header', 'badQuote', error6(1, 0, sent6(udp()).slice(0, 39))],
    ['with an IPv4 packet', 'badQuote', error6(1, 0, sent4(udp(), payload(40)))],
    ['without the ports', 'badQuote', error6(1, 0, sent6(udp()).slice(0, 47))],
    ['about a later fragment', 'badQuote', error6(1, 0, sent6(fragmentHeader({ offset: 8 }), udp()))],
    ['cut off in an extension header', 'badQuote', error6(1, 0, sent6(destinationOptions(), udp()).slice(0, 47))],
    [
      'about a chain without end',
      'badQuote',
      error6(1, 0, sent6(...Array.from({ length: 70 }, () => destinationOptions()), udp())),
    ],
    [
      'about a stranger’s packet',
      'quoteNotOurs',
      error6(1, 0, bytesOf(ipv6({ source: far6, destination: 'fd00:a::1' }), udp())),
    ],
    [
      'about a packet from nobody',
      'quoteNotOurs',
      error6(1, 0, bytesOf(ipv6({ source: '::', destination: far6 }), udp())),
    ],
    [
      'about a neighbor’s packet',
      'quoteNotOurs',
      error6(1, 0, bytesOf(ipv6({ source: 'fd00:a::2', destination: far6 }), udp())),
    ],
    ['about an error of ours', 'quoteOfError', error6(1, 0, sent6(icmp6({ type: 3 }), sent6(udp())))],
    ['when no one listens', 'quoteUnowned', error6(1, 0, sent6(udp()))],
    ['when no one listens for its protocol', 'quoteUnowned', error6(1, 0, sent6(extensionHeader(253)))],
  ])('%s: %s', (_name, reason, bytes) => {
    expect(outcome(testbed(), bytes)).toBe(reason);
  });

  it('when who listens says that it was not theirs', () => {
    const bed = listening(17, 4000, false);
    expect([outcome(bed, error6(2, 1_300, sent6(udp(), big))), pathMtu(bed)]).toEqual(['quoteDisowned', 1500]);
  });

  it.each([
    ['tentative', AddressFlag.tentative],
    ['duplicated', AddressFlag.duplicated],
  ])('when the source is ours but %s', (_name, flags) => {
    const bed = listening(17, 4000);
    addAddress(bed.node, a, 'fd00:a::9/64', flags);
    const quote = bytesOf(ipv6({ source: 'fd00:a::9', destination: far6 }), udp());
    expect(outcome(bed, error6(1, 0, quote))).toBe('quoteNotOurs');
  });

  it('when the link-local source is ours on another link only', () => {
    const quote = bytesOf(ipv6({ source: 'fe80::a1', destination: 'fe80::7' }), udp());
    expect(outcome(listening(17, 4000), error6(1, 0, quote))).toBe('delivered');
    expect(outcome(listening(17, 4000), error6(1, 0, quote, 0, 'fd00:b::1'), b)).toBe('quoteNotOurs');
  });
});

describe('a Packet Too Big', () => {
  it('lowers the path MTU when its owner says so', () => {
    const bed = listening(17, 4000);
    expect(outcome(bed, error6(2, 1_300, sent6(udp(), big)))).toBe('delivered');
    expect([pathMtu(bed), pathMtu(bed, '2001:db8::8')]).toEqual([1_300, 1500]);
  });

  it('lowers it without an owner when the packet was sent from here', () => {
    const bed = testbed();
    const reply = sent6(icmp6({ type: 129, parameter: 0x10002 }), big);
    expect(outcome(bed, error6(2, 1_300, reply))).toBe('quoteUnowned');
    note(bed, reply);
    expect([outcome(bed, error6(2, 1_300, reply)), pathMtu(bed)]).toEqual(['delivered', 1_300]);
  });

  it('lowers it too when all that fits is quoted', () => {
    const bed = testbed();
    const reply = sent6(icmp6({ type: 129, parameter: 0x10002 }), big);
    note(bed, reply);
    expect([outcome(bed, error6(2, 1_300, reply.slice(0, 1_232))), pathMtu(bed)]).toEqual(['delivered', 1_300]);
  });

  it.each<readonly [string, string, number, Uint8Array]>([
    ['below 1,280 (RFC 8201 §4)', 'mtuTooSmall', 1_279, sent6(udp(), big)],
    ['of 0', 'mtuTooSmall', 0, sent6(udp(), big)],
    ['that the packet fits', 'mtuNotExceeded', 1_448, sent6(udp(), big)],
    ['beyond all reason', 'mtuNotExceeded', 0xffffffff, sent6(udp(), big)],
    ['about a small packet', 'mtuNotExceeded', 1_280, sent6(udp())],
  ])('%s is refused: %s', (_name, reason, mtu, quote) => {
    const bed = listening(17, 4000);
    expect([outcome(bed, error6(2, mtu, quote)), pathMtu(bed), bed.told]).toEqual([reason, 1500, []]);
  });

  it('never raises what is known', () => {
    const bed = listening(17, 4000);
    for (const mtu of [1_300, 1_400]) deliver(bed, error6(2, mtu, sent6(udp(), big)));
    expect(pathMtu(bed)).toBe(1_300);
  });

  it('about a link-local destination is for its link', () => {
    const bed = listening(17, 4000);
    const quote = bytesOf(ipv6({ source: 'fe80::a1', destination: 'fe80::7' }), udp(), big);
    deliver(bed, error6(2, 1_300, quote));
    expect([pathMtu(bed, 'fe80::7', a), pathMtu(bed, 'fe80::7', b)]).toEqual([1_300, 1500]);
  });
});

describe('an ICMPv4 error', () => {
  it.each<readonly [string, number, number, Uint8Array, number]>([
    ['the source port of UDP', 17, 4000, sent4(udp()), 20],
    ['the source port of TCP, eight bytes of it quoted (RFC 792)', 6, 4000, sent4(tcp()).slice(0, 28), 20],
    ['the identifier of an echo request', 1, 77, sent4(echoRequest4({ identifier: 77 })), 20],
    ['a tunnel', 4, 0, sent4(ipv4({ source: '0.0.0.0', destination: '0.0.0.0' })), 20],
  ])('is told to who listens on %s', (_name, protocol, port, quote, upper) => {
    const bed = listening(protocol, port);
    expect(outcome(bed, error4(3, 1, 0, quote))).toBe('delivered');
    expect(bed.told).toEqual([{ type: 3, code: 1, parameter: 0, protocol, upper }]);
  });

  it.each([
    ['destination unreachable', 3, 3, 0x1234, 0],
    ['fragmentation needed', 3, 4, 1_300, 1_300],
    ['time exceeded', 11, 0, 0x1234, 0],
    ['parameter problem', 12, 0, 0x14000000, 20],
  ])('says what it is: %s', (_name, type, code, parameter, expected) => {
    const bed = listening(17, 4000);
    expect(outcome(bed, error4(type, code, parameter, sent4(udp(), big)))).toBe('delivered');
    expect(bed.told[0]?.parameter).toBe(expected);
  });

  it.each<readonly [string, string, Uint8Array]>([
    ['without ports', 'badQuote', error4(3, 1, 0, sent4(udp()).slice(0, 27))],
    ['with an IPv6 packet', 'badQuote', error4(3, 1, 0, sent6(udp()))],
    [
      'about a stranger’s packet',
      'quoteNotOurs',
      error4(3, 1, 0, bytesOf(ipv4({ source: far4, destination: '10.0.1.1' }), udp())),
    ],
    [
      'about a packet from the broadcast address',
      'quoteNotOurs',
      error4(3, 1, 0, bytesOf(ipv4({ source: '10.0.1.255', destination: far4 }), udp())),
    ],
    ['about an error of ours', 'quoteOfError', error4(3, 1, 0, sent4(icmp4({ type: 11 }), sent4(udp())))],
    ['when no one listens', 'quoteUnowned', error4(3, 1, 0, sent4(udp()))],
    // RFC 6633 §3; a router heeds no redirect
    ['source quench', 'unknownMessage', error4(4, 0, 0, sent4(udp()))],
    ['redirect', 'unknownMessage', error4(5, 1, 0, sent4(udp()))],
  ])('is refused %s: %s', (_name, reason, bytes) => {
    expect(outcome(testbed(), bytes)).toBe(reason);
  });

  it('lowers the path MTU (RFC 1191 §3), and its owner is told', () => {
    const bed = listening(17, 4000);
    expect(outcome(bed, error4(3, 4, 1_300, sent4(udp(), big)))).toBe('delivered');
    expect(pathMtu(bed, far4)).toBe(1_300);
  });

  it('lowers it without an owner when the packet was sent from here', () => {
    const bed = testbed();
    const packet = sent4(udp(), big);
    note(bed, packet);
    expect([outcome(bed, error4(3, 4, 1_300, packet.slice(0, 28))), pathMtu(bed, far4)]).toEqual(['delivered', 1_300]);
  });

  it.each([
    [1_428, 1_006],
    [1_500, 1_492],
    [9_000, 8_166],
    [600, 576],
  ])('without an MTU, about %i bytes, means the next common one: %i (RFC 1191 §7.1)', (length, expected) => {
    const bed = listening(17, 4000);
    expect(outcome(bed, error4(3, 4, 0, sent4(udp(), payload(length - 28))))).toBe('delivered');
    expect(bed.node.pathMtus.list()[0]?.mtu).toBe(expected);
  });

  it.each<readonly [string, Uint8Array]>([
    ['that the packet fits', error4(3, 4, 1_428, sent4(udp(), big))],
    [
      'about a packet that may be fragmented',
      error4(3, 4, 1_300, bytesOf(ipv4({ source: '10.0.1.1', destination: far4 }), udp(), big)),
    ],
    ['about no more than a header', error4(3, 4, 0, sent4(udp()))],
  ])('with an MTU %s is refused', (_name, bytes) => {
    const bed = listening(17, 4000);
    expect([outcome(bed, bytes), bed.node.pathMtus.size]).toEqual(['mtuNotExceeded', 0]);
  });
});

describe('messages are counted (RFC 4293)', () => {
  it('good ones by type, bad ones as errors too', () => {
    const bed = listening(17, 4000);
    deliver(bed, error6(1, 0, sent6(udp())));
    deliver(bed, error6(1, 0, new Uint8Array(0)));
    deliver(bed, bytesOf(ipv6({ source: far6, destination: 'fd00:a::1' }), icmp6({ type: 200, checksum: 1 })));
    deliver(bed, bytesOf(ipv6({ source: far6, destination: 'fd00:a::1', nextHeader: 58 }), Uint8Array.of(128, 0)));
    deliver(bed, error4(3, 1, 0, sent4(udp())));
    const { icmp } = bed.node.counters;
    expect(icmp.messages(6).map(({ type, inPkts }) => [type, inPkts])).toEqual([
      [1, 2],
      [128, 1],
      [200, 1],
    ]);
    expect([icmp.get(6, 'inMsgs'), icmp.get(6, 'inErrors'), icmp.get(4, 'inMsgs'), icmp.get(4, 'inErrors')]).toEqual([
      4, 3, 1, 0,
    ]);
  });
});

it('never throws, and never learns, from bytes that no one sent', () => {
  const bed = testbed();
  const forms = [
    sent6(udp(), big),
    sent6(destinationOptions(), fragmentHeader(), icmp6({ type: 129 }), big),
    sent4(tcp(), big),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...forms),
      fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 4 }),
      fc.nat(1_300),
      fc.constantFrom(1, 2, 3, 4, 11, 12, 99),
      fc.nat(2_000),
      (form, edits, length, type, parameter) => {
        const quote = form.slice(0, length);
        for (const [at, value] of edits) if (at < quote.length) quote[at] = value;
        expect(outcome(bed, error6(type, parameter, quote))).not.toBe('delivered');
        expect(outcome(bed, error4(type, 4, parameter, quote))).not.toBe('delivered');
        expect(bed.node.pathMtus.size).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
  expect(bed.node.addresses.own(addressOf('fd00:a::1'), a)).toBeDefined();
});
