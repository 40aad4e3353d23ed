import { describe, expect, test } from 'vitest';
import {
  addAddressRequest,
  addRouteRequest,
  decodeLink,
  deleteLinkRequest,
  getLinkRequest,
  setLinkRequest,
} from '../../src/platform/netlink.ts';
import { attribute, type NetlinkRequest, uint32, zeroTerminated } from '../../src/platform/netlink-message.ts';
import { addressOf, joinBytes } from '../../src/testing/index.ts';
import { parseInterfaceAddress, parsePrefix } from '../../src/wire/address.ts';

const create = 0x600; // NLM_F_CREATE | NLM_F_EXCL

/** Type, flags, header and attributes of a request, in hex. */
const hex = ({ type, flags = 0, header, attributes = [] }: NetlinkRequest): (number | string)[] => [
  type,
  flags,
  ...[header, ...attributes].map((piece) => Buffer.from(piece).toString('hex')),
];

const interfaceAddress = (text: string) => parseInterfaceAddress(text)!;
const prefix = (text: string) => parsePrefix(text)!;

describe('requests about links', () => {
  test('look one up by name', () => {
    expect(hex(getLinkRequest('uma'))).toEqual([18, 0, '00'.repeat(16), '08000300756d6100']);
  });

  test.each([
    ['up', { up: true }, ['00000000070000000100000001000000']],
    ['down', { up: false }, ['00000000070000000000000001000000']],
    ['the MTU alone', { mtu: 1280 }, ['00000000070000000000000000000000', '0800040000050000']],
    ['the namespace', { namespace: 21 }, ['00000000070000000000000000000000', '08001c0015000000']],
  ])('set %s', (_, change, pieces) => {
    expect(hex(setLinkRequest(7, change))).toEqual([16, 0, ...pieces]);
  });

  test('delete one', () => {
    expect(hex(deleteLinkRequest(7))).toEqual([17, 0, '00000000070000000000000000000000']);
  });
});

describe('requests about addresses', () => {
  const v6 = 'fd00000a000000000000000000000002';

  test('add an IPv6 address without duplicate address detection', () => {
    expect(hex(addAddressRequest(7, interfaceAddress('fd00:a::2/64')))).toEqual([
      20,
      create,
      '0a40020007000000',
      `14000200${v6}`,
      `14000100${v6}`,
    ]);
  });

  test('add an IPv6 address with it', () => {
    const [, , header] = hex(
      addAddressRequest(7, interfaceAddress('fd00:a::2/64'), { duplicateAddressDetection: true }),
    );
    expect(header).toBe('0a40000007000000');
  });

  test('add an IPv4 address', () => {
    expect(hex(addAddressRequest(7, interfaceAddress('10.0.1.2/24')))).toEqual([
      20,
      create,
      '0218000007000000',
      '080002000a000102',
      '080001000a000102',
    ]);
  });
});

describe('requests about routes', () => {
  test.each([
    [
      'the IPv6 default, by device',
      addRouteRequest(prefix('::/0'), undefined, 7),
      ['0a000000fe04000100000000', '0800040007000000'],
    ],
    [
      'the IPv4 default, by device: of scope link',
      addRouteRequest(prefix('0.0.0.0/0'), undefined, 7),
      ['02000000fe04fd0100000000', '0800040007000000'],
    ],
    [
      'an IPv4 prefix, by gateway',
      addRouteRequest(prefix('10.0.0.0/8'), addressOf('10.0.1.1')),
      ['02080000fe04000100000000', '080001000a000000', '080005000a000101'],
    ],
    [
      'an IPv6 prefix, by gateway on a device',
      addRouteRequest(prefix('2001:db8::/32'), addressOf('fe80::1'), 7),
      [
        '0a200000fe04000100000000',
        '1400010020010db8000000000000000000000000',
        '14000500fe800000000000000000000000000001',
        '0800040007000000',
      ],
    ],
  ])('add %s', (_, request, pieces) => {
    expect(hex(request)).toEqual([24, create, ...pieces]);
  });
});

describe('decodeLink', () => {
  // struct ifinfomsg: type 0xfffe (none), index 9, flags up | pointopoint | noarp.
  const header = Uint8Array.from(Buffer.from('0000feff09000000d110010000000000', 'hex'));
  const message = (type: number, ...pieces: Uint8Array[]) => ({
    type,
    flags: 0,
    sequence: 1,
    body: joinBytes(...pieces),
  });
  const name = attribute(3, zeroTerminated('uma'));
  const mtu = attribute(4, uint32(1400));

  test('reads index, name, MTU and whether it is up', () => {
    expect(decodeLink(message(16, header, name, mtu))).toEqual({ index: 9, name: 'uma', mtu: 1400, up: true });
    const down = Uint8Array.from(header).fill(0, 8);
    expect(decodeLink(message(16, down, mtu, name))).toEqual({ index: 9, name: 'uma', mtu: 1400, up: false });
  });

  test.each([
    ['another message', message(17, header, name, mtu)],
    ['a header that is cut short', message(16, header.subarray(0, 12))],
    ['no name', message(16, header, mtu)],
    ['no MTU', message(16, header, name)],
    ['an MTU that is too short', message(16, header, name, attribute(4, Uint8Array.of(1)))],
  ])('finds none in %s', (_, from) => {
    expect(decodeLink(from)).toBeUndefined();
  });
});
