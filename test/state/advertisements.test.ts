import { describe, expect, it } from 'vitest';
import { AddressFlag } from '../../src/state/addresses.ts';
import { finalMessage, withdrawalTime } from '../../src/state/advertisements.ts';
import type { Node } from '../../src/state/node.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatPrefix } from '../../src/wire/address.ts';
import { prefixDefaults } from '../../src/wire/advertising.ts';
import { messageSize } from '../../src/wire/router-advertisement.ts';
import { a, addAddress, advance, p, prefixFrom, testbed } from '../support/testbed.ts';

/** `fd00:a::/64 la 2592000 604800` */
const prefixes = (node: Node, index: number = a): string[] =>
  node.advertisements
    .messages(index)
    .flatMap(({ options }) => options)
    .filter((option) => option.kind === 'prefix')
    .map(({ prefix, onLink, autonomous, validLifetime, preferredLifetime }) =>
      [formatPrefix(prefix), `${onLink ? 'l' : ''}${autonomous ? 'a' : ''}`, validLifetime, preferredLifetime].join(
        ' ',
      ),
    );

const configured = (text: string, more = {}) => ({
  prefix: prefixFrom(text),
  onLink: true,
  autonomous: true,
  ...prefixDefaults,
  ...more,
});

describe('Advertisements', () => {
  it('advertises the prefixes of the addresses, with the lifetimes of RFC 4861 §6.2.1', () => {
    const { node } = testbed();
    expect(node.advertisements.messages(a)).toEqual([]);
    node.advertisements.advertise(a);
    expect(node.advertisements.messages(a)).toEqual([
      {
        currentHopLimit: 64,
        managed: false,
        otherConfiguration: false,
        homeAgent: false,
        preference: 0,
        routerLifetime: 1_800,
        reachableTime: 0,
        retransTimer: 0,
        options: [
          {
            kind: 'prefix',
            prefix: prefixFrom('fd00:a::/64'),
            onLink: true,
            autonomous: true,
            validLifetime: 2_592_000,
            preferredLifetime: 604_800,
          },
        ],
      },
    ]);
  });

  it('follows addresses, and withdraws a prefix for two hours', () => {
    const { node, clock } = testbed();
    const seen: string[] = [];
    node.advertisements.changes$.subscribe(({ type, value }) =>
      seen.push(`${type} ${value.prefixes.map(formatPrefix).join(' ')}`),
    );
    node.advertisements.advertise(a);
    addAddress(node, a, '2001:db8:1::1/64');
    addAddress(node, a, '2001:db8:1::2/64');
    node.addresses.remove(a, addressOf('2001:db8:1::1'));
    advance(clock, 1_000);
    node.addresses.remove(a, addressOf('2001:db8:1::2'));
    expect(seen).toEqual(['added fd00:a::/64', 'updated fd00:a::/64 2001:db8:1::/64', 'updated fd00:a::/64']);
    expect(prefixes(node)).toEqual(['fd00:a::/64 la 2592000 604800', '2001:db8:1::/64 la 0 0']);
    advance(clock, withdrawalTime - 1);
    expect(prefixes(node)).toHaveLength(2);
    advance(clock, 1);
    expect(prefixes(node)).toEqual(['fd00:a::/64 la 2592000 604800']);
  });

  it('takes a withdrawn prefix back', () => {
    const { node } = testbed();
    node.advertisements.advertise(a, { prefixes: [configured('2001:db8:7::/64')] });
    node.advertisements.advertise(a);
    expect(prefixes(node)).toContain('2001:db8:7::/64 la 0 0');
    addAddress(node, a, '2001:db8:7::1/64');
    expect(prefixes(node)).toEqual(['fd00:a::/64 la 2592000 604800', '2001:db8:7::/64 la 2592000 604800']);
  });

  it.each([
    ['fd00:1::1/48', 0, 'fd00:1::/48 l 2592000 604800'],
    ['fd00:1::1/128', 0, undefined],
    ['fe80::5/64', 0, undefined],
    ['10.9.0.1/24', 0, undefined],
    ['fd00:1::1/64', AddressFlag.autoconfigured, undefined],
    ['fd00:1::1/64', AddressFlag.duplicated, undefined],
    ['fd00:1::1/64', AddressFlag.detached, undefined],
    ['fd00:1::1/64', AddressFlag.tentative, 'fd00:1::/64 la 2592000 604800'],
  ])('of %s with flags %i advertises %s', (text, flags, expected) => {
    const { node } = testbed();
    node.advertisements.advertise(p);
    addAddress(node, p, text, flags);
    expect(prefixes(node, p).slice(1)).toEqual(expected === undefined ? [] : [expected]);
  });

  it('lets lifetimes count down where told to, valid ones never below preferred ones', () => {
    const { node, clock } = testbed();
    const lifetimes = { validLifetime: 100, preferredLifetime: 60, decrementing: true };
    node.advertisements.advertise(a, { ownPrefixes: undefined, prefixes: [configured('2001:db8::/64', lifetimes)] });
    advance(clock, 30_000);
    expect(prefixes(node)).toEqual(['2001:db8::/64 la 70 30']);
    advance(clock, 50_000);
    expect(prefixes(node)).toEqual(['2001:db8::/64 la 20 0']);
    advance(clock, 50_000);
    expect(prefixes(node)).toEqual(['2001:db8::/64 la 0 0']);
  });

  it('says what does not fit one message in several (RFC 4861 §6.2.3)', () => {
    const { node } = testbed();
    const many = Array.from({ length: 100 }, (_, i) => configured(`2001:db8:${i.toString(16)}::/64`));
    node.advertisements.advertise(a, { prefixes: many, mtu: 'interface', ownPrefixes: undefined });
    const messages = node.advertisements.messages(a);
    expect(messages).toHaveLength(3);
    for (const message of messages) expect(messageSize(message)).toBeLessThanOrEqual(1_460);
    expect(messages.flatMap(({ options }) => options)).toHaveLength(101);
  });

  it('says good-bye without its routes and servers; prefixes stay', () => {
    const { node } = testbed();
    node.advertisements.advertise(a, {
      routes: [{ prefix: prefixFrom('2001:db8::/32'), preference: 1, lifetime: 1_800 }],
      dnsServers: [{ servers: [addressOf('fd00:a::1')], lifetime: 1_800 }],
    });
    const [message] = node.advertisements.messages(a).map(finalMessage);
    expect(message?.routerLifetime).toBe(0);
    expect(message?.options.map((option) => ('lifetime' in option ? option.lifetime : option.kind))).toEqual([
      'prefix',
      0,
      0,
    ]);
  });

  it('ends with its interface', () => {
    const { node } = testbed();
    const seen: string[] = [];
    node.advertisements.advertise(a);
    node.advertisements.changes$.subscribe(({ type, value }) => seen.push(`${type} ${value.interfaceIndex}`));
    node.interfaces.remove(a);
    expect(seen.at(-1)).toBe(`removed ${a}`);
    expect([...node.advertisements]).toEqual([]);
  });

  it.each([
    [{ maximumInterval: 3 }, 'maximumInterval: 3 s is out of bounds; allowed: 4 to 1800 s'],
    [{ maximumInterval: 1_801 }, 'maximumInterval: 1801 s is out of bounds; allowed: 4 to 1800 s'],
    [{ minimumInterval: 2 }, 'minimumInterval: 2 s is out of bounds'],
    [{ minimumInterval: 451 }, 'allowed: 3 s to 3/4 of the longest interval, which is 450 s'],
    [{ routerLifetime: 599 }, 'routerLifetime: 599 s is out of bounds; allowed: 0, or 600'],
    [{ routerLifetime: 9_001 }, 'to 9000 s'],
    [{ reachableTime: 3_600_001 }, 'reachableTime: 3600001 is out of bounds; allowed: 0 to 3600000'],
    [{ currentHopLimit: 256 }, 'currentHopLimit: 256 is out of bounds; allowed: 0 to 255'],
    [{ mtu: 1_279 }, 'mtu: 1279 is out of bounds; allowed: 1280 to 1500, which the link carries'],
    [{ mtu: 1_501 }, 'mtu: 1501 is out of bounds'],
    [{ prefixes: [configured('fe80::/64')] }, 'prefixes[0]: is link-local'],
    [{ prefixes: [configured('fd00::/64', { preferredLifetime: 2_592_001 })] }, 'is preferred for 2592001 s but valid'],
    [{ prefixes: [configured('fd00::/64'), configured('fd00::/64')] }, 'prefixes[1]: stands there twice'],
    [{ dnsServers: [{ servers: [], lifetime: 1 }] }, 'dnsServers[0]: names no server'],
    [{ searchLists: [{ domains: ['a..b'], lifetime: 1 }] }, 'searchLists[0]: "a..b" is no domain name'],
    [{ pref64: [{ prefix: prefixFrom('64:ff9b::/95'), lifetime: 1 }] }, 'pref64[0]: has 95 bits'],
  ])('refuses %j with a sentence', (said, sentence) => {
    const { node } = testbed();
    expect(() => node.advertisements.advertise(a, said)).toThrow(sentence);
    expect(node.advertisements.get(a)).toBeUndefined();
  });

  it('takes every bound itself', () => {
    const { node } = testbed();
    for (const said of [
      { maximumInterval: 4, minimumInterval: 3, routerLifetime: 4 },
      { maximumInterval: 1_800, minimumInterval: 1_350, routerLifetime: 9_000 },
      { routerLifetime: 0, mtu: 1_280, reachableTime: 3_600_000 },
    ]) {
      expect(() => node.advertisements.advertise(a, said)).not.toThrow();
    }
  });
});
