import type { SchedulerLike } from 'rxjs';
import { offsets as offsets4 } from '../wire/ipv4.ts';
import { offsets as offsets6 } from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import * as quoted from '../wire/quoted.ts';
import { RowList } from './row-list.ts';
import { WordTable } from './word-table.ts';
import { zoneOf } from './zone.ts';

export interface SentPacketOptions {
  /** Most packets remembered. Default 1,024 (80 kB). */
  readonly packets?: number;
  /** Milliseconds for which one is remembered. Default 60,000: longer than a message takes to come back. */
  readonly lifetime?: number;
}

export const sentPacketDefaults: Required<SentPacketOptions> = { packets: 1_024, lifetime: 60_000 };

/** Bytes of the upper layer that every error quotes (RFC 792), and that tell one packet from another. */
const identifying = 8;

/**
 * Which large packets were sent from here lately: the memory against which an ICMP error is checked that no port,
 * tunnel or security association answers for, such as one about an echo reply (RFC 8201 §4: "received in response to
 * transmitted traffic"). A packet is known by its destination and the first eight bytes of its upper layer: ports and
 * length, ports and sequence number, or type, identifier and sequence number.
 *
 * When the store is full, the packet that was sent first is forgotten.
 *
 * @example
 * node.sentPackets.note(view, start, end, outInterface);
 * node.sentPackets.knows(view, quote, quoteEnd, inInterface); // an ICMP error quotes it
 */
export class SentPackets {
  readonly options: Required<SentPacketOptions>;
  readonly #scheduler: SchedulerLike;
  readonly #table: WordTable;
  readonly #sent: Float64Array;
  readonly #byAge: RowList;

  /** @param needs the clock; a random seed of the hash */
  constructor(needs: { readonly scheduler: SchedulerLike; readonly seed: number }, options: SentPacketOptions = {}) {
    this.options = { ...sentPacketDefaults, ...options };
    this.#scheduler = needs.scheduler;
    this.#table = new WordTable({ words: 7, limit: Math.max(1, this.options.packets), seed: needs.seed });
    this.#sent = new Float64Array(this.#table.limit + 1);
    this.#byAge = new RowList(this.#table.limit);
  }

  /** Packets remembered, those that are too old included. */
  get size(): number {
    return this.#table.size;
  }

  /**
   * Remembers the IP packet at `start`, its checksums complete. Allocates nothing.
   *
   * @param interfaceIndex where it leaves: the zone, should its destination be link-local
   */
  note(view: DataView, start: number, end: number, interfaceIndex: number): void {
    if (!this.#writeKey(view, start, end, interfaceIndex)) return;
    let row = this.#table.find();
    if (row !== 0) this.#byAge.remove(row);
    else {
      if (this.#table.size === this.#table.limit) this.#forget(this.#byAge.first);
      row = this.#table.insert();
    }
    this.#sent[row] = this.#scheduler.now();
    this.#byAge.append(row);
  }

  /**
   * Was the IP packet of which a part lies at `quote` sent from here lately?
   *
   * @param interfaceIndex where the quote came in
   */
  knows(view: DataView, quote: number, end: number, interfaceIndex: number): boolean {
    if (!this.#writeKey(view, quote, end, interfaceIndex)) return false;
    const row = this.#table.find();
    return row !== 0 && this.#scheduler.now() - (this.#sent[row] as number) < this.options.lifetime;
  }

  #forget(row: number): void {
    this.#byAge.remove(row);
    this.#table.removeRow(row);
  }

  #writeKey(view: DataView, start: number, end: number, interfaceIndex: number): boolean {
    const found = quoted.findUpperLayer(view, start, end);
    const upper = quoted.offsetOf(found);
    if (found < 0 || end - upper < identifying) return false;
    const four = view.getUint8(start) >> 4 === 4;
    const protocol = quoted.protocolOf(found);
    const at = start + (four ? offsets4.destination : offsets6.destination);
    const key = this.#table.key;
    const word = view.getInt32(at);
    key[0] = four ? protocol : 0x100 | protocol | (zoneOf(word, interfaceIndex) << 9);
    key[1] = word;
    key[2] = four ? 0 : view.getInt32(at + 4);
    key[3] = four ? 0 : view.getInt32(at + 8);
    key[4] = four ? 0 : view.getInt32(at + 12);
    // An IPv4 address translator on the way need not mend the checksum in a quote (RFC 5508 §4.2).
    key[5] = view.getInt32(upper) & (four && protocol === Protocol.icmp ? ~0xffff : -1);
    key[6] = view.getInt32(upper + 4) & (four && protocol === Protocol.udp ? ~0xffff : -1);
    return true;
  }
}
