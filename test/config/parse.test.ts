import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type Config,
  ConfigError,
  defineConfig,
  gatewayOf,
  parseConfig,
  type RouterConfig,
} from '../../src/config/index.ts';
import { formatAddress, formatPrefix, parseAddress, parsePrefix } from '../../src/wire/address.ts';

const problemsOf = (input: unknown): string[] => {
  try {
    parseConfig(input, 'config.json');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.message.split('\n');
    expect(lines).toHaveLength(error.problems.length);
    return lines.map((line) => {
      expect(line).toMatch(/^umigame: config\.json: /);
      return line.slice('umigame: config.json: '.length);
    });
  }
  return [];
};

const tun = (addresses: unknown, more: object = {}) => ({ device: 'tun', addresses, ...more });
const tap = (addresses: unknown, more: object = {}) => ({ device: 'tap', addresses, ...more });
const linkLayerAddresses = 'six pairs of hexadecimal digits, such as "02:00:00:00:00:22"';
const two = (...routes: unknown[]) => ({
  interfaces: {
    uma: tun(['fd00:a::1/64', '10.0.1.1/24', 'fe80::1/64'], { kernel: { addresses: ['fd00:a::2/64'] } }),
    umb: tun(['fd00:b::1/64', 'fe80::1/64']),
  },
  routes,
});

describe('a configuration for two hosts', () => {
  const text = `{ "interfaces": {
    "uma": { "device": "tun", "netns": "a", "mtu": 1500, "addresses": ["fd00:a::1/64", "10.0.1.1/24"],
             "kernel": { "addresses": ["fd00:a::2/64", "10.0.1.2/24"], "defaultRoute": true } },
    "umb": { "device": "tun", "netns": "b", "addresses": ["fd00:b::1/64", "10.0.2.1/24"],
             "kernel": { "addresses": ["fd00:b::2/64", "10.0.2.2/24"], "defaultRoute": true } } },
  "routes": [ { "to": "2001:db8::/32", "via": "fd00:b::2", "dev": "umb" }, { "to": "2001:db8:dead::/48", "reject": true } ] }`;
  const config = parseConfig(JSON.parse(text));

  test('interfaces come in order, with defaults filled in', () => {
    expect(config.interfaces.map(({ name, device, netns, mtu }) => ({ name, device, netns, mtu }))).toEqual([
      { name: 'uma', device: 'tun', netns: 'a', mtu: 1500 },
      { name: 'umb', device: 'tun', netns: 'b', mtu: 1500 },
    ]);
  });

  test('addresses are values with their on-link prefixes', () => {
    const written = config.interfaces[1]?.addresses.map(
      ({ address, prefix }) => `${formatAddress(address)} on ${formatPrefix(prefix)}`,
    );
    expect(written).toEqual(['fd00:b::1 on fd00:b::/64', '10.0.2.1 on 10.0.2.0/24']);
  });

  test("the kernel's side takes its MTU from the interface", () => {
    const kernel = config.interfaces[0]?.kernel;
    expect(kernel?.addresses.map(({ address }) => formatAddress(address))).toEqual(['fd00:a::2', '10.0.1.2']);
    expect(kernel).toMatchObject({ defaultRoute: true, mtu: 1500 });
  });

  test('routes have an action', () => {
    expect(config.routes.map((route) => ({ ...route, to: formatPrefix(route.to) }))).toEqual([
      { action: 'forward', to: '2001:db8::/32', metric: 0, dev: 'umb', via: parseAddress('fd00:b::2') },
      { action: 'reject', to: '2001:db8:dead::/48', metric: 0 },
    ]);
  });
});

describe('good configurations', () => {
  const cases: [string, object, (config: Config) => unknown, unknown][] = [
    ['one interface', { interfaces: { u: tun([]) } }, ({ interfaces }) => interfaces[0]?.mtu, 1500],
    ['no routes', { interfaces: { u: tun([]) } }, ({ routes }) => routes, []],
    [
      'a link-layer address',
      { interfaces: { u: tap([], { linkLayerAddress: '02:00:00:00:00:22' }) } },
      ({ interfaces }) => interfaces[0]?.linkLayerAddress,
      { high: 0x0200, low: 0x22 },
    ],
    [
      'a TAP device without one',
      { interfaces: { u: tap([]) } },
      ({ interfaces: [u] }) => [u?.device, u?.linkLayerAddress],
      ['tap', undefined],
    ],
    [
      'a default route on Ethernet',
      { interfaces: { u: tap(['fd00:a::1/64'], { kernel: { addresses: ['fd00:a::2/64'], defaultRoute: true } }) } },
      ({ interfaces: [u] }) => u && gatewayOf(u, 6),
      parseAddress('fd00:a::1'),
    ],
    ['no kernel side', { interfaces: { u: tun([]) } }, ({ interfaces }) => interfaces[0]?.kernel, undefined],
    ['IPv4 alone may have 68 bytes', { interfaces: { u: tun(['10.0.0.1/24'], { mtu: 68 }) } }, () => 1, 1],
    ['both ends of a /31 (RFC 3021)', { interfaces: { u: tun(['10.0.0.0/31']), v: tun(['10.0.0.3/31']) } }, () => 1, 1],
    ['one link-local address on two links', two(), ({ interfaces }) => interfaces.length, 2],
    [
      'an interface found by its prefix',
      two({ to: '::/0', via: 'fd00:b::2' }),
      ({ routes }) => routes[0],
      {
        action: 'forward',
        to: { address: parseAddress('::'), length: 0 },
        metric: 0,
        dev: 'umb',
        via: parseAddress('fd00:b::2'),
      },
    ],
    [
      'a link-local next hop with its zone',
      two({ to: '::/0', via: 'fe80::2%umb' }),
      ({ routes }) => routes[0],
      { action: 'forward', to: parsePrefix('::/0'), metric: 0, dev: 'umb', via: parseAddress('fe80::2') },
    ],
    [
      'a link-local next hop with its interface',
      two({ to: '::/0', via: 'fe80::2', dev: 'umb' }),
      ({ routes }) => routes.length,
      1,
    ],
    ['a route without next hop', two({ to: 'fd01::/64', dev: 'uma' }), ({ routes }) => routes[0]?.action, 'forward'],
    [
      'two metrics',
      two({ to: '::/0', dev: 'uma' }, { to: '::/0', dev: 'umb', metric: 9 }),
      ({ routes }) => routes[1]?.metric,
      9,
    ],
    [
      'a blackhole',
      two({ to: '::/0', blackhole: true, reject: false }),
      ({ routes }) => routes[0]?.action,
      'blackhole',
    ],
    [
      'an MTU of its own for the kernel',
      { interfaces: { u: tun([], { mtu: 9000, kernel: { mtu: 1400 } }) } },
      ({ interfaces }) => interfaces[0]?.kernel?.mtu,
      1400,
    ],
    ['a name with a dot', { interfaces: { 'eth0.100': tun([]) } }, ({ interfaces }) => interfaces[0]?.name, 'eth0.100'],
  ];
  test.each(cases)('%s', (_, input, read, expected) => {
    expect(read(parseConfig(input))).toEqual(expected);
  });
});

const address = 'an address and the length of its prefix, such as "fd00:a::1/64" or "10.0.1.1/24"';
const prefix = 'a prefix, such as "2001:db8::/32", "::/0" or "10.0.0.0/8"';
const neighbor = 'the unicast address of a neighbor, such as "fd00:b::2"';
const nameRule = 'allowed: 1 to 15 letters, digits, dots, dashes and underscores';
const withAddress = (written: unknown) => ({ interfaces: { uma: tun([written]) } });

describe('bad configurations', () => {
  const cases: [string, unknown, string][] = [
    // shape
    ['a number', 3, '3 is not allowed here; allowed: an object with the keys interfaces, routes, ipsec, limits'],
    ['null', null, 'null is not allowed here; allowed: an object with the keys interfaces, routes, ipsec, limits'],
    ['a list', [], 'an array is not allowed here; allowed: an object with the keys interfaces, routes, ipsec, limits'],
    ['nothing in it', {}, 'interfaces: missing; allowed: an object that names at least one interface'],
    ['no interface', { interfaces: {} }, 'interfaces: there is none; allowed: at least one interface'],
    ['an unknown key', { ...two(), worker: 2 }, 'unknown key "worker"; allowed: interfaces, routes, ipsec, limits'],
    [
      'a misspelt key',
      { ...two(), route: [] },
      'unknown key "route" (did you mean "routes"?); allowed: interfaces, routes, ipsec, limits',
    ],
    [
      'a misspelt key inside',
      { interfaces: { uma: tun([], { mut: 1500 }) } },
      'interfaces.uma: unknown key "mut" (did you mean "mtu"?); allowed: device, netns, mtu, addresses, kernel, advertise',
    ],
    [
      'a misspelt key deep inside',
      { interfaces: { uma: tun([], { kernel: { defaultroute: true } }) } },
      'interfaces.uma.kernel: unknown key "defaultroute" (did you mean "defaultRoute"?); allowed: addresses, defaultRoute, mtu',
    ],
    [
      'an unknown key of a route',
      two({ to: '::/0', dev: 'uma', src: 'fd00::1' }),
      'routes[0]: unknown key "src"; allowed: to, via, dev, metric, reject, blackhole',
    ],
    [
      'routes that are no list',
      { ...two(), routes: {} },
      'routes: an object is not allowed here; allowed: a list of routes such as { "to": "2001:db8::/32", "via": "fd00:b::2" }',
    ],
    [
      'a route that is no object',
      two('::/0'),
      'routes[0]: "::/0" is not allowed here; allowed: an object with the keys to, via, dev, metric, reject, blackhole',
    ],
    [
      'an interface that is no object',
      { interfaces: { uma: 'tun' } },
      'interfaces.uma: "tun" is not allowed here; allowed: an object that describes an interface',
    ],
    // interfaces
    [
      'no device',
      { interfaces: { uma: { addresses: [] } } },
      'interfaces.uma.device: missing; allowed: "tun" or "tap"',
    ],
    [
      'an unknown device',
      { interfaces: { uma: { device: 'tunnel', addresses: [] } } },
      'interfaces.uma.device: "tunnel" is not allowed here; allowed: "tun" or "tap"',
    ],
    [
      'a link-layer address on a link without such',
      { interfaces: { uma: tun([], { linkLayerAddress: '02:00:00:00:00:22' }) } },
      'interfaces.uma: unknown key "linkLayerAddress"; allowed: device, netns, mtu, addresses, kernel, advertise',
    ],
    [
      'no link-layer address',
      { interfaces: { uma: tap([], { linkLayerAddress: '02-00-00-00-00-22' }) } },
      `interfaces.uma.linkLayerAddress: "02-00-00-00-00-22" is not allowed here; allowed: ${linkLayerAddresses}`,
    ],
    [
      'the link-layer address of a group',
      { interfaces: { uma: tap([], { linkLayerAddress: '33:33:00:00:00:01' }) } },
      `interfaces.uma.linkLayerAddress: "33:33:00:00:00:01" is the address of a group, for its first byte is odd; allowed: ${linkLayerAddresses}`,
    ],
    [
      'the link-layer address of nobody',
      { interfaces: { uma: tap([], { linkLayerAddress: '00:00:00:00:00:00' }) } },
      `interfaces.uma.linkLayerAddress: "00:00:00:00:00:00" is no address of a node; allowed: ${linkLayerAddresses}`,
    ],
    [
      'a default route on Ethernet to nobody',
      { interfaces: { uma: tap(['fd00:a::1/64'], { kernel: { addresses: ['10.0.1.2/24'], defaultRoute: true } }) } },
      'interfaces.uma.kernel.defaultRoute: the kernel has no IPv4 address that shares its prefix with one of the router; allowed: false, or "addresses" of one prefix on both sides',
    ],
    [
      'no addresses',
      { interfaces: { uma: { device: 'tun' } } },
      'interfaces.uma.addresses: missing; allowed: a list of addresses such as "fd00:a::1/64"',
    ],
    [
      'an MTU too large',
      { interfaces: { uma: tun([], { mtu: 70_000 }) } },
      'interfaces.uma.mtu: 70000 is too large; allowed: 68 to 65535',
    ],
    [
      'an MTU too small',
      { interfaces: { uma: tun([], { mtu: 67 }) } },
      'interfaces.uma.mtu: 67 is too small; allowed: 68 to 65535',
    ],
    [
      'an MTU as text',
      { interfaces: { uma: tun([], { mtu: '1500' }) } },
      'interfaces.uma.mtu: "1500" is not allowed here; allowed: a whole number, 68 to 65535',
    ],
    [
      'half a byte',
      { interfaces: { uma: tun([], { mtu: 1500.5 }) } },
      'interfaces.uma.mtu: 1500.5 is not allowed here; allowed: a whole number, 68 to 65535',
    ],
    [
      'an MTU too small for IPv6',
      { interfaces: { uma: tun(['fd00::1/64'], { mtu: 1279 }) } },
      'interfaces.uma.mtu: 1279 is too small for a link with IPv6 addresses; allowed: 1280 to 65535',
    ],
    [
      "an MTU too small for the kernel's IPv6",
      { interfaces: { uma: tun(['10.0.0.1/8'], { kernel: { addresses: ['fd00::2/64'], mtu: 1000 } }) } },
      'interfaces.uma.kernel.mtu: 1000 is too small for a link with IPv6 addresses; allowed: 1280 to 65535',
    ],
    [
      'a namespace that is a path',
      { interfaces: { uma: tun([], { netns: '/run/netns/a' }) } },
      'interfaces.uma.netns: "/run/netns/a" is not allowed here; allowed: the name of a network namespace, without "/"',
    ],
    [
      'a flag as a number',
      { interfaces: { uma: tun([], { kernel: { defaultRoute: 1 } }) } },
      'interfaces.uma.kernel.defaultRoute: 1 is not allowed here; allowed: true or false',
    ],
    // names
    [
      'a name with a slash',
      { interfaces: { 'a/b': tun([]) } },
      `interfaces["a/b"]: "a/b" is no interface name; ${nameRule}`,
    ],
    [
      'a name with a space',
      { interfaces: { 'a b': tun([]) } },
      `interfaces["a b"]: "a b" is no interface name; ${nameRule}`,
    ],
    [
      'a pattern',
      { interfaces: { 'tun%d': tun([]) } },
      `interfaces["tun%d"]: "tun%d" is no interface name; ${nameRule}`,
    ],
    ['no name', { interfaces: { '': tun([]) } }, `interfaces[""]: "" is no interface name; ${nameRule}`],
    [
      '16 bytes',
      { interfaces: { abcdefghijklmnop: tun([]) } },
      `interfaces.abcdefghijklmnop: the name "abcdefghijklmnop" has 16 bytes; ${nameRule}`,
    ],
    [
      '16 bytes in 6 letters',
      { interfaces: { 海亀海亀海a: tun([]) } },
      `interfaces["海亀海亀海a"]: the name "海亀海亀海a" has 16 bytes; ${nameRule}`,
    ],
    [
      "the router's loopback",
      { interfaces: { lo0: tun([]) } },
      'interfaces.lo0: the name "lo0" is reserved; allowed: any other interface name',
    ],
    // addresses
    ['no address', withAddress('uma'), `interfaces.uma.addresses[0]: "uma" is not allowed here; allowed: ${address}`],
    [
      'a number for an address',
      withAddress(5),
      `interfaces.uma.addresses[0]: 5 is not allowed here; allowed: ${address}`,
    ],
    [
      'no length',
      withAddress('fd00::1'),
      'interfaces.uma.addresses[0]: "fd00::1" is not allowed here; allowed: the address and its length: fd00::1/128 for this address alone',
    ],
    [
      'too long a length',
      withAddress('10.0.0.1/33'),
      'interfaces.uma.addresses[0]: "10.0.0.1/33" is not allowed here; allowed: the address with a length from 0 to 32',
    ],
    [
      'multicast',
      withAddress('ff02::1/64'),
      'interfaces.uma.addresses[0]: "ff02::1/64" is a multicast address; allowed: a unicast address',
    ],
    [
      'IPv4 multicast',
      withAddress('224.0.0.5/24'),
      'interfaces.uma.addresses[0]: "224.0.0.5/24" is a multicast address; allowed: a unicast address',
    ],
    [
      'unspecified',
      withAddress('::/64'),
      'interfaces.uma.addresses[0]: "::/64" is the unspecified address; allowed: a unicast address',
    ],
    [
      'loopback',
      withAddress('::1/128'),
      'interfaces.uma.addresses[0]: "::1/128" is a loopback address; allowed: a unicast address',
    ],
    [
      'IPv4 loopback',
      withAddress('127.0.0.1/8'),
      'interfaces.uma.addresses[0]: "127.0.0.1/8" is a loopback address; allowed: a unicast address',
    ],
    [
      'IPv4-mapped',
      withAddress('::ffff:10.0.0.1/128'),
      'interfaces.uma.addresses[0]: "::ffff:10.0.0.1/128" is an IPv4-mapped address; allowed: a unicast address',
    ],
    [
      'broadcast',
      withAddress('10.0.0.255/24'),
      'interfaces.uma.addresses[0]: "10.0.0.255/24" is the broadcast address of 10.0.0.0/24; allowed: a unicast address',
    ],
    [
      'limited broadcast',
      withAddress('255.255.255.255/32'),
      'interfaces.uma.addresses[0]: "255.255.255.255/32" is the broadcast address; allowed: a unicast address',
    ],
    [
      'a network',
      withAddress('10.0.0.0/24'),
      'interfaces.uma.addresses[0]: "10.0.0.0/24" is the address of the network 10.0.0.0/24 itself; allowed: a unicast address',
    ],
    [
      'an address twice',
      { interfaces: { uma: tun(['fd00::1/64', 'fd00:0::1/48']) } },
      'interfaces.uma.addresses[1]: fd00::1 stands at interfaces.uma.addresses[0] already; allowed: each address once',
    ],
    [
      'an address on both sides',
      { interfaces: { uma: tun(['fd00::1/64'], { kernel: { addresses: ['fd00::1/64'] } }) } },
      'interfaces.uma.kernel.addresses[0]: fd00::1 stands at interfaces.uma.addresses[0] already; allowed: each address once',
    ],
    [
      'an address on two links',
      { interfaces: { uma: tun(['fd00::1/64']), umb: tun(['fd00::1/64']) } },
      'interfaces.umb.addresses[0]: fd00::1 stands at interfaces.uma.addresses[0] already; allowed: each address once',
    ],
    // routes
    ['no destination', two({ dev: 'uma' }), `routes[0].to: missing; allowed: ${prefix}`],
    [
      'a destination that is none',
      two({ to: 'home', dev: 'uma' }),
      `routes[0].to: "home" is not allowed here; allowed: ${prefix}`,
    ],
    [
      '"default"',
      two({ to: 'default', dev: 'uma' }),
      'routes[0].to: "default" is not allowed here; allowed: "::/0" for all of IPv6, "0.0.0.0/0" for all of IPv4',
    ],
    [
      'bits behind the length',
      two({ to: '2001:db8::1/32', dev: 'uma' }),
      'routes[0].to: "2001:db8::1/32" has bits set behind its length; did you mean "2001:db8::/32"?',
    ],
    [
      'a multicast destination',
      two({ to: 'ff00::/8', dev: 'uma' }),
      'routes[0].to: "ff00::/8" is multicast; allowed: a unicast prefix',
    ],
    [
      'nowhere to go',
      two({ to: '::/0' }),
      'routes[0]: leads nowhere; allowed: "via", "dev", "reject": true or "blackhole": true',
    ],
    [
      'no such interface',
      two({ to: '::/0', dev: 'umc' }),
      'routes[0].dev: there is no interface "umc" (did you mean "uma"?); allowed: uma, umb',
    ],
    [
      'reject and via',
      two({ to: '::/0', via: 'fd00:b::2', reject: true }),
      'routes[0]: "reject" together with "via"; allowed: one of "reject", "blackhole", or "via" and "dev"',
    ],
    [
      'reject and blackhole',
      two({ to: '::/0', blackhole: true, reject: true }),
      'routes[0]: "reject" together with "blackhole"; allowed: one of "reject", "blackhole", or "via" and "dev"',
    ],
    [
      'a next hop with a length',
      two({ to: '::/0', via: 'fd00:b::2/64' }),
      'routes[0].via: "fd00:b::2/64" is not allowed here; allowed: an address without a prefix length',
    ],
    [
      'a global next hop with a zone',
      two({ to: '::/0', via: 'fd00:a::2%uma' }),
      'routes[0].via: "fd00:a::2%uma" is not allowed here; allowed: a zone with a link-local address, such as "fe80::2%tun0"',
    ],
    [
      'a next hop in a zone that is not there',
      two({ to: '::/0', via: 'fe80::2%umc' }),
      'routes[0].via: there is no interface "umc" (did you mean "uma"?); allowed: uma, umb',
    ],
    [
      'a next hop in another zone than its interface',
      two({ to: '::/0', via: 'fe80::2%uma', dev: 'umb' }),
      'routes[0].via: "uma" and "umb" are two interfaces; allowed: one',
    ],
    [
      'a link-local next hop of another subnet',
      two({ to: '::/0', via: 'fe80:2::2%uma' }),
      `routes[0].via: "fe80:2::2%uma" has bits set between fe80::/10 and the interface identifier (RFC 4291 §2.5.6); allowed: ${neighbor}`,
    ],
    [
      'a multicast next hop',
      two({ to: '::/0', via: 'ff02::2' }),
      `routes[0].via: "ff02::2" is a multicast address; allowed: ${neighbor}`,
    ],
    [
      'two families',
      two({ to: '::/0', via: '10.0.1.2' }),
      'routes[0].via: 10.0.1.2 is an IPv4 next hop for an IPv6 destination; allowed: both of one family',
    ],
    [
      'a next hop out of reach',
      two({ to: '::/0', via: 'fd00:c::2' }),
      'routes[0].via: fd00:c::2 is on no link of this router; allowed: an address in fd00:a::/64, fe80::/64, fd00:b::/64',
    ],
    [
      'a next hop on another link',
      two({ to: '::/0', via: 'fd00:b::2', dev: 'uma' }),
      'routes[0].via: fd00:b::2 is not on the link of uma but of umb; allowed: "dev": "umb"',
    ],
    [
      'no link of that family',
      { interfaces: { uma: tun(['fd00::1/64']) }, routes: [{ to: '0.0.0.0/0', via: '10.0.0.1' }] },
      'routes[0].via: 10.0.0.1 is on no link of this router; there is no IPv4 link',
    ],
    [
      'ourselves as next hop',
      two({ to: '::/0', via: 'fd00:a::1' }),
      "routes[0].via: fd00:a::1 is the router's own address on uma; allowed: the address of a neighbor",
    ],
    [
      'a link-local next hop without interface',
      two({ to: '::/0', via: 'fe80::2' }),
      'routes[0].via: fe80::2 is link-local and may be on any link; name the interface: "fe80::2%NAME", or with "dev"',
    ],
    [
      'a route twice',
      two({ to: '::/0', dev: 'uma' }, { to: '::/0', dev: 'umb' }),
      'routes[1].to: routes[0] leads to ::/0 with metric 0 already; allowed: one route for each prefix and metric',
    ],
    [
      'a negative metric',
      two({ to: '::/0', dev: 'uma', metric: -1 }),
      'routes[0].metric: -1 is too small; allowed: 0 to 4294967295',
    ],
    [
      '"reject" as text',
      two({ to: '::/0', reject: 'yes' }),
      'routes[0].reject: "yes" is not allowed here; allowed: true or false',
    ],
  ];
  test.each(cases)('%s', (_, input, line) => {
    expect(problemsOf(input)).toEqual([line]);
  });

  test('every problem of the shape is told at once, a line for each', () => {
    const input = { interfaces: { 'a/b': tun([]), uma: tun(['x', 'ff02::1/8'], { mtu: 7, a: 1, b: 2 }) }, c: 3 };
    expect(problemsOf(input).map((line) => line.split(':', 1)[0])).toEqual([
      'interfaces["a/b"]',
      'interfaces.uma.mtu',
      'interfaces.uma.addresses[0]',
      'interfaces.uma.addresses[1]',
      'interfaces.uma',
      'interfaces.uma',
      'unknown key "c"; allowed',
    ]);
  });

  test('so is everything that does not fit together', () => {
    const routes = [{ to: '::/0' }, { to: '::/0', dev: 'umc' }, { to: 'fd01::/64', via: 'fd02::1' }];
    expect(problemsOf(two(...routes)).map((line) => line.split(':', 1)[0])).toEqual([
      'routes[0]',
      'routes[1].to',
      'routes[1].dev',
      'routes[2].via',
    ]);
  });
});

describe('whatever comes in', () => {
  const onlyConfigErrors = (input: unknown): void => {
    try {
      parseConfig(input);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toMatch(/^umigame: configuration: /);
      expect((error as ConfigError).problems.length).toBeGreaterThan(0);
    }
  };

  test('random JSON is refused with a ConfigError', () => {
    fc.assert(fc.property(fc.jsonValue(), onlyConfigErrors), { numRuns: 500 });
  });

  test('random values are refused with a ConfigError', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true }),
        onlyConfigErrors,
      ),
      { numRuns: 500 },
    );
  });

  test('configurations of nearly the right shape parse or are refused with a ConfigError', () => {
    const maybe = <T>(right: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 5, arbitrary: right as fc.Arbitrary<unknown> }, fc.jsonValue());
    const addresses = maybe(
      fc.array(
        maybe(fc.constantFrom('fd00::1/64', 'fd00:b::1/64', '10.0.0.1/8', 'fe80::1/10', 'ff02::1/8', '::/0', 'x/y')),
      ),
    );
    const mtu = maybe(fc.integer({ min: 0, max: 70_000 }));
    const device = maybe(fc.constant('tun'));
    const kernel = maybe(fc.record({ addresses, mtu, defaultRoute: maybe(fc.boolean()) }, { requiredKeys: [] }));
    const anInterface = maybe(fc.record({ device, addresses, mtu, kernel }, { requiredKeys: ['device', 'addresses'] }));
    const name = fc.oneof(fc.constantFrom('uma', 'umb', 'lo', 'a b', '__proto__'), fc.string());
    const route = maybe(
      fc.record(
        {
          to: maybe(fc.constantFrom('::/0', '10.0.0.0/8', 'fd00::/16', 'fd00::1/16')),
          via: maybe(fc.constantFrom('fd00::2', 'fe80::2', '10.0.0.2')),
          dev: maybe(fc.constantFrom('uma', 'umb', 'umc')),
          reject: maybe(fc.boolean()),
          blackhole: maybe(fc.boolean()),
          metric: maybe(fc.integer()),
        },
        { requiredKeys: ['to'] },
      ),
    );
    const config = fc.record(
      { interfaces: maybe(fc.dictionary(name, anInterface)), routes: maybe(fc.array(route)) },
      { requiredKeys: ['interfaces'] },
    );
    fc.assert(fc.property(config, onlyConfigErrors), { numRuns: 1_000 });
  });
});

test('defineConfig returns its argument and knows its type', () => {
  const config = defineConfig({ interfaces: { uma: { device: 'tun', addresses: ['fd00:a::1/64'] } } });
  expect(parseConfig(config).interfaces).toHaveLength(1);
  expectTypeOf(config).toEqualTypeOf<RouterConfig>();
  expectTypeOf<RouterConfig['interfaces'][string]['device']>().toEqualTypeOf<'tun' | 'tap'>();
  expectTypeOf<NonNullable<RouterConfig['routes']>[number]['to']>().toEqualTypeOf<string>();
});
