import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  destinationOptions,
  extensionHeader,
  fragmentHeader,
  hopByHop,
  icmp6,
  ipv4,
  ipv6,
  type Layer,
  padN,
  payload,
  routing,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import * as quoted from '../../src/wire/quoted.ts';
import { anyBytes, viewOf } from './support.ts';

const six = ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' });
const four = { source: '10.0.1.2', destination: '10.0.2.2' };

/** Protocol and offset, or the code for none. */
const found = (bytes: Uint8Array, length = bytes.length): readonly number[] => {
  const answer = quoted.findUpperLayer(viewOf(bytes.slice(0, length)), 0, length);
  return answer < 0 ? [answer] : [quoted.protocolOf(answer), quoted.offsetOf(answer)];
};
/** An authentication header of 16 bytes: its length counts in fours. */
const authentication: Layer = (body) => {
  const built = extensionHeader(Protocol.ah, 16)(body);
  built.bytes[1] = 2;
  return built;
};
const times = (count: number, layer: Layer): Layer[] => Array.from({ length: count }, () => layer);

describe('the upper layer of a quoted packet', () => {
  it.each<readonly [string, Uint8Array, readonly number[]]>([
    ['directly behind the IPv6 header', bytesOf(six, udp()), [17, 40]],
    ['behind options', bytesOf(six, hopByHop(padN(6)), destinationOptions(padN(14)), icmp6({ type: 1 })), [58, 64]],
    [
      'behind a routing header',
      bytesOf(six, routing({ routingType: 0, segmentsLeft: 2, data: payload(32) }), tcp()),
      [6, 80],
    ],
    ['behind the header of a first fragment', bytesOf(six, fragmentHeader({ more: true }), udp()), [17, 48]],
    ['behind the header of an atomic fragment', bytesOf(six, fragmentHeader(), udp()), [17, 48]],
    ['behind an authentication header (RFC 4302 §2.2)', bytesOf(six, authentication, udp()), [17, 56]],
    ['ESP', bytesOf(six, destinationOptions(), extensionHeader(Protocol.esp, 16)), [50, 48]],
    ['IPv6 in IPv6', bytesOf(six, six, udp()), [41, 40]],
    ['no next header', bytesOf(six), [59, 40]],
    ['a protocol that no one knows', bytesOf(six, extensionHeader(253)), [253, 40]],
    [
      'behind as many headers as are walked',
      bytesOf(six, ...times(quoted.headerLimit, destinationOptions()), udp()),
      [17, 552],
    ],
    ['of IPv4', bytesOf(ipv4(four), udp()), [17, 20]],
    ['of IPv4 with options', bytesOf(ipv4({ ...four, options: payload(8) }), tcp()), [6, 28]],
    ['of an IPv4 first fragment', bytesOf(ipv4({ ...four, moreFragments: true }), udp()), [17, 20]],
  ])('is found: %s', (_name, bytes, expected) => {
    expect(found(bytes)).toEqual(expected);
  });

  it('is found even if none of its own bytes are quoted', () => {
    const bytes = bytesOf(six, hopByHop(), udp(), payload(8));
    for (const length of [48, 49, 56, 64]) expect(found(bytes, length)).toEqual([17, 48]);
  });

  it.each<readonly [string, Uint8Array, number, number]>([
    ['nothing is there', bytesOf(six, udp()), 0, quoted.unknown],
    ['the IPv6 header is cut off', bytesOf(six, udp()), 39, quoted.unknown],
    ['the IPv4 header is cut off', bytesOf(ipv4(four), udp()), 19, quoted.unknown],
    ['IPv4 options are cut off', bytesOf(ipv4({ ...four, options: payload(8) }), udp()), 27, quoted.unknown],
    ['an extension header is cut off', bytesOf(six, hopByHop(padN(14)), udp()), 55, quoted.unknown],
    [
      'the version is neither',
      bytesOf(ipv6({ source: '::', destination: '::', version: 5 }), udp()),
      48,
      quoted.unknown,
    ],
    ['the IPv4 header length is a lie', bytesOf(ipv4({ ...four, headerLength: 16 }), udp()), 28, quoted.unknown],
    ['it is a later fragment', bytesOf(six, fragmentHeader({ offset: 8 }), udp()), 56, quoted.unknown],
    ['it is a later IPv4 fragment', bytesOf(ipv4({ ...four, fragmentOffset: 8 }), udp()), 28, quoted.unknown],
    [
      'there are more headers than are walked',
      bytesOf(six, ...times(quoted.headerLimit + 1, destinationOptions()), udp()),
      10_000,
      quoted.tooLong,
    ],
  ])('is not told when %s', (_name, bytes, length, expected) => {
    expect(found(bytes, Math.min(length, bytes.length))).toEqual([expected]);
  });

  it('is sought inside the packet, whatever its bytes and wherever it is cut', () => {
    const headers = fc.array(fc.tuple(fc.constantFrom(0, 43, 44, 51, 60, 17, 58), fc.nat(3), anyBytes(30)), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(headers, fc.nat(400), fc.constantFrom(0x45, 0x4f, 0x60), (chain, cut, first) => {
        const bytes = [first, ...new Array(39).fill(0)];
        bytes[6] = chain[0]?.[0] ?? 59;
        for (const [next, units, data] of chain) bytes.push(next, units, ...data);
        const view = viewOf(bytes.slice(0, cut));
        const answer = quoted.findUpperLayer(view, 0, view.byteLength);
        if (answer < 0) return;
        expect(quoted.offsetOf(answer)).toBeGreaterThanOrEqual(20);
        expect(quoted.offsetOf(answer)).toBeLessThanOrEqual(view.byteLength);
      }),
      { numRuns: 1_000 },
    );
  });
});
