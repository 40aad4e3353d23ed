import { ConfigError } from '../error.ts';
import { show } from '../words.ts';
import type { Position } from './statement.ts';

/** A word of a setkey file, or the `;` behind a command. */
export interface Word {
  readonly text: string;
  /** Was it in quotes? */
  readonly quoted: boolean;
  readonly at: Position;
}

/** Largest file, in bytes: some hundred thousand associations. */
const longestText = 1 << 26;

const token = /[ \t\r\f\v]+|\n|#[^\n]*|;|"[^"\n]*"?|[^\s;"#]+/gy;

/** A word in a complaint: what may be a key is not repeated. */
export const named = ({ text, quoted }: Word): string => {
  if (quoted) return 'text in quotes';
  return /[0-9a-fA-F]{9}/.test(text) ? 'a long number' : show(text);
};

/** Complains about a place in a file. */
export const complain = (file: string, { line, column }: Position, sentence: string): never => {
  throw new ConfigError(file, [{ path: `line ${line}, column ${column}`, sentence }]);
};

/**
 * The words of a setkey file: separated by white space, `;` a word of its own, text in double quotes one word, `#` and
 * what follows on its line nothing.
 *
 * @throws ConfigError with line and column
 */
export const wordsOf = (text: string, file: string): readonly Word[] => {
  if (text.length > longestText) complain(file, { line: 1, column: 1 }, `the file has more than ${longestText} bytes`);
  const words: Word[] = [];
  let line = 1;
  let lineStart = 0;
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match;
    const at = { line, column: match.index - lineStart + 1 };
    if (found === '\n') {
      line += 1;
      lineStart = match.index + 1;
    } else if (found.startsWith('"')) {
      if (found.length < 2 || !found.endsWith('"')) complain(file, at, 'text without its closing double quote');
      words.push({ text: found.slice(1, -1), quoted: true, at });
    } else if (!/^[\s#]/.test(found)) words.push({ text: found, quoted: false, at });
  }
  return words;
};
