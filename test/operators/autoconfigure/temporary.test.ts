import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  drawDesync,
  isWorthwhile,
  regenerateAt,
  regenerationAdvance,
  temporaryLifetimes,
} from '../../../src/operators/autoconfigure/temporary.ts';

const hour = 3_600_000;
const ever = Number.POSITIVE_INFINITY;
const born = 1_000_000;

describe('temporary addresses', () => {
  it.each([
    // prefix: preferred, valid (hours from the beginning); desync; address: preferred, valid
    ['a day and two days of a prefix that stays', ever, ever, 0, 24, 48],
    ['less by what keeps hosts apart', ever, ever, 9, 15, 48],
    ['no longer than the prefix', 6, 12, 0, 6, 12],
    ['no longer than the prefix, whatever keeps hosts apart', 6, 12, 9, 6, 12],
    ['valid as the prefix, preferred as temporary', 720, 40, 0, 24, 40],
    ['deprecated with the prefix', 0, 12, 0, 0, 12],
  ])('last %s (RFC 8981 §3.4)', (_, preferred, valid, desync, ownPreferred, ownValid) => {
    const prefix = { preferredUntil: born + preferred * hour, validUntil: born + valid * hour };
    expect(temporaryLifetimes({ createdAt: born, desync: desync * hour }, prefix)).toEqual({
      preferredUntil: born + ownPreferred * hour,
      validUntil: born + ownValid * hour,
    });
  });

  it.each([
    [1, 1_000, 5_000],
    [3, 2_000, 20_000],
    [0, 1_000, 2_000],
  ])('%i probes %i ms apart: the next one is made %i ms ahead (RFC 8981 §3.8)', (transmits, retransTimer, advance) => {
    expect(regenerationAdvance(transmits, retransTimer)).toBe(advance);
    expect(regenerateAt({ preferredUntil: 100_000, validUntil: ever }, advance)).toBe(100_000 - advance);
  });

  it('are made while they are of use (RFC 8981 §3.4)', () => {
    const lifetimes = { preferredUntil: 100_000, validUntil: ever };
    expect([94_999, 95_000, 100_001].map((now) => isWorthwhile(lifetimes, 5_000, now))).toEqual([true, false, false]);
  });

  it('are preferred for 14.4 hours at least', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (drawn) => {
        const age = { createdAt: born, desync: drawDesync(() => drawn) };
        const { preferredUntil } = temporaryLifetimes(age, { preferredUntil: ever, validUntil: ever });
        expect(preferredUntil - born).toBeGreaterThanOrEqual(14.4 * hour);
        expect(preferredUntil - born).toBeLessThanOrEqual(24 * hour);
      }),
    );
  });
});
