import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Aead,
  type Algorithm,
  aeadAlgorithms,
  type Cipher,
  cipherAlgorithms,
  type Integrity,
  integrityAlgorithms,
} from '../../src/crypto/index.ts';
import { fromHex, hex, only, pattern, providerNames } from './support.ts';

const cryptos = providerNames.map((name) => ({ name, crypto: only(name) }));

/** 3DES is not in noble: those who have an algorithm are compared. */
const havers = ({ name }: Algorithm) =>
  cryptos.filter(({ crypto }) =>
    crypto.support().some(({ algorithm, providers }) => algorithm.name === name && providers.length > 0),
  );

const lengths = fc.integer({ min: 0, max: 1_500 });
const seeds = fc.nat();
const byKeyLength = <Kind extends Algorithm>(all: readonly Kind[]) =>
  all.flatMap((algorithm) =>
    algorithm.keyLengths.map((keyLength) => ({ name: algorithm.name, algorithm, bits: keyLength * 8, keyLength })),
  );

const same = (results: readonly string[]): void => {
  for (const result of results) expect(result).toBe(results[0]);
};

const ivAt = 3;
const dataAt = 24;

test('each algorithm is had from every provider, but 3DES from noble', () => {
  for (const { name, crypto } of cryptos) {
    const missing = crypto.support().filter(({ providers }) => providers.length === 0);
    expect(missing.map(({ algorithm }) => algorithm.name)).toEqual(name === 'noble' ? ['3des-cbc'] : []);
  }
});

describe.each(byKeyLength(Object.values(aeadAlgorithms)))('$name, $bits bits', ({ algorithm, keyLength }) => {
  const { saltLength, icvLength, encrypts } = algorithm;
  const withKey = <Result>(key: Uint8Array, run: (aead: Aead) => Result): Result[] =>
    cryptos.map(({ crypto }) => {
      const aead = crypto.aead(algorithm.name, key);
      try {
        return run(aead);
      } finally {
        aead.dispose();
      }
    });

  test('all providers write the same bytes and read each other', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 0, max: 32 }), seeds, (length, associatedLength, seed) => {
        const key = pattern(keyLength + saltLength, seed);
        const clear = pattern(dataAt + length + icvLength + 7, seed + 1);
        const sealed = withKey(key, (aead) => {
          const bytes = clear.slice();
          aead.associated.set(pattern(associatedLength, seed + 2));
          aead.seal(bytes, ivAt, dataAt, length, dataAt + length, associatedLength);
          return hex(bytes);
        });
        same(sealed);
        const opened = withKey(key, (aead) => {
          const bytes = fromHex(sealed[0]!);
          aead.associated.set(pattern(associatedLength, seed + 2));
          expect(aead.open(bytes, ivAt, dataAt, length, dataAt + length, associatedLength)).toBe(true);
          return hex(bytes.subarray(0, dataAt + length));
        });
        same([...opened, hex(clear.subarray(0, dataAt + length))]);
      }),
      { numRuns: 25 },
    );
  });

  test('whatever bit is changed, all providers refuse, and show no plaintext', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), seeds, seeds, (length, seed, where) => {
        const key = pattern(keyLength + saltLength, seed);
        const opened = withKey(key, (aead) => {
          const bytes = pattern(dataAt + length + icvLength, seed + 1);
          aead.associated.set(pattern(8, seed + 2));
          aead.seal(bytes, ivAt, dataAt, length, dataAt + length, 8);
          // Bits of the IV, the associated data, the data and the tag; not those between, which nobody authenticates.
          const bit = where % ((8 + 8 + length + icvLength) * 8);
          const byte = bit >> 3;
          const flip = 1 << (bit & 7);
          if (byte < 8) bytes[ivAt + byte]! ^= flip;
          else if (byte < 16) aead.associated[byte - 8]! ^= flip;
          else bytes[dataAt + byte - 16]! ^= flip;
          const before = hex(bytes);
          expect(aead.open(bytes, ivAt, dataAt, length, dataAt + length, 8)).toBe(false);
          if (encrypts) expect(bytes.subarray(dataAt, dataAt + length).every((value) => value === 0)).toBe(true);
          else expect(hex(bytes)).toBe(before);
          return hex(bytes);
        });
        same(opened);
      }),
      { numRuns: 25 },
    );
  });

  test('another key refuses, and the context still works afterwards', () => {
    const key = pattern(keyLength + saltLength, 1);
    withKey(key, (aead) => {
      const bytes = pattern(dataAt + 64 + icvLength, 2);
      const clear = hex(bytes.subarray(dataAt, dataAt + 64));
      aead.associated.fill(0);
      aead.seal(bytes, ivAt, dataAt, 64, dataAt + 64, 8);
      for (const at of [0, keyLength - 1, key.length - 1]) {
        const wrong = key.slice();
        wrong[at]! ^= 1;
        expect(withKey(wrong, (other) => other.open(bytes.slice(), ivAt, dataAt, 64, dataAt + 64, 8))).not.toContain(
          true,
        );
      }
      const cut = bytes.slice();
      cut.fill(0, dataAt + 64 + icvLength - 1);
      if (cut.at(-1) !== bytes.at(-1)) expect(aead.open(cut, ivAt, dataAt, 64, dataAt + 64, 8)).toBe(false);
      expect(aead.open(bytes, ivAt, dataAt, 64, dataAt + 64, 8)).toBe(true);
      expect(hex(bytes.subarray(dataAt, dataAt + 64))).toBe(clear);
    });
  });
});

describe.each(byKeyLength(Object.values(cipherAlgorithms)))('$name, $bits bits', ({ algorithm, keyLength }) => {
  const { saltLength, blockSize } = algorithm;
  const withKey = (key: Uint8Array, run: (cipher: Cipher) => string): string[] =>
    havers(algorithm).map(({ crypto }) => {
      const cipher = crypto.cipher(algorithm.name, key);
      try {
        return run(cipher);
      } finally {
        cipher.dispose();
      }
    });

  test('all providers write the same bytes and read each other', () => {
    fc.assert(
      fc.property(lengths, seeds, (about, seed) => {
        const length = about - (about % blockSize);
        const key = pattern(keyLength + saltLength, seed);
        const clear = pattern(dataAt + length + 9, seed + 1);
        const encrypted = withKey(key, (cipher) => {
          const bytes = clear.slice();
          cipher.encrypt(bytes, ivAt, dataAt, length);
          return hex(bytes);
        });
        same(encrypted);
        const decrypted = withKey(key, (cipher) => {
          const bytes = fromHex(encrypted[0]!);
          cipher.decrypt(bytes, ivAt, dataAt, length);
          return hex(bytes);
        });
        same([...decrypted, hex(clear)]);
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(byKeyLength(Object.values(integrityAlgorithms)))('$name, $bits bits', ({ algorithm, keyLength }) => {
  const { saltLength, icvLength, ivLength } = algorithm;
  const withKey = <Result>(key: Uint8Array, run: (integrity: Integrity) => Result): Result[] =>
    cryptos.map(({ crypto }) => {
      const integrity = crypto.integrity(algorithm.name, key);
      try {
        return run(integrity);
      } finally {
        integrity.dispose();
      }
    });

  test('all providers write the same bytes, in however many pieces', () => {
    fc.assert(
      fc.property(lengths, fc.array(fc.nat({ max: 40 }), { maxLength: 60 }), seeds, (length, pieces, seed) => {
        const key = pattern(keyLength + saltLength, seed);
        const message = pattern(length + icvLength, seed + 1);
        const signed = withKey(key, (integrity) => {
          const bytes = message.slice();
          integrity.begin(bytes, length);
          let at = 0;
          for (const piece of pieces) {
            const size = Math.min(piece, length - at);
            integrity.add(bytes, at, size);
            at += size;
          }
          integrity.add(bytes, at, length - at);
          integrity.sign(bytes, length);
          integrity.begin(bytes, length);
          integrity.add(bytes, 0, length);
          expect(integrity.verify(bytes, length)).toBe(true);
          return hex(bytes);
        });
        same(signed);
      }),
      { numRuns: 25 },
    );
  });

  test('whatever bit is changed, all providers refuse', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), seeds, seeds, (length, seed, where) => {
        withKey(pattern(keyLength + saltLength, seed), (integrity) => {
          const bytes = pattern(length + icvLength, seed + 1);
          integrity.begin(bytes, length);
          integrity.add(bytes, 0, length);
          integrity.sign(bytes, length);
          const bit = where % (bytes.length * 8);
          bytes[bit >> 3]! ^= 1 << (bit & 7);
          integrity.begin(bytes, length);
          integrity.add(bytes, 0, length);
          expect(integrity.verify(bytes, length)).toBe(false);
        });
      }),
      { numRuns: 25 },
    );
  });

  test('another key gives another ICV', () => {
    const key = pattern(keyLength + saltLength, 1);
    const sign = (with_: Uint8Array): string[] =>
      withKey(with_, (integrity) => {
        const bytes = new Uint8Array(40 + icvLength);
        integrity.begin(bytes, 40);
        integrity.add(bytes, 0, 40);
        integrity.sign(bytes, 40);
        return hex(bytes.subarray(40 + ivLength));
      });
    const wrong = key.slice();
    wrong[keyLength - 1]! ^= 1;
    const right = sign(key);
    sign(wrong).forEach((icv, i) => {
      expect(icv).not.toBe(right[i]);
    });
  });
});

test('AES-GMAC of AH and of ESP are the same over the same bytes', () => {
  const key = pattern(20, 1);
  for (const { crypto } of cryptos) {
    const bytes = pattern(100, 2);
    const aead = crypto.aead('null-aes-gmac', key);
    aead.associated.set(bytes.subarray(0, 8));
    aead.seal(bytes, 8, 16, 40, 56, 8);
    const integrity = crypto.integrity('aes-gmac', key);
    const icv = new Uint8Array(24);
    icv.set(bytes.subarray(8, 16));
    integrity.begin(icv, 0);
    integrity.add(bytes, 0, 56);
    integrity.sign(icv, 0);
    expect(hex(icv.subarray(8))).toBe(hex(bytes.subarray(56, 72)));
  }
});
