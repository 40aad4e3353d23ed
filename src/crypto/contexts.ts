/**
 * What a security association holds of its algorithms: contexts, keyed once, that work in place on a slab.
 *
 * A context is synchronous, is used for one packet at a time, and allocates nothing per packet with libcrypto. No
 * context shows its key: not to `util.inspect`, not in JSON, not in an error. `dispose` zeroes it.
 *
 * Offsets come from whoever parsed the packet. Ones outside the slab throw a RangeError, as they would reach foreign
 * memory.
 *
 * @module
 */
import type {
  AeadAlgorithm,
  AeadName,
  CipherAlgorithm,
  CipherName,
  IntegrityAlgorithm,
  IntegrityName,
} from './algorithms.ts';

/** Longest associated data, in bytes: SPI and a 64-bit sequence number are 12. */
export const associatedCapacity = 32;

interface Context {
  /** Whose code runs: `libcrypto`, `node` or `noble`. */
  readonly provider: string;
  /** Zeroes the key. The context throws when it is used afterwards. Harmless if repeated. */
  dispose(): void;
}

/** An AEAD with its key (RFC 5116, as RFC 4106, 4309, 4543 and 7634 use it). */
export interface Aead extends Context {
  readonly algorithm: AeadAlgorithm;
  /** The associated data of the next call is written here: it need not lie in one piece in the packet. */
  readonly associated: Uint8Array;
  /**
   * Encrypts `length` bytes at `at` in place and writes the tag, `icvLength` bytes, at `tagAt`.
   *
   * @param ivAt where the IV lies, which must never repeat under this key
   * @param associatedLength how many bytes of `associated` count
   */
  seal(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): void;
  /**
   * The reverse. False if the tag is wrong: then the data is zeroed, if the algorithm encrypts, so that nothing
   * unverified is ever seen.
   */
  open(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): boolean;
}

/** A cipher with its key. Verify before you decrypt. */
export interface Cipher extends Context {
  readonly algorithm: CipherAlgorithm;
  /** In place. `length` must be a multiple of `algorithm.blockSize`. */
  encrypt(bytes: Uint8Array, ivAt: number, at: number, length: number): void;
  decrypt(bytes: Uint8Array, ivAt: number, at: number, length: number): void;
}

/**
 * A message authentication code with its key.
 *
 * A message may lie in pieces, as that of AH does, and that of ESP with the upper half of its sequence number behind it.
 *
 * @example
 * integrity.begin(packet.bytes, icvAt);
 * integrity.add(packet.bytes, at, length);
 * integrity.add(sequenceHigh, 0, 4);
 * if (!integrity.verify(packet.bytes, icvAt)) refuse(packet);
 */
export interface Integrity extends Context {
  readonly algorithm: IntegrityAlgorithm;
  /** Starts a message. AES-GMAC reads its IV, 8 bytes, at `icvAt`; all others read nothing. */
  begin(bytes: Uint8Array, icvAt: number): void;
  add(bytes: Uint8Array, at: number, length: number): void;
  /** Ends the message; writes the ICV. */
  sign(bytes: Uint8Array, icvAt: number): void;
  /** Ends the message; compares with the ICV there, in a time that does not depend on where they differ. */
  verify(bytes: Uint8Array, icvAt: number): boolean;
}

/**
 * A library that can do the work. It is given keys of right lengths, salt at the end, and copies what it keeps.
 * `undefined`: it lacks this algorithm.
 */
export interface CryptoProvider {
  readonly name: string;
  aead(name: AeadName, key: Uint8Array): Aead | undefined;
  cipher(name: CipherName, key: Uint8Array): Cipher | undefined;
  integrity(name: IntegrityName, key: Uint8Array): Integrity | undefined;
}
