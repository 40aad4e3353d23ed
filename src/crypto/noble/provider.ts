import { aeadAlgorithms, cipherAlgorithms, integrityAlgorithms } from '../algorithms.ts';
import type { CryptoProvider } from '../contexts.ts';
import { nullCipher } from '../null-cipher.ts';
import { nobleAead } from './aead.ts';
import { nobleCipher } from './cipher.ts';
import { nobleIntegrity } from './integrity.ts';

/** The reference: JavaScript alone, audited, everywhere the same. It lacks 3DES. */
export const nobleProvider: CryptoProvider = {
  name: 'noble',
  aead: (name, key) => nobleAead(aeadAlgorithms[name], key),
  cipher: (name, key) => (name === 'null' ? nullCipher('noble') : nobleCipher(cipherAlgorithms[name], key)),
  integrity: (name, key) => nobleIntegrity(integrityAlgorithms[name], key),
};
