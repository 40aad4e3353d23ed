import { aeadProtection, type CipherName, type Crypto, CryptoError, cipherProtection } from '../../crypto/index.ts';
import type { Association } from './association.ts';
import { type AssociationSpec, associationName, isAead } from './spec.ts';

/**
 * Gives an association the contexts of its algorithms, keyed.
 *
 * @throws RangeError unknown or legacy algorithm, wrong key length; with no key in it
 */
export const arm = (
  crypto: Crypto,
  association: Association,
  { encryption, authentication, extendedSequenceNumbers }: AssociationSpec,
): void => {
  try {
    if (encryption === undefined) {
      if (authentication !== undefined) {
        association.integrity = crypto.integrity(authentication.algorithm, authentication.key);
      }
      return;
    }
    const { algorithm, key } = encryption;
    if (isAead(algorithm)) {
      association.protection = aeadProtection(crypto.aead(algorithm, key), { extendedSequenceNumbers });
      return;
    }
    if (authentication === undefined) return;
    const cipher = crypto.cipher(algorithm as CipherName, key);
    try {
      const integrity = crypto.integrity(authentication.algorithm, authentication.key);
      association.protection = cipherProtection(cipher, integrity, { extendedSequenceNumbers });
    } catch (error) {
      cipher.dispose();
      throw error;
    }
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    const sentence = error.message.replace(/^umigame: /, '');
    throw new RangeError(`umigame: ${associationName(association.spec)}: ${sentence}`);
  }
};

/** Zeroes the keys of an association. */
export const disarm = (association: Association): void => {
  association.protection?.dispose();
  association.integrity?.dispose();
};
