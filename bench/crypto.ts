/**
 * Packet crypto: µs and heap bytes for a payload that is sealed as ESP does it, by each provider.
 *
 *     node --expose-gc --import tsx bench/crypto.ts
 */
import Table from 'cli-table3';
import {
  aeadProtection,
  type Crypto,
  cipherProtection,
  createCrypto,
  type Protection,
  type ProviderName,
} from '../src/crypto/index.ts';
import { libcrypto } from '../src/platform/libcrypto.ts';

const sizes = [64, 1_400, 9_000];
const providers: readonly ProviderName[] = ['libcrypto', 'node', 'noble'];
const key = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);

const suites: Readonly<Record<string, (crypto: Crypto) => Protection>> = {
  'AES-128-GCM': (crypto) => aeadProtection(crypto.aead('aes-gcm-16', key(20))),
  'AES-256-GCM': (crypto) => aeadProtection(crypto.aead('aes-gcm-16', key(36))),
  'AES-128-CCM': (crypto) => aeadProtection(crypto.aead('aes-ccm-16', key(19))),
  'ChaCha20-Poly1305': (crypto) => aeadProtection(crypto.aead('chacha20-poly1305', key(36))),
  'AES-GMAC': (crypto) => aeadProtection(crypto.aead('null-aes-gmac', key(20))),
  'AES-128-CBC, HMAC-SHA-256': (crypto) =>
    cipherProtection(crypto.cipher('aes-cbc', key(16)), crypto.integrity('hmac-sha256-128', key(32))),
  'AES-128-CTR, HMAC-SHA-1': (crypto) =>
    cipherProtection(crypto.cipher('aes-ctr', key(20)), crypto.integrity('hmac-sha1-96', key(20))),
  'NULL, HMAC-SHA-512': (crypto) =>
    cipherProtection(crypto.cipher('null', key(0)), crypto.integrity('hmac-sha512-256', key(64))),
  'NULL, AES-CMAC': (crypto) =>
    cipherProtection(crypto.cipher('null', key(0)), crypto.integrity('aes-cmac-96', key(16))),
};

/** The best of a few rounds of about 20 ms of processor time each. */
const measure = (run: () => void): { readonly microseconds: number; readonly bytesEach: number } => {
  for (let i = 0; i < 200; i += 1) run();
  let count = 100;
  let microseconds = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const begin = process.cpuUsage();
    for (let i = 0; i < count; i += 1) run();
    const { user, system } = process.cpuUsage(begin);
    const each = Math.max(user + system, 1) / count;
    microseconds = Math.min(microseconds, each);
    count = Math.min(50_000, Math.max(100, Math.round(20_000 / each)));
  }
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 1_000; i += 1) run();
  return { microseconds, bytesEach: Math.max(0, process.memoryUsage().heapUsed - before) / 1_000 };
};

const table = new Table({
  head: ['algorithms', 'provider', ...sizes.map((size) => `${size} B`), 'Gbit/s', 'heap bytes'],
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
});

for (const [name, suite] of Object.entries(suites)) {
  for (const provider of providers) {
    if (provider === 'libcrypto' && libcrypto() === undefined) continue;
    const protection = suite(createCrypto({ libcrypto: libcrypto(), provider }));
    const slab = new Uint8Array(10_000);
    let sequence = 0;
    const results = sizes.map((size) => {
      // To whole blocks, as ESP pads.
      const length = Math.ceil(size / 16) * 16;
      return measure(() => {
        sequence = (sequence + 1) | 0;
        protection.seal(slab, 0, length, sequence);
      });
    });
    const gigabits = (1_400 * 8) / (results[1] as { microseconds: number }).microseconds / 1_000;
    table.push([
      name,
      provider,
      ...results.map(({ microseconds }) => microseconds.toFixed(2)),
      gigabits.toFixed(2),
      (results[1] as { bytesEach: number }).bytesEach.toFixed(0),
    ]);
    protection.dispose();
  }
}
console.log('µs for each payload sealed; Gbit/s and heap bytes at 1,400 B');
console.log(table.toString());
