import type { IntegrityAlgorithm } from '../algorithms.ts';
import { checkRange, copy, copyOf, equal } from '../bytes.ts';
import { type BlockChain, chainMac } from '../chain-mac.ts';
import type { Integrity } from '../contexts.ts';
import { disposed } from '../error.ts';
import { CipherContext, Direction } from './cipher-context.ts';
import { Control, check, type Evp } from './evp.ts';

const providerName = 'libcrypto';
const longestDigest = 64;

/** An EVP_MAC_CTX keyed once: three calls a packet. OpenSSL zeroes the key when it is freed. */
class EvpHmac implements Integrity {
  readonly algorithm: IntegrityAlgorithm;
  readonly provider = providerName;
  readonly #evp: Evp;
  /** The digest, and behind it a size_t that OpenSSL writes its length to. */
  readonly #scratch = new Uint8Array(new ArrayBuffer(longestDigest + 8));
  readonly #scratchAt: number;
  #context: number;
  static readonly #forgotten = new FinalizationRegistry<() => void>((free) => free());

  constructor(evp: Evp, algorithm: IntegrityAlgorithm, mac: number, digest: string, key: Uint8Array) {
    this.#evp = evp;
    this.algorithm = algorithm;
    this.#scratchAt = evp.at(this.#scratch);
    const context = evp.newMac(mac);
    if (context === 0) check(0, 'make a context');
    this.#context = context;
    EvpHmac.#forgotten.register(this, () => evp.freeMac(context), this);
    const copied = copyOf(key);
    const name = Uint8Array.from(`digest\0${digest}\0`, (character) => character.charCodeAt(0));
    const entries = parameters(evp, name, digest.length);
    const ok = evp.initMac(context, evp.at(copied), copied.length, evp.at(entries));
    // Also keeps all three alive until here: an address does not.
    for (const used of [copied, name, entries]) used.fill(0);
    check(ok, 'set a key');
  }

  begin(): void {
    if (this.#context === 0) throw disposed();
    check(this.#evp.initMac(this.#context, 0, 0, 0), 'authenticate');
  }

  add(bytes: Uint8Array, at: number, length: number): void {
    if (this.#context === 0) throw disposed();
    checkRange(bytes, at, length);
    check(this.#evp.updateMac(this.#context, this.#evp.at(bytes) + at, length), 'authenticate');
  }

  sign(bytes: Uint8Array, icvAt: number): void {
    const { icvLength } = this.algorithm;
    checkRange(bytes, icvAt, icvLength);
    this.#finish();
    copy(this.#scratch, 0, bytes, icvAt, icvLength);
  }

  verify(bytes: Uint8Array, icvAt: number): boolean {
    const { icvLength } = this.algorithm;
    checkRange(bytes, icvAt, icvLength);
    this.#finish();
    return equal(bytes, icvAt, this.#scratch, icvLength);
  }

  dispose(): void {
    if (this.#context === 0) return;
    EvpHmac.#forgotten.unregister(this);
    this.#evp.freeMac(this.#context);
    this.#context = 0;
    this.#scratch.fill(0);
  }

  #finish(): void {
    if (this.#context === 0) throw disposed();
    const at = this.#scratchAt;
    check(this.#evp.finalMac(this.#context, at, at + longestDigest, longestDigest), 'authenticate');
  }
}

/**
 * An array of OSSL_PARAM of one entry and its end: `{ "digest", OSSL_PARAM_UTF8_STRING, name, length, 0 }`. Each field
 * takes 8 bytes where addresses do, which is wherever Node runs today.
 *
 * @param name `digest`, a zero, the digest's name, a zero; must live until the call has been made
 */
const parameters = (evp: Evp, name: Uint8Array, length: number): Uint8Array => {
  const entries = new Uint8Array(80);
  const fields = new BigUint64Array(entries.buffer);
  const at = BigInt(evp.at(name));
  fields.set([at, 4n, at + 7n, BigInt(length), 0n]);
  return entries;
};

/** AES-GMAC for AH: a GCM that encrypts nothing. */
class EvpGmac implements Integrity {
  readonly algorithm: IntegrityAlgorithm;
  readonly provider = providerName;
  readonly #evp: Evp;
  readonly #context: CipherContext;
  /** Nonce at 0, tag at 16, an int that OpenSSL writes lengths to at 32. */
  readonly #scratch = new Uint8Array(new ArrayBuffer(40));
  readonly #tag = this.#scratch.subarray(16, 32);
  readonly #scratchAt: number;

  constructor(evp: Evp, algorithm: IntegrityAlgorithm, name: string, key: Uint8Array) {
    this.#evp = evp;
    this.algorithm = algorithm;
    this.#scratchAt = evp.at(this.#scratch);
    const keyLength = key.length - algorithm.saltLength;
    this.#scratch.set(key.subarray(keyLength));
    const copied = copyOf(key);
    this.#context = new CipherContext(evp, { name }, copied, keyLength, Direction.encrypt);
    copied.fill(0);
  }

  begin(bytes: Uint8Array, icvAt: number): void {
    const { saltLength, ivLength } = this.algorithm;
    checkRange(bytes, icvAt, ivLength);
    copy(bytes, icvAt, this.#scratch, saltLength, ivLength);
    check(this.#evp.init(this.#context.address, 0, 0, 0, this.#scratchAt, -1), 'authenticate');
  }

  add(bytes: Uint8Array, at: number, length: number): void {
    checkRange(bytes, at, length);
    if (length === 0) return;
    const ok = this.#evp.update(this.#context.address, 0, this.#scratchAt + 32, this.#evp.at(bytes) + at, length);
    check(ok, 'authenticate');
  }

  sign(bytes: Uint8Array, icvAt: number): void {
    const { icvLength, ivLength } = this.algorithm;
    checkRange(bytes, icvAt, icvLength);
    this.#finish();
    copy(this.#scratch, 16, bytes, icvAt + ivLength, 16);
  }

  verify(bytes: Uint8Array, icvAt: number): boolean {
    const { icvLength, ivLength } = this.algorithm;
    checkRange(bytes, icvAt, icvLength);
    this.#finish();
    return equal(bytes, icvAt + ivLength, this.#tag, 16);
  }

  dispose(): void {
    this.#scratch.fill(0);
    this.#context.free();
  }

  #finish(): void {
    const context = this.#context.address;
    const at = this.#scratchAt;
    check(
      this.#evp.final(context, at + 16, at + 32) & this.#evp.control(context, Control.getTag, 16, at + 16),
      'authenticate',
    );
  }
}

/** An int that OpenSSL writes lengths to. */
const lengthWritten = new Uint8Array(new ArrayBuffer(8));
const zeroes = new Uint8Array(new ArrayBuffer(16));
/** Where CBC encryption goes when only its last block counts; one for all, as nothing in it lives longer than a call. */
const discard = new Uint8Array(new ArrayBuffer(4_096));

class EvpChain implements BlockChain {
  readonly provider = providerName;
  readonly state = new Uint8Array(16);
  readonly #evp: Evp;
  readonly #context: CipherContext;

  constructor(evp: Evp, key: Uint8Array) {
    this.#evp = evp;
    const copied = copyOf(key);
    this.#context = new CipherContext(evp, { name: 'aes-128-cbc' }, copied, 16, Direction.encrypt);
    copied.fill(0);
  }

  restart(): void {
    check(this.#evp.init(this.#context.address, 0, 0, 0, this.#evp.at(zeroes), -1), 'authenticate');
    this.state.fill(0);
  }

  chain(bytes: Uint8Array, at: number, length: number): void {
    const { address } = this.#context;
    const output = this.#evp.at(discard);
    const written = this.#evp.at(lengthWritten);
    const slab = this.#evp.at(bytes);
    let size = 0;
    for (let from = 0; from < length; from += size) {
      size = Math.min(length - from, discard.length);
      check(this.#evp.update(address, output, written, slab + at + from, size), 'authenticate');
    }
    copy(discard, size - 16, this.state, 0, 16);
  }

  dispose(): void {
    this.state.fill(0);
    this.#context.free();
  }
}

const digests: Readonly<Partial<Record<IntegrityAlgorithm['name'], string>>> = {
  'hmac-sha256-128': 'SHA256',
  'hmac-sha384-192': 'SHA384',
  'hmac-sha512-256': 'SHA512',
  'hmac-sha1-96': 'SHA1',
  'hmac-md5-96': 'MD5',
};

const macs = new WeakMap<Evp, number>();

/** Fetched once and kept: it is shared by all contexts. */
const hmacOf = (evp: Evp): number => {
  const known = macs.get(evp);
  if (known !== undefined) return known;
  const fetched = evp.fetchMac(0, 'HMAC', 0);
  macs.set(evp, fetched);
  return fetched;
};

export const evpIntegrity = (evp: Evp, algorithm: IntegrityAlgorithm, key: Uint8Array): Integrity | undefined => {
  const digest = digests[algorithm.name];
  if (digest !== undefined) {
    const mac = hmacOf(evp);
    return mac === 0 ? undefined : new EvpHmac(evp, algorithm, mac, digest, key);
  }
  const name = algorithm.name === 'aes-gmac' ? `aes-${(key.length - algorithm.saltLength) * 8}-gcm` : 'aes-128-cbc';
  if (evp.cipherByName(name) === 0) return undefined;
  if (algorithm.name === 'aes-gmac') return new EvpGmac(evp, algorithm, name, key);
  return chainMac(algorithm, key, (chainKey) => new EvpChain(evp, chainKey));
};
