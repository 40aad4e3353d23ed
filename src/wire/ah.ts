/**
 * The Authentication Header (RFC 4302 §2), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |  Payload Len  |           RESERVED            |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Security Parameters Index (SPI)                 |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Sequence Number                          |  8
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Integrity Check Value (ICV), and padding             | 12
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Its length counts in words of four bytes, less two, as in no other extension header. Call {@link check} once; after
 * `'ok'` no accessor can leave the packet.
 *
 * @module
 */

/** Bytes before the ICV. */
export const fixedLength = 12;

export const offsets = { nextHeader: 0, payloadLength: 1, spi: 4, sequenceNumber: 8, icv: 12 } as const;

export type Check = 'ok' | 'truncated';

/** Is there a whole header at `at`, before `end`? */
export const check = (view: DataView, at: number, end: number): Check =>
  end - at < fixedLength || end - at < headerLength(view, at) ? 'truncated' : 'ok';

/** Bytes, with the ICV. */
export const headerLength = (view: DataView, at: number): number => (view.getUint8(at + 1) + 2) << 2;
export const nextHeader = (view: DataView, at: number): number => view.getUint8(at);
export const spi = (view: DataView, at: number): number => view.getUint32(at + 4);
/** The lower half, if numbers have 64 bits. */
export const sequenceNumber = (view: DataView, at: number): number => view.getUint32(at + 8);

/** Bytes of a header with an ICV of so many: whole words, in IPv6 two at a time (RFC 4302 §2.6). */
export const lengthFor = (icvLength: number, family: number): number => {
  const unit = family === 6 ? 8 : 4;
  return Math.ceil((fixedLength + icvLength) / unit) * unit;
};

/** Writes a header of `length` bytes, its ICV and padding zero. */
export const write = (
  view: DataView,
  at: number,
  length: number,
  protocol: number,
  index: number,
  sequence: number,
): void => {
  view.setUint8(at, protocol);
  view.setUint8(at + 1, (length >>> 2) - 2);
  view.setUint16(at + 2, 0);
  view.setUint32(at + 4, index);
  view.setUint32(at + 8, sequence);
  for (let i = offsets.icv; i < length; i += 4) view.setUint32(at + i, 0);
};
