/** Tunnels between the router and a real kernel, which has them all: user-mode Linux. */
import { merge, pipe, type Subscription } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig, type RouterConfig } from '../../src/config/index.ts';
import { countOutcome } from '../../src/operators/index.ts';
import { router } from '../../src/pipelines/router.ts';
import { addInterface, addRoutes } from '../../src/run/configure.ts';
import { deviceStep } from '../../src/sinks/device.ts';
import { release, toInterfaces } from '../../src/sinks/index.ts';
import { fromDevice } from '../../src/sources/device.ts';
import { createNode, type Node } from '../../src/state/node.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { DgramDevice } from '../support/dgram-device.ts';
import { Guest, umlReason } from '../support/uml.ts';

/** Ports on 127.0.0.1, by process, so that two runs do not meet. */
const base = 20_000 + (process.pid % 2_000) * 8;
const ports = { host: base, hostPeer: base + 1, kernel: base + 2, kernelPeer: base + 3 };

const links: RouterConfig['interfaces'] = {
  uma: { device: 'tap', linkLayerAddress: '02:00:00:00:0a:01', addresses: ['fd00:a::1/64', '10.0.1.1/24'] },
  umb: { device: 'tap', linkLayerAddress: '02:00:00:00:0b:01', addresses: ['fd00:b::1/64', '10.0.2.1/24'] },
};

interface Running {
  readonly node: Node;
  readonly subscription: Subscription;
}

/** The default router between two guests: a host, and a kernel at the other end of the tunnel. */
const startRouter = (devices: Readonly<Record<string, DgramDevice>>, tunnels: object): Running => {
  const config = parseConfig({ interfaces: { ...links, ...tunnels } });
  const node = createNode({ random: seededRandom(7) });
  const ports: ReturnType<typeof deviceStep>[] = [];
  const sources = config.interfaces.flatMap((entry) => {
    const { index, name } = addInterface(node, entry);
    const device = devices[name];
    if (device === undefined) return [];
    ports[index] = deviceStep(device);
    return [fromDevice(device, { pool: node.pool, interfaceIndex: index })];
  });
  addRoutes(node, config.routes);
  const line = pipe(router(node), toInterfaces(ports), countOutcome(node.counters), release());
  return {
    node,
    subscription: merge(...sources)
      .pipe(line)
      .subscribe(),
  };
};

/** A kind of tunnel: how the kernel makes it, and how we do. */
interface Mode {
  readonly name: string;
  /** Behind `ip link add tun type`. */
  readonly kernel: string;
  /** Before that. */
  readonly before?: string;
  readonly device: string;
  readonly more?: object;
  /** IP version of outer headers. */
  readonly outer: 4 | 6;
  /** What goes through it. */
  readonly inner: readonly (4 | 6)[];
  /** Bytes of all outer headers. */
  readonly overhead: number;
}

const ends4 = 'local 10.0.2.2 remote 10.0.2.1';
const ends6 = 'local fd00:b::2 remote fd00:b::1';
const modes: readonly Mode[] = [
  { name: 'sit', kernel: `sit ${ends4} ttl 64`, device: 'gif', outer: 4, inner: [6], overhead: 20 },
  { name: 'ipip', kernel: `ipip ${ends4} ttl 64`, device: 'gif', outer: 4, inner: [4], overhead: 20 },
  {
    name: 'ip6tnl ip6ip6, encapsulation limit 4',
    kernel: `ip6tnl mode ip6ip6 ${ends6}`,
    device: 'gif',
    outer: 6,
    inner: [6],
    overhead: 48,
  },
  {
    name: 'ip6tnl ip6ip6, encaplimit none',
    kernel: `ip6tnl mode ip6ip6 encaplimit none ${ends6}`,
    device: 'gif',
    more: { encapsulationLimit: 'none' },
    outer: 6,
    inner: [6],
    overhead: 40,
  },
  { name: 'ip6tnl ipip6', kernel: `ip6tnl mode ipip6 ${ends6}`, device: 'gif', outer: 6, inner: [4], overhead: 48 },
  { name: 'ip6tnl any', kernel: `ip6tnl mode any ${ends6}`, device: 'gif', outer: 6, inner: [6, 4], overhead: 48 },
  { name: 'gre', kernel: `gre ${ends4} ttl 64`, device: 'gre', outer: 4, inner: [6, 4], overhead: 24 },
  {
    name: 'gre with key, checksum and numbers',
    kernel: `gre ${ends4} ttl 64 key 7 csum seq`,
    device: 'gre',
    more: { key: 7, checksum: true, sequence: true },
    outer: 4,
    inner: [6, 4],
    overhead: 36,
  },
  { name: 'ip6gre', kernel: `ip6gre ${ends6}`, device: 'gre', outer: 6, inner: [6, 4], overhead: 52 },
];

const interop = (): void => {
  let host: Guest;
  let kernel: Guest;
  const devices: Record<string, DgramDevice> = {};
  let running: Running | undefined;

  beforeAll(async () => {
    host = new Guest({ name: 'host', modules: [], card: ['02:00:00:00:0a:02', ports.host, ports.hostPeer] });
    kernel = new Guest({
      name: 'kernel',
      modules: ['sit', 'ip6_tunnel', 'ipip', 'ip_gre', 'ip6_gre', 'fou', 'fou6'],
      card: ['02:00:00:00:0b:02', ports.kernel, ports.kernelPeer],
    });
    devices.uma = await DgramDevice.open('uma', ports.hostPeer, ports.host);
    devices.umb = await DgramDevice.open('umb', ports.kernelPeer, ports.kernel);
    await Promise.all([host.ready, kernel.ready]);
    const up = (side: string, net: number): string =>
      `ip link set eth0 up; ip addr add fd00:${side}::2/64 dev eth0 nodad; ip addr add 10.0.${net}.2/24 dev eth0; ` +
      `ip route add default via 10.0.${net}.1; ip -6 route add default via fd00:${side}::1`;
    for (const [guest, side, net] of [
      [host, 'a', 1],
      [kernel, 'b', 2],
    ] as const) {
      expect(await guest.run(up(side, net))).toEqual({ code: 0, output: '' });
    }
  }, 300_000);

  afterEach(async () => {
    running?.subscription.unsubscribe();
    running?.node.close();
    running = undefined;
    await kernel.run('ip link del tun; ip fou del port 5555; ip fou del port 5556');
  });

  afterAll(async () => {
    for (const device of Object.values(devices)) device.close();
    await Promise.all([host?.stop(), kernel?.stop()]);
  });

  /** Both ends of a tunnel, with inner addresses and routes. */
  const connect = async (
    { device, more = {}, outer, kernel: type, before = '' }: Mode,
    back = false,
  ): Promise<Node> => {
    const ends = outer === 6 ? { local: 'fd00:b::1', remote: 'fd00:b::2' } : { local: '10.0.2.1', remote: '10.0.2.2' };
    const six = { device, ...ends, addresses: ['fd00:6::1/64', '10.0.6.1/24'], ...more };
    running = startRouter(devices, back ? { six, back: { device: 'gif', ...ends } } : { six });
    const made = await kernel.run(
      `set -e; ${before}ip link add tun type ${type}; ip link set tun up; ` +
        'ip addr add fd00:6::2/64 dev tun nodad || true; ip addr add 10.0.6.2/24 dev tun; ' +
        'ip route add 10.0.1.0/24 dev tun; ip -6 route add fd00:a::/64 dev tun || true',
    );
    expect(made.code, made.output).toBe(0);
    for (const guest of [host, kernel]) await guest.run('ip -6 route flush cache; ip route flush cache');
    return running.node;
  };

  const own = { 6: 'fd00:6::2', 4: '10.0.6.2' } as const;
  const ours = { 6: 'fd00:6::1', 4: '10.0.6.1' } as const;
  const header = { 6: 48, 4: 28 } as const;
  /** How many of three pings are answered; on a busy machine, at the second attempt. */
  const ping = async (guest: Guest, to: string, size: number, more = ''): Promise<string> => {
    const line = `ping -n -c 3 -i 0.2 -W 3 -s ${size} ${more} ${to}`;
    const { output } = await guest.run(`${line} | tee /tmp/said; grep -q ' 3 received' /tmp/said || ${line}`);
    return /(\d+) received(?![\s\S]* received)/.exec(output)?.[1] ?? output;
  };

  describe.each(modes)('$name', (mode) => {
    test.each(mode.inner)(
      'IPv%i: pings of 56 bytes and as large as the tunnel, both ways; TCP',
      async (inner) => {
        const node = await connect(mode);
        const mtu = node.interfaces.byName('six')?.mtu ?? 0;
        expect(mtu).toBe(1_500 - mode.overhead);
        await ping(host, own[inner], 56); // neighbors are found
        // The kernel answers as large as we ask, and asks as large as we answer; from behind us, too.
        expect(await ping(kernel, ours[inner], 56)).toBe('3');
        expect(await ping(kernel, ours[inner], mtu - header[inner], '-M do')).toBe('3');
        expect(await ping(host, own[inner], 56)).toBe('3');
        expect(await ping(host, own[inner], mtu - header[inner], '-M do')).toBe('3');

        // TCP from behind us: the host learns what fits by Packet Too Big.
        await kernel.run('iperf3 -s -1 -D');
        const { output } = await host.run(`sleep 0.5; timeout 30 iperf3 -c ${own[inner]} -n 400K -f k`);
        expect(output).toMatch(/ [1-9]\d* KBytes .* receiver[\s\S]*iperf Done/);
        expect(node.counters.balance().held).toBeLessThan(10);
        expect([...node.counters.refusals().keys()]).toEqual(
          expect.not.arrayContaining(['badChecksum', 'tunnelVersion']),
        );
      },
      180_000,
    );
  });

  test.each([
    ['fou', 'ip fou add port 5555 ipproto 41; ', 28],
    ['gue', 'ip fou add port 5556 gue; ', 32],
  ] as const)(
    '%s is taken; this kernel answers without UDP, as it was built',
    async (device, before, overhead) => {
      const port = device === 'fou' ? 5_555 : 5_556;
      const sit = `sit ${ends4} ttl 64`;
      const mode = {
        name: device,
        kernel: sit,
        before,
        device,
        more: { port },
        outer: 4,
        inner: [6],
        overhead,
      } as const;
      const node = await connect(mode, true);
      const mtu = node.interfaces.byName('six')?.mtu ?? 0;
      expect(mtu).toBe(1_500 - overhead);
      await ping(host, own[6], 56);
      expect(await ping(host, own[6], 56)).toBe('3');
      expect(await ping(host, own[6], mtu - header[6], '-M do')).toBe('3');
      const { counters, interfaces } = node;
      expect(counters.get(interfaces.byName('six')?.index ?? 0, 'outTransmits')).toBeGreaterThanOrEqual(6);
      expect(counters.get(interfaces.byName('back')?.index ?? 0, 'inReceives')).toBeGreaterThanOrEqual(6);
    },
    180_000,
  );

  const sixInSix = modes.find(({ kernel: type }) => type.includes('mode any')) as Mode;

  test('a host behind us learns how large packets in the tunnel may be', async () => {
    const node = await connect(sixInSix);
    await ping(host, own[6], 56);
    expect(await ping(host, own[6], 1_500 - header[6], '-M do -W 1')).toBe('0');
    expect(node.counters.refusals().get('packetTooBig')).toBeGreaterThan(0);
    expect((await host.run(`ip -6 route get ${own[6]}`)).output).toContain(' mtu 1452 ');
    // what may be cut arrives, in pieces
    expect(await ping(host, own[6], 3_000, '-M dont')).toBe('3');
  }, 180_000);

  test('a packet that may not be encapsulated once more is not, and the tunnel it comes from hears of it', async () => {
    const node = await connect(sixInSix);
    const nested = (limit: number): string =>
      `ip link add inner type ip6tnl mode any encaplimit ${limit} local fd00:a::2 remote ${own[6]}; ` +
      'ip link set inner up; ip addr add fd00:9::2/64 dev inner nodad';
    const refused = (): number => node.counters.refusals().get('encapsulationLimit') ?? 0;
    expect(await host.run(nested(0))).toEqual({ code: 0, output: '' });
    await ping(host, own[6], 56);
    expect(await ping(host, 'fd00:9::1', 56, '-W 1')).toBe('0');
    expect(refused()).toBeGreaterThan(0);
    expect((await host.run('grep Icmp6InParmProblems /proc/net/snmp6')).output).toMatch(/\s[1-9]\d*\s/);
    const before = refused();
    const sent = node.counters.total('outTransmits', 6);
    expect(await host.run(`ip link del inner; ${nested(1)}`)).toEqual({ code: 0, output: '' });
    await ping(host, 'fd00:9::1', 56, '-W 1');
    expect(refused()).toBe(before);
    expect(node.counters.total('outTransmits', 6)).toBeGreaterThan(sent);
    await host.run('ip link del inner');
  }, 180_000);
};

const reason = umlReason();
describe('a kernel at the other end', reason === '' ? interop : () => test('needs guests', ({ skip }) => skip(reason)));
