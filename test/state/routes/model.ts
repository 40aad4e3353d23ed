import fc from 'fast-check';
import { type IpAddress, type IpPrefix, prefixContains, prefixOf, writeAddress } from '../../../src/wire/address.ts';

/** The slowest routing table there is: a list, searched whole. */
export class LinearTable {
  readonly #entries = new Map<string, { prefix: IpPrefix; value: number }>();

  get size(): number {
    return this.#entries.size;
  }

  set(prefix: IpPrefix, value: number): number {
    const before = this.get(prefix);
    this.#entries.set(nameOf(prefix), { prefix, value });
    return before;
  }

  delete(prefix: IpPrefix): number {
    const before = this.get(prefix);
    this.#entries.delete(nameOf(prefix));
    return before;
  }

  get(prefix: IpPrefix): number {
    return this.#entries.get(nameOf(prefix))?.value ?? 0;
  }

  lookup(address: IpAddress): number {
    let best = { length: -1, value: 0 };
    for (const { prefix, value } of this.#entries.values()) {
      if (prefix.length > best.length && prefixContains(prefix, address)) best = { length: prefix.length, value };
    }
    return best.value;
  }

  /** By address, shorter prefixes first. */
  sorted(): IpPrefix[] {
    const order = (a: IpPrefix, b: IpPrefix): number => {
      for (const word of ['w0', 'w1', 'w2', 'w3'] as const) {
        const difference = (a.address[word] >>> 0) - (b.address[word] >>> 0);
        if (difference !== 0) return difference;
      }
      return a.length - b.length;
    };
    return [...this.#entries.values()].map(({ prefix }) => prefix).sort(order);
  }
}

const nameOf = ({ address: { family, w0, w1, w2, w3 }, length }: IpPrefix): string =>
  [family, w0, w1, w2, w3, length].join(' ');

const flip = (address: IpAddress, bits: readonly number[]): IpAddress => {
  const words = [address.w0, address.w1, address.w2, address.w3];
  for (const bit of bits) words[bit >> 5] = (words[bit >> 5] as number) ^ (1 << (31 - (bit & 31)));
  const [w0, w1, w2, w3] = words as [number, number, number, number];
  return { family: address.family, w0, w1, w2, w3 };
};

/** Addresses that differ from a common one in a few bits only, so that prefixes nest, part late and cover many. */
export const clusteredAddress = (family: 4 | 6): fc.Arbitrary<IpAddress> => {
  const bits = family === 4 ? 32 : 128;
  const base: IpAddress =
    family === 4
      ? { family, w0: 0x0a010203, w1: 0, w2: 0, w3: 0 }
      : { family, w0: 0x20010db8, w1: 0x00010002, w2: 0, w3: 1 };
  const bit = fc.oneof(
    fc.nat(bits - 1),
    fc.integer({ min: 14, max: 31 }),
    fc.integer({ min: bits - 9, max: bits - 1 }),
  );
  return fc.array(bit, { maxLength: 4 }).map((flipped) => flip(base, flipped));
};

export const clusteredPrefix = (family: 4 | 6): fc.Arbitrary<IpPrefix> => {
  const bits = family === 4 ? 32 : 128;
  const length = fc.oneof(
    { weight: 3, arbitrary: fc.nat(bits) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        0,
        1,
        8,
        15,
        16,
        17,
        24,
        31,
        32,
        ...(family === 6 ? [33, 47, 48, 49, 64, 127, 128] : []),
      ),
    },
  );
  return fc.tuple(clusteredAddress(family), length).map(([address, bitsOf]) => prefixOf(address, bitsOf));
};

/** First and last address of a prefix, and the one just before and after it. */
export const edgesOf = ({ address, length }: IpPrefix): IpAddress[] => {
  const bits = address.family === 4 ? 32 : 128;
  const last = flip(
    address,
    Array.from({ length: bits - length }, (_, i) => length + i),
  );
  return length === 0 ? [address, last] : [address, last, flip(address, [length - 1]), flip(last, [length - 1])];
};

/** The address as bytes, with nothing behind it: a look-up that reads too far throws. */
export const bytesOf = (address: IpAddress): DataView => {
  const view = new DataView(new ArrayBuffer(address.family === 4 ? 4 : 16));
  writeAddress(view, 0, address);
  return view;
};
