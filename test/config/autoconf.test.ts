import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config/index.ts';
import { addInterface, nodeLimits } from '../../src/run/configure.ts';
import { createNode } from '../../src/state/node.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';

const secret = '00112233445566778899aabbccddeeff';

const problemsOf = (input: unknown): string[] => {
  try {
    parseConfig(input);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, sentence }) => `${path}: ${sentence}`);
  }
};

const tap = (more: object): unknown => ({ interfaces: { e: { device: 'tap', ...more } } });
const autoconfOf = (autoconf: unknown) => parseConfig(tap({ autoconf, addresses: [] })).interfaces[0]?.autoconf;

describe('"autoconf"', () => {
  it('true means the defaults; false and nothing mean nothing', () => {
    const defaults = { identifiers: 'stable', temporary: false, optimistic: false, secret: undefined };
    expect([autoconfOf(true), autoconfOf({})]).toEqual([defaults, defaults]);
    expect([autoconfOf(false), autoconfOf(undefined)]).toEqual([undefined, undefined]);
  });

  it('says all that can be said', () => {
    expect(autoconfOf({ identifiers: 'eui64', temporary: true, optimistic: true, secret })).toEqual({
      identifiers: 'eui64',
      temporary: true,
      optimistic: true,
      secret: Uint8Array.from(Buffer.from(secret, 'hex')),
    });
  });

  it('needs no addresses', () => {
    expect(problemsOf(tap({ autoconf: true }))).toEqual([]);
    expect(parseConfig(tap({ autoconf: true })).interfaces[0]?.addresses).toEqual([]);
  });

  it.each([
    [tap({}), 'interfaces.e.addresses: missing; allowed: a list of addresses such as "fd00:a::1/64"'],
    [tap({ autoconf: false }), 'interfaces.e.addresses: missing; allowed: a list of addresses such as "fd00:a::1/64"'],
    [tap({ autoconf: 'yes' }), 'interfaces.e.autoconf: "yes" is not allowed here; allowed: true, false or an object'],
    [
      tap({ autoconf: { identifiers: 'random' } }),
      'interfaces.e.autoconf.identifiers: "random" is not allowed here; allowed: "stable" or "eui64"',
    ],
    [
      tap({ autoconf: { temporary: 1 } }),
      'interfaces.e.autoconf.temporary: 1 is not allowed here; allowed: true or false',
    ],
    [
      tap({ autoconf: { identifier: 'eui64' } }),
      'interfaces.e.autoconf: unknown key "identifier" (did you mean "identifiers"?); allowed: identifiers, temporary, optimistic, secret',
    ],
    [
      tap({ autoconf: true, advertise: true }),
      `interfaces.e.autoconf: stands together with "advertise"; allowed: a router's interface, or a host's`,
    ],
    [
      tap({ autoconf: true, mtu: 1_000 }),
      'interfaces.e.mtu: 1000 is too small for a link with IPv6 addresses; allowed: 1280 to 65535',
    ],
    [
      { interfaces: { e: { device: 'tun', addresses: [], autoconf: true } } },
      'interfaces.e: unknown key "autoconf"; allowed: device, netns, mtu, addresses, kernel, advertise, rogueAdvertisements, routers',
    ],
    [
      { forwarding: false, interfaces: { e: { device: 'tap', addresses: [], advertise: true } } },
      'interfaces.e.advertise: a host is no router; allowed: false, or "forwarding": true',
    ],
    [{ forwarding: 'no', interfaces: {} }, 'forwarding: "no" is not allowed here; allowed: true or false'],
  ])('of %j makes %j', (input, sentence) => {
    expect(problemsOf(input)).toEqual([sentence]);
  });

  it.each(['0011', 'swordfish', `${secret}0`, secret.repeat(5), 42, null, `${secret.slice(2)}zz`])(
    'does not say what a bad secret is: %j',
    (bad) => {
      const [problem = ''] = problemsOf(tap({ autoconf: { secret: bad } }));
      expect(problem).toMatch(
        /^interfaces\.e\.autoconf\.secret: .*; allowed: 32 to 128 hexadecimal digits, two a byte$/,
      );
      expect(problem).not.toContain(String(bad));
    },
  );
});

describe('an interface that configures itself', () => {
  it('is one of the node, and has no address but those that were given', () => {
    const input = tap({ autoconf: { identifiers: 'eui64', temporary: true, secret }, addresses: ['2001:db8::7/64'] });
    const config = parseConfig(input);
    const node = createNode({ random: seededRandom(1), ...nodeLimits(config.limits) });
    const [entry] = config.interfaces;
    if (entry === undefined) throw new Error('there is no interface');
    const { index } = addInterface(node, entry);
    expect(node.addresses.list(index).map(({ address }) => formatAddress(address))).toEqual(['2001:db8::7']);
    expect(node.autoconfigurations.get(index)).toMatchObject({
      identifiers: 'eui64',
      temporary: true,
      optimistic: false,
    });
    node.close();
  });
});
