import type { Packet } from '../packet/packet.ts';
import { sourceKeyWords, writeSourceKey } from './datagram-key.ts';
import { type Link, LinkedList } from './linked-list.ts';
import { WordTable } from './word-table.ts';

/** What one source holds. */
export class Share<T> {
  readonly row: number;
  /** The source's datagrams, oldest first. */
  readonly datagrams = new LinkedList<T>();
  bytes = 0;

  constructor(row: number) {
    this.row = row;
  }
}

/** A source is heavy when it holds more than this part of all bytes, so there are never more heavy sources than that. */
const heavyPart = 16;
/** And not for one datagram, the longest over an MTU of 1,280: 54 small slabs. */
const heavyLeast = 131_072;

/**
 * Who holds how much, and who must give when room is short: the source that holds most, if it holds more than a
 * sixteenth of the limit and more than a long datagram takes, or else whoever is oldest. So a source that sends much
 * pays for itself, and a flood from many sources, each light, pushes itself out in the order of its arrival: what
 * arrives close together gets through.
 */
export class ReassemblyQuota<T> {
  readonly #sources: WordTable;
  readonly #shares: (Share<T> | undefined)[] = [];
  readonly #heavy: Share<T>[] = [];
  readonly #heavyBytes: number;
  #bytes = 0;

  /** @param options most sources, and most bytes of all; a seed for the hash */
  constructor(options: { readonly sources: number; readonly bytes: number; readonly seed: number }) {
    this.#sources = new WordTable({ words: sourceKeyWords, limit: options.sources, seed: options.seed });
    this.#heavyBytes = Math.max(options.bytes / heavyPart, heavyLeast);
  }

  /** Bytes that all sources hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The share of a fragment's source, undefined when it holds nothing. */
  find(fragment: Packet): Share<T> | undefined {
    writeSourceKey(this.#sources.key, fragment);
    const row = this.#sources.find();
    return row === 0 ? undefined : this.#shares[row];
  }

  /** The share of a fragment's source, made if absent. It lasts while there is a datagram in it. */
  shareOf(fragment: Packet): Share<T> {
    writeSourceKey(this.#sources.key, fragment);
    const row = this.#sources.insert();
    const share = this.#shares[row] ?? new Share(row);
    this.#shares[row] = share;
    return share;
  }

  /** A datagram leaves the share of its source; its bytes have been given back. */
  leave(share: Share<T>, link: Link<T>): void {
    share.datagrams.remove(link);
    if (share.datagrams.length === 0 && share.row > 0) this.#sources.removeRow(share.row);
  }

  /** A source takes bytes, or gives them back when `bytes` is negative. */
  charge(share: Share<T>, bytes: number): void {
    const wasHeavy = share.bytes > this.#heavyBytes;
    share.bytes += bytes;
    this.#bytes += bytes;
    const isHeavy = share.bytes > this.#heavyBytes;
    if (isHeavy && !wasHeavy) this.#heavy.push(share);
    if (wasHeavy && !isHeavy) this.#heavy.splice(this.#heavy.indexOf(share), 1);
  }

  /** The oldest datagram of the heaviest source; undefined when no source is heavy. */
  get oldestOfHeaviest(): T | undefined {
    let heaviest: Share<T> | undefined;
    for (const share of this.#heavy) if (heaviest === undefined || share.bytes > heaviest.bytes) heaviest = share;
    return heaviest?.datagrams.first;
  }
}
