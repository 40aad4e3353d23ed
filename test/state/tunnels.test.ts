import { describe, expect, it } from 'vitest';
import type { Interface } from '../../src/state/interfaces.ts';
import { TunnelDispatch, type TunnelEntrance } from '../../src/state/tunnel-dispatch.ts';
import { addressOf, bytesOf, ipv4, ipv6, payload } from '../../src/testing/index.ts';
import { b, prefixFrom, testbed } from '../support/testbed.ts';
import { addTunnel, namesOn } from '../support/tunnels.ts';

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer);

describe('TunnelDispatch', () => {
  const entrance = (local: string, remote: string, more: Partial<TunnelEntrance> = {}): TunnelEntrance => ({
    protocol: 41,
    discriminator: 0,
    local: addressOf(local),
    remote: prefixFrom(remote),
    ...more,
  });
  const dispatch = (): TunnelDispatch => {
    const table = new TunnelDispatch({ limit: 8, seed: 3 });
    table.add(2, entrance('10.0.0.1', '10.0.0.2/32'));
    table.add(3, entrance('10.0.0.1', '10.0.0.0/8'));
    table.add(4, entrance('10.0.0.1', '0.0.0.0/0'));
    table.add(5, entrance('10.0.0.1', '10.0.0.2/32', { protocol: 47, discriminator: 7 }));
    table.add(6, entrance('fd00::1', 'fd00::2/128'));
    table.add(7, entrance('fd00::1', '2001:db8::/33'));
    return table;
  };
  const four = (source: string, destination = '10.0.0.1'): DataView => viewOf(bytesOf(ipv4({ source, destination })));
  const six = (source: string): DataView => viewOf(bytesOf(ipv6({ source, destination: 'fd00::1' }), payload(0)));

  it.each([
    ['10.0.0.2', 2, 'this one exactly'],
    ['10.9.9.9', 3, 'one of a network'],
    ['192.0.2.1', 4, 'anyone'],
  ])('IPv4 from %s: the longest match is %i, %s', (source, tunnel) => {
    expect(dispatch().find4(four(source), 0, 41, 0)).toBe(tunnel);
  });

  it('tells protocols, keys and destinations apart', () => {
    const table = dispatch();
    expect(table.find4(four('10.0.0.2'), 0, 47, 7)).toBe(5);
    expect(table.find4(four('10.0.0.2'), 0, 47, 8)).toBe(0);
    expect(table.find4(four('10.0.0.2'), 0, 4, 0)).toBe(0);
    expect(table.find4(four('10.0.0.2', '10.0.0.9'), 0, 41, 0)).toBe(0);
  });

  it.each([
    ['fd00::2', 6],
    ['2001:db8:7fff::1', 7],
    ['2001:db8:8000::1', 0],
  ])('IPv6 from %s: %i', (source, tunnel) => {
    expect(dispatch().find6(six(source), 0, 41, 0)).toBe(tunnel);
  });

  it('forgets, and asks for no length that no one has', () => {
    const table = dispatch();
    table.remove(entrance('10.0.0.1', '10.0.0.2/32'));
    expect(table.find4(four('10.0.0.2'), 0, 41, 0)).toBe(3);
    table.remove(entrance('10.0.0.1', '10.0.0.0/8'));
    expect(table.find4(four('10.0.0.2'), 0, 41, 0)).toBe(4);
    expect([table.add(9, entrance('10.0.0.1', '0.0.0.0/0')), table.ownerOf(entrance('10.0.0.1', '0.0.0.0/0'))]).toEqual(
      [false, 4],
    );
  });

  it('is bounded', () => {
    const table = new TunnelDispatch({ limit: 1, seed: 3 });
    expect(table.add(2, entrance('10.0.0.1', '10.0.0.2/32'))).toBe(true);
    expect(table.add(3, entrance('10.0.0.1', '10.0.0.3/32'))).toBe(false);
  });
});

describe('node.tunnels', () => {
  it('refuses what can not be', () => {
    const { node } = testbed();
    const ends = { local: '10.0.2.1', remote: '10.0.2.2' };
    const first = addTunnel(node, 'first', ends);
    expect(() => addTunnel(node, 'same', ends)).toThrow('there is a tunnel between 10.0.2.1 and 10.0.2.2 already');
    const parameters = { kind: 'gif', local: addressOf('10.0.2.1'), remote: addressOf('fd00::1') } as const;
    expect(() => node.tunnels.add({ ...parameters, interfaceIndex: first.index })).toThrow('is a tunnel already');
    expect(() => node.tunnels.add({ ...parameters, interfaceIndex: b })).toThrow('of two IP versions');
    expect(() => addTunnel(node, 'six', { kind: 'stf', local: 'fd00:b::1' })).toThrow('needs an IPv4 address');
  });

  it('goes with its interface, and is told', () => {
    const { node } = testbed();
    const told: string[] = [];
    node.tunnels.changes$.subscribe(({ type, value }) => told.push(`${type} ${value.kind}`));
    const { index } = addTunnel(node, 'gif0', { local: '10.0.2.1', remote: '10.0.2.2' });
    expect(node.tunnels.table.protocols[41]).toBe(1);
    node.interfaces.remove(index);
    expect([told, node.tunnels.size, node.tunnels.table.protocols[41]]).toEqual([['added gif', 'removed gif'], 0, 0]);
    expect(node.tunnels.remove(index)).toBe(false);
    addTunnel(node, 'gif1', { local: '10.0.2.1', remote: '10.0.2.2' });
  });
});

describe('the MTU of a tunnel', () => {
  const mtuOf = (node: ReturnType<typeof testbed>['node'], { index }: Interface): number =>
    node.interfaces.table.mtu[index] as number;

  it('follows the link to the other end, its route, and what its path carries', () => {
    const { node } = testbed();
    const tunnel = addTunnel(node, 'gif0', { local: '10.0.2.1', remote: '192.0.2.9' });
    expect(mtuOf(node, tunnel)).toBe(1_380); // by b, 1,400
    node.interfaces.resize(b, 1_500);
    expect(mtuOf(node, tunnel)).toBe(1_480);
    node.routes.add({ to: prefixFrom('192.0.2.9/32'), interfaceIndex: b, via: addressOf('10.0.2.3') });
    node.pathMtus.learn4(viewOf(Uint8Array.of(192, 0, 2, 9)), 0, 1_350);
    expect([mtuOf(node, tunnel), node.tunnels.table.dontFragment[tunnel.index]]).toEqual([1_330, 1]);
    node.pathMtus.learn4(viewOf(Uint8Array.of(192, 0, 2, 9)), 0, 1_000);
    expect([mtuOf(node, tunnel), node.tunnels.table.dontFragment[tunnel.index]]).toEqual([1_280, 0]);
    node.pathMtus.forget(addressOf('192.0.2.9'));
    expect(mtuOf(node, tunnel)).toBe(1_480);
  });

  it('is smaller in a tunnel in a tunnel', () => {
    const { node } = testbed();
    const inner = addTunnel(node, 'inner', { local: 'fd00:b::1', remote: '2001:db8:7::1' });
    expect(mtuOf(node, inner)).toBe(1_352);
    const outer = addTunnel(node, 'outer', { local: '10.0.2.1', remote: '10.0.2.2', routes: ['2001:db8:7::/48'] });
    expect([mtuOf(node, outer), mtuOf(node, inner)]).toEqual([1_380, 1_332]);
  });

  it('is the least there is when the other end can not be reached, or lies behind the tunnel itself', () => {
    const { node } = testbed();
    const nowhere = addTunnel(node, 'nowhere', { local: '10.0.2.1', remote: '9.9.9.9' });
    const loop = addTunnel(node, 'loop', { local: '10.0.2.1', remote: '8.8.8.8', routes: ['8.8.8.8/32'] });
    expect([mtuOf(node, nowhere), mtuOf(node, loop)]).toEqual([1_280, 1_280]);
  });

  it('is that of the file when it says one', () => {
    const { node } = testbed();
    const fixed = addTunnel(node, 'fixed', { local: '10.0.2.1', remote: '10.0.2.2', mtu: 1_480 });
    node.interfaces.resize(b, 1_000);
    expect(mtuOf(node, fixed)).toBe(1_480);
  });
});

describe('an automatic tunnel', () => {
  it('may loop, as its packets go anywhere: it is told, and takes packets all the same', () => {
    const { node } = testbed();
    const stf = addTunnel(node, 'stf', { kind: 'stf', local: '10.0.2.1', routes: ['2002::/16'] });
    addTunnel(node, 'gif', { local: 'fd00:b::1', remote: '2002:c633:6401::1', routes: ['198.51.100.0/25'] });
    const loops = node.loops.list().map(({ path, foreseen }) => `${namesOn(node, path)} ${foreseen}`);
    expect(loops).toEqual(['stf -> gif -> stf true']);
    expect(node.tunnels.table.loop[stf.index]).toBe(0);
    node.routes.delete(prefixFrom('198.51.100.0/25'));
    expect(node.loops.list()).toEqual([]);
  });
});
