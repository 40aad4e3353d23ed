/**
 * Segmentation in software: a super-frame of TCP or UDP, as a sender with segmentation offload leaves it, becomes the
 * frames that a network card would have made of it. What Linux's `tcp_gso_segment` and `__udp_gso_segment` do.
 *
 * @module
 */
import * as checksumOf from './checksum.ts';
import * as ethernet from './ethernet.ts';
import { findUpperLayer, incomplete, offsetOf, protocolOf } from './header-chain.ts';
import * as ipv4 from './ipv4.ts';
import * as ipv6 from './ipv6.ts';
import { Protocol } from './protocols.ts';
import * as tcp from './tcp.ts';
import * as udp from './udp.ts';
import { Segmentation } from './virtio-net.ts';

/**
 * Most segments of a super-frame. TCP over Linux has at most 1,365 (64 KiB in segments of 48 bytes, the least that it
 * sends), UDP 128; a peer who writes headers by hand could ask for one a byte.
 */
export const segmentLimit = 2_048;

/** Flags of the last segment alone, and of the first alone (RFC 9293 §3.1, RFC 3168 §6.1.2). */
const lastOnly = tcp.Flag.fin | tcp.Flag.psh;
const firstOnly = tcp.Flag.cwr;

/** Where the checksum field lies in the upper-layer header. */
const checksumAt = (isTcp: boolean): number => (isTcp ? tcp.offsets.checksum : udp.offsets.checksum);

/**
 * Cuts one super-frame after another. All that is known of the present one is in its fields, so nothing is allocated.
 *
 * The caller copies: for each segment first the {@link headerLength} bytes that the super-frame begins with, then
 * {@link payloadLength} bytes from {@link payloadOffset} on; then `finish` makes a frame of that.
 *
 * @example
 * if (!segmenter.begin(view, at, end, Segmentation.tcp6, 1_428, checksumStart)) return; // not what it says it is
 * for (let i = 0; i < segmenter.count; i += 1) {
 *   frame.set(bytes.subarray(at, at + segmenter.headerLength));
 *   const from = at + segmenter.payloadOffset(i);
 *   frame.set(bytes.subarray(from, from + segmenter.payloadLength(i)), segmenter.headerLength);
 *   segmenter.finish(frameView, 0, i);
 * }
 */
export class Segmenter {
  /** Segments of the super-frame; 0 before the first one. */
  count = 0;
  /** Bytes before the payload, in the super-frame as in each segment: Ethernet, IP, TCP or UDP. */
  headerLength = 0;
  /** Offsets below are counted from the frame's first byte. */
  #start = 0;
  #upper = 0;
  #isTcp = false;
  #is4 = false;
  #payload = 0;
  #size = 0;
  /** Of the super-frame, and so of the first segment. */
  #identification = 0;
  #sequence = 0;
  #flags = 0;
  /** Sum of the pseudo-header but for the length. */
  #pseudo = 0;
  /** UDP without a checksum stays without (RFC 768). */
  #hasChecksum = true;

  /**
   * Looks at a super-frame at `[at, end)`. Total: false for bytes that are not what `kind` says, for fragments, for more
   * than {@link segmentLimit} segments.
   *
   * @param kind one of `Segmentation`
   * @param size payload bytes of each segment but the last
   * @param checksumStart where the bytes begin whose checksum is only partial, from `at`; 0 if the checksum is complete
   */
  begin(view: DataView, at: number, end: number, kind: number, size: number, checksumStart: number): boolean {
    this.count = 0;
    if (size === 0 || ethernet.check(view, at, end) !== 'ok') return false;
    const start = at + ethernet.headerLength(view, at);
    const type = ethernet.etherType(view, at);
    this.#is4 = type === ethernet.EtherType.ipv4;
    if (!this.#is4 && type !== ethernet.EtherType.ipv6) return false;
    const upper = this.#is4 ? upper4(view, start, end, kind) : upper6(view, start, end, kind);
    if (upper === incomplete) return false;
    if (checksumStart !== 0 && checksumStart !== upper - at) return false; // of a packet within this one
    const last =
      start + (this.#is4 ? ipv4.totalLength(view, start) : ipv6.headerLength + ipv6.payloadLength(view, start));
    this.#isTcp = kind !== Segmentation.udp;
    if (this.#isTcp ? tcp.check(view, upper, last) !== 'ok' : last - upper < udp.headerLength) return false;
    const header = this.#isTcp ? tcp.headerLength(view, upper) : udp.headerLength;
    const payload = last - upper - header;
    if (payload > size * segmentLimit) return false;
    this.count = Math.max(1, Math.ceil(payload / size));
    this.headerLength = upper + header - at;
    this.#start = start - at;
    this.#upper = upper - at;
    this.#payload = payload;
    this.#size = size;
    this.#remember(view, start, upper, last - upper, checksumStart !== 0);
    return true;
  }

  #remember(view: DataView, start: number, upper: number, length: number, isPartial: boolean): void {
    const field = view.getUint16(upper + checksumAt(this.#isTcp));
    this.#identification = this.#is4 ? ipv4.identification(view, start) : 0;
    this.#sequence = this.#isTcp ? tcp.sequenceNumber(view, upper) : 0;
    this.#flags = this.#isTcp ? tcp.flags(view, upper) : 0;
    this.#hasChecksum = this.#isTcp || field !== 0;
    const protocol = this.#isTcp ? Protocol.tcp : Protocol.udp;
    // The sender's sum knows the final destination, which stands in a routing header if there is one: only the
    // length is taken out of it.
    if (isPartial) this.#pseudo = field + (~checksumOf.fold(length) & 0xffff);
    else if (this.#is4) this.#pseudo = checksumOf.pseudoHeader4(view, start, 0, protocol);
    else this.#pseudo = checksumOf.pseudoHeader6(view, start, 0, protocol);
  }

  /** Where the payload of segment `i` begins, counted from the super-frame's first byte. */
  payloadOffset(i: number): number {
    return this.headerLength + i * this.#size;
  }

  /** Payload bytes of segment `i`. */
  payloadLength(i: number): number {
    return Math.min(this.#size, this.#payload - i * this.#size);
  }

  /**
   * Makes segment `i` of a copy of the headers and of its payload at `at`: lengths, identification (one more for each,
   * as Linux has it), sequence number, flags, checksums.
   */
  finish(view: DataView, at: number, i: number): void {
    const start = at + this.#start;
    const upper = at + this.#upper;
    const end = at + this.headerLength + this.payloadLength(i);
    if (this.#is4) {
      ipv4.setTotalLength(view, start, end - start);
      ipv4.setIdentification(view, start, (this.#identification + i) & 0xffff);
      ipv4.writeChecksum(view, start);
    } else {
      ipv6.setPayloadLength(view, start, end - start - ipv6.headerLength);
    }
    if (this.#isTcp) {
      tcp.setSequenceNumber(view, upper, (this.#sequence + i * this.#size) >>> 0);
      const kept = (i === 0 ? 0 : firstOnly) | (i === this.count - 1 ? 0 : lastOnly);
      tcp.setFlags(view, upper, this.#flags & ~kept);
    } else {
      udp.setLength(view, upper, end - upper);
    }
    if (this.#hasChecksum) this.#writeChecksum(view, upper, end);
  }

  #writeChecksum(view: DataView, upper: number, end: number): void {
    const field = upper + checksumAt(this.#isTcp);
    view.setUint16(field, 0);
    const checksum = checksumOf.finish(checksumOf.sum(view, upper, end, this.#pseudo + end - upper));
    // In UDP, 0 says that there is none.
    view.setUint16(field, checksum === 0 && !this.#isTcp ? 0xffff : checksum);
  }
}

/** Where the TCP or UDP header of an IPv4 super-packet is; {@link incomplete} if it is none. */
const upper4 = (view: DataView, start: number, end: number, kind: number): number => {
  if (kind !== Segmentation.tcp4 && kind !== Segmentation.udp) return incomplete;
  if (ipv4.check(view, start, end) !== 'ok') return incomplete;
  if (ipv4.moreFragments(view, start) || ipv4.fragmentOffset(view, start) !== 0) return incomplete;
  const wanted = kind === Segmentation.udp ? Protocol.udp : Protocol.tcp;
  return ipv4.protocol(view, start) === wanted ? start + ipv4.headerLength(view, start) : incomplete;
};

/** The same of an IPv6 super-packet. */
const upper6 = (view: DataView, start: number, end: number, kind: number): number => {
  if (kind !== Segmentation.tcp6 && kind !== Segmentation.udp) return incomplete;
  if (ipv6.check(view, start, end) !== 'ok') return incomplete;
  const first = start + ipv6.headerLength;
  const found = findUpperLayer(view, first, first + ipv6.payloadLength(view, start), ipv6.nextHeader(view, start));
  const wanted = kind === Segmentation.udp ? Protocol.udp : Protocol.tcp;
  return found !== incomplete && protocolOf(found) === wanted ? offsetOf(found) : incomplete;
};
