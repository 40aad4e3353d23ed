import { ghash } from '@noble/ciphers/_polyval.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { AeadAlgorithm } from '../algorithms.ts';
import { checkRange, copy, copyOf, equal } from '../bytes.ts';
import { type Aead, associatedCapacity } from '../contexts.ts';
import { disposed } from '../error.ts';
import { AesBlock } from './block.ts';

/** One AEAD scheme, as its standard has it; written to be compared with it, not for speed. */
interface Scheme {
  /** The whole tag over what lies at `at`; encrypted beforehand for GCM, in clear for CCM. */
  seal(nonce: Uint8Array, associated: Uint8Array, data: Uint8Array): { data: Uint8Array; tag: Uint8Array };
  /** `undefined` if the tag is wrong. */
  open(nonce: Uint8Array, associated: Uint8Array, data: Uint8Array, tag: Uint8Array): Uint8Array | undefined;
  dispose(): void;
}

const blocksOf = (length: number): number => Math.ceil(length / 16) * 16;

/** AES-GCM (NIST SP 800-38D §7), with nonces of 12 bytes. */
const gcm = (key: Uint8Array): Scheme => {
  const aes = new AesBlock(key);
  const counterBlock = (nonce: Uint8Array, count: number): Uint8Array => {
    const block = new Uint8Array(16);
    block.set(nonce);
    block[15] = count;
    return block;
  };
  const tagOf = (nonce: Uint8Array, associated: Uint8Array, data: Uint8Array): Uint8Array => {
    const hashed = new Uint8Array(blocksOf(associated.length) + blocksOf(data.length) + 16);
    hashed.set(associated);
    hashed.set(data, blocksOf(associated.length));
    const lengths = new DataView(hashed.buffer, hashed.length - 16);
    lengths.setBigUint64(0, BigInt(associated.length * 8));
    lengths.setBigUint64(8, BigInt(data.length * 8));
    const hash = ghash(hashed, aes.encrypt(new Uint8Array(16)));
    aes.count(counterBlock(nonce, 1), hash, 0, 16);
    return hash;
  };
  return {
    seal: (nonce, associated, data) => {
      aes.count(counterBlock(nonce, 2), data, 0, data.length);
      return { data, tag: tagOf(nonce, associated, data) };
    },
    open: (nonce, associated, data, tag) => {
      if (!equal(tagOf(nonce, associated, data), 0, tag, tag.length)) return undefined;
      aes.count(counterBlock(nonce, 2), data, 0, data.length);
      return data;
    },
    dispose: () => aes.dispose(),
  };
};

/** AES-CCM (RFC 3610) with nonces of 11 bytes and thus lengths of 4 (RFC 4309 §4). */
const ccm = (key: Uint8Array, tagLength: number): Scheme => {
  const aes = new AesBlock(key);
  const headed = (flags: number, nonce: Uint8Array, last: number): Uint8Array => {
    const block = new Uint8Array(16);
    block[0] = flags;
    block.set(nonce, 1);
    new DataView(block.buffer).setUint32(12, last);
    return block;
  };
  const tagOf = (nonce: Uint8Array, associated: Uint8Array, data: Uint8Array): Uint8Array => {
    const flags = (associated.length > 0 ? 0x40 : 0) | (((tagLength - 2) / 2) << 3) | 3;
    const state = aes.encrypt(headed(flags, nonce, data.length));
    const absorb = (bytes: Uint8Array): void => {
      for (let from = 0; from < bytes.length; from += 16) {
        for (let i = 0; i < 16; i += 1) state[i] = (state[i] as number) ^ (bytes[from + i] ?? 0);
        aes.encrypt(state);
      }
    };
    if (associated.length > 0) absorb(Uint8Array.from([0, associated.length, ...associated]));
    absorb(data);
    aes.count(headed(3, nonce, 0), state, 0, 16);
    return state;
  };
  return {
    seal: (nonce, associated, data) => {
      const tag = tagOf(nonce, associated, data);
      aes.count(headed(3, nonce, 1), data, 0, data.length);
      return { data, tag };
    },
    open: (nonce, associated, data, tag) => {
      aes.count(headed(3, nonce, 1), data, 0, data.length);
      return equal(tagOf(nonce, associated, data), 0, tag, tag.length) ? data : undefined;
    },
    dispose: () => aes.dispose(),
  };
};

/** ChaCha20-Poly1305 (RFC 8439 §2.8). */
const chacha = (given: Uint8Array): Scheme => {
  const key = copyOf(given);
  let isDisposed = false;
  const cipher = (nonce: Uint8Array, associated: Uint8Array) => {
    if (isDisposed) throw disposed();
    return chacha20poly1305(key, nonce, associated);
  };
  return {
    seal: (nonce, associated, data) => {
      const sealed = cipher(nonce, associated).encrypt(data);
      return { data: sealed.subarray(0, data.length), tag: sealed.subarray(data.length) };
    },
    open: (nonce, associated, data, tag) => {
      const decipher = cipher(nonce, associated);
      const sealed = new Uint8Array(data.length + tag.length);
      sealed.set(data);
      sealed.set(tag, data.length);
      try {
        return decipher.decrypt(sealed);
      } catch {
        return undefined;
      }
    },
    dispose: () => {
      isDisposed = true;
      key.fill(0);
    },
  };
};

class NobleAead implements Aead {
  readonly algorithm: AeadAlgorithm;
  readonly provider = 'noble';
  readonly associated = new Uint8Array(associatedCapacity);
  readonly #scheme: Scheme;
  readonly #nonce: Uint8Array;

  constructor(algorithm: AeadAlgorithm, scheme: Scheme, salt: Uint8Array) {
    this.algorithm = algorithm;
    this.#scheme = scheme;
    this.#nonce = new Uint8Array(algorithm.saltLength + algorithm.ivLength);
    this.#nonce.set(salt);
  }

  seal(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): void {
    const associated = this.#prepare(bytes, ivAt, at, length, tagAt, associatedLength);
    const { icvLength, encrypts } = this.algorithm;
    const { data, tag } = this.#scheme.seal(this.#nonce, associated, copyOf(bytes, at, encrypts ? at + length : at));
    if (encrypts) bytes.set(data, at);
    bytes.set(tag.subarray(0, icvLength), tagAt);
  }

  open(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): boolean {
    const associated = this.#prepare(bytes, ivAt, at, length, tagAt, associatedLength);
    const { icvLength, encrypts } = this.algorithm;
    const tag = copyOf(bytes, tagAt, tagAt + icvLength);
    const data = this.#scheme.open(this.#nonce, associated, copyOf(bytes, at, encrypts ? at + length : at), tag);
    if (!encrypts) return data !== undefined;
    if (data === undefined) bytes.fill(0, at, at + length);
    else bytes.set(data, at);
    return data !== undefined;
  }

  dispose(): void {
    this.#scheme.dispose();
    this.#nonce.fill(0);
    this.associated.fill(0);
  }

  /** All associated data in one piece: AES-GMAC in ESP covers the IV and the payload too (RFC 4543 §3.3). */
  #prepare(
    bytes: Uint8Array,
    ivAt: number,
    at: number,
    length: number,
    tagAt: number,
    associatedLength: number,
  ): Uint8Array {
    const { saltLength, ivLength, icvLength, encrypts } = this.algorithm;
    checkRange(bytes, ivAt, ivLength);
    checkRange(bytes, at, length);
    checkRange(bytes, tagAt, icvLength);
    checkRange(this.associated, 0, associatedLength);
    copy(bytes, ivAt, this.#nonce, saltLength, ivLength);
    const associated = copyOf(this.associated, 0, associatedLength);
    if (encrypts) return associated;
    const all = new Uint8Array(associatedLength + ivLength + length);
    all.set(associated);
    all.set(bytes.subarray(ivAt, ivAt + ivLength), associatedLength);
    all.set(bytes.subarray(at, at + length), associatedLength + ivLength);
    return all;
  }
}

const schemeOf = ({ name, icvLength }: AeadAlgorithm, key: Uint8Array): Scheme => {
  if (name === 'chacha20-poly1305') return chacha(key);
  return name.startsWith('aes-ccm') ? ccm(key, icvLength) : gcm(key);
};

export const nobleAead = (algorithm: AeadAlgorithm, key: Uint8Array): Aead => {
  const keyLength = key.length - algorithm.saltLength;
  return new NobleAead(algorithm, schemeOf(algorithm, key.subarray(0, keyLength)), key.subarray(keyLength));
};

/** The tag of a GCM that encrypts nothing. */
export const gmac = (key: Uint8Array): { tag(nonce: Uint8Array, message: Uint8Array): Uint8Array; dispose(): void } => {
  const scheme = gcm(key);
  return {
    tag: (nonce, message) => scheme.seal(nonce, message, new Uint8Array(0)).tag,
    dispose: () => scheme.dispose(),
  };
};
