import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { root } from './lint.ts';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const entries = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === 'string' ? [] : [{ specifier: path.replace('.', 'umigame'), ...target }],
);

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/ensure.mjs')], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
});

describe.each(entries)('$specifier', ({ specifier, types, default: code }) => {
  test('is imported from the built package', () => {
    const script = `console.log(Object.keys(await import('${specifier}')).length, import.meta.resolve('${specifier}'))`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^[1-9]\d* file:/);
    expect(stdout.trimEnd()).toMatch(new RegExp(`${code.slice(1)}$`));
  });

  test.each([
    ['nodenext', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
    ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  ])('has types for %s resolution', (_, module, moduleResolution) => {
    const { resolvedModule } = ts.resolveModuleName(
      specifier,
      join(root, 'test/someone.ts'),
      { module, moduleResolution },
      ts.sys,
      undefined,
      undefined,
      ts.ModuleKind.ESNext,
    );
    expect(resolvedModule?.resolvedFileName).toBe(join(root, types));
  });
});

describe('the package', () => {
  test('has a command that can be executed', () => {
    const command = join(root, manifest.bin.umigame ?? '');
    expect(readFileSync(command, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(command).mode & 0o111).toBe(0o111);
    expect(existsSync(join(root, 'node_modules/.bin/umigame'))).toBe(true);
  });

  test('carries code, types, sources and licence, and nothing of the workshop', () => {
    const { stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
    });
    const [packed] = JSON.parse(stdout || '[]') as { files: { path: string }[] }[];
    const paths = packed?.files.map(({ path }) => path) ?? [];
    expect(paths, stderr).toEqual(expect.arrayContaining(['LICENSE', 'package.json', 'src/index.ts']));
    expect(paths).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js']));
    expect(paths.filter((path) => !/^(dist|src|captures)\/|^[^/]+$/.test(path))).toEqual([]);
  });
});
