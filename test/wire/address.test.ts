import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as address from '../../src/wire/address.ts';
import * as inPlace from '../../src/wire/address-bytes.ts';
import { anyBytes, bytesOf, viewOf } from './support.ts';

const of = (text: string): address.IpAddress => {
  const parsed = address.parseAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
};
const prefix = (text: string): address.IpPrefix => {
  const parsed = address.parsePrefix(text);
  if (parsed === undefined) throw new Error(`not a prefix: ${text}`);
  return parsed;
};
const at = 3;
const inView = (value: address.IpAddress): DataView => {
  const view = viewOf(new Uint8Array(at + (value.family === 6 ? 16 : 4)));
  address.writeAddress(view, at, value);
  return view;
};

const anyAddress6 = fc
  .tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer())
  .map(([a, b, c, d]) => address.address6(a, b, c, d));
const anyAddress = fc.oneof(anyAddress6, fc.integer().map(address.address4));

const kinds = {
  unspecified: [address.isUnspecified, inPlace.isUnspecified6, undefined],
  loopback: [address.isLoopback, inPlace.isLoopback6, inPlace.isLoopback4],
  multicast: [address.isMulticast, inPlace.isMulticast6, inPlace.isMulticast4],
  linkLocal: [address.isLinkLocal, inPlace.isLinkLocal6, inPlace.isLinkLocal4],
  uniqueLocal: [address.isUniqueLocal, inPlace.isUniqueLocal6, undefined],
  v4Mapped: [address.isV4Mapped, inPlace.isV4Mapped6, undefined],
  solicitedNode: [address.isSolicitedNode, inPlace.isSolicitedNode6, undefined],
} as const;
type Kind = keyof typeof kinds;

describe('kinds and scopes', () => {
  test.each<[text: string, scope: number, ...Kind[]]>([
    ['::', 0, 'unspecified'],
    ['::1', 2, 'loopback'],
    ['::2', 14],
    ['1::1', 14],
    ['fe80::1', 2, 'linkLocal'],
    ['febf:ffff::1', 2, 'linkLocal'],
    ['fe7f:ffff::1', 14],
    ['fec0::1', 5],
    ['fc00::1', 14, 'uniqueLocal'],
    ['fdff::1', 14, 'uniqueLocal'],
    ['fbff::1', 14],
    ['fe00::1', 14],
    ['2001:db8::1', 14],
    ['::ffff:192.0.2.1', 14, 'v4Mapped'],
    ['::ffff:127.0.0.1', 2, 'v4Mapped'],
    ['::ffff:169.254.0.1', 2, 'v4Mapped'],
    ['::1:ffff:192.0.2.1', 14],
    ['::192.0.2.1', 14],
    ['ff00::1', 0, 'multicast'],
    ['ff01::1', 1, 'multicast'],
    ['ff02::1', 2, 'multicast'],
    ['ff03::1', 3, 'multicast'],
    ['ff05::2', 5, 'multicast'],
    ['ff08::1', 8, 'multicast'],
    ['ff0e::1', 14, 'multicast'],
    ['ff32:40:2001:db8::1', 2, 'multicast'],
    ['ff02::1:ff00:1', 2, 'multicast', 'solicitedNode'],
    ['ff02::1:feff:ffff', 2, 'multicast'],
    ['ff05::1:ff00:1', 5, 'multicast'],
    ['0.0.0.0', 0, 'unspecified'],
    ['127.0.0.1', 2, 'loopback'],
    ['127.255.255.254', 2, 'loopback'],
    ['128.0.0.1', 14],
    ['169.254.1.1', 2, 'linkLocal'],
    ['169.255.0.1', 14],
    ['10.0.0.1', 14],
    ['224.0.0.1', 2, 'multicast'],
    ['224.0.1.1', 14, 'multicast'],
    ['239.192.0.1', 8, 'multicast'],
    ['239.195.255.255', 8, 'multicast'],
    ['239.196.0.0', 14, 'multicast'],
    ['239.255.0.1', 3, 'multicast'],
    ['240.0.0.1', 14],
    ['255.255.255.255', 14],
    ['223.255.255.255', 14],
    ['252.0.0.1', 14],
  ])('%s has scope %i: %s %s', (text, scope, ...expected) => {
    const value = of(text);
    const view = inView(value);
    expect(address.scopeOf(value)).toBe(scope);
    for (const [kind, [ofValue, of6, of4]] of Object.entries(kinds)) {
      const wanted = expected.includes(kind as Kind);
      expect(ofValue(value), kind).toBe(wanted);
      const ofBytes = value.family === 6 ? of6 : of4;
      if (ofBytes !== undefined) expect(ofBytes(view, at), `${kind} in place`).toBe(wanted);
    }
    if (value.family === 6) expect(inPlace.multicastScope6(view, at)).toBe(address.multicastScope(value));
  });

  test.each([
    ['255.255.255.255', true, false, true],
    ['255.255.255.254', false, false, true],
    ['0.0.0.0', false, true, false],
    ['0.1.2.3', false, true, false],
    ['240.0.0.1', false, false, true],
    ['239.255.255.255', false, false, false],
  ])('%s: broadcast %s, this network %s, reserved %s', (text, broadcast, thisNetwork, reserved) => {
    const view = inView(of(text));
    expect(inPlace.isBroadcast4(view, at)).toBe(broadcast);
    expect(inPlace.isThisNetwork4(view, at)).toBe(thisNetwork);
    expect(inPlace.isReserved4(view, at)).toBe(reserved);
  });
});

test.each([
  [address.unspecified6, '::'],
  [address.loopback6, '::1'],
  [address.allNodesInterfaceLocal, 'ff01::1'],
  [address.allRoutersInterfaceLocal, 'ff01::2'],
  [address.allNodes, 'ff02::1'],
  [address.allRouters, 'ff02::2'],
  [address.allRoutersSiteLocal, 'ff05::2'],
  [address.allMulticastListenerRouters, 'ff02::16'],
  [address.unspecified4, '0.0.0.0'],
  [address.loopback4, '127.0.0.1'],
  [address.broadcast4, '255.255.255.255'],
  [address.allSystems4, '224.0.0.1'],
  [address.allRouters4, '224.0.0.2'],
])('constant %#: %s', (value, text) => {
  expect(address.formatAddress(value)).toBe(text);
});

test('the solicited-node group keeps the last 24 bits (RFC 4291 §2.7.1)', () => {
  expect(address.formatAddress(address.solicitedNode(of('4037::1:800:200e:8c6c')))).toBe('ff02::1:ff0e:8c6c');
  fc.assert(fc.property(anyAddress6, (value) => address.isSolicitedNode(address.solicitedNode(value))));
});

describe('prefixes', () => {
  test.each([
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['fe80::/10', 'febf::', true],
    ['fe80::/10', 'fec0::', false],
    ['::/0', 'ffff::', true],
    ['::1/128', '::1', true],
    ['::1/128', '::', false],
    ['fd00:0:0:8000::/49', 'fd00:0:0:ffff::1', true],
    ['fd00:0:0:8000::/49', 'fd00::1', false],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['0.0.0.0/0', '255.0.0.1', true],
    ['192.0.2.1/32', '192.0.2.1', true],
    ['0.0.0.0/0', '::', false],
    ['::/0', '0.0.0.0', false],
  ])('%s contains %s: %s', (text, value, expected) => {
    expect(address.prefixContains(prefix(text), of(value))).toBe(expected);
  });

  test('the prefix of an address contains it, has zeros behind, and is as long as asked', () => {
    fc.assert(
      fc.property(anyAddress, fc.integer({ min: -10, max: 300 }), (value, length) => {
        const cut = address.prefixOf(value, length);
        expect(cut.length).toBe(Math.min(Math.max(length, 0), value.family === 6 ? 128 : 32));
        expect(address.prefixContains(cut, value)).toBe(true);
        expect(address.prefixOf(cut.address, cut.length)).toEqual(cut);
        expect(address.parsePrefix(address.formatPrefix(cut))).toEqual(cut);
      }),
    );
  });

  test('the common prefix ends before the first bit that differs', () => {
    fc.assert(
      fc.property(anyAddress6, fc.nat(127), (value, bit) => {
        const words = [value.w0, value.w1, value.w2, value.w3] as [number, number, number, number];
        words[bit >> 5] = (words[bit >> 5] as number) ^ (1 << (31 - (bit & 31)));
        const other = address.address6(...words);
        expect(address.commonPrefixLength(value, other)).toBe(bit);
        expect(address.commonPrefixLength(value, value)).toBe(128);
      }),
    );
    expect(address.commonPrefixLength(of('10.0.0.1'), of('10.0.0.2'))).toBe(30);
    expect(address.commonPrefixLength(of('10.0.0.1'), of('10.0.0.1'))).toBe(32);
    expect(address.commonPrefixLength(of('0.0.0.0'), of('::'))).toBe(0);
  });

  test.each([
    ['192.0.2.0/24', '192.0.2.255'],
    ['10.0.0.0/8', '10.255.255.255'],
    ['192.0.2.4/30', '192.0.2.7'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['0.0.0.0/0', '255.255.255.255'],
  ])('the broadcast address of %s is %s', (text, expected) => {
    expect(address.formatAddress(address.prefixBroadcast(prefix(text)))).toBe(expected);
  });
});

describe('bytes', () => {
  test('addresses go into bytes and come out', () => {
    fc.assert(
      fc.property(anyAddress, (value) => {
        const view = inView(value);
        const read = value.family === 6 ? address.readAddress6(view, at) : address.readAddress4(view, at);
        expect(address.equalAddress(read, value)).toBe(true);
        expect(read).toEqual(value);
        expect(inPlace.equalsAddress(view, at, value)).toBe(true);
      }),
    );
  });

  test('they lie in network order', () => {
    expect(bytesOf(inView(of('2001:db8::1'))).slice(at)).toEqual([
      0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    ]);
    expect(bytesOf(inView(of('192.0.2.1'))).slice(at)).toEqual([192, 0, 2, 1]);
  });

  test('one bit makes a difference', () => {
    fc.assert(
      fc.property(anyAddress6, fc.nat(127), (value, bit) => {
        const view = inView(value);
        const other = inView(value);
        expect(inPlace.equal6(view, at, other, at)).toBe(true);
        expect(inPlace.equalsWords(other, at, value.w0, value.w1, value.w2, value.w3)).toBe(true);
        other.setUint8(at + (bit >> 3), other.getUint8(at + (bit >> 3)) ^ (0x80 >> (bit & 7)));
        expect(inPlace.equal6(view, at, other, at)).toBe(false);
        expect(inPlace.equalsWords(other, at, value.w0, value.w1, value.w2, value.w3)).toBe(false);
        expect(inPlace.equalsAddress(other, at, value)).toBe(false);
        expect(address.equalAddress(address.readAddress6(other, at), value)).toBe(false);
      }),
    );
  });

  test('families differ even when words agree', () => {
    expect(address.equalAddress(of('0.0.0.0'), of('::'))).toBe(false);
  });

  test('a copy may overlap its source', () => {
    fc.assert(
      fc.property(anyBytes(48, 48), fc.nat(32), fc.nat(32), (bytes, from, to) => {
        const view = viewOf(bytes);
        inPlace.copy6(view, from, view, to);
        expect(bytesOf(view)).toEqual([...Uint8Array.from(bytes).copyWithin(to, from, from + 16)]);
      }),
    );
  });

  test('source and destination change places', () => {
    fc.assert(
      fc.property(anyBytes(40, 40), (bytes) => {
        const view = viewOf(bytes);
        inPlace.swap6(view, 8);
        expect(bytesOf(view)).toEqual([...bytes.slice(0, 8), ...bytes.slice(24), ...bytes.slice(8, 24)]);
      }),
    );
  });
});
