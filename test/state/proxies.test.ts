import { describe, expect, it } from 'vitest';
import { Memberships } from '../../src/state/memberships.ts';
import { Proxies } from '../../src/state/proxies.ts';
import { addressOf } from '../../src/testing/index.ts';
import { solicitedNode, writeAddress } from '../../src/wire/address.ts';
import { a, b, testbed } from '../support/testbed.ts';

const address = addressOf('2001:db8:a::99');
const group = new DataView(new ArrayBuffer(16));
writeAddress(group, 0, solicitedNode(address));

describe('Proxies', () => {
  it('join the solicited-node group, and leave it', () => {
    const memberships = new Memberships({ seed: 1 });
    const proxies = new Proxies(memberships);
    const seen: string[] = [];
    proxies.changes$.subscribe({ next: ({ type }) => seen.push(type), complete: () => seen.push('complete') });
    expect([proxies.add(2, address), proxies.add(2, address), proxies.add(3, addressOf('10.0.1.9'))]).toEqual([
      true,
      false,
      true,
    ]);
    expect([proxies.has(2, address), proxies.has(3, address), memberships.has6(2, group, 0)]).toEqual([
      true,
      false,
      true,
    ]);
    expect([proxies.list().length, proxies.list(2)]).toEqual([2, [{ interfaceIndex: 2, address }]]);
    expect([proxies.remove(2, address), proxies.remove(2, address), memberships.has6(2, group, 0)]).toEqual([
      true,
      false,
      false,
    ]);
    proxies.close();
    expect(seen).toEqual(['added', 'added', 'removed', 'complete']);
  });

  it('are so many', () => {
    const proxies = new Proxies(new Memberships({ seed: 1 }), { limit: 1 });
    proxies.add(2, address);
    expect(() => proxies.add(3, address)).toThrow('umigame: no more than 1 proxied addresses');
  });

  it('go with their interface', () => {
    const { node } = testbed();
    node.proxies.add(a, address);
    node.proxies.add(b, address);
    node.neighbors.hearInformation(a, address, { high: 2, low: 1 });
    node.interfaces.remove(a);
    expect([node.proxies.list(), node.neighbors.size]).toEqual([[{ interfaceIndex: b, address }], 0]);
  });
});

it('neighbors go when their interface goes down, and not when it changes otherwise', () => {
  const { node } = testbed();
  node.neighbors.hearInformation(a, address, { high: 2, low: 1 });
  node.interfaces.resize(a, 1_400);
  expect(node.neighbors.size).toBe(1);
  node.interfaces.takeDown(a);
  expect(node.neighbors.size).toBe(0);
});
