import { expect, it } from 'vitest';
import { secureRandom } from '../../src/platform/random.ts';

it('gives numbers in [0, 1), spread evenly, and never the same ones', () => {
  const random = secureRandom();
  const numbers = Array.from({ length: 4_000 }, random);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  const tenths = Array(10).fill(0) as number[];
  for (const number of numbers) tenths[Math.floor(number * 10)] = (tenths[Math.floor(number * 10)] as number) + 1;
  expect(Math.min(...tenths)).toBeGreaterThan(250);
  expect(new Set(numbers).size).toBeGreaterThan(3_990);
  expect(secureRandom()()).not.toBe(secureRandom()());
});
