import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress, writeAddress } from '../../src/wire/address.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import { bytesOf, expectTruncated, hex, viewOf } from './support.ts';

const plain = hex('333300000001 02005e005301 86dd');
const tagged = hex('ffffffffffff 02005e005301 8100 6064 0800');
const twice = hex('02005e005302 02005e005301 88a8 0065 8100 0064 86dd');

test.each([
  ['untagged', plain, 14, ethernet.EtherType.ipv6, 0],
  ['with a VLAN tag', tagged, 18, ethernet.EtherType.ipv4, 0x64],
  ['with two', twice, 22, ethernet.EtherType.ipv6, 0x65],
])('a frame %s', (_, view, length, type, vlan) => {
  expect(ethernet.check(view, 0, view.byteLength)).toBe('ok');
  expect(ethernet.headerLength(view, 0)).toBe(length);
  expect(ethernet.etherType(view, 0)).toBe(type);
  expect(ethernet.vlanIdentifier(view, 0)).toBe(vlan);
  expectTruncated(ethernet.check, view);
});

test('a third tag is payload of unknown type', () => {
  const view = hex('02005e005302 02005e005301 8100 0001 8100 0002 8100 0003 0800');
  expect(ethernet.headerLength(view, 0)).toBe(22);
  expect(ethernet.etherType(view, 0)).toBe(ethernet.EtherType.vlan);
});

test('addresses are 16 and 32 bits', () => {
  expect(ethernet.destinationHigh(plain, 0)).toBe(0x3333);
  expect(ethernet.destinationLow(plain, 0)).toBe(1);
  expect(ethernet.sourceHigh(plain, 0)).toBe(0x0200);
  expect(ethernet.sourceLow(plain, 0)).toBe(0x5e005301);
  expect(ethernet.destinationLow(tagged, 0)).toBe(-1);
  expect(ethernet.equalsLinkLayer(plain, ethernet.offsets.source, 0x0200, 0x5e005301)).toBe(true);
  expect(ethernet.equalsLinkLayer(plain, ethernet.offsets.source, 0x0201, 0x5e005301)).toBe(false);
  expect(ethernet.equalsLinkLayer(plain, ethernet.offsets.source, 0x0200, 0x5e005300)).toBe(false);
});

test.each([
  ['a group', plain, true, false],
  ['broadcast', tagged, true, true],
  ['one station', twice, false, false],
])('a frame for %s', (_, view, multicast, broadcast) => {
  expect(ethernet.isMulticast(view, 0)).toBe(multicast);
  expect(ethernet.isBroadcast(view, 0)).toBe(broadcast);
});

test('a header is written as it is read', () => {
  const view = viewOf(new Uint8Array(14));
  ethernet.setDestination(view, 0, 0x3333, 1);
  ethernet.setSource(view, 0, 0x0200, 0x5e005301);
  ethernet.setEtherType(view, 0, ethernet.EtherType.ipv6);
  expect(bytesOf(view)).toEqual(bytesOf(plain));
});

test('a link-layer address is copied', () => {
  const reply = viewOf(bytesOf(plain));
  ethernet.copyLinkLayer(plain, ethernet.offsets.source, reply, ethernet.offsets.destination);
  expect(bytesOf(reply)).toEqual(bytesOf(hex('02005e005301 02005e005301 86dd')));
});

describe('group addresses', () => {
  test.each([
    ['ff02::1', '33:33:00:00:00:01'],
    ['ff02::1:ff28:9c5a', '33:33:ff:28:9c:5a'],
    ['224.0.0.1', '01:00:5e:00:00:01'],
    ['239.129.2.3', '01:00:5e:01:02:03'],
    ['225.255.255.255', '01:00:5e:7f:ff:ff'],
  ])('%s goes to %s (RFC 2464 §7, RFC 1112 §6.4)', (text, expected) => {
    const view = viewOf(new Uint8Array(30));
    const group = parseAddress(text)!;
    writeAddress(view, 14, group);
    if (group.family === 6) ethernet.setMulticastDestination6(view, 0, 14);
    else ethernet.setMulticastDestination4(view, 0, 14);
    expect(ethernet.formatLinkLayer(ethernet.destinationHigh(view, 0), ethernet.destinationLow(view, 0))).toBe(
      expected,
    );
    expect(ethernet.isMulticast(view, 0)).toBe(true);
  });
});

describe('text', () => {
  test('what is written is read back', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.integer(), (high, low) => {
        expect(ethernet.parseLinkLayer(ethernet.formatLinkLayer(high, low))).toEqual({ high, low });
      }),
    );
    expect(ethernet.parseLinkLayer('AA:bb:Cc:00:11:22')).toEqual({ high: 0xaabb, low: 0xcc001122 | 0 });
  });

  test.each(['', '02:00:5e:00:53', '02:00:5e:00:53:01:02', '2:0:5e:0:53:1', '02-00-5e-00-53-01', '0g:00:5e:00:53:01'])(
    '%j is not a link-layer address',
    (text) => {
      expect(ethernet.parseLinkLayer(text)).toBeUndefined();
    },
  );
});

test.each([
  ['020000000022', 'unicast'],
  ['333300000001', 'multicast'],
  ['01005e000001', 'multicast'],
  ['ffffffffffff', 'broadcast'],
] as const)('a frame for %s is %s', (destination, cast) => {
  expect(ethernet.linkCast(hex(`${destination} 020000000011 86dd`), 0)).toBe(ethernet.LinkCast[cast]);
});
