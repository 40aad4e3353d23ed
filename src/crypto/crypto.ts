import {
  type AeadName,
  type Algorithm,
  type AlgorithmName,
  aeadAlgorithms,
  algorithms,
  type CipherName,
  cipherAlgorithms,
  type IntegrityName,
  integrityAlgorithms,
} from './algorithms.ts';
import type { Aead, Cipher, CryptoProvider, Integrity } from './contexts.ts';
import { CryptoError } from './error.ts';
import type { NativeLibrary } from './libcrypto/evp.ts';
import { libcryptoProvider } from './libcrypto/provider.ts';
import { nobleProvider } from './noble/provider.ts';
import { nodeProvider } from './node/provider.ts';

export type ProviderName = 'libcrypto' | 'node' | 'noble';

export interface CryptoOptions {
  /** What `libcrypto()` of the platform room found. Default: none, so that `node` comes first. */
  readonly libcrypto?: NativeLibrary | undefined;
  /** Use this one alone: what it lacks can't be had. Default: `libcrypto`, then `node`, then `noble`. */
  readonly provider?: ProviderName | undefined;
  /** Allow 3DES and MD5, which RFC 8221 forbids or discourages. Default: false. */
  readonly legacy?: boolean | undefined;
}

/** Makes contexts, each with the first provider that has its algorithm. */
export interface Crypto {
  /** The providers, in the order in which they are asked. */
  readonly providers: readonly ProviderName[];
  /** @throws CryptoError unknown or legacy algorithm, wrong key length, no provider has it; never with a key in it */
  aead(name: AeadName, key: Uint8Array): Aead;
  cipher(name: CipherName, key: Uint8Array): Cipher;
  integrity(name: IntegrityName, key: Uint8Array): Integrity;
  /** Who can do what, in the order in which they are asked. */
  support(): readonly AlgorithmSupport[];
}

export interface AlgorithmSupport {
  readonly algorithm: Algorithm;
  readonly providers: readonly ProviderName[];
}

/**
 * Is this key of a right length, with its salt? `undefined` if so, else what is wrong with it, for people.
 *
 * @example
 * keyProblem(aeadAlgorithms['aes-gcm-16'], 16); // 'aes-gcm-16 takes a key of 20, 28 or 36 bytes, 4 of them salt, and this has 16'
 */
export const keyProblem = ({ name, keyLengths, saltLength }: Algorithm, length: number): string | undefined => {
  if (keyLengths.includes(length - saltLength)) return undefined;
  const allowed = keyLengths.map((keyLength) => `${keyLength + saltLength}`);
  const last = allowed.pop();
  const list = allowed.length > 0 ? `${allowed.join(', ')} or ${last}` : last;
  const salt = saltLength > 0 ? `, ${saltLength} of them salt` : '';
  return `${name} takes a key of ${list} bytes${salt}, and this has ${length}`;
};

const create = <Context>(
  table: Readonly<Record<string, Algorithm>>,
  name: AlgorithmName,
  key: Uint8Array,
  legacy: boolean,
  providers: readonly CryptoProvider[],
  make: (provider: CryptoProvider) => Context | undefined,
): Context => {
  const algorithm = Object.hasOwn(table, name) ? table[name] : undefined;
  if (algorithm === undefined) {
    throw new CryptoError(`there is no algorithm ${name} here; there are ${Object.keys(table).join(', ')}`);
  }
  if (algorithm.legacy && !legacy) {
    throw new CryptoError(`${name} is too weak to be used (RFC 8221): choose another, or allow it with legacy: true`);
  }
  const problem = keyProblem(algorithm, key.length);
  if (problem !== undefined) throw new CryptoError(problem);
  for (const provider of providers) {
    const context = make(provider);
    if (context !== undefined) return context;
  }
  const names = providers.map((provider) => provider.name).join(', ');
  throw new CryptoError(`no crypto provider has ${name} (asked: ${names}): choose another algorithm or provider`);
};

const has = (provider: CryptoProvider, { kind, name, keyLengths, saltLength }: Algorithm): boolean => {
  const [shortest = 0] = keyLengths;
  // No two parts of a key may be alike for 3DES.
  const key = Uint8Array.from({ length: shortest + saltLength }, (_, i) => i + 1);
  const context =
    kind === 'aead'
      ? provider.aead(name, key)
      : kind === 'cipher'
        ? provider.cipher(name, key)
        : provider.integrity(name, key);
  context?.dispose();
  return context !== undefined;
};

/**
 * Chooses who encrypts. All providers give identical bytes; they differ in speed alone.
 *
 * @throws CryptoError a provider is forced that can't be had
 *
 * @example
 * const crypto = createCrypto({ provider: 'noble' });
 * const aead = crypto.aead('aes-gcm-16', new Uint8Array(20));
 * aead.provider; // 'noble'
 * aead.dispose();
 */
export const createCrypto = ({ libcrypto, provider, legacy = false }: CryptoOptions = {}): Crypto => {
  const available: CryptoProvider[] = [nodeProvider, nobleProvider];
  if (libcrypto !== undefined) available.unshift(libcryptoProvider(libcrypto));
  const chosen = provider === undefined ? available : available.filter(({ name }) => name === provider);
  if (chosen.length === 0) {
    const names = available.map(({ name }) => name).join(' or ');
    throw new CryptoError(`the crypto provider ${provider} can't be had in this process: choose ${names}`);
  }
  return {
    providers: chosen.map(({ name }) => name as ProviderName),
    aead: (name, key) => create(aeadAlgorithms, name, key, legacy, chosen, (from) => from.aead(name, key)),
    cipher: (name, key) => create(cipherAlgorithms, name, key, legacy, chosen, (from) => from.cipher(name, key)),
    integrity: (name, key) =>
      create(integrityAlgorithms, name, key, legacy, chosen, (from) => from.integrity(name, key)),
    support: () =>
      algorithms.map((algorithm) => ({
        algorithm,
        providers: chosen.filter((from) => has(from, algorithm)).map(({ name }) => name as ProviderName),
      })),
  };
};
