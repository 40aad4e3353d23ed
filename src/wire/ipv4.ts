/**
 * The IPv4 header (RFC 791 §3.1), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version|  IHL  |Type of Service|          Total Length         |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Identification        |0|D|M|     Fragment Offset     |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Time to Live |    Protocol   |         Header Checksum       |  8
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       Source Address                          | 12
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Destination Address                        | 16
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the packet.
 *
 * @module
 */
import * as checksumOf from './checksum.ts';

/** Bytes of a header without options. */
export const minimumHeaderLength = 20;
/** Every IPv4 link carries this much unfragmented (RFC 791 §3.2). */
export const minimumMtu = 68;

/** Offsets of the fields, for pointers in Parameter Problem messages (RFC 792). */
export const offsets = {
  headerLength: 0,
  totalLength: 2,
  timeToLive: 8,
  protocol: 9,
  headerChecksum: 10,
  source: 12,
  destination: 16,
  options: 20,
} as const;

/** Option types (IANA "IP Option Numbers"). */
export const Option = {
  endOfList: 0,
  noOperation: 1,
  recordRoute: 7,
  timestamp: 68,
  looseSourceRoute: 131,
  strictSourceRoute: 137,
  /** RFC 2113 */
  routerAlert: 148,
} as const;

export type Check = 'ok' | 'truncated' | 'badVersion' | 'badHeaderLength' | 'badChecksum';

/**
 * Is there an IPv4 header at `at`, whole, consistent and with a right checksum (RFC 1812 §5.2.2), and all of its
 * datagram before `end`?
 *
 * @param end offset just past the last byte received
 */
export const check = (view: DataView, at: number, end: number): Check => {
  if (end - at < minimumHeaderLength) return 'truncated';
  if (view.getUint8(at) >> 4 !== 4) return 'badVersion';
  const header = headerLength(view, at);
  const total = totalLength(view, at);
  if (header < minimumHeaderLength || total < header) return 'badHeaderLength';
  if (total > end - at) return 'truncated';
  return checksumOf.verifies(checksumOf.sum(view, at, at + header)) ? 'ok' : 'badChecksum';
};

/** Header length in bytes, options included. */
export const headerLength = (view: DataView, at: number): number => (view.getUint8(at) & 0x0f) << 2;
export const typeOfService = (view: DataView, at: number): number => view.getUint8(at + 1);
export const totalLength = (view: DataView, at: number): number => view.getUint16(at + 2);
export const identification = (view: DataView, at: number): number => view.getUint16(at + 4);
export const dontFragment = (view: DataView, at: number): boolean => (view.getUint8(at + 6) & 0x40) !== 0;
export const moreFragments = (view: DataView, at: number): boolean => (view.getUint8(at + 6) & 0x20) !== 0;
/** Offset of this fragment in its datagram, in bytes. */
export const fragmentOffset = (view: DataView, at: number): number => (view.getUint16(at + 6) & 0x1fff) << 3;
export const timeToLive = (view: DataView, at: number): number => view.getUint8(at + 8);
export const protocol = (view: DataView, at: number): number => view.getUint8(at + 9);
export const headerChecksum = (view: DataView, at: number): number => view.getUint16(at + 10);
export const source = (view: DataView, at: number): number => view.getInt32(at + 12);
export const destination = (view: DataView, at: number): number => view.getInt32(at + 16);

/** Writes version 4 and the header length, in bytes, a multiple of four. */
export const setFirstByte = (view: DataView, at: number, length: number): void =>
  view.setUint8(at, 0x40 | (length >>> 2));
export const setTypeOfService = (view: DataView, at: number, octet: number): void => view.setUint8(at + 1, octet);
export const setTotalLength = (view: DataView, at: number, length: number): void => view.setUint16(at + 2, length);
export const setIdentification = (view: DataView, at: number, id: number): void => view.setUint16(at + 4, id);
export const setTimeToLive = (view: DataView, at: number, ttl: number): void => view.setUint8(at + 8, ttl);
export const setProtocol = (view: DataView, at: number, number: number): void => view.setUint8(at + 9, number);
export const setHeaderChecksum = (view: DataView, at: number, field: number): void => view.setUint16(at + 10, field);
export const setSource = (view: DataView, at: number, word: number): void => view.setInt32(at + 12, word);
export const setDestination = (view: DataView, at: number, word: number): void => view.setInt32(at + 16, word);

/** Writes flags and fragment offset; `offset` in bytes, a multiple of eight. */
export const setFragment = (view: DataView, at: number, offset: number, more: boolean, dontFragmentBit = false): void =>
  view.setUint16(at + 6, (dontFragmentBit ? 0x4000 : 0) | (more ? 0x2000 : 0) | (offset >>> 3));

/** Computes the header checksum afresh and writes it. */
export const writeChecksum = (view: DataView, at: number): void => {
  view.setUint16(at + 10, 0);
  view.setUint16(at + 10, checksumOf.finish(checksumOf.sum(view, at, at + headerLength(view, at))));
};

/** Lowers the time to live by one and mends the checksum (RFC 1812 §5.3.1, RFC 1624). */
export const decrementTimeToLive = (view: DataView, at: number): void => {
  const before = view.getUint16(at + 8);
  view.setUint16(at + 8, before - 0x100);
  view.setUint16(at + 10, checksumOf.update(view.getUint16(at + 10), before, before - 0x100));
};

/** Writes the type of service of a whole header and mends the checksum (RFC 1624). */
export const changeTypeOfService = (view: DataView, at: number, octet: number): void => {
  const before = view.getUint16(at);
  const after = (before & 0xff00) | octet;
  view.setUint16(at, after);
  view.setUint16(at + 10, checksumOf.update(view.getUint16(at + 10), before, after));
};

export type OptionCheck = 'ok' | 'pastEnd' | 'badLength';

/**
 * Does the option at `at` lie before `end`, the end of the header, with a length that its type allows? Options start
 * at `at + offsets.options` and follow each other by {@link optionLength}; End of Option List ends them early.
 *
 * `badLength` is answered for a length below two, and for known options by RFC 791 §3.1 and RFC 2113 §2.1.
 *
 * @example
 * const end = header + headerLength(view, header);
 * for (let at = header + offsets.options; at < end; at += optionLength(view, at)) {
 *   if (checkOption(view, at, end) !== 'ok' || optionType(view, at) === Option.endOfList) break;
 * }
 */
export const checkOption = (view: DataView, at: number, end: number): OptionCheck => {
  if (at >= end) return 'pastEnd';
  const type = view.getUint8(at);
  if (type <= Option.noOperation) return 'ok';
  if (end - at < 2) return 'pastEnd';
  const length = view.getUint8(at + 1);
  if (length < shortestOption(type) || (type === Option.routerAlert && length !== 4)) return 'badLength';
  return length > end - at ? 'pastEnd' : 'ok';
};

/** Route options have a pointer, timestamps a pointer and an overflow count. */
const shortestOption = (type: number): number => {
  if (type === Option.timestamp) return 4;
  return type === Option.recordRoute || type === Option.looseSourceRoute || type === Option.strictSourceRoute ? 3 : 2;
};

export const optionType = (view: DataView, at: number): number => view.getUint8(at);

/** Bytes of the whole option, type and length too; 1 for End of Option List and No Operation; never 0 if checked. */
export const optionLength = (view: DataView, at: number): number =>
  view.getUint8(at) <= Option.noOperation ? 1 : view.getUint8(at + 1);

/** Is the option copied into every fragment, from its type (RFC 791 §3.1)? */
export const optionIsCopied = (type: number): boolean => (type & 0x80) !== 0;

/** Of a route or timestamp option: where the next entry goes, counted from 1 at the type (RFC 791 §3.1). */
export const optionPointer = (view: DataView, at: number): number => view.getUint8(at + 2);
