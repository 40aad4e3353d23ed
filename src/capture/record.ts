/** Which way a packet went, as seen from the interface that recorded it. */
export type Direction = 'inbound' | 'outbound';

/** A point in time: seconds and nanoseconds since the Unix epoch. A `Packet` is one too. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** One packet of a capture file. */
export interface CaptureRecord extends Instant {
  /** Number of the interface within its section of the file, from 0; a pcap file has only interface 0. */
  readonly interfaceId: number;
  /** The interface's name, where the file tells it. */
  readonly interfaceName: string | undefined;
  /** What the bytes begin with; see `LinkType`. */
  readonly linkType: number;
  /** Bytes the packet had on the wire; more than `data` holds if the capture cut it short. */
  readonly originalLength: number;
  /** The bytes captured: a view on the file, not a copy. */
  readonly data: Uint8Array;
  /** The packet's comments, one a line. */
  readonly comment: string | undefined;
  readonly direction: Direction | undefined;
}

/**
 * A capture file that contradicts its format. The records before `offset` were read and are good.
 *
 * @example
 * new CaptureError(24, 'a record header of 16 bytes', '3 bytes').message
 * // 'Damaged capture at byte 24: expected a record header of 16 bytes, found 3 bytes; what comes before it is good.'
 */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  /** Offset in the file, in bytes, of what was wrong. */
  readonly offset: number;

  constructor(offset: number, expected: string, found: string) {
    super(`Damaged capture at byte ${offset}: expected ${expected}, found ${found}; what comes before it is good.`);
    this.offset = offset;
  }
}

/**
 * The longest packet that a record may claim where the file itself sets no higher limit: as libpcap has it, for a
 * longer one speaks of damage rather than of a link.
 */
export const longestRecord = 262_144;

/** `0x` and eight digits, for messages. */
export const hexadecimal = (word: number): string => `0x${(word >>> 0).toString(16).padStart(8, '0')}`;
