/**
 * The header of Generic UDP Encapsulation (draft-ietf-intarea-gue-09 §3), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | 0 |C|   Hlen  |  Proto/ctype  |             Flags             |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                  Extension Fields (optional)                  |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Variant 1 has no header: an IP header follows UDP at once, whose version begins with the bits 01 (§4).
 *
 * @module
 */

/** Bytes of a header without extension fields. */
export const headerLength = 4;

export type Check = 'ok' | 'direct' | 'truncated' | 'unknown';

/**
 * Is there a header without extension fields at `at`, or an IP header at once? Flags say which extension fields there
 * are; who does not know one may not take the packet (§3.3), and we know none. Nor do we take control messages.
 */
export const check = (view: DataView, at: number, end: number): Check => {
  if (end <= at) return 'truncated';
  const variant = view.getUint8(at) >> 6;
  if (variant === 1) return 'direct';
  if (end - at < headerLength) return 'truncated';
  return view.getUint8(at) === 0 && view.getUint16(at + 2) === 0 ? 'ok' : 'unknown';
};

export const protocol = (view: DataView, at: number): number => view.getUint8(at + 1);

export const write = (view: DataView, at: number, number: number): void => view.setUint32(at, number << 16);
