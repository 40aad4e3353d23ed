import { describe, expect, test } from 'vitest';
import { plain } from '../../../src/cli/page.ts';
import { routeParameters } from '../../../src/cli/route.ts';
import { addresses } from '../../../src/cli/show/addresses.ts';
import { interfaces } from '../../../src/cli/show/interfaces.ts';
import { learned } from '../../../src/cli/show/learned.ts';
import { loops } from '../../../src/cli/show/loops.ts';
import { prefixes } from '../../../src/cli/show/prefixes.ts';
import { routers } from '../../../src/cli/show/routers.ts';
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
const deprecated = { ...value, address: 'fd00::1', flags: ['deprecated', 'autoconfigured'] };

test('addresses are columns, and a change a line', () => {
  const shown = [value, { ...deprecated, preferredLifetime: 0, validLifetime: 86_399 }];
  expect(addresses.draw({ addresses: shown }, page, {})).toBe(
    [
      'dev  address     preferred/valid  flags',
      'uma  fe80::1/64  forever          tentative',
      'uma  fd00::1/64  0s/23h59m        deprecated, autoconfigured',
    ].join('\n'),
  );
  expect(addresses.drawEvent({ type: 'added', value }, page, {})).toBe('added fe80::1/64 dev uma tentative');
});

test('prefixes are columns, and a change a line', () => {
  const manual = {
    interface: 'uma',
    prefix: 'fd00:a::/64',
    origin: 'manual',
    onLink: true,
    autonomous: false,
    attached: true,
    advertisers: [],
  };
  const advertisers = [
    { address: 'fe80::1', reachable: true },
    { address: 'fe80::2', reachable: false },
  ];
  const learnt = { ...manual, prefix: '2001:db8::/64', origin: 'router', autonomous: true, advertisers };
  const lifetimes = { preferredLifetime: 604_799, validLifetime: 2_591_999 };
  const shown = [manual, { ...learnt, ...lifetimes }, { ...learnt, onLink: false, attached: false, validLifetime: 60 }];
  expect(prefixes.draw({ prefixes: shown }, page, {})).toBe(
    [
      'dev  prefix         flags  state     preferred/valid  advertised by',
      'uma  fd00:a::/64    L      manual    forever',
      'uma  2001:db8::/64  LA     attached  6d23h/29d23h     fe80::1',
      '                                                      fe80::2 (unreachable)',
      'uma  2001:db8::/64  A      detached  forever/1m0s     fe80::1',
      '                                                      fe80::2 (unreachable)',
    ].join('\n'),
  );
  expect(prefixes.drawEvent({ type: 'updated', value: { ...learnt, attached: false } }, page, {})).toBe(
    'updated 2001:db8::/64 dev uma LA detached advertised by fe80::1, fe80::2 (unreachable)',
  );
  expect(prefixes.drawEvent({ type: 'added', value: manual }, page, {})).toBe('added fd00:a::/64 dev uma L manual');
});

test('routers are columns with their routes below, and a change is a line', () => {
  const router = {
    interface: 'uma',
    address: 'fe80::1',
    role: 'default',
    preference: 'high',
    lifetime: 1_798,
    reachable: true,
    selected: true,
    managed: false,
    otherConfiguration: false,
    routes: [{ prefix: '2001:db8::/32', preference: 'low' }],
  };
  const retired = { ...router, address: 'fe80::2', role: 'retired', lifetime: 0, reachable: false, selected: false };
  expect(routers.draw({ routers: [router, { ...retired, routes: [] }] }, page, {})).toBe(
    [
      'dev  router              role     preference  left',
      'uma  fe80::1             default  high        29m58s   reachable, in use',
      '       to 2001:db8::/32  route    low         forever',
      'uma  fe80::2             retired  high        -        unreachable',
    ].join('\n'),
  );
  expect(routers.drawEvent({ type: 'updated', value: router }, page, {})).toBe(
    'updated fe80::1 dev uma default high reachable, in use to 2001:db8::/32',
  );
  expect(routers.drawEvent({ type: 'removed', value: { ...retired, routes: [] } }, page, {})).toBe(
    'removed fe80::2 dev uma retired high unreachable',
  );
});

test('what else routers say is columns, and a change a line', () => {
  const entry = { interface: 'uma', router: 'fe80::1', kind: 'dnsServer', value: '2001:db8::53', lifetime: 1_800 };
  const others = [
    { ...entry, kind: 'searchDomain', value: 'example.org' },
    { interface: 'uma', router: 'fe80::1', kind: 'pref64', value: '2001:db8:64::/96' },
  ];
  expect(learned.draw({ learned: [entry, ...others] }, page, {})).toBe(
    [
      'dev  what                             left     said by',
      'uma  DNS server     2001:db8::53      30m0s    fe80::1',
      'uma  search domain  example.org       30m0s    fe80::1',
      'uma  NAT64 prefix   2001:db8:64::/96  forever  fe80::1',
    ].join('\n'),
  );
  expect(learned.drawEvent({ type: 'removed', value: entry }, page, {})).toBe(
    'removed DNS server 2001:db8::53 dev uma by fe80::1',
  );
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
