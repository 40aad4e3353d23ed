import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Memberships } from '../../src/state/memberships.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress, writeAddress } from '../../src/wire/address.ts';

const view = new DataView(new ArrayBuffer(16));
const has = (memberships: Memberships, index: number, text: string): boolean => {
  const group = addressOf(text);
  writeAddress(view, 0, group);
  return group.family === 6 ? memberships.has6(index, view, 0) : memberships.has4(index, view, 0);
};

describe('Memberships', () => {
  it('are by interface and group', () => {
    const memberships = new Memberships({ seed: 1 });
    memberships.join(2, addressOf('ff02::1'));
    memberships.join(3, addressOf('224.0.0.1'));
    const rows = [has(memberships, 2, 'ff02::1'), has(memberships, 3, 'ff02::1'), has(memberships, 2, 'ff02::2')];
    expect(rows).toEqual([true, false, false]);
    expect([has(memberships, 3, '224.0.0.1'), has(memberships, 2, '224.0.0.1')]).toEqual([true, false]);
  });

  it('do not take an IPv4 group for an IPv6 one that begins alike', () => {
    const memberships = new Memberships({ seed: 1 });
    memberships.join(2, addressOf('224.0.0.1'));
    expect(has(memberships, 2, 'e000:1::')).toBe(false);
  });

  it('are counted: a group is left when every join is undone', () => {
    const memberships = new Memberships({ seed: 1 });
    const seen: string[] = [];
    memberships.changes$.subscribe({
      next: ({ type, value }) => seen.push(`${type} ${value.interfaceIndex} ${formatAddress(value.group)}`),
      complete: () => seen.push('complete'),
    });
    const group = addressOf('ff02::1:ff00:1');
    memberships.join(2, group);
    memberships.join(2, group);
    memberships.leave(2, group);
    expect(has(memberships, 2, 'ff02::1:ff00:1')).toBe(true);
    memberships.leave(2, group);
    memberships.leave(2, group);
    expect(has(memberships, 2, 'ff02::1:ff00:1')).toBe(false);
    memberships.close();
    expect(seen).toEqual(['added 2 ff02::1:ff00:1', 'removed 2 ff02::1:ff00:1', 'complete']);
  });

  it('refuse one too many', () => {
    const memberships = new Memberships({ limit: 1, seed: 1 });
    memberships.join(2, addressOf('ff02::1'));
    memberships.join(2, addressOf('ff02::1'));
    expect(() => memberships.join(2, addressOf('ff02::2'))).toThrow('umigame: no more than 1 multicast memberships');
  });

  it('do what counting in a Map does', () => {
    const act = fc.record({
      join: fc.boolean(),
      index: fc.integer({ min: 1, max: 3 }),
      group: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 100 }), (acts) => {
        const memberships = new Memberships({ limit: 12, seed: 1 });
        const model = new Map<string, number>();
        for (const { join, index, group } of acts) {
          const address = addressOf(`ff02::${group}`);
          if (join) memberships.join(index, address);
          else memberships.leave(index, address);
          const key = `${index} ff02::${group}`;
          model.set(key, Math.max(0, (model.get(key) ?? 0) + (join ? 1 : -1)));
        }
        for (const [key, count] of model) {
          const [index, group] = key.split(' ') as [string, string];
          expect(has(memberships, Number(index), group)).toBe(count > 0);
        }
      }),
    );
  });
});
