import { getCiphers, getHashes } from 'node:crypto';
import { aeadAlgorithms, cipherAlgorithms, integrityAlgorithms } from '../algorithms.ts';
import type { CryptoProvider } from '../contexts.ts';
import { nullCipher } from '../null-cipher.ts';
import { nodeAead } from './aead.ts';
import { nodeCipher } from './cipher.ts';
import { nodeIntegrity } from './integrity.ts';

const ciphers = new Set(getCiphers());
const hashes = new Set(getHashes().map((name) => name.toLowerCase()));

/** What Node itself offers: everywhere where Node is, at the price of some objects per packet. */
export const nodeProvider: CryptoProvider = {
  name: 'node',
  aead: (name, key) =>
    name === 'chacha20-poly1305' && !ciphers.has(name) ? undefined : nodeAead(aeadAlgorithms[name], key),
  cipher: (name, key) => {
    if (name === 'null') return nullCipher('node');
    if (name === '3des-cbc' && !ciphers.has('des-ede3-cbc')) return undefined;
    return nodeCipher(cipherAlgorithms[name], key);
  },
  integrity: (name, key) =>
    name === 'hmac-md5-96' && !hashes.has('md5') ? undefined : nodeIntegrity(integrityAlgorithms[name], key),
};
