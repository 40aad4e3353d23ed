import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../bench/random.ts';
import { makeMix } from '../../../bench/routes-mix.ts';
import { BurstTrie } from '../../../src/state/routes/burst-trie.ts';
import { Radix } from '../../../src/state/routes/radix.ts';
import {
  address4,
  address6,
  type IpAddress,
  type IpPrefix,
  parseAddress,
  parsePrefix,
  prefixOf,
} from '../../../src/wire/address.ts';
import { bytesOf, clusteredAddress, clusteredPrefix, edgesOf, LinearTable } from './model.ts';

/** The trie and the radix tree that it follows. */
class Pair {
  readonly radix: Radix;
  readonly trie: BurstTrie;

  constructor(family: 4 | 6) {
    this.radix = new Radix(family === 4 ? 32 : 128);
    this.trie = new BurstTrie(this.radix, (route) => route);
  }

  set({ address: { w0, w1, w2, w3 }, length }: IpPrefix, value: number): void {
    const known = this.radix.find(w0, w1, w2, w3, length) !== 0;
    this.radix.insert(w0, w1, w2, w3, length, value);
    this.trie.update(w0, w1, w2, w3, length, known ? 0 : 1);
  }

  delete({ address: { w0, w1, w2, w3 }, length }: IpPrefix): void {
    if (this.radix.remove(w0, w1, w2, w3, length) !== 0) this.trie.update(w0, w1, w2, w3, length, -1);
  }

  lookup(address: IpAddress): number {
    return this.trie.lookup(bytesOf(address), 0);
  }

  reference({ w0, w1, w2, w3 }: IpAddress): number {
    return this.radix.longestMatch(w0, w1, w2, w3);
  }

  expectSame(addresses: Iterable<IpAddress>): void {
    for (const address of addresses) {
      if (this.lookup(address) !== this.reference(address)) {
        expect({ ...address, row: this.lookup(address) }).toEqual({ ...address, row: this.reference(address) });
      }
    }
  }
}

const prefix = (text: string): IpPrefix => parsePrefix(text)!;
const at = (text: string): IpAddress => parseAddress(text)!;

/** Numbers 0 to 2^32 - 1 in no order. */
const words = (seed: number): (() => number) => {
  const random = seededRandom(seed);
  return () => Math.floor(random() * 0x1_0000_0000);
};

/** `count` addresses: inside the prefixes, just beside them, or anywhere. */
function* addressesAround(prefixes: readonly IpPrefix[], count: number, seed: number): Generator<IpAddress> {
  const word = words(seed);
  for (let i = 0; i < count; i += 1) {
    const { address, length } = prefixes[word() % prefixes.length] as IpPrefix;
    const kept = [length, Math.max(0, length - 1), Math.max(0, length - 12), 0][i & 3] as number;
    const tail = (index: number): number => {
      const bits = kept - index * 32;
      return bits >= 32 ? 0 : bits <= 0 ? word() : word() & (0xffff_ffff >>> bits);
    };
    yield address.family === 4
      ? address4(address.w0 ^ tail(0))
      : address6(address.w0 ^ tail(0), address.w1 ^ tail(1), address.w2 ^ tail(2), address.w3 ^ tail(3));
  }
}

describe('BurstTrie', () => {
  it('leads nowhere while it is empty', () => {
    expect(new Pair(6).lookup(at('2001:db8::1'))).toBe(0);
    expect(new Pair(4).lookup(at('192.0.2.1'))).toBe(0);
  });

  it('falls back on the covering prefix wherever a longer one ends', () => {
    const pair = new Pair(6);
    const nested = [0, 1, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 80, 96, 112, 120, 127, 128];
    const host = at('2001:db8:1:2:3:4:5:6');
    for (const length of nested) pair.set(prefixOf(host, length), length + 1);
    expect(pair.lookup(host)).toBe(129);
    for (const [index, length] of nested.entries()) {
      if (length === 0) continue;
      const justBefore = edgesOf(prefixOf(host, length))[2] as IpAddress;
      expect(pair.lookup(justBefore)).toBe((nested[index - 1] as number) + 1);
    }
    for (const length of nested.slice(1).reverse()) {
      pair.delete(prefixOf(host, length));
      expect(pair.lookup(host)).toBe((nested[nested.indexOf(length) - 1] as number) + 1);
    }
  });

  it('keeps each of many prefixes in one small region apart', () => {
    const pair = new Pair(6);
    const hosts = Array.from({ length: 300 }, (_, i) => at(`2001:db8::${i.toString(16)}`));
    for (const [i, host] of hosts.entries()) pair.set({ address: host, length: 128 }, i + 1);
    for (const [i, host] of hosts.entries()) expect(pair.lookup(host)).toBe(i + 1);
    expect(pair.lookup(at('2001:db8::1:0'))).toBe(0);
    for (const host of hosts.slice(1)) pair.delete({ address: host, length: 128 });
    expect(hosts.map((host) => pair.lookup(host)).filter((row) => row !== 0)).toEqual([1]);
  });

  it('follows a default route and other short prefixes that come late', () => {
    const pair = new Pair(6);
    const mix = makeMix(2_000, 1);
    for (const [i, each] of mix.entries()) pair.set(each, i + 1);
    for (const [i, text] of ['::/0', '2000::/3', '2a00::/12', '2a00::/16', '2a00::/17', '2a00:1000::/20'].entries()) {
      pair.set(prefix(text), 10_000 + i);
      pair.expectSame(addressesAround([...mix, prefix(text)], 4_000, i));
    }
    for (const text of ['2000::/3', '2a00::/17', '::/0', '2a00::/16', '2a00:1000::/20', '2a00::/12']) {
      pair.delete(prefix(text));
      pair.expectSame(addressesAround([...mix, prefix(text)], 4_000, 7));
    }
  });

  it.each([4, 6] as const)('agrees with a linear table while prefixes come and go, IPv%i', (family) => {
    const change = fc.record({
      prefix: clusteredPrefix(family),
      keep: fc.boolean(),
      value: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 120, size: 'max' }),
        fc.array(clusteredAddress(family)),
        (changes, addresses) => {
          const pair = new Pair(family);
          const linear = new LinearTable();
          for (const { prefix: each, keep, value } of changes) {
            if (keep) {
              pair.set(each, value);
              linear.set(each, value);
            } else {
              pair.delete(each);
              linear.delete(each);
            }
            for (const address of edgesOf(each)) expect(pair.lookup(address)).toBe(linear.lookup(address));
          }
          for (const address of [...addresses, ...changes.flatMap((each) => edgesOf(each.prefix))]) {
            expect(pair.lookup(address)).toBe(linear.lookup(address));
          }
          for (const { prefix: each } of changes) pair.delete(each);
          for (const address of addresses) expect(pair.lookup(address)).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('agrees with the radix tree on 200,000 addresses of an Internet-like table, full, halved and refilled', () => {
    const pair = new Pair(6);
    const mix = makeMix(20_000, 2);
    for (const [i, each] of mix.entries()) pair.set(each, i + 1);
    pair.expectSame(addressesAround(mix, 100_000, 1));
    for (let i = 0; i < mix.length; i += 2) pair.delete(mix[i] as IpPrefix);
    pair.expectSame(addressesAround(mix, 50_000, 2));
    for (let i = 0; i < mix.length; i += 1) pair.set(mix[i] as IpPrefix, i + 2);
    pair.expectSame(addressesAround(mix, 50_000, 3));
  });

  it('agrees with the radix tree on a dense IPv4 table', () => {
    const pair = new Pair(4);
    const word = words(5);
    const mix = Array.from({ length: 10_000 }, () => {
      const length = [8, 12, 16, 17, 19, 20, 22, 23, 24, 24, 24, 24, 30, 32][word() % 14] as number;
      const within = word() & 0x03ff_ffff;
      return { address: address4((0x0a00_0000 | within) & (-1 << (32 - length))), length };
    });
    for (const [i, each] of mix.entries()) pair.set(each, i + 1);
    pair.expectSame(addressesAround(mix, 50_000, 1));
    for (let i = 0; i < mix.length; i += 3) pair.delete(mix[i] as IpPrefix);
    pair.expectSame(addressesAround(mix, 50_000, 2));
  });

  it('gives back what it took: churn does not make it grow', () => {
    const pair = new Pair(6);
    const mix = makeMix(5_000, 3);
    const churn = (): void => {
      for (const [i, each] of mix.entries()) pair.set(each, i + 1);
      for (const each of mix) pair.delete(each);
    };
    churn();
    const before = pair.trie.bytes;
    for (let round = 0; round < 4; round += 1) churn();
    expect(pair.trie.bytes).toBe(before);
  });

  it('stays under 500 bytes a prefix even when prefixes are placed to hurt it', () => {
    const pair = new Pair(6);
    const word = words(9);
    // Groups of seven hosts that differ in the last three bits only, anywhere: long common runs, few prefixes behind.
    const groups = 2_000;
    for (let group = 0; group < groups; group += 1) {
      const [w0, w1, w2, w3] = [word(), word(), word(), word() & ~7] as [number, number, number, number];
      for (let i = 0; i < 7; i += 1) pair.set({ address: address6(w0, w1, w2, w3 | i), length: 128 }, i + 1);
    }
    const fixed = new Pair(6).trie.bytes;
    expect((pair.trie.bytes - fixed) / (groups * 7)).toBeLessThan(500);
  });
});
