import { describe, expect, it } from 'vitest';
import { RouteRows } from '../../../src/state/routes/rows.ts';

describe('RouteRows', () => {
  it('gives one row to one way, however many routes go it', () => {
    const rows = new RouteRows();
    const row = rows.share(2, 2, 1, 2, 3, 4);
    expect(row).toBeGreaterThan(0);
    expect(rows.share(2, 2, 1, 2, 3, 4)).toBe(row);
    expect([rows.outInterface[row], rows.flags[row]]).toEqual([2, 2]);
    expect([...rows.nextHop.subarray(row * 4, row * 4 + 4)]).toEqual([1, 2, 3, 4]);
  });

  it('tells ways apart by every field', () => {
    const rows = new RouteRows();
    const way = [2, 2, 1, 2, 3, 4] as const;
    const seen = new Set([rows.share(...way)]);
    for (let field = 0; field < way.length; field += 1) {
      seen.add(rows.share(...(way.map((value, i) => (i === field ? value + 1 : value)) as unknown as typeof way)));
    }
    expect(seen.size).toBe(7);
  });

  it('never shares a row that is owned', () => {
    const rows = new RouteRows();
    const shared = rows.share(2, 0, 0, 0, 0, 0);
    const owned = rows.own(7, 2, 0, 0, 0, 0, 0);
    expect(owned).not.toBe(shared);
    expect(rows.own(8, 2, 0, 0, 0, 0, 0)).not.toBe(owned);
    expect(rows.share(2, 0, 0, 0, 0, 0)).toBe(shared);
    expect([rows.owner(owned), rows.owner(shared), rows.owner(0), rows.owner(999)]).toEqual([7, 0, 0, 0]);
  });

  it('frees a row with its last route, and uses it again', () => {
    const rows = new RouteRows();
    const row = rows.share(2, 0, 0, 0, 0, 0);
    rows.share(2, 0, 0, 0, 0, 0);
    rows.release(row);
    expect(rows.share(2, 0, 0, 0, 0, 0)).toBe(row);
    rows.release(row);
    rows.release(row);
    expect(rows.share(3, 0, 0, 0, 0, 0)).toBe(row);
    expect(rows.outInterface[row]).toBe(3);
  });

  it('finds every way again after thousands have come and gone', () => {
    const rows = new RouteRows();
    const rowOf = new Map<number, number>();
    const share = (i: number): number => rows.share(1 + (i % 7), 0, i, i >> 3, 0, 0);
    for (let i = 0; i < 5_000; i += 1) rowOf.set(i, share(i));
    expect(new Set(rowOf.values()).size).toBe(5_000);
    for (let i = 0; i < 5_000; i += 2) rows.release(rowOf.get(i) as number);
    for (let i = 1; i < 5_000; i += 2) expect(share(i)).toBe(rowOf.get(i));
    const { bytes } = rows;
    for (let i = 0; i < 5_000; i += 2) share(i);
    expect(rows.bytes).toBe(bytes);
  });
});
