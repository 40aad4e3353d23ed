import { describe, expect, it } from 'vitest';
import { a, b, learning } from '../support/learning.ts';

describe('autoconfigurations', () => {
  it('are as they are told, and say so', () => {
    const { node } = learning();
    const seen: string[] = [];
    node.autoconfigurations.changes$.subscribe({
      next: ({ type, value }) => seen.push(`${type} ${value.interfaceIndex} ${value.identifiers} ${value.temporary}`),
      complete: () => seen.push('complete'),
    });
    node.autoconfigurations.enable(a);
    node.autoconfigurations.enable(a, { identifiers: 'eui64' });
    node.autoconfigurations.enable(b, { temporary: true });
    expect([...node.autoconfigurations].map(({ interfaceIndex }) => interfaceIndex)).toEqual([a, b]);
    node.interfaces.remove(a);
    node.autoconfigurations.disable(b);
    node.autoconfigurations.disable(b);
    expect(node.autoconfigurations.get(b)).toBeUndefined();
    node.close();
    expect(seen).toEqual([
      'added 2 stable false',
      'updated 2 eui64 false',
      'added 3 stable true',
      'removed 2 eui64 false',
      'removed 3 stable true',
      'complete',
    ]);
  });

  it('share a secret of the node, if they have none of their own', () => {
    const { node } = learning();
    const secret = Uint8Array.of(1, 2, 3);
    node.autoconfigurations.enable(a);
    node.autoconfigurations.enable(b, { secret });
    expect(node.autoconfigurations.get(b)?.secret).toBe(secret);
    const ours = node.autoconfigurations.get(a)?.secret as Uint8Array;
    expect([ours.length, new Set(ours).size > 16]).toEqual([32, true]);
  });

  it.each([0, 1, 9])('there is none for interface %i', (index) => {
    const { node } = learning();
    expect(() => node.autoconfigurations.enable(index)).toThrow(
      `umigame: there is no interface ${index} to configure itself`,
    );
  });
});
