import { describe, expect, test } from 'vitest';
import { Drop } from '../../../src/packet/index.ts';
import { ControlClient, ControlError } from '../../../src/run/control/index.ts';
import type { RouteChanged } from '../../../src/run/control/requests/route-add.ts';
import type { SetkeyAnswer } from '../../../src/run/control/requests/setkey.ts';
import type { ShowAddresses } from '../../../src/run/control/requests/show-addresses.ts';
import type { ShowInterfaces } from '../../../src/run/control/requests/show-interfaces.ts';
import type { ShowRequests } from '../../../src/run/control/requests/show-requests.ts';
import type { ShowRoutes } from '../../../src/run/control/requests/show-routes.ts';
import type { ShowStats } from '../../../src/run/control/requests/show-stats.ts';
import type { RouteView } from '../../../src/run/control/views.ts';
import { counterNames } from '../../../src/state/counters.ts';
import { formatPrefix, type IpAddress, writeAddress } from '../../../src/wire/address.ts';
import { a, addAddress, b, prefixFrom } from '../../support/testbed.ts';
import { type Opened, opened } from './support.ts';

interface Asked extends Opened {
  readonly client: ControlClient;
}

const asked = async (): Promise<Asked> => {
  const open = await opened();
  return { ...open, client: await ControlClient.open(open.path) };
};

/** The sentence with which a request is refused, behind its code. */
const refusal = async (answer: Promise<unknown>): Promise<string> => {
  try {
    await answer;
  } catch (error) {
    if (error instanceof ControlError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('the request was answered');
};

const viewOf = (address: IpAddress): DataView => {
  const view = new DataView(new ArrayBuffer(16));
  writeAddress(view, 0, address);
  return view;
};

/** Collects events until there are enough. */
const events = (client: ControlClient, request: string, parameters: object, count: number): Promise<unknown[]> =>
  new Promise((resolve, reject) => {
    const seen: unknown[] = [];
    const watching = client.watch(request, parameters).subscribe({
      next: (event) => {
        seen.push(event);
        if (seen.length < count) return;
        watching.unsubscribe();
        resolve(seen);
      },
      error: reject,
    });
  });

test('show requests: what can be asked', async () => {
  const { client } = await asked();
  const { protocol, requests } = await client.ask<ShowRequests>('show requests');
  expect(protocol).toBe(1);
  expect(requests.map(({ name, watchable, parameters }) => [name, watchable, parameters])).toEqual([
    ['show stats', true, ['interface', 'period']],
    ['show interfaces', true, ['interface']],
    ['show addresses', true, ['interface']],
    ['show routes', true, ['interface', 'family', 'limit', 'after']],
    ['route get', false, ['to']],
    ['route add', false, ['to', 'via', 'dev', 'metric', 'reject', 'blackhole']],
    ['route delete', false, ['to', 'via', 'dev', 'metric']],
    ['setkey', false, ['text']],
    ['show sas', true, []],
    ['show policies', true, []],
    ['key events', true, []],
    ['show requests', false, []],
  ]);
});

describe('show stats', () => {
  test('has every counter of RFC 4293, by IP version and by interface, and the balance', async () => {
    const { client, node, clock } = await asked();
    const { counters } = node;
    for (const [column, name] of counterNames.entries()) {
      counters.add(a, 6, column, column + 1);
      counters.add(b, 4, column, 100 + column);
      expect(counters.get(a, name, 6)).toBe(column + 1);
    }
    counters.refused(b, 4, Drop.noRoute);
    counters.refused(a, 0, Drop.unknownVersion);
    counters.icmp.received(6, 128);
    counters.icmp.sent(6, 129);
    counters.icmp.sent(6, 3);
    counters.icmp.receivedBad(4);
    counters.icmp.notSent(6);
    counters.icmp.suppressed(a, 4);
    clock.frame = 5_000;
    const stats = await client.ask<ShowStats>('show stats');
    expect(stats).toMatchObject({ since: 0, at: 5_000, packets: { received: 0, refused: 2, held: -2 } });
    expect(stats.ipSystemStats.ipv6).toEqual(
      Object.fromEntries(counterNames.map((name, column) => [name, column + 1])),
    );
    expect(stats.ipSystemStats.ipv4.inReceives).toBe(100);
    expect(stats.ipSystemStats.unknown.inHdrErrors).toBe(1);
    expect(Object.keys(stats.interfaces)).toEqual(['lo0', 'a', 'b', 'p']);
    expect(stats.interfaces.a?.index).toBe(a);
    expect(stats.interfaces.a?.ipIfStats.ipv6).toEqual(stats.ipSystemStats.ipv6);
    expect(stats.interfaces.a?.ipIfStats.ipv4.inReceives).toBe(0);
    expect(stats.refusals).toEqual({ ipv6: {}, ipv4: { noRoute: 1 }, unknown: { unknownVersion: 1 } });
    expect(stats.interfaces.b?.refusals).toEqual({ ipv6: {}, ipv4: { noRoute: 1 }, unknown: {} });
    const none = { inMsgs: 0, inErrors: 0, outMsgs: 0, outErrors: 0, outRateLimited: 0 };
    expect(stats.icmpStats).toEqual({
      ipv6: { ...none, inMsgs: 1, outMsgs: 2, outErrors: 1 },
      ipv4: { ...none, inErrors: 1, outRateLimited: 1 },
    });
    expect(stats.icmpMsgStats.ipv6).toEqual([
      { type: 3, inPkts: 0, outPkts: 1 },
      { type: 128, inPkts: 1, outPkts: 0 },
      { type: 129, inPkts: 0, outPkts: 1 },
    ]);
  });

  test('of one interface, or of none that there is', async () => {
    const { client } = await asked();
    const { interfaces } = await client.ask<ShowStats>('show stats', { interface: 'b' });
    expect(Object.keys(interfaces)).toEqual(['b']);
    expect(await refusal(client.ask('show stats', { interface: 'c' }))).toBe(
      'notFound: umigame: there is no interface "c"; there are lo0, a, b, p',
    );
  });

  test('once a period, in the time of the router', async () => {
    const { client, node, clock } = await asked();
    const watching = events(client, 'show stats', { period: 200, interface: 'a' }, 2);
    await client.ask('show requests');
    node.counters.received(a, 6, 100);
    clock.maxFrames = 450;
    clock.flush();
    const seen = (await watching) as ShowStats[];
    expect(seen.map(({ at, packets }) => [at, packets.received])).toEqual([
      [200, 1],
      [400, 1],
    ]);
  });

  test.each([
    [99, 'badParameters: umigame: period: 99 is too small; allowed: 100 to 3600000'],
    [1.5, 'badParameters: umigame: period: 1.5 is not allowed here; allowed: a whole number, 100 to 3600000'],
  ])('not once in %d ms', async (period, sentence) => {
    const { client } = await asked();
    expect(await refusal(client.ask('show stats', { period }))).toBe(sentence);
  });
});

test('show interfaces: with addresses and traffic; watched: what changes', async () => {
  const { client, node } = await asked();
  node.counters.received(b, 6, 100);
  node.counters.sent(b, 4, 50);
  node.counters.refused(b, 6, Drop.noRoute);
  const { interfaces } = await client.ask<ShowInterfaces>('show interfaces');
  expect(interfaces.map(({ name }) => name)).toEqual(['lo0', 'a', 'b', 'p']);
  const shown = {
    index: b,
    name: 'b',
    kind: 'memory',
    up: true,
    mtu: 1400,
    pointToPoint: false,
    addresses: ['fd00:b::1/64', 'fe80::b1/64', '10.0.2.1/24'],
    inReceives: 1,
    inOctets: 100,
    outTransmits: 1,
    outOctets: 50,
    refused: 1,
  };
  expect(interfaces[2]).toEqual(shown);
  expect(await client.ask('show interfaces', { interface: 'b' })).toEqual({ interfaces: [shown] });
  const watching = events(client, 'show interfaces', { interface: 'b' }, 1);
  await client.ask('show requests');
  node.interfaces.takeDown(a);
  node.interfaces.takeDown(b);
  expect(await watching).toEqual([{ type: 'updated', value: { ...shown, up: false } }]);
});

test('show addresses: with scope and flags; watched: what changes', async () => {
  const { client, node } = await asked();
  addAddress(node, a, 'fd00:a::5/64', 0x02 | 0x40);
  const { addresses } = await client.ask<ShowAddresses>('show addresses', { interface: 'a' });
  expect(addresses).toEqual([
    { interface: 'a', address: 'fd00:a::1', prefixLength: 64, scope: 'global', flags: [] },
    { interface: 'a', address: 'fe80::a1', prefixLength: 64, scope: 'link', flags: [] },
    { interface: 'a', address: '10.0.1.1', prefixLength: 24, scope: 'global', flags: [] },
    { interface: 'a', address: 'fd00:a::5', prefixLength: 64, scope: 'global', flags: ['tentative', 'autoconfigured'] },
  ]);
  expect((await client.ask<ShowAddresses>('show addresses')).addresses.length).toBeGreaterThan(addresses.length);
  const watching = events(client, 'show addresses', { interface: 'a' }, 2);
  await client.ask('show requests');
  addAddress(node, b, 'fd00:b::5/64');
  node.addresses.mark(a, prefixFrom('fd00:a::5/128').address, 0, 0x02);
  node.addresses.remove(a, prefixFrom('fd00:a::5/128').address);
  const value = { ...addresses[3], flags: ['autoconfigured'] };
  expect(await watching).toEqual([
    { type: 'updated', value },
    { type: 'removed', value },
  ]);
});

/** All routes, page by page; and the pages. */
const pages = async (client: ControlClient, parameters: object): Promise<readonly RouteView[][]> => {
  const all: RouteView[][] = [];
  let after: string | undefined;
  do {
    const page: ShowRoutes = await client.ask('show routes', {
      ...parameters,
      ...(after === undefined ? {} : { after }),
    });
    all.push([...page.routes]);
    after = page.next;
  } while (after !== undefined);
  return all;
};

describe('show routes', () => {
  test('says where each leads, what it is, and whether it is in use', async () => {
    const { client, node } = await asked();
    node.routes.add({ to: prefixFrom('2001:db8::/32'), interfaceIndex: 4, metric: 10 });
    const { routes, total } = await client.ask<ShowRoutes>('show routes');
    expect(total).toBe(node.routes.size);
    const find = (to: string): unknown[] => routes.filter((route) => route.to === to);
    const plain = { metric: 0, active: true };
    expect(find('2001:db8::/32')).toEqual([
      { ...plain, to: '2001:db8::/32', action: 'forward', via: 'fd00:b::2', dev: 'b', flags: ['gateway'] },
      { to: '2001:db8::/32', action: 'forward', dev: 'p', metric: 10, flags: [], active: false },
    ]);
    expect(find('fd00:a::/64')).toEqual([
      { ...plain, to: 'fd00:a::/64', action: 'forward', dev: 'a', flags: ['connected'] },
    ]);
    expect(find('fd00:a::1/128')).toEqual([
      { ...plain, to: 'fd00:a::1/128', action: 'local', dev: 'lo0', flags: ['host', 'loopback'] },
    ]);
    expect(find('10.0.1.255/32')).toMatchObject([{ action: 'broadcast', dev: 'a' }]);
    expect(find('198.51.100.0/24')).toEqual([{ ...plain, to: '198.51.100.0/24', action: 'reject', flags: ['reject'] }]);
    expect(find('2001:db8:b1ac::/48')).toMatchObject([{ action: 'blackhole' }]);
  });

  test('in pages of any size, each route once and in order, several to one prefix among them', async () => {
    const { client, node } = await asked();
    for (let metric = 1; metric <= 7; metric += 1) {
      node.routes.add({ to: prefixFrom('2001:db8::/32'), interfaceIndex: b, metric });
    }
    const expected = [...node.routes.walk()].map(({ to, metric }) => `${formatPrefix(to)} ${metric}`);
    for (const limit of [1, 2, 3, 5, 1_000]) {
      const told = await pages(client, { limit });
      expect(told.flat().map(({ to, metric }) => `${to} ${metric}`)).toEqual(expected);
      expect(told.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    }
  });

  test('of one IP version or one interface', async () => {
    const { client } = await asked();
    const four = (await pages(client, { family: 4, limit: 2 })).flat();
    expect(four.length).toBeGreaterThan(4);
    expect(four.every(({ to }) => !to.includes(':'))).toBe(true);
    const onB = (await pages(client, { interface: 'b', limit: 1 })).flat();
    expect(onB.length).toBeGreaterThan(3);
    expect(onB.every(({ dev }) => dev === 'b')).toBe(true);
  });

  test('goes on behind a prefix that has gone meanwhile', async () => {
    const { client, node } = await asked();
    const first = await client.ask<ShowRoutes>('show routes', { limit: 3, family: 6 });
    const last = first.routes.at(-1)?.to ?? '';
    expect(first.next).toBe(`${last}+1`);
    node.routes.delete(prefixFrom(last));
    const rest = await client.ask<ShowRoutes>('show routes', { limit: 1_000, family: 6, after: first.next });
    expect(rest.routes.map(({ to }) => to)).toEqual(
      [...node.routes.walk(6)].slice(2).map(({ to }) => formatPrefix(to)),
    );
  });

  test('looks at so many routes for a page, and no more', async () => {
    const { client, node } = await asked();
    for (let i = 0; i < 25_000; i += 1) {
      node.routes.add({
        to: { address: { family: 6, w0: 0x30000000, w1: i, w2: 0, w3: 0 }, length: 64 },
        interfaceIndex: a,
      });
    }
    node.routes.add({ to: prefixFrom('4000::/8'), interfaceIndex: b });
    const told = await pages(client, { interface: 'b', family: 6 });
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told.at(-1)?.map(({ to }) => to)).toContain('4000::/8');
    expect(told.flat().every(({ dev }) => dev === 'b')).toBe(true);
  });

  test.each([
    [{ after: 'x' }, 'badParameters: umigame: after: "x" is not the "next" of another page'],
    [{ after: '::/0+-1' }, 'badParameters: umigame: after: "::/0+-1" is not the "next" of another page'],
    [{ limit: 1_001 }, 'badParameters: umigame: limit: 1001 is too large; allowed: 1 to 1000'],
    [{ family: 5 }, 'badParameters: umigame: family: 5 is not allowed here; allowed: 4 or 6'],
  ])('refuses %j', async (parameters, sentence) => {
    const { client } = await asked();
    expect(await refusal(client.ask('show routes', parameters))).toBe(sentence);
  });

  test('watched: what changes, of one IP version or interface', async () => {
    const { client, node } = await asked();
    const watching = events(client, 'show routes', { family: 6, interface: 'b' }, 2);
    await client.ask('show requests');
    node.routes.add({ to: prefixFrom('10.9.0.0/16'), interfaceIndex: b });
    node.routes.add({ to: prefixFrom('3000::/16'), interfaceIndex: a });
    node.routes.add({ to: prefixFrom('3001::/16'), interfaceIndex: b });
    node.routes.delete(prefixFrom('3001::/16'));
    const value = { to: '3001::/16', action: 'forward', dev: 'b', metric: 0, flags: [], active: true };
    expect(await watching).toEqual([
      { type: 'added', value },
      { type: 'removed', value },
    ]);
  });
});

test.each([
  ['2001:db8::1', { to: '2001:db8::/32', via: 'fd00:b::2' }],
  ['10.0.1.1', { to: '10.0.1.1/32', action: 'local' }],
  ['8.8.8.8', 'notFound: umigame: no route leads to 8.8.8.8'],
  [
    'fe80::1%a',
    'badParameters: umigame: to: "fe80::1%a" is not allowed here; allowed: an address, such as "2001:db8::1" or "192.0.2.1"',
  ],
])('route get %s', async (to, expected) => {
  const { client } = await asked();
  if (typeof expected === 'string') expect(await refusal(client.ask('route get', { to }))).toBe(expected);
  else expect(await client.ask('route get', { to })).toMatchObject({ route: expected });
});

describe('route add', () => {
  test('adds what a configuration could say', async () => {
    const { client, node } = await asked();
    const { route } = await client.ask<RouteChanged>('route add', { to: '3000::/16', via: 'fd00:b::2', metric: 5 });
    expect(route).toMatchObject({ to: '3000::/16', via: 'fd00:b::2', dev: 'b', metric: 5, action: 'forward' });
    await client.ask('route add', { to: '3001::/16', via: 'fe80::2', dev: 'a' });
    const zoned = await client.ask<RouteChanged>('route add', { to: '3004::/16', via: 'fe80::3%a' });
    expect(zoned.route).toMatchObject({ via: 'fe80::3%a', dev: 'a' });
    await client.ask('route add', { to: '3002::/16', dev: 'p' });
    await client.ask('route add', { to: '3003::/16', reject: true });
    await client.ask('route add', { to: '192.168.0.0/16', blackhole: true });
    await client.ask('route add', { to: '::/0', via: 'fd00:a::2' });
    const actions = ['3000::/16', '3001::/16', '3002::/16', '3003::/16', '192.168.0.0/16', '::/0'].map(
      (to) => node.routes.get(prefixFrom(to))?.interfaceIndex,
    );
    expect(actions).toEqual([b, a, 4, 1, 1, a]);
  });

  const exists = 'a route to 2001:db8::/32 by interface 3 via fd00:b::2 with metric 0 exists already';
  test.each([
    [{}, 'badParameters: umigame: to: missing; allowed: a prefix, such as "2001:db8::/32", "::/0" or "10.0.0.0/8"'],
    [
      { to: '3000::1/16', dev: 'a' },
      'badParameters: umigame: to: "3000::1/16" has bits set behind its length; did you mean "3000::/16"?',
    ],
    [
      { to: '3000::/16' },
      'refused: umigame: leads nowhere; allowed: "via", "dev", "reject": true or "blackhole": true',
    ],
    [{ to: '3000::/16', dev: 'c' }, 'refused: umigame: dev: there is no interface "c"; allowed: a, b, p'],
    [{ to: '3000::/16', dev: 'lo0' }, 'refused: umigame: dev: there is no interface "lo0"; allowed: a, b, p'],
    [{ to: '3000::/16', via: '3001::1' }, /^refused: umigame: via: 3001::1 is on no link of this router; allowed: /],
    [{ to: '3000::/16', via: 'fd00:a::1' }, /^refused: umigame: via: fd00:a::1 is the router's own address on a;/],
    [
      { to: '3000::/16', via: '10.0.1.2' },
      /^refused: umigame: via: 10.0.1.2 is an IPv4 next hop for an IPv6 destination/,
    ],
    [{ to: '2001:db8::/32', via: 'fd00:b::2' }, `refused: umigame: ${exists}`],
    [
      { to: 'fd00:a::1/128', reject: true },
      "refused: umigame: the route to fd00:a::1/128 follows from an address of the router; it can't be replaced",
    ],
  ])('refuses %j', async (parameters, sentence) => {
    const { client, node } = await asked();
    const before = node.routes.size;
    expect(await refusal(client.ask('route add', parameters))).toMatch(sentence);
    expect(node.routes.size).toBe(before);
  });
});

describe('route delete', () => {
  test('deletes the first by metric, or the one that is meant', async () => {
    const { client, node } = await asked();
    const to = '3000::/16';
    for (const [dev, metric] of [
      ['a', 5],
      ['b', 6],
      ['p', 7],
    ] as const) {
      await client.ask('route add', { to, dev, metric });
    }
    const left = (): unknown[] =>
      [...node.routes.walk(6, prefixFrom(to))].filter((each) => each.to.length === 16).map(({ metric }) => metric);
    expect(await client.ask('route delete', { to, metric: 6 })).toMatchObject({ route: { dev: 'b', metric: 6 } });
    expect(left()).toEqual([5, 7]);
    expect(await client.ask('route delete', { to })).toMatchObject({ route: { dev: 'a', metric: 5, active: true } });
    expect(await refusal(client.ask('route delete', { to, dev: 'a' }))).toBe(
      'notFound: umigame: there is no such route to 3000::/16',
    );
    expect(await client.ask('route delete', { to, dev: 'p' })).toMatchObject({ route: { metric: 7 } });
    expect(left()).toEqual([]);
    expect(await client.ask('route delete', { to: '2001:db8::/32', via: 'fd00:b::2' })).toMatchObject({
      route: { dev: 'b' },
    });
  });

  test.each([
    [{ to: '3000::/16' }, 'notFound: umigame: there is no such route to 3000::/16'],
    [{ to: '2001:db8::/32', via: 'fd00:b::3' }, 'notFound: umigame: there is no such route to 2001:db8::/32'],
    [{ to: '2001:db8::/32', dev: 'c' }, 'notFound: umigame: there is no interface "c"; there are lo0, a, b, p'],
    [
      { to: 'fd00:a::1/128' },
      'refused: umigame: the route to fd00:a::1/128 follows from an address of the router and goes with it',
    ],
    [
      { to: 'fd00:a::/64' },
      'refused: umigame: the route to fd00:a::/64 follows from an address of the router and goes with it',
    ],
    [{ to: '10.0.1.255/32' }, /^refused: /],
    [{ to: '::/0', reject: true }, /^badParameters: umigame: unknown key "reject"/],
  ])('refuses %j', async (parameters, sentence) => {
    const { client, node } = await asked();
    const before = node.routes.size;
    expect(await refusal(client.ask('route delete', parameters))).toMatch(sentence);
    expect(node.routes.size).toBe(before);
  });
});

describe('setkey', () => {
  const key = `0x${'5a'.repeat(20)}`;
  const text = `add fd00::1 fd00::2 esp 0x1000 -E aes-gcm-16 ${key}; spdadd ::/0 ::/0 any -P out ipsec esp/transport; dump; spddump;`;

  test('adds, and shows what there is, without keys', async () => {
    const { client } = await asked();
    const answer = await client.ask<SetkeyAnswer>('setkey', { text });
    const [association] = answer.outputs[0]?.associations ?? [];
    expect(association).toMatchObject({ spi: 0x1000, source: 'fd00::1', state: 'mature', encryption: 'aes-gcm-16' });
    expect(answer.outputs[1]?.policies).toMatchObject([{ action: 'protect', requests: ['esp/transport//default'] }]);
    expect(answer.warnings.length).toBe(1);
    expect(await client.ask('show sas')).toEqual({ associations: [association] });
    expect(await client.ask('show policies')).toEqual({
      policies: answer.outputs[1]?.policies,
      warnings: answer.warnings,
    });
    expect(JSON.stringify(answer)).not.toContain('5a5a');
  });

  test('is refused whole, with line and column', async () => {
    const { client, node } = await asked();
    const broken = `${text}\n  add fd00::1 fd00::2 esp 0x1000 -E aes-gcm-16 ${key};`;
    expect(await refusal(client.ask('setkey', { text: broken }))).toBe(
      'refused: umigame: setkey: line 2, column 3: esp 0x00001000 to fd00::2 exists already',
    );
    expect([node.sadb.size, node.spd.size]).toEqual([0, 0]);
  });

  test('what is missing and what ends can be watched', async () => {
    const { client, node } = await asked();
    const seen = events(client, 'key events', {}, 2);
    const changes = events(client, 'show sas', {}, 2);
    await client.ask('setkey', { text: `add fd00::1 fd00::2 esp 256 -lh 1 -E aes-gcm-16 ${key};` });
    const [entry] = node.sadb.list();
    if (entry === undefined) throw new Error('it was not added');
    node.sadb.acquire({
      protocol: 'esp',
      mode: 'transport',
      reqid: 0,
      source: entry.source,
      destination: entry.destination,
    });
    const found = node.sadb.lookup(50, 256, 6, viewOf(entry.destination), 0);
    if (found !== undefined) node.sadb.exhaust(found);
    expect(await seen).toMatchObject([
      { type: 'acquire', value: { protocol: 'esp', source: 'fd00::1', destination: 'fd00::2' } },
      { type: 'expire', hard: true, value: { spi: 256, state: 'dead' } },
    ]);
    expect(await changes).toMatchObject([{ type: 'added' }, { type: 'removed' }]);
    expect(await refusal(client.ask('key events'))).toContain('can be watched, not asked');
  });
});
