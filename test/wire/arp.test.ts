import { expect, test } from 'vitest';
import { arp } from '../../src/wire/index.ts';
import { bytesOf, expectTruncated, hex, viewOf } from './support.ts';

const ends = '020000000022 0a000101 000000000000 0a000102';
const request = `0001 0800 06 04 0001 ${ends}`;

test('a request, byte by byte (RFC 826)', () => {
  const view = viewOf(new Uint8Array(arp.headerLength).fill(0xee));
  const from = { high: 0x0200, low: 0x22, address: 0x0a000101 };
  arp.write(view, 0, arp.Operation.request, from, { high: 0, low: 0, address: 0x0a000102 });
  expect(bytesOf(view)).toEqual(bytesOf(hex(request)));
  expect(arp.check(view, 0, view.byteLength)).toBe('ok');
  expect(arp.operation(view, 0)).toBe(arp.Operation.request);
  expect([arp.senderHigh(view, 0), arp.senderLow(view, 0)]).toEqual([0x0200, 0x22]);
  expect([arp.sender(view, 0), arp.target(view, 0)]).toEqual([0x0a000101, 0x0a000102]);
});

test('cut short anywhere it is truncated', () => {
  expectTruncated(arp.check, hex(request));
});

test.each([
  ['another hardware type', '0006 0800 06 04 0001', 'badType'],
  ['another protocol', '0001 86dd 06 04 0001', 'badType'],
  ['another link-layer length', '0001 0800 08 04 0001', 'badType'],
  ['another protocol length', '0001 0800 06 10 0001', 'badType'],
  ['a reverse request', '0001 0800 06 04 0003', 'badOperation'],
  ['operation 0', '0001 0800 06 04 0000', 'badOperation'],
  ['a reply', '0001 0800 06 04 0002', 'ok'],
])('%s', (_, head, expected) => {
  const view = hex(head + ends);
  expect(view.byteLength).toBe(arp.headerLength);
  expect(arp.check(view, 0, view.byteLength)).toBe(expected);
});
