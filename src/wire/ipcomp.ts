/**
 * The IP Payload Compression header (RFC 3173 §3), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |     Flags     | Compression Parameter Index   |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the packet.
 *
 * @module
 */

export const headerLength = 4;

export type Check = 'ok' | 'truncated';

export const check = (_view: DataView, at: number, end: number): Check =>
  end - at < headerLength ? 'truncated' : 'ok';

export const nextHeader = (view: DataView, at: number): number => view.getUint8(at);
/** The Compression Parameter Index: an SPI of 16 bits. */
export const index = (view: DataView, at: number): number => view.getUint16(at + 2);

/** Writes a header; the flags are reserved. */
export const write = (view: DataView, at: number, protocol: number, parameterIndex: number): void => {
  view.setUint16(at, protocol << 8);
  view.setUint16(at + 2, parameterIndex);
};
