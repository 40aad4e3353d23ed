import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Protocol } from '../../src/wire/protocols.ts';
import * as tcp from '../../src/wire/tcp.ts';
import * as udp from '../../src/wire/udp.ts';
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

const families = [
  ['IPv6', 40, behindIpv6, udp.writeChecksum6, udp.verify6, tcp.writeChecksum6, tcp.verify6],
  ['IPv4', 20, behindIpv4, udp.writeChecksum4, udp.verify4, tcp.writeChecksum4, tcp.verify4],
] as const;

/** A datagram with these data, its checksum 0. */
const datagram = (data: ArrayLike<number>): Uint8Array => {
  const view = viewOf([...bytesOf(hex('c000 0035 0000 0000')), ...Array.from(data)]);
  udp.setLength(view, 0, view.byteLength);
  return Uint8Array.from(bytesOf(view));
};

const flipBit = (view: DataView, at: number, bit: number): void =>
  view.setUint8(at + (bit >> 3), view.getUint8(at + (bit >> 3)) ^ (0x80 >> (bit & 7)));

describe('UDP (RFC 768)', () => {
  const header = hex('c000 0035 000a 1234 abcd');

  test('the fields lie where they are drawn', () => {
    expect(udp.sourcePort(header, 0)).toBe(0xc000);
    expect(udp.destinationPort(header, 0)).toBe(53);
    expect(udp.length(header, 0)).toBe(10);
    expect(udp.checksum(header, 0)).toBe(0x1234);
    expectTruncated(udp.check, header);
  });

  test.each([
    ['no data', '0000 0000 0008 0000', 'ok'],
    ['a length below the header', '0000 0000 0007 0000', 'badLength'],
    ['a length of 0', '0000 0000 0000 0000', 'badLength'],
    ['a length beyond the packet', '0000 0000 0009 0000', 'truncated'],
    ['bytes behind the datagram', '0000 0000 0008 0000 ffff', 'ok'],
  ])('%s', (_, text, expected) => {
    const view = hex(text);
    expect(udp.check(view, 0, view.byteLength)).toBe(expected);
  });

  test('setters', () => {
    expectField(udp.sourcePort, udp.setSourcePort, 8, 16);
    expectField(udp.destinationPort, udp.setDestinationPort, 8, 16);
    expectField(udp.length, udp.setLength, 8, 16);
  });

  test.each(families)('the checksum under %s, and one flipped bit breaks it', (_, at, behind, write, verify) => {
    fc.assert(
      fc.property(anyBytes(60), fc.nat(), (data, flip) => {
        const view = behind(Protocol.udp, datagram(data));
        write(view, 0, at);
        expect(udp.checksum(view, at)).toBe(expectedChecksum(view, at, 6) || 0xffff);
        expect(verify(view, 0, at)).toBe(true);
        if (data.length === 0) return;
        flipBit(view, at + 8, flip % (data.length * 8));
        expect(verify(view, 0, at)).toBe(false);
      }),
    );
  });

  test.each(families)('bytes behind the datagram are not summed under %s', (_, at, behind, write, verify) => {
    const view = behind(Protocol.udp, [...datagram([1, 2, 3]), 0xff, 0xff]);
    write(view, 0, at);
    view.setUint8(view.byteLength - 1, 0);
    expect(verify(view, 0, at)).toBe(true);
  });

  test('none at all is right under IPv4, wrong under IPv6 (RFC 8200 §8.1)', () => {
    expect(udp.verify4(behindIpv4(Protocol.udp, datagram([1, 2])), 0, 20)).toBe(true);
    expect(udp.verify6(behindIpv6(Protocol.udp, datagram([1, 2])), 0, 40)).toBe(false);
  });

  test('a 0 that happens to fit is still none', () => {
    for (const [, at, behind, , verify] of families) {
      const view = behind(Protocol.udp, datagram([0, 0]));
      view.setUint16(at + 8, expectedChecksum(view, at, 6));
      expect(udp.checksum(view, at)).toBe(0);
      expect(verify(view, 0, at)).toBe(at === 20);
    }
  });

  test.each(families)('one that comes to 0 is sent as ffff under %s', (_, at, behind, write, verify) => {
    const view = behind(Protocol.udp, datagram([0, 0]));
    view.setUint16(at + 8, expectedChecksum(view, at, 6)); // now the sum is ffff and its complement 0
    expect(expectedChecksum(view, at, 6)).toBe(0);
    write(view, 0, at);
    expect(udp.checksum(view, at)).toBe(0xffff);
    expect(verify(view, 0, at)).toBe(true);
  });
});

describe('TCP (RFC 9293 §3.1)', () => {
  const segment = hex('c000 01bb 89abcdef fedcba98 8 0 12 ffff 1234 0001 020405b4 01010402 01030307 deadbeef');

  test('the fields lie where they are drawn', () => {
    expect(tcp.sourcePort(segment, 0)).toBe(0xc000);
    expect(tcp.destinationPort(segment, 0)).toBe(443);
    expect(tcp.sequenceNumber(segment, 0)).toBe(0x89abcdef);
    expect(tcp.acknowledgmentNumber(segment, 0)).toBe(0xfedcba98);
    expect(tcp.headerLength(segment, 0)).toBe(32);
    expect(tcp.flags(segment, 0)).toBe(tcp.Flag.syn | tcp.Flag.ack);
    expect(tcp.window(segment, 0)).toBe(0xffff);
    expect(tcp.checksum(segment, 0)).toBe(0x1234);
    expect(tcp.urgentPointer(segment, 0)).toBe(1);
    expectTruncated(tcp.check, new DataView(segment.buffer, 0, 32));
  });

  test.each([
    [tcp.Flag.syn, true],
    [tcp.Flag.syn | tcp.Flag.ack, true],
    [tcp.Flag.fin, false],
    [tcp.Flag.syn | tcp.Flag.fin, false],
  ])('flags %i are set: %s', (wanted, expected) => {
    expect(tcp.hasFlags(segment, 0, wanted)).toBe(expected);
  });

  test.each([
    [0, 'badHeaderLength'],
    [16, 'badHeaderLength'],
    [20, 'ok'],
    [24, 'ok'],
    [28, 'truncated'],
    [60, 'truncated'],
  ])('a data offset of %i bytes in 24', (length, expected) => {
    const view = viewOf(new Uint8Array(24));
    tcp.setHeaderLength(view, 0, length);
    expect(tcp.headerLength(view, 0)).toBe(length);
    expect(tcp.check(view, 0, 24)).toBe(expected);
  });

  test('setters', () => {
    expectField(tcp.sourcePort, tcp.setSourcePort, 20, 16);
    expectField(tcp.destinationPort, tcp.setDestinationPort, 20, 16);
    expectField(tcp.sequenceNumber, tcp.setSequenceNumber, 20, 32);
    expectField(tcp.acknowledgmentNumber, tcp.setAcknowledgmentNumber, 20, 32);
    expectField(tcp.flags, tcp.setFlags, 20, 8);
    expectField(tcp.window, tcp.setWindow, 20, 16);
    expectField(tcp.urgentPointer, tcp.setUrgentPointer, 20, 16);
  });

  test.each(families)(
    'the checksum under %s, and one flipped bit breaks it',
    (_, at, behind, __, ___, write, verify) => {
      fc.assert(
        fc.property(anyBytes(80, 20), fc.nat(), (bytes, flip) => {
          const view = behind(Protocol.tcp, bytes);
          const end = view.byteLength;
          write(view, 0, at, end);
          expect(tcp.checksum(view, at)).toBe(expectedChecksum(view, at, 16));
          expect(verify(view, 0, at, end)).toBe(true);
          flipBit(view, at, flip % (bytes.length * 8));
          expect(verify(view, 0, at, end)).toBe(false);
        }),
      );
    },
  );
});
