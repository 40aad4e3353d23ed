import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type AeadName,
  aeadAlgorithms,
  aeadProtection,
  algorithms,
  CryptoError,
  type CryptoProvider,
  cipherProtection,
  createCrypto,
  keyProblem,
} from '../../src/crypto/index.ts';
import { chosen, hex, only, pattern, providerNames } from './support.ts';

describe('choosing', () => {
  test('libcrypto is asked first, then Node, then noble', () => {
    expect(chosen().providers).toEqual(providerNames);
    expect(createCrypto().providers).toEqual(['node', 'noble']);
    expect(chosen().aead('aes-gcm-16', pattern(20, 1)).provider).toBe(providerNames[0]);
  });

  test('a provider can be forced, and is then the only one', () => {
    for (const name of providerNames) {
      expect(only(name).providers).toEqual([name]);
      expect(only(name).aead('aes-gcm-16', pattern(20, 1)).provider).toBe(name);
    }
    expect(() => only('noble').cipher('3des-cbc', pattern(24, 1))).toThrow(
      'umigame: no crypto provider has 3des-cbc (asked: noble): choose another algorithm or provider',
    );
  });

  test('a provider that is not there is refused in a sentence', () => {
    expect(() => createCrypto({ provider: 'libcrypto' })).toThrow(
      "umigame: the crypto provider libcrypto can't be had in this process: choose node or noble",
    );
  });

  test.each(algorithms.filter(({ legacy }) => legacy))('$name must be asked for', ({ kind, name }) => {
    const make = (legacy: boolean) => {
      const crypto = chosen(legacy);
      return kind === 'cipher'
        ? crypto.cipher(name as '3des-cbc', pattern(24, 1))
        : crypto.integrity(name as 'hmac-md5-96', pattern(16, 1));
    };
    expect(() => make(false)).toThrow('too weak to be used (RFC 8221)');
    expect(make(true).algorithm.name).toBe(name);
  });

  test.each(['constructor', '__proto__', 'aes-gcm', ''])('an algorithm named %j does not exist', (name) => {
    expect(() => chosen().aead(name as AeadName, pattern(20, 1))).toThrow(CryptoError);
  });
});

describe('keys', () => {
  test('of another length are refused, with the lengths that are allowed', () => {
    expect(keyProblem(aeadAlgorithms['aes-gcm-16'], 16)).toBe(
      'aes-gcm-16 takes a key of 20, 28 or 36 bytes, 4 of them salt, and this has 16',
    );
    expect(keyProblem(aeadAlgorithms['aes-gcm-16'], 36)).toBeUndefined();
    expect(() => chosen().integrity('hmac-sha256-128', pattern(20, 1))).toThrow(
      'umigame: hmac-sha256-128 takes a key of 32 bytes, and this has 20',
    );
  });

  const contexts = providerNames.flatMap((provider) =>
    algorithms
      .filter(({ name }) => name !== 'null' && !(provider === 'noble' && name === '3des-cbc'))
      .map(({ name, kind, keyLengths, saltLength }) => ({
        provider,
        name,
        kind,
        make: (key: Uint8Array) => (only(provider)[kind] as CryptoProvider['aead'])(name as AeadName, key)!,
        keyLength: keyLengths[0]! + saltLength,
      })),
  );

  test.each(contexts)('$provider shows none of $name, and forgets it', ({ make, keyLength, kind }) => {
    // Printable, so that it would be seen in any form.
    const key = new Uint8Array(Buffer.from('SecretKey'.repeat(8).slice(0, keyLength)));
    const given = hex(key);
    const context = make(key);
    const use = () => {
      const bytes = new Uint8Array(128);
      if ('seal' in context) context.seal(bytes, 0, 16, 32, 64, 8);
      else {
        const other = context as unknown as { encrypt?(...args: unknown[]): void; begin?(...args: unknown[]): void };
        other.encrypt?.(bytes, 0, 16, 32);
        other.begin?.(bytes, 0);
      }
    };
    use();
    const shown = [
      inspect(context, { depth: 9, showHidden: true, getters: true, maxArrayLength: null }),
      JSON.stringify(context),
      String(context),
      JSON.stringify(Object.getOwnPropertyNames(context)),
    ].join('\n');
    expect(shown).not.toContain('Secret');
    expect(shown).not.toContain(hex(key.subarray(0, 6)));
    expect(shown).not.toContain(Array.from(key.subarray(0, 6)).join(', '));
    expect(shown).not.toContain(Array.from(key.subarray(0, 6)).join(','));
    expect(hex(key), `the caller's key is left alone (${kind})`).toBe(given);
    context.dispose();
    context.dispose();
    expect(use).toThrow(CryptoError);
    expect(hex(key)).toBe(given);
  });

  test('may lie in a Buffer, whose slice is no copy', () => {
    for (const provider of providerNames) {
      const key = Buffer.from(pattern(20, 7));
      const bytes = [Buffer.alloc(64), new Uint8Array(64)].map((slab) => {
        const aead = only(provider).aead('aes-gcm-16', slab instanceof Buffer ? key : new Uint8Array(key));
        aead.seal(slab, 0, 8, 32, 40, 0);
        aead.dispose();
        return hex(slab);
      });
      expect(bytes[0]).toBe(bytes[1]);
      expect(hex(key)).toBe(hex(pattern(20, 7)));
    }
  });
});

describe.each(providerNames)('%s', (provider) => {
  const crypto = only(provider);

  test.each([
    [-1, 8, 16, 24],
    [60, 8, 16, 24],
    [0, 8, 60, 24],
    [0, 8, 16, 60],
    [0, 8, -1, 24],
    [0, Number.NaN, 16, 24],
    [0.5, 8, 16, 24],
  ])('offsets outside the slab throw: IV at %d, data at %d for %d, tag at %d', (ivAt, at, length, tagAt) => {
    const aead = crypto.aead('aes-gcm-16', pattern(20, 1));
    expect(() => aead.seal(new Uint8Array(64), ivAt, at, length, tagAt, 8)).toThrow(RangeError);
    expect(() => aead.open(new Uint8Array(64), ivAt, at, length, tagAt, 8)).toThrow(RangeError);
  });

  test('a slab whose memory was given away throws', () => {
    const aead = crypto.aead('aes-gcm-16', pattern(20, 1));
    const slab = new Uint8Array(64);
    aead.seal(slab, 0, 8, 16, 24, 0);
    structuredClone(slab.buffer, { transfer: [slab.buffer] });
    expect(() => aead.seal(slab, 0, 8, 16, 24, 0)).toThrow(RangeError);
  });

  const protections = (extendedSequenceNumbers: boolean) => [
    aeadProtection(crypto.aead('aes-gcm-16', pattern(20, 1)), { extendedSequenceNumbers }),
    aeadProtection(crypto.aead('null-aes-gmac', pattern(20, 1)), { extendedSequenceNumbers }),
    cipherProtection(crypto.cipher('aes-cbc', pattern(16, 1)), crypto.integrity('hmac-sha256-128', pattern(32, 2)), {
      extendedSequenceNumbers,
    }),
    cipherProtection(crypto.cipher('aes-ctr', pattern(20, 1)), crypto.integrity('aes-xcbc-96', pattern(16, 2)), {
      extendedSequenceNumbers,
    }),
    cipherProtection(crypto.cipher('null', pattern(0, 1)), crypto.integrity('hmac-sha1-96', pattern(20, 2)), {
      extendedSequenceNumbers,
    }),
  ];

  test.each([false, true])('ESP payloads are sealed and opened; extended sequence numbers: %s', (extended) => {
    for (const protection of protections(extended)) {
      const { ivLength, icvLength } = protection;
      const clear = pattern(4 + 8 + ivLength + 64 + icvLength, 3);
      const bytes = clear.slice();
      const payload = () => hex(bytes.subarray(12 + ivLength, 12 + ivLength + 64));
      protection.seal(bytes, 4, 64, 7);
      const sealed = bytes.slice();
      expect(hex(bytes.subarray(0, 12)), 'SPI and sequence number are left alone').toBe(hex(clear.subarray(0, 12)));
      expect(protection.open(bytes, 4, 64, 7)).toBe(true);
      expect(payload()).toBe(hex(clear.subarray(12 + ivLength, 12 + ivLength + 64)));
      bytes.set(sealed);
      expect(protection.open(bytes, 4, 64, 8), 'of another round').toBe(!extended);
      bytes.set(sealed);
      for (const at of [4, 11, 12, 12 + ivLength, bytes.length - 1]) {
        bytes.set(sealed);
        bytes[at]! ^= 1;
        expect(protection.open(bytes, 4, 64, 7), `byte ${at}`).toBe(false);
      }
      protection.dispose();
    }
  });

  test('what is refused by an integrity algorithm is not decrypted', () => {
    for (const protection of protections(false).slice(2)) {
      const bytes = pattern(8 + protection.ivLength + 64 + protection.icvLength, 3);
      const before = hex(bytes);
      expect(protection.open(bytes, 0, 64, 0)).toBe(false);
      expect(protection.open(bytes, 0, 64 - 8, 0)).toBe(false);
      expect(hex(bytes)).toBe(before);
    }
  });

  test('IVs differ for each sequence number and round, and those of CBC do not show them', () => {
    for (const protection of protections(true).slice(0, 4)) {
      const seen = new Set<string>();
      for (const high of [0, 1]) {
        for (let low = 0; low < 4; low += 1) {
          const bytes = new Uint8Array(8 + protection.ivLength + 32 + protection.icvLength);
          bytes[7] = low;
          protection.seal(bytes, 0, 32, high);
          const iv = hex(bytes.subarray(8, 8 + protection.ivLength));
          seen.add(iv);
          if (protection.ivLength === 16) expect(iv).not.toContain('000000');
        }
      }
      expect(seen.size).toBe(8);
    }
  });
});

test('ESP has AES-GMAC as one algorithm, not beside a cipher', () => {
  const crypto = chosen();
  expect(() =>
    cipherProtection(crypto.cipher('null', pattern(0, 1)), crypto.integrity('aes-gmac', pattern(20, 1))),
  ).toThrow(CryptoError);
});
