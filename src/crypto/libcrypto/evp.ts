import { CryptoError } from '../error.ts';

/** A shared library, as `platform` hands it in. Addresses are numbers, NULL is 0. */
export interface NativeLibrary {
  readonly call: <Call extends (...values: never[]) => number>(declaration: string) => Call;
  readonly addressOf: (bytes: Uint8Array) => number;
}

/** Operations of `EVP_CIPHER_CTX_ctrl`. */
export const Control = { setIvLength: 0x9, getTag: 0x10, setTag: 0x11 } as const;

/**
 * The calls of OpenSSL 3 that are made, by address. They return 1 when all is well.
 *
 * A call costs 0.12 µs, so a packet gets as few as its algorithm allows.
 */
export interface Evp {
  /** Where the first byte lies. Cached: a slab never moves. */
  readonly at: (bytes: Uint8Array) => number;
  readonly cipherByName: (name: string) => number;
  readonly newContext: () => number;
  readonly freeContext: (context: number) => number;
  /** `direction`: 1 encrypts, 0 decrypts, -1 leaves it. A 0 leaves cipher, key or IV as it is. */
  readonly init: (
    context: number,
    cipher: number,
    engine: number,
    key: number,
    iv: number,
    direction: number,
  ) => number;
  readonly control: (context: number, operation: number, length: number, address: number) => number;
  readonly setPadding: (context: number, padding: number) => number;
  /** `output` 0: associated data. */
  readonly update: (context: number, output: number, outputLength: number, input: number, length: number) => number;
  readonly final: (context: number, output: number, outputLength: number) => number;
  readonly fetchMac: (libraryContext: number, name: string, properties: number) => number;
  readonly newMac: (mac: number) => number;
  readonly freeMac: (context: number) => number;
  /** With key 0 and length 0: the same key again. */
  readonly initMac: (context: number, key: number, keyLength: number, parameters: number) => number;
  readonly updateMac: (context: number, input: number, length: number) => number;
  readonly finalMac: (context: number, output: number, outputLength: number, size: number) => number;
}

export const bindEvp = ({ call, addressOf }: NativeLibrary): Evp => {
  const addresses = new WeakMap<Uint8Array, number>();
  return {
    at: (bytes) => {
      const known = addresses.get(bytes);
      if (known !== undefined) return known;
      const address = addressOf(bytes);
      addresses.set(bytes, address);
      return address;
    },
    cipherByName: call('intptr_t EVP_get_cipherbyname(const char *name)'),
    newContext: call('intptr_t EVP_CIPHER_CTX_new()'),
    freeContext: call('void EVP_CIPHER_CTX_free(intptr_t context)'),
    init: call(
      'int EVP_CipherInit_ex(intptr_t context, intptr_t cipher, intptr_t engine, intptr_t key, intptr_t iv, int direction)',
    ),
    control: call('int EVP_CIPHER_CTX_ctrl(intptr_t context, int operation, int length, intptr_t address)'),
    setPadding: call('int EVP_CIPHER_CTX_set_padding(intptr_t context, int padding)'),
    update: call(
      'int EVP_CipherUpdate(intptr_t context, intptr_t output, intptr_t outputLength, intptr_t input, int length)',
    ),
    final: call('int EVP_CipherFinal_ex(intptr_t context, intptr_t output, intptr_t outputLength)'),
    fetchMac: call('intptr_t EVP_MAC_fetch(intptr_t libraryContext, const char *name, intptr_t properties)'),
    newMac: call('intptr_t EVP_MAC_CTX_new(intptr_t mac)'),
    freeMac: call('void EVP_MAC_CTX_free(intptr_t context)'),
    initMac: call('int EVP_MAC_init(intptr_t context, intptr_t key, size_t keyLength, intptr_t parameters)'),
    updateMac: call('int EVP_MAC_update(intptr_t context, intptr_t input, size_t length)'),
    finalMac: call('int EVP_MAC_final(intptr_t context, intptr_t output, intptr_t outputLength, size_t size)'),
  };
};

/** For calls that fail only when memory has run out or the library is broken. */
export const check = (result: number, what: string): void => {
  if (result !== 1) throw new CryptoError(`libcrypto failed to ${what}: use another crypto provider`);
};
