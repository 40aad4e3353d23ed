import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Bits of the window: what Linux can undo, and KAME could (RFC 2394 leaves it open). */
const windowBits = 11;

/**
 * Compresses as IPComp does (RFC 2394): raw DEFLATE.
 *
 * @returns undefined unless it has become shorter than `atMost` bytes
 */
export const deflate = (bytes: Uint8Array, from: number, to: number, atMost: number): Uint8Array | undefined => {
  const compressed = deflateRawSync(bytes.subarray(from, to), { windowBits });
  return compressed.length < atMost ? compressed : undefined;
};

/**
 * Decompresses what IPComp carries, to no more than `atMost` bytes: a few bytes can mean gigabytes.
 *
 * @returns `tooLong` when it is more, `malformed` when it is no DEFLATE stream
 */
export const inflate = (
  bytes: Uint8Array,
  from: number,
  to: number,
  atMost: number,
): Uint8Array | 'tooLong' | 'malformed' => {
  try {
    return inflateRawSync(bytes.subarray(from, to), { maxOutputLength: Math.max(1, atMost) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    return code === 'ERR_BUFFER_TOO_LARGE' ? 'tooLong' : 'malformed';
  }
};
