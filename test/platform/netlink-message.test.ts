import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attribute,
  decodeAcknowledgement,
  decodeAttributes,
  decodeMessages,
  encodeRequest,
  uint32,
  zeroTerminated,
} from '../../src/platform/netlink-message.ts';
import { joinBytes } from '../../src/testing/index.ts';

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(.{8})(?=.)/g, '$1 ');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));

describe('attribute', () => {
  test.each([
    ['', '04000300'],
    ['05', '05000300 05000000'],
    ['05060708', '08000300 05060708'],
    ['0506070809', '09000300 05060708 09000000'],
  ])('of value %j has its length and padding', (value, expected) => {
    expect(hex(attribute(3, bytes(value)))).toBe(expected);
  });

  test('values: integers in the order of the machine, strings with a zero', () => {
    expect(hex(uint32(1500))).toBe('dc050000');
    expect(hex(zeroTerminated('uma'))).toBe('756d6100');
  });
});

describe('encodeRequest', () => {
  test('puts length, type, flags and sequence before header and attributes', () => {
    const header = bytes('0a000000');
    const attributes = [attribute(3, zeroTerminated('uma')), attribute(4, uint32(1280))];
    expect(hex(encodeRequest({ type: 16, flags: 0x400, header, attributes }, 7))).toBe(
      '24000000 10000504 07000000 00000000 0a000000 08000300 756d6100 08000400 00050000',
    );
  });
});

describe('decodeMessages', () => {
  test('finds all messages of a datagram, padding between them', () => {
    const first = bytes('12000000 1000 0200 07000000 00000000 aabb');
    const second = bytes('14000000 0200 0001 08000000 00000000 00000000');
    expect(decodeMessages(joinBytes(first, new Uint8Array(2), second))).toEqual([
      { type: 16, flags: 2, sequence: 7, body: bytes('aabb') },
      { type: 2, flags: 0x100, sequence: 8, body: bytes('00000000') },
    ]);
  });

  test.each([
    ['nothing', ''],
    ['less than a header', '10000000 1000 0000 07000000'],
    ['a length of zero', '00000000 1000 0000 07000000 00000000'],
    ['a length below the header', '0f000000 1000 0000 07000000 00000000'],
    ['a length beyond the end', '11000000 1000 0000 07000000 00000000'],
  ])('finds none in %s', (_, text) => {
    expect(decodeMessages(bytes(text))).toEqual([]);
  });

  test('reads back what was written', () => {
    const attributes = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 0x3fff }), fc.uint8Array({ maxLength: 40 })), {
      selector: ([type]) => type,
    });
    fc.assert(
      fc.property(attributes, fc.nat(0xffff), fc.nat(0xffffffff), (list, type, sequence) => {
        const header = bytes('0102030405060708');
        const request = { type, header, attributes: list.map(([key, value]) => attribute(key, value)) };
        const [message] = decodeMessages(encodeRequest(request, sequence));
        expect(message).toMatchObject({ type, sequence, flags: 5 });
        expect(message?.body.subarray(0, 8)).toEqual(header);
        expect(decodeAttributes(message!.body, 8)).toEqual(new Map(list));
      }),
    );
  });

  test('never throws and never hangs, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(220), (noise, at) => {
        for (const message of decodeMessages(noise)) decodeAcknowledgement(message);
        decodeAttributes(noise, at);
        decodeAcknowledgement({ type: 2, flags: 0x200, sequence: 1, body: noise });
        decodeAcknowledgement({ type: 2, flags: 0x300, sequence: 1, body: noise });
      }),
    );
  });
});

describe('decodeAttributes', () => {
  test('leaves the flags out of the type', () => {
    expect(decodeAttributes(bytes('0500 0380 07'), 0)).toEqual(new Map([[3, bytes('07')]]));
  });

  test.each(['0300 0100', '0000 0100 0400 0200', '0600 0100 07'])('stops at %j', (text) => {
    expect(decodeAttributes(bytes(text), 0).size).toBe(0);
  });
});

describe('decodeAcknowledgement', () => {
  const request = '14000000 1000 0500 07000000 00000000';
  const words = attribute(1, zeroTerminated('mtu less than device minimum'));

  test('is not what another message is', () => {
    expect(decodeAcknowledgement({ type: 16, flags: 0, sequence: 1, body: bytes('00000000') })).toBeUndefined();
    expect(decodeAcknowledgement({ type: 2, flags: 0, sequence: 1, body: bytes('0000') })).toBeUndefined();
  });

  test.each([
    ['success', 0x100, bytes(`00000000 ${request}`), 0, ''],
    ['failure', 0x100, bytes(`ffffffff ${request}`), 1, ''],
    ['failure with words', 0x300, joinBytes(bytes(`eaffffff ${request}`), words), 22, 'mtu less than device minimum'],
    [
      'failure with words behind the whole request',
      0x200,
      joinBytes(bytes(`eaffffff ${request} 01020304`), words),
      22,
      'mtu less than device minimum',
    ],
    ['failure with words that are cut off', 0x300, bytes(`eaffffff ${request} 0600 0100 07`), 22, ''],
  ])('%s', (_, flags, body, errno, explanation) => {
    expect(decodeAcknowledgement({ type: 2, flags, sequence: 7, body })).toEqual({ errno, explanation });
  });
});
