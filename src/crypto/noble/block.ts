import { unsafe } from '@noble/ciphers/aes.js';
import { copyOf } from '../bytes.ts';
import { disposed } from '../error.ts';

const { expandKeyLE, encryptBlock, ctr32 } = unsafe;

/** AES as a block cipher with its key expanded once: what GCM, CCM, CMAC and XCBC are made of. */
export class AesBlock {
  readonly #expanded: Uint32Array;
  #isDisposed = false;

  constructor(key: Uint8Array) {
    const copied = copyOf(key);
    this.#expanded = expandKeyLE(copied);
    copied.fill(0);
  }

  /** Encrypts 16 bytes in place. */
  encrypt(block: Uint8Array): Uint8Array {
    if (this.#isDisposed) throw disposed();
    return encryptBlock(this.#expanded, block);
  }

  /**
   * Encrypts or decrypts in counter mode, in place.
   *
   * @param counter the first counter block; its last 32 bits count
   */
  count(counter: Uint8Array, bytes: Uint8Array, at: number, length: number): void {
    if (this.#isDisposed) throw disposed();
    if (length === 0) return;
    bytes.set(ctr32(this.#expanded, false, copyOf(counter), copyOf(bytes, at, at + length)), at);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#expanded.fill(0);
  }
}
