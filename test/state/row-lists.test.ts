import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowLists } from '../../src/state/row-lists.ts';

const drain = (lists: RowLists, list: number): number[] => {
  const rows: number[] = [];
  for (let row = lists.first(list); row !== 0; row = lists.first(list)) {
    rows.push(row);
    lists.remove(row);
  }
  return rows;
};

test('each list keeps the order in which rows came', () => {
  const lists = new RowLists({ rows: 5, lists: 2 });
  expect([lists.first(0), lists.first(1)]).toEqual([0, 0]);
  for (const row of [3, 1, 5]) lists.append(0, row);
  lists.append(1, 2);
  lists.append(1, 1); // out of the other
  lists.remove(4); // in none
  expect([drain(lists, 0), drain(lists, 1)]).toEqual([
    [3, 5],
    [2, 1],
  ]);
});

test('appending again moves a row to the end', () => {
  const lists = new RowLists({ rows: 3, lists: 1 });
  for (const row of [1, 2, 3, 1]) lists.append(0, row);
  expect(drain(lists, 0)).toEqual([2, 3, 1]);
});

test('any moves: as arrays would have it', () => {
  const move = fc.record({ row: fc.integer({ min: 1, max: 8 }), list: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const lists = new RowLists({ rows: 8, lists: 3 });
      const model: number[][] = [[], [], []];
      for (const { row, list } of moves) {
        for (const [i, rows] of model.entries()) model[i] = rows.filter((other) => other !== row);
        if (list === 3) lists.remove(row);
        else {
          lists.append(list, row);
          model[list]?.push(row);
        }
      }
      expect([0, 1, 2].map((list) => drain(lists, list))).toEqual(model);
    }),
  );
});
