/**
 * The TCP header (RFC 9293 §3.1), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Source Port          |       Destination Port        |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Sequence Number                        |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Acknowledgment Number                      |  8
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Data  | Reser-|C|E|U|A|P|R|S|F|                               |
 * | Offset| ved   |W|C|R|C|S|S|Y|I|            Window             | 12
 * |       |       |R|E|G|K|H|T|N|N|                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Checksum            |         Urgent Pointer        | 16
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the packet.
 *
 * @module
 */
import * as checksumOf from './checksum.ts';
import { Protocol } from './protocols.ts';

/** Bytes of a header without options. */
export const minimumHeaderLength = 20;

export const offsets = {
  sourcePort: 0,
  destinationPort: 2,
  sequence: 4,
  flags: 13,
  checksum: 16,
  options: 20,
} as const;

/** Control bits, for {@link flags} and {@link hasFlags}. */
export const Flag = {
  fin: 0x01,
  syn: 0x02,
  rst: 0x04,
  psh: 0x08,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
} as const;

export type Check = 'ok' | 'truncated' | 'badHeaderLength';

/** Is there a whole TCP header, options included, between `at` and `end`? */
export const check = (view: DataView, at: number, end: number): Check => {
  if (end - at < minimumHeaderLength) return 'truncated';
  const header = headerLength(view, at);
  if (header < minimumHeaderLength) return 'badHeaderLength';
  return header > end - at ? 'truncated' : 'ok';
};

export const sourcePort = (view: DataView, at: number): number => view.getUint16(at);
export const destinationPort = (view: DataView, at: number): number => view.getUint16(at + 2);
/** An unsigned 32-bit number; compare by `(a - b) | 0`, as sequence numbers wrap (RFC 9293 §3.4). */
export const sequenceNumber = (view: DataView, at: number): number => view.getUint32(at + 4);
/** An unsigned 32-bit number; says something only under the ACK flag. */
export const acknowledgmentNumber = (view: DataView, at: number): number => view.getUint32(at + 8);
/** Bytes of the header, options included: the Data Offset. */
export const headerLength = (view: DataView, at: number): number => (view.getUint8(at + 12) >> 4) << 2;
/** The control bits: a sum of {@link Flag}. */
export const flags = (view: DataView, at: number): number => view.getUint8(at + 13);
/** Are all these flags set? `hasFlags(view, at, Flag.syn | Flag.ack)` */
export const hasFlags = (view: DataView, at: number, wanted: number): boolean =>
  (view.getUint8(at + 13) & wanted) === wanted;
/** Bytes the receiver takes, before window scaling (RFC 7323 §2). */
export const window = (view: DataView, at: number): number => view.getUint16(at + 14);
export const checksum = (view: DataView, at: number): number => view.getUint16(at + 16);
export const urgentPointer = (view: DataView, at: number): number => view.getUint16(at + 18);

export const setSourcePort = (view: DataView, at: number, port: number): void => view.setUint16(at, port);
export const setDestinationPort = (view: DataView, at: number, port: number): void => view.setUint16(at + 2, port);
export const setSequenceNumber = (view: DataView, at: number, number: number): void => view.setUint32(at + 4, number);
export const setAcknowledgmentNumber = (view: DataView, at: number, number: number): void =>
  view.setUint32(at + 8, number);
/** Writes the Data Offset, with the reserved bits 0; `length` in bytes, a multiple of four. */
export const setHeaderLength = (view: DataView, at: number, length: number): void =>
  view.setUint8(at + 12, (length >>> 2) << 4);
export const setFlags = (view: DataView, at: number, bits: number): void => view.setUint8(at + 13, bits);
export const setWindow = (view: DataView, at: number, bytes: number): void => view.setUint16(at + 14, bytes);
export const setUrgentPointer = (view: DataView, at: number, pointer: number): void => view.setUint16(at + 18, pointer);

/** Is the checksum of the segment `[at, end)` right, under the IPv6 header at `ipv6At`? */
export const verify6 = (view: DataView, ipv6At: number, at: number, end: number): boolean =>
  checksumOf.verifies(total6(view, ipv6At, at, end));

/** Is the checksum of the segment `[at, end)` right, under the IPv4 header at `ipv4At`? */
export const verify4 = (view: DataView, ipv4At: number, at: number, end: number): boolean =>
  checksumOf.verifies(total4(view, ipv4At, at, end));

/** Computes the checksum of the segment `[at, end)` and writes it. */
export const writeChecksum6 = (view: DataView, ipv6At: number, at: number, end: number): void => {
  view.setUint16(at + 16, 0);
  view.setUint16(at + 16, checksumOf.finish(total6(view, ipv6At, at, end)));
};

/** Computes the checksum of the segment `[at, end)` and writes it. */
export const writeChecksum4 = (view: DataView, ipv4At: number, at: number, end: number): void => {
  view.setUint16(at + 16, 0);
  view.setUint16(at + 16, checksumOf.finish(total4(view, ipv4At, at, end)));
};

const total6 = (view: DataView, ipv6At: number, at: number, end: number): number =>
  checksumOf.sum(view, at, end, checksumOf.pseudoHeader6(view, ipv6At, end - at, Protocol.tcp));

const total4 = (view: DataView, ipv4At: number, at: number, end: number): number =>
  checksumOf.sum(view, at, end, checksumOf.pseudoHeader4(view, ipv4At, end - at, Protocol.tcp));
