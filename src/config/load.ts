import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { createJiti } from 'jiti';
import type { Config } from './config.ts';
import { ConfigError } from './error.ts';
import { JsonError, parseJson } from './json.ts';
import { defineConfig, parseConfig } from './parse.ts';
import { show } from './words.ts';

const moduleExtensions = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

const readingProblems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a directory; a configuration is a .json, .js or .ts file',
};

const fail = (file: string, sentence: string): never => {
  throw new ConfigError(file, [{ path: '', sentence }]);
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The first line of whatever was thrown, and where in the file a syntax error is. */
const firstLine = (error: unknown, path = ''): string => {
  const text = error instanceof Error ? error.message : show(error);
  const line = text.split('\n', 1)[0]?.trim() || 'an error without a message';
  const place = path === '' ? undefined : text.split(`${path}:`)[1];
  const [at, lineNumber, column] = /^(\d+):(\d+)/.exec(place ?? '') ?? [];
  return at === undefined ? line : `${line} at line ${lineNumber}, column ${column}`;
};

const readJson = async (file: string, path: string): Promise<unknown> => {
  const text = await readFile(path, 'utf8');
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return fail(file, `line ${error.line}, column ${error.column}: ${error.message}`);
  }
};

/**
 * What `import … from 'umigame'` gives a configuration, wherever it lies: nothing has to be installed beside it. A
 * configuration is data; more than its type it does not need.
 */
const umigame = { defineConfig };

const importModule = async (file: string, path: string): Promise<unknown> => {
  const jiti = createJiti(import.meta.url, { fsCache: false, virtualModules: { umigame } });
  const module = await jiti
    .import<object>(path)
    .catch((error: unknown) => fail(file, `can't be run: ${firstLine(error, path)}`));
  const exported: unknown = 'default' in module ? module.default : undefined;
  if (exported === undefined) {
    return fail(file, 'has no default export; write "export default { interfaces: … }"');
  }
  if (typeof exported !== 'function') return exported;
  try {
    return await exported();
  } catch (error) {
    return fail(file, `its default export threw: ${firstLine(error)}`);
  }
};

/** The file of setkey that a configuration names lies beside the configuration, wherever the router is started. */
const besideFile = (path: string, config: Config): Config => {
  const { ipsec } = config;
  if (ipsec?.setkey === undefined) return config;
  return { ...config, ipsec: { ...ipsec, setkey: resolve(dirname(path), ipsec.setkey) } };
};

/**
 * Reads a configuration: `.json`, or a `.js`, `.mjs` or `.ts` module whose default export is the configuration or a
 * function, async or not, that returns it.
 *
 * @throws {ConfigError} whose message has a line for each problem
 *
 * @example
 * const config = await loadConfig('router.json');
 * for (const { name, mtu } of config.interfaces) console.log(name, mtu);
 */
export const loadConfig = async (file: string): Promise<Config> => {
  const path = resolve(file);
  const extension = extname(path).toLowerCase();
  const isModule = moduleExtensions.includes(extension);
  try {
    if ((await stat(path)).isDirectory()) return fail(file, readingProblems.EISDIR ?? '');
    if (!isModule && extension !== '.json') {
      return fail(file, `${show(extension)} is no kind of configuration; allowed: .json, .js, .mjs or .ts`);
    }
    return besideFile(path, parseConfig(await (isModule ? importModule(file, path) : readJson(file, path)), file));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return fail(file, readingProblems[codeOf(error)] ?? `can't be read: ${firstLine(error)}`);
  }
};
