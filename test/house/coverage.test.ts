import { expect, test } from 'vitest';
import { readPage } from './markdown.ts';

/** How many features KAME had in each area. */
const areas = { A: 18, B: 10, C: 16, D: 5, E: 8, F: 14, G: 4, H: 10, I: 6, J: 3, K: 3, L: 7, M: 12, N: 13 } as const;
const states = ['works', 'partly', 'not yet'] as const;

const cells = (line: string): string[] => line.split(' |').map((cell) => cell.replace(/^\|/, '').trim());
const lines = readPage('docs/COVERAGE.md').split('\n');
const rows = lines.filter((line) => /^\| [A-N]\d+ \|/.test(line)).map(cells);
const summary = lines.filter((line) => /^\| ([A-N] )?\| /.test(line)).map(cells);

/** What the summary should say of an area: works, partly, not yet, rows. */
const countsOf = (area: string): number[] => {
  const inArea = rows.filter(([id]) => id?.startsWith(area));
  return [...states.map((state) => inArea.filter((row) => row[3] === state).length), inArea.length];
};

test('every feature that KAME had has its row, in order', () => {
  const ids = Object.entries(areas).flatMap(([area, count]) => Array.from({ length: count }, (_, i) => area + (i + 1)));
  expect(ids).toHaveLength(129);
  expect(rows.map(([id]) => id)).toEqual(ids);
});

test('every row has an RFC or none, a state and a remark', () => {
  const isGood = ([, name = '', rfc = '', state = '', remark = '']: readonly string[]): boolean =>
    name !== '' && /^(-|\d+(, \d+)*)$/.test(rfc) && states.some((each) => each === state) && /\S.*\.$/.test(remark);
  expect(rows.filter((row) => !isGood(row))).toEqual([]);
});

test.each(Object.keys(areas))('the summary counts area %s right', (area) => {
  const line = summary.find(([id]) => id === area);
  expect(line?.slice(2, 6).map(Number)).toEqual(countsOf(area));
});

test('the summary counts all rows right', () => {
  const line = summary.find(([, name]) => name === '**all**');
  expect(line?.slice(2, 6).map((cell) => Number(cell.replaceAll('*', '')))).toEqual(countsOf(''));
});
