import { type IpAddress, type IpPrefix, prefixOf } from '../wire/address.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { WordTable } from './word-table.ts';

/** A way into a tunnel's end: outer packets like this come out of the interface. */
export interface TunnelEntrance {
  readonly protocol: number;
  /** What else tells it from others: a GRE key, a UDP port; 0 for nothing. */
  readonly discriminator: number;
  readonly local: IpAddress;
  /** Where the outer packets come from. */
  readonly remote: IpPrefix;
}

/** Version and protocol, discriminator, local and remote address. */
const words = 10;

const maskOf = (length: number, word: number): number => {
  const bits = Math.min(32, Math.max(0, length - 32 * word));
  return bits === 0 ? 0 : -1 << (32 - bits);
};

/**
 * Which tunnel a packet comes out of: by protocol, discriminator and destination, and of those that fit by the longest
 * prefix of the source (KAME's `encap_attach`). Each length that occurs is a look-up; with configured tunnels alone
 * there is one.
 */
export class TunnelDispatch {
  readonly #table: WordTable;
  /** Interface indexes by row. */
  readonly #interfaces: Uint16Array;
  /** Lengths of source prefixes that occur, longest first, and how often. */
  readonly #lengths = { 4: [] as number[], 6: [] as number[] };
  readonly #counts = { 4: new Uint16Array(33), 6: new Uint16Array(129) };

  constructor(options: { readonly limit: number; readonly seed: number }) {
    this.#table = new WordTable({ words, ...options });
    this.#interfaces = new Uint16Array(options.limit + 1);
  }

  /** The tunnel that has taken these outer packets, 0 if none has. */
  ownerOf(entrance: TunnelEntrance): number {
    this.#writeKey(entrance);
    return this.#interfaces[this.#table.find()] as number;
  }

  /** @returns false when the table is full, or someone takes these packets already */
  add(interfaceIndex: number, entrance: TunnelEntrance): boolean {
    this.#writeKey(entrance);
    if (this.#table.find() !== 0) return false;
    const row = this.#table.insert();
    if (row === 0) return false;
    this.#interfaces[row] = interfaceIndex;
    this.#count(entrance, 1);
    return true;
  }

  remove(entrance: TunnelEntrance): void {
    this.#writeKey(entrance);
    if (this.#table.remove() !== 0) this.#count(entrance, -1);
  }

  /** The tunnel that the IPv6 packet at `start` comes out of, 0 if none. Allocates nothing. */
  find6(view: DataView, start: number, protocol: number, discriminator: number): number {
    const { key } = this.#table;
    const source = start + ipv6.offsets.source;
    const destination = start + ipv6.offsets.destination;
    key[0] = 0x600 | protocol;
    key[1] = discriminator;
    for (let i = 0; i < 4; i += 1) key[2 + i] = view.getInt32(destination + 4 * i);
    for (const length of this.#lengths[6]) {
      for (let i = 0; i < 4; i += 1) key[6 + i] = view.getInt32(source + 4 * i) & maskOf(length, i);
      const row = this.#table.find();
      if (row !== 0) return this.#interfaces[row] as number;
    }
    return 0;
  }

  /** Of the IPv4 packet at `start`, likewise. */
  find4(view: DataView, start: number, protocol: number, discriminator: number): number {
    const { key } = this.#table;
    const source = ipv4.source(view, start);
    key.fill(0);
    key[0] = 0x400 | protocol;
    key[1] = discriminator;
    key[2] = ipv4.destination(view, start);
    for (const length of this.#lengths[4]) {
      key[6] = source & maskOf(length, 0);
      const row = this.#table.find();
      if (row !== 0) return this.#interfaces[row] as number;
    }
    return 0;
  }

  #writeKey({ protocol, discriminator, local, remote }: TunnelEntrance): void {
    const { address } = prefixOf(remote.address, remote.length);
    const first = (local.family << 8) | protocol;
    this.#table.key.set([first, discriminator, local.w0, local.w1, local.w2, local.w3]);
    this.#table.key.set([address.w0, address.w1, address.w2, address.w3], 6);
  }

  #count({ local: { family }, remote: { length } }: TunnelEntrance, more: 1 | -1): void {
    const counts = this.#counts[family];
    counts[length] = (counts[length] as number) + more;
    this.#lengths[family] = [...counts.keys()].filter((each) => counts[each] !== 0).reverse();
  }
}
