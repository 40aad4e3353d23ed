import { type CipherGCM, createCipheriv, createHmac, type Hmac } from 'node:crypto';
import type { IntegrityAlgorithm } from '../algorithms.ts';
import { checkRange, copy, copyOf, equal } from '../bytes.ts';
import { type BlockChain, chainMac } from '../chain-mac.ts';
import type { Integrity } from '../contexts.ts';
import { disposed } from '../error.ts';

const providerName = 'node';

const digests: Readonly<Partial<Record<IntegrityAlgorithm['name'], string>>> = {
  'hmac-sha256-128': 'sha256',
  'hmac-sha384-192': 'sha384',
  'hmac-sha512-256': 'sha512',
  'hmac-sha1-96': 'sha1',
  'hmac-md5-96': 'md5',
};

class NodeHmac implements Integrity {
  readonly algorithm: IntegrityAlgorithm;
  readonly provider = providerName;
  readonly #digest: string;
  readonly #key: Uint8Array;
  #hmac: Hmac | undefined;
  #isDisposed = false;

  constructor(algorithm: IntegrityAlgorithm, digest: string, key: Uint8Array) {
    this.algorithm = algorithm;
    this.#digest = digest;
    this.#key = copyOf(key);
  }

  begin(): void {
    if (this.#isDisposed) throw disposed();
    this.#hmac = createHmac(this.#digest, this.#key);
  }

  add(bytes: Uint8Array, at: number, length: number): void {
    if (this.#hmac === undefined) throw disposed();
    checkRange(bytes, at, length);
    this.#hmac.update(bytes.subarray(at, at + length));
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
    this.#key.fill(0);
    this.#hmac = undefined;
  }

  #finish(): Uint8Array {
    if (this.#hmac === undefined) throw disposed();
    const digest = this.#hmac.digest();
    this.#hmac = undefined;
    return digest;
  }
}

/** AES-GMAC for AH: a GCM that encrypts nothing. */
class NodeGmac implements Integrity {
  readonly algorithm: IntegrityAlgorithm;
  readonly provider = providerName;
  readonly #key: Uint8Array;
  readonly #nonce = new Uint8Array(12);
  #cipher: CipherGCM | undefined;
  #isDisposed = false;

  constructor(algorithm: IntegrityAlgorithm, key: Uint8Array) {
    const keyLength = key.length - algorithm.saltLength;
    this.algorithm = algorithm;
    this.#key = copyOf(key, 0, keyLength);
    this.#nonce.set(key.subarray(keyLength));
  }

  begin(bytes: Uint8Array, icvAt: number): void {
    if (this.#isDisposed) throw disposed();
    const { saltLength, ivLength } = this.algorithm;
    checkRange(bytes, icvAt, ivLength);
    copy(bytes, icvAt, this.#nonce, saltLength, ivLength);
    const name = `aes-${this.#key.length * 8}-gcm` as 'aes-128-gcm';
    this.#cipher = createCipheriv(name, this.#key, this.#nonce);
  }

  add(bytes: Uint8Array, at: number, length: number): void {
    if (this.#cipher === undefined) throw disposed();
    checkRange(bytes, at, length);
    this.#cipher.setAAD(bytes.subarray(at, at + length));
  }

  sign(bytes: Uint8Array, icvAt: number): void {
    checkRange(bytes, icvAt, this.algorithm.icvLength);
    bytes.set(this.#finish(), icvAt + this.algorithm.ivLength);
  }

  verify(bytes: Uint8Array, icvAt: number): boolean {
    checkRange(bytes, icvAt, this.algorithm.icvLength);
    return equal(bytes, icvAt + this.algorithm.ivLength, this.#finish(), 16);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#key.fill(0);
    this.#nonce.fill(0);
    this.#cipher = undefined;
  }

  #finish(): Uint8Array {
    if (this.#cipher === undefined) throw disposed();
    this.#cipher.final();
    const tag = this.#cipher.getAuthTag();
    this.#cipher = undefined;
    return tag;
  }
}

class NodeChain implements BlockChain {
  readonly provider = providerName;
  readonly state = new Uint8Array(16);
  readonly #key: Uint8Array;
  #isDisposed = false;

  constructor(key: Uint8Array) {
    this.#key = copyOf(key);
  }

  restart(): void {
    if (this.#isDisposed) throw disposed();
    this.state.fill(0);
  }

  chain(bytes: Uint8Array, at: number, length: number): void {
    if (this.#isDisposed) throw disposed();
    // A chain goes on from its last block as from an IV.
    const cipher = createCipheriv('aes-128-cbc', this.#key, this.state).setAutoPadding(false);
    copy(cipher.update(bytes.subarray(at, at + length)), length - 16, this.state, 0, 16);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#key.fill(0);
    this.state.fill(0);
  }
}

export const nodeIntegrity = (algorithm: IntegrityAlgorithm, key: Uint8Array): Integrity => {
  const digest = digests[algorithm.name];
  if (digest !== undefined) return new NodeHmac(algorithm, digest, key);
  if (algorithm.name === 'aes-gmac') return new NodeGmac(algorithm, key);
  return chainMac(algorithm, key, (chainKey) => new NodeChain(chainKey));
};
