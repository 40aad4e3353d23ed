import { describe, expect, it } from 'vitest';
import { extensionHeaderDefaults, extensionHeadersStep, hopByHopStep } from '../../src/operators/extension-headers.ts';
import type { Packet } from '../../src/packet/index.ts';
import {
  bytesOf,
  destinationOptions,
  extensionHeader,
  fragmentHeader,
  hopByHop,
  ipv4,
  ipv6,
  type Layer,
  padN,
  payload,
  routerAlert,
  routing,
  udp,
} from '../../src/testing/index.ts';
import { outcomeOf, received } from '../support/testbed.ts';

const walk = extensionHeadersStep(extensionHeaderDefaults);
const hops = hopByHopStep(extensionHeaderDefaults.options);
const unicast = ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' });

/** After decode, the hop-by-hop header and the walk: what became of it, where the refusal points, and what is on top. */
const walked = (packet: Packet): { outcome: string; pointer: number; protocol: number; upper: number } => {
  hops(packet);
  if (packet.drop === 0) walk(packet);
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
      [destinationOptions(...Array.from({ length: 8 }, () => padN(255)))],
      40 + 2_048,
    ],
    ['as many headers as are allowed', times(15, destinationOptions()), 160],
    ['a hop-by-hop header and 15 others', [hopByHop(), ...times(15, destinationOptions())], 168],
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
    for (const protocol of [50, 51, 59, 99, 135, 253]) {
      expect(walked(received(bytesOf(unicast, destinationOptions(), extensionHeader(protocol)))).protocol).toBe(
        protocol,
      );
    }
  });

  it('leaves IPv4 alone', () => {
    const packet = received(bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.1.1', protocol: 0 }), payload(3)));
    expect(walked(packet)).toEqual({ outcome: 'inFlight', pointer: 0, protocol: 0, upper: 20 });
  });

  it.each<readonly [string, Uint8Array, string, number]>([
    ['a hop-by-hop header of four bytes', cut(bytesOf(unicast, hopByHop()), 44), 'truncatedHeader', 0],
    ['a hop-by-hop header past the end', cut(bytesOf(unicast, hopByHop(padN(20))), 48), 'truncatedHeader', 0],
    ['destination options of seven bytes', cut(bytesOf(unicast, destinationOptions()), 47), 'truncatedHeader', 0],
    ['destination options past the end', cut(bytesOf(unicast, destinationOptions(padN(20))), 56), 'truncatedHeader', 0],
    ['destination options of nothing', cut(bytesOf(unicast, destinationOptions()), 40), 'truncatedHeader', 0],
    [
      'a routing header of four bytes',
      cut(bytesOf(unicast, routing({ routingType: 0, segmentsLeft: 0 })), 44),
      'truncatedHeader',
      0,
    ],
    [
      'a routing header past the end',
      cut(bytesOf(unicast, routing({ routingType: 0, segmentsLeft: 0, data: payload(16) })), 50),
      'truncatedHeader',
      0,
    ],
    ['a fragment header of four bytes', cut(bytesOf(unicast, fragmentHeader()), 44), 'truncatedHeader', 0],
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
    ['a first fragment', bytesOf(unicast, fragmentHeader({ more: true }), payload(8)), 'fragmentNotReassembled', 0],
    ['a last fragment', bytesOf(unicast, fragmentHeader({ offset: 8 }), payload(8)), 'fragmentNotReassembled', 0],
    ['one header too many', bytesOf(unicast, ...times(16, destinationOptions()), udp()), 'tooManyHeaders', 0],
    ['a hundred headers', bytesOf(unicast, ...times(100, fragmentHeader()), udp()), 'tooManyHeaders', 0],
  ])('refuses %s', (_name, bytes, outcome, pointer) => {
    expect(walked(received(bytes))).toMatchObject({ outcome, pointer });
  });

  it('keeps to other limits', () => {
    const packet = received(bytesOf(unicast, ...times(3, destinationOptions()), udp()));
    extensionHeadersStep({ headers: 2, options: 8 })(packet);
    expect(outcomeOf(packet)).toBe('tooManyHeaders');
  });
});
