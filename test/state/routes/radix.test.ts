import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Radix } from '../../../src/state/routes/radix.ts';
import { formatPrefix, type IpAddress, type IpPrefix, parseAddress, parsePrefix } from '../../../src/wire/address.ts';
import { clusteredAddress, clusteredPrefix, edgesOf, LinearTable } from './model.ts';

const prefix = (text: string): IpPrefix => parsePrefix(text)!;
const insert = (radix: Radix, { address: { w0, w1, w2, w3 }, length }: IpPrefix, value: number): number =>
  radix.insert(w0, w1, w2, w3, length, value);
const remove = (radix: Radix, { address: { w0, w1, w2, w3 }, length }: IpPrefix): number =>
  radix.remove(w0, w1, w2, w3, length);
const find = (radix: Radix, { address: { w0, w1, w2, w3 }, length }: IpPrefix): number =>
  radix.find(w0, w1, w2, w3, length);
const match = (radix: Radix, { w0, w1, w2, w3 }: IpAddress): number => radix.longestMatch(w0, w1, w2, w3);

const words = (radix: Radix): string[] =>
  [...radix.walk()].map((node) => {
    const [w0, w1, w2, w3] = [0, 1, 2, 3].map((index) => radix.word(node, index)) as [number, number, number, number];
    return formatPrefix({ address: { family: radix.bits === 32 ? 4 : 6, w0, w1, w2, w3 }, length: radix.length(node) });
  });

describe('Radix', () => {
  const table = ['::/0', '2001:db8::/32', '2001:db8:1::/48', '2001:db8:1::1/128', '2001:db8:8000::/33', 'fe80::/10'];
  it.each([
    ['2001:db8:1::1', '2001:db8:1::1/128'],
    ['2001:db8:1::2', '2001:db8:1::/48'],
    ['2001:db8:2::1', '2001:db8::/32'],
    ['2001:db8:8000::', '2001:db8:8000::/33'],
    ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8:8000::/33'],
    ['2001:db9::', '::/0'],
    ['febf:ffff::1', 'fe80::/10'],
    ['fec0::1', '::/0'],
    ['::', '::/0'],
  ])('matches %s with %s', (address, expected) => {
    const radix = new Radix(128);
    for (const [index, text] of table.entries()) insert(radix, prefix(text), index + 1);
    expect(table[match(radix, parseAddress(address)!) - 1]).toBe(expected);
  });

  it('finds nothing in an empty tree, nor beside its prefixes', () => {
    const radix = new Radix(32);
    expect(match(radix, parseAddress('10.0.0.1')!)).toBe(0);
    insert(radix, prefix('10.0.0.0/8'), 1);
    expect(match(radix, parseAddress('11.0.0.1')!)).toBe(0);
    expect(find(radix, prefix('10.0.0.0/9'))).toBe(0);
    expect(find(radix, prefix('0.0.0.0/0'))).toBe(0);
  });

  it('does not find a branch that has no value', () => {
    const radix = new Radix(32);
    insert(radix, prefix('10.0.0.0/24'), 1);
    insert(radix, prefix('10.0.1.0/24'), 2);
    expect(find(radix, prefix('10.0.0.0/23'))).toBe(0);
    expect(remove(radix, prefix('10.0.0.0/23'))).toBe(0);
    expect(radix.size).toBe(2);
  });

  it('keeps the node of a prefix while prefixes around it come and go', () => {
    const radix = new Radix(32);
    const node = insert(radix, prefix('10.0.0.0/24'), 1);
    for (const text of ['10.0.0.0/8', '10.0.1.0/24', '10.0.0.0/32', '0.0.0.0/0']) insert(radix, prefix(text), 2);
    for (const text of ['10.0.0.0/8', '10.0.1.0/24', '10.0.0.0/32']) remove(radix, prefix(text));
    expect(find(radix, prefix('10.0.0.0/24'))).toBe(node);
    expect(insert(radix, prefix('10.0.0.0/24'), 3)).toBe(node);
    expect(radix.value(node)).toBe(3);
  });

  it('walks by address, shorter prefixes first', () => {
    const radix = new Radix(128);
    const texts = ['ff00::/8', '::/0', '8000::/1', '2001:db8::/32', '2001:db8::/64', '2001:db7::/32', '::1/128'];
    for (const [index, text] of texts.entries()) insert(radix, prefix(text), index + 1);
    expect(words(radix)).toEqual([
      '::/0',
      '::1/128',
      '2001:db7::/32',
      '2001:db8::/32',
      '2001:db8::/64',
      '8000::/1',
      'ff00::/8',
    ]);
  });

  it('walks on when the prefix just yielded is removed', () => {
    const radix = new Radix(32);
    const texts = ['10.0.0.0/8', '10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.128.0.0/9'];
    for (const [index, text] of texts.entries()) insert(radix, prefix(text), index + 1);
    const seen: number[] = [];
    for (const node of radix.walk()) {
      seen.push(radix.value(node));
      radix.remove(radix.word(node, 0), 0, 0, 0, radix.length(node));
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(radix.size).toBe(0);
    expect(radix.root).toBe(0);
  });

  it('walks from a prefix on, whether it is there or not', () => {
    const radix = new Radix(32);
    const texts = ['0.0.0.0/0', '10.0.0.0/8', '10.0.0.0/24', '10.0.1.0/24', '10.128.0.0/9', '192.0.2.0/24'];
    for (const [index, text] of texts.entries()) insert(radix, prefix(text), index + 1);
    const from = (text: string): number[] => {
      const { address, length } = prefix(text);
      return [...radix.walkFrom(address.w0, 0, 0, 0, length)].map((node) => radix.value(node));
    };
    expect(from('0.0.0.0/0')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(from('10.0.0.0/8')).toEqual([2, 3, 4, 5, 6]);
    expect(from('10.0.0.0/16')).toEqual([3, 4, 5, 6]);
    expect(from('10.0.0.0/32')).toEqual([4, 5, 6]);
    expect(from('10.0.1.0/24')).toEqual([4, 5, 6]);
    expect(from('10.64.0.0/16')).toEqual([5, 6]);
    expect(from('11.0.0.0/8')).toEqual([6]);
    expect(from('192.0.2.255/32')).toEqual([]);
    expect([...new Radix(32).walkFrom(0, 0, 0, 0, 0)]).toEqual([]);
  });

  it.each([4, 6] as const)('walks from any prefix on as a sorted list does, IPv%i', (family) => {
    const prefixes = fc.array(clusteredPrefix(family), { maxLength: 40 });
    fc.assert(
      fc.property(prefixes, clusteredPrefix(family), (all, from) => {
        const radix = new Radix(family === 4 ? 32 : 128);
        const linear = new LinearTable();
        for (const [index, each] of all.entries()) {
          insert(radix, each, index + 1);
          linear.set(each, index + 1);
        }
        const { w0, w1, w2, w3 } = from.address;
        const walked = [...radix.walkFrom(w0, w1, w2, w3, from.length)].map((node) => radix.value(node));
        linear.set(from, linear.get(from) || -1);
        const sorted = linear.sorted();
        const rest = sorted.slice(sorted.findIndex((each) => formatPrefix(each) === formatPrefix(from)));
        expect(walked).toEqual(rest.map((each) => linear.get(each)).filter((value) => value > 0));
      }),
    );
  });

  it('seeks the subtree of a region and what covers it', () => {
    const radix = new Radix(32);
    for (const [index, text] of ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.1.3.0/24'].entries()) {
      insert(radix, prefix(text), index + 1);
    }
    const seek = (text: string): (number | string)[] => {
      const { address, length } = prefix(text);
      const node = radix.seek(address.w0, 0, 0, 0, length);
      return [node === 0 ? 'none' : radix.length(node), radix.covering, radix.coveringLength];
    };
    expect(seek('10.1.0.0/16')).toEqual([16, 2, 16]);
    expect(seek('10.1.0.0/17')).toEqual([23, 2, 16]);
    expect(seek('10.1.2.0/23')).toEqual([23, 2, 16]);
    expect(seek('10.1.128.0/17')).toEqual(['none', 2, 16]);
    expect(seek('10.2.0.0/16')).toEqual(['none', 1, 8]);
    expect(seek('0.0.0.0/0')).toEqual([8, 0, -1]);
    expect(seek('11.0.0.0/8')).toEqual(['none', 0, -1]);
  });

  it.each([4, 6] as const)('agrees with a linear table, IPv%i', (family) => {
    const change = fc.record({ prefix: clusteredPrefix(family), keep: fc.boolean(), value: fc.integer({ min: 1 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), fc.array(clusteredAddress(family)), (changes, addresses) => {
        const radix = new Radix(family === 4 ? 32 : 128);
        const linear = new LinearTable();
        for (const { prefix: each, keep, value } of changes) {
          if (keep) {
            const node = insert(radix, each, value);
            linear.set(each, value);
            expect(find(radix, each)).toBe(node);
          } else expect(remove(radix, each)).toBe(linear.delete(each));
        }
        expect(radix.size).toBe(linear.size);
        expect(words(radix)).toEqual(linear.sorted().map(formatPrefix));
        for (const address of [...addresses, ...changes.flatMap((each) => edgesOf(each.prefix))]) {
          expect(match(radix, address)).toBe(linear.lookup(address));
        }
        for (const { prefix: each } of changes) remove(radix, each);
        expect(radix.root).toBe(0);
      }),
    );
  });

  it('uses the space of removed prefixes again', () => {
    const radix = new Radix(128);
    const churn = (): void => {
      for (let i = 0; i < 1_000; i += 1) radix.insert(0x20010000 | i, i, i, i, 128, 1);
      for (let i = 0; i < 1_000; i += 1) radix.remove(0x20010000 | i, i, i, i, 128);
    };
    churn();
    const before = radix.bytes;
    for (let round = 0; round < 5; round += 1) churn();
    expect(radix.bytes).toBe(before);
  });
});
