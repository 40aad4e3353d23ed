/** `umigame ndp`: what it says, and as a process against a control socket of this one. */
import { beforeAll, describe, expect, test } from 'vitest';
import { ndpAction } from '../../src/cli/ndp.ts';
import { interfaceVariables, neighborTable, prefixList, routerList } from '../../src/cli/ndp-draw.ts';
import { plain } from '../../src/cli/page.ts';
import type { NeighborView, PrefixView, RouterView } from '../../src/run/control/discovery-views.ts';
import { addressOf } from '../../src/testing/index.ts';
import { opened } from '../run/control/support.ts';
import { umigame } from '../support/command.ts';
import type { Ended } from '../support/program.ts';
import { addAddress } from '../support/testbed.ts';

const page = { paint: plain, width: 80, height: Number.POSITIVE_INFINITY };

const neighbor = (state: NeighborView['state'], fields: Partial<NeighborView> = {}): NeighborView => ({
  interface: 'uma',
  address: 'fe80::2',
  linkLayerAddress: '02:00:00:00:00:02',
  state,
  router: false,
  static: false,
  held: 0,
  remaining: 30_000,
  ...fields,
});

describe('-a', () => {
  test('has the columns of KAME', () => {
    const { linkLayerAddress: _, ...nameless } = neighbor('incomplete');
    const { remaining: __, ...fixed } = neighbor('reachable', { address: 'fd00:a::9', static: true });
    const shown = [nameless, fixed, neighbor('stale', { address: '10.0.1.2', remaining: 86_399_000, router: true })];
    const proxies = [{ interface: 'uma', address: 'fd00:a::7', linkLayerAddress: '02:00:00:00:00:22' }];
    expect(neighborTable(shown, proxies, page)).toBe(
      [
        'Neighbor     Linklayer Address  Netif  Expire     S  Flags',
        'fe80::2%uma  (incomplete)       uma    30s        I',
        'fd00:a::9    02:00:00:00:00:02  uma    permanent  R',
        '10.0.1.2     02:00:00:00:00:02  uma    23h59m59s  S  R',
        'fd00:a::7    02:00:00:00:00:22  uma    permanent  R  p',
      ].join('\n'),
    );
  });

  test.each([
    ['incomplete', 'I'],
    ['reachable', 'R'],
    ['stale', 'S'],
    ['delay', 'D'],
    ['probe', 'P'],
    ['unreachable', 'U'],
  ] as const)('%s is %s', (state, letter) => {
    expect(neighborTable([neighbor(state)], [], page)).toMatch(new RegExp(`  30s     ${letter}$`));
  });
});

describe('exactly one action', () => {
  const usage = /: umigame ndp -a \| .* \[--socket PATH\]$/;
  test.each([
    [{}, undefined, 'umigame: ndp does one thing at a time; say which'],
    [{ n: true }, undefined, 'umigame: ndp does one thing at a time; say which'],
    [{ a: true, c: true }, undefined, 'umigame: -a and -c are two things; ndp does one at a time'],
    [{ s: 'fe80::2%uma' }, undefined, 'umigame: a link-layer address goes with -s, and -s with a link-layer address'],
    [{ a: true }, 'fe80::2', 'umigame: a link-layer address goes with -s, and -s with a link-layer address'],
    [{ i: 'uma', interface: 'umb' }, undefined, 'umigame: -i has its interface, and takes no -I'],
  ])('%j %s is refused', (options, linkLayerAddress, sentence) => {
    expect(() => ndpAction(options, linkLayerAddress)).toThrow(sentence);
    expect(() => ndpAction(options, linkLayerAddress)).toThrow(usage);
  });
});

test('-i: the variables of an interface', () => {
  const entry = {
    index: 2,
    name: 'uma',
    kind: 'tap',
    up: true,
    mtu: 1_480,
    deviceMtu: 1_500,
    hopLimit: 64,
    pointToPoint: false,
    autoconfigured: true,
    advertises: false,
    addresses: [],
    inReceives: 0,
    inOctets: 0,
    outTransmits: 0,
    outOctets: 0,
    refused: 0,
  } as const;
  const neighborDiscovery = { baseReachableTime: 30_000, reachableTime: 27_654, retransTimer: 1_250 };
  expect(interfaceVariables({ ...entry, neighborDiscovery })).toBe(
    'linkmtu=1480, maxmtu=1500, curhlim=64, basereachable=30s0ms, reachable=27s, retrans=1s250ms\n' +
      'Flags: nud accept_rtadv',
  );
  const bare = { ...entry, autoconfigured: false };
  expect(interfaceVariables(bare)).toBe('linkmtu=1480, maxmtu=1500, curhlim=64\nFlags: none');
  expect(interfaceVariables({ ...bare, advertises: true, up: false })).toMatch(/\nFlags: advertise disabled$/);
});

test('-p: the prefixes, and who advertises them', () => {
  const manual: PrefixView = {
    interface: 'uma',
    prefix: 'fe80::/64',
    origin: 'manual',
    onLink: true,
    autonomous: false,
    attached: true,
    advertisers: [],
  };
  const learnt: PrefixView = {
    ...manual,
    prefix: '2001:db8::/64',
    origin: 'router',
    autonomous: true,
    preferredLifetime: 604_800,
    validLifetime: 2_591_997,
    advertisers: [
      { address: 'fe80::1', reachable: true },
      { address: 'fe80::2', reachable: false },
    ],
  };
  expect(prefixList([manual, learnt, { ...learnt, attached: false, advertisers: [] }])).toBe(
    [
      'fe80::%uma/64 if=uma',
      '  flags=LO vltime=infinity, pltime=infinity, expire=Never',
      '  No advertising router',
      '2001:db8::/64 if=uma',
      '  flags=LAO vltime=2591997, pltime=604800, expire=29d23h59m57s',
      '  advertised by',
      '    fe80::1%uma (reachable)',
      '    fe80::2%uma (unreachable)',
      '2001:db8::/64 if=uma',
      '  flags=LAD vltime=2591997, pltime=604800, expire=29d23h59m57s',
      '  No advertising router',
    ].join('\n'),
  );
});

test('-r: the default routers, and no others', () => {
  const router: RouterView = {
    interface: 'uma',
    address: 'fe80::1',
    role: 'default',
    preference: 'medium',
    lifetime: 1_798,
    reachable: true,
    selected: false,
    managed: false,
    otherConfiguration: false,
    routes: [],
  };
  const { lifetime: _, ...endless } = router;
  const both = { managed: true, otherConfiguration: true, selected: true, preference: 'high' } as const;
  expect(routerList([router, { ...router, role: 'advertiser' }, { ...endless, ...both }])).toBe(
    [
      'fe80::1%uma if=uma, flags=, pref=medium, expire=29m58s',
      'fe80::1%uma if=uma, flags=MO, pref=high, expire=Never, in use',
    ].join('\n'),
  );
});

// What is built may have to be built again: that takes longer than a test may.
beforeAll(() => umigame(['--version']).waitFor(), 120_000);

/** A router with an Ethernet `e`, and what `umigame ndp` says to it. */
const ethernet = async () => {
  const { node, path } = await opened();
  const linkLayerAddress = { high: 0x0200, low: 0x22 };
  const spec = { name: 'e', kind: 'memory', mtu: 1500, pointToPoint: false, linkLayerAddress } as const;
  const { index } = node.interfaces.add(spec);
  addAddress(node, index, 'fd00:e::1/64');
  node.neighbors.hearInformation(index, addressOf('fd00:e::2'), { high: 0x0200, low: 2 });
  const ndp = (...args: readonly string[]): Promise<Ended> => umigame(['ndp', ...args, '--socket', path]).waitFor();
  const said = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await ndp(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  return { node, index, ndp, said };
};

describe('umigame ndp, a process', { timeout: 60_000 }, () => {
  test('writes, shows, deletes and forgets', async () => {
    const { node, said } = await ethernet();
    const added = 'dev e 02:00:00:00:00:09 reachable static\n';
    expect(await said('-s', 'fe80::9%e', '02:00:00:00:00:09')).toBe(`added fe80::9 ${added}`);
    expect(await said('-s', 'fe80::8', '-I', 'e', '02:00:00:00:00:09')).toBe(`added fe80::8 ${added}`);
    expect(await said('-an')).toBe(
      [
        'Neighbor   Linklayer Address  Netif  Expire     S  Flags',
        'fd00:e::2  02:00:00:00:00:02  e      1d0h0m0s   S',
        'fe80::8%e  02:00:00:00:00:09  e      permanent  R',
        'fe80::9%e  02:00:00:00:00:09  e      permanent  R',
        '',
      ].join('\n'),
    );
    expect(await said('-d', 'fe80::8%e')).toBe(`deleted fe80::8 ${added}`);
    expect(await said('-c')).toBe('forgot 1, kept 1 static\n');
    expect(node.neighbors.list().map(({ address }) => address.w3)).toEqual([9]);
  });

  test('shows an interface, prefixes and routers, and answers of a proxy', async () => {
    const { node, index, said } = await ethernet();
    expect(await said('-i', 'e')).toMatch(
      /^linkmtu=1500, maxmtu=1500, curhlim=64, basereachable=30s0ms, reachable=\d+s, retrans=1s0ms\nFlags: nud\n$/,
    );
    expect(await said('-p', '-I', 'e')).toMatch(/^fd00:e::\/64 if=e\n/);
    expect(await said('-r')).toBe('');
    node.proxies.add(index, addressOf('fd00:e::7'));
    expect(await said('-a')).toMatch(/^fd00:e::7 {2}02:00:00:00:00:22 {2}e {6}permanent {2}R {2}p$/m);
  });

  test('says in a sentence what it does not do', async () => {
    const { ndp } = await ethernet();
    expect(await ndp('-d', 'fe80::8%e')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'umigame: there is no neighbor fe80::8 on e\n',
    });
    expect((await ndp('-a', '-c')).stderr).toMatch(
      /^umigame: -a and -c are two things; ndp does one at a time: umigame/,
    );
  });
});
