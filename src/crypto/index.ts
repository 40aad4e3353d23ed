/**
 * The algorithms of IPsec (RFC 8221): as data, and as contexts with a key, from libcrypto, from Node or in JavaScript.
 *
 * @module
 */
export {
  type AeadAlgorithm,
  type AeadName,
  type Algorithm,
  type AlgorithmName,
  aeadAlgorithms,
  algorithms,
  type CipherAlgorithm,
  type CipherName,
  cipherAlgorithms,
  type IntegrityAlgorithm,
  type IntegrityName,
  type IvKind,
  integrityAlgorithms,
} from './algorithms.ts';
export { type Aead, associatedCapacity, type Cipher, type CryptoProvider, type Integrity } from './contexts.ts';
export {
  type AlgorithmSupport,
  type Crypto,
  type CryptoOptions,
  createCrypto,
  keyProblem,
  type ProviderName,
} from './crypto.ts';
export { deflate, inflate } from './deflate.ts';
export { CryptoError } from './error.ts';
export type { NativeLibrary } from './libcrypto/evp.ts';
export { aeadProtection, cipherProtection, type Protection, type ProtectionOptions } from './protection.ts';
