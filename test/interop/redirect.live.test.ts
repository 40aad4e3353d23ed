/** Linux hosts take our redirects, and send directly from then on (RFC 4861 §8). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RouterConfig } from '../../src/config/index.ts';
import { parseAddress } from '../../src/wire/address.ts';
import { formatLinkLayer } from '../../src/wire/ethernet.ts';
import type { Host } from '../support/host.ts';
import { describeLive, until } from '../support/live.ts';
import { mustRun } from '../support/program.ts';
import { type OurRouter, testSegment } from '../support/segment.ts';

/** Hosts and routers that all share one Ethernet; beyond the other router there is 2001:db8:77::/64. */
const lab = async (prefixLength: 64 | 128, limits: RouterConfig['limits'] = {}) => {
  const segment = await testSegment();
  const ours = await segment.router(
    { addresses: ['fd00:a::1/64', 'fe80::1/64'] },
    {
      routes: [{ to: '2001:db8:77::/48', via: 'fe80::12' }],
      limits,
    },
  );
  const other = await segment.host({ addresses: ['fd00:a::12/64', 'fe80::12/64'], forwarding: true });
  await mustRun('ip', '-n', other.namespace, '-6', 'address', 'add', '2001:db8:77::1/64', 'dev', 'lo');
  const host = await segment.host({ addresses: [`fd00:a::11/${prefixLength}`, 'fe80::11/64'] });
  await mustRun('ip', '-n', host.namespace, '-6', 'route', 'add', 'default', 'via', 'fe80::1', 'dev', 'eth0');
  return { ours, other, host };
};

const routeTo = (host: Host, destination: string): Promise<string> =>
  mustRun('ip', '-n', host.namespace, '-6', 'route', 'get', destination);

/** How many packets our router has sent for others. */
const forwarded = ({ running, index }: OurRouter): number => running.node.counters.get(index, 'outForwDatagrams', 6);

const linkLayerOf = ({ running, index }: OurRouter, neighbor: string): string => {
  const found = running.node.neighbors.get(index, parseAddress(neighbor)!)?.linkLayerAddress;
  return found === undefined ? '' : formatLinkLayer(found.high, found.low);
};

describeLive('a Linux host that sends to us what another router on its link should get', () => {
  test('is told of that router, takes its word, and sends to it directly', async () => {
    const { ours, host } = await lab(64);
    expect(await routeTo(host, '2001:db8:77::1')).toContain('via fe80::1 ');
    // The first goes by way of us, and its answer directly back.
    expect(await host.ping('2001:db8:77::1')).toEqual({ answered: '1 of 1', errors: [] });
    expect(await routeTo(host, '2001:db8:77::1')).toContain('via fe80::12 dev eth0');
    const before = forwarded(ours);
    expect((await host.ping('2001:db8:77::1', { count: 10 })).answered).toBe('10 of 10');
    expect(forwarded(ours)).toBe(before);
    expect(before).toBeGreaterThan(0);
    expect(await host.traceroute('2001:db8:77::1')).toEqual(['2001:db8:77::1']);
  });

  test('learns the link-layer address of that router from the redirect, once we know it', async () => {
    const { ours, other, host } = await lab(64);
    await host.ping('2001:db8:77::1');
    await until(() => linkLayerOf(ours, 'fe80::12') !== '', 'our router knowing the other');
    await mustRun('ip', '-n', host.namespace, '-6', 'route', 'flush', 'cache');
    const folder = mkdtempSync(join(tmpdir(), 'umigame-live-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await host.listen(join(folder, 'heard.pcap'));
    await host.ping('2001:db8:77::1');
    await host.expectHeard('icmp6[0] == 137');
    const told = await mustRun('tshark', '-r', await host.stopListening(), '-Y', 'icmpv6.type == 137', '-V');
    const [{ address } = { address: '' }] = JSON.parse(
      await mustRun('ip', '-n', other.namespace, '-j', 'link', 'show', 'eth0'),
    ) as { address: string }[];
    expect(linkLayerOf(ours, 'fe80::12')).toBe(address);
    expect(told).toContain(`ICMPv6 Option (Target link-layer address : ${address})`);
    expect(told).toContain('Target Address: fe80::12');
    expect(told).toContain('ICMPv6 Option (Redirected header');
  });

  test('is told that a destination is its neighbor, and finds it', async () => {
    const { ours, host } = await lab(128);
    expect(await routeTo(host, 'fd00:a::12')).toContain('via fe80::1 ');
    expect(await host.ping('fd00:a::12')).toEqual({ answered: '1 of 1', errors: [] });
    const redirected = await routeTo(host, 'fd00:a::12');
    expect(redirected).not.toContain('via fe80::1 ');
    const before = forwarded(ours);
    expect((await host.ping('fd00:a::12', { count: 10 })).answered).toBe('10 of 10');
    expect(forwarded(ours)).toBe(before);
  });

  test('who does not listen to redirects is served all the same, and told no more often than the rate allows', async () => {
    const { ours, host } = await lab(64, { sentRedirects: { rate: 0, burst: 3 } });
    await mustRun(...host.command('sysctl', '-q', '-w', 'net.ipv6.conf.eth0.accept_redirects=0'));
    // Alone, for while neighbors are looked for, no more than three packets wait for each.
    expect((await host.ping('2001:db8:77::1')).answered).toBe('1 of 1');
    expect((await host.ping('2001:db8:77::1', { count: 40 })).answered).toBe('40 of 40');
    expect(await routeTo(host, '2001:db8:77::1')).toContain('via fe80::1 ');
    expect(forwarded(ours)).toBe(41);
    expect(ours.running.node.counters.icmp.messages(6)).toContainEqual({ type: 137, inPkts: 0, outPkts: 3 });
  });
}, ['ip', 'ping', 'sysctl', 'tcpdump', 'traceroute', 'tshark']);
