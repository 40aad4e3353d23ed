import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as rxjs from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config/index.ts';
import { parseJson } from '../../src/config/json.ts';
import { root } from './lint.ts';
import { blocksOf, pages, programsOf, readPage } from './markdown.ts';

const programs = pages.flatMap(programsOf).map((program, at) => ({ ...program, file: `program-${at}.ts` }));
const minute = 60_000;

/** Each program is a file in a folder where the package's name means its sources. */
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'umigame-docs-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, source } of programs) writeFileSync(join(folder, file), source);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const paths = { umigame: [join(root, 'src/index.ts')], 'umigame/*': [join(root, 'src/*/index.ts')] };
  const compilerOptions = { paths, noUnusedLocals: false };
  const files = programs.map(({ file }) => file);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files }),
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]): Promise<{ status: number | null; output: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
    child.on('close', (status) => resolve({ status, output }));
  });

describe('programs in README and docs', () => {
  test('the README begins with one', () => {
    expect(programs[0]?.name).toMatch(/^README\.md:[1-9]$/);
  });

  test.concurrent.each(programs)('$name runs and prints what the page says', { timeout: minute }, async (program) => {
    const { status, output } = await run('--import', 'tsx', program.file);
    expect(output).toBe(program.output ?? output);
    expect(status, output).toBe(0);
  });

  test.concurrent('are of the right types', { timeout: minute }, async () => {
    const { output } = await run(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json');
    // A complaint may go on in indented lines. Those about sources are for others to make.
    const complaints = output.split(/\n(?! )/).filter((complaint) => complaint.startsWith('program-'));
    const named = programs.reduce((text, { file, name }) => text.replaceAll(file, `${name} + `), complaints.join('\n'));
    expect(named).toBe('');
  });
});

describe('the configuration in the README', () => {
  const [json] = blocksOf('README.md').filter(({ info }) => info === 'json');
  const text = json?.text ?? '';

  test('is a good one, with the interfaces of the ready line', () => {
    const config = parseConfig(parseJson(text), 'router.json');
    expect(readPage('README.md')).toContain(`umigame: ready ${config.interfaces.map(({ name }) => name).join(' ')}`);
  });

  test('with a mistake gets the line that the README shows', () => {
    const mistaken = parseJson(text.replace('"mtu"', '"mtuu"'));
    expect(() => parseConfig(mistaken, 'router.json')).toThrow(ConfigError);
    const [shown] = blocksOf('README.md').filter(({ text: block }) => block.startsWith('umigame: router.json: '));
    expect(() => parseConfig(mistaken, 'router.json')).toThrow(shown?.text.trim() ?? 'the README shows no mistake');
  });
});

describe('what pages name is there', () => {
  test.each(pages)('%s', (page) => {
    const text = readPage(page);
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link as string);
    const local = links.filter((link) => !/^[a-z]+:/.test(link)).map((link) => join(dirname(page), link));
    const paths = [...text.matchAll(/`((?:src|test|marble-tests|bench|scripts|examples|docs|captures)\/[\w./-]+)`/g)];
    const named = [...local, ...paths.map(([, path]) => path as string)];
    // NAME and ROOM stand for what the reader will add.
    const wrong = named.filter((path) => !/\b(?:NAME|ROOM)\b/.test(path) && !existsSync(join(root, path)));
    expect(wrong).toEqual([]);
  });
});

test('names that pages use are names in the sources, or of RxJS', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(root, 'src', path), 'utf8'));
  const known = new Set([...(sources.join('\n').match(/\w+/g) ?? []), ...Object.keys(rxjs)]);
  const names = ['README.md', 'docs/ARCHITECTURE.md', 'docs/IMPLEMENTATION.md'].flatMap((page) =>
    [...readPage(page).matchAll(/`([a-z]+[A-Z]\w*)[`(]/g)].map(([, name]) => `${page} ${name}`),
  );
  expect(names.filter((name) => !known.has(name.split(' ')[1] ?? ''))).toEqual([]);
});

test('the architecture names every operator of the default router', () => {
  const [, imports = ''] =
    /^import \{([^}]*)\} from '\.\.\/operators\/index\.ts'/m.exec(readPage('src/pipelines/router.ts')) ?? [];
  const operators = imports.match(/(?<!type )\b[a-z]\w+(?=,)/g) ?? [];
  expect(operators).toContain('classify');
  const page = readPage('docs/ARCHITECTURE.md');
  expect(operators.filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([]);
});

describe('differences show lines of the files they name', () => {
  const differences = pages.flatMap(blocksOf).filter(({ info }) => info.startsWith('diff '));

  test.each(differences)('$page:$line', ({ info, text }) => {
    const file = readPage(info.slice('diff '.length));
    const shown = text.split('\n').filter((line) => line.startsWith(' ') || line.startsWith('-'));
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((line) => !`\n${file}`.includes(`\n${line.slice(1)}\n`))).toEqual([]);
  });
});

describe('the README tells about every', () => {
  const readme = readPage('README.md');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'peerDependencies' | 'engines',
    Record<string, string>
  >;

  test.each(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))('dependency: %s', (name) => {
    expect(readme).toContain(`\`${name}\``);
  });

  test.each(
    [...readFileSync(join(root, 'src/cli/main.ts'), 'utf8').matchAll(/\.(?:command|option)\('([\w-]+)/g)].map(
      ([, word]) => word as string,
    ),
  )('command and option: %s', (word) => {
    expect(readme).toContain(word.startsWith('-') ? `\`${word}` : `\`umigame ${word}`);
  });

  test('dependency that nothing uses yet', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(join(root, 'src', path), 'utf8'))
      .join('\n');
    const unused = Object.keys(manifest.dependencies).filter((name) => !sources.includes(`'${name}`));
    const [line = ''] = readme.split('\n').filter((each) => each.includes('**Not used yet**'));
    expect(unused.filter((name) => !line.includes(`\`${name}\``))).toEqual([]);
    expect(line !== '').toBe(unused.length > 0);
  });

  test('the version of Node', () => {
    expect(readme).toContain(`Node ${manifest.engines.node?.replace('>=', '')} or newer`);
  });
});
