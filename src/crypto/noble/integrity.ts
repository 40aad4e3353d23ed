import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import type { CHash } from '@noble/hashes/utils.js';
import type { IntegrityAlgorithm } from '../algorithms.ts';
import { checkRange, copy, equal } from '../bytes.ts';
import { type BlockChain, chainMac } from '../chain-mac.ts';
import type { Integrity } from '../contexts.ts';
import { disposed } from '../error.ts';
import { gmac } from './aead.ts';
import { AesBlock } from './block.ts';

const providerName = 'noble';

const hashes: Readonly<Partial<Record<IntegrityAlgorithm['name'], CHash>>> = {
  'hmac-sha256-128': sha256,
  'hmac-sha384-192': sha384,
  'hmac-sha512-256': sha512,
  'hmac-sha1-96': sha1,
  'hmac-md5-96': md5,
};

interface HmacState {
  clone(): HmacState;
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
  destroy(): void;
}

/** Keyed once; each message starts from a copy of that state. */
class NobleHmac implements Integrity {
  readonly algorithm: IntegrityAlgorithm;
  readonly provider = providerName;
  readonly #keyed: HmacState;
  #message: HmacState | undefined;
  #isDisposed = false;

  constructor(algorithm: IntegrityAlgorithm, hash: CHash, key: Uint8Array) {
    this.algorithm = algorithm;
    this.#keyed = hmac.create(hash, key);
  }

  begin(): void {
    if (this.#isDisposed) throw disposed();
    this.#message = this.#keyed.clone();
  }

  add(bytes: Uint8Array, at: number, length: number): void {
    if (this.#message === undefined) throw disposed();
    checkRange(bytes, at, length);
    this.#message.update(bytes.subarray(at, at + length));
  }

  sign(bytes: Uint8Array, icvAt: number): void {
    checkRange(bytes, icvAt, this.algorithm.icvLength);
    copy(this.#finish(), 0, bytes, icvAt, this.algorithm.icvLength);
  }

  verify(bytes: Uint8Array, icvAt: number): boolean {
    checkRange(bytes, icvAt, this.algorithm.icvLength);
    return equal(bytes, icvAt, this.#finish(), this.algorithm.icvLength);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#message?.destroy();
    this.#keyed.destroy();
    this.#message = undefined;
  }

  #finish(): Uint8Array {
    if (this.#message === undefined) throw disposed();
    const digest = this.#message.digest();
    this.#message = undefined;
    return digest;
  }
}

/** AES-GMAC for AH: a GCM that encrypts nothing. Its message is gathered before it is hashed. */
class NobleGmac implements Integrity {
  readonly algorithm: IntegrityAlgorithm;
  readonly provider = providerName;
  readonly #gmac: ReturnType<typeof gmac>;
  readonly #nonce = new Uint8Array(12);
  #message: number[] = [];
  #isDisposed = false;

  constructor(algorithm: IntegrityAlgorithm, key: Uint8Array) {
    const keyLength = key.length - algorithm.saltLength;
    this.algorithm = algorithm;
    this.#gmac = gmac(key.subarray(0, keyLength));
    this.#nonce.set(key.subarray(keyLength));
  }

  begin(bytes: Uint8Array, icvAt: number): void {
    if (this.#isDisposed) throw disposed();
    const { saltLength, ivLength } = this.algorithm;
    checkRange(bytes, icvAt, ivLength);
    copy(bytes, icvAt, this.#nonce, saltLength, ivLength);
    this.#message = [];
  }

  add(bytes: Uint8Array, at: number, length: number): void {
    checkRange(bytes, at, length);
    for (let i = 0; i < length; i += 1) this.#message.push(bytes[at + i] as number);
  }

  sign(bytes: Uint8Array, icvAt: number): void {
    checkRange(bytes, icvAt, this.algorithm.icvLength);
    bytes.set(this.#tag(), icvAt + this.algorithm.ivLength);
  }

  verify(bytes: Uint8Array, icvAt: number): boolean {
    checkRange(bytes, icvAt, this.algorithm.icvLength);
    return equal(bytes, icvAt + this.algorithm.ivLength, this.#tag(), 16);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#gmac.dispose();
    this.#nonce.fill(0);
    this.#message = [];
  }

  #tag(): Uint8Array {
    return this.#gmac.tag(this.#nonce, Uint8Array.from(this.#message));
  }
}

class NobleChain implements BlockChain {
  readonly provider = providerName;
  readonly state = new Uint8Array(16);
  readonly #aes: AesBlock;
  #isDisposed = false;

  constructor(key: Uint8Array) {
    this.#aes = new AesBlock(key);
  }

  restart(): void {
    if (this.#isDisposed) throw disposed();
    this.state.fill(0);
  }

  chain(bytes: Uint8Array, at: number, length: number): void {
    const { state } = this;
    for (let from = at; from < at + length; from += 16) {
      for (let i = 0; i < 16; i += 1) state[i] = (state[i] as number) ^ (bytes[from + i] as number);
      this.#aes.encrypt(state);
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#aes.dispose();
    this.state.fill(0);
  }
}

export const nobleIntegrity = (algorithm: IntegrityAlgorithm, key: Uint8Array): Integrity => {
  const hash = hashes[algorithm.name];
  if (hash !== undefined) return new NobleHmac(algorithm, hash, key);
  if (algorithm.name === 'aes-gmac') return new NobleGmac(algorithm, key);
  return chainMac(algorithm, key, (chainKey) => new NobleChain(chainKey));
};
