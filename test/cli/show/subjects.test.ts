import { describe, expect, test } from 'vitest';
import { plain } from '../../../src/cli/page.ts';
import { routeParameters } from '../../../src/cli/route.ts';
import { addresses } from '../../../src/cli/show/addresses.ts';
import { interfaces } from '../../../src/cli/show/interfaces.ts';
import { loops } from '../../../src/cli/show/loops.ts';
import { routeLine, routes } from '../../../src/cli/show/routes.ts';
import { tunnels } from '../../../src/cli/show/tunnels.ts';
import type { RouteView } from '../../../src/run/control/views.ts';

const page = { paint: plain, width: 100, height: Number.POSITIVE_INFINITY };

const route = (fields: Partial<RouteView>): RouteView => ({
  to: '2001:db8::/32',
  action: 'forward',
  metric: 0,
  flags: [],
  active: true,
  ...fields,
});

describe('a route is a line', () => {
  test.each([
    [route({ via: 'fd00:b::2', dev: 'umb', flags: ['gateway'] }), '2001:db8::/32 via fd00:b::2 dev umb'],
    [route({ dev: 'umb', metric: 10, active: false }), '2001:db8::/32 dev umb metric 10 (not in use)'],
    [route({ dev: 'umb', flags: ['connected'] }), '2001:db8::/32 dev umb (connected)'],
    [route({ action: 'reject', flags: ['reject'] }), '2001:db8::/32 reject'],
    [route({ action: 'blackhole', metric: 3 }), '2001:db8::/32 blackhole metric 3'],
    [route({ action: 'local', dev: 'lo0', flags: ['host', 'loopback', 'unready'] }), '2001:db8::/32 local (unready)'],
    [route({ action: 'local', dev: 'lo0', flags: ['loopback', 'anycast'] }), '2001:db8::/32 local (anycast)'],
    [route({ action: 'broadcast', dev: 'umb', flags: ['broadcast'] }), '2001:db8::/32 broadcast dev umb'],
  ])('%j', (view, line) => {
    expect(routeLine(view)).toBe(line);
  });

  test('and a change is one, too', () => {
    const value = route({ dev: 'umb' });
    expect(routes.drawEvent({ type: 'removed', value }, page, {})).toBe('removed 2001:db8::/32 dev umb');
    expect(routes.draw({ routes: [value, route({ action: 'reject' })] }, page, {})).toBe(
      '2001:db8::/32 dev umb\n2001:db8::/32 reject',
    );
  });
});

describe('the words of a route', () => {
  test.each([
    [['via', 'fd00:b::2', 'dev', 'umb'], { via: 'fd00:b::2', dev: 'umb' }],
    [['metric', '10', 'reject'], { metric: 10, reject: true }],
    [['blackhole'], { blackhole: true }],
    [['metric', 'ten'], { metric: 'ten' }], // for the router to say what is allowed
    [[], {}],
  ])('%j', (words, expected) => {
    expect(routeParameters('::/0', words)).toEqual({ to: '::/0', ...expected });
  });

  test.each([
    [['via'], 'umigame: there is no value behind "via"'],
    [['gateway', '::1'], 'umigame: "gateway" is no part of a route; known: via …, dev …, metric …, reject, blackhole'],
    [['dev', 'a', 'dev', 'b'], 'umigame: "dev" stands twice in one route'],
    [['constructor'], 'umigame: "constructor" is no part of a route; known: via …, dev …, metric …, reject, blackhole'],
    [['reject', 'reject'], 'umigame: "reject" stands twice in one route'],
  ])('%j is refused', (words, sentence) => {
    expect(() => routeParameters('::/0', words)).toThrow(sentence);
  });
});

const value = { interface: 'uma', address: 'fe80::1', prefixLength: 64, scope: 'link', flags: ['tentative'] };

test('addresses are a table, and a change a line', () => {
  expect(addresses.draw({ addresses: [value] }, page, {})).toBe(
    [
      '┌───────────┬────────────┬───────┬───────────┐',
      '│ interface │ address    │ scope │ flags     │',
      '├───────────┼────────────┼───────┼───────────┤',
      '│ uma       │ fe80::1/64 │ link  │ tentative │',
      '└───────────┴────────────┴───────┴───────────┘',
    ].join('\n'),
  );
  expect(addresses.drawEvent({ type: 'added', value }, page, {})).toBe('added fe80::1/64 dev uma tentative');
});

test('interfaces are a table, and a change a line', () => {
  const entry = {
    index: 2,
    name: 'uma',
    kind: 'tun',
    up: false,
    mtu: 1500,
    pointToPoint: true,
    addresses: ['fd00:a::1/64', '10.0.1.1/24'],
    inReceives: 1_234,
    inOctets: 5_678_901,
    outTransmits: 0,
    outOctets: 0,
    refused: 7,
  };
  expect(interfaces.draw({ interfaces: [entry] }, page, {})).toBe(
    [
      '┌───────────┬──────┬───────┬───────┬────────────┬───────────┬─────────────┬───────────┬─────────┬──────────────┐',
      '│ interface │ kind │ state │   mtu │ packets in │  bytes in │ packets out │ bytes out │ refused │ addresses    │',
      '├───────────┼──────┼───────┼───────┼────────────┼───────────┼─────────────┼───────────┼─────────┼──────────────┤',
      '│ uma       │ tun  │ down  │ 1,500 │      1,234 │ 5,678,901 │           0 │         0 │       7 │ fd00:a::1/64 │',
      '│           │      │       │       │            │           │             │           │         │ 10.0.1.1/24  │',
      '└───────────┴──────┴───────┴───────┴────────────┴───────────┴─────────────┴───────────┴─────────┴──────────────┘',
    ].join('\n'),
  );
  expect(interfaces.drawEvent({ type: 'updated', value: entry }, page, {})).toBe('updated uma tun down mtu 1500');
});

test('tunnels are a table, and a change a line', () => {
  const entry = {
    interface: 'six',
    kind: 'gif',
    up: true,
    local: '10.0.2.1',
    remote: '10.0.2.2',
    mtu: 1480,
    hopLimit: 64,
    dscp: 'inherit',
    ecn: 'allowed',
    ingressFilter: true,
    loops: false,
    inReceives: 1_234,
    outTransmits: 7,
  };
  const others = {
    ...entry,
    loops: true,
    encapsulationLimit: 'none',
    dscp: 10,
    ecn: 'forbidden',
    ingressFilter: false,
  };
  const drawn = tunnels.draw({ tunnels: [entry, others, { ...entry, up: false }] }, { ...page, width: 200 }, {});
  const rows = drawn.split('\n').map((line) => line.split('│').map((cell) => cell.trim()));
  expect(rows[3]?.slice(1, -1)).toEqual([
    'six',
    'gif',
    'up',
    '10.0.2.1',
    '10.0.2.2',
    '1,480',
    '1,234',
    '7',
    'hop limit 64',
  ]);
  expect(drawn).toContain('│ loops │');
  expect(drawn).toContain('│ down  │');
  for (const words of ['encapsulation limit none', 'DSCP 10', 'ECN forbidden', 'no ingress filter']) {
    expect(drawn).toContain(words);
  }
  expect(tunnels.drawEvent({ type: 'added', value: entry }, page, {})).toBe(
    'added six gif local 10.0.2.1 remote 10.0.2.2',
  );
});

test('loops are lines', () => {
  const cycle = { path: 'tun6 -> tun4 -> tun6', kind: 'cycle', foreseen: true, packets: 0 };
  const deep = { path: 'a -> b -> c', kind: 'depth', foreseen: false, packets: 1 };
  expect(loops.draw({ loops: [cycle, deep, { ...cycle, packets: 17 }] }, page, {})).toBe(
    [
      'tun6 -> tun4 -> tun6: a loop of tunnels, by configuration and routes; no packet has met it',
      'a -> b -> c: tunnels nested too deeply; 1 packet refused',
      'tun6 -> tun4 -> tun6: a loop of tunnels, by configuration and routes; 17 packets refused',
    ].join('\n'),
  );
  expect(loops.drawEvent({ type: 'removed', value: deep }, page, {})).toBe(
    'removed a -> b -> c: tunnels nested too deeply; 1 packet refused',
  );
});
