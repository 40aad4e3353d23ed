/**
 * Equal? In a time that depends on the length alone: all bytes are looked at, none decides early.
 *
 * @param at where `length` bytes lie in `bytes`; they are compared with the first ones of `other`
 */
export const equal = (bytes: Uint8Array, at: number, other: Uint8Array, length: number): boolean => {
  let difference = 0;
  for (let i = 0; i < length; i += 1) difference |= (bytes[at + i] as number) ^ (other[i] as number);
  return difference === 0;
};

/** Throws unless `[at, at + length)` lies within. Also for a slab whose memory was taken away: its length is 0. */
export const checkRange = (bytes: Uint8Array, at: number, length: number): void => {
  // Written so that NaN fails.
  if (at >= 0 && length >= 0 && at + length <= bytes.length && Number.isInteger(at) && Number.isInteger(length)) return;
  throw new RangeError(`umigame: bytes ${at} to ${at + length} lie outside a slab of ${bytes.length}`);
};

/** Copies by index: `set` wants a `subarray`, which is an object more per packet. */
export const copy = (from: Uint8Array, at: number, to: Uint8Array, toAt: number, length: number): void => {
  for (let i = 0; i < length; i += 1) to[toAt + i] = from[at + i] as number;
};

/** A copy of `[from, to)`. Not `slice`, which for a Buffer is a view: zeroing it would zero the caller's key. */
export const copyOf = (bytes: Uint8Array, from = 0, to = bytes.length): Uint8Array<ArrayBuffer> =>
  new Uint8Array(bytes.subarray(from, to));
