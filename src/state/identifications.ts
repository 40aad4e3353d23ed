import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { WordTable } from './word-table.ts';

export interface IdentificationOptions {
  /** Most pairs of source and destination that are counted for. Default 1,024. */
  readonly destinations?: number;
}

export const identificationDefaults: Required<IdentificationOptions> = { destinations: 1_024 };

const words6 = 4;

/**
 * Identifications for datagrams that we cut: a counter for each source and destination (in IPv4 and protocol, RFC 6864)
 * that starts at a random number (RFC 7739 §5.1). A number thus comes back only after all others, and who sees those
 * of one destination learns nothing of another's. When there are too many, the counter that was made first is
 * forgotten; a new one starts elsewhere.
 *
 * @example
 * fragment.setIdentification(view, at, node.identifications.next6(view, start));
 */
export class Identifications {
  readonly #random: () => number;
  readonly #table: WordTable;
  readonly #counters: Uint32Array;
  /** Rows are handed out in order, and forgotten in that order. */
  #oldest = 1;

  /** @param needs numbers in [0, 1) that no one can guess; a random seed of the hash */
  constructor(needs: { readonly random: () => number; readonly seed: number }, options: IdentificationOptions = {}) {
    const { destinations } = { ...identificationDefaults, ...options };
    this.#random = needs.random;
    this.#table = new WordTable({ words: 1 + 2 * words6, limit: Math.max(1, destinations), seed: needs.seed });
    this.#counters = new Uint32Array(this.#table.limit + 1);
  }

  /** For the IPv6 packet whose header is at `at`: 32 bits. */
  next6(view: DataView, at: number): number {
    const { key } = this.#table;
    key[0] = 6;
    for (let i = 0; i < 2 * words6; i += 1) key[1 + i] = view.getInt32(at + ipv6.offsets.source + 4 * i);
    return this.#next();
  }

  /** For the IPv4 packet whose header is at `at`: 16 bits. */
  next4(view: DataView, at: number): number {
    const { key } = this.#table;
    key.fill(0);
    key[0] = 4 | (ipv4.protocol(view, at) << 8);
    key[1] = view.getInt32(at + ipv4.offsets.source);
    key[2] = view.getInt32(at + ipv4.offsets.destination);
    return this.#next() & 0xffff;
  }

  #next(): number {
    let row = this.#table.find();
    if (row === 0) {
      if (this.#table.size === this.#table.limit) this.#forgetOldest();
      row = this.#table.insert();
      this.#counters[row] = Math.floor(this.#random() * 0x100000000);
    }
    const next = ((this.#counters[row] as number) + 1) >>> 0;
    this.#counters[row] = next;
    return next;
  }

  #forgetOldest(): void {
    this.#table.removeRow(this.#oldest);
    this.#oldest = (this.#oldest % this.#table.limit) + 1;
  }
}
