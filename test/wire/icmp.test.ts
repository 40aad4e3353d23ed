import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as icmp4 from '../../src/wire/icmp4.ts';
import * as icmp6 from '../../src/wire/icmp6.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import {
  anyBytes,
  behindIpv4,
  behindIpv6,
  bytesOf,
  expectedChecksum,
  expectField,
  expectTruncated,
  hex,
  viewOf,
} from './support.ts';

const upTo = 100;

describe('ICMPv6 (RFC 4443)', () => {
  const tooBig = hex('02 00 1234 00000500 60000000');

  test('the fields lie where §2.1 and §3 draw them', () => {
    expect(icmp6.type(tooBig, 0)).toBe(icmp6.Type.packetTooBig);
    expect(icmp6.code(tooBig, 0)).toBe(0);
    expect(icmp6.checksum(tooBig, 0)).toBe(0x1234);
    expect(icmp6.mtu(tooBig, 0)).toBe(1280);
    expect(icmp6.pointer(hex('04 01 0000 ffffffff'), 0)).toBe(0xffffffff);
    const echo = hex('80 00 0000 1234 5678');
    expect(icmp6.identifier(echo, 0)).toBe(0x1234);
    expect(icmp6.sequenceNumber(echo, 0)).toBe(0x5678);
    expectTruncated(icmp6.check, echo);
  });

  test('types below 128 are errors', () => {
    const errors = ['destinationUnreachable', 'packetTooBig', 'timeExceeded', 'parameterProblem'];
    for (const [name, type] of Object.entries(icmp6.Type)) {
      expect(icmp6.isErrorType(type), name).toBe(errors.includes(name));
    }
    expect(icmp6.isErrorType(127)).toBe(true);
    expect(icmp6.isError(tooBig, 0)).toBe(true);
    expect(icmp6.isError(hex('8000000000000000'), 0)).toBe(false);
  });

  test('setters', () => {
    expectField(icmp6.type, icmp6.setType, 8, 8);
    expectField(icmp6.identifier, icmp6.setIdentifier, 8, 16);
    expectField(icmp6.sequenceNumber, icmp6.setSequenceNumber, 8, 16);
  });

  test('a header is written', () => {
    const view = hex('ffffffff ffffffff');
    icmp6.writeHeader(view, 0, icmp6.Type.parameterProblem, icmp6.ParameterProblem.unrecognizedNextHeader, 0x80000028);
    expect(bytesOf(view)).toEqual([4, 1, 0, 0, 0x80, 0, 0, 0x28]);
  });

  test('the checksum is that of §2.3, and one flipped bit breaks it', () => {
    fc.assert(
      fc.property(anyBytes(upTo, 8), fc.nat(), (message, flip) => {
        const view = behindIpv6(Protocol.icmpv6, message);
        const end = view.byteLength;
        icmp6.writeChecksum(view, 0, 40, end);
        expect(icmp6.checksum(view, 40)).toBe(expectedChecksum(view, 40, 2));
        expect(icmp6.verify(view, 0, 40, end)).toBe(true);
        const bit = flip % (message.length * 8);
        view.setUint8(40 + (bit >> 3), view.getUint8(40 + (bit >> 3)) ^ (0x80 >> (bit & 7)));
        expect(icmp6.verify(view, 0, 40, end)).toBe(false);
      }),
    );
  });

  test('the checksum covers the addresses and the length', () => {
    const view = behindIpv6(Protocol.icmpv6, bytesOf(hex('8000 0000 0001 0001 0000')));
    icmp6.writeChecksum(view, 0, 40, 50);
    view.setUint8(23, 9);
    expect(icmp6.verify(view, 0, 40, 50)).toBe(false);
    view.setUint8(23, 1);
    expect(icmp6.verify(view, 0, 40, 50)).toBe(true);
    expect(icmp6.verify(view, 0, 40, 48)).toBe(false);
  });
});

describe('ICMP for IPv4 (RFC 792)', () => {
  test('the fields lie where they are drawn', () => {
    const needed = hex('03 04 1234 0000 05dc 45000000');
    expect(icmp4.type(needed, 0)).toBe(icmp4.Type.destinationUnreachable);
    expect(icmp4.code(needed, 0)).toBe(icmp4.Unreachable.fragmentationNeeded);
    expect(icmp4.checksum(needed, 0)).toBe(0x1234);
    expect(icmp4.mtu(needed, 0)).toBe(1500);
    const echo = hex('08 00 0000 1234 5678');
    expect(icmp4.identifier(echo, 0)).toBe(0x1234);
    expect(icmp4.sequenceNumber(echo, 0)).toBe(0x5678);
    expect(icmp4.pointer(hex('0c 00 0000 14000000'), 0)).toBe(20);
    expect(icmp4.gateway(hex('05 01 0000 c0000201'), 0)).toBe(0xc0000201 | 0);
    expectTruncated(icmp4.check, echo);
  });

  test('which types are errors (RFC 1122 §3.2.2)', () => {
    const errors = ['destinationUnreachable', 'sourceQuench', 'redirect', 'timeExceeded', 'parameterProblem'];
    for (const [name, type] of Object.entries(icmp4.Type)) {
      expect(icmp4.isErrorType(type), name).toBe(errors.includes(name));
    }
    expect(icmp4.isError(hex('0b00000000000000'), 0)).toBe(true);
    expect(icmp4.isError(hex('0800000000000000'), 0)).toBe(false);
  });

  test('setters', () => {
    expectField(icmp4.type, icmp4.setType, 8, 8);
    expectField(icmp4.identifier, icmp4.setIdentifier, 8, 16);
    expectField(icmp4.sequenceNumber, icmp4.setSequenceNumber, 8, 16);
    expectField(icmp4.mtu, icmp4.setMtu, 8, 16);
    expectField(icmp4.pointer, icmp4.setPointer, 8, 8);
  });

  test('a header is written', () => {
    const view = hex('ffffffff ffffffff');
    icmp4.writeHeader(view, 0, icmp4.Type.timeExceeded, icmp4.TimeExceeded.timeToLive);
    expect(bytesOf(view)).toEqual([11, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('the checksum has no pseudo-header, and one flipped bit breaks it', () => {
    fc.assert(
      fc.property(anyBytes(upTo, 8), fc.nat(), (message, flip) => {
        const view = behindIpv4(Protocol.icmp, message);
        const end = view.byteLength;
        icmp4.writeChecksum(view, 20, end);
        expect(icmp4.verify(view, 20, end)).toBe(true);
        const bit = flip % (message.length * 8);
        view.setUint8(20 + (bit >> 3), view.getUint8(20 + (bit >> 3)) ^ (0x80 >> (bit & 7)));
        expect(icmp4.verify(view, 20, end)).toBe(false);
      }),
    );
  });

  test('an echo request as another system sends it', () => {
    const letters = Array.from('abcdefghijklmnopqrstuvwabcdefghi', (letter) => letter.charCodeAt(0));
    const echo = viewOf([...bytesOf(hex('0800 0000 0001 0001')), ...letters]);
    icmp4.writeChecksum(echo, 0, echo.byteLength);
    expect(icmp4.checksum(echo, 0)).toBe(0x4d5a);
  });
});
