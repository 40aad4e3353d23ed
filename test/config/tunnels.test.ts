import { describe, expect, test } from 'vitest';
import { ConfigError, type InterfaceConfig, parseConfig } from '../../src/config/index.ts';
import { addInterface } from '../../src/run/configure.ts';
import { createNode } from '../../src/state/node.ts';
import { addressOf, seededRandom } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';

const link = { device: 'tun', addresses: ['fd00:b::1/64', '10.0.2.1/24', 'fe80::b1/64'] };
const gif = { device: 'gif', local: '10.0.2.1', remote: '10.0.2.2' };

const configOf = (six: object, more: object = {}): readonly InterfaceConfig[] =>
  parseConfig({ interfaces: { six, umb: link, ...more } }).interfaces;

const problemsOf = (six: object, more: object = {}): string[] => {
  try {
    configOf(six, more);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, sentence }) => `${path}: ${sentence}`);
    throw error;
  }
  return [];
};

describe('a tunnel', () => {
  test('has what the file says; the rest is as the node has it', () => {
    const [six] = configOf({ ...gif, addresses: ['fd00:6::1/64'] });
    expect(six).toMatchObject({ name: 'six', device: 'gif', mtu: 1_280, netns: undefined, kernel: undefined });
    expect(six?.tunnel).toEqual({ kind: 'gif', local: addressOf('10.0.2.1'), remote: addressOf('10.0.2.2') });
  });

  test('may say everything', () => {
    const words = {
      mtu: 1_400,
      hopLimit: 30,
      dscp: 10,
      ecn: 'forbidden',
      encapsulationLimit: 'none',
      ingressFilter: false,
    };
    const [six] = configOf({ ...gif, ...words });
    expect(six?.tunnel).toEqual({ kind: 'gif', local: addressOf('10.0.2.1'), remote: addressOf('10.0.2.2'), ...words });
    expect(six?.mtu).toBe(1_400);
    expect(configOf({ ...gif, mtu: 'path', dscp: 'inherit', encapsulationLimit: 0 })).toHaveLength(2);
  });

  test('becomes an interface with addresses, and follows the path', () => {
    const node = createNode({ random: seededRandom(1) });
    for (const entry of configOf({ ...gif, addresses: ['fd00:6::1/64'] })) addInterface(node, entry);
    const six = node.interfaces.byName('six');
    expect(six).toMatchObject({ kind: 'gif', mtu: 1_480, pointToPoint: true, up: true });
    const written = node.addresses.list(six?.index).map(({ address }) => formatAddress(address));
    expect(written).toEqual(['fd00:6::1', 'fe80::a00:201']); // RFC 4213 §3.7
    expect(node.tunnels.get(six?.index ?? 0)?.kind).toBe('gif');
    node.close();
  });
});

describe('of each kind', () => {
  const ends = { local: '10.0.2.1', remote: '10.0.2.2' };
  const prefix = '2001:db8::/32';

  test.each<[object, number, readonly string[]]>([
    [{ device: 'gif', local: 'fd00:b::1', remote: 'fd00:b::2', addresses: ['fe80::6/64'] }, 1_452, ['fe80::6']],
    [{ device: 'gre', ...ends, key: 0xffffffff, checksum: true, sequence: true }, 1_464, ['fe80::a00:201']],
    [{ device: 'fou', ...ends, port: 5_555 }, 1_472, ['fe80::a00:201']],
    [{ device: 'gue', ...ends, port: 1, remotePort: 2, sourcePort: 'flow', checksum: false }, 1_468, ['fe80::a00:201']],
    [{ device: 'stf', local: '10.0.2.1', addresses: ['2002:a00:201::1/64'] }, 1_280, ['2002:a00:201::1']],
    [{ device: '6rd', local: '10.0.2.1', prefix, ipv4MaskLength: 8, borderRelay: '10.0.0.1', mtu: 1_480 }, 1_480, []],
    [{ device: 'isatap', local: '10.0.2.1', routers: ['10.0.2.9'] }, 1_280, ['fe80::5efe:a00:201']],
    [{ device: 'isatap', local: '192.0.2.1' }, 1_280, ['fe80::200:5efe:c000:201']],
  ])('%j', (six, mtu, addresses) => {
    const node = createNode({ random: seededRandom(1) });
    const other = { umc: { device: 'tun', addresses: ['192.0.2.1/24'] } };
    for (const entry of configOf(six, other)) addInterface(node, entry);
    const found = node.interfaces.byName('six');
    expect(found?.mtu).toBe(mtu);
    const written = node.addresses.list(found?.index).map(({ address }) => formatAddress(address));
    expect(written).toEqual(addresses);
    node.close();
  });

  test.each<[object, string]>([
    [{ device: 'gre', ...ends, key: 0 }, 'interfaces.six.key: 0 is too small; allowed: 1 to 4294967295'],
    [{ device: 'fou', ...ends }, 'interfaces.six.port: missing; allowed: a whole number, 1 to 65535'],
    [{ device: 'stf', local: 'fd00:b::1' }, 'interfaces.six.local: fd00:b::1 is of IPv6; allowed: an IPv4 address'],
    [
      { device: 'stf', local: '10.0.2.1', mtu: 'path' },
      'interfaces.six.mtu: "path" is not allowed here; allowed: a whole',
    ],
    [{ device: 'stf', ...ends }, 'interfaces.six: unknown key "remote"; allowed: device, mtu'],
    [{ device: '6rd', local: '10.0.2.1' }, 'interfaces.six.prefix: missing; allowed: a prefix'],
    [
      { device: '6rd', local: '10.0.2.1', prefix: '10.0.0.0/8' },
      'interfaces.six.prefix: is of IPv4; allowed: an IPv6 prefix',
    ],
    [
      { device: '6rd', local: '10.0.2.1', prefix: '2001:db8::/41', ipv4MaskLength: 8 },
      'interfaces.six.prefix: /41 and 24 bits are more than 64; allowed: at most /40',
    ],
    [
      { device: '6rd', local: '10.0.2.1', prefix, borderRelay: 'fd00:b::2' },
      'interfaces.six.borderRelay: fd00:b::2 is of another IP version than "local"; allowed: an IPv4 address',
    ],
    [
      { device: 'isatap', local: '10.0.2.1', routers: ['10.0.2.1'] },
      "interfaces.six.routers: 10.0.2.1 is the router's own address; allowed: that of another node",
    ],
    [
      { device: 'isatap', local: '10.0.2.1', routers: [2, 3, 4, 5, 6].map((host) => `10.0.2.${host}`) },
      'interfaces.six.routers: there are 5; allowed: at most 4',
    ],
  ])('%j is wrong', (six, sentence) => {
    expect(problemsOf(six).join('\n')).toContain(sentence);
  });

  test.each([
    [{ device: 'gre', ...ends }, { device: 'gif', ...ends }, false],
    [{ device: 'gre', ...ends }, { device: 'gre', ...ends, key: 1 }, false],
    [{ device: 'gre', ...ends }, { device: 'gre', ...ends, checksum: true }, true],
    [{ device: 'fou', ...ends, port: 1 }, { device: 'gue', ...ends, port: 1 }, true],
    [{ device: 'fou', ...ends, port: 1 }, { device: 'fou', ...ends, port: 2 }, false],
    [{ device: 'stf', local: '10.0.2.1' }, { device: 'isatap', local: '10.0.2.1' }, true],
    [{ device: 'stf', local: '10.0.2.1' }, { device: '6rd', local: '10.0.2.1', prefix, ipv4MaskLength: 8 }, false],
    [{ device: 'stf', local: '10.0.2.1' }, { device: '6rd', local: '10.0.2.1', prefix }, true],
  ])('%j and %j: would it be the same packets? %s', (six, seven, clash) => {
    const problems = problemsOf(six, { seven });
    expect(problems.length).toBe(clash ? 1 : 0);
    if (clash) return;
    const node = createNode({ random: seededRandom(1) });
    for (const entry of configOf(six, { seven })) addInterface(node, entry);
    node.close();
  });
});

describe('what is wrong', () => {
  test.each<[object, string]>([
    [{ ...gif, local: undefined }, 'interfaces.six.local: missing; allowed: the unicast address of a node'],
    [
      { ...gif, remote: '10.0.2.2/24' },
      'interfaces.six.remote: "10.0.2.2/24" is not allowed here; allowed: an address without a',
    ],
    [
      { ...gif, remote: '224.0.0.1' },
      'interfaces.six.remote: "224.0.0.1" is a multicast address; allowed: the unicast',
    ],
    [{ ...gif, local: '10.0.2.9' }, 'interfaces.six.local: 10.0.2.9 is no address of this router; allowed: 10.0.2.1'],
    [
      { ...gif, remote: '10.0.2.1' },
      "interfaces.six.remote: 10.0.2.1 is the router's own address; allowed: that of another",
    ],
    [
      { ...gif, remote: 'fd00:b::2' },
      'interfaces.six.remote: fd00:b::2 is of another IP version than "local"; allowed: an IPv4',
    ],
    [
      { ...gif, local: 'fe80::b1', remote: 'fd00:b::2' },
      'interfaces.six.local: fe80::b1 is link-local; allowed: a wider',
    ],
    [
      { ...gif, local: 'fd00:b::1', remote: 'fe80::b2' },
      'interfaces.six.remote: fe80::b2 is link-local; allowed: a wider',
    ],
    [{ ...gif, mtu: 1_279 }, 'interfaces.six.mtu: 1279 is too small; allowed: 1280 to 65535'],
    [
      { ...gif, mtu: 'big' },
      'interfaces.six.mtu: "big" is not allowed here; allowed: "path" or a whole number, 1280 to 65535',
    ],
    [{ ...gif, hopLimit: 0 }, 'interfaces.six.hopLimit: 0 is too small; allowed: 1 to 255'],
    [{ ...gif, dscp: 64 }, 'interfaces.six.dscp: 64 is too large; allowed: 0 to 63'],
    [
      { ...gif, ecn: 'never' },
      'interfaces.six.ecn: "never" is not allowed here; allowed: "allowed", "forbidden", "ignored"',
    ],
    [{ ...gif, encapsulationLimit: 256 }, 'interfaces.six.encapsulationLimit: 256 is too large; allowed: 0 to 255'],
    [{ ...gif, kernel: {} }, 'interfaces.six: unknown key "kernel"; allowed: device, mtu, addresses, '],
    [
      { ...gif, addresses: ['fd00:b::1/64'] },
      'interfaces.umb.addresses[0]: fd00:b::1 stands at interfaces.six.addresses[0]',
    ],
  ])('%j', (six, sentence) => {
    expect(problemsOf(six).join('\n')).toContain(sentence);
  });

  test('two tunnels between the same ends', () => {
    expect(problemsOf(gif, { seven: gif })).toEqual([
      'interfaces.seven: packets that come out of it would come out of six; allowed: one tunnel for them',
    ]);
  });
});
