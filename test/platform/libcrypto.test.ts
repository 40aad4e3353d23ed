import { expect, test } from 'vitest';
import { libcrypto } from '../../src/platform/index.ts';

test('OpenSSL is found once, and its functions can be called', () => {
  const library = libcrypto();
  expect(libcrypto()).toBe(library);
  if (library === undefined) {
    console.log('libcrypto is not tested: this process has none that can be called.');
    return;
  }
  const number = library.call<() => number>('unsigned long OpenSSL_version_num()');
  expect(number()).toBeGreaterThanOrEqual(0x30000000);
});

test('an address stays when garbage is collected, also of a few bytes', () => {
  const library = libcrypto();
  if (library === undefined) return;
  const cleanse = library.call<(address: number, length: number) => number>(
    'void OPENSSL_cleanse(intptr_t address, size_t length)',
  );
  const bytes = new Uint8Array(4).fill(7);
  const address = library.addressOf(bytes);
  globalThis.gc?.();
  globalThis.gc?.();
  expect(library.addressOf(bytes)).toBe(address);
  cleanse(address, 3);
  expect([...bytes]).toEqual([0, 0, 0, 7]);
});
