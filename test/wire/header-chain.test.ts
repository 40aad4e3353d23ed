import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  destinationOptions,
  extensionHeader,
  fragmentHeader,
  hopByHop,
  ipv6,
  padN,
  payload,
  routing,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import { chainHas, findUpperLayer, incomplete, offsetOf, protocolOf } from '../../src/wire/header-chain.ts';
import { Protocol } from '../../src/wire/protocols.ts';

const ends = { source: 'fd00:a::2', destination: 'fd00:a::1' };
const find = (bytes: Uint8Array, end = bytes.length): number =>
  findUpperLayer(new DataView(bytes.buffer), 40, end, bytes[6] as number);

describe('findUpperLayer', () => {
  it.each([
    ['no extension header', bytesOf(ipv6(ends), udp()), 40, Protocol.udp],
    ['one', bytesOf(ipv6(ends), hopByHop(padN(6)), udp()), 48, Protocol.udp],
    [
      'several, of different lengths',
      bytesOf(ipv6(ends), routing({ routingType: 2, segmentsLeft: 1 }), destinationOptions(padN(14)), tcp()),
      64,
      Protocol.tcp,
    ],
    ['AH, whose length counts words', bytesOf(ipv6(ends), extensionHeader(Protocol.ah, 24), payload(9)), 56, 59],
    ['nothing behind it', bytesOf(ipv6(ends), hopByHop()), 48, Protocol.noNextHeader],
    ['a Fragment header, at which it ends', bytesOf(ipv6(ends), fragmentHeader(), udp()), 40, Protocol.fragment],
  ])('steps over %s', (_name, bytes, offset, protocol) => {
    const found = find(bytes);
    expect([offsetOf(found), protocolOf(found)]).toEqual([offset, protocol]);
  });

  it.each([
    ['UDP', bytesOf(ipv6(ends), udp()), 48],
    ['TCP', bytesOf(ipv6(ends), tcp()), 60],
    ['TCP with options', bytesOf(ipv6(ends), tcp({ headerLength: 32 }), payload(12)), 72],
    ['IPv6', bytesOf(ipv6(ends), ipv6(ends), udp()), 80],
    ['destination options', bytesOf(ipv6(ends), destinationOptions(padN(14)), udp()), 64],
    ['a protocol it does not know', bytesOf(ipv6({ ...ends, nextHeader: 200 }), payload(20)), 48],
  ])('asks for the whole header of %s', (_name, bytes, end) => {
    expect(find(bytes, end)).toBeGreaterThan(0);
    expect(find(bytes, end - 1)).toBe(incomplete);
  });

  it('ends, inside the bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 300 }), (bytes) => {
        const found = find(bytes);
        if (found === incomplete) return;
        expect(offsetOf(found)).toBeGreaterThanOrEqual(40);
        expect(offsetOf(found)).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

describe('chainHas', () => {
  const bytes = bytesOf(ipv6(ends), hopByHop(padN(6)), fragmentHeader(), destinationOptions(padN(6)), udp());
  const has = (until: number, wanted: number): boolean =>
    chainHas(new DataView(bytes.buffer), 40, until, bytes[6] as number, wanted);

  it('finds a header before an offset, not one that begins there', () => {
    expect([has(40, 0), has(48, 0), has(48, 44), has(56, 44), has(64, 60), has(64, Protocol.routing)]).toEqual([
      false,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  it('ends, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 300 }), fc.nat(300), (any, until) => {
        const view = new DataView(any.buffer);
        expect(typeof chainHas(view, 40, Math.min(until, any.length), any[6] as number, 44)).toBe('boolean');
      }),
    );
  });
});
