/** Keys or algorithms that can't be used. The message is one sentence and never holds a byte of a key. */
export class CryptoError extends Error {
  override readonly name = 'CryptoError';

  /** @param sentence what people read; `umigame: ` is put before it */
  constructor(sentence: string) {
    super(`umigame: ${sentence}`);
  }
}

/** For contexts that are used after `dispose`. */
export const disposed = (): CryptoError =>
  new CryptoError('this security association has been disposed of and its key is gone: create it anew');
