import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf } from '../../src/testing/index.ts';
import { domainNames, formatAddress, ndpOptions as options, readAddress6 } from '../../src/wire/index.ts';
import { anyBytes, bytesOf, hex, viewOf } from './support.ts';

const { Option } = options;

describe('the length that a type asks for', () => {
  test.each<[what: string, text: string, wellFormed: boolean]>([
    ['Source Link-Layer Address', '0101 020000000022', true],
    ['of eight bytes more', '0102 020000000022 0000000000000000', false],
    ['Target Link-Layer Address', '0201 020000000022', true],
    ['Prefix Information', `0304 40c0 00278d00 00093a80 00000000 ${'20'.repeat(16)}`, true],
    ['of 129 bits', `0304 81c0 00278d00 00093a80 00000000 ${'20'.repeat(16)}`, false],
    ['cut short', '0303 40c0 00278d00 00093a80 00000000 0000000000000000', false],
    ['MTU', '0501 0000 000005dc', true],
    ['Nonce', '0e01 112233445566', true],
    ['Route Information, default', '1801 0008 00000708', true],
    ['of 48 bits in 8 bytes', '1802 3000 00000708 20010db8000a0000', true],
    ['of 65 bits in 8 bytes', '1802 4100 00000708 20010db8000a0000', false],
    ['of 65 bits in 16 bytes', `1803 4100 00000708 ${'20'.repeat(16)}`, true],
    ['of 1 bit in none', '1801 0100 00000708', false],
    ['too long', `1804 4100 00000708 ${'20'.repeat(24)}`, false],
    ['Recursive DNS Server', `1903 0000 00000708 ${'20'.repeat(16)}`, true],
    ['none at all', '1901 0000 00000708', false],
    ['one and a half', `1904 0000 00000708 ${'20'.repeat(24)}`, false],
    ['DNS Search List', '1f02 0000 00000708 0361626300 000000', true],
    ['empty', '1f01 0000 00000708', false],
    ['PREF64', '2602 0708 0064ff9b 00000000 00000000', true],
    ['with a reserved code', '2602 0706 0064ff9b 00000000 00000000', false],
    ['an unknown one', 'fa01 000000000000', true],
  ])('%s: %s', (_, text, wellFormed) => {
    expect(options.isWellFormed(hex(text), 0)).toBe(wellFormed);
  });
});

describe('a walk', () => {
  const two = hex('fa02 000000000000 0000000000000000 0101 020000000022');

  test('finds a type', () => {
    expect(options.find(two, 0, two.byteLength, Option.sourceLinkLayerAddress)).toBe(16);
    expect(options.find(two, 0, two.byteLength, Option.mtu)).toBe(0);
    expect(options.find(two, 0, two.byteLength - 1, Option.sourceLinkLayerAddress)).toBe(0);
  });

  test('passes over one of the wrong length', () => {
    const view = hex('0102 020000000099 0000000000000000 0101 020000000022');
    expect(options.find(view, 0, view.byteLength, Option.sourceLinkLayerAddress)).toBe(16);
  });

  test('ends at length 0', () => {
    const view = hex('fa00 000000000000 0101 020000000022');
    expect(options.areWhole(view, 0, view.byteLength, 64)).toBe(false);
    expect(options.find(view, 0, view.byteLength, Option.sourceLinkLayerAddress)).toBe(0);
  });

  test('of nothing is whole', () => {
    expect(options.areWhole(viewOf([]), 0, 0, 64)).toBe(true);
  });

  test('over any bytes ends, inside them', () => {
    fc.assert(
      fc.property(anyBytes(200), fc.nat(40), (bytes, type) => {
        const view = viewOf(bytes);
        const found = options.find(view, 0, view.byteLength, type);
        expect(found).toBeLessThanOrEqual(view.byteLength);
        const whole = options.areWhole(view, 0, view.byteLength, 64);
        let at = 0;
        while (view.byteLength - at >= 8 && options.size(view, at) > 0) at += options.size(view, at);
        if (whole) expect(at).toBe(view.byteLength);
      }),
    );
  });
});

describe('what is written is what is read', () => {
  const write = (length: number, writer: (view: DataView) => number): DataView => {
    const view = viewOf(new Uint8Array(length).fill(0xee));
    expect(writer(view)).toBe(length);
    expect(options.areWhole(view, 0, length, 1)).toBe(true);
    expect(options.isWellFormed(view, 0)).toBe(true);
    return view;
  };

  test('link-layer address', () => {
    const view = write(8, (v) => options.writeLinkLayerAddress(v, 0, Option.targetLinkLayerAddress, 0x0200, -2));
    expect(bytesOf(view)).toEqual(bytesOf(hex('0201 0200fffffffe')));
    expect([options.linkLayerHigh(view, 0), options.linkLayerLow(view, 0)]).toEqual([0x0200, -2]);
  });

  test('prefix information', () => {
    const view = write(32, (v) =>
      options.writePrefixInformation(v, 0, {
        prefix: addressOf('2001:db8:a::'),
        length: 64,
        flags: options.PrefixFlag.onLink | options.PrefixFlag.autonomous,
        validLifetime: options.infinity,
        preferredLifetime: 604_800,
      }),
    );
    expect(bytesOf(view)).toEqual(
      bytesOf(hex('0304 40c0 ffffffff 00093a80 00000000 20010db8000a00000000000000000000')),
    );
    expect(options.prefixLength(view, 0)).toBe(64);
    expect(options.prefixFlags(view, 0)).toBe(0xc0);
    expect(options.validLifetime(view, 0)).toBe(options.infinity);
    expect(options.preferredLifetime(view, 0)).toBe(604_800);
    expect(formatAddress(readAddress6(view, options.prefixAt(0)))).toBe('2001:db8:a::');
  });

  test('redirected header', () => {
    const view = viewOf(new Uint8Array(24));
    expect(options.writeRedirectedHeader(view, 0, 16)).toBe(24);
    expect(options.redirectedAt(0)).toBe(8);
  });

  test('MTU and nonce', () => {
    expect(
      options.mtu(
        write(8, (v) => options.writeMtu(v, 0, 0xffffffff)),
        0,
      ),
    ).toBe(0xffffffff);
    const nonce = write(8, (v) => options.writeNonce(v, 0, 0x1122, 0x33445566));
    expect(bytesOf(nonce)).toEqual(bytesOf(hex('0e01 112233445566')));
    expect(options.nonceLength(nonce, 0)).toBe(6);
  });

  test.each([
    ['::', 0, 8],
    ['2001:db8:a::', 48, 16],
    ['2001:db8:a:b::', 64, 16],
    ['2001:db8:a:b:8000::', 65, 24],
    ['2001:db8::1', 128, 24],
  ])('route information: %s/%i in %i bytes', (text, length, size) => {
    const view = write(size, (v) =>
      options.writeRouteInformation(v, 0, { prefix: addressOf(text), length, preference: -1, lifetime: 1_800 }),
    );
    expect(formatAddress(options.routePrefix(view, 0))).toBe(text);
    expect(options.prefixLength(view, 0)).toBe(length);
    expect(options.routeFlags(view, 0)).toBe(0x18);
    expect(options.lifetime(view, 0)).toBe(1_800);
  });

  test('route information: bits behind the length are zero, whatever was sent', () => {
    expect(formatAddress(options.routePrefix(hex('1802 2400 00000708 20010db8ffffffff'), 0))).toBe('2001:db8:f000::');
  });

  test('recursive DNS servers', () => {
    const servers = ['2001:db8::53', 'fe80::53'].map(addressOf);
    const view = write(40, (v) => options.writeRecursiveDnsServer(v, 0, 1_200, servers));
    expect(options.serverCount(view, 0)).toBe(2);
    expect([8, 24].map((at) => formatAddress(readAddress6(view, at)))).toEqual(['2001:db8::53', 'fe80::53']);
  });

  test('flags extension', () => {
    const view = write(8, (v) => options.writeFlagsExtension(v, 0, 0x8000, 1));
    expect([options.extensionHigh(view, 0), options.extensionLow(view, 0)]).toEqual([0x8000, 1]);
  });

  test.each([
    ['64:ff9b::0.0.0.0', 96, 1_800, 1_800],
    ['2001:db8:64::', 64, 1, 8],
    ['2001:db8:6400::', 56, 0, 0],
    ['2001:db8:64::', 48, 65_528, 65_528],
    ['2001:db8::', 40, 100_000, 65_528],
    ['2001:db8::', 32, 1_801, 1_808],
  ])('PREF64: %s/%i for %i seconds', (text, length, seconds, expected) => {
    const view = write(16, (v) => options.writePref64(v, 0, seconds, addressOf(text), length));
    expect(formatAddress(options.pref64Prefix(view, 0))).toBe(text);
    expect(options.pref64Length(view, 0)).toBe(length);
    expect(options.pref64Lifetime(view, 0)).toBe(expected);
  });
});

describe('DNS search lists (RFC 8106 §5.2)', () => {
  const read = (view: DataView): string[] => domainNames.readSearchList(view, 0, view.byteLength);

  test.each<[what: string, text: string, names: string[]]>([
    ['one name and padding', '07 6578616d706c65 03 636f6d 00 000000', ['example.com']],
    ['two names', '01 61 00 02 6263 01 64 00 00', ['a', 'bc.d']],
    ['only padding', '0000000000000000', []],
    ['nothing', '', []],
    ['a label past the end', '01 61 00 3f 61', ['a']],
    ['a name without its end', '01 61 00 01 62', ['a']],
    ['a pointer', '01 61 00 c000', ['a']],
    ['a label of 64 bytes', `40 ${'61'.repeat(64)} 00`, []],
    ['what no resolver should read', '04 61 0a 62 20 00', []],
  ])('%s', (_, text, names) => {
    expect(read(hex(text))).toEqual(names);
  });

  test('names of more than 255 bytes end the list', () => {
    const label = `3f ${'61'.repeat(63)}`;
    expect(read(hex(`${label.repeat(3)} 3d ${'61'.repeat(61)} 00`))).toHaveLength(1);
    expect(read(hex(`${label.repeat(4)} 00`))).toEqual([]);
  });

  test('at most 32 names', () => {
    expect(read(hex('01 61 00'.repeat(50)))).toHaveLength(domainNames.searchListLimit);
  });

  test('any bytes give names that resolvers take', () => {
    fc.assert(
      fc.property(anyBytes(120), (bytes) => {
        for (const name of read(viewOf(bytes))) expect(domainNames.nameSize(name)).toBeGreaterThan(0);
      }),
    );
  });

  test('what is written is what is read', () => {
    const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,63}$/);
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
        const name = labels.join('.');
        const size = domainNames.nameSize(name);
        if (size === 0) return;
        const view = viewOf(new Uint8Array(size + 3));
        expect(domainNames.writeName(view, 0, name)).toBe(size);
        expect(read(view)).toEqual([name]);
      }),
    );
  });

  test('a name may end in a dot, and must be one', () => {
    expect(domainNames.nameSize('example.com.')).toBe(13);
    for (const name of ['', '.', 'a..b', 'a b', 'ü', 'a'.repeat(64), `${'a'.repeat(63)}.`.repeat(4)]) {
      expect(domainNames.nameSize(name), name).toBe(0);
    }
  });
});
