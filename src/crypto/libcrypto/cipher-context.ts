import { disposed } from '../error.ts';
import { Control, check, type Evp } from './evp.ts';

export const Direction = { decrypt: 0, encrypt: 1 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** What is set before the key: CCM wants the lengths of its nonce and tag beforehand. */
export interface CipherShape {
  /** OpenSSL's name: `aes-128-gcm`. */
  readonly name: string;
  readonly nonceLength?: number;
  readonly tagLength?: number;
}

const forgotten = new WeakMap<Evp, FinalizationRegistry<number>>();

/** Frees the contexts of associations that nobody disposed of. */
const registryOf = (evp: Evp): FinalizationRegistry<number> => {
  const known = forgotten.get(evp);
  if (known !== undefined) return known;
  const registry = new FinalizationRegistry<number>((address) => evp.freeContext(address));
  forgotten.set(evp, registry);
  return registry;
};

/** One EVP_CIPHER_CTX, keyed once; afterwards each packet sets its IV only. OpenSSL zeroes the key when it is freed. */
export class CipherContext {
  readonly #evp: Evp;
  #address: number;

  constructor(evp: Evp, shape: CipherShape, key: Uint8Array, keyLength: number, direction: Direction) {
    this.#evp = evp;
    this.#address = evp.newContext();
    if (this.#address === 0) check(0, 'make a context');
    registryOf(evp).register(this, this.#address, this);
    const address = this.#address;
    check(evp.init(address, evp.cipherByName(shape.name), 0, 0, 0, direction), 'choose a cipher');
    if (shape.nonceLength !== undefined) {
      check(evp.control(address, Control.setIvLength, shape.nonceLength, 0), 'set the length of a nonce');
    }
    if (shape.tagLength !== undefined) {
      check(evp.control(address, Control.setTag, shape.tagLength, 0), 'set the length of a tag');
    }
    check(evp.setPadding(address, 0), 'turn padding off');
    if (key.length < keyLength) throw new RangeError('umigame: a key is too short');
    check(evp.init(address, 0, 0, evp.at(key), 0, direction), 'set a key');
  }

  /** @throws CryptoError after `free`: NULL would end the process */
  get address(): number {
    if (this.#address === 0) throw disposed();
    return this.#address;
  }

  free(): void {
    if (this.#address === 0) return;
    registryOf(this.#evp).unregister(this);
    this.#evp.freeContext(this.#address);
    this.#address = 0;
  }
}
