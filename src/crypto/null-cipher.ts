import { cipherAlgorithms } from './algorithms.ts';
import { checkRange } from './bytes.ts';
import type { Cipher } from './contexts.ts';

const untouched = (bytes: Uint8Array, _ivAt: number, at: number, length: number): void => checkRange(bytes, at, length);

/** NULL (RFC 2410): as secret as before. It has no key and is the same for all. */
export const nullCipher = (provider: string): Cipher => ({
  algorithm: cipherAlgorithms.null,
  provider,
  encrypt: untouched,
  decrypt: untouched,
  dispose: () => {},
});
