import { describe, expect, test } from 'vitest';
import type { NeighborView } from '../../../src/run/control/discovery-views.ts';
import type { ControlClient } from '../../../src/run/control/index.ts';
import type { ShowInterfaces } from '../../../src/run/control/requests/show-interfaces.ts';
import type { ShowNeighbors } from '../../../src/run/control/requests/show-neighbors.ts';
import type { Node } from '../../../src/state/node.ts';
import { addressOf } from '../../../src/testing/index.ts';
import { parseLinkLayer } from '../../../src/wire/ethernet.ts';
import { a, addAddress, advance } from '../../support/testbed.ts';
import { type Asked, asked, events, refusal } from './support.ts';

const ours = '02:00:00:00:00:22';
const theirs = '02:00:00:00:00:02';
const linkLayer = (text: string) => parseLinkLayer(text)!;

/** A test bed with two Ethernets more, `e` and `f`. */
const ethernets = async (): Promise<Asked & { readonly e: number; readonly f: number }> => {
  const open = await asked();
  const add = (name: string): number => {
    const spec = { name, kind: 'memory', mtu: 1500, pointToPoint: false, linkLayerAddress: linkLayer(ours) } as const;
    const { index } = open.node.interfaces.add(spec);
    for (const each of [`fd00:${name}::1/64`, 'fe80::1/64']) addAddress(open.node, index, each);
    return index;
  };
  const indices = { e: add('e'), f: add('f') };
  addAddress(open.node, indices.e, '10.0.5.1/24');
  return { ...open, ...indices };
};

/** A neighbor is heard: a solicitation came from it. */
const hear = (node: Node, index: number, address: string, linkLayerAddress = theirs): void =>
  node.neighbors.hearInformation(index, addressOf(address), linkLayer(linkLayerAddress));

const all = async (client: ControlClient, parameters: object): Promise<readonly NeighborView[][]> => {
  const pages: NeighborView[][] = [];
  let after: string | undefined;
  do {
    const cursor = after === undefined ? {} : { after };
    const page: ShowNeighbors = await client.ask('show neighbors', { ...parameters, ...cursor });
    pages.push([...page.neighbors]);
    after = page.next;
  } while (after !== undefined);
  return pages;
};

const stale = {
  linkLayerAddress: theirs,
  state: 'stale',
  router: false,
  static: false,
  held: 0,
  remaining: 86_400_000,
};

describe('show neighbors', () => {
  test('says who has which link-layer address, and how long that is believed', async () => {
    const { client, node, clock, e } = await ethernets();
    hear(node, e, 'fe80::2');
    hear(node, e, '10.0.5.2');
    node.neighbors.hearAdvertisement(e, addressOf('fe80::2'), {
      linkLayerAddress: linkLayer(theirs),
      solicited: true,
      override: true,
      isRouter: true,
    });
    node.neighbors.addStatic(e, addressOf('fd00:e::9'), linkLayer(theirs));
    advance(clock, 100);
    const { neighbors, total } = await client.ask<ShowNeighbors>('show neighbors');
    expect(total).toBe(3);
    const [router, other, fixed] = neighbors;
    expect(router).toMatchObject({ interface: 'e', address: 'fe80::2', state: 'reachable', router: true });
    expect(router?.remaining).toBeGreaterThan(14_000);
    expect(router?.remaining).toBeLessThanOrEqual(45_000);
    expect(other).toEqual({ ...stale, interface: 'e', address: '10.0.5.2', remaining: 86_399_900 });
    const { remaining: _, ...staying } = stale;
    expect(fixed).toEqual({ ...staying, interface: 'e', address: 'fd00:e::9', state: 'reachable', static: true });
  });

  test('in pages of any size, each neighbor once, whoever comes and goes meanwhile', async () => {
    const { client, node, e, f } = await ethernets();
    const names = Array.from({ length: 60 }, (_, i) => `fe80::${(i + 2).toString(16)}`);
    for (const name of names) hear(node, e, name);
    hear(node, f, 'fe80::2');
    for (const limit of [1, 7, 60, 1_000]) {
      const told = await all(client, { limit, interface: 'e' });
      expect(told.flat().map(({ address }) => address)).toEqual(names);
      expect(told.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    }
    expect((await all(client, {})).flat()).toHaveLength(61);
    const { next } = await client.ask<ShowNeighbors>('show neighbors', { limit: 30, interface: 'e' });
    node.neighbors.remove(e, addressOf('fe80::3'));
    node.neighbors.remove(e, addressOf('fe80::20'));
    hear(node, e, 'fe80::1000');
    const rest = await client.ask<ShowNeighbors>('show neighbors', { limit: 1_000, interface: 'e', after: next });
    const addresses = rest.neighbors.map(({ address }) => address);
    expect(addresses.filter((address) => address !== 'fe80::1000')).toEqual(
      names.slice(30).filter((name) => name !== 'fe80::20'),
    );
  });

  test('watched: what NUD does to them, of one interface', async () => {
    const { client, node, clock, e, f } = await ethernets();
    const watching = events(client, 'show neighbors', { interface: 'e' }, 4);
    await client.ask('show requests');
    hear(node, f, 'fe80::2');
    hear(node, e, 'fe80::2');
    node.neighbors.confirm(e, addressOf('fe80::2'));
    advance(clock, 45_100);
    node.neighbors.remove(e, addressOf('fe80::2'));
    const seen = (await watching) as { type: string; value: NeighborView }[];
    expect(seen.map(({ type, value }) => [type, value.interface, value.state])).toEqual([
      ['added', 'e', 'stale'],
      ['updated', 'e', 'reachable'],
      ['updated', 'e', 'stale'],
      ['removed', 'e', 'stale'],
    ]);
    expect(seen[0]?.value).toEqual({ ...stale, interface: 'e', address: 'fe80::2' });
  });

  test.each([
    [{ after: 'x' }, 'badParameters: umigame: after: "x" is not the "next" of another page'],
    [{ after: '-1' }, 'badParameters: umigame: after: "-1" is not the "next" of another page'],
    [{ limit: 0 }, 'badParameters: umigame: limit: 0 is too small; allowed: 1 to 1000'],
    [{ interface: 'x' }, 'notFound: umigame: there is no interface "x"; there are lo0, a, b, p, e, f'],
  ])('refuses %j', async (parameters, sentence) => {
    const { client } = await ethernets();
    expect(await refusal(client.ask('show neighbors', parameters))).toBe(sentence);
  });
});

test('show interfaces: on Ethernet, with the link-layer address and the times of the neighbor cache', async () => {
  const { client, node, e } = await ethernets();
  node.neighbors.configure(e, { reachableTime: 10_000, retransTimer: 250 });
  const { interfaces } = await client.ask<ShowInterfaces>('show interfaces', { interface: 'e' });
  const [{ linkLayerAddress, neighborDiscovery } = {}] = interfaces;
  expect(linkLayerAddress).toBe(ours);
  expect(neighborDiscovery).toMatchObject({ baseReachableTime: 10_000, retransTimer: 250 });
  expect(neighborDiscovery?.reachableTime).toBeGreaterThanOrEqual(5_000);
  expect(neighborDiscovery?.reachableTime).toBeLessThanOrEqual(15_000);
  const [bare] = (await client.ask<ShowInterfaces>('show interfaces', { interface: 'a' })).interfaces;
  expect(bare).not.toHaveProperty('neighborDiscovery');
  expect(bare).not.toHaveProperty('linkLayerAddress');
});

describe('neighbor add', () => {
  test.each([
    [{ address: 'fe80::9%e' }, 'e', 'fe80::9'],
    [{ address: 'fe80::9', interface: 'f' }, 'f', 'fe80::9'],
    [{ address: 'fd00:e::9' }, 'e', 'fd00:e::9'],
    [{ address: 'fd00:e::9', interface: 'e' }, 'e', 'fd00:e::9'],
    [{ address: '10.0.5.9' }, 'e', '10.0.5.9'],
    // The same link-local address may be ours on one link and a neighbor's on another.
    [{ address: 'fe80::a1%e' }, 'e', 'fe80::a1'],
  ])('%j', async (parameters, name, address) => {
    const { client, node } = await ethernets();
    const answer = await client.ask('neighbor add', { ...parameters, linkLayerAddress: theirs });
    const { remaining: _, ...staying } = stale;
    const neighbor = { ...staying, interface: name, address, state: 'reachable', static: true };
    expect(answer).toEqual({ neighbor });
    const index = node.interfaces.byName(name)?.index ?? 0;
    expect(node.neighbors.get(index, addressOf(address))).toMatchObject({ isStatic: true, state: 'reachable' });
    hear(node, index, address, '02:00:00:00:00:66');
    expect((await client.ask<ShowNeighbors>('show neighbors')).neighbors).toEqual([neighbor]);
  });

  test('takes the place of what was learnt, and of what was written', async () => {
    const { client, node, e } = await ethernets();
    hear(node, e, 'fe80::2');
    for (const linkLayerAddress of [theirs, '02:00:00:00:00:03']) {
      const answer = await client.ask('neighbor add', { address: 'fe80::2%e', linkLayerAddress });
      expect(answer).toMatchObject({ neighbor: { linkLayerAddress, static: true } });
    }
    expect(node.neighbors.size).toBe(1);
  });

  const example = 'allowed: six pairs of hexadecimal digits, such as "02:00:00:00:00:22"';
  const badParameters = 'badParameters: umigame:';
  const refused = 'refused: umigame:';
  test.each([
    [{}, /^badParameters: umigame: address: missing; allowed: the unicast address of a neighbor, such as "fd00:b::2"/],
    [{ address: 'ff02::1', linkLayerAddress: theirs }, `${badParameters} address: "ff02::1" is a multicast address;`],
    [{ address: '::', linkLayerAddress: theirs }, `${badParameters} address: "::" is the unspecified address;`],
    [{ address: 'fe80::2%e' }, `${badParameters} linkLayerAddress: missing; ${example}`],
    [
      { address: 'fe80::2%e', linkLayerAddress: '33:33:00:00:00:01' },
      `${badParameters} linkLayerAddress: "33:33:00:00:00:01" is the address of a group, for its first byte is odd; ${example}`,
    ],
    [
      { address: 'fe80::2%e', linkLayerAddress: 'ff:ff:ff:ff:ff:ff' },
      `${badParameters} linkLayerAddress: "ff:ff:ff:ff:ff:ff" is the address of a group`,
    ],
    [
      { address: 'fe80::2%e', linkLayerAddress: '00:00:00:00:00:00' },
      `${badParameters} linkLayerAddress: "00:00:00:00:00:00" is no address of a node`,
    ],
    [
      { address: 'fe80::2%e', linkLayerAddress: ours },
      `${refused} linkLayerAddress: this is the router's own on e; allowed: that of a neighbor`,
    ],
    [
      { address: 'fe80::2', linkLayerAddress: theirs },
      `${refused} address: fe80::2 is link-local and may be on any link; name the interface: "fe80::2%NAME", or with "interface"`,
    ],
    [
      { address: 'fe80::2%e', interface: 'f', linkLayerAddress: theirs },
      `${refused} address: "e" and "f" are two interfaces; allowed: one`,
    ],
    [
      { address: 'fe80::2%x', linkLayerAddress: theirs },
      'notFound: umigame: there is no interface "x"; there are lo0, a, b, p, e, f',
    ],
    [
      { address: 'fd00:e::1', linkLayerAddress: theirs },
      `${refused} address: fd00:e::1 is the router's own address on e; allowed: the address of a neighbor`,
    ],
    [
      { address: 'fe80::1%e', linkLayerAddress: theirs },
      `${refused} address: fe80::1 is the router's own address on e;`,
    ],
    [
      { address: '2001:db8::1', linkLayerAddress: theirs }, // behind a router
      `${refused} address: 2001:db8::1 is on no link of this router; allowed: a link-local address, or one that a route without next hop leads to`,
    ],
    [
      { address: '2001:db8:dead::1', linkLayerAddress: theirs },
      `${refused} address: 2001:db8:dead::1 is on no link of`,
    ],
    [{ address: '10.0.5.255', linkLayerAddress: theirs }, `${refused} address: 10.0.5.255 is on no link of`],
    [
      { address: 'fd00:f::2', interface: 'e', linkLayerAddress: theirs },
      `${refused} address: fd00:f::2 is not on the link of e but of f`,
    ],
    [
      { address: 'fd00:a::2', linkLayerAddress: theirs },
      `${refused} a is no Ethernet: its neighbors need no link-layer addresses`,
    ],
    [
      { address: 'fe80::2', interface: 'lo0', linkLayerAddress: theirs },
      `${refused} lo0 is no Ethernet: its neighbors need no link-layer addresses`,
    ],
  ])('refuses %j', async (parameters, sentence) => {
    const { client, node } = await ethernets();
    expect(await refusal(client.ask('neighbor add', parameters))).toMatch(sentence);
    expect(node.neighbors.size).toBe(0);
  });

  test('refuses on an interface that is down, and when there is no room', async () => {
    const { client, node, e, f } = await ethernets();
    node.interfaces.takeDown(f);
    const parameters = { address: 'fe80::9', linkLayerAddress: theirs };
    expect(await refusal(client.ask('neighbor add', { ...parameters, interface: 'f' }))).toBe(
      'refused: umigame: f is down: it has no neighbors',
    );
    for (let i = 0; i < node.neighbors.options.perInterface; i += 1) {
      node.neighbors.addStatic(e, { family: 6, w0: 0xfe800000 | 0, w1: 0, w2: 1, w3: i }, linkLayer(theirs));
    }
    expect(await refusal(client.ask('neighbor add', { ...parameters, interface: 'e' }))).toBe(
      'refused: umigame: there is no room for one more neighbor on e',
    );
  });
});

describe('neighbor delete', () => {
  test('forgets a neighbor, a static one too', async () => {
    const { client, node, e, f } = await ethernets();
    for (const index of [e, f]) hear(node, index, 'fe80::2');
    hear(node, e, 'fd00:e::2');
    node.neighbors.addStatic(e, addressOf('10.0.5.9'), linkLayer(theirs));
    expect(await refusal(client.ask('neighbor delete', { address: 'fe80::2' }))).toBe(
      'refused: umigame: there is a neighbor fe80::2 on each of e, f; name the interface',
    );
    const forgotten = async (parameters: object): Promise<object> => client.ask('neighbor delete', parameters);
    expect(await forgotten({ address: 'fe80::2%f' })).toMatchObject({ neighbor: { interface: 'f', state: 'stale' } });
    expect(await forgotten({ address: 'fe80::2' })).toMatchObject({ neighbor: { interface: 'e', address: 'fe80::2' } });
    expect(await forgotten({ address: 'fd00:e::2', interface: 'e' })).toMatchObject({ neighbor: { static: false } });
    expect(await forgotten({ address: '10.0.5.9' })).toMatchObject({ neighbor: { static: true } });
    expect(node.neighbors.size).toBe(0);
  });

  test.each([
    [{ address: 'fe80::2%e' }, 'notFound: umigame: there is no neighbor fe80::2 on e'],
    [{ address: 'fd00:e::2' }, 'notFound: umigame: there is no neighbor fd00:e::2'],
    [{ address: 'fe80::2%x' }, 'notFound: umigame: there is no interface "x"; there are lo0, a, b, p, e, f'],
    [{ address: 'x' }, /^badParameters: umigame: address: "x" is not allowed here; allowed: the unicast address/],
    [
      { address: 'fe80::2%e', interface: 'f' },
      'refused: umigame: address: "e" and "f" are two interfaces; allowed: one',
    ],
  ])('refuses %j', async (parameters, sentence) => {
    const { client } = await ethernets();
    expect(await refusal(client.ask('neighbor delete', parameters))).toMatch(sentence);
  });
});

test('neighbor flush: forgets those of one interface or all, except static ones', async () => {
  const { client, node, e, f } = await ethernets();
  for (const index of [e, f]) {
    for (const address of ['fe80::2', 'fe80::3']) hear(node, index, address);
    node.neighbors.addStatic(index, addressOf('fe80::9'), linkLayer(theirs));
  }
  hear(node, e, '10.0.5.2');
  expect(await client.ask('neighbor flush', { interface: 'e' })).toEqual({ forgotten: 3, kept: 1 });
  expect([node.neighbors.count(e), node.neighbors.count(f)]).toEqual([1, 3]);
  expect(await client.ask('neighbor flush')).toEqual({ forgotten: 2, kept: 2 });
  expect(await client.ask('neighbor flush', { interface: 'a' })).toEqual({ forgotten: 0, kept: 0 });
  expect(node.neighbors.count(a)).toBe(0);
  expect(await refusal(client.ask('neighbor flush', { interface: 'x' }))).toMatch('notFound: umigame: there is no');
});
