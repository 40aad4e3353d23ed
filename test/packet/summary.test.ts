import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Drop } from '../../src/packet/drop.ts';
import { Packet, Status } from '../../src/packet/packet.ts';
import { summarize } from '../../src/packet/summary.ts';
import { Protocol, parseAddress, writeAddress } from '../../src/wire/index.ts';

const bytesOf = (...parts: (number | readonly number[])[]): number[] => parts.flat();
const u16 = (value: number): number[] => [value >>> 8, value & 0xff];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const address = (text: string): number[] => {
  const value = parseAddress(text)!;
  const bytes = new Uint8Array(value.family === 6 ? 16 : 4);
  writeAddress(new DataView(bytes.buffer), 0, value);
  return [...bytes];
};

const ip6 = (next: number, payload: readonly number[], hopLimit = 64, from = 'fd00:a::2', to = 'fd00:b::2'): number[] =>
  bytesOf(0x60, zeros(3), u16(payload.length), next, hopLimit, address(from), address(to), payload);

const ip4 = (protocol: number, payload: readonly number[], fragment = 0, options: readonly number[] = []): number[] =>
  bytesOf(
    0x45 + options.length / 4,
    0,
    u16(20 + options.length + payload.length),
    u16(7),
    u16(fragment),
    63,
    protocol,
    u16(0),
    address('10.0.1.2'),
    address('10.0.2.2'),
    options,
    payload,
  );

const udp = (length = 12): number[] => bytesOf(u16(40_000), u16(53), u16(8 + length), u16(0), zeros(length));
const tcp = (flags: number, data = 0): number[] =>
  bytesOf(u16(40_000), u16(80), u32(5), u32(0xfffffff0), 0x50, flags, u16(512), u16(0), u16(0), zeros(data));
const icmp = (type: number, code: number, word: readonly number[], ...rest: (number | readonly number[])[]): number[] =>
  bytesOf(type, code, u16(0), word, ...rest);
const echo = (type: number): number[] => icmp(type, 0, [...u16(7), ...u16(1)], zeros(56));

const packetOf = (bytes: readonly number[], headroom = 16): Packet => {
  const packet = new Packet(headroom + bytes.length).reset(headroom, bytes.length);
  packet.bytes.set(bytes, headroom);
  return packet;
};

const hosts6 = 'IP6 fd00:a::2 > fd00:b::2';
const hosts4 = 'IP 10.0.1.2 > 10.0.2.2';
const flow6 = 'IP6 fd00:a::2.40000 > fd00:b::2.53';
const { icmpv6, icmp: icmpv4, hopByHop, routing, fragment, destinationOptions, ah, esp } = Protocol;

/** Extension headers: next header, length, body. */
const padding = [1, 4, 0, 0, 0, 0];
const fragmentHeader = (next: number, field: number): number[] => bytesOf(next, 0, u16(field), u32(0xdeadbeef));

describe('summarize', () => {
  it.each<readonly [string, readonly number[], string]>([
    // upper layers
    ['an echo request', ip6(icmpv6, echo(128)), `${hosts6}: ICMP6 echo request id 7 seq 1, hop limit 64, length 64`],
    ['an echo reply', ip6(icmpv6, echo(129), 1), `${hosts6}: ICMP6 echo reply id 7 seq 1, hop limit 1, length 64`],
    ['UDP', ip6(Protocol.udp, udp()), `${flow6}: UDP, hop limit 64, length 12`],
    [
      'a SYN',
      ip6(Protocol.tcp, tcp(0x02)),
      'IP6 fd00:a::2.40000 > fd00:b::2.80: TCP [S] seq 5 window 512, hop limit 64, length 0',
    ],
    [
      'a SYN ACK',
      ip4(Protocol.tcp, tcp(0x12)),
      'IP 10.0.1.2.40000 > 10.0.2.2.80: TCP [S.] seq 5 ack 4294967280 window 512, ttl 63, length 0',
    ],
    [
      'TCP data',
      ip4(Protocol.tcp, tcp(0x18, 100)),
      'IP 10.0.1.2.40000 > 10.0.2.2.80: TCP [P.] seq 5 ack 4294967280 window 512, ttl 63, length 100',
    ],
    [
      'TCP without flags',
      ip4(Protocol.tcp, tcp(0)),
      'IP 10.0.1.2.40000 > 10.0.2.2.80: TCP [none] seq 5 window 512, ttl 63, length 0',
    ],
    ['ICMPv4 echo', ip4(icmpv4, echo(8)), `${hosts4}: ICMP echo request id 7 seq 1, ttl 63, length 64`],
    ['no next header', ip6(Protocol.noNextHeader, []), `${hosts6}: no next header, hop limit 64, length 0`],
    ['a protocol unknown', ip6(200, zeros(9)), `${hosts6}: protocol 200, hop limit 64, length 9`],
    [
      'ESP',
      ip6(esp, bytesOf(u32(0x1001), u32(9), zeros(32))),
      `${hosts6}: ESP spi 0x00001001 seq 9, hop limit 64, length 40`,
    ],
    ['GRE', ip4(Protocol.gre, zeros(4)), `${hosts4}: GRE, ttl 63, length 4`],

    // extension headers, options, fragments
    [
      'extension headers in order',
      ip6(
        hopByHop,
        bytesOf(
          destinationOptions,
          0,
          padding,
          routing,
          0,
          padding,
          fragment,
          2,
          0,
          1,
          zeros(20),
          fragmentHeader(17, 1),
          udp(),
        ),
      ),
      `${flow6}: hop-by-hop options, destination options, routing type 0 left 1, ` +
        'fragment id 3735928559 offset 0 more, UDP, hop limit 64, length 12',
    ],
    [
      'a later fragment',
      ip6(fragment, bytesOf(fragmentHeader(17, 1232), zeros(100))),
      `${hosts6}: fragment id 3735928559 offset 1232, UDP, hop limit 64, length 100`,
    ],
    [
      'AH',
      ip6(ah, bytesOf(17, 4, 0, 0, u32(0x2002), u32(3), zeros(12), udp())),
      `${flow6}: AH spi 0x00002002 seq 3, UDP, hop limit 64, length 12`,
    ],
    ['an AH too short', ip6(ah, bytesOf(59, 0, zeros(6))), `${hosts6}: AH, no next header, hop limit 64, length 0`],
    [
      'a header that runs out',
      ip6(hopByHop, bytesOf(17, 9, padding)),
      `${hosts6}: hop-by-hop options truncated, hop limit 64, length 8`,
    ],
    [
      'IPv4 options',
      ip4(17, udp(), 0, [0x94, 4, 0, 0]),
      'IP 10.0.1.2.40000 > 10.0.2.2.53: options of 4 bytes, UDP, ttl 63, length 12',
    ],
    [
      'a first IPv4 fragment',
      ip4(17, udp(), 0x2000),
      'IP 10.0.1.2.40000 > 10.0.2.2.53: fragment id 7 offset 0 more, UDP, ttl 63, length 12',
    ],
    ['a last IPv4 fragment', ip4(17, zeros(8), 0x00b9), `${hosts4}: fragment id 7 offset 1480, UDP, ttl 63, length 8`],

    // ICMPv6
    [
      'no route',
      ip6(icmpv6, icmp(1, 0, u32(0), ip6(17, udp()))),
      `${hosts6}: ICMP6 destination unreachable (no route) [${flow6}: UDP], hop limit 64, length 68`,
    ],
    [
      'packet too big, quoting the start only',
      ip6(icmpv6, icmp(2, 0, u32(1_280), ip6(17, udp(1_400)).slice(0, 44))),
      `${hosts6}: ICMP6 packet too big mtu 1280 [${flow6}: UDP truncated], hop limit 64, length 52`,
    ],
    [
      'time exceeded',
      ip6(icmpv6, icmp(3, 0, u32(0), ip6(17, udp()))),
      `${hosts6}: ICMP6 time exceeded (hop limit) [${flow6}: UDP], hop limit 64, length 68`,
    ],
    [
      'a parameter problem',
      ip6(icmpv6, icmp(4, 1, u32(6), ip6(200, []))),
      `${hosts6}: ICMP6 parameter problem (unknown next header) at 6 [${hosts6}: protocol 200], hop limit 64, length 48`,
    ],
    [
      'an error that quotes nothing',
      ip6(icmpv6, icmp(3, 1, u32(0))),
      `${hosts6}: ICMP6 time exceeded (reassembly), hop limit 64, length 8`,
    ],
    [
      'a code without a name',
      ip6(icmpv6, icmp(1, 99, u32(0))),
      `${hosts6}: ICMP6 destination unreachable (code 99), hop limit 64, length 8`,
    ],
    [
      'a neighbor solicitation',
      ip6(icmpv6, icmp(135, 0, u32(0), address('fe80::1')), 255, '::', 'ff02::1:ff00:1'),
      'IP6 :: > ff02::1:ff00:1: ICMP6 neighbor solicitation for fe80::1, hop limit 255, length 24',
    ],
    [
      'a neighbor advertisement',
      ip6(icmpv6, icmp(136, 0, u32(0xa0000000), address('fe80::1'))),
      `${hosts6}: ICMP6 neighbor advertisement of fe80::1 (router, override), hop limit 64, length 24`,
    ],
    [
      'a router solicitation',
      ip6(icmpv6, icmp(133, 0, u32(0))),
      `${hosts6}: ICMP6 router solicitation, hop limit 64, length 8`,
    ],
    [
      'a router advertisement',
      ip6(icmpv6, icmp(134, 0, [64, 0, ...u16(1_800)], zeros(8))),
      `${hosts6}: ICMP6 router advertisement lifetime 1800 s, hop limit 64, length 16`,
    ],
    [
      'a redirect',
      ip6(icmpv6, icmp(137, 0, u32(0), address('fe80::2'), address('fd00::9'))),
      `${hosts6}: ICMP6 redirect of fd00::9 to fe80::2, hop limit 64, length 40`,
    ],
    [
      'a listener report',
      ip6(icmpv6, icmp(131, 0, u32(0), address('ff02::fb'))),
      `${hosts6}: ICMP6 listener report for ff02::fb, hop limit 64, length 24`,
    ],
    [
      'a listener report, version 2',
      ip6(icmpv6, icmp(143, 0, u32(3))),
      `${hosts6}: ICMP6 listener report v2 records 3, hop limit 64, length 8`,
    ],
    ['an unknown type', ip6(icmpv6, icmp(200, 1, u32(0))), `${hosts6}: ICMP6 type 200 code 1, hop limit 64, length 8`],

    // ICMPv4
    [
      'fragmentation needed',
      ip4(icmpv4, icmp(3, 4, [0, 0, ...u16(1_400)], ip4(17, udp()).slice(0, 28))),
      `${hosts4}: ICMP destination unreachable (fragmentation needed) mtu 1400 ` +
        '[IP 10.0.1.2.40000 > 10.0.2.2.53: UDP], ttl 63, length 36',
    ],
    [
      'a redirect of IPv4',
      ip4(icmpv4, icmp(5, 1, address('10.0.1.9'))),
      `${hosts4}: ICMP redirect (code 1) to 10.0.1.9, ttl 63, length 8`,
    ],
    [
      'an IPv4 parameter problem',
      ip4(icmpv4, icmp(12, 0, [20, 0, 0, 0])),
      `${hosts4}: ICMP parameter problem at 20, ttl 63, length 8`,
    ],
    [
      'time to live exceeded',
      ip4(icmpv4, icmp(11, 0, u32(0))),
      `${hosts4}: ICMP time exceeded (time to live), ttl 63, length 8`,
    ],

    // tunnels
    ['IPv6 in IPv6', ip6(41, ip6(17, udp())), `${hosts6}: [${flow6}: UDP], hop limit 64, length 60`],
    [
      'IPv4 in IPv6',
      ip6(4, ip4(17, udp())),
      `${hosts6}: [IP 10.0.1.2.40000 > 10.0.2.2.53: UDP], hop limit 64, length 40`,
    ],
    [
      'tunnels in tunnels',
      ip6(41, ip6(41, ip6(41, ip6(41, ip6(17, udp()))))),
      `${hosts6}: [${hosts6}: [${hosts6}: [${hosts6}: […]]]], hop limit 64, length 180`,
    ],

    // nonsense
    ['nothing', [], 'no bytes'],
    ['another version', [0x35, ...zeros(19)], 'not IP (version 3), length 20'],
    ['half an IPv6 header', ip6(17, []).slice(0, 39), 'IP6 truncated, length 39'],
    ['half an IPv4 header', ip4(17, []).slice(0, 19), 'IP truncated, length 19'],
    ['an IPv4 header of twelve bytes', [0x43, ...zeros(30)], 'IP with a header of 12 bytes, length 31'],
    ['a packet cut short', ip6(17, udp(100)).slice(0, 60), `${flow6}: UDP, hop limit 64, length 12, truncated by 88`],
    ['UDP cut short in its ports', ip6(17, [1, 2, 3]), `${hosts6}: UDP truncated, hop limit 64, length 0`],
    [
      'TCP cut short',
      ip6(6, tcp(2).slice(0, 19)),
      'IP6 fd00:a::2.40000 > fd00:b::2.80: TCP truncated, hop limit 64, length 0',
    ],
    ['ICMP cut short', ip6(icmpv6, [128, 0, 0]), `${hosts6}: ICMP6 truncated, hop limit 64, length 3`],
    [
      'an echo cut short',
      ip6(icmpv6, [128, 0, 0, 0, 1]),
      `${hosts6}: ICMP6 echo request truncated, hop limit 64, length 5`,
    ],
    ['ESP cut short', ip6(esp, zeros(7)), `${hosts6}: ESP truncated, hop limit 64, length 7`],
    [
      'link padding, which is not the packet',
      [...ip6(17, udp()), ...zeros(9)],
      `${flow6}: UDP, hop limit 64, length 12`,
    ],
  ])('%s', (_name, bytes, expected) => {
    expect(summarize(packetOf(bytes))).toBe(expected);
  });

  it('ends with the reason of a refused packet', () => {
    const packet = packetOf(ip6(17, udp(), 1));
    packet.refuse(Drop.hopLimitExceeded);
    expect(summarize(packet)).toBe(`${flow6}: UDP, hop limit 1, length 12, refused: hopLimitExceeded`);
    packet.drop = 9_999;
    expect(summarize(packet)).toMatch(/, refused: 9999$/);
  });

  it.each([
    [
      'ARP',
      bytesOf([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [2, 0, 0, 0, 0, 1], u16(0x0806), zeros(28)),
      'ARP, length 28',
    ],
    [
      'LLDP',
      bytesOf([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [2, 0, 0, 0, 0, 1], u16(0x88cc), zeros(9)),
      'type 0x88cc, length 9',
    ],
  ])('names a frame without an IP packet: %s', (_name, bytes, what) => {
    const packet = packetOf(bytes);
    packet.start = packet.end;
    expect(summarize(packet)).toBe(`Ethernet 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff: ${what}`);
    packet.start = packet.link + 5;
    packet.end = packet.start;
    expect(summarize(packet)).toBe('Ethernet, truncated, length 5');
  });

  it('names at most sixteen extension headers and stays a line', () => {
    const header = bytesOf(destinationOptions, 0, padding);
    const chain = ip6(destinationOptions, new Array(100).fill(header).flat());
    const line = summarize(packetOf(chain));
    expect(line.match(/destination options/g)).toHaveLength(16);
    expect(line).toMatch(/, …, hop limit 64, length 672$/);

    const routed = bytesOf(routing, 0, 255, 255, zeros(4));
    const inner = ip6(routing, new Array(16).fill(routed).flat());
    const long = summarize(
      packetOf(ip6(routing, [...new Array(15).fill(routed).flat(), 41, 0, 0, 0, ...zeros(4), ...inner])),
    );
    expect(long).toHaveLength(512);
    expect(long.endsWith('…')).toBe(true);
  });

  it('gives a line for any bytes', () => {
    const start = fc.constantFrom(
      ...[
        ip6(17, udp()),
        ip6(icmpv6, icmp(1, 0, u32(0), ip6(6, tcp(2)))),
        ip4(icmpv4, icmp(3, 4, u32(9), ip4(17, udp()))),
      ],
      ip6(hopByHop, bytesOf(fragment, 0, padding, fragmentHeader(ah, 1), 17, 1, zeros(10), udp())),
      ip6(41, ip6(4, ip4(6, tcp(16), 0x2000, zeros(8)))),
      [],
    );
    const change = fc.tuple(fc.nat(200), fc.nat(255));
    fc.assert(
      fc.property(
        start,
        fc.array(change, { maxLength: 6 }),
        fc.nat(200),
        fc.uint8Array({ maxLength: 40 }),
        (bytes, changes, cut, tail) => {
          const packet = packetOf([...bytes.slice(0, cut), ...tail], 0);
          for (const [at, value] of changes) if (at < packet.end) packet.bytes[at] = value;
          const line = summarize(packet);
          expect(line.length).toBeGreaterThan(0);
          expect(line.length).toBeLessThanOrEqual(512);
          expect(line).not.toMatch(/\n|undefined|NaN/);
          packet.status = Status.refused;
          packet.drop = Drop.noRoute;
          expect(summarize(packet).length).toBeLessThan(600);
        },
      ),
      { numRuns: 3_000, seed: 1999 },
    );
  });

  it('survives offsets that lie', () => {
    const packet = packetOf(ip6(17, udp()));
    packet.end += 1_000;
    expect(summarize(packet)).toBe(`${flow6}: UDP, hop limit 64, length 12`);
    packet.end = packet.start - 1;
    expect(summarize(packet)).toBe('no bytes');
  });
});
