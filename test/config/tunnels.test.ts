import { describe, expect, test } from 'vitest';
import { ConfigError, type InterfaceConfig, parseConfig } from '../../src/config/index.ts';
import { addInterface } from '../../src/run/configure.ts';
import { createNode } from '../../src/state/node.ts';
import { addressOf, seededRandom } from '../../src/testing/index.ts';

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
    expect(node.addresses.list(six?.index)).toHaveLength(1);
    expect(node.tunnels.get(six?.index ?? 0)?.kind).toBe('gif');
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
      'interfaces.seven: six is a gif tunnel between the same ends; allowed: one',
    ]);
  });
});
