/**
 * IPv6 routes like those of the Internet's default-free zone: about 43 % are allocations, 57 % more specific parts of
 * them, the mean length is 43 bits, and a few holders announce hundreds of parts while most announce none or one.
 */
import { address6, type IpPrefix, prefixOf } from '../src/wire/address.ts';
import { seededRandom } from './random.ts';

interface Registry {
  /** Share of the allocations, in percent. */
  readonly weight: number;
  /** First 16 bits, from and to. */
  readonly from: number;
  readonly to: number;
  /** The next 16 bits, from and to. */
  readonly second?: readonly [number, number];
  /** Length of an allocation. */
  readonly length: number;
}

/** Where registries allocate, roughly. */
const registries: readonly Registry[] = [
  { weight: 34, from: 0x2a00, to: 0x2a14, length: 29 },
  { weight: 6, from: 0x2a00, to: 0x2a10, length: 32 },
  { weight: 8, from: 0x2001, to: 0x2001, second: [0x0200, 0x1fff], length: 32 },
  { weight: 14, from: 0x2400, to: 0x240f, length: 32 },
  { weight: 12, from: 0x2600, to: 0x2607, length: 32 },
  { weight: 6, from: 0x2800, to: 0x2806, length: 32 },
  { weight: 2, from: 0x2c0f, to: 0x2c0f, second: [0xf000, 0xffff], length: 32 },
  { weight: 9, from: 0x2620, to: 0x2620, second: [0x0000, 0x01ff], length: 48 },
  { weight: 5, from: 0x2001, to: 0x2001, second: [0x067c, 0x067c], length: 48 },
  { weight: 4, from: 0x2001, to: 0x2001, second: [0x0df0, 0x0dff], length: 48 },
];

/** Lengths of more specific routes, and their shares in percent. */
const lengths: readonly (readonly [number, number])[] = [
  [48, 57],
  [44, 10],
  [40, 10],
  [36, 7],
  [46, 4],
  [47, 4],
  [42, 2],
  [45, 1.5],
  [33, 1.5],
  [34, 1],
  [35, 0.7],
  [38, 0.7],
  [56, 0.2],
  [64, 0.4],
];

const weighted = <T>(random: () => number, entries: readonly T[], weight: (entry: T) => number): T => {
  const total = entries.reduce((sum, entry) => sum + weight(entry), 0);
  let point = random() * total;
  for (const entry of entries) {
    point -= weight(entry);
    if (point < 0) return entry;
  }
  return entries[0] as T;
};

/** `count` different prefixes, in no order; the same for the same seed. */
export const makeMix = (count: number, seed: number): IpPrefix[] => {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const mix: IpPrefix[] = [];
  const seen = new Set<string>();
  const announce = (w0: number, w1: number, length: number): void => {
    const prefix = prefixOf(address6(w0, w1, 0, 0), length);
    const name = `${prefix.address.w0} ${prefix.address.w1} ${length}`;
    if (mix.length >= count || seen.has(name)) return;
    seen.add(name);
    mix.push(prefix);
  };
  while (mix.length < count) {
    const { from, to, second = [0, 0xffff], length } = weighted(random, registries, (entry) => entry.weight);
    const high = from + below(to - from + 1);
    const low = second[0] + below(second[1] - second[0] + 1);
    const w0 = length < 32 ? (((high << 16) | low) >>> (32 - length)) << (32 - length) : (high << 16) | low;
    const w1 = length > 32 ? below(0x10000) << 16 : 0;
    announce(w0, w1, length);
    if (length === 48 || random() < 0.55) continue;
    const parts = Math.min(2_000, Math.floor(1.35 / (1 - random()) ** 0.9));
    const orderly = random() < 0.6;
    const partLength = weighted(random, lengths, (entry) => entry[1])[0];
    for (let part = 0; part < parts; part += 1) {
      const own = random() < 0.7 ? partLength : weighted(random, lengths, (entry) => entry[1])[0];
      const inside = length < 32 && random() < 0.5 ? below(2 ** (32 - length)) : 0;
      const index = orderly ? part : below(0x10000);
      const bits = own <= 48 ? (own > 32 ? index << (64 - own) : 0) : (below(0x10000) << 16) | (index & 0xffff);
      announce(w0 | inside, bits, own);
    }
  }
  return mix;
};
