import fc from 'fast-check';
import { expect } from 'vitest';

/** A view on bytes written in hex; white space is for the reader. */
export const hex = (text: string): DataView => {
  const digits = text.replaceAll(/\s/g, '');
  return viewOf(
    Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)),
  );
};

/** A view on a copy of the bytes, exactly as long as they are: a read past the end throws. */
export const viewOf = (bytes: ArrayLike<number>): DataView => new DataView(Uint8Array.from(bytes).buffer);

export const bytesOf = (view: DataView): number[] => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];

/** Bytes of every length from `least` to `most`; left to itself, fast-check seldom makes more than ten. */
export const anyBytes = (most: number, least = 0): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: least, maxLength: most, size: 'max' });

type Get = (view: DataView, at: number) => number | boolean;
type Set = (view: DataView, at: number, value: number) => void;

/**
 * A field of `bits` in a header of `length` bytes: what is set is what is read, and nothing else changes.
 * `unit` is the step of its values.
 */
export const expectField = (get: Get, set: Set, length: number, bits: number, unit = 1): void => {
  fc.assert(
    fc.property(
      anyBytes(length + 8, length + 8),
      fc.nat(8),
      fc.integer({ min: 0, max: 2 ** bits - 1 }),
      (bytes, at, value) => {
        const view = viewOf(bytes);
        const before = get(view, at);
        set(view, at, value * unit);
        expect(get(view, at)).toBe(value * unit);
        set(view, at, before as number);
        expect(bytesOf(view)).toEqual([...bytes]);
      },
    ),
  );
};

/** Every offset at which a header cut short must be found out. */
export const expectTruncated = (check: (view: DataView, at: number, end: number) => string, view: DataView): void => {
  const end = view.byteLength;
  expect(check(view, 0, end)).toBe('ok');
  for (let cut = 0; cut < end; cut += 1) {
    const short = new DataView(view.buffer, view.byteOffset, cut);
    expect(check(short, 0, cut), `cut to ${cut} of ${end} bytes`).toBe('truncated');
  }
};

/** The sum of RFC 1071 as its text has it, a word at a time with the carry taken in at once: slow and plain. */
export const onesComplement = (bytes: ArrayLike<number>, initial = 0): number => {
  let total = initial;
  for (let i = 0; i < bytes.length; i += 2) {
    total += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
    if (total > 0xffff) total -= 0xffff;
  }
  return total;
};

/** An IPv6 header from 2001:db8::1 to 2001:db8::2, hop limit 64, before a payload. */
export const behindIpv6 = (nextHeader: number, payload: ArrayLike<number>): DataView => {
  const view = viewOf([
    ...bytesOf(hex('60000000 0000 0040 20010db8000000000000000000000001 20010db8000000000000000000000002')),
    ...Array.from(payload),
  ]);
  view.setUint16(4, payload.length);
  view.setUint8(6, nextHeader);
  return view;
};

/** An IPv4 header from 192.0.2.1 to 192.0.2.2, time to live 64, before a payload; its checksum right. */
export const behindIpv4 = (protocol: number, payload: ArrayLike<number>): DataView => {
  const view = viewOf([...bytesOf(hex('45000000 00000000 40000000 c0000201 c0000202')), ...Array.from(payload)]);
  view.setUint16(2, 20 + payload.length);
  view.setUint8(9, protocol);
  view.setUint16(10, ~onesComplement(bytesOf(view).slice(0, 20)) & 0xffff);
  return view;
};

/** The checksum field that an upper layer should have, from RFC 8200 §8.1 and RFC 768 word by word. */
export const expectedChecksum = (view: DataView, upperAt: number, checksumAt: number): number => {
  const bytes = bytesOf(view);
  const upper = bytes.slice(upperAt);
  upper[checksumAt] = 0;
  upper[checksumAt + 1] = 0;
  const length = [0, 0, upper.length >>> 8, upper.length & 0xff];
  const pseudo =
    (bytes[0] as number) >> 4 === 6
      ? [...bytes.slice(8, 40), ...length, 0, 0, 0, bytes[6] as number]
      : [...bytes.slice(12, 20), 0, bytes[9] as number, ...length.slice(2)];
  return ~onesComplement([...pseudo, ...upper]) & 0xffff;
};
