/**
 * The GRE header (RFC 2784 §2, RFC 2890 §2), read and written in place. What is not there takes no room: from 4 to 16
 * bytes.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |C| |K|S| Reserved0       | Ver |         Protocol Type         |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Checksum (optional)      |       Reserved1 (optional)    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         Key (optional)                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                 Sequence Number (optional)                    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the packet.
 *
 * @module
 */
import * as checksumOf from './checksum.ts';

/** Bits of the first 16. */
export const Flag = { checksum: 0x8000, key: 0x2000, sequence: 0x1000 } as const;

/** The version, and bits that must not be set: those of RFC 1701's source routes and recursion (RFC 2784 §2.3). */
const forbidden = 0x4c07;

/** Bytes of a header with these flags. */
export const lengthWith = (flagBits: number): number =>
  4 +
  ((flagBits & Flag.checksum) === 0 ? 0 : 4) +
  ((flagBits & Flag.key) === 0 ? 0 : 4) +
  ((flagBits & Flag.sequence) === 0 ? 0 : 4);

export type Check = 'ok' | 'truncated' | 'unknown';

/** Is there a GRE header, whole and of a kind that we know, at `at`? */
export const check = (view: DataView, at: number, end: number): Check => {
  if (end - at < 4) return 'truncated';
  if ((flags(view, at) & forbidden) !== 0) return 'unknown';
  return end - at < headerLength(view, at) ? 'truncated' : 'ok';
};

export const flags = (view: DataView, at: number): number => view.getUint16(at);
/** An EtherType. */
export const protocolType = (view: DataView, at: number): number => view.getUint16(at + 2);
export const headerLength = (view: DataView, at: number): number => lengthWith(view.getUint16(at));

const keyAt = (view: DataView, at: number): number => at + ((flags(view, at) & Flag.checksum) === 0 ? 4 : 8);
const sequenceAt = (view: DataView, at: number): number =>
  keyAt(view, at) + ((flags(view, at) & Flag.key) === 0 ? 0 : 4);

/** As an int32. */
export const key = (view: DataView, at: number): number => view.getInt32(keyAt(view, at));
/** An unsigned 32-bit number. */
export const sequence = (view: DataView, at: number): number => view.getUint32(sequenceAt(view, at));

/** Is the checksum over header and payload right (RFC 2784 §2.5)? */
export const verify = (view: DataView, at: number, end: number): boolean =>
  checksumOf.verifies(checksumOf.sum(view, at, end));

/** Writes the flags and the protocol type, and 0 into the words of the checksum. */
export const setFirstWord = (view: DataView, at: number, flagBits: number, type: number): void => {
  view.setUint32(at, ((flagBits << 16) | type) >>> 0);
  if ((flagBits & Flag.checksum) !== 0) view.setInt32(at + 4, 0);
};
export const setKey = (view: DataView, at: number, value: number): void => view.setInt32(keyAt(view, at), value);
export const setSequence = (view: DataView, at: number, number: number): void =>
  view.setUint32(sequenceAt(view, at), number);
/** Over header and payload; everything else must be there. */
export const writeChecksum = (view: DataView, at: number, end: number): void =>
  view.setUint16(at + 4, checksumOf.finish(checksumOf.sum(view, at, end)));
