import type { Packet } from '../packet/packet.ts';
import { isLinkLocal6 } from '../wire/address-bytes.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { TokenBuckets } from './token-bucket.ts';
import { WordTable } from './word-table.ts';

/** How fast ICMP errors may be sent (RFC 4443 §2.4 f, RFC 1812 §4.3.2.8). Rates are errors a second. */
export interface ErrorLimitOptions {
  /** Errors about packets that came in by one interface, Packet Too Big aside. Default 100, KAME's limit. */
  readonly rate?: number;
  /** Of these at once. Default 100. */
  readonly burst?: number;
  /** Packet Too Big about packets that came in by one interface: path MTU discovery waits for them. Default 100. */
  readonly tooBigRate?: number;
  /** Of these at once. Default 100. */
  readonly tooBigBurst?: number;
  /** Errors to one destination, and as many Packet Too Big. Default 50: no one takes all that an interface has. */
  readonly destinationRate?: number;
  /** Of these at once. Default 50. */
  readonly destinationBurst?: number;
  /** Destinations remembered. Default 1,024 (48 kB). */
  readonly destinations?: number;
}

export const errorLimitDefaults: Required<ErrorLimitOptions> = {
  rate: 100,
  burst: 100,
  tooBigRate: 100,
  tooBigBurst: 100,
  destinationRate: 50,
  destinationBurst: 50,
  destinations: 1_024,
};

/** Errors of one kind: a bucket for each interface, and one for each row of the table of destinations. */
interface Budget {
  readonly interfaces: TokenBuckets;
  readonly destinations: TokenBuckets;
}

/** Rows looked at for one that can be forgotten without loss. */
const evictionReach = 8;

/**
 * May one more ICMP error be sent? Asked of token buckets per arrival interface and per destination, Packet Too Big
 * apart from all others.
 *
 * A destination is an IPv6 /64, for whoever has one has all addresses in it; a single link-local address on its link;
 * a single IPv4 address. A destination that is not remembered has full buckets. So when the table is full, a row whose
 * buckets have filled up again is forgotten first; if there is none within reach, the next in turn. Rows are made only
 * by errors that are sent, so strangers can't turn the table over faster than the interfaces' rates.
 *
 * @example
 * const limits = new ErrorLimits({ interfaceLimit: 8, seed: 1 }, { rate: 10, burst: 10 });
 * if (limits.allow(refused, false, scheduler.now())) send(errorAbout(refused));
 */
export class ErrorLimits {
  readonly #table: WordTable;
  readonly #errors: Budget;
  readonly #tooBig: Budget;
  #hand = 1;

  /** @param shape highest interface index; random seed of the hash */
  constructor(shape: { readonly interfaceLimit: number; readonly seed: number }, options: ErrorLimitOptions = {}) {
    const { rate, burst, tooBigRate, tooBigBurst, destinationRate, destinationBurst, destinations } = {
      ...errorLimitDefaults,
      ...options,
    };
    this.#table = new WordTable({ words: 5, limit: Math.max(1, destinations), seed: shape.seed });
    const count = shape.interfaceLimit + 1;
    const perDestination = { count: this.#table.limit + 1, rate: destinationRate, burst: destinationBurst };
    this.#errors = {
      interfaces: new TokenBuckets({ count, rate, burst }),
      destinations: new TokenBuckets(perDestination),
    };
    this.#tooBig = {
      interfaces: new TokenBuckets({ count, rate: tooBigRate, burst: tooBigBurst }),
      destinations: new TokenBuckets(perDestination),
    };
  }

  /** Destinations remembered. */
  get size(): number {
    return this.#table.size;
  }

  /**
   * Takes the tokens for an error about this packet, which goes back to its source; none if any is missing, so that a
   * destination that has had its share takes nothing from the others of its interface.
   */
  allow(about: Packet, tooBig: boolean, now: number): boolean {
    const { interfaces, destinations } = tooBig ? this.#tooBig : this.#errors;
    this.#writeKey(about);
    const known = this.#table.find();
    if (known !== 0 && !destinations.has(known, now)) return false;
    if (!interfaces.take(about.inInterface, now)) return false;
    return destinations.take(known === 0 ? this.#remember(now) : known, now);
  }

  #writeKey({ family, view, start, inInterface }: Packet): void {
    const key = this.#table.key.fill(0);
    if (family === 4) {
      key[0] = -1;
      key[1] = view.getInt32(start + ipv4.offsets.source);
      return;
    }
    const at = start + ipv6.offsets.source;
    key[1] = view.getInt32(at);
    key[2] = view.getInt32(at + 4);
    if (!isLinkLocal6(view, at)) return;
    key[0] = inInterface;
    key[3] = view.getInt32(at + 8);
    key[4] = view.getInt32(at + 12);
  }

  #remember(now: number): number {
    if (this.#table.size === this.#table.limit) this.#forgetOne(now);
    const row = this.#table.insert();
    this.#errors.destinations.fill(row);
    this.#tooBig.destinations.fill(row);
    return row;
  }

  #forgetOne(now: number): void {
    const { limit } = this.#table;
    let row = this.#hand;
    for (let looked = 1; looked < evictionReach && !this.#isIdle(row, now); looked += 1) row = (row % limit) + 1;
    if (!this.#isIdle(row, now)) row = this.#hand;
    this.#hand = (row % limit) + 1;
    this.#table.removeRow(row);
  }

  #isIdle(row: number, now: number): boolean {
    return this.#errors.destinations.isFull(row, now) && this.#tooBig.destinations.isFull(row, now);
  }
}
