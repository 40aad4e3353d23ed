import { expect, test } from 'vitest';
import { commas, duration, megabits, milliseconds, percent, sparkline } from '../../src/cli/numbers.ts';

test.each([
  [0, '0'],
  [999.6, '1,000'],
  [12_345_678, '12,345,678'],
])('commas(%d)', (value, text) => expect(commas(value)).toBe(text));

test.each([
  [0, '0.0 Mbit/s'],
  [12_340_000, '12.3 Mbit/s'],
  [812_300_000, '812 Mbit/s'],
  [2_414_000_000, '2.41 Gbit/s'],
])('megabits(%d)', (value, text) => expect(megabits(value)).toBe(text));

test.each([
  [0.214, '0.21 ms'],
  [12.34, '12.3 ms'],
  [1_234.5, '1,235 ms'],
  [Number.NaN, '-'],
])('milliseconds(%d)', (value, text) => expect(milliseconds(value)).toBe(text));

test.each([
  [0, '0s'],
  [59.9, '59s'],
  [60, '1m0s'],
  [3_600, '1h0m0s'],
  [86_399, '23h59m59s'],
  [2_591_997, '29d23h59m57s'],
])('duration(%d)', (value, text) => expect(duration(value)).toBe(text));

test.each([
  [59, '59s'],
  [3_599, '59m59s'],
  [86_399, '23h59m'],
  [2_591_997, '29d23h'],
])('duration(%d) in two units', (value, text) => expect(duration(value, 2)).toBe(text));

test.each([
  [0, '0 %'],
  [0.00001, '< 0.01 %'],
  [0.0004, '0.04 %'],
  [0.0123, '1.2 %'],
  [0.5, '50 %'],
  [0.9999, '> 99.9 %'],
  [1, '100 %'],
])('percent(%d)', (value, text) => expect(percent(value)).toBe(text));

test.each([
  [[], 10, ''],
  [[0, 0], 10, '▁▁'],
  [[1, 2, 4, 8], 10, '▂▃▅█'],
  [[9, 1, 2, 4, 8], 4, '▂▃▅█'],
])('sparkline(%j, %d)', (values, width, text) => expect(sparkline(values, width)).toBe(text));
