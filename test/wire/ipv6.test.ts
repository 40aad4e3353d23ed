import { describe, expect, test } from 'vitest';
import * as ipv6 from '../../src/wire/ipv6.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import { behindIpv6, expectField, expectTruncated, hex } from './support.ts';

const header = hex('6 12 34567 0004 3b 3f 20010db8000000000000000000000001 20010db8000000000000000000000002 deadbeef');

test('the fields lie where RFC 8200 §3 draws them', () => {
  expect(ipv6.version(header, 0)).toBe(6);
  expect(ipv6.trafficClass(header, 0)).toBe(0x12);
  expect(ipv6.flowLabel(header, 0)).toBe(0x34567);
  expect(ipv6.payloadLength(header, 0)).toBe(4);
  expect(ipv6.nextHeader(header, 0)).toBe(Protocol.noNextHeader);
  expect(ipv6.hopLimit(header, 0)).toBe(63);
  expect(header.getUint16(ipv6.offsets.source)).toBe(0x2001);
  expect(header.getUint8(ipv6.offsets.destination + 15)).toBe(2);
  expect(ipv6.offsets).toEqual({ payloadLength: 4, nextHeader: 6, hopLimit: 7, source: 8, destination: 24 });
});

describe('check', () => {
  test('a packet cut anywhere is truncated', () => {
    expectTruncated(ipv6.check, header);
  });

  test('trailing bytes are no harm', () => {
    expect(ipv6.check(hex(`60000000 0000 3b40${'00'.repeat(32)}ffff`), 0, 42)).toBe('ok');
  });

  test.each([0, 4, 5, 7, 15])('version %i is not 6', (version) => {
    const view = behindIpv6(Protocol.noNextHeader, []);
    view.setUint8(0, version << 4);
    expect(ipv6.check(view, 0, 40)).toBe('badVersion');
  });

  test('the payload length counts from behind the header', () => {
    const view = behindIpv6(Protocol.udp, new Uint8Array(8));
    expect(ipv6.check(view, 0, 48)).toBe('ok');
    view.setUint16(4, 9);
    expect(ipv6.check(view, 0, 48)).toBe('truncated');
  });
});

describe('what is set is read, and nothing else changes', () => {
  test.each([
    ['payload length', ipv6.payloadLength, ipv6.setPayloadLength, 16],
    ['next header', ipv6.nextHeader, ipv6.setNextHeader, 8],
    ['hop limit', ipv6.hopLimit, ipv6.setHopLimit, 8],
    ['traffic class', ipv6.trafficClass, ipv6.setTrafficClass, 8],
  ] as const)('%s', (_, get, set, bits) => {
    expectField(get, set, ipv6.headerLength, bits);
  });

  test('the first word', () => {
    const view = behindIpv6(Protocol.udp, []);
    ipv6.setFirstWord(view, 0, 0xff, 0xfffff);
    expect(view.getUint32(0)).toBe(0x6fffffff);
    ipv6.setFirstWord(view, 0, 0x1ff, 0x112345);
    expect(view.getUint32(0)).toBe(0x6ff12345);
    ipv6.setFirstWord(view, 0, 0, 0);
    expect(view.getUint32(0)).toBe(0x60000000);
  });
});
