import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  address4,
  address6,
  formatAddress,
  formatPrefix,
  formatScoped,
  type IpAddress,
  parseAddress,
  parseInterfaceAddress,
  parsePrefix,
  parseScoped,
} from '../../src/wire/address.ts';

const canonical = (text: string): string | undefined => {
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
};

const word = fc.oneof(
  { arbitrary: fc.constantFrom(0, 1, 0xffff, 0x10000, -1, 0x0064ff9b, -0x10000), weight: 2 },
  { arbitrary: fc.integer(), weight: 1 },
);
const anyAddress6 = fc.tuple(word, word, word, word).map(([a, b, c, d]) => address6(a, b, c, d));
const anyAddress = fc.oneof(anyAddress6, fc.integer().map(address4));

describe('RFC 5952', () => {
  test.each([
    ['§2', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['§2', '2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['§2', '2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['§2', '2001:db8::0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['§2', '2001:0db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['§2', '2001:db8:0:0:1::1', '2001:db8::1:0:0:1'],
    ['§2', '2001:db8:0000:0:1::1', '2001:db8::1:0:0:1'],
    ['§2', '2001:DB8:0:0:1::1', '2001:db8::1:0:0:1'],
    ['§2.1', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1'],
    ['§2.1', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:01', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1'],
    ['§2.2', '2001:db8:aaaa:bbbb:cccc:dddd::1', '2001:db8:aaaa:bbbb:cccc:dddd:0:1'],
    ['§2.2', '2001:db8:0:0:0::1', '2001:db8::1'],
    ['§2.2', '2001:db8:0::1', '2001:db8::1'],
    ['§2.2', '2001:db8:0:0:aaaa::1', '2001:db8::aaaa:0:0:1'],
    ['§2.3', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:AaAa', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa'],
    ['§4.1', '2001:0db8::0001', '2001:db8::1'],
    ['§4.2.1', '2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['§4.2.2', '2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['§4.2.3', '2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['§4.2.3', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['§4.3', '2001:DB8::ABCD', '2001:db8::abcd'],
    ['§5', '0:0:0:0:0:ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['§5', '::ffff:c000:201', '::ffff:192.0.2.1'],
  ])('%s %s', (_, text, expected) => {
    expect(canonical(text)).toBe(expected);
  });
});

test.each([
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::ffff:0:192.0.2.1', '::ffff:0:192.0.2.1'],
  ['64:ff9b::c000:221', '64:ff9b::192.0.2.33'],
  ['64:ff9b:1::c000:221', '64:ff9b:1::c000:221'],
  ['::192.0.2.1', '::192.0.2.1'],
  ['::0.0.2.1', '::201'],
  ['::ffff', '::ffff'],
  ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['10.0.1.2', '10.0.1.2'],
])('%s is written %s', (text, expected) => {
  expect(canonical(text)).toBe(expected);
});

test.each([
  '',
  ':',
  ':::',
  '1',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '::1:2:3:4:5:6:7:8',
  '1::2::3',
  ':1::2',
  '1::2:',
  '12345::',
  'g::',
  ' ::1',
  '::1 ',
  '[::1]',
  '::1%lo',
  '::1/64',
  '192.0.2.1::',
  '::192.0.2.1:1',
  '1:192.0.2.1::',
  '1:2:3:4:5:6:7:192.0.2.1',
  '::192.0.2',
  '::192.0.2.01',
  '::192.0.2.256',
  '192.0.2',
  '192.0.2.1.1',
  '192.0.2.01',
  '010.0.0.1',
  '256.0.0.1',
  '0x7f.0.0.1',
  '192.0.2.',
  '192.0.2.-1',
  '1e1.0.0.1',
  '１.0.0.1',
  `${'0'.repeat(100)}::1`,
])('%j is not an address', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(anyAddress, (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address);
    }),
  );
});

test('the words lie in order', () => {
  expect(parseAddress('2001:db8:8000:1:f:e:0:2')).toEqual({
    family: 6,
    w0: 0x20010db8,
    w1: 0x80000001 | 0,
    w2: 0x000f000e,
    w3: 2,
  });
  expect(parseAddress('192.0.2.1')).toEqual({ family: 4, w0: 0xc0000201 | 0, w1: 0, w2: 0, w3: 0 });
});

test('IPv6 without an embedded IPv4 address is written as a URL writes it', () => {
  fc.assert(
    fc.property(anyAddress6, (address) => {
      const text = formatAddress(address);
      const url = new URL(`http://[${text}]/`).hostname;
      if (!text.includes('.')) expect(`[${text}]`).toBe(url);
      expect(parseAddress(url.slice(1, -1))).toEqual(address);
    }),
  );
});

/** Addresses with a few characters changed: nearly right. */
const nearly = fc
  .tuple(
    anyAddress.map(formatAddress),
    fc.array(fc.tuple(fc.nat(45), fc.nat(1), fc.constantFrom('', ':', '::', '.', '0', '1', 'f', 'g', '9.9')), {
      maxLength: 3,
    }),
  )
  .map(([text, edits]) =>
    edits.reduce((now, [at, removed, put]) => now.slice(0, at) + put + now.slice(at + removed), text),
  );

test('node:net agrees on what is an address', () => {
  fc.assert(
    fc.property(nearly, (text) => {
      expect(parseAddress(text)?.family ?? 0, text).toBe(isIP(text));
    }),
    { numRuns: 3_000 },
  );
});

test('any text is read without a throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...':.%/0189afAF') })), (text) => {
      for (const parse of [parseAddress, parseScoped, parsePrefix, parseInterfaceAddress]) parse(text);
    }),
  );
});

describe('prefixes', () => {
  test.each(['::/0', '2001:db8::/32', 'fd00:a::/64', '::1/128', '0.0.0.0/0', '10.0.0.0/8', '192.0.2.1/32'])(
    '%s is read and written',
    (text) => {
      const prefix = parsePrefix(text);
      expect(prefix && formatPrefix(prefix)).toBe(text);
    },
  );

  test.each([
    '::',
    '::/',
    '::/129',
    '::/064',
    '::/+1',
    '::/-1',
    '::/1.5',
    '::/0x10',
    '::/ 64',
    '/64',
    'fd00::/64/64',
    'fd00::1/64',
    '10.0.0.0/33',
    '10.0.0.1/8',
    '10.0.0.0/255.0.0.0',
  ])('%s is not a prefix', (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });

  test('an interface address keeps its host bits', () => {
    const parsed = parseInterfaceAddress('fd00:a::1/64');
    expect(parsed?.address).toEqual(parseAddress('fd00:a::1'));
    expect(parsed?.prefix).toEqual(parsePrefix('fd00:a::/64'));
    expect(parseInterfaceAddress('10.0.1.1/24')?.prefix).toEqual(parsePrefix('10.0.1.0/24'));
    expect(parseInterfaceAddress('fd00:a::1')).toBeUndefined();
    expect(parseInterfaceAddress('fd00:a::1/129')).toBeUndefined();
  });
});

describe('zones (RFC 4007 §11)', () => {
  const linkLocal = parseAddress('fe80::1') as IpAddress;

  test.each([
    ['fe80::1%tun0', linkLocal, 'tun0'],
    ['fe80::1%2', linkLocal, '2'],
    ['fe80::1', linkLocal, undefined],
    ['ff02::1%eth0.100', parseAddress('ff02::1'), 'eth0.100'],
    ['fd00::1', parseAddress('fd00::1'), undefined],
    ['10.0.0.1', parseAddress('10.0.0.1'), undefined],
  ])('%s', (text, address, zone) => {
    expect(parseScoped(text)).toEqual({ address, zone });
    expect(formatScoped({ address: address!, zone })).toBe(text);
  });

  test('are not written with an address that has none', () => {
    for (const text of ['2001:db8::1', 'fd00::1', '::', '10.0.0.1', '169.254.0.1']) {
      expect(formatScoped({ address: parseAddress(text)!, zone: 'tun0' })).toBe(text);
    }
  });

  test.each([
    ['an empty zone', 'fe80::1%'],
    ['no address', '%tun0'],
    ['two zones', 'fe80::1%a%b'],
    ['a prefix length', 'fe80::1%tun0/64'],
    ['a space', 'fe80::1%tun 0'],
    ['a zone with a global address', '2001:db8::1%tun0'],
    ['a zone with the unspecified address', '::%tun0'],
    ['a zone with an IPv4 address', '169.254.0.1%tun0'],
  ])('%s is refused', (_, text) => {
    expect(parseScoped(text)).toBeUndefined();
  });
});
