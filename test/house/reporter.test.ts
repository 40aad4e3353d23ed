import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inFolder, root } from './lint.ts';

const config = `
import { ClosingLine } from '${join(root, 'scripts/reporter.ts')}';
export default { test: { reporters: ['default', new ClosingLine()] } };
`;
const good = "test('good', () => {});\n";

/** Runs vitest on the test files; gives its exit code and the last lines it printed. */
const run = (files: Readonly<Record<string, string>>): { status: number | null; lines: string[] } => {
  const withImport = Object.entries(files).map(([path, text]) => [
    path,
    `import { beforeAll, describe, test } from 'vitest';\n${text}`,
  ]);
  return inFolder({ 'vitest.config.ts': config, ...Object.fromEntries(withImport) }, (folder) => {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '' },
    });
    return { status, lines: stdout.trimEnd().split('\n') };
  });
};

test('a good run ends with the plain count and exit code 0', () => {
  const { status, lines } = run({ 'a.test.ts': good, 'b.test.ts': good });
  expect(lines.at(-1)).toBe('2 passed, 0 failed');
  expect(status).toBe(0);
});

test('skipped tests are counted, and listed with their reason', () => {
  const { status, lines } = run({
    'a.test.ts': `${good}test('live', (context) => context.skip('needs root'));\ntest.todo('later');\n`,
  });
  expect(lines.slice(-3)).toEqual([
    'skipped: a.test.ts > live: needs root',
    'skipped: a.test.ts > later: to be written',
    '1 passed, 0 failed, 2 skipped',
  ]);
  expect(status).toBe(0);
});

test.each([
  ['a test that fails', "test('bad', () => { throw new Error('bad'); });\n"],
  ['a file that does not load', "throw new Error('bad');\n"],
  ['an error that nobody caught', "test('late', async () => { void Promise.reject(new Error('bad')); });\n", 2],
])('%s counts as failed', (_, text, passed = 1) => {
  const { status, lines } = run({ 'a.test.ts': good, 'b.test.ts': text });
  expect(lines.at(-1)).toBe(`${passed} passed, 1 failed`);
  expect(status).toBe(1);
});

test('a hook that throws counts as failed, and its tests as skipped', () => {
  const { status, lines } = run({
    'a.test.ts': `${good}describe('all', () => { beforeAll(() => { throw new Error('bad'); }); test('one', () => {}); });\n`,
  });
  expect(lines.slice(-2)).toEqual([
    'skipped: a.test.ts > all > one: a hook before it failed',
    '1 passed, 1 failed, 1 skipped',
  ]);
  expect(status).toBe(1);
});

test.each([
  ['no test file', {}, '0 passed, 0 failed'],
  ['nothing but skipped tests', { 'a.test.ts': "test.skip('one', () => {});\n" }, '0 passed, 0 failed, 1 skipped'],
])('%s is a failure', (_, files, line) => {
  const { status, lines } = run(files);
  expect(lines.at(-1)).toBe(line);
  expect(status).toBe(1);
});
