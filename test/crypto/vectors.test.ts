import { describe, expect, test } from 'vitest';
import type { AeadName, CipherName, IntegrityName } from '../../src/crypto/index.ts';
import { fromHex, hex, only, providerNames, readVectors } from './support.ts';

interface AeadVector {
  readonly name: string;
  readonly algorithm: AeadName;
  readonly key: string;
  readonly nonce: string;
  readonly associated: string;
  readonly plaintext: string;
  readonly ciphertext: string;
  readonly tag: string;
}

interface CipherVector {
  readonly name: string;
  readonly algorithm: CipherName;
  readonly key: string;
  readonly iv: string;
  readonly plaintext: string;
  readonly ciphertext: string;
}

interface IntegrityVector {
  readonly name: string;
  readonly algorithm: IntegrityName;
  readonly key: string;
  readonly message: string;
  readonly mac: string;
}

/** Something before and behind, so that offsets matter. */
const margin = 'ee'.repeat(5);

describe.each(providerNames)('%s', (provider) => {
  const crypto = only(provider);

  describe.each(['gcm', 'esp-gcm', 'chacha20-poly1305', 'ccm'])('%s.json', (file) => {
    test.each(readVectors<AeadVector>(file))('$algorithm: $name', (vector) => {
      const length = vector.plaintext.length / 2;
      // ESP carries the nonce in two parts: the salt with the key, the IV in the packet.
      const ivDigits = vector.nonce.slice(-16);
      const aead = crypto.aead(vector.algorithm, fromHex(vector.key + vector.nonce.slice(0, -16)));
      const bytes = fromHex(margin + ivDigits + vector.plaintext + '00'.repeat(16) + margin);
      aead.associated.set(fromHex(vector.associated));
      aead.seal(bytes, 5, 13, length, 13 + length, vector.associated.length / 2);
      expect(hex(bytes)).toBe(margin + ivDigits + vector.ciphertext + vector.tag + margin);
      aead.associated.set(fromHex(vector.associated));
      expect(aead.open(bytes, 5, 13, length, 13 + length, vector.associated.length / 2)).toBe(true);
      expect(hex(bytes)).toBe(margin + ivDigits + vector.plaintext + vector.tag + margin);
      aead.dispose();
    });
  });

  test.each(readVectors<CipherVector>('ciphers'))('$algorithm: $name', ({ algorithm, key, iv, ...vector }) => {
    const cipher = crypto.cipher(algorithm, fromHex(key));
    const length = vector.plaintext.length / 2;
    const bytes = fromHex(margin + iv + vector.plaintext + margin);
    cipher.encrypt(bytes, 5, 5 + iv.length / 2, length);
    expect(hex(bytes)).toBe(margin + iv + vector.ciphertext + margin);
    cipher.decrypt(bytes, 5, 5 + iv.length / 2, length);
    expect(hex(bytes)).toBe(margin + iv + vector.plaintext + margin);
    cipher.dispose();
  });

  test.each(readVectors<IntegrityVector>('integrity'))('$algorithm: $name', ({ algorithm, key, message, mac }) => {
    const integrity = crypto.integrity(algorithm, fromHex(key));
    const { icvLength } = integrity.algorithm;
    const length = message.length / 2;
    const bytes = fromHex(margin + message + '00'.repeat(icvLength) + margin);
    integrity.begin(bytes, 5 + length);
    integrity.add(bytes, 5, length);
    integrity.sign(bytes, 5 + length);
    expect(hex(bytes)).toBe(margin + message + mac.slice(0, 2 * icvLength) + margin);
    integrity.begin(bytes, 5 + length);
    integrity.add(bytes, 5, length);
    expect(integrity.verify(bytes, 5 + length)).toBe(true);
    integrity.dispose();
  });
});
