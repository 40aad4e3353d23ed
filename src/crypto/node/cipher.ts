import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { CipherAlgorithm } from '../algorithms.ts';
import { checkRange, copyOf } from '../bytes.ts';
import type { Cipher } from '../contexts.ts';
import { CryptoError, disposed } from '../error.ts';

class NodeCipher implements Cipher {
  readonly algorithm: CipherAlgorithm;
  readonly provider = 'node';
  readonly #name: string;
  readonly #key: Uint8Array;
  /** For AES-CTR the counter block: nonce, IV, and a counter that starts at 1 (RFC 3686 §4). */
  readonly #block = new Uint8Array(16);
  #isDisposed = false;

  constructor(algorithm: CipherAlgorithm, key: Uint8Array) {
    const keyLength = key.length - algorithm.saltLength;
    this.algorithm = algorithm;
    this.#key = copyOf(key, 0, keyLength);
    this.#block.set(key.subarray(keyLength));
    this.#block[15] = 1;
    const mode = algorithm.name === 'aes-ctr' ? 'ctr' : 'cbc';
    this.#name = algorithm.name === '3des-cbc' ? 'des-ede3-cbc' : `aes-${keyLength * 8}-${mode}`;
  }

  encrypt(bytes: Uint8Array, ivAt: number, at: number, length: number): void {
    const iv = this.#prepare(bytes, ivAt, at, length);
    const cipher = createCipheriv(this.#name, this.#key, iv).setAutoPadding(false);
    bytes.set(cipher.update(bytes.subarray(at, at + length)), at);
    cipher.final();
  }

  decrypt(bytes: Uint8Array, ivAt: number, at: number, length: number): void {
    const iv = this.#prepare(bytes, ivAt, at, length);
    const decipher = createDecipheriv(this.#name, this.#key, iv).setAutoPadding(false);
    bytes.set(decipher.update(bytes.subarray(at, at + length)), at);
    decipher.final();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#key.fill(0);
    this.#block.fill(0);
  }

  #prepare(bytes: Uint8Array, ivAt: number, at: number, length: number): Uint8Array {
    if (this.#isDisposed) throw disposed();
    const { saltLength, ivLength, blockSize } = this.algorithm;
    checkRange(bytes, ivAt, ivLength);
    checkRange(bytes, at, length);
    if (length % blockSize !== 0) throw new CryptoError(`${length} bytes are no whole blocks of ${blockSize}`);
    const iv = bytes.subarray(ivAt, ivAt + ivLength);
    if (saltLength === 0) return iv;
    this.#block.set(iv, saltLength);
    return this.#block;
  }
}

export const nodeCipher = (algorithm: CipherAlgorithm, key: Uint8Array): Cipher => new NodeCipher(algorithm, key);
