import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplayWindow } from '../../../src/state/sadb/replay-window.ts';

const two32 = 0x1_0000_0000n;

/** The window as RFC 4303 §3.4.3 describes it: a set of numbers, and the highest. */
class Model {
  readonly #seen = new Set<bigint>();
  #top = 0n;
  readonly #size: bigint;

  constructor(size: number) {
    this.#size = BigInt(size);
  }

  /** Is it fresh? If so, it is not any more. */
  take(number: bigint): boolean {
    if (number === 0n || number + this.#size <= this.#top || this.#seen.has(number)) return false;
    this.#seen.add(number);
    if (number > this.#top) this.#top = number;
    return true;
  }

  get top(): bigint {
    return this.#top;
  }
}

const take = (window: ReplayWindow, number: bigint): boolean => {
  const high = Number(number / two32);
  const low = Number(number % two32);
  if (!window.isFresh(high, low)) return false;
  window.mark(high, low);
  return true;
};

const sizes = fc.constantFrom(1, 31, 32, 33, 63, 64, 128, 1_000, 4_064, 4_096);

describe('does what the model does', () => {
  test('with numbers around the highest one', () => {
    const steps = fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(sizes, fc.constantFrom(0n, 0xffff_f000n, 7n * two32 - 3_000n), steps, (size, base, jumps) => {
        const window = new ReplayWindow(size, true);
        const model = new Model(size);
        if (base > 0n) expect(take(window, base)).toBe(model.take(base));
        for (const jump of jumps) {
          const number = model.top + BigInt(jump);
          if (number < 0n) continue;
          expect(take(window, number)).toBe(model.take(number));
        }
        expect((BigInt(window.topHigh) << 32n) + BigInt(window.topLow)).toBe(model.top);
      }),
      { numRuns: 300 },
    );
  });

  test('with numbers of 32 bits from anywhere', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 100 });
    fc.assert(
      fc.property(sizes, numbers, (size, all) => {
        const window = new ReplayWindow(size, false);
        const model = new Model(size);
        for (const number of all) {
          expect(window.highOf(number)).toBe(0);
          expect(take(window, BigInt(number))).toBe(model.take(BigInt(number)));
        }
      }),
    );
  });
});

test('the upper half is inferred for every number within the window, and for any ahead of it up to 2^31 (RFC 4303 §A2.2)', () => {
  const near = fc.integer({ min: -4_095, max: 0x7fff_0000 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4_096 }), fc.bigInt({ min: 1n, max: 2n ** 60n }), near, (size, top, jump) => {
      const window = new ReplayWindow(size, true);
      take(window, top);
      const number = top + BigInt(Math.max(jump, 1 - size));
      if (number < 1n) return;
      expect(window.highOf(Number(number % two32))).toBe(Number(number / two32));
    }),
    { numRuns: 1_000 },
  );
});

test('before the first subspace there is none', () => {
  const window = new ReplayWindow(64, true);
  window.mark(0, 10);
  expect(window.highOf(0xffffffff)).toBe(0);
});

test('a window of no packets takes everything', () => {
  const window = new ReplayWindow(0, false);
  window.mark(0, 5);
  expect([window.isFresh(0, 5), window.isFresh(0, 0)]).toEqual([true, true]);
});

test('0 is never fresh, also without anything before it', () => {
  expect(new ReplayWindow(64, false).isFresh(0, 0)).toBe(false);
});
