/** Our host on real Ethernets, with other implementations' routers. Linux itself sends no advertisements: radvd does. */
import { expect, test } from 'vitest';
import { stableAddress } from '../../src/operators/autoconfigure/identifiers.ts';
import { AddressFlag, isReady } from '../../src/state/addresses.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { Host } from '../support/host.ts';
import { describeLive, until } from '../support/live.ts';
import { type LiveHost, liveHost } from '../support/live-host.ts';
import { Network } from '../support/network.ts';
import { prefixFrom } from '../support/testbed.ts';

/** What the host makes of its link-layer address. */
const ours = 'ff:fe00:22';

const network = async (number: number): Promise<Network> => {
  const made = new Network(number);
  await made.open();
  return made;
};

const has = ({ node, index }: LiveHost, address: string): boolean => {
  const entry = node.addresses.find(index, addressOf(address));
  return entry !== undefined && isReady(entry);
};

/** Every packet is accounted for, and no timer or slab is left. */
const expectNothingLeft = ({ node, running }: LiveHost): void => {
  running.stop();
  const { received, originated, copied, sent, delivered, refused, merged, held } = node.counters.balance();
  expect(received + originated + copied).toBe(sent + delivered + refused + merged + held);
  expect([held, node.pool.outstanding]).toEqual([0, 0]);
};

describeLive('a host of ours, with radvd as its router', () => {
  test('configures itself, pings and is pinged', async () => {
    const n1 = await network(1);
    await n1.radvd(
      'AdvLinkMTU 1400; AdvCurHopLimit 72; AdvDefaultPreference high; AdvDefaultLifetime 60;',
      n1.advertisedPrefix('AdvValidLifetime 7200; AdvPreferredLifetime 3600;'),
      'route 2001:db8:f::/48 { AdvRoutePreference low; };',
      'RDNSS 2001:db8:1::53 { AdvRDNSSLifetime 60; }; DNSSL example.org { };',
    );
    const host = await liveHost(n1, { identifiers: 'eui64', temporary: true });
    const { node, index } = host;
    await until(() => has(host, n1.address(ours)), 'an address of ours', 10);
    const temporary = host.addresses(AddressFlag.temporary);
    expect(temporary).toHaveLength(1);
    await until(() => has(host, temporary[0] as string), 'the temporary address', 5);
    expect(host.way('2001:db8:99::1')).toBe(n1.routerLinkLocal);
    expect(host.way('2001:db8:f::1')).toBe(n1.routerLinkLocal);
    expect(host.way(n1.router)).toBe(`on link ${n1.prefix}`);
    expect([node.interfaces.get(index)?.mtu, node.interfaces.get(index)?.hopLimit]).toEqual([1_400, 72]);
    expect(node.routers.list(index)).toMatchObject([{ role: 'default', preference: 1, isSelected: true }]);
    expect(node.learned.list(index).map(({ kind }) => kind)).toEqual(['dnsServer', 'searchDomain']);
    expect(await host.ping(n1.router)).toBe(true);
    expect(host.sent.some((each) => each.includes(`${temporary[0]} > ${n1.router}: ICMP6 echo request`))).toBe(true);
    const router = new Host(n1.namespace, 'br0');
    for (const address of [n1.address(ours), `fe80::${ours}%br0`, temporary[0] as string]) {
      expect((await router.ping(address, { count: 3 })).answered).toBe('3 of 3');
    }
    // A host takes nothing for others, and does not call itself a router.
    expect((await router.run('ping', '-c1', '-W1', '2001:db8:77::1')).code).not.toBe(0);
    const seen = await n1.ip('-6', 'neigh', 'show', n1.address(ours));
    expect(seen).toContain('02:00:00:00:00:22');
    expect(seen).not.toContain('router');
    expectNothingLeft(host);
  });

  test('does without its router when that dies, and takes it back', async () => {
    const n1 = await network(1);
    const settings = ['AdvDefaultLifetime 4; AdvRetransTimer 200;', n1.advertisedPrefix()];
    const first = await n1.radvd(...settings);
    const host = await liveHost(n1, { identifiers: 'eui64' });
    await until(() => has(host, n1.address(ours)), 'an address of ours', 10);
    expect(host.way('2001:db8:99::1')).toBe(n1.routerLinkLocal);
    await first.end('SIGKILL');
    await until(() => host.way('2001:db8:99::1') === 'nowhere', 'the end of the default route', 8);
    host.sent.length = 0;
    await until(() => host.sent.some((each) => each.includes('router solicitation')), 'a solicitation', 6);
    expect([has(host, n1.address(ours)), await host.ping(n1.router)]).toEqual([true, true]);
    const second = await n1.radvd(...settings);
    await until(() => host.way('2001:db8:99::1') === n1.routerLinkLocal, 'the default route', 10);
    await second.end('SIGTERM'); // it says good-bye
    await until(() => host.way('2001:db8:99::1') === 'nowhere', 'the end of the default route', 3);
    expectNothingLeft(host);
  });

  test('does not take an address that another has: made of the link-layer address, there is no other', async () => {
    const n1 = await network(1);
    await n1.claim(n1.address(ours));
    await n1.radvd(n1.advertisedPrefix());
    const host = await liveHost(n1, { identifiers: 'eui64' });
    const { duplicated } = AddressFlag;
    await until(() => host.addresses(duplicated).length > 0, 'the duplicate', 10);
    expect(host.addresses(duplicated)).toEqual([n1.address(ours)]);
    expect(has(host, `fe80::${ours}`)).toBe(true);
    expectNothingLeft(host);
  });

  test('made of a secret, there is', async () => {
    const n1 = await network(1);
    const secret = '000102030405060708090a0b0c0d0e0f';
    await n1.radvd(n1.advertisedPrefix());
    const host = await liveHost(n1, { secret });
    const parts = { secret: Uint8Array.from(Buffer.from(secret, 'hex')), interfaceName: host.device };
    const first = stableAddress(prefixFrom(n1.prefix), parts);
    await n1.claim(formatAddress(first.address));
    const second = stableAddress(prefixFrom(n1.prefix), { ...parts, duplicates: first.duplicates + 1 });
    await until(() => has(host, formatAddress(second.address)), 'the second address', 15);
    expect(host.addresses()).not.toContain(formatAddress(first.address));
    expect(await host.ping(n1.router)).toBe(true);
    expectNothingLeft(host);
  });
}, ['radvd', 'ping']);

describeLive('a host of ours, with FRR as its router', () => {
  test('configures itself, and pings', async () => {
    const n3 = await network(3);
    const host = await liveHost(n3, { identifiers: 'eui64', optimistic: true });
    await n3.zebra(
      ' no ipv6 nd suppress-ra',
      ' ipv6 nd ra-interval 3',
      ' ipv6 nd ra-lifetime 9',
      ' ipv6 nd prefix 2001:db8:3::/64 3600 1800',
      ' ipv6 nd router-preference high',
      ' ipv6 nd rdnss 2001:db8:3::53 600',
      ' ipv6 nd mtu 1400',
    );
    await until(() => has(host, n3.address(ours)), 'an address of ours', 10);
    const { node, index } = host;
    await until(() => host.way('2001:db8:99::1') === n3.routerLinkLocal, 'the default route');
    expect(node.routers.list(index)).toMatchObject([{ role: 'default', preference: 1 }]);
    expect([node.interfaces.get(index)?.mtu, node.learned.list(index).length]).toEqual([1_400, 1]);
    expect(await host.ping(n3.router)).toBe(true);
    expectNothingLeft(host);
  });
}, ['zebra']);
