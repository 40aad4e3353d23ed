/**
 * Figures 6 and 7 of INET'99: a host moves from network N1 to N2 before P1, N1's prefix, expires; and its router dies
 * while it sleeps. Real Ethernets, real routers; the host's TAP device is what moves.
 */
import { expect, onTestFinished, test } from 'vitest';
import { AddressFlag, isReady } from '../../src/state/addresses.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { describeLive, until } from '../support/live.ts';
import { type LiveHost, liveHost } from '../support/live-host.ts';
import { Network } from '../support/network.ts';

/** What the host makes of its link-layer address: M of the paper. */
const m = 'ff:fe00:22';
/** Long lifetimes of prefixes; neighbors are asked often, so that the test is short. */
const settings = ['AdvDefaultLifetime 600; AdvReachableTime 1000; AdvRetransTimer 100;'];

const network = async (number: number): Promise<Network> => {
  const made = new Network(number);
  await made.open();
  await made.radvd(...settings, made.advertisedPrefix('AdvValidLifetime 86400; AdvPreferredLifetime 14400;'));
  return made;
};

const flagsOf = ({ node, index }: LiveHost, address: string): number =>
  node.addresses.find(index, addressOf(address))?.flags ?? -1;

const isAttached = (host: LiveHost, address: string): boolean => {
  const entry = host.node.addresses.find(host.index, addressOf(address));
  return entry !== undefined && isReady(entry) && (entry.flags & AddressFlag.detached) === 0;
};

const isDetached = (host: LiveHost, address: string): boolean => (flagsOf(host, address) & AddressFlag.detached) !== 0;

/** What would speak to an address, on the way there. */
const sourceTo = ({ node, index }: LiveHost, to: string): string => {
  const nextHop = node.routes.lookup(addressOf(to))?.via;
  const source = node.addresses.sourceFor(addressOf(to), index, undefined, { nextHop });
  return source === undefined ? 'nobody' : formatAddress(source.address);
};

/** Sends to an address until something is so: only who speaks finds out that nobody answers. */
const sendingUntil = async (host: LiveHost, to: string, isSo: () => boolean, what: string): Promise<void> => {
  let over = false;
  onTestFinished(() => {
    over = true;
  });
  const sending = (async () => {
    while (!over) await host.ping(to, 100);
  })();
  await until(isSo, what, 20);
  over = true;
  await sending;
};

describeLive('a host that moves (INET’99 §3.4)', () => {
  test('uses what is attached and nothing else, and comes back', async () => {
    const [n1, n2] = [await network(1), await network(2)];
    const host = await liveHost(n1, { identifiers: 'eui64' });
    const [p1m, p2m] = [n1.address(m), n2.address(m)];
    const [p1Neighbor, p2Neighbor] = [n1.address('77'), n2.address('77')];
    await until(() => isAttached(host, p1m), 'P1:M', 10);
    await until(() => host.way('2001:db8:99::1') === n1.routerLinkLocal, 'R1');
    expect(host.way(p1Neighbor)).toBe(`on link ${n1.prefix}`);
    expect(await host.ping(n1.router)).toBe(true);

    // Figure 6: N1 is left, R1 can't be reached; N2 has R2 and P2.
    await n1.ip('link', 'set', host.device, 'netns', n2.namespace);
    await n2.plug(host.device);
    await until(() => host.addresses().includes(p2m), 'P2:M', 10);
    await sendingUntil(host, '2001:db8:99::1', () => isDetached(host, p1m), 'P1 detached');
    await until(() => host.way('2001:db8:99::1') === n2.routerLinkLocal && isAttached(host, p2m), 'R2 and P2:M', 5);
    expect(host.way(p1Neighbor)).toBe(n2.routerLinkLocal);
    expect(host.way(p2Neighbor)).toBe(`on link ${n2.prefix}`);
    for (const to of [p1Neighbor, p2Neighbor, '2001:db8:99::1', n2.router]) expect(sourceTo(host, to)).toBe(p2m);
    host.sent.length = 0;
    await host.ping(p1Neighbor, 100);
    expect(host.sent.filter((each) => each.includes(`> ${p1Neighbor}:`))).toEqual([
      expect.stringMatching(new RegExp(`^${n2.routerLinkLayer} IP6 ${p2m} > ${p1Neighbor}: ICMP6 echo request`)),
    ]);
    expect(await host.ping(n2.router)).toBe(true);

    // Back: P1 is attached again once nobody else has taken P1:M, and P2 is not.
    await n2.ip('link', 'set', host.device, 'netns', n1.namespace);
    await n1.plug(host.device);
    host.sent.length = 0;
    await sendingUntil(host, '2001:db8:99::1', () => isDetached(host, p2m) && isAttached(host, p1m), 'P1 attached');
    const asked = `IP6 :: > ff02::1:ff00:22: ICMP6 neighbor solicitation for ${p1m}`;
    expect(host.sent.some((each) => each.includes(asked))).toBe(true);
    await until(() => host.way('2001:db8:99::1') === n1.routerLinkLocal, 'R1', 5);
    expect([host.way(p1Neighbor), host.way(p2Neighbor)]).toEqual([`on link ${n1.prefix}`, n1.routerLinkLocal]);
    expect(sourceTo(host, p1Neighbor)).toBe(p1m);
    expect(await host.ping(n1.router)).toBe(true);

    // Figure 7: the router dies while the host sleeps. Nobody can be reached, so nothing is known: all is kept.
    await n1.ip('addr', 'flush', 'dev', 'br0');
    await n1.ip('link', 'set', 'br0', 'down');
    await sendingUntil(host, '2001:db8:99::1', () => !isDetached(host, p2m), 'P2 kept');
    await until(() => isAttached(host, p1m) && isAttached(host, p2m), 'P1:M and P2:M', 5);
    expect(host.way(p1Neighbor)).toBe(`on link ${n1.prefix}`);
    expect(host.way(p2Neighbor)).toBe(`on link ${n2.prefix}`);
    expect([sourceTo(host, p1Neighbor), sourceTo(host, p2Neighbor)]).toEqual([p1m, p2m]);
    host.running.stop();
    expect(host.node.pool.outstanding).toBe(0);
  });
}, ['radvd']);
