import { aeadAlgorithms, cipherAlgorithms, integrityAlgorithms } from '../algorithms.ts';
import type { CryptoProvider } from '../contexts.ts';
import { nullCipher } from '../null-cipher.ts';
import { evpAead } from './aead.ts';
import { evpCipher } from './cipher.ts';
import { bindEvp, type NativeLibrary } from './evp.ts';
import { evpIntegrity } from './integrity.ts';

/**
 * OpenSSL 3 called directly, with a context per security association: the fastest, and it allocates nothing per packet.
 *
 * @param library what `libcrypto()` of the platform room found
 */
export const libcryptoProvider = (library: NativeLibrary): CryptoProvider => {
  const evp = bindEvp(library);
  return {
    name: 'libcrypto',
    aead: (name, key) => evpAead(evp, aeadAlgorithms[name], key),
    cipher: (name, key) => (name === 'null' ? nullCipher('libcrypto') : evpCipher(evp, cipherAlgorithms[name], key)),
    integrity: (name, key) => evpIntegrity(evp, integrityAlgorithms[name], key),
  };
};
