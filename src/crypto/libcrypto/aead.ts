import type { AeadAlgorithm } from '../algorithms.ts';
import { checkRange, copy, copyOf } from '../bytes.ts';
import { type Aead, associatedCapacity } from '../contexts.ts';
import { disposed } from '../error.ts';
import { CipherContext, type CipherShape, Direction } from './cipher-context.ts';
import { Control, check, type Evp } from './evp.ts';

/** The scratch memory of a context: nonce, associated data, and an int that OpenSSL writes lengths to. */
const Scratch = { nonce: 0, associated: 16, outputLength: 48, length: 56 } as const;
const providerName = 'libcrypto';

/** What the three kinds of AEAD have in common. An association works in one direction: contexts are made when needed. */
abstract class EvpAead implements Aead {
  readonly algorithm: AeadAlgorithm;
  readonly provider = providerName;
  readonly associated: Uint8Array;
  protected readonly evp: Evp;
  protected readonly scratch = new Uint8Array(new ArrayBuffer(Scratch.length));
  protected readonly scratchAt: number;
  readonly #shape: CipherShape;
  readonly #key: Uint8Array;
  #encrypting: CipherContext | undefined;
  #decrypting: CipherContext | undefined;
  #isDisposed = false;

  constructor(evp: Evp, algorithm: AeadAlgorithm, shape: CipherShape, key: Uint8Array) {
    this.evp = evp;
    this.algorithm = algorithm;
    this.#shape = shape;
    this.#key = copyOf(key);
    this.scratchAt = evp.at(this.scratch);
    this.scratch.set(key.subarray(key.length - algorithm.saltLength));
    this.associated = this.scratch.subarray(Scratch.associated, Scratch.associated + associatedCapacity);
  }

  abstract seal(
    bytes: Uint8Array,
    ivAt: number,
    at: number,
    length: number,
    tagAt: number,
    associatedLength: number,
  ): void;
  abstract open(
    bytes: Uint8Array,
    ivAt: number,
    at: number,
    length: number,
    tagAt: number,
    associatedLength: number,
  ): boolean;

  dispose(): void {
    this.#isDisposed = true;
    this.#key.fill(0);
    this.scratch.fill(0);
    this.#encrypting?.free();
    this.#decrypting?.free();
  }

  protected encrypting(): number {
    this.#encrypting ??= this.#make(Direction.encrypt);
    return this.#encrypting.address;
  }

  protected decrypting(): number {
    this.#decrypting ??= this.#make(Direction.decrypt);
    return this.#decrypting.address;
  }

  /** All offsets are checked before the first call, so that a call never reaches foreign memory. */
  protected prepare(
    bytes: Uint8Array,
    ivAt: number,
    at: number,
    length: number,
    tagAt: number,
    associatedLength: number,
  ): void {
    const { saltLength, ivLength, icvLength } = this.algorithm;
    checkRange(bytes, ivAt, ivLength);
    checkRange(bytes, at, length);
    checkRange(bytes, tagAt, icvLength);
    checkRange(this.associated, 0, associatedLength);
    copy(bytes, ivAt, this.scratch, Scratch.nonce + saltLength, ivLength);
  }

  #make(direction: Direction): CipherContext {
    if (this.#isDisposed) throw disposed();
    return new CipherContext(this.evp, this.#shape, this.#key, this.#key.length - this.algorithm.saltLength, direction);
  }
}

/** AES-GCM and ChaCha20-Poly1305: five calls a packet. */
class StreamAead extends EvpAead {
  seal(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): void {
    this.prepare(bytes, ivAt, at, length, tagAt, associatedLength);
    const { evp, scratchAt } = this;
    const slab = evp.at(bytes);
    const context = this.encrypting();
    const outputLength = scratchAt + Scratch.outputLength;
    const ok =
      evp.init(context, 0, 0, 0, scratchAt + Scratch.nonce, -1) &
      (associatedLength === 0
        ? 1
        : evp.update(context, 0, outputLength, scratchAt + Scratch.associated, associatedLength)) &
      (length === 0 ? 1 : evp.update(context, slab + at, outputLength, slab + at, length)) &
      evp.final(context, slab + at, outputLength) &
      evp.control(context, Control.getTag, this.algorithm.icvLength, slab + tagAt);
    check(ok, 'encrypt');
  }

  open(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): boolean {
    this.prepare(bytes, ivAt, at, length, tagAt, associatedLength);
    const { evp, scratchAt } = this;
    const slab = evp.at(bytes);
    const context = this.decrypting();
    const outputLength = scratchAt + Scratch.outputLength;
    const ok =
      evp.init(context, 0, 0, 0, scratchAt + Scratch.nonce, -1) &
      (associatedLength === 0
        ? 1
        : evp.update(context, 0, outputLength, scratchAt + Scratch.associated, associatedLength)) &
      (length === 0 ? 1 : evp.update(context, slab + at, outputLength, slab + at, length)) &
      evp.control(context, Control.setTag, this.algorithm.icvLength, slab + tagAt) &
      evp.final(context, slab + at, outputLength);
    if (ok === 1) return true;
    bytes.fill(0, at, at + length);
    return false;
  }
}

/** AES-CCM must know the length, and when it decrypts the tag, before it starts. */
class CcmAead extends EvpAead {
  seal(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): void {
    this.prepare(bytes, ivAt, at, length, tagAt, associatedLength);
    const { evp } = this;
    const slab = evp.at(bytes);
    const context = this.encrypting();
    const ok =
      this.#run(context, slab + at, length, associatedLength) &
      evp.control(context, Control.getTag, this.algorithm.icvLength, slab + tagAt);
    check(ok, 'encrypt');
  }

  open(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): boolean {
    this.prepare(bytes, ivAt, at, length, tagAt, associatedLength);
    const { evp } = this;
    const slab = evp.at(bytes);
    const context = this.decrypting();
    const ok =
      evp.control(context, Control.setTag, this.algorithm.icvLength, slab + tagAt) &
      this.#run(context, slab + at, length, associatedLength);
    if (ok === 1) return true;
    bytes.fill(0, at, at + length);
    return false;
  }

  #run(context: number, data: number, length: number, associatedLength: number): number {
    const { evp, scratchAt } = this;
    const outputLength = scratchAt + Scratch.outputLength;
    return (
      evp.init(context, 0, 0, 0, scratchAt + Scratch.nonce, -1) &
      evp.update(context, 0, outputLength, 0, length) &
      (associatedLength === 0
        ? 1
        : evp.update(context, 0, outputLength, scratchAt + Scratch.associated, associatedLength)) &
      evp.update(context, data, outputLength, data, length)
    );
  }
}

/** AES-GMAC in ESP: the IV and the payload are associated data too (RFC 4543 §3.3). Nothing is encrypted. */
class GmacAead extends EvpAead {
  seal(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): void {
    this.prepare(bytes, ivAt, at, length, tagAt, associatedLength);
    const context = this.encrypting();
    const slab = this.evp.at(bytes);
    const ok =
      this.#run(context, slab, ivAt, at, length, associatedLength) &
      this.evp.final(context, this.scratchAt, this.scratchAt + Scratch.outputLength) &
      this.evp.control(context, Control.getTag, this.algorithm.icvLength, slab + tagAt);
    check(ok, 'authenticate');
  }

  open(bytes: Uint8Array, ivAt: number, at: number, length: number, tagAt: number, associatedLength: number): boolean {
    this.prepare(bytes, ivAt, at, length, tagAt, associatedLength);
    const context = this.decrypting();
    const slab = this.evp.at(bytes);
    const ok =
      this.#run(context, slab, ivAt, at, length, associatedLength) &
      this.evp.control(context, Control.setTag, this.algorithm.icvLength, slab + tagAt) &
      this.evp.final(context, this.scratchAt, this.scratchAt + Scratch.outputLength);
    return ok === 1;
  }

  #run(context: number, slab: number, ivAt: number, at: number, length: number, associatedLength: number): number {
    const { evp, scratchAt } = this;
    const outputLength = scratchAt + Scratch.outputLength;
    return (
      evp.init(context, 0, 0, 0, scratchAt + Scratch.nonce, -1) &
      (associatedLength === 0
        ? 1
        : evp.update(context, 0, outputLength, scratchAt + Scratch.associated, associatedLength)) &
      evp.update(context, 0, outputLength, slab + ivAt, this.algorithm.ivLength) &
      (length === 0 ? 1 : evp.update(context, 0, outputLength, slab + at, length))
    );
  }
}

/** The name that OpenSSL has for it: `aes-128-gcm`. */
const shapeOf = ({ name, saltLength, ivLength, icvLength }: AeadAlgorithm, keyLength: number): CipherShape => {
  if (name === 'chacha20-poly1305') return { name };
  const bits = keyLength * 8;
  return name.startsWith('aes-ccm')
    ? { name: `aes-${bits}-ccm`, nonceLength: saltLength + ivLength, tagLength: icvLength }
    : { name: `aes-${bits}-gcm` };
};

export const evpAead = (evp: Evp, algorithm: AeadAlgorithm, key: Uint8Array): Aead | undefined => {
  const shape = shapeOf(algorithm, key.length - algorithm.saltLength);
  if (evp.cipherByName(shape.name) === 0) return undefined;
  if (!algorithm.encrypts) return new GmacAead(evp, algorithm, shape, key);
  if (shape.tagLength !== undefined) return new CcmAead(evp, algorithm, shape, key);
  return new StreamAead(evp, algorithm, shape, key);
};
