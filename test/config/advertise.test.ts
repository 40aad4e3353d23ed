import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config/index.ts';
import { addressOf } from '../../src/testing/index.ts';
import { advertisingDefaults, advertisingProblems, prefixDefaults } from '../../src/wire/advertising.ts';
import { infinity } from '../../src/wire/ndp-options.ts';
import { prefixFrom } from '../support/testbed.ts';

const withAdvertise = (advertise: unknown, mtu = 1_500) =>
  parseConfig({ interfaces: { uma: { device: 'tun', addresses: ['fd00:a::1/64'], mtu, advertise } } }).interfaces[0]
    ?.advertise;

const problemsOf = (advertise: unknown): string[] => {
  try {
    withAdvertise(advertise);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, sentence }) => `${path}: ${sentence}`);
  }
};

describe('"advertise"', () => {
  it('true means the defaults; false and nothing mean nothing', () => {
    expect(withAdvertise(true)).toEqual(advertisingDefaults);
    expect(withAdvertise({})).toEqual(advertisingDefaults);
    expect(withAdvertise(false)).toBeUndefined();
    expect(withAdvertise(undefined)).toBeUndefined();
  });

  it('says all that can be said', () => {
    const advertise = {
      prefixes: ['2001:db8:1::/64', { prefix: '2001:db8:2::/56', onLink: false, validLifetime: 'infinity' }],
      validLifetime: 3_600,
      maximumInterval: 30,
      minimumInterval: 10,
      routerLifetime: 90,
      preference: 'high',
      hopLimit: 32,
      managed: true,
      otherConfiguration: true,
      reachableTime: 15_000,
      retransTimer: 500,
      mtu: true,
      linkLayerAddress: false,
      answerUnicast: false,
      rdnss: ['fd00:a::53', 'fd00:a::54'],
      dnssl: ['example.org'],
      pref64: '64:ff9b::/96',
      routes: ['2001:db8:f::/48', { prefix: '::/0', preference: 'low', lifetime: 60 }],
    };
    expect(withAdvertise(advertise)).toEqual({
      ...advertisingDefaults,
      maximumInterval: 30,
      minimumInterval: 10,
      routerLifetime: 90,
      preference: 1,
      currentHopLimit: 32,
      managed: true,
      otherConfiguration: true,
      reachableTime: 15_000,
      retransTimer: 500,
      mtu: 'interface',
      tellLinkLayerAddress: false,
      answerUnicast: false,
      ownPrefixes: undefined,
      prefixes: [
        {
          ...prefixDefaults,
          prefix: prefixFrom('2001:db8:1::/64'),
          onLink: true,
          autonomous: true,
          validLifetime: 3_600,
          preferredLifetime: 3_600,
        },
        {
          ...prefixDefaults,
          prefix: prefixFrom('2001:db8:2::/56'),
          onLink: false,
          autonomous: false,
          validLifetime: infinity,
          preferredLifetime: 3_600,
        },
      ],
      dnsServers: [{ servers: [addressOf('fd00:a::53'), addressOf('fd00:a::54')], lifetime: 90 }],
      searchLists: [{ domains: ['example.org'], lifetime: 90 }],
      pref64: [{ prefix: prefixFrom('64:ff9b::/96'), lifetime: 90 }],
      routes: [
        { prefix: prefixFrom('2001:db8:f::/48'), preference: 0, lifetime: 90 },
        { prefix: prefixFrom('::/0'), preference: -1, lifetime: 60 },
      ],
    });
  });

  const at = 'interfaces.uma.advertise';
  it.each([
    ['yes', `${at}: "yes" is not allowed here; allowed: true, false, or an object that says what to advertise`],
    [{ prefixess: [] }, `${at}: unknown key "prefixess" (did you mean "prefixes"?); allowed: prefixes, validLifetime,`],
    [{ preference: 'highest' }, `${at}.preference: "highest" is not allowed here; allowed: "low", "medium" or "high"`],
    [{ maximumInterval: 3 }, `${at}.maximumInterval: 3 is too small; allowed: 4 to 1800`],
    [{ maximumInterval: 20, minimumInterval: 16 }, `${at}.minimumInterval: 16 s is out of bounds; allowed: 3 s to 3/4`],
    [{ routerLifetime: 599 }, `${at}.routerLifetime: 599 s is out of bounds; allowed: 0, or 600`],
    [{ mtu: 1_501 }, `${at}.mtu: 1501 is out of bounds; allowed: 1280 to 1500, which the link carries`],
    [{ prefixes: ['fe80::/64'] }, `${at}.prefixes[0]: fe80::/64 is link-local`],
    [{ prefixes: ['10.0.0.0/8'] }, `${at}.prefixes[0]: 10.0.0.0/8 is not an IPv6 prefix`],
    [{ prefixes: ['fd00::/64', 'fd00::/64'] }, `${at}.prefixes[1]: fd00::/64 stands there twice`],
    [{ prefixes: [{ prefix: 'fd00::/64', validLifetime: -1 }] }, `${at}.prefixes[0].validLifetime: -1`],
    [{ rdnss: ['10.0.0.1'] }, `${at}.rdnss[0]: "10.0.0.1" is not allowed here; allowed: the IPv6 address of a server`],
    [{ rdnss: [] }, `${at}.rdnss: names no server`],
    [{ dnssl: ['a..b'] }, `${at}.dnssl: "a..b" is no domain name`],
    [
      { pref64: '64:ff9b::/95' },
      `${at}.pref64: 64:ff9b::0.0.0.0/95 has 95 bits; allowed: an IPv6 prefix of 96, 64, 56`,
    ],
    [{ routes: [{ prefix: '2001:db8::/32', preference: 2 }] }, `${at}.routes[0].preference: 2 is not allowed here`],
  ])('%j is a mistake with one sentence', (advertise, line) => {
    const problems = problemsOf(advertise);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(line);
  });

  it('is right or a ConfigError, whatever it is', () => {
    const numbers = fc.record(
      {
        maximumInterval: fc.integer({ min: 0, max: 2_000 }),
        minimumInterval: fc.integer({ min: 0, max: 2_000 }),
        routerLifetime: fc.integer({ min: 0, max: 10_000 }),
        mtu: fc.oneof(fc.boolean(), fc.integer({ min: 0, max: 70_000 })),
        validLifetime: fc.oneof(fc.constant('infinity'), fc.integer({ min: 0, max: 2 ** 33 })),
        prefixes: fc.array(fc.constantFrom('fd00::/64', '2001:db8::/56', 'fe80::/10', 'x'), { maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(numbers, fc.anything()), (advertise) => {
        try {
          const advertising = withAdvertise(advertise);
          if (advertising !== undefined) expect(advertisingProblems(advertising, 1_500)).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});
