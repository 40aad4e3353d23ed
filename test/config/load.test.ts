import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/index.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'umigame-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

const config = '{ "interfaces": { "uma": { "device": "tun", "mtu": 1400, "addresses": ["fd00:a::1/64"] } } }';

describe('what can be loaded', () => {
  const cases: [string, string][] = [
    ['good.json', config],
    ['good.mjs', `export default ${config};`],
    ['good.js', `export default ${config};`],
    ['common.js', `module.exports = ${config};`],
    ['common.cjs', `module.exports = ${config};`],
    ['function.mjs', `export default () => (${config});`],
    ['async.mjs', `export default async () => (${config});`],
    [
      'typed.ts',
      `import { defineConfig } from 'umigame';\nconst config = defineConfig(${config});\nexport default config;`,
    ],
    [
      'function.ts',
      `const make = (mtu: number): object => ({ ...${config}, mtu: undefined });\nexport default () => { const { mtu, ...rest } = make(1) as { mtu: unknown }; return rest; };`,
    ],
  ];
  test.each(cases)('%s', async (name, text) => {
    const { interfaces } = await loadConfig(await file(name, text));
    expect(interfaces).toHaveLength(1);
    expect(interfaces[0]).toMatchObject({ name: 'uma', mtu: 1400 });
  });
});

describe('what can not', () => {
  const cases: [string, string, string][] = [
    ['comma.json', '{\n  "interfaces": {},\n}', 'line 3, column 1: "}" where a key in double quotes should be'],
    ['empty.json', '', 'line 1, column 1: the end of the file where a value should be'],
    ['large.json', config.replace('1400', '70000'), 'interfaces.uma.mtu: 70000 is too large; allowed: 68 to 65535'],
    ['named.mjs', 'export const config = {};', 'has no default export; write "export default { interfaces: … }"'],
    [
      'number.mjs',
      'export default 42;',
      '42 is not allowed here; allowed: an object with the keys interfaces, routes, addressSelection, forwarding, limits',
    ],
    ['syntax.ts', 'const x: = 3', "can't be run: ParseError: Unexpected token at line 1, column 9"],
    [
      'missing.ts',
      "import x from './nowhere.ts'; export default x;",
      "can't be run: Cannot find module './nowhere.ts'",
    ],
    ['throws.mjs', "throw new Error('no key\\nno luck');", "can't be run: no key"],
    ['throws-late.mjs', "export default () => { throw new Error('no key'); };", 'its default export threw: no key'],
    ['rejects.mjs', 'export default () => Promise.reject(null);', 'its default export threw: null'],
    ['getter.mjs', "export default { get interfaces() { throw new Error('no key'); } };", "can't be read: no key"],
    ['config.toml', '', '".toml" is no kind of configuration; allowed: .json, .js, .mjs or .ts'],
    ['config', '', '"" is no kind of configuration; allowed: .json, .js, .mjs or .ts'],
  ];
  test.each(cases)('%s', async (name, text, sentence) => {
    const path = await file(name, text);
    const refused = await loadConfig(path).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect((refused as ConfigError).message).toBe(`umigame: ${path}: ${sentence}`);
  });

  test('a file that is not there', async () => {
    await expect(loadConfig('nowhere/config.json')).rejects.toThrow(
      'umigame: nowhere/config.json: there is no such file',
    );
  });

  test('a directory', async () => {
    const path = join(folder, 'directory.json');
    await mkdir(path);
    await expect(loadConfig(path)).rejects.toThrow(`umigame: ${path}: is a directory; a configuration is a .json, `);
  });
});
