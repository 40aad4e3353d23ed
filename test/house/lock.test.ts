import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inFolder, root } from './lint.ts';

interface LockFile {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Runs scripts/complete-lock.mjs on a lock file; gives what it said and the lock file afterwards. */
const complete = (text: string): { said: string; text: string } =>
  inFolder({ 'package-lock.json': text }, (folder) => {
    mkdirSync(join(folder, 'scripts'));
    cpSync(join(root, 'scripts/complete-lock.mjs'), join(folder, 'scripts/complete-lock.mjs'));
    const { stdout } = spawnSync(process.execPath, [join(folder, 'scripts/complete-lock.mjs')], { encoding: 'utf8' });
    return { said: stdout, text: readFileSync(join(folder, 'package-lock.json'), 'utf8') };
  });

test('package-lock.json lists every platform, or npm ci refuses it: node scripts/complete-lock.mjs adds what is missing', () => {
  const ours = readFileSync(join(root, 'package-lock.json'), 'utf8');
  expect(complete(ours)).toEqual({ said: 'package-lock.json: 0 platform packages added\n', text: ours });
});

test('package-lock.json names no registry', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  expect(Object.values(packages).filter((entry) => 'resolved' in entry)).toEqual([]);
});

test('what is added says for which platform it is', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/native': {
        version: '1.0.0',
        dev: true,
        optionalDependencies: { '@native/linux-x64-musl': '1.0.0', '@native/win32-arm64': '1.0.0', near: '2.0.0' },
      },
      'node_modules/near': { version: '2.0.0', dev: true, optional: true },
    },
  };
  const { said, text } = complete(JSON.stringify(lock));
  expect(said).toBe('package-lock.json: 2 platform packages added\n');
  expect(JSON.parse(text)).toEqual({
    packages: {
      ...lock.packages,
      'node_modules/@native/linux-x64-musl': {
        ...{ version: '1.0.0', dev: true, optional: true },
        ...{ os: ['linux'], cpu: ['x64'], libc: ['musl'] },
      },
      'node_modules/@native/win32-arm64': {
        ...{ version: '1.0.0', dev: true, optional: true },
        ...{ os: ['win32'], cpu: ['arm64'] },
      },
    },
  });
});
