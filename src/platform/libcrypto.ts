import { createRequire } from 'node:module';
import type * as koffi from 'koffi';

/** OpenSSL's libcrypto, whose functions are called with integers: an address is a number, NULL is 0. */
export interface NativeLibrary {
  /** A function by its declaration in C, in which pointers are `intptr_t`. */
  readonly call: <Call extends (...values: never[]) => number>(declaration: string) => Call;
  /** Where the first byte lies. An ArrayBuffer never moves while it lives; keep it alive as long as the address. */
  readonly addressOf: (bytes: Uint8Array) => number;
}

const require = createRequire(import.meta.url);

/** Node is linked with OpenSSL and shows its symbols; distributions that take the system's OpenSSL may not. */
const places = [null, 'libcrypto.so.3'];

const load = (): NativeLibrary | undefined => {
  let ffi: typeof koffi;
  try {
    ffi = require('koffi') as typeof koffi;
  } catch {
    return undefined;
  }
  for (const place of places) {
    try {
      const library = ffi.load(place);
      library.func('intptr_t EVP_MAC_fetch(intptr_t context, const char *name, intptr_t properties)');
      return {
        call: (declaration) => library.func(declaration) as never,
        addressOf: (bytes) => Number(ffi.address(bytes)),
      };
    } catch {
      // Not there, or older than OpenSSL 3: try the next.
    }
  }
  return undefined;
};

let found: NativeLibrary | undefined;
let isLoaded = false;

/**
 * The libcrypto of this process, or the system's; `undefined` where there is neither, or no native code can be called.
 * Loaded when it is first asked for.
 */
export const libcrypto = (): NativeLibrary | undefined => {
  if (!isLoaded) {
    isLoaded = true;
    found = load();
  }
  return found;
};
