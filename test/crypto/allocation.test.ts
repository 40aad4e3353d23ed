import { expect, test } from 'vitest';
import { aeadProtection, cipherProtection, type Protection } from '../../src/crypto/index.ts';
import { only, pattern, providerNames } from './support.ts';

const packets = 50_000;

/** Heap bytes a packet, sealed and opened. */
const bytesEach = (protection: Protection): number => {
  const length = 1_408;
  const slab = pattern(8 + protection.ivLength + length + protection.icvLength, 1);
  const run = (count: number): void => {
    for (let i = 0; i < count; i += 1) {
      protection.seal(slab, 0, length, 0);
      if (!protection.open(slab, 0, length, 0)) throw new Error('it does not open');
    }
  };
  run(20_000);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  run(packets);
  return (process.memoryUsage().heapUsed - before) / packets;
};

test.runIf(providerNames.includes('libcrypto'))('libcrypto allocates no object per packet', () => {
  const crypto = only('libcrypto');
  const protections = [
    aeadProtection(crypto.aead('aes-gcm-16', pattern(20, 1)), { extendedSequenceNumbers: true }),
    aeadProtection(crypto.aead('chacha20-poly1305', pattern(36, 1))),
    cipherProtection(crypto.cipher('aes-cbc', pattern(16, 1)), crypto.integrity('hmac-sha256-128', pattern(32, 1))),
  ];
  for (const protection of protections) {
    const each = bytesEach(protection);
    // 0.3 to 5 here. Where memory lies above 2 GiB, addresses are no small integers and cost 16 bytes a call, of up to
    // 16 calls; an object that holds a packet's bytes would cost more than that.
    expect(each, protection.algorithms.map(({ name }) => name).join(' and ')).toBeLessThan(300);
    protection.dispose();
  }
});
