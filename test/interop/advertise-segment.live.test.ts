/** Linux hosts on an Ethernet with several routers configure themselves from ours, from its first word to its last. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { RogueAdvertisement } from '../../src/operators/index.ts';
import { formatAddress, parseAddress } from '../../src/wire/address.ts';
import { formatLinkLayer, parseLinkLayer } from '../../src/wire/ethernet.ts';
import { Preference } from '../../src/wire/ndp.ts';
import { expectBalanced } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { testLab } from '../support/lab.ts';
import { describeLive, testNamespace, uniqueName, until } from '../support/live.ts';
import { mustRun } from '../support/program.ts';
import { startRadvd } from '../support/radvd.ts';
import { type OurRouter, type Segment, testSegment } from '../support/segment.ts';

/** A router of ours that advertises with a preference, between the segment and a host far away, `fd00:b::2`. */
const ourRouter = async (
  segment: Segment,
  preference: 'low' | 'medium' | 'high',
  number = 1,
): Promise<OurRouter & { readonly far: Host }> => {
  const far = new Host(testNamespace(), uniqueName());
  const ours = await segment.router(
    {
      addresses: [`fd00:a::${number}/64`, `fe80::${number}/64`],
      advertise: { preference, maximumInterval: 4, minimumInterval: 3 },
    },
    {
      interfaces: {
        [far.device]: {
          device: 'tun',
          netns: far.namespace,
          addresses: ['fd00:b::1/64'],
          kernel: { addresses: ['fd00:b::2/64'], defaultRoute: true },
        },
      },
    },
  );
  return { ...ours, far };
};

/** A Linux router beside ours. */
const radvdRouter = { addresses: ['fd00:c::1/64', 'fe80::12/64'], forwarding: true };

/** What `ip` prints of the host, once it holds what is looked for. */
const eventually = async (
  { namespace }: Host,
  what: readonly string[],
  wanted: (text: string) => boolean,
): Promise<string> => {
  const end = performance.now() + 15_000;
  for (;;) {
    const text = await mustRun('ip', '-n', namespace, '-6', ...what);
    if (wanted(text)) return text;
    if (performance.now() > end) expect.fail(`ip ${what.join(' ')} stayed:\n${text}`);
    await sleep(50);
  }
};

const defaults = ['route', 'show', 'default'] as const;
const way = ['route', 'get', 'fd00:b::2'] as const;

/** The address that the host made itself from a prefix, once it may be used. */
const addressIn = async (host: Host, prefix: string): Promise<string> => {
  const found = new RegExp(`inet6 (${prefix}:\\S+)/64 scope global (?!.*tentative).*dynamic`);
  const text = await eventually(host, ['address', 'show', 'dev', 'eth0'], (shown) => found.test(shown));
  return found.exec(text)?.[1] ?? '';
};

const linkLayerOf = ({ running, index }: OurRouter, neighbor: string): string => {
  const found = running.node.neighbors.get(index, parseAddress(neighbor)!)?.linkLayerAddress;
  return found === undefined ? '' : formatLinkLayer(found.high, found.low);
};

describeLive('a Linux host on an Ethernet with two routers', () => {
  test('prefers ours as we say, pings through it, and goes over to radvd when we say good-bye', async () => {
    const segment = await testSegment();
    const ours = await ourRouter(segment, 'high');
    startRadvd(await segment.host(radvdRouter), 'fd00:c::/64');
    const host = await segment.host();
    await addressIn(host, 'fd00:a');
    await addressIn(host, 'fd00:c');
    const both = await eventually(
      host,
      defaults,
      (text) => /fe80::1 .*pref high/.test(text) && text.includes('fe80::12'),
    );
    expect(both).toMatch(/fe80::12 .*pref low/);
    await eventually(host, way, (text) => text.includes('via fe80::1 '));
    expect(await host.ping('fd00:b::2', { count: 5 })).toEqual({ answered: '5 of 5', errors: [] });
    ours.running.stop();
    // Its lifetime had twelve seconds to go. The host heard.
    const after = await eventually(host, defaults, (text) => !text.includes('fe80::1 '));
    expect(after).toContain('fe80::12');
    await eventually(host, way, (text) => text.includes('via fe80::12 '));
  });

  test('prefers the one of two of ours that says so, also when they change their minds', async () => {
    const segment = await testSegment();
    await ourRouter(segment, 'medium');
    const second = await ourRouter(segment, 'low', 2);
    const host = await segment.host();
    const both = await eventually(host, defaults, (text) => text.includes('fe80::1') && text.includes('fe80::2'));
    expect(both).toMatch(/fe80::2 .*pref low/);
    await eventually(host, way, (text) => text.includes('via fe80::1 '));
    const { advertisements } = second.running.node;
    advertisements.advertise(second.index, { preference: Preference.high, maximumInterval: 4, minimumInterval: 3 });
    await eventually(host, way, (text) => text.includes('via fe80::2 '));
    // Both lead there, and both prefixes are one: the answer comes back either way.
    expect((await host.ping('fd00:b::1')).answered).toBe('1 of 1');
  });

  test('deprecates its address when the prefix is withdrawn, and has it back', async () => {
    const segment = await testSegment();
    const { running, index } = await ourRouter(segment, 'high');
    const host = await segment.host();
    const address = await addressIn(host, 'fd00:a');
    const ours = parseAddress('fd00:a::1')!;
    running.node.addresses.remove(index, ours);
    const shown = await eventually(host, ['address', 'show', 'dev', 'eth0'], (text) => text.includes('deprecated'));
    // RFC 4862 §5.5.3 e: an unauthenticated word leaves it two hours at most, and does not take it away at once.
    expect(shown).toMatch(new RegExp(`inet6 ${address}/64 scope global.*deprecated`));
    const onLink = await eventually(host, ['route', 'show', 'dev', 'eth0'], (text) => !text.includes('fd00:a::/64'));
    expect(onLink).toContain('default');
    running.node.addresses.add({ interfaceIndex: index, address: ours, prefixLength: 64 });
    await eventually(host, ['route', 'show', 'dev', 'eth0'], (text) => text.includes('fd00:a::/64'));
    await addressIn(host, 'fd00:a');
  });

  test('is found again when its link-layer address changes, and finds the router again when that changes', async () => {
    const segment = await testSegment();
    const ours = await ourRouter(segment, 'high');
    const host = await segment.host();
    const address = await addressIn(host, 'fd00:a');
    await eventually(host, way, (text) => text.includes('via fe80::1 '));
    expect((await ours.far.ping(address, { count: 3 })).answered).toBe('3 of 3');
    const next = '0a:00:00:00:00:77';
    await mustRun('ip', '-n', host.namespace, 'link', 'set', 'eth0', 'address', next);
    expect((await host.ping('fd00:b::2')).answered).toBe('1 of 1');
    expect((await ours.far.ping(address, { count: 3 })).answered).toBe('3 of 3');
    expect(linkLayerOf(ours, address)).toBe(next);
    const router = '0a:00:00:00:00:01';
    ours.running.node.interfaces.changeLinkLayerAddress(ours.index, parseLinkLayer(router)!);
    expect(await host.ping('fd00:b::2', { count: 5 })).toEqual({ answered: '5 of 5', errors: [] });
    expect(await mustRun('ip', '-n', host.namespace, '-6', 'neigh', 'show', 'fe80::1')).toContain(router);
  });

  test('is freed from a rogue router, where we are told to counter it', async () => {
    const segment = await testSegment();
    const { running, index } = await segment.router({
      addresses: ['fd00:a::1/64', 'fe80::1/64'],
      rogueAdvertisements: 'counter',
      routers: ['fe80::2'],
    });
    const rogues: RogueAdvertisement[] = [];
    running.rogues$.subscribe((rogue) => rogues.push(rogue));
    const host = await segment.host();
    startRadvd(await segment.host(radvdRouter), 'fd00:c::/64');
    await until(() => rogues.some(({ countered }) => countered), 'a rogue being countered', 15);
    await eventually(host, defaults, (text) => text === '');
    // Its prefix is taken back, too; an address that was made of it is not used for anything new.
    await eventually(host, ['address', 'show', 'dev', 'eth0'], (text) => /inet6 fd00:c:.* deprecated/.test(text));
    expect(rogues.map(({ router }) => formatAddress(router))).toContain('fe80::12');
    expect(running.node.counters.refusals(index).get('rogueAdvertisement')).toBeGreaterThanOrEqual(rogues.length);
  });

  test('is answered by us for a neighbor that is elsewhere', async () => {
    const segment = await testSegment();
    const far = new Host(testNamespace(), uniqueName());
    const tun: NonNullable<Parameters<Segment['router']>[1]>['interfaces'] = {
      [far.device]: {
        device: 'tun',
        netns: far.namespace,
        addresses: ['fd00:b::1/64'],
        kernel: { addresses: ['fd00:a::77/128', '10.0.1.77/32'], defaultRoute: true },
      },
    };
    await segment.router(
      { addresses: ['fd00:a::1/64', 'fe80::1/64', '10.0.1.1/24'], proxies: ['fd00:a::77', '10.0.1.77'] },
      {
        interfaces: tun,
        routes: [
          { to: 'fd00:a::77/128', dev: far.device },
          { to: '10.0.1.77/32', dev: far.device },
        ],
      },
    );
    const host = await segment.host({ addresses: ['fd00:a::11/64'] });
    await mustRun('ip', '-n', host.namespace, 'address', 'add', '10.0.1.11/24', 'dev', 'eth0');
    for (const address of ['fd00:a::77', '10.0.1.77']) {
      expect(await host.ping(address, { count: 2 })).toEqual({ answered: '2 of 2', errors: [] });
    }
    expect(await host.ping('fd00:a::78', { wait: 1 })).toMatchObject({ answered: '0 of 1' });
  });
}, ['ip', 'ping', 'radvd', 'sysctl']);

describeLive('umigame router on a link with a rogue router', () => {
  test('says so, and counts it', async () => {
    const lab = testLab({ b: { rogueAdvertisements: 'report', routers: ['fe80::b2'] } });
    await lab.open();
    await mustRun(...lab.b.command('sysctl', '-q', '-w', 'net.ipv6.conf.all.forwarding=1'));
    startRadvd(lab.b, 'fd00:c::/64');
    await lab.router.says(' on umb advertises itself as a router and may not\n');
    const { code, stdout } = await lab.stop();
    expect(code).toBe(0);
    expect(expectBalanced(stdout).refusals).toHaveProperty('rogueAdvertisement');
  });
}, ['ip', 'radvd', 'sysctl']);
