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

type Get = (view: DataView, at: number) => number | boolean;
type Set = (view: DataView, at: number, value: number) => void;

/**
 * A field of `bits` in a header of `length` bytes: what is set is what is read, and nothing else changes.
 * `unit` is the step of its values.
 */
export const expectField = (get: Get, set: Set, length: number, bits: number, unit = 1): void => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: length + 8, maxLength: length + 8 }),
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
