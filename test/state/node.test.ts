import { asyncScheduler, type Observable, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { PacketPool } from '../../src/packet/index.ts';
import { createNode } from '../../src/state/node.ts';
import { addressOf, seededRandom } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { a, addAddress, testbed } from '../support/testbed.ts';

describe('createNode', () => {
  it('takes the clock, the chance and the pool it is given', () => {
    const scheduler = new VirtualTimeScheduler();
    const pool = new PacketPool();
    const random = seededRandom(1);
    const node = createNode({ scheduler, random, pool });
    expect([node.scheduler === scheduler, node.pool === pool, node.random === random]).toEqual([true, true, true]);
    expect(createNode({ random }).scheduler).toBe(asyncScheduler);
  });

  it('joins the groups that every router joins, on every interface (RFC 4291 §2.8, RFC 1112 §7.2)', () => {
    const node = createNode({ random: seededRandom(1), interfaceLimit: 4 });
    const joined: string[] = [];
    node.memberships.changes$.subscribe(({ type, value }) => joined.push(`${type} ${formatAddress(value.group)}`));
    const { index } = node.interfaces.add({ name: 'a', kind: 'memory', mtu: 1_500, pointToPoint: false });
    const groups = ['ff01::1', 'ff02::1', 'ff01::2', 'ff02::2', 'ff05::2', '224.0.0.1', '224.0.0.2'];
    expect(joined).toEqual(groups.map((group) => `added ${group}`));
    node.interfaces.remove(index);
    expect(joined.slice(7)).toEqual(groups.map((group) => `removed ${group}`));
  });

  it('forgets the addresses of an interface that is removed, and what followed from them', () => {
    const { node } = testbed();
    const sizes = (): number[] => [node.addresses.list().length, node.addresses.list(a).length];
    expect(sizes()).toEqual([8, 3]);
    node.interfaces.remove(a);
    expect(sizes()).toEqual([5, 0]);
    expect([node.routes.lookup(addressOf('fd00:a::1')), node.routes.lookup(addressOf('10.0.1.7'))]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('has room for the groups of all its interfaces', () => {
    const node = createNode({ random: seededRandom(1), interfaceLimit: 1_024 });
    for (let i = 2; i <= 1_024; i += 1) {
      node.interfaces.add({ name: `if${i}`, kind: 'memory', mtu: 1_500, pointToPoint: false });
    }
    addAddress(node, 1_024, 'fd00::1/64');
    const view = new DataView(new ArrayBuffer(16));
    view.setUint32(0, 0xff02_0000);
    view.setUint32(12, 2);
    expect(node.memberships.has6(1_024, view, 0)).toBe(true);
  });

  it('ends every stream of changes when closed, once', () => {
    const { node } = testbed();
    const ended: string[] = [];
    for (const name of ['interfaces', 'addresses', 'routes', 'memberships'] as const) {
      const changes$: Observable<unknown> = node[name].changes$;
      changes$.subscribe({ complete: () => ended.push(name) });
    }
    node.close();
    node.close();
    expect(ended).toEqual(['interfaces', 'addresses', 'routes', 'memberships']);
  });

  it('repeats itself when chance does', () => {
    const draw = (): number => createNode({ random: seededRandom(9), interfaceLimit: 2 }).random();
    expect(draw()).toBe(draw());
  });
});
