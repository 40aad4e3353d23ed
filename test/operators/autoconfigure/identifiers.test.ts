import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isReservedIdentifier,
  type StableIdentifierParts,
  stableAddress,
  temporaryAddress,
} from '../../../src/operators/autoconfigure/identifiers.ts';
import { addressOf, seededRandom } from '../../../src/testing/index.ts';
import { equalAddress, formatAddress, type IpPrefix } from '../../../src/wire/address.ts';
import { prefixFrom } from '../../support/testbed.ts';

const secret = Uint8Array.from({ length: 32 }, (_, i) => i);
const one = prefixFrom('2001:db8:1::/64');
const two = prefixFrom('2001:db8:2::/64');

const stable = (prefix: IpPrefix, parts: Partial<StableIdentifierParts> = {}): string =>
  formatAddress(stableAddress(prefix, { secret, interfaceName: 'eth0', ...parts }).address);

describe('a stable address (RFC 7217)', () => {
  // By Python: for `size(b) = len(b).to_bytes(2, 'big') + b`,
  // hmac.digest(bytes(range(32)), prefix[:8] + size(b'eth0') + size(b'') + (0).to_bytes(4, 'big'), 'sha256')[-8:].hex()
  it.each<readonly [string, IpPrefix, Partial<StableIdentifierParts>, string]>([
    ['the prefix', one, {}, '2001:db8:1:0:380f:1a01:3bdd:9c81'],
    ['another prefix', two, {}, '2001:db8:2:0:4941:816c:217f:60f1'],
    ['the link', prefixFrom('fe80::/64'), {}, 'fe80::80d4:73b8:e299:2c0d'],
    ['a duplicate', one, { duplicates: 1 }, '2001:db8:1:0:cb86:c8b8:591a:4c16'],
    ['another interface', one, { interfaceName: 'eth1' }, '2001:db8:1:0:6552:1a79:b5b1:2dd9'],
    ['a name of more than ASCII', one, { interfaceName: 'café' }, '2001:db8:1:0:c48d:64f4:6839:5ae3'],
    ['another network', one, { networkId: 'home' }, '2001:db8:1:0:402e:aadb:4651:3a54'],
    ['another secret', one, { secret: new Uint8Array(16) }, '2001:db8:1:0:1761:be02:53f9:e0cf'],
  ])('%s', (_name, prefix, parts, expected) => {
    expect(stable(prefix, parts)).toBe(expected);
  });

  it('is the same each time', () => {
    expect(stable(one)).toBe(stable(one));
  });

  it('names that run into each other make two', () => {
    const parts = { interfaceName: 'eth', networkId: '0' };
    expect(stable(one, parts)).not.toBe(stable(one, { interfaceName: 'eth0', networkId: '' }));
  });

  it('says which counter it was made with', () => {
    const parts = { secret, interfaceName: 'eth0' };
    expect([stableAddress(one, parts).duplicates, stableAddress(one, { ...parts, duplicates: 7 }).duplicates]).toEqual([
      0, 7,
    ]);
  });
});

describe('reserved identifiers (RFC 5453, and ISATAP)', () => {
  it.each([
    ['::', true], // subnet-router anycast
    ['::1', false],
    ['::200:5eff:fe00:0', true], // IANA's Ethernet block
    ['::200:5eff:fe00:5213', true], // Proxy Mobile IPv6
    ['::200:5eff:feff:ffff', true],
    ['::200:5eff:fd00:0', false],
    ['::200:5eff:ff00:0', false],
    ['::fdff:ffff:ffff:ff7f', false],
    ['::fdff:ffff:ffff:ff80', true], // RFC 2526
    ['::fdff:ffff:ffff:ffff', true],
    ['::fcff:ffff:ffff:ffff', false],
    ['::5efe:c000:201', true], // ISATAP
    ['::200:5efe:c000:201', true],
    ['::100:5efe:c000:201', false],
  ])('%s: %s', (text, expected) => {
    const { w2, w3 } = addressOf(text);
    expect(isReservedIdentifier(w2, w3)).toBe(expected);
  });
});

describe('a temporary address (RFC 8981)', () => {
  it('is of its prefix, never reserved, and another each time', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const [first, next] = [temporaryAddress(one, random), temporaryAddress(one, random)];
        if (first === undefined || next === undefined) return false;
        return first.w0 === one.address.w0 && first.w1 === one.address.w1 && !equalAddress(first, next);
      }),
    );
  });

  it('passes over what is reserved, and what we have', () => {
    const numbers = [0, 0, 0.25, 0.5, 0.75, 0.125];
    const random = (): number => numbers.shift() ?? 0;
    const taken = addressOf('2001:db8:1:0:4000:0:8000:0');
    const found = temporaryAddress(one, random, (address) => equalAddress(address, taken));
    expect(found && formatAddress(found)).toBe('2001:db8:1:0:c000:0:2000:0');
  });

  it('is none, when chance is none', () => {
    expect(temporaryAddress(one, () => 0)).toBeUndefined();
  });
});
