/**
 * What ESP does to a payload, whatever its algorithms (RFC 4303 §3.3.2, §3.4.4): an AEAD, or a cipher and an integrity
 * algorithm beside it.
 *
 * ```
 *      at        at + 8     payload              icv
 *      | SPI seq | IV       | length bytes       | ICV       |
 *      | 4   4   | ivLength | encrypted in place | icvLength |
 * ```
 *
 * @module
 */
import type { AeadAlgorithm, CipherAlgorithm, IntegrityAlgorithm, IvKind } from './algorithms.ts';
import { checkRange, copy } from './bytes.ts';
import type { Aead, Cipher, Integrity } from './contexts.ts';
import { CryptoError } from './error.ts';

const headerLength = 8;

/** The algorithms of one association, ready for its packets. */
export interface Protection {
  /** Lengths of what surrounds the payload, in bytes; the payload must be a multiple of `blockSize`. */
  readonly ivLength: number;
  readonly icvLength: number;
  readonly blockSize: number;
  readonly algorithms: readonly (AeadAlgorithm | CipherAlgorithm | IntegrityAlgorithm)[];
  /**
   * Writes the IV, encrypts the payload in place and writes the ICV. SPI and sequence number must be there.
   *
   * The IV comes from the 64-bit sequence number, which never repeats under one key: as it is where the algorithm wants
   * a unique one, encrypted where it wants an unpredictable one (NIST SP 800-38A appendix C).
   *
   * @param length of the payload with its padding and trailer
   * @param sequenceHigh upper half of the sequence number, also without extended sequence numbers: an association
   *   whose numbers start anew under the same key must count its rounds here
   */
  seal(bytes: Uint8Array, at: number, length: number, sequenceHigh: number): void;
  /**
   * Verifies, then decrypts in place. False if the ICV is wrong: the payload is then as it came, or zeroed by an AEAD
   * that had decrypted it already.
   */
  open(bytes: Uint8Array, at: number, length: number, sequenceHigh: number): boolean;
  /** Zeroes all keys. */
  dispose(): void;
}

export interface ProtectionOptions {
  /** 64-bit sequence numbers, whose upper half is authenticated but not sent (RFC 4303 §2.2.1). Default: false. */
  readonly extendedSequenceNumbers?: boolean | undefined;
}

class AeadProtection implements Protection {
  readonly ivLength: number;
  readonly icvLength: number;
  readonly blockSize: number;
  readonly algorithms: readonly AeadAlgorithm[];
  readonly #aead: Aead;
  readonly #extended: boolean;

  constructor(aead: Aead, extended: boolean) {
    this.ivLength = aead.algorithm.ivLength;
    this.icvLength = aead.algorithm.icvLength;
    this.blockSize = aead.algorithm.blockSize;
    this.algorithms = [aead.algorithm];
    this.#aead = aead;
    this.#extended = extended;
  }

  seal(bytes: Uint8Array, at: number, length: number, sequenceHigh: number): void {
    const ivAt = at + headerLength;
    const payloadAt = ivAt + this.ivLength;
    checkRange(bytes, at, headerLength + this.ivLength + length + this.icvLength);
    writeWord(bytes, ivAt, sequenceHigh);
    copy(bytes, at + 4, bytes, ivAt + 4, 4);
    const associatedLength = this.#associate(bytes, at, sequenceHigh);
    this.#aead.seal(bytes, ivAt, payloadAt, length, payloadAt + length, associatedLength);
  }

  open(bytes: Uint8Array, at: number, length: number, sequenceHigh: number): boolean {
    const ivAt = at + headerLength;
    const payloadAt = ivAt + this.ivLength;
    checkRange(bytes, at, headerLength + this.ivLength + length + this.icvLength);
    const associatedLength = this.#associate(bytes, at, sequenceHigh);
    return this.#aead.open(bytes, ivAt, payloadAt, length, payloadAt + length, associatedLength);
  }

  dispose(): void {
    this.#aead.dispose();
  }

  /** SPI and sequence number, the upper half between them if it counts (RFC 4106 §5). */
  #associate(bytes: Uint8Array, at: number, sequenceHigh: number): number {
    const { associated } = this.#aead;
    if (!this.#extended) {
      copy(bytes, at, associated, 0, headerLength);
      return headerLength;
    }
    copy(bytes, at, associated, 0, 4);
    writeWord(associated, 4, sequenceHigh);
    copy(bytes, at + 4, associated, 8, 4);
    return headerLength + 4;
  }
}

class CipherProtection implements Protection {
  readonly ivLength: number;
  readonly icvLength: number;
  readonly blockSize: number;
  readonly algorithms: readonly (CipherAlgorithm | IntegrityAlgorithm)[];
  readonly #cipher: Cipher;
  readonly #integrity: Integrity;
  readonly #extended: boolean;
  readonly #iv: IvKind;
  readonly #sequenceHigh = new Uint8Array(new ArrayBuffer(4));
  /** An IV and the block that becomes the next packet's. */
  readonly #nonce = new Uint8Array(new ArrayBuffer(32));

  constructor(cipher: Cipher, integrity: Integrity, extended: boolean) {
    this.ivLength = cipher.algorithm.ivLength;
    this.icvLength = integrity.algorithm.icvLength;
    this.blockSize = cipher.algorithm.blockSize;
    this.algorithms = [cipher.algorithm, integrity.algorithm];
    this.#cipher = cipher;
    this.#integrity = integrity;
    this.#extended = extended;
    this.#iv = cipher.algorithm.iv;
  }

  seal(bytes: Uint8Array, at: number, length: number, sequenceHigh: number): void {
    const { ivLength, icvLength } = this;
    const ivAt = at + headerLength;
    const icvAt = ivAt + ivLength + length;
    checkRange(bytes, at, headerLength + ivLength + length + icvLength);
    this.#writeIv(bytes, at, sequenceHigh);
    this.#cipher.encrypt(bytes, ivAt, ivAt + ivLength, length);
    this.#authenticate(bytes, at, icvAt, sequenceHigh);
    this.#integrity.sign(bytes, icvAt);
  }

  open(bytes: Uint8Array, at: number, length: number, sequenceHigh: number): boolean {
    const { ivLength, icvLength } = this;
    const ivAt = at + headerLength;
    const icvAt = ivAt + ivLength + length;
    checkRange(bytes, at, headerLength + ivLength + length + icvLength);
    // Hostile lengths are refused like wrong ICVs.
    if (length % this.blockSize !== 0) return false;
    this.#authenticate(bytes, at, icvAt, sequenceHigh);
    if (!this.#integrity.verify(bytes, icvAt)) return false;
    this.#cipher.decrypt(bytes, ivAt, ivAt + ivLength, length);
    return true;
  }

  dispose(): void {
    this.#cipher.dispose();
    this.#integrity.dispose();
    this.#nonce.fill(0);
  }

  /** From the SPI to the end of the payload, and the upper half of the sequence number behind it (RFC 4303 §2.8). */
  #authenticate(bytes: Uint8Array, at: number, icvAt: number, sequenceHigh: number): void {
    this.#integrity.begin(bytes, icvAt);
    this.#integrity.add(bytes, at, icvAt - at);
    if (!this.#extended) return;
    writeWord(this.#sequenceHigh, 0, sequenceHigh);
    this.#integrity.add(this.#sequenceHigh, 0, 4);
  }

  #writeIv(bytes: Uint8Array, at: number, sequenceHigh: number): void {
    const { ivLength } = this;
    if (this.#iv === 'none') return;
    if (this.#iv === 'unique') {
      writeWord(bytes, at + headerLength, sequenceHigh);
      copy(bytes, at + 4, bytes, at + headerLength + 4, 4);
      return;
    }
    // CBC of a block of zeroes under an IV is that IV encrypted.
    const nonce = this.#nonce;
    nonce.fill(0);
    writeWord(nonce, ivLength - 8, sequenceHigh);
    copy(bytes, at + 4, nonce, ivLength - 4, 4);
    this.#cipher.encrypt(nonce, 0, ivLength, ivLength);
    copy(nonce, ivLength, bytes, at + headerLength, ivLength);
  }
}

const writeWord = (bytes: Uint8Array, at: number, word: number): void => {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
};

/** ESP with an AEAD. It takes the context over: `dispose` disposes of both. */
export const aeadProtection = (aead: Aead, { extendedSequenceNumbers = false }: ProtectionOptions = {}): Protection =>
  new AeadProtection(aead, extendedSequenceNumbers);

/**
 * ESP with a cipher (or NULL) and an integrity algorithm: encrypts, then authenticates; verifies, then decrypts.
 *
 * @throws CryptoError for AES-GMAC, which ESP has as the AEAD `null-aes-gmac`
 *
 * @example
 * const crypto = createCrypto();
 * const protection = cipherProtection(
 *   crypto.cipher('aes-cbc', new Uint8Array(16)),
 *   crypto.integrity('hmac-sha256-128', new Uint8Array(32)),
 * );
 * protection.icvLength; // 16
 */
export const cipherProtection = (
  cipher: Cipher,
  integrity: Integrity,
  { extendedSequenceNumbers = false }: ProtectionOptions = {},
): Protection => {
  if (integrity.algorithm.ivLength > 0) {
    throw new CryptoError(`${integrity.algorithm.name} is for AH: in ESP use the combined algorithm null-aes-gmac`);
  }
  return new CipherProtection(cipher, integrity, extendedSequenceNumbers);
};
