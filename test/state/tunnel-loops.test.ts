import { describe, expect, it } from 'vitest';
import { canonical, findTunnelLoops, isCycle } from '../../src/state/tunnel-loops.ts';

const found = (next: Readonly<Record<number, readonly number[]>>, limit = 4): string[] => {
  const tunnels = Object.keys(next).map(Number);
  const loops = findTunnelLoops(tunnels, (tunnel) => next[tunnel] ?? [], limit);
  return loops.map(({ way, path }) => `${way.join('>')}: ${path.join('>')}`);
};

describe('findTunnelLoops', () => {
  it.each<[string, Record<number, readonly number[]>, string[]]>([
    ['no tunnels', {}, []],
    ['tunnels that leave by devices', { 2: [], 3: [] }, []],
    ['Figure 3: one into itself', { 2: [2] }, ['2: 2>2']],
    ['Figure 5: two into each other', { 2: [3], 3: [2] }, ['2>3: 2>3>2', '3>2: 2>3>2']],
    ['a way into a loop', { 2: [3], 3: [4], 4: [3] }, ['2>3>4: 3>4>3', '3>4: 3>4>3', '4>3: 3>4>3']],
    ['a nesting that is deep enough', { 2: [3], 3: [4], 4: [5], 5: [] }, []],
    ['a nesting that is too deep', { 2: [3], 3: [4], 4: [5], 5: [6], 6: [] }, ['2>3>4>5: 2>3>4>5>6']],
    ['one that may go two ways', { 2: [3, 4], 3: [], 4: [2] }, ['2>4: 2>4>2', '4>2: 2>4>2']],
  ])('%s', (_, next, loops) => {
    expect(found(next)).toEqual(loops);
  });

  it('with a limit of none finds every tunnel', () => {
    expect(found({ 2: [], 3: [2] }, 0)).toEqual(['2: 2', '3: 3']);
  });

  it('ends, however many ways there are', () => {
    const all = Array.from({ length: 100 }, (_, index) => index + 2);
    const next = Object.fromEntries(all.map((tunnel) => [tunnel, all]));
    expect(findTunnelLoops(all, (tunnel) => next[tunnel] ?? [], 8).length).toBeLessThan(20_001);
  });
});

it('a cycle is the same wherever one begins', () => {
  expect([canonical([4, 2, 3, 4]), canonical([3, 4, 2, 3]), canonical([2, 3, 4, 2])]).toEqual([
    [2, 3, 4, 2],
    [2, 3, 4, 2],
    [2, 3, 4, 2],
  ]);
  expect([canonical([4, 2, 3]), isCycle([4, 2, 3]), isCycle([4]), isCycle([4, 4])]).toEqual([
    [4, 2, 3],
    false,
    false,
    true,
  ]);
});
