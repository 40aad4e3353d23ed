/**
 * The Encapsulating Security Payload (RFC 4303 §2), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Security Parameters Index (SPI)                 |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Sequence Number                          |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    IV (as the algorithm has it)               |  8
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Payload, and TFC padding                   |
 * +               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               |     Padding (0-255 bytes)                     |
 * +-+-+-+-+-+-+-+-+               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                               |  Pad Length   | Next Header   | trailer
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Integrity Check Value (ICV, as the algorithm has it)  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor of the header can leave the packet. The trailer is known only when
 * the payload has been decrypted.
 *
 * @module
 */

/** Bytes of SPI and sequence number. */
export const headerLength = 8;
/** Bytes of pad length and next header. */
export const trailerLength = 2;

export const offsets = { spi: 0, sequenceNumber: 4 } as const;

export type Check = 'ok' | 'truncated';

/** Is there a header at `at`, before `end`? */
export const check = (_view: DataView, at: number, end: number): Check =>
  end - at < headerLength ? 'truncated' : 'ok';

export const spi = (view: DataView, at: number): number => view.getUint32(at);
/** The lower half, if numbers have 64 bits. */
export const sequenceNumber = (view: DataView, at: number): number => view.getUint32(at + 4);

/** Writes SPI and sequence number. */
export const write = (view: DataView, at: number, index: number, sequence: number): void => {
  view.setUint32(at, index);
  view.setUint32(at + 4, sequence);
};

/** Bytes of padding; `end` is where the trailer ends. */
export const padLength = (view: DataView, end: number): number => view.getUint8(end - 2);
/** Protocol of the payload; `end` is where the trailer ends. */
export const nextHeader = (view: DataView, end: number): number => view.getUint8(end - 1);

/**
 * Bytes of padding so that payload, padding and trailer fill whole units of the cipher, and of four bytes (RFC 4303
 * §2.4).
 *
 * @param unit a power of two
 */
export const paddingFor = (length: number, unit: number): number => -(length + trailerLength) & (Math.max(unit, 4) - 1);

/** Writes the padding 1, 2, 3 … (RFC 4303 §2.4) and the trailer from `at` on; returns where it ends. */
export const writeTrailer = (view: DataView, at: number, padding: number, protocol: number): number => {
  for (let i = 0; i < padding; i += 1) view.setUint8(at + i, i + 1);
  view.setUint8(at + padding, padding);
  view.setUint8(at + padding + 1, protocol);
  return at + padding + trailerLength;
};
