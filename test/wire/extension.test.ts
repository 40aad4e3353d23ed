import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as extension from '../../src/wire/extension.ts';
import * as fragment from '../../src/wire/fragment.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import * as routing from '../../src/wire/routing.ts';
import { anyBytes, bytesOf, expectField, expectTruncated, hex, viewOf } from './support.ts';

test.each(Object.entries(Protocol))('%s', (name, protocol) => {
  const walkable = ['hopByHop', 'routing', 'fragment', 'ah', 'destinationOptions'];
  expect(extension.isExtensionHeader(protocol)).toBe(walkable.includes(name));
});

describe('length in bytes', () => {
  test.each([
    ['hop-by-hop', Protocol.hopByHop, 0, 8],
    ['destination options', Protocol.destinationOptions, 1, 16],
    ['routing', Protocol.routing, 255, 2048],
    ['fragment, whose second byte is reserved', Protocol.fragment, 255, 8],
    ['authentication, at its shortest', Protocol.ah, 0, 8],
    ['authentication with a 96-bit ICV', Protocol.ah, 4, 24],
    ['authentication, at its longest', Protocol.ah, 255, 1028],
  ])('%s', (_, protocol, units, expected) => {
    const view = viewOf(new Uint8Array(expected));
    view.setUint8(0, Protocol.udp);
    view.setUint8(1, units);
    expect(extension.headerLength(view, 0, protocol)).toBe(expected);
    expect(extension.nextHeader(view, 0)).toBe(Protocol.udp);
    expect(extension.check(view, 0, expected, protocol)).toBe('ok');
    expect(extension.check(view, 0, expected - 1, protocol)).toBe('truncated');
  });

  test('is written in units of eight', () => {
    const view = viewOf(new Uint8Array(2));
    for (const length of [8, 16, 1024, 2048]) {
      extension.setHeaderLength(view, 0, length);
      expect(extension.headerLength(view, 0, Protocol.hopByHop)).toBe(length);
    }
  });
});

test('next header', () => {
  expectField(extension.nextHeader, extension.setNextHeader, 8, 8);
});

test('a walk over any bytes gets on and stays inside', () => {
  fc.assert(
    fc.property(anyBytes(400), fc.nat(255), (bytes, first) => {
      const view = viewOf(bytes);
      let protocol = first;
      let at = 0;
      let headers = 0;
      while (extension.isExtensionHeader(protocol)) {
        if (extension.check(view, at, bytes.length, protocol) !== 'ok') break;
        const next = extension.nextHeader(view, at);
        at += extension.headerLength(view, at, protocol);
        protocol = next;
        headers += 1;
      }
      expect(at).toBeLessThanOrEqual(bytes.length);
      expect(headers).toBeLessThanOrEqual(bytes.length / extension.minimumHeaderLength);
    }),
    { numRuns: 1_000 },
  );
});

describe('routing', () => {
  const header = hex(`3a 04 00 02 00000000 ${'20010db8000000000000000000000001'.repeat(2)}`);

  test('the fields lie where RFC 8200 §4.4 draws them', () => {
    expect(routing.routingType(header, 0)).toBe(routing.RoutingType.sourceRoute);
    expect(routing.segmentsLeft(header, 0)).toBe(2);
    expect(routing.addressCount(header, 0)).toBe(2);
    expect(routing.addressAt(0, 0)).toBe(8);
    expect(routing.addressAt(0, 1)).toBe(24);
    expectTruncated((view, at, end) => extension.check(view, at, end, Protocol.routing), header);
  });

  test('counted addresses lie inside the header', () => {
    for (let units = 0; units < 256; units += 1) {
      const view = viewOf([0, units]);
      const last = routing.addressAt(0, routing.addressCount(view, 0));
      expect(last).toBeLessThanOrEqual(extension.headerLength(view, 0, Protocol.routing));
    }
  });

  test('segments left', () => {
    expectField(routing.segmentsLeft, routing.setSegmentsLeft, 8, 8);
  });
});

describe('fragment', () => {
  test('the fields lie where RFC 8200 §4.5 draws them', () => {
    const header = hex('11 ff 05af 89abcdef');
    expect(fragment.nextHeader(header, 0)).toBe(Protocol.udp);
    expect(fragment.fragmentOffset(header, 0)).toBe(0x5a8);
    expect(fragment.moreFragments(header, 0)).toBe(true);
    expect(fragment.identification(header, 0)).toBe(0x89abcdef);
    expectTruncated(fragment.check, header);
  });

  test.each([
    ['the first of several', '0001', false],
    ['the last', '0010', false],
    ['the only one', '0000', true],
    ['the only one, reserved bits set', '0006', true],
  ])('%s', (_, field, atomic) => {
    expect(fragment.isAtomic(hex(`3a00 ${field} 00000001`), 0)).toBe(atomic);
  });

  test('next header and identification', () => {
    expectField(fragment.nextHeader, fragment.setNextHeader, 8, 8);
    expectField(fragment.identification, fragment.setIdentification, 8, 32);
  });

  test('is written whole, reserved bits 0', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(0x1fff), fc.boolean(), fc.nat(0xffffffff), (protocol, units, more, id) => {
        const view = viewOf(new Uint8Array(8).fill(0xff));
        fragment.write(view, 0, protocol, units * 8, more, id);
        expect(bytesOf(view).slice(0, 2)).toEqual([protocol, 0]);
        expect(fragment.fragmentOffset(view, 0)).toBe(units * 8);
        expect(fragment.moreFragments(view, 0)).toBe(more);
        expect(fragment.identification(view, 0)).toBe(id);
        expect(view.getUint8(3) & 6).toBe(0);
      }),
    );
  });
});
