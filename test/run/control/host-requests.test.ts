/** What a host has learnt from routers, through the control socket. */
import { expect, test } from 'vitest';
import type { PrefixView, RouterView } from '../../../src/run/control/discovery-views.ts';
import type { ShowAddresses } from '../../../src/run/control/requests/show-addresses.ts';
import type { ShowInterfaces } from '../../../src/run/control/requests/show-interfaces.ts';
import type { ShowPrefixes } from '../../../src/run/control/requests/show-prefixes.ts';
import { AddressFlag } from '../../../src/state/addresses.ts';
import type { Node } from '../../../src/state/node.ts';
import { addressOf } from '../../../src/testing/index.ts';
import { Preference } from '../../../src/wire/ndp.ts';
import { infinity } from '../../../src/wire/ndp-options.ts';
import { a, addAddress, advance, b, p, prefixFrom } from '../../support/testbed.ts';
import { asked, events, refusal } from './support.ts';

const router = addressOf('fe80::1:1');
const other = addressOf('fe80::1:2');
const said = { routerLifetime: 1_800, preference: Preference.medium, managed: false, otherConfiguration: false };
const option = {
  prefix: prefixFrom('2001:db8:1::/64'),
  onLink: true,
  autonomous: true,
  validLifetime: 2_592_000,
  preferredLifetime: 604_800,
};

const advertise = ({ prefixes }: Node, index = a, changes: Partial<typeof option> = {}): void => {
  prefixes.advertise(index, router, { ...option, ...changes });
};

const learnt: PrefixView = {
  interface: 'a',
  prefix: '2001:db8:1::/64',
  origin: 'router',
  onLink: true,
  autonomous: true,
  attached: true,
  preferredLifetime: 604_800,
  validLifetime: 2_592_000,
  advertisers: [{ address: 'fe80::1:1', reachable: false }],
};

const manual: PrefixView = {
  interface: 'a',
  prefix: 'fd00:a::/64',
  origin: 'manual',
  onLink: true,
  autonomous: false,
  attached: true,
  advertisers: [],
};

test('show prefixes: those that were configured, and those that are advertised, with what is left of them', async () => {
  const { client, node, clock } = await asked();
  addAddress(node, a, 'fd00:a::2/64');
  addAddress(node, a, '2001:db8:1::7/64', AddressFlag.autoconfigured);
  addAddress(node, a, 'fd00:a::3/128');
  advertise(node);
  node.neighbors.hearInformation(a, router, { high: 0x0200, low: 1 }, true);
  advance(clock, 10_500);
  const { prefixes } = await client.ask<ShowPrefixes>('show prefixes', { interface: 'a' });
  expect(prefixes).toEqual([
    manual,
    { ...manual, prefix: 'fe80::/64' },
    {
      ...learnt,
      preferredLifetime: 604_790,
      validLifetime: 2_591_990,
      advertisers: [{ address: 'fe80::1:1', reachable: true }],
    },
  ]);
  const all = await client.ask<ShowPrefixes>('show prefixes');
  expect(all.prefixes.map(({ prefix }) => prefix)).toEqual([
    'fd00:a::/64',
    'fe80::/64',
    'fd00:b::/64',
    'fe80::/64',
    'fd00:c::/64',
    '2001:db8:1::/64',
  ]);
});

test('show prefixes: lifetimes without end are missing', async () => {
  const { client, node } = await asked();
  advertise(node, p, { validLifetime: infinity });
  const { prefixes } = await client.ask<ShowPrefixes>('show prefixes', { interface: 'p' });
  const { validLifetime: _, ...endless } = { ...learnt, interface: 'p' };
  expect(prefixes[1]).toEqual(endless);
});

test('show prefixes watched: what is advertised, attached and detached, and what is configured', async () => {
  const { client, node } = await asked();
  const watching = events(client, 'show prefixes', { interface: 'a' }, 6);
  await client.ask('show requests');
  advertise(node, b);
  advertise(node);
  node.prefixes.attach(a, option.prefix, false);
  node.prefixes.attach(a, option.prefix, true);
  addAddress(node, a, 'fd00:a::2/64'); // of a prefix that is there
  addAddress(node, a, '2001:db8:1::7/64', AddressFlag.autoconfigured);
  addAddress(node, a, 'fd00:d::1/64', AddressFlag.tentative);
  node.addresses.mark(a, addressOf('fd00:d::1'), 0, AddressFlag.tentative);
  node.addresses.remove(a, addressOf('fd00:d::1'));
  node.addresses.remove(a, addressOf('2001:db8:1::7'));
  node.prefixes.remove(a, option.prefix);
  expect(await watching).toEqual([
    { type: 'added', value: learnt },
    { type: 'updated', value: { ...learnt, attached: false } },
    { type: 'updated', value: learnt },
    { type: 'added', value: { ...manual, prefix: 'fd00:d::/64' } },
    { type: 'removed', value: { ...manual, prefix: 'fd00:d::/64' } },
    { type: 'removed', value: learnt },
  ]);
});

const shownRouter: RouterView = {
  interface: 'a',
  address: 'fe80::1:1',
  role: 'default',
  preference: 'medium',
  lifetime: 1_800,
  reachable: false,
  selected: false,
  managed: false,
  otherConfiguration: false,
  routes: [],
};

test('show routers: with preference, lifetime, reachability and routes', async () => {
  const { client, node, clock } = await asked();
  node.routers.hear(a, router, { ...said, preference: Preference.high, managed: true, otherConfiguration: true });
  node.routers.hear(b, other, { ...said, routerLifetime: 0 });
  node.routers.hearRoute(a, router, {
    prefix: prefixFrom('2001:db8:9::/48'),
    preference: Preference.low,
    lifetime: 600,
  });
  node.neighbors.hearInformation(a, router, { high: 0x0200, low: 1 }, true);
  node.routers.select(node.routers.get(a, router));
  advance(clock, 1_000);
  const first = {
    ...shownRouter,
    preference: 'high',
    lifetime: 1_799,
    reachable: true,
    selected: true,
    managed: true,
    otherConfiguration: true,
    routes: [{ prefix: '2001:db8:9::/48', preference: 'low', lifetime: 599 }],
  };
  const second = { ...shownRouter, interface: 'b', address: 'fe80::1:2', role: 'advertiser', lifetime: 0 };
  expect(await client.ask('show routers')).toEqual({ routers: [first, second] });
  expect(await client.ask('show routers', { interface: 'b' })).toEqual({ routers: [second] });
});

test('show routers watched: what becomes of them, of one interface', async () => {
  const { client, node } = await asked();
  const watching = events(client, 'show routers', { interface: 'a' }, 3);
  await client.ask('show requests');
  node.routers.hear(b, other, said);
  node.routers.hear(a, router, said);
  node.neighbors.hearInformation(a, router, { high: 0x0200, low: 1 }, true);
  node.routers.remove(a, router);
  const reachable = { ...shownRouter, reachable: true };
  expect(await watching).toEqual([
    { type: 'added', value: shownRouter },
    { type: 'updated', value: reachable },
    { type: 'removed', value: reachable },
  ]);
});

test('show learned: DNS servers, search domains, prefixes of translators; watched: what changes', async () => {
  const { client, node } = await asked();
  const watching = events(client, 'show learned', { interface: 'a' }, 2);
  await client.ask('show requests');
  const servers = [addressOf('2001:db8::53')];
  node.learned.hear(b, other, { kind: 'searchList', domains: ['example.org'], lifetime: infinity });
  node.learned.hear(b, other, { kind: 'pref64', prefix: prefixFrom('2001:db8:64::/96'), lifetime: 600 });
  node.learned.hear(a, router, { kind: 'dnsServers', servers, lifetime: 1_800 });
  const server = { interface: 'a', router: 'fe80::1:1', kind: 'dnsServer', value: '2001:db8::53', lifetime: 1_800 };
  const byOther = { interface: 'b', router: 'fe80::1:2' };
  expect(await client.ask('show learned')).toEqual({
    learned: [
      { ...byOther, kind: 'searchDomain', value: 'example.org' },
      { ...byOther, kind: 'pref64', value: '2001:db8:64::/96', lifetime: 600 },
      server,
    ],
  });
  expect(await client.ask('show learned', { interface: 'a' })).toEqual({ learned: [server] });
  node.learned.hear(a, router, { kind: 'dnsServers', servers, lifetime: 0 });
  expect(await watching).toEqual([
    { type: 'added', value: server },
    { type: 'removed', value: server },
  ]);
});

test('show proxies: addresses that are answered for; watched: what changes', async () => {
  const { client, node } = await asked();
  const watching = events(client, 'show proxies', { interface: 'a' }, 2);
  await client.ask('show requests');
  const linkLayerAddress = { high: 0x0200, low: 0x22 };
  const spec = { name: 'e', kind: 'memory', mtu: 1500, pointToPoint: false, linkLayerAddress } as const;
  const { index } = node.interfaces.add(spec);
  node.proxies.add(index, addressOf('2001:db8::99'));
  node.proxies.add(a, addressOf('10.0.1.99'));
  const proxied = { interface: 'a', address: '10.0.1.99' };
  expect(await client.ask('show proxies')).toEqual({
    proxies: [{ interface: 'e', address: '2001:db8::99', linkLayerAddress: '02:00:00:00:00:22' }, proxied],
  });
  node.proxies.remove(a, addressOf('10.0.1.99'));
  expect(await watching).toEqual([
    { type: 'added', value: proxied },
    { type: 'removed', value: proxied },
  ]);
});

test('show addresses: with what is left of their lifetimes', async () => {
  const { client, node, clock } = await asked();
  node.addresses.add({
    interfaceIndex: p,
    address: addressOf('2001:db8:1::7'),
    prefixLength: 64,
    flags: AddressFlag.autoconfigured | AddressFlag.temporary,
    preferredUntil: 5_000,
    validUntil: 60_000,
  });
  advance(clock, 5_000);
  const { addresses } = await client.ask<ShowAddresses>('show addresses', { interface: 'p' });
  expect(addresses.at(-1)).toEqual({
    interface: 'p',
    address: '2001:db8:1::7',
    prefixLength: 64,
    scope: 'global',
    flags: ['deprecated', 'autoconfigured', 'temporary'],
    preferredLifetime: 0,
    validLifetime: 55,
  });
  expect(addresses[0]).not.toHaveProperty('validLifetime');
});

test('show interfaces: with what routers say of a link', async () => {
  const { client, node } = await asked();
  node.autoconfigurations.enable(a);
  node.interfaces.restrictMtu(a, 1_400);
  node.interfaces.setHopLimit(a, 32);
  node.advertisements.advertise(b);
  const { interfaces } = await client.ask<ShowInterfaces>('show interfaces');
  expect(interfaces[1]).toMatchObject({ name: 'a', mtu: 1_400, deviceMtu: 1_500, hopLimit: 32 });
  expect(interfaces.map(({ autoconfigured, advertises }) => [autoconfigured, advertises])).toEqual([
    [false, false],
    [true, false],
    [false, true],
    [false, false],
  ]);
});

test.each(['show prefixes', 'show routers', 'show learned', 'show proxies'])(
  '%s: of no such interface',
  async (request) => {
    const { client } = await asked();
    const sentence = 'notFound: umigame: there is no interface "x"; there are lo0, a, b, p';
    expect(await refusal(client.ask(request, { interface: 'x' }))).toBe(sentence);
  },
);
