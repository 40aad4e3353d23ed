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

export const offsets = { source: 12, destination: 16, options: 20 } as const;

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
  return checksumOf.fold(checksumOf.sum(view, at, at + header)) === 0xffff ? 'ok' : 'badChecksum';
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

export const setTotalLength = (view: DataView, at: number, length: number): void => view.setUint16(at + 2, length);
export const setIdentification = (view: DataView, at: number, id: number): void => view.setUint16(at + 4, id);
export const setTimeToLive = (view: DataView, at: number, ttl: number): void => view.setUint8(at + 8, ttl);

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
