/** Linux hosts that configure themselves from the router's advertisements. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { startRouter } from '../../src/run/index.ts';
import { type Lab, testLab } from '../support/lab.ts';
import { describeLive, testNamespace, uniqueName } from '../support/live.ts';
import { mustRun } from '../support/program.ts';

/** Linux takes advertisements though it forwards, and routes up to this length. */
const acceptAdvertisements = (namespace: string): Promise<string> => {
  const settings = ['accept_ra=2', 'accept_ra_rt_info_max_plen=64'].map((each) => `net.ipv6.conf.default.${each}`);
  return mustRun('ip', 'netns', 'exec', namespace, 'sysctl', '-q', '-w', ...settings);
};

/** The host at `umb` has no address; the router tells it all. */
const advertisingLab = async (): Promise<Lab> => {
  const lab = testLab({
    b: {
      addresses: ['fd00:b::1/64', 'fe80::b1/64'],
      kernel: { addresses: [] },
      advertise: {
        preference: 'high',
        maximumInterval: 4,
        minimumInterval: 3,
        mtu: 1_400,
        hopLimit: 32,
        rdnss: ['fd00:b::53'],
        dnssl: ['example.org'],
        pref64: '64:ff9b::/96',
        routes: [{ prefix: '2001:db8:f::/48', preference: 'low' }],
      },
    },
    prepare: ({ b }) => acceptAdvertisements(b.namespace),
    arguments: (each) => ['--record', each.path('router.pcapng')],
  });
  await lab.open();
  return lab;
};

/** What `ip` prints of the host, once it holds what is looked for. */
const eventually = async (
  namespace: string,
  what: readonly string[],
  wanted: (text: string) => boolean,
): Promise<string> => {
  const end = performance.now() + 10_000;
  for (;;) {
    const text = await mustRun('ip', '-n', namespace, '-6', ...what);
    if (wanted(text)) return text;
    if (performance.now() > end) expect.fail(`ip ${what.join(' ')} stayed:\n${text}`);
    await sleep(50);
  }
};

const routes = ['route', 'show', 'dev', 'umb'] as const;

describeLive('a Linux host behind a router that advertises', () => {
  test('has an address, routes with preferences, MTU and hop limit, and pings through the router', async () => {
    const lab = await advertisingLab();
    await eventually(lab.b.namespace, ['address'], (text) =>
      /inet6 fd00:b:\S+\/64 scope global(?! tentative).*dynamic/.test(text),
    );
    const table = await eventually(lab.b.namespace, routes, (text) => text.includes('default'));
    expect(table).toMatch(/^default via fe80::b1 proto ra .*expires \d+sec .*pref high/m);
    expect(table).toMatch(/^2001:db8:f::\/48 via fe80::b1 proto ra .*pref low/m);
    expect(table).toContain('hoplimit 32');
    const mtu = await mustRun(...lab.b.command('cat', '/proc/sys/net/ipv6/conf/umb/mtu'));
    expect(mtu.trim()).toBe('1400');
    expect(await lab.b.ping('fd00:a::2', { count: 3 })).toEqual({ answered: '3 of 3', errors: [] });
  });

  test('reads DNS servers, search list and routes with rdisc6, which solicits; tshark reads PREF64', async () => {
    const lab = await advertisingLab();
    const { stdout } = await lab.b.run('rdisc6', '-1', 'umb');
    expect(stdout).toMatch(/Router preference\s*:\s*high/);
    expect(stdout).toMatch(/Prefix\s*: fd00:b::\/64/);
    expect(stdout).toMatch(/MTU\s*:\s*1400 bytes/);
    expect(stdout).toMatch(/Recursive DNS server\s*: fd00:b::53/);
    expect(stdout).toMatch(/DNS search list\s*: example\.org/);
    expect(stdout).toMatch(/Route\s*: 2001:db8:f::\/48/);
    expect(stdout).toMatch(/from fe80::b1/);
    await lab.stop(); // all is in the file then
    const advertisement = await mustRun('tshark', '-r', lab.path('router.pcapng'), '-Y', 'icmpv6.opt.type == 38', '-V');
    expect(advertisement).toMatch(/PREF64 Option[\s\S]*Prefix: 64:ff9b::$/m);
  });

  test('is served from an rtadvd.conf as from a configuration', async () => {
    const lab = testLab({
      b: {
        addresses: ['fd00:b::1/64', 'fe80::b1/64'],
        kernel: { addresses: [] },
        advertise: { rtadvd: 'rtadvd.conf' },
      },
      prepare: async (each) => {
        each.write(
          'rtadvd.conf',
          [
            'default:\\',
            '\t:chlim#33:maxinterval#4:mininterval#3:',
            'umb:\\',
            '\t:addr="fd00:bb::":prefixlen#64:vltime#3600:pltime#600:raflags="l":mtu#1300:\\',
            '\t:rtprefix="2001:db8:f::":rtplen#48:rtltime#90:rtflags="h":rdnss="fd00:b::53":tc=default:',
            '',
          ].join('\n'),
        );
        await acceptAdvertisements(each.b.namespace);
      },
    });
    await lab.open();
    await eventually(lab.b.namespace, ['address'], (text) => /inet6 fd00:bb:\S+\/64 .*dynamic/.test(text));
    const table = await eventually(lab.b.namespace, routes, (text) => text.includes('default'));
    expect(table).toMatch(/^default via fe80::b1 proto ra .*hoplimit 33 pref low/m);
    expect(table).toMatch(/^2001:db8:f::\/48 via fe80::b1 proto ra .*pref high/m);
    const { stdout } = await lab.b.run('rdisc6', '-1', 'umb');
    expect(stdout).toMatch(/Valid time\s*:\s*3600 /);
    expect(stdout).toMatch(/Pref\. time\s*:\s*600 /);
    expect(stdout).toMatch(/MTU\s*:\s*1300 bytes/);
    expect(stdout).toMatch(/Recursive DNS server\s*: fd00:b::53/);
  });

  test('is told good-bye when the router stops', async () => {
    const lab = await advertisingLab();
    await eventually(lab.b.namespace, routes, (text) => text.includes('default'));
    expect((await lab.stop()).code).toBe(0);
    // The device goes with the router, so nobody is left to listen: the router's own recording tells.
    const last = 'icmpv6.type == 134 && icmpv6.nd.ra.router_lifetime == 0';
    const told = await mustRun('tshark', '-r', lab.path('router.pcapng'), '-Y', last);
    expect(told).toMatch(/fe80::b1 → ff02::1/);
  });

  test('loses the default route by it, and keeps its address', async () => {
    const [name, namespace] = [uniqueName(), testNamespace()];
    await acceptAdvertisements(namespace);
    const running = startRouter(
      parseConfig({
        interfaces: {
          [name]: {
            device: 'tun',
            netns: namespace,
            addresses: ['fd00:c::1/64'],
            kernel: { addresses: [] },
            advertise: true,
          },
        },
      }),
    );
    onTestFinished(() => running.stop());
    await eventually(namespace, ['route'], (text) => text.includes('default via fe80::1'));
    running.node.advertisements.ceaseAll();
    const table = await eventually(namespace, ['route'], (text) => !text.includes('default'));
    expect(table).toContain('fd00:c::/64');
  });
}, ['ip', 'ping', 'rdisc6', 'sysctl', 'tshark']);
