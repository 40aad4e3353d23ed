import { type CipherCCM, createCipheriv, createDecipheriv, type DecipherCCM } from 'node:crypto';
import type { AeadAlgorithm } from '../algorithms.ts';
import { checkRange, copy, copyOf } from '../bytes.ts';
import { type Aead, associatedCapacity } from '../contexts.ts';
import { disposed } from '../error.ts';

/** What all AEAD ciphers of node:crypto can do; its types have a class for each. */
type AeadCipher = CipherCCM;
type AeadDecipher = DecipherCCM;

/** Makes a cipher per packet: node:crypto can't give a cipher a new nonce. */
class NodeAead implements Aead {
  readonly algorithm: AeadAlgorithm;
  readonly provider = 'node';
  readonly associated = new Uint8Array(associatedCapacity);
  readonly #name: string;
  readonly #key: Uint8Array;
  readonly #nonce: Uint8Array;
  #isDisposed = false;

  constructor(algorithm: AeadAlgorithm, key: Uint8Array) {
    const { saltLength, ivLength, name } = algorithm;
    const keyLength = key.length - saltLength;
    this.algorithm = algorithm;
    this.#key = copyOf(key, 0, keyLength);
    this.#nonce = new Uint8Array(saltLength + ivLength);
    this.#nonce.set(key.subarray(keyLength));
    const mode = name.startsWith('aes-ccm') ? 'ccm' : 'gcm';
    this.#name = name === 'chacha20-poly1305' ? name : `aes-${keyLength * 8}-${mode}`;
  }

  seal(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): void {
    this.#prepare(bytes, ivAt, at, length, tagAt, associatedLength);
    const authTagLength = this.algorithm.icvLength;
    const cipher = createCipheriv(this.#name as 'aes-128-ccm', this.#key, this.#nonce, { authTagLength });
    this.#feed(cipher, bytes, ivAt, at, length, associatedLength);
    if (this.algorithm.encrypts) bytes.set(cipher.update(bytes.subarray(at, at + length)), at);
    cipher.final();
    bytes.set(cipher.getAuthTag(), tagAt);
  }

  open(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): boolean {
    this.#prepare(bytes, ivAt, at, length, tagAt, associatedLength);
    const { icvLength: authTagLength, encrypts } = this.algorithm;
    const decipher = createDecipheriv(this.#name as 'aes-128-ccm', this.#key, this.#nonce, { authTagLength });
    decipher.setAuthTag(bytes.subarray(tagAt, tagAt + authTagLength));
    this.#feed(decipher, bytes, ivAt, at, length, associatedLength);
    try {
      const plaintext = encrypts ? decipher.update(bytes.subarray(at, at + length)) : undefined;
      decipher.final();
      if (plaintext !== undefined) bytes.set(plaintext, at);
      return true;
    } catch {
      if (encrypts) bytes.fill(0, at, at + length);
      return false;
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#key.fill(0);
    this.#nonce.fill(0);
    this.associated.fill(0);
  }

  #prepare(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): void {
    if (this.#isDisposed) throw disposed();
    const { saltLength, ivLength, icvLength } = this.algorithm;
    checkRange(bytes, ivAt, ivLength);
    checkRange(bytes, at, length);
    checkRange(bytes, tagAt, icvLength);
    checkRange(this.associated, 0, associatedLength);
    copy(bytes, ivAt, this.#nonce, saltLength, ivLength);
  }

  #feed(
    cipher: AeadCipher | AeadDecipher,
    bytes: Uint8Array,
    ivAt: number,
    at: number,
    length: number,
    associatedLength: number,
  ): void {
    const { encrypts, ivLength } = this.algorithm;
    cipher.setAAD(this.associated.subarray(0, associatedLength), { plaintextLength: encrypts ? length : 0 });
    if (encrypts) return;
    // GMAC in ESP covers the IV and the payload (RFC 4543 §3.3).
    cipher.setAAD(bytes.subarray(ivAt, ivAt + ivLength), { plaintextLength: 0 });
    cipher.setAAD(bytes.subarray(at, at + length), { plaintextLength: 0 });
  }
}

export const nodeAead = (algorithm: AeadAlgorithm, key: Uint8Array): Aead => new NodeAead(algorithm, key);
