import { describe, expect, it } from 'vitest';
import { packetOf } from '../../src/testing/index.ts';
import { a, advance } from '../support/testbed.ts';
import { bases } from './bases.ts';
import { readCorpus, toHex } from './corpus.ts';
import { mutant, mutations, writeMutant } from './hostile.ts';
import { type Target, target } from './target.ts';

const longest = 2_048;
const corpus = readCorpus();
const seeds = [...bases, ...corpus.map(({ bytes }) => bytes)];

const explain = (number: number, error: unknown): string =>
  `mutant ${number} broke the line: ${error}\n${toHex(mutant(seeds, number))}`;

/** Sends the mutants from `first` on, by changing interfaces, with a millisecond in between each hundred. */
const attack = (first: number, count: number, { bed, wire$, failure }: Target): void => {
  for (let number = first; number < first + count; number += 1) {
    const packet = bed.pool.acquire(longest);
    if (packet === undefined) throw new Error(explain(number, 'the pool is exhausted'));
    packet.end = packet.start + writeMutant(seeds, number, packet.view, packet.start, packet.end);
    packet.inInterface = a + (number % 3);
    try {
      wire$.next(packet);
    } catch (error) {
      throw new Error(explain(number, error));
    }
    if (failure() !== undefined) throw new Error(explain(number, failure()));
    if (number % 100 === 0) advance(bed.clock, 1);
  }
};

const heapUsed = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

describe('a kept packet', () => {
  it.each(corpus)('$name comes out once, whole or refused', ({ bytes }) => {
    const { bed, wire$, failure } = target();
    wire$.next(packetOf(bytes, { inInterface: a, pool: bed.pool }));
    wire$.complete();
    expect([failure(), bed.pool.outstanding]).toEqual([undefined, 0]);
    expect(bed.node.counters.balance()).toMatchObject({ received: 1, held: 0 });
  });
});

describe('mutants', () => {
  it('are the same for the same number, never too long, and of many kinds', () => {
    const lengths = new Set<number>();
    for (let number = 0; number < 2_000; number += 1) {
      const bytes = mutant(seeds, number);
      expect(mutant(seeds, number)).toEqual(bytes);
      expect(bytes.length).toBeLessThanOrEqual(longest);
      lengths.add(bytes.length);
    }
    expect([lengths.size > 200, mutations.length]).toEqual([true, 9]);
  });

  it('a million of them neither break the line nor stop it nor make it grow', () => {
    const line = target();
    const { bed } = line;
    attack(0, 100_000, line);
    const before = heapUsed();
    attack(100_000, 900_000, line);
    const grown = heapUsed() - before;
    expect(bed.node.counters.balance().received).toBe(1_000_000);
    expect(bed.node.counters.balance().held).toBe(bed.pool.outstanding);
    expect(grown).toBeLessThan(16 * 1_024 * 1_024);

    line.wire$.complete();
    const { held, sent, delivered, originated } = bed.node.counters.balance();
    expect([held, bed.pool.outstanding]).toEqual([0, 0]);
    // Mutants that all die at the door would show little.
    expect([sent > 10_000, delivered > 1_000, originated > 1_000]).toEqual([true, true, true]);
    expect(bed.node.counters.refusals().size).toBeGreaterThan(30);
  }, 60_000);
});
