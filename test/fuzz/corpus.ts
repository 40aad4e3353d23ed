import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CorpusEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Bytes written in hex; white space and what follows `#` say nothing. */
export const fromHex = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replace(/#.*$/gm, '').replace(/\s/g, ''), 'hex'));

/** In hex, 32 bytes a line. */
export const toHex = (bytes: Uint8Array): string =>
  (
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,64}/g) ?? []
  ).join('\n');

/**
 * Packets that broke something once, here or elsewhere, and the least packet for each thing that can become of one:
 * every fuzzer begins with them.
 */
export const readCorpus = (): CorpusEntry[] => {
  const folder = join(import.meta.dirname, 'corpus');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.hex'))
    .sort()
    .map((file) => ({ name: file.replace('.hex', ''), bytes: fromHex(readFileSync(join(folder, file), 'utf8')) }));
};
