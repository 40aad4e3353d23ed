import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as gre from '../../src/wire/gre.ts';
import * as gue from '../../src/wire/gue.ts';

const hex = (text: string): DataView =>
  new DataView(Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex')).buffer);

test.each<[string, string, gre.Check, number]>([
  ['nothing but a protocol', '0000 86dd', 'ok', 4],
  ['a checksum', '8000 0800 abcd 0000', 'ok', 8],
  ['a key', '2000 86dd 00000007', 'ok', 8],
  ['a key and a number', '3000 86dd 00000007 00000001', 'ok', 12],
  ['everything', 'b000 86dd abcd0000 00000007 00000001', 'ok', 16],
  ['bits to be ignored', '03f8 86dd', 'ok', 4],
  ['three bytes', '0000 86', 'truncated', 4],
  ['a key that is cut off', '2000 86dd 000000', 'truncated', 8],
  ['a source route (RFC 1701)', '4000 86dd', 'unknown', 4],
  ['a strict one', '0800 86dd', 'unknown', 4],
  ['PPTP', '0001 880b', 'unknown', 4],
])('GRE with %s', (_, text, expected, length) => {
  const view = hex(text);
  expect(gre.check(view, 0, view.byteLength)).toBe(expected);
  if (expected === 'ok') expect(gre.headerLength(view, 0)).toBe(length);
});

test('GRE fields lie where the flags say', () => {
  const view = new DataView(new ArrayBuffer(24));
  const all = gre.Flag.checksum | gre.Flag.key | gre.Flag.sequence;
  gre.setFirstWord(view, 0, all, 0x86dd);
  gre.setKey(view, 0, -2);
  gre.setSequence(view, 0, 0xffffffff);
  gre.writeChecksum(view, 0, 24);
  expect([gre.flags(view, 0), gre.protocolType(view, 0)]).toEqual([all, 0x86dd]);
  expect([gre.key(view, 0), gre.sequence(view, 0), gre.verify(view, 0, 24)]).toEqual([-2, 0xffffffff, true]);
  expect([view.getUint16(6), view.getInt32(8), view.getUint32(12)]).toEqual([0, -2, 0xffffffff]);
  view.setUint8(20, 1);
  expect(gre.verify(view, 0, 24)).toBe(false);
});

test.each<[string, string, gue.Check]>([
  ['a header and IPv6', '0029 0000', 'ok'],
  ['an IPv4 packet at once', '45', 'direct'],
  ['an IPv6 packet at once', '60', 'direct'],
  ['nothing', '', 'truncated'],
  ['three bytes', '0029 00', 'truncated'],
  ['a control message', '2029 0000', 'unknown'],
  ['an extension field', '0129 0000 00000000', 'unknown'],
  ['a flag', '0029 8000', 'unknown'],
  ['variant 2', '8029 0000', 'unknown'],
])('GUE with %s', (_, text, expected) => {
  const view = hex(text);
  expect(gue.check(view, 0, view.byteLength)).toBe(expected);
});

test('GUE is written and read', () => {
  const view = new DataView(new ArrayBuffer(4));
  gue.write(view, 0, 41);
  expect([gue.check(view, 0, 4), gue.protocol(view, 0)]).toEqual(['ok', 41]);
});

test('after ok no accessor leaves the header, whatever its bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      const view = new DataView(Uint8Array.from(bytes).buffer);
      if (gre.check(view, 0, bytes.length) === 'ok') {
        const flags = gre.flags(view, 0);
        if ((flags & gre.Flag.key) !== 0) gre.key(view, 0);
        if ((flags & gre.Flag.sequence) !== 0) gre.sequence(view, 0);
        gre.protocolType(view, 0);
        gre.verify(view, 0, bytes.length);
      }
      if (gue.check(view, 0, bytes.length) === 'ok') gue.protocol(view, 0);
    }),
  );
});
