import { cbc } from '@noble/ciphers/aes.js';
import type { CipherAlgorithm } from '../algorithms.ts';
import { checkRange, copy, copyOf } from '../bytes.ts';
import type { Cipher } from '../contexts.ts';
import { CryptoError, disposed } from '../error.ts';
import { AesBlock } from './block.ts';

class NobleCbc implements Cipher {
  readonly algorithm: CipherAlgorithm;
  readonly provider = 'noble';
  readonly #key: Uint8Array;
  #isDisposed = false;

  constructor(algorithm: CipherAlgorithm, key: Uint8Array) {
    this.algorithm = algorithm;
    this.#key = copyOf(key);
  }

  encrypt(bytes: Uint8Array, ivAt: number, at: number, length: number): void {
    bytes.set(this.#cipher(bytes, ivAt, at, length).encrypt(copyOf(bytes, at, at + length)), at);
  }

  decrypt(bytes: Uint8Array, ivAt: number, at: number, length: number): void {
    bytes.set(this.#cipher(bytes, ivAt, at, length).decrypt(copyOf(bytes, at, at + length)), at);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#key.fill(0);
  }

  #cipher(bytes: Uint8Array, ivAt: number, at: number, length: number) {
    if (this.#isDisposed) throw disposed();
    checkRange(bytes, ivAt, 16);
    checkRange(bytes, at, length);
    if (length % 16 !== 0) throw new CryptoError(`${length} bytes are no whole blocks of 16`);
    return cbc(this.#key, copyOf(bytes, ivAt, ivAt + 16), { disablePadding: true });
  }
}

/** Counter mode: nonce, IV, and a counter that starts at 1 (RFC 3686 §4). */
class NobleCtr implements Cipher {
  readonly algorithm: CipherAlgorithm;
  readonly provider = 'noble';
  readonly #aes: AesBlock;
  readonly #block = new Uint8Array(16);

  constructor(algorithm: CipherAlgorithm, key: Uint8Array) {
    const keyLength = key.length - algorithm.saltLength;
    this.algorithm = algorithm;
    this.#aes = new AesBlock(key.subarray(0, keyLength));
    this.#block.set(key.subarray(keyLength));
    this.#block[15] = 1;
  }

  encrypt(bytes: Uint8Array, ivAt: number, at: number, length: number): void {
    const { saltLength, ivLength } = this.algorithm;
    checkRange(bytes, ivAt, ivLength);
    checkRange(bytes, at, length);
    copy(bytes, ivAt, this.#block, saltLength, ivLength);
    this.#aes.count(this.#block, bytes, at, length);
  }

  decrypt(bytes: Uint8Array, ivAt: number, at: number, length: number): void {
    this.encrypt(bytes, ivAt, at, length);
  }

  dispose(): void {
    this.#aes.dispose();
    this.#block.fill(0);
  }
}

export const nobleCipher = (algorithm: CipherAlgorithm, key: Uint8Array): Cipher | undefined => {
  if (algorithm.name === 'aes-cbc') return new NobleCbc(algorithm, key);
  return algorithm.name === 'aes-ctr' ? new NobleCtr(algorithm, key) : undefined;
};
