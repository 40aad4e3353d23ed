import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../src/state/token-bucket.ts';

const start = 1_700_000_000_000;
const taken = (buckets: TokenBuckets, tries: number, now: number, bucket = 0): number =>
  Array.from({ length: tries }, () => buckets.take(bucket, now)).filter(Boolean).length;

describe('a token bucket', () => {
  it('starts full, whenever that is', () => {
    const buckets = new TokenBuckets({ count: 1, rate: 100, burst: 10 });
    expect([buckets.isFull(0, start), buckets.has(0, start), taken(buckets, 20, start)]).toEqual([true, true, 10]);
    expect([buckets.isFull(0, start), buckets.has(0, start)]).toEqual([false, false]);
  });

  it('fills at its rate, up to its burst', () => {
    const buckets = new TokenBuckets({ count: 1, rate: 100, burst: 10 });
    taken(buckets, 20, start);
    expect(taken(buckets, 20, start + 9)).toBe(0);
    expect(taken(buckets, 20, start + 10)).toBe(1);
    expect(taken(buckets, 20, start + 60)).toBe(5);
    expect(taken(buckets, 20, start + 60_000)).toBe(10);
  });

  it('fills by fractions of a token', () => {
    const buckets = new TokenBuckets({ count: 1, rate: 100, burst: 10 });
    taken(buckets, 20, start);
    for (let i = 1; i < 10; i += 1) expect(buckets.take(0, start + i)).toBe(false);
    expect(buckets.take(0, start + 10)).toBe(true);
  });

  it('is independent of its neighbours', () => {
    const buckets = new TokenBuckets({ count: 2, rate: 100, burst: 10 });
    expect([taken(buckets, 20, start, 0), taken(buckets, 20, start, 1)]).toEqual([10, 10]);
  });

  it('is filled by a clock that goes forwards only', () => {
    const buckets = new TokenBuckets({ count: 1, rate: 100, burst: 10 });
    taken(buckets, 20, start);
    expect(taken(buckets, 20, start - 60_000)).toBe(0);
    expect(taken(buckets, 20, start - 59_950)).toBe(5);
  });

  it('gives nothing at a burst of 0, no more than its burst at a rate of 0, and everything at a burst without end', () => {
    expect(taken(new TokenBuckets({ count: 1, rate: 100, burst: 0 }), 20, start)).toBe(0);
    const once = new TokenBuckets({ count: 1, rate: 0, burst: 3 });
    expect([taken(once, 20, start), taken(once, 20, start + 1e9)]).toEqual([3, 0]);
    expect(taken(new TokenBuckets({ count: 1, rate: 0, burst: Number.POSITIVE_INFINITY }), 1_000, start)).toBe(1_000);
  });

  it('is as it was at the start once it is filled', () => {
    const buckets = new TokenBuckets({ count: 1, rate: 1, burst: 10 });
    taken(buckets, 20, start);
    buckets.fill(0);
    expect([buckets.isFull(0, start), taken(buckets, 20, start)]).toEqual([true, 10]);
  });

  it('never gives more than its burst and its rate allow, over any stretch of time', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 100 }), (steps) => {
        const buckets = new TokenBuckets({ count: 1, rate: 50, burst: 5 });
        let now = start;
        const times: number[] = [];
        for (const step of steps) {
          now += step;
          if (buckets.take(0, now)) times.push(now);
        }
        for (const [i, from] of times.entries()) {
          for (const [j, to] of times.entries()) {
            if (j >= i) expect(j - i + 1).toBeLessThanOrEqual(5 + ((to - from) * 50) / 1_000 + 1e-6);
          }
        }
      }),
    );
  });
});
