/**
 * Why a file could not be read, in words.
 *
 * @module
 */
import { show } from './words.ts';

const readingProblems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a directory',
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The first line of whatever was thrown, and where in the file a syntax error is. */
export const firstLine = (error: unknown, path = ''): string => {
  const text = error instanceof Error ? error.message : show(error);
  const line = text.split('\n', 1)[0]?.trim() || 'an error without a message';
  const place = path === '' ? undefined : text.split(`${path}:`)[1];
  const [at, lineNumber, column] = /^(\d+):(\d+)/.exec(place ?? '') ?? [];
  return at === undefined ? line : `${line} at line ${lineNumber}, column ${column}`;
};

/** What comes behind the name of a file that could not be read. */
export const readingProblem = (error: unknown): string =>
  readingProblems[codeOf(error)] ?? `can't be read: ${firstLine(error)}`;
