import { describe, expect, it } from 'vitest';
import { type ExtensionHeaderOptions, extensionHeadersStep } from '../../src/operators/extension-headers.ts';
import {
  defaultHeaders,
  type HeaderHandler,
  passOver,
  type RoutingHandler,
} from '../../src/operators/headers/index.ts';
import { Drop, type Packet } from '../../src/packet/index.ts';
import {
  bytesOf,
  destinationOptions,
  extensionHeader,
  fragmentHeader,
  hopByHop,
  ipv4,
  ipv6,
  type Layer,
  option,
  padN,
  payload,
  routerAlert,
  routing,
  udp,
} from '../../src/testing/index.ts';
import { outcomeOf, received } from '../support/testbed.ts';

const unicast = ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' });

/** After the walk: what became of the packet, where the refusal points, and what is on top. */
const walked = (
  packet: Packet,
  options: ExtensionHeaderOptions = {},
): { outcome: string; pointer: number; protocol: number; upper: number } => {
  extensionHeadersStep(options)(packet);
  return {
    outcome: outcomeOf(packet),
    pointer: packet.dropParameter,
    protocol: packet.protocol,
    upper: packet.upper - packet.start,
  };
};

const times = (count: number, layer: Layer): Layer[] => Array.from({ length: count }, () => layer);
const cut = (bytes: Uint8Array, length: number): Uint8Array => {
  const short = bytes.slice(0, length);
  new DataView(short.buffer).setUint16(4, length - 40);
  return short;
};
const big = (length: number): Layer => destinationOptions(option(0x1e, payload(length - 4)));

describe('the walk', () => {
  it.each<readonly [string, Layer[], number]>([
    ['no extension header', [], 40],
    ['hop-by-hop options', [hopByHop(routerAlert())], 48],
    ['destination options', [destinationOptions(padN(6))], 48],
    ['a routing header without segments left', [routing({ routingType: 0, segmentsLeft: 0, data: payload(16) })], 64],
    ['an atomic fragment (RFC 6946)', [fragmentHeader({ identification: 1 })], 48],
    [
      'headers in the order of RFC 8200 §4.1',
      [
        hopByHop(),
        destinationOptions(),
        routing({ routingType: 4, segmentsLeft: 0 }),
        fragmentHeader(),
        destinationOptions(),
      ],
      80,
    ],
    [
      'a header of the greatest length',
      [destinationOptions(...Array.from({ length: 8 }, () => option(0x1e, payload(253))))],
      40 + 2_048,
    ],
    ['as many headers as are allowed', times(15, destinationOptions()), 160],
  ])('passes over %s', (_name, layers, upper) => {
    expect(walked(received(bytesOf(unicast, ...layers, udp())))).toEqual({
      outcome: 'inFlight',
      pointer: 0,
      protocol: 17,
      upper,
    });
  });

  it('says where the protocol was named, for a parameter problem', () => {
    const packet = received(bytesOf(unicast, hopByHop(), destinationOptions(), udp()));
    walked(packet);
    expect(packet.protocolPointer).toBe(48);
  });

  it('stops at what is no extension header', () => {
    for (const protocol of [50, 51, 59, 99, 108, 135, 253]) {
      expect(walked(received(bytesOf(unicast, destinationOptions(), extensionHeader(protocol))))).toEqual({
        outcome: 'inFlight',
        pointer: 0,
        protocol,
        upper: 48,
      });
    }
  });

  it.each([
    ['the first', { more: true }],
    ['the last', { offset: 8 }],
    ['one between', { offset: 8, more: true }],
  ])('stops at a fragment, untouched: %s', (_name, fields) => {
    const packet = received(bytesOf(unicast, destinationOptions(), fragmentHeader(fields), payload(8)));
    expect(walked(packet)).toEqual({ outcome: 'inFlight', pointer: 0, protocol: 44, upper: 48 });
    expect(packet.protocolPointer).toBe(40);
  });

  it('goes on from wherever the packet is', () => {
    const packet = received(bytesOf(unicast, extensionHeader(50, 16), destinationOptions(), udp()));
    expect(walked(packet)).toMatchObject({ protocol: 50, upper: 40 });
    packet.upper += 16; // decrypted, say
    packet.protocol = 60;
    expect(walked(packet)).toMatchObject({ outcome: 'inFlight', protocol: 17, upper: 64 });
  });

  it('leaves IPv4 alone', () => {
    const packet = received(bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.1.1', protocol: 0 }), payload(3)));
    expect(walked(packet)).toEqual({ outcome: 'inFlight', pointer: 0, protocol: 0, upper: 20 });
  });

  it.each<readonly [string, Uint8Array, string, number]>([
    ['a hop-by-hop header of four bytes', cut(bytesOf(unicast, hopByHop()), 44), 'truncatedHeader', 41],
    ['a hop-by-hop header of one byte', cut(bytesOf(unicast, hopByHop()), 41), 'truncatedHeader', 6],
    ['a hop-by-hop header past the end', cut(bytesOf(unicast, hopByHop(padN(20))), 48), 'truncatedHeader', 41],
    ['destination options of seven bytes', cut(bytesOf(unicast, destinationOptions()), 47), 'truncatedHeader', 41],
    [
      'destination options past the end',
      cut(bytesOf(unicast, destinationOptions(padN(20))), 56),
      'truncatedHeader',
      41,
    ],
    ['destination options of nothing', cut(bytesOf(unicast, destinationOptions()), 40), 'truncatedHeader', 6],
    [
      'a routing header of four bytes',
      cut(bytesOf(unicast, routing({ routingType: 0, segmentsLeft: 0 })), 44),
      'truncatedHeader',
      41,
    ],
    [
      'a routing header past the end',
      cut(bytesOf(unicast, routing({ routingType: 0, segmentsLeft: 0, data: payload(16) })), 50),
      'truncatedHeader',
      41,
    ],
    [
      'a fragment header of four bytes, which has no length',
      cut(bytesOf(unicast, hopByHop(), fragmentHeader()), 52),
      'truncatedHeader',
      40,
    ],
    [
      'type 0 routing with segments left (RFC 5095)',
      bytesOf(unicast, routing({ routingType: 0, segmentsLeft: 1, data: payload(16) })),
      'badRoutingHeader',
      42,
    ],
    [
      'unknown routing with segments left',
      bytesOf(unicast, hopByHop(), routing({ routingType: 99, segmentsLeft: 255 })),
      'badRoutingHeader',
      50,
    ],
    ['a second hop-by-hop header', bytesOf(unicast, hopByHop(), hopByHop(), udp()), 'misplacedHopByHop', 40],
    [
      'a hop-by-hop header behind another',
      bytesOf(unicast, destinationOptions(), hopByHop(), udp()),
      'misplacedHopByHop',
      40,
    ],
    ['one header too many', bytesOf(unicast, ...times(16, destinationOptions()), udp()), 'tooManyHeaders', 160],
    ['a hundred headers', bytesOf(unicast, ...times(100, fragmentHeader()), udp()), 'tooManyHeaders', 160],
    ['a chain of too many bytes', bytesOf(unicast, ...times(9, big(256)), udp()), 'chainTooLong', 2_088],
  ])('refuses %s', (_name, bytes, outcome, pointer) => {
    expect(walked(received(bytes))).toMatchObject({ outcome, pointer });
  });

  it.each<readonly [string, ExtensionHeaderOptions, Layer[], string, number]>([
    ['headers: 2', { limits: { headers: 2 } }, times(3, destinationOptions()), 'tooManyHeaders', 56],
    ['headers: 0', { limits: { headers: 0 } }, [hopByHop()], 'tooManyHeaders', 40],
    ['headers: 20', { limits: { headers: 20 } }, times(20, destinationOptions()), 'inFlight', 0],
    ['chainBytes: 20', { limits: { chainBytes: 20 } }, times(3, destinationOptions()), 'chainTooLong', 60],
    ['chainBytes: 24', { limits: { chainBytes: 24 } }, times(3, destinationOptions()), 'inFlight', 0],
    ['headerBytes: 8', { limits: { headerBytes: 8 } }, [destinationOptions(), big(16)], 'headerTooBig', 48],
  ])('keeps to other limits: %s', (_name, options, layers, outcome, pointer) => {
    expect(walked(received(bytesOf(unicast, ...layers, udp())), options)).toMatchObject({ outcome, pointer });
  });
});

describe('a header of our own', () => {
  const mine: HeaderHandler = {
    protocol: 253,
    name: 'Mine',
    step: (packet) => passOver(packet, packet.upper + 8),
  };

  it('is passed over, in its turn', () => {
    const bytes = bytesOf(unicast, destinationOptions(), extensionHeader(253), destinationOptions(), udp());
    expect(walked(received(bytes))).toMatchObject({ protocol: 253, upper: 48 });
    expect(walked(received(bytes), { headers: [...defaultHeaders, mine] })).toMatchObject({ protocol: 17, upper: 64 });
  });

  it('takes the place of one with the same number', () => {
    const strict: HeaderHandler = { protocol: 60, name: 'None', step: (packet) => packet.refuse(Drop.blackhole, 3) };
    const packet = received(bytesOf(unicast, destinationOptions(), udp()));
    expect(walked(packet, { headers: [...defaultHeaders, strict] })).toMatchObject({
      outcome: 'blackhole',
      pointer: 3,
    });
  });

  it.each<readonly [string, (packet: Packet) => void]>([
    ['stands still', () => {}],
    ['goes back', (packet) => passOver(packet, packet.upper - 8)],
    ['names itself again and stands still', (packet) => passOver(packet, packet.upper)],
  ])('ends the walk when it %s', (_name, step) => {
    let turns = 0;
    const stubborn: HeaderHandler = {
      protocol: 253,
      name: 'Stubborn',
      step: (packet) => {
        turns += 1;
        step(packet);
      },
    };
    const packet = received(bytesOf(unicast, extensionHeader(253), extensionHeader(253), udp()));
    walked(packet, { headers: [...defaultHeaders, stubborn] });
    expect(turns).toBe(1);
  });

  it('needs a protocol number that fits a byte', () => {
    expect(() => extensionHeadersStep({ headers: [{ ...mine, protocol: -1 }] })).toThrow('"Mine" has the number -1');
  });
});

describe('a routing type of our own', () => {
  const segments = routing({ routingType: 4, segmentsLeft: 1, data: payload(16) });
  const obey = (step: RoutingHandler['step']): ExtensionHeaderOptions => ({
    routing: [{ type: 4, name: 'Segment Routing', step }],
  });

  it('gets its headers, whole, with or without segments left', () => {
    const ends: number[] = [];
    const options = obey((packet, next) => {
      ends.push(next - packet.start);
      passOver(packet, next);
    });
    const bytes = bytesOf(unicast, segments, routing({ routingType: 4, segmentsLeft: 0 }), udp());
    expect(walked(received(bytes), options)).toMatchObject({ outcome: 'inFlight', protocol: 17, upper: 72 });
    expect(ends).toEqual([64, 72]);
    expect(walked(received(cut(bytes, 60)), options).outcome).toBe('truncatedHeader');
  });

  it('may end the walk, or refuse', () => {
    expect(
      walked(
        received(bytesOf(unicast, segments, udp())),
        obey(() => {}),
      ),
    ).toMatchObject({ protocol: 43, upper: 40 });
    const refuse = obey((packet) => packet.refuse(Drop.beyondScope));
    expect(walked(received(bytesOf(unicast, segments, udp())), refuse).outcome).toBe('beyondScope');
  });

  it('leaves other types as they are', () => {
    const packet = received(bytesOf(unicast, routing({ routingType: 2, segmentsLeft: 1, data: payload(16) }), udp()));
    expect(
      walked(
        packet,
        obey(() => {}),
      ),
    ).toMatchObject({ outcome: 'badRoutingHeader', pointer: 42 });
  });
});
