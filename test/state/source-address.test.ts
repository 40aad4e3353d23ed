import { describe, expect, it } from 'vitest';
import { AddressFlag, type InterfaceAddress } from '../../src/state/address-entry.ts';
import { defaultPolicies, PolicyTable } from '../../src/state/policy-table.ts';
import { type SelectionRules, type SourceQuery, selectSource } from '../../src/state/source-address.ts';
import { addressOf } from '../../src/testing/index.ts';
import { equalAddress, formatAddress, type IpAddress, parseInterfaceAddress } from '../../src/wire/address.ts';

const { deprecated, temporary, anycast, detached, tentative, optimistic, duplicated } = AddressFlag;

/** `address`, or `address flags`, on the outgoing interface 2; `3>address` is on interface 3. */
const entry = (text: string, flags = 0): InterfaceAddress => {
  const [, elsewhere, written = ''] = /^(3>)?(.*)$/.exec(text) as unknown as [string, string | undefined, string];
  const parsed = parseInterfaceAddress(
    written.includes('/') ? written : `${written}/${written.includes(':') ? 64 : 24}`,
  );
  if (parsed === undefined) throw new Error(`${text} is not an address`);
  const lifetimes = { preferredUntil: Number.POSITIVE_INFINITY, validUntil: Number.POSITIVE_INFINITY };
  return { interfaceIndex: elsewhere === undefined ? 2 : 3, ...parsed, flags, ...lifetimes };
};

type Candidate = string | readonly [string, number];

const chosen = (
  destination: string,
  candidates: readonly Candidate[],
  query: Partial<SourceQuery> = {},
  rules: Partial<SelectionRules> = {},
): string | undefined => {
  const entries = candidates.map((each) => (typeof each === 'string' ? entry(each) : entry(...each)));
  const best = selectSource(
    entries,
    { destination: addressOf(destination), interfaceIndex: 2, ...query },
    { policies: new PolicyTable(), temporary: true, isAdvertisedBy: () => false, ...rules },
  );
  return best && formatAddress(best.address);
};

/** Each example with its candidates in both orders: the order decides nothing. */
const inBothOrders = (
  destination: string,
  [one, other]: readonly [Candidate, Candidate],
  query: Partial<SourceQuery> = {},
  rules: Partial<SelectionRules> = {},
): (string | undefined)[] => [
  chosen(destination, [one, other], query, rules),
  chosen(destination, [other, one], query, rules),
];

describe('the examples of RFC 6724 §10.1', () => {
  it.each<readonly [string, string, readonly [Candidate, Candidate], string]>([
    ['prefer appropriate scope', '2001:db8:1::1', ['2001:db8:3::1', 'fe80::1'], '2001:db8:3::1'],
    ['prefer appropriate scope, to a group', 'ff05::1', ['2001:db8:3::1', 'fe80::1'], '2001:db8:3::1'],
    ['prefer the same address', '2001:db8:1::1', [['2001:db8:1::1', deprecated], '2001:db8:2::1'], '2001:db8:1::1'],
    ['prefer appropriate scope, deprecated or not', 'fe80::1', [['fe80::2', deprecated], '2001:db8:1::1'], 'fe80::2'],
    ['longest matching prefix', '2001:db8:1::1', ['2001:db8:1::2', '2001:db8:3::2'], '2001:db8:1::2'],
    [
      'prefer matching label',
      '2002:c633:6401::1',
      [['2002:c633:6401::d5e3:7953:13eb:22e8', temporary], '2001:db8:1::2'],
      '2002:c633:6401:0:d5e3:7953:13eb:22e8',
    ],
    [
      'prefer temporary address',
      '2001:db8:1::d5e3:0:0:1',
      ['2001:db8:1::2', ['2001:db8:1::d5e3:7953:13eb:22e8', temporary]],
      '2001:db8:1:0:d5e3:7953:13eb:22e8',
    ],
  ])('%s', (_name, destination, candidates, expected) => {
    expect(inBothOrders(destination, candidates)).toEqual([expected, expected]);
  });
});

describe('the rules of RFC 6724 §5, in their order', () => {
  it.each<readonly [string, string, readonly [Candidate, Candidate], string]>([
    ['1 before 3', 'fd00::1', [['fd00::1', deprecated], 'fd00::2'], 'fd00::1'],
    ['2: the widest if none is wide enough', '2001:db8::1', ['fec0::1', 'fe80::1'], 'fec0::1'],
    ['2: the narrowest that is wide enough', 'ff05::1', ['fec0::1', '2001:db8::1'], 'fec0::1'],
    ['2 before 3', '2001:db8::1', [['2001:db8::2', deprecated], 'fe80::1'], '2001:db8::2'],
    ['3: not deprecated', '2001:db8::1', [['2001:db8::2', deprecated], '2001:db8::3'], '2001:db8::3'],
    [
      '3: optimistic counts as deprecated (RFC 4429 §3.3)',
      '2001:db8::1',
      [['2001:db8::2', tentative | optimistic], '2001:db8:3::1'],
      '2001:db8:3::1',
    ],
    ['3 before 5', '2001:db8::1', [['2001:db8::2', deprecated], '3>2001:db8:3::1'], '2001:db8:3::1'],
    ['5 before 6', '2001:db8::1', ['fd00::1', '3>2001:db8:3::1'], 'fd00::1'],
    ['6 before 7', '2001:db8::1', ['2001:db8::2', ['fd00::1', temporary]], '2001:db8::2'],
    ['6: unique local to unique local', 'fd00:1::1', ['2001:db8::2', 'fd77::1'], 'fd77::1'],
    ['7 before 8', '2001:db8::1', ['2001:db8::2', ['2001:db9::1', temporary]], '2001:db9::1'],
    // CommonPrefixLen looks no further than the prefix of the source (§2.2): ::2 shares more bits with ::3, in vain
    ['8 ends with the prefix: equals', '2001:db8::3', ['2001:db8::2', '2001:db8::4'], 'either'],
  ])('%s', (_name, destination, candidates, expected) => {
    const both = inBothOrders(destination, candidates);
    if (expected === 'either') expect(both).toEqual(candidates);
    else expect(both).toEqual([expected, expected]);
  });
});

describe('candidates (RFC 6724 §4)', () => {
  it.each<readonly [string, string, readonly Candidate[], string | undefined]>([
    ['of another interface, for a global destination', '2001:db8::1', ['3>2001:db8::2'], '2001:db8::2'],
    ['of another interface, not for a group', 'ff0e::1', ['3>2001:db8::2'], undefined],
    ['of another interface, not for a link-local destination', 'fe80::1', ['3>2001:db8::2'], undefined],
    ['link-local ones of another interface, never', '2001:db8::1', ['3>fe80::2'], undefined],
    ['IPv4 link-local ones of another interface, never', '192.0.2.1', ['3>169.254.0.2'], undefined],
    ['of the other IP version, never', '192.0.2.1', ['2001:db8::2'], undefined],
    ['anycast, never (RFC 4443 §2.2)', '2001:db8::1', [['2001:db8::2', anycast]], undefined],
    ["detached, never (INET'99 §3.4)", '2001:db8::1', [['2001:db8::2', detached]], undefined],
    ['tentative, never (RFC 4862 §5.4)', '2001:db8::1', [['2001:db8::2', tentative]], undefined],
    ['duplicated, never', '2001:db8::1', [['2001:db8::2', duplicated | optimistic]], undefined],
    ['optimistic (RFC 4429 §3.3)', '2001:db8::1', [['2001:db8::2', tentative | optimistic]], '2001:db8::2'],
  ])('%s', (_name, destination, candidates, expected) => {
    expect(chosen(destination, candidates)).toBe(expected);
  });

  it('can be kept to the interface', () => {
    expect(chosen('2001:db8::1', ['fe80::2', '3>2001:db8::2'], { onlyThere: true })).toBe('fe80::2');
  });
});

describe('rule 5.5: an address whose prefix the next hop has advertised', () => {
  const one = addressOf('fe80::1');
  const another = addressOf('fe80::2');
  /** `fe80::1` advertises 2001:db8:1::/48, `fe80::2` 2001:db8:2::/48. */
  const isAdvertisedBy = ({ address }: InterfaceAddress, router: IpAddress): boolean =>
    (address.w1 >>> 16 === 1 && equalAddress(router, one)) ||
    (address.w1 >>> 16 === 2 && equalAddress(router, another));
  const candidates = ['2001:db8:1::9', '2001:db8:2::9'] as const;

  it.each<readonly [string, readonly [Candidate, Candidate], IpAddress | undefined, string, string]>([
    ['through one', candidates, one, '2001:db8:2::1', '2001:db8:1::9'],
    ['through the other', candidates, another, '2001:db8:1::1', '2001:db8:2::9'],
    ['to a neighbor: rule 8 decides', candidates, undefined, '2001:db8:2::1', '2001:db8:2::9'],
    ['5 before 5.5', ['3>2001:db8:1::9', '2001:db8:2::9'], one, '2001:db8:1::1', '2001:db8:2::9'],
    ['5.5 before 6', ['2001:db8:1::9', 'fd00::9'], one, 'fd00::1', '2001:db8:1::9'],
  ])('%s', (_name, both, nextHop, destination, expected) => {
    expect(inBothOrders(destination, both, { nextHop }, { isAdvertisedBy })).toEqual([expected, expected]);
  });
});

describe('what is left to choice', () => {
  it('rule 7: temporary addresses last', () => {
    const found = inBothOrders('2001:db8::1', ['2001:db9::2', ['2001:db8::3', temporary]], {}, { temporary: false });
    expect(found).toEqual(['2001:db9::2', '2001:db9::2']);
  });

  it("flags that won't do, though nothing better is there", () => {
    const query = { without: optimistic };
    expect(chosen('2001:db8::1', [['2001:db8::2', tentative | optimistic], 'fe80::2'], query)).toBe('fe80::2');
    expect(chosen('2001:db8::1', [['2001:db8::2', tentative | optimistic]], query)).toBeUndefined();
  });

  it("rule 6: a policy of one's own (RFC 6724 §10.6)", () => {
    // A site's unique local prefix goes with itself; other unique local addresses do not.
    const policies = new PolicyTable([
      ...defaultPolicies,
      { prefix: { address: addressOf('fd11:1111:1111::'), length: 48 }, precedence: 45, label: 14 },
    ]);
    const candidates = ['fd11:1111:1111::2', 'fd22:2222:2222::2'] as const;
    expect(inBothOrders('fd11:1111:1111:1::1', candidates, {}, { policies })).toEqual(Array(2).fill(candidates[0]));
    expect(inBothOrders('fd33::1', candidates, {}, { policies })).toEqual(Array(2).fill(candidates[1]));
  });
});
