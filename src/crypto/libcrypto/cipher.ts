import type { CipherAlgorithm } from '../algorithms.ts';
import { checkRange, copy, copyOf } from '../bytes.ts';
import type { Cipher } from '../contexts.ts';
import { CryptoError, disposed } from '../error.ts';
import { CipherContext, Direction } from './cipher-context.ts';
import { check, type Evp } from './evp.ts';

/** The scratch memory of a context: the counter block of AES-CTR, and an int that OpenSSL writes lengths to. */
const Scratch = { counter: 0, outputLength: 16, length: 24 } as const;

/** CBC and CTR: two calls a packet. */
class EvpCipher implements Cipher {
  readonly algorithm: CipherAlgorithm;
  readonly provider = 'libcrypto';
  readonly #evp: Evp;
  readonly #name: string;
  readonly #key: Uint8Array;
  readonly #scratch = new Uint8Array(new ArrayBuffer(Scratch.length));
  readonly #scratchAt: number;
  #encrypting: CipherContext | undefined;
  #decrypting: CipherContext | undefined;
  #isDisposed = false;

  constructor(evp: Evp, algorithm: CipherAlgorithm, name: string, key: Uint8Array) {
    this.#evp = evp;
    this.algorithm = algorithm;
    this.#name = name;
    this.#key = copyOf(key);
    this.#scratchAt = evp.at(this.#scratch);
    // The counter starts at 1 (RFC 3686 §4).
    this.#scratch.set(key.subarray(key.length - algorithm.saltLength));
    this.#scratch[15] = 1;
  }

  encrypt(bytes: Uint8Array, ivAt: number, at: number, length: number): void {
    this.#encrypting ??= this.#make(Direction.encrypt);
    this.#run(this.#encrypting.address, bytes, ivAt, at, length);
  }

  decrypt(bytes: Uint8Array, ivAt: number, at: number, length: number): void {
    this.#decrypting ??= this.#make(Direction.decrypt);
    this.#run(this.#decrypting.address, bytes, ivAt, at, length);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#key.fill(0);
    this.#scratch.fill(0);
    this.#encrypting?.free();
    this.#decrypting?.free();
  }

  #run(context: number, bytes: Uint8Array, ivAt: number, at: number, length: number): void {
    const { saltLength, ivLength, blockSize } = this.algorithm;
    checkRange(bytes, ivAt, ivLength);
    checkRange(bytes, at, length);
    if (length % blockSize !== 0) throw new CryptoError(`${length} bytes are no whole blocks of ${blockSize}`);
    const slab = this.#evp.at(bytes);
    if (saltLength > 0) copy(bytes, ivAt, this.#scratch, Scratch.counter + saltLength, ivLength);
    const iv = saltLength > 0 ? this.#scratchAt + Scratch.counter : slab + ivAt;
    const ok =
      this.#evp.init(context, 0, 0, 0, iv, -1) &
      this.#evp.update(context, slab + at, this.#scratchAt + Scratch.outputLength, slab + at, length);
    check(ok, 'encrypt or decrypt');
  }

  #make(direction: Direction): CipherContext {
    if (this.#isDisposed) throw disposed();
    const keyLength = this.#key.length - this.algorithm.saltLength;
    return new CipherContext(this.#evp, { name: this.#name }, this.#key, keyLength, direction);
  }
}

const nameOf = ({ name, saltLength }: CipherAlgorithm, key: Uint8Array): string => {
  if (name === '3des-cbc') return 'des-ede3-cbc';
  return `aes-${(key.length - saltLength) * 8}-${name === 'aes-ctr' ? 'ctr' : 'cbc'}`;
};

export const evpCipher = (evp: Evp, algorithm: CipherAlgorithm, key: Uint8Array): Cipher | undefined => {
  const name = nameOf(algorithm, key);
  return evp.cipherByName(name) === 0 ? undefined : new EvpCipher(evp, algorithm, name, key);
};
