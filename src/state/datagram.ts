import { copyBytes, copyFields } from '../packet/copy.ts';
import type { Packet } from '../packet/packet.ts';
import type { PacketPool } from '../packet/pool.ts';
import { type IpAddress, readAddress4, readAddress6 } from '../wire/address.ts';
import * as header6 from '../wire/fragment.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { identificationOf } from './datagram-key.ts';

/** What a fragment is to the datagram it belongs to; numbers from 0 on are the place where it goes. */
export const Misfit = {
  /** The same bytes at the same place are held already. */
  duplicate: -1,
  /** It overlaps a fragment that is held (RFC 5722 §4). */
  overlap: -2,
  /** It lies behind the end that the last fragment named, or names another end. */
  beyondEnd: -3,
} as const;

/** Longest IPv6 payload and longest IPv4 packet: what a length field can say. */
const longest = 65_535;

/** ECN codepoints in a set: Not-ECT has bit 0, CE bit 3 (RFC 3168 §5). */
const notCapable = 1;
const congestionExperienced = 8;

/** Offset in the slab of the data that a fragment carries. */
export const dataAt = (fragment: Packet): number =>
  fragment.family === 6 ? fragment.upper + header6.headerLength : fragment.upper;

/** Offset of the fragment's data in the datagram's, in bytes. */
export const offsetOf = ({ family, view, start, upper }: Packet): number =>
  family === 6 ? header6.fragmentOffset(view, upper) : ipv4.fragmentOffset(view, start);

/** Does the fragment say that more follow? */
export const hasMore = ({ family, view, start, upper }: Packet): boolean =>
  family === 6 ? header6.moreFragments(view, upper) : ipv4.moreFragments(view, start);

/** Bytes of data that a fragment carries. */
export const dataLength = (fragment: Packet): number => fragment.end - dataAt(fragment);

/** Bytes before the data that a length field counts: IPv6 extension headers, or the whole IPv4 header. */
const countedHead = ({ family, start, upper }: Packet): number =>
  upper - start - (family === 6 ? ipv6.headerLength : 0);

/** Would the datagram be too long for its length field, with the headers of `first` and this fragment's data? */
export const reachesTooFar = (fragment: Packet, first: Packet | undefined): boolean =>
  (first === undefined ? 0 : countedHead(first)) + offsetOf(fragment) + dataLength(fragment) > longest;

const congestion = ({ family, view, start }: Packet): number =>
  1 << ((family === 6 ? ipv6.trafficClass(view, start) : ipv4.typeOfService(view, start)) & 3);

/**
 * A datagram in pieces: the fragments that are held, in order, and what they say of the whole (RFC 8200 §4.5, RFC 791
 * §3.2). Fragments are packets whose `upper` is the Fragment header, or for IPv4 the data, and that carry data.
 */
export class Datagram {
  /** In order of their offsets; they don't overlap. */
  readonly fragments: Packet[] = [];
  /** Length of all data, -1 until the last fragment has said it. */
  end = -1;
  /** Bytes of data that are held. */
  length = 0;
  /** ECN codepoints of the fragments, one bit each. */
  #congestion = 0;

  /** Forgets the fragments, which others own now. */
  reset(): void {
    this.fragments.length = 0;
    this.end = -1;
    this.length = 0;
    this.#congestion = 0;
  }

  /** The fragment with offset 0, if it is held. */
  get first(): Packet | undefined {
    const first = this.fragments[0];
    return first !== undefined && offsetOf(first) === 0 ? first : undefined;
  }

  /** Where a fragment goes among those that are held, or a `Misfit`. */
  placeOf(fragment: Packet): number {
    const { fragments } = this;
    const from = offsetOf(fragment);
    const to = from + dataLength(fragment);
    let place = fragments.length;
    while (place > 0 && offsetOf(fragments[place - 1] as Packet) > from) place -= 1;
    const before = fragments[place - 1];
    if (before !== undefined && offsetOf(before) + dataLength(before) > from) {
      return isSame(before, fragment) ? Misfit.duplicate : Misfit.overlap;
    }
    const behind = fragments[place];
    if (behind !== undefined && to > offsetOf(behind)) return Misfit.overlap;
    if (this.end >= 0 && to > this.end) return Misfit.beyondEnd;
    if (!hasMore(fragment) && (this.end >= 0 || behind !== undefined)) return Misfit.beyondEnd;
    return place;
  }

  /** Would some fragments be ECN-capable and others not, with this one among them (RFC 3168 §5.3)? */
  mixesCongestion(fragment: Packet): boolean {
    const seen = this.#congestion | congestion(fragment);
    return (seen & notCapable) !== 0 && seen !== notCapable;
  }

  /** Would the datagram be complete with a fragment that fits? */
  isCompletedBy(fragment: Packet): boolean {
    const end = hasMore(fragment) ? this.end : offsetOf(fragment) + dataLength(fragment);
    return this.length + dataLength(fragment) === end;
  }

  /** Holds a fragment at the place that {@link placeOf} gave. */
  insert(fragment: Packet, place: number): void {
    if (place === this.fragments.length) this.fragments.push(fragment);
    else this.fragments.splice(place, 0, fragment);
    this.length += dataLength(fragment);
    this.#congestion |= congestion(fragment);
    if (!hasMore(fragment)) this.end = offsetOf(fragment) + dataLength(fragment);
  }

  /** Lets go of the fragment at a place; it is the caller's now. */
  removeAt(place: number): Packet | undefined {
    const [fragment] = this.fragments.splice(place, 1);
    if (fragment === undefined) return undefined;
    this.length -= dataLength(fragment);
    if (!hasMore(fragment)) this.end = -1;
    return fragment;
  }

  /**
   * The whole datagram in one slab, with the headers of its first fragment: as if it had never been cut, and as if all
   * headers up to the Fragment header had been processed. The fragments stay with their owner.
   *
   * @returns undefined when the pool has no slab
   */
  copyWhole(pool: PacketPool): Packet | undefined {
    const first = this.fragments[0] as Packet;
    const head = first.upper - first.start;
    const whole = pool.acquire(head + this.end);
    if (whole === undefined) return undefined;
    const { start } = whole;
    copyFields(first, whole);
    copyBytes(first, first.start, whole, start, head);
    for (const fragment of this.fragments) {
      copyBytes(fragment, dataAt(fragment), whole, start + head + offsetOf(fragment), dataLength(fragment));
    }
    whole.upper = start + head;
    if (whole.family === 6) this.#finish6(whole, first);
    else this.#finish4(whole);
    return whole;
  }

  #finish6(whole: Packet, first: Packet): void {
    const { view, start } = whole;
    whole.protocol = header6.nextHeader(first.view, first.upper);
    view.setUint8(start + first.protocolPointer, whole.protocol);
    ipv6.setPayloadLength(view, start, whole.end - start - ipv6.headerLength);
    if ((this.#congestion & congestionExperienced) !== 0) {
      ipv6.setTrafficClass(view, start, ipv6.trafficClass(view, start) | 3);
    }
  }

  #finish4(whole: Packet): void {
    const { view, start } = whole;
    ipv4.setTotalLength(view, start, whole.end - start);
    ipv4.setFragment(view, start, 0, false, ipv4.dontFragment(view, start));
    if ((this.#congestion & congestionExperienced) !== 0) {
      ipv4.setTypeOfService(view, start, ipv4.typeOfService(view, start) | 3);
    }
    ipv4.writeChecksum(view, start);
  }
}

/** The same data at the same place, and the same word on what follows. */
const isSame = (held: Packet, fragment: Packet): boolean => {
  const length = dataLength(held);
  if (offsetOf(held) !== offsetOf(fragment) || length !== dataLength(fragment)) return false;
  if (hasMore(held) !== hasMore(fragment)) return false;
  const a = dataAt(held);
  const b = dataAt(fragment);
  for (let i = 0; i < length; i += 1) if (held.bytes[a + i] !== fragment.bytes[b + i]) return false;
  return true;
};

/** A datagram in pieces, for people. */
export interface PartialDatagram {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly identification: number;
  /** Fragments that are held. */
  readonly fragments: number;
  /** Bytes of data in them. */
  readonly length: number;
}

/** @param datagram holds a fragment at least */
export const describeDatagram = ({ fragments, length }: Datagram): PartialDatagram => {
  const fragment = fragments[0] as Packet;
  const { family, view, start } = fragment;
  const [read, { source, destination }] = family === 6 ? [readAddress6, ipv6.offsets] : [readAddress4, ipv4.offsets];
  return {
    source: read(view, start + source),
    destination: read(view, start + destination),
    identification: identificationOf(fragment),
    fragments: fragments.length,
    length,
  };
};
