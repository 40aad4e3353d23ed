import { readFileSync } from 'node:fs';
import { type Crypto, createCrypto, type ProviderName } from '../../src/crypto/index.ts';
import { libcrypto } from '../../src/platform/libcrypto.ts';

const library = libcrypto();
if (library === undefined) console.log('libcrypto is not tested: this process has none that can be called.');

export const providerNames: readonly ProviderName[] =
  library === undefined ? ['node', 'noble'] : ['libcrypto', 'node', 'noble'];

/** That provider and no other, with all algorithms allowed. */
export const only = (provider: ProviderName): Crypto => createCrypto({ libcrypto: library, provider, legacy: true });
/** What a user gets. */
export const chosen = (legacy = false): Crypto => createCrypto({ libcrypto: library, legacy });

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

/** Bytes that look random and are the same in each run. */
export const pattern = (length: number, seed: number): Uint8Array => {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
};

export const readVectors = <Vector>(name: string): readonly Vector[] =>
  (
    JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), 'utf8')) as {
      vectors: readonly Vector[];
    }
  ).vectors;
