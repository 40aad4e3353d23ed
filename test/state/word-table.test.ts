import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WordTable } from '../../src/state/word-table.ts';

const select = (table: WordTable, key: readonly number[]): WordTable => {
  table.key.set(key);
  return table;
};

describe('WordTable', () => {
  it('gives each key a row from 1 to the limit, and 0 when it is full', () => {
    const table = new WordTable({ words: 1, limit: 3, seed: 1 });
    expect([7, 8, 9, 10].map((key) => select(table, [key]).insert())).toEqual([1, 2, 3, 0]);
    expect([7, 8, 9, 10].map((key) => select(table, [key]).find())).toEqual([1, 2, 3, 0]);
    expect(table.size).toBe(3);
  });

  it('gives a key that is there its row again, also when it is full', () => {
    const table = new WordTable({ words: 2, limit: 1, seed: 1 });
    expect([select(table, [1, 2]).insert(), select(table, [1, 2]).insert(), table.size]).toEqual([1, 1, 1]);
  });

  it('tells keys apart by every word', () => {
    const table = new WordTable({ words: 3, limit: 8, seed: 1 });
    const keys = [
      [1, 2, 3],
      [0, 2, 3],
      [1, 0, 3],
      [1, 2, 0],
    ];
    expect(new Set(keys.map((key) => select(table, key).insert())).size).toBe(4);
  });

  it('takes the key of all zeros and negative words', () => {
    const table = new WordTable({ words: 2, limit: 4, seed: -1 });
    expect(select(table, [0, 0]).find()).toBe(0);
    expect([select(table, [0, 0]).insert(), select(table, [-1, -2_147_483_648]).insert()]).toEqual([1, 2]);
    expect([table.keyWord(2, 0), table.keyWord(2, 1)]).toEqual([-1, -2_147_483_648]);
  });

  it('removes a key, tells its row, and uses the row again', () => {
    const table = new WordTable({ words: 1, limit: 2, seed: 1 });
    select(table, [1]).insert();
    select(table, [2]).insert();
    expect([select(table, [1]).remove(), select(table, [1]).remove(), select(table, [1]).find()]).toEqual([1, 0, 0]);
    expect([select(table, [3]).insert(), select(table, [2]).find(), table.size]).toEqual([1, 2, 2]);
  });

  it('holds nothing when its limit is 0', () => {
    const table = new WordTable({ words: 1, limit: 0, seed: 1 });
    expect([select(table, [1]).insert(), select(table, [1]).find(), select(table, [1]).remove()]).toEqual([0, 0, 0]);
  });

  it('fills to its limit and empties again, with any keys', () => {
    for (const limit of [1, 2, 3, 5, 64, 1_000]) {
      const table = new WordTable({ words: 1, limit, seed: limit });
      for (let key = 0; key < limit; key += 1) expect(select(table, [key]).insert()).not.toBe(0);
      expect(select(table, [limit]).insert()).toBe(0);
      for (let key = 0; key < limit; key += 1) expect(select(table, [key]).remove()).not.toBe(0);
      expect(table.size).toBe(0);
    }
  });

  it('does what a Map does, under any mix of insertions, removals and look-ups', () => {
    const word = fc.integer({ min: 0, max: 6 });
    const act = fc.record({ verb: fc.constantFrom('insert', 'remove', 'find'), key: fc.tuple(word, word) });
    fc.assert(
      fc.property(
        fc.array(act, { maxLength: 200 }),
        fc.integer(),
        fc.integer({ min: 1, max: 20 }),
        (acts, seed, limit) => {
          const table = new WordTable({ words: 2, limit, seed });
          const model = new Map<string, number>();
          for (const { verb, key } of acts) {
            const name = key.join();
            const row = select(table, key)[verb as 'insert' | 'remove' | 'find']();
            if (verb === 'insert' && !model.has(name) && model.size < limit) {
              expect([...model.values()]).not.toContain(row);
              model.set(name, row);
            }
            expect(row).toBe(model.get(name) ?? 0);
            if (verb === 'remove') model.delete(name);
            expect(table.size).toBe(model.size);
          }
          for (const [name, row] of model) expect(select(table, name.split(',').map(Number)).find()).toBe(row);
        },
      ),
      { numRuns: 300 },
    );
  });
});
