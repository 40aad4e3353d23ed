import { describe, expect, it } from 'vitest';
import { PolicyTable } from '../../src/state/policy-table.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatPrefix, type IpPrefix, parsePrefix } from '../../src/wire/address.ts';

const prefix = (text: string): IpPrefix => {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`${text} is not a prefix`);
  return parsed;
};

/** `precedence label` of an address. */
const of = (policies: PolicyTable, address: string): string => {
  const found = policies.find(addressOf(address));
  return found === undefined ? 'nothing' : `${found.precedence} ${found.label}`;
};

describe('the default policy table (RFC 6724 §2.1)', () => {
  it.each([
    ['::1', '50 0'],
    ['::2', '1 3'],
    ['2001:db8::1', '40 1'],
    ['64:ff9b::1', '40 1'],
    ['192.0.2.1', '35 4'],
    ['::ffff:192.0.2.1', '35 4'],
    ['2002:c000:201::1', '30 2'],
    ['2001:0:1::1', '5 5'],
    ['2001:1::1', '40 1'],
    ['fc00::1', '3 13'],
    ['fdff::1', '3 13'],
    ['::192.0.2.1', '1 3'],
    ['fec0::1', '1 11'],
    ['3ffe::1', '1 12'],
    ['fe80::1', '40 1'],
  ])('%s has %s', (address, expected) => {
    expect(of(new PolicyTable(), address)).toBe(expected);
  });
});

describe('other policies', () => {
  it('the longest prefix counts, in whatever order they were added', () => {
    const policies = new PolicyTable([]);
    policies.add({ prefix: prefix('2001:db8::/32'), precedence: 2, label: 2 });
    policies.add({ prefix: prefix('2001:db8:1:2:3::/80'), precedence: 3, label: 3 });
    policies.add({ prefix: prefix('2001:db8:1::/48'), precedence: 4, label: 4 });
    expect(
      ['2001:db8:1:2:3::1', '2001:db8:1::1', '2001:db8::1', '2001:db9::1'].map((each) => of(policies, each)),
    ).toEqual(['3 3', '4 4', '2 2', 'nothing']);
  });

  it('one for the same prefix takes the place of the other', () => {
    const policies = new PolicyTable();
    const before = [...policies].length;
    policies.add({ prefix: prefix('::ffff:0:0/96'), precedence: 100, label: 4 });
    expect([of(policies, '192.0.2.1'), [...policies].length]).toEqual(['100 4', before]);
  });

  it('an IPv4 prefix is a mapped one', () => {
    const policies = new PolicyTable();
    policies.add({ prefix: prefix('10.0.0.0/8'), precedence: 60, label: 20 });
    expect(['10.1.2.3', '::ffff:10.1.2.3', '11.0.0.1'].map((each) => of(policies, each))).toEqual([
      '60 20',
      '60 20',
      '35 4',
    ]);
    expect([...policies].map((each) => formatPrefix(each.prefix))[1]).toBe('::ffff:10.0.0.0/104');
  });

  it('can be removed', () => {
    const policies = new PolicyTable();
    expect([policies.remove(prefix('2002::/16')), policies.remove(prefix('2002::/16'))]).toEqual([true, false]);
    expect(of(policies, '2002::1')).toBe('40 1');
  });

  it('are no more than their limit', () => {
    const policies = new PolicyTable([], { limit: 1 });
    policies.add({ prefix: prefix('::/0'), precedence: 1, label: 1 });
    policies.add({ prefix: prefix('::/0'), precedence: 2, label: 1 });
    expect(() => policies.add({ prefix: prefix('10.0.0.0/8'), precedence: 1, label: 1 })).toThrow(
      'umigame: no more than 1 address selection policies, without 10.0.0.0/8',
    );
    expect(of(policies, '::9')).toBe('2 1');
  });
});
