import type { IpAddress } from '../wire/address-value.ts';
import { WordTable } from './word-table.ts';

/** Words of a key: the interface with the family, and the address. */
const words = 5;

/** Bits of `flags`. */
export const NeighborFlag = {
  router: 0x01,
  /** Written by hand: nothing that is heard changes it. */
  static: 0x02,
  /** Unreachable, and sent to since it was sought last. */
  used: 0x04,
  /** Someone wants to be told whether it can be reached. */
  watched: 0x08,
} as const;

/**
 * What steps read of the neighbor cache: columns by row, and the look-up of a row by interface and address. A neighbor
 * takes 81 bytes of the whole cache, its timer and its place in queues and lists included.
 */
export class NeighborTable extends WordTable {
  readonly state: Uint8Array;
  readonly flags: Uint8Array;
  /** Solicitations that were sent in the present state. */
  readonly solicitations: Uint8Array;
  /** The link-layer address, in two parts as in `ethernet.ts`; means nothing while the state is incomplete. */
  readonly linkLayerHigh: Uint16Array;
  readonly linkLayerLow: Int32Array;

  /** @param options most neighbors; a random seed of the hash */
  constructor({ limit, seed }: { readonly limit: number; readonly seed: number }) {
    super({ words, limit, seed });
    this.state = new Uint8Array(limit + 1);
    this.flags = new Uint8Array(limit + 1);
    this.solicitations = new Uint8Array(limit + 1);
    this.linkLayerHigh = new Uint16Array(limit + 1);
    this.linkLayerLow = new Int32Array(limit + 1);
  }

  /** The row of the IPv6 neighbor at `at`, 0 if there is none. The key stays, for `insert`. */
  find6(interfaceIndex: number, view: DataView, at: number): number {
    const key = this.key;
    key[0] = interfaceIndex << 1;
    key[1] = view.getInt32(at);
    key[2] = view.getInt32(at + 4);
    key[3] = view.getInt32(at + 8);
    key[4] = view.getInt32(at + 12);
    return this.find();
  }

  /** The row of the IPv4 neighbor whose address is `word`. */
  find4(interfaceIndex: number, word: number): number {
    const key = this.key;
    key[0] = (interfaceIndex << 1) | 1;
    key[1] = word;
    key[2] = 0;
    key[3] = 0;
    key[4] = 0;
    return this.find();
  }

  /** The row of the IPv6 neighbor with these words. */
  findWords(interfaceIndex: number, w0: number, w1: number, w2: number, w3: number): number {
    const key = this.key;
    key[0] = interfaceIndex << 1;
    key[1] = w0;
    key[2] = w1;
    key[3] = w2;
    key[4] = w3;
    return this.find();
  }

  findAddress(interfaceIndex: number, { family, w0, w1, w2, w3 }: IpAddress): number {
    return family === 4 ? this.find4(interfaceIndex, w0) : this.findWords(interfaceIndex, w0, w1, w2, w3);
  }

  interfaceOf(row: number): number {
    return this.keyWord(row, 0) >> 1;
  }

  addressOf(row: number): IpAddress {
    return {
      family: (this.keyWord(row, 0) & 1) === 1 ? 4 : 6,
      w0: this.keyWord(row, 1),
      w1: this.keyWord(row, 2),
      w2: this.keyWord(row, 3),
      w3: this.keyWord(row, 4),
    };
  }
}
