/**
 * AES-CMAC (RFC 4493, as AES-CMAC-96 RFC 4494) and AES-XCBC-MAC (RFC 3566): CBC chains that differ in the keys of
 * their last block.
 *
 * Few libraries have XCBC and none has both in one form, so this is built on what all have: CBC encryption.
 *
 * @module
 */
import type { IntegrityAlgorithm } from './algorithms.ts';
import { checkRange, copy, copyOf, equal } from './bytes.ts';
import type { Integrity } from './contexts.ts';

const blockSize = 16;

/** CBC encryption of which only the last block is kept. */
export interface BlockChain {
  readonly provider: string;
  /** The last block of ciphertext; all zeroes after `restart`. */
  readonly state: Uint8Array;
  restart(): void;
  /** `length` is a multiple of 16. */
  chain(bytes: Uint8Array, at: number, length: number): void;
  dispose(): void;
}

/** Shifts one bit to the left, in GF(2^128) (RFC 4493 §2.3). */
const doubled = (block: Uint8Array): Uint8Array => {
  const result = new Uint8Array(blockSize);
  for (let i = 0; i < blockSize; i += 1) {
    result[i] = ((block[i] as number) << 1) | ((block[i + 1] ?? 0) >>> 7);
  }
  // Without a branch: the highest bit is secret.
  result[15] = (result[15] as number) ^ (0x87 & -((block[0] as number) >>> 7));
  return result;
};

const encryptBlock = (chain: BlockChain, byte: number): Uint8Array => {
  chain.restart();
  chain.chain(new Uint8Array(blockSize).fill(byte), 0, blockSize);
  return copyOf(chain.state);
};

/** What goes into the last block: one key if it is whole, another if it is padded. */
interface LastKeys {
  readonly whole: Uint8Array;
  readonly padded: Uint8Array;
}

class ChainMac implements Integrity {
  readonly algorithm: IntegrityAlgorithm;
  readonly provider: string;
  readonly #chain: BlockChain;
  readonly #keys: LastKeys;
  /** The last block is held back until it is known to be the last: 1 to 16 bytes, 0 only before the first. */
  readonly #held = new Uint8Array(blockSize);
  #heldLength = 0;

  constructor(algorithm: IntegrityAlgorithm, chain: BlockChain, keys: LastKeys) {
    this.algorithm = algorithm;
    this.provider = chain.provider;
    this.#chain = chain;
    this.#keys = keys;
  }

  begin(): void {
    this.#chain.restart();
    this.#heldLength = 0;
  }

  add(bytes: Uint8Array, at: number, length: number): void {
    checkRange(bytes, at, length);
    if (length === 0) return;
    const end = at + length;
    let from = at;
    if (this.#heldLength > 0) {
      const fits = Math.min(blockSize - this.#heldLength, length);
      copy(bytes, at, this.#held, this.#heldLength, fits);
      this.#heldLength += fits;
      from += fits;
      if (from === end) return;
      this.#chain.chain(this.#held, 0, blockSize);
    }
    const whole = Math.floor((end - from - 1) / blockSize) * blockSize;
    if (whole > 0) this.#chain.chain(bytes, from, whole);
    this.#heldLength = end - from - whole;
    copy(bytes, from + whole, this.#held, 0, this.#heldLength);
  }

  sign(bytes: Uint8Array, icvAt: number): void {
    checkRange(bytes, icvAt, this.algorithm.icvLength);
    this.#finish();
    copy(this.#chain.state, 0, bytes, icvAt, this.algorithm.icvLength);
  }

  verify(bytes: Uint8Array, icvAt: number): boolean {
    checkRange(bytes, icvAt, this.algorithm.icvLength);
    this.#finish();
    return equal(bytes, icvAt, this.#chain.state, this.algorithm.icvLength);
  }

  dispose(): void {
    this.#keys.whole.fill(0);
    this.#keys.padded.fill(0);
    this.#held.fill(0);
    this.#chain.dispose();
  }

  #finish(): void {
    const held = this.#held;
    const isWhole = this.#heldLength === blockSize;
    const key = isWhole ? this.#keys.whole : this.#keys.padded;
    if (!isWhole) {
      held[this.#heldLength] = 0x80;
      held.fill(0, this.#heldLength + 1);
    }
    for (let i = 0; i < blockSize; i += 1) held[i] = (held[i] as number) ^ (key[i] as number);
    this.#chain.chain(held, 0, blockSize);
    this.#heldLength = 0;
  }
}

/** @param chainFor makes a chain with a key of 16 bytes */
export const chainMac = (
  algorithm: IntegrityAlgorithm,
  key: Uint8Array,
  chainFor: (key: Uint8Array) => BlockChain,
): Integrity => {
  const first = chainFor(key);
  if (algorithm.name === 'aes-cmac-96') {
    const zero = encryptBlock(first, 0);
    const whole = doubled(zero);
    zero.fill(0);
    return new ChainMac(algorithm, first, { whole, padded: doubled(whole) });
  }
  const chainKey = encryptBlock(first, 1);
  const keys = { whole: encryptBlock(first, 2), padded: encryptBlock(first, 3) };
  first.dispose();
  const chain = chainFor(chainKey);
  chainKey.fill(0);
  return new ChainMac(algorithm, chain, keys);
};
