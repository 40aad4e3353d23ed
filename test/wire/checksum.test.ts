import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as checksum from '../../src/wire/checksum.ts';
import { anyBytes, bytesOf, hex, onesComplement, viewOf } from './support.ts';

const ofAll = (view: DataView): number => checksum.sum(view, 0, view.byteLength);

describe('RFC 1071 §3', () => {
  const example = hex('0001 f203 f4f5 f6f7');

  test('the sum of the example is ddf2', () => {
    expect(checksum.fold(ofAll(example))).toBe(0xddf2);
    expect(checksum.finish(ofAll(example))).toBe(0x220d);
  });

  test('in any order and grouping (§2 A)', () => {
    expect(checksum.fold(checksum.sum(example, 4, 8, checksum.sum(example, 0, 4)))).toBe(0xddf2);
    expect(checksum.fold(checksum.sum(example, 0, 4) + checksum.sum(example, 4, 8))).toBe(0xddf2);
  });

  test('in either byte order (§2 B)', () => {
    const swapped = hex('0100 03f2 f5f4 f7f6');
    expect(checksum.fold(ofAll(swapped))).toBe(0xf2dd);
  });
});

test('a known IPv4 header', () => {
  const header = hex('4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7');
  expect(checksum.finish(ofAll(header))).toBe(0xb861);
  header.setUint16(10, 0xb861);
  expect(checksum.verifies(ofAll(header))).toBe(true);
});

test('sums equal those of the textbook loop, from any offset, of any length', () => {
  fc.assert(
    fc.property(anyBytes(100), fc.nat(8), (bytes, lead) => {
      const view = viewOf([...new Uint8Array(lead).fill(0xa5), ...bytes, 0xa5, 0xa5, 0xa5]);
      const sum = checksum.sum(view, lead, lead + bytes.length);
      expect(checksum.fold(sum)).toBe(onesComplement(bytes));
    }),
    { numRuns: 1_000 },
  );
});

test('every length up to 70 bytes', () => {
  const bytes = Uint8Array.from({ length: 70 }, (_, i) => 255 - i * 3);
  for (let length = 0; length <= bytes.length; length += 1) {
    expect(checksum.fold(checksum.sum(viewOf(bytes), 0, length)), `${length}`).toBe(
      onesComplement(bytes.slice(0, length)),
    );
  }
});

test('an odd last byte is the high half of a word', () => {
  expect(checksum.sum(hex('ab'), 0, 1)).toBe(0xab00);
  expect(checksum.sum(hex('0001 ab'), 0, 3)).toBe(0xab01);
  expect(checksum.sum(hex('0000 0001 0002 ab'), 0, 7)).toBe(0xab03);
});

test('nothing sums to the initial sum', () => {
  expect(checksum.sum(hex(''), 0, 0)).toBe(0);
  expect(checksum.sum(hex('ffff'), 1, 1, 7)).toBe(7);
});

test.each([65_535, 65_536, 65_575, 131_072])('%i bytes of 0xff', (length) => {
  const bytes = new Uint8Array(length).fill(0xff);
  expect(checksum.fold(checksum.sum(viewOf(bytes), 0, length, 0xffff))).toBe(onesComplement(bytes, 0xffff));
  expect(checksum.fold(checksum.sum(viewOf(bytes), 0, length))).toBe(length % 2 === 0 ? 0xffff : 0xff00);
});

describe('fold', () => {
  test.each([
    [0, 0],
    [0xffff, 0xffff],
    [0x10000, 1],
    [0x1fffe, 0xffff],
    [0xffffffff, 0xffff],
    [0x100000000, 1],
    [0x1ffffffff, 1],
    [0xffff00000000, 0xffff],
    [2 ** 53 - 1, 0x1f],
  ])('of %i is %i', (total, expected) => {
    expect(checksum.fold(total)).toBe(expected);
  });

  test('is the remainder by 65,535, with 65,535 for a multiple that is not 0', () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (total) => {
        expect(checksum.fold(total)).toBe(total === 0 ? 0 : total % 0xffff || 0xffff);
      }),
    );
  });
});

describe('incremental update (RFC 1624)', () => {
  test('§4: the example that equation 2 gets wrong', () => {
    expect(checksum.update(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });

  test('equals a fresh checksum for any change of any word', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(0xffff), { minLength: 2, maxLength: 30 }),
        fc.nat(29),
        fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 0xffff)),
        (words, index, after) => {
          words[0] = 0x4500; // no IP header is all zero, and only its sum is 0: RFC 1624 §3
          const at = 1 + (index % (words.length - 1));
          const before = words[at] as number;
          const old = ~onesComplement(octets(words)) & 0xffff;
          words[at] = after;
          const fresh = ~onesComplement(octets(words)) & 0xffff;
          expect(checksum.update(old, before, after)).toBe(fresh);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('and back again', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffff), fc.nat(0xffff), (old, before, after) => {
        const there = checksum.update(old, before, after);
        const back = checksum.update(there, after, before);
        expect(back % 0xffff).toBe(old % 0xffff);
      }),
    );
  });
});

test('the IPv6 pseudo-header (RFC 8200 §8.1)', () => {
  fc.assert(
    fc.property(anyBytes(40, 40), fc.nat(0x10ffff), fc.nat(255), (ip, length, next) => {
      const pseudo = [...ip.slice(8), ...octets([length >>> 16, length & 0xffff, 0, next])];
      expect(checksum.fold(checksum.pseudoHeader6(viewOf(ip), 0, length, next))).toBe(onesComplement(pseudo));
    }),
  );
});

test('the IPv4 pseudo-header (RFC 768)', () => {
  fc.assert(
    fc.property(anyBytes(20, 20), fc.nat(0xffff), fc.nat(255), (ip, length, next) => {
      const pseudo = [...ip.slice(12), 0, next, ...octets([length])];
      expect(checksum.fold(checksum.pseudoHeader4(viewOf(ip), 0, length, next))).toBe(onesComplement(pseudo));
    }),
  );
});

test('a partial checksum is completed: as if it had been computed at once, and never 0', () => {
  fc.assert(
    fc.property(anyBytes(60, 2), fc.nat(0xffff), fc.nat(58), (bytes, pseudo, at) => {
      const field = Math.min(at & ~1, (bytes.length - 2) & ~1);
      const view = viewOf([9, 9, ...bytes, 9, 9]);
      view.setUint16(2 + field, pseudo);
      checksum.complete(view, 2, 2 + bytes.length, 2 + field);
      const rest = [...bytes];
      rest.splice(field, 2, 0, 0);
      const whole = ~onesComplement(rest, pseudo) & 0xffff;
      expect(view.getUint16(2 + field)).toBe(whole === 0 ? 0xffff : whole);
      expect([view.getUint16(0), view.getUint16(2 + bytes.length)]).toEqual([0x0909, 0x0909]);
    }),
  );
});

test('summing changes nothing', () => {
  const view = hex('0102 0304 0506 07');
  ofAll(view);
  expect(bytesOf(view)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

const octets = (words: readonly number[]): number[] => words.flatMap((word) => [word >>> 8, word & 0xff]);
