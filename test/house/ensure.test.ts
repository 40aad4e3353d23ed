import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inFolder, root } from './lint.ts';

/** A project as small as can be: a library of one constant and a command that says it. */
const project = {
  'package.json': '{ "name": "small", "type": "module" }\n',
  'package-lock.json': '{ "packages": { "": {}, "node_modules/far": { "version": "1.0.0", "optional": true } } }\n',
  'tsconfig.json': readFileSync(join(root, 'tsconfig.json'), 'utf8').replace('"types": ["node"]', '"types": []'),
  'tsconfig.build.json': readFileSync(join(root, 'tsconfig.build.json'), 'utf8'),
  'src/index.ts': "export const word: string = 'shell';\n",
  'src/cli/main.ts': "#!/usr/bin/env node\nimport { word } from '../index.ts';\nthrow new Error(word);\n",
};

/** Stands in for npm: writes what it was asked, and "installs" what the lock file lists, or fails. */
const npm = `
import { cpSync, writeFileSync } from 'node:fs';
if (process.env.NPM_FAILS) { console.error('npm error network down'); process.exit(1); }
writeFileSync('asked', process.argv.slice(2).join(' '));
cpSync('package-lock.json', 'node_modules/.package-lock.json');
`;

interface Outcome {
  readonly status: number | null;
  readonly said: string;
}

/** A clone of the project, with a function that runs scripts/ensure.mjs in it. */
const inClone = (use: (at: (path: string) => string, ensure: (...args: string[]) => Outcome) => void): void =>
  inFolder({ ...project, 'npm.js': npm, 'node_modules/.keep': '' }, (folder) => {
    const at = (path: string): string => join(folder, path);
    mkdirSync(at('scripts'));
    for (const script of ['build.mjs', 'ensure.mjs']) cpSync(join(root, 'scripts', script), at(`scripts/${script}`));
    symlinkSync(join(root, 'node_modules/typescript'), at('node_modules/typescript'));
    use(at, (...args) => {
      const env = { ...process.env, npm_execpath: at('npm.js'), NPM_FAILS: existsSync(at('offline')) ? '1' : '' };
      const { status, stdout, stderr } = spawnSync(process.execPath, [at('scripts/ensure.mjs'), ...args], {
        cwd: '/',
        env,
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
      return { status, said: stderr };
    });
  });

const built = /^umigame: building dist\/ \.\.\. \d+\.\d s\n$/;
const nothing: Outcome = { status: 0, said: '' };

describe('building', () => {
  test('happens once, and again when a source is newer, is new or is gone', () => {
    inClone((at, ensure) => {
      expect(ensure()).toEqual({ status: 0, said: expect.stringMatching(built) });
      expect(ensure()).toEqual(nothing);

      const later = new Date(Date.now() + 1_000);
      utimesSync(at('src/index.ts'), later, later);
      expect(ensure().said).toMatch(built);

      const now = new Date();
      utimesSync(at('src/index.ts'), now, now);
      writeFileSync(at('src/extra.ts'), 'export const extra = 1;\n');
      expect(ensure('--build').said).toMatch(built);
      expect(existsSync(at('dist/extra.js'))).toBe(true);

      rmSync(at('src/extra.ts'));
      expect(ensure().said).toMatch(built);
      expect(existsSync(at('dist/extra.js'))).toBe(false);
    });
  });

  test('links the command, also when only the link is missing', () => {
    inClone((at, ensure) => {
      ensure();
      const umigame = (): string => spawnSync(at('node_modules/.bin/umigame'), { encoding: 'utf8' }).stderr;
      expect(umigame()).toContain('Error: shell');
      rmSync(at('node_modules/.bin'), { recursive: true });
      expect(ensure()).toEqual(nothing);
      expect(umigame()).toContain('Error: shell');
    });
  });

  test('that fails leaves the last good build alone and says where', () => {
    inClone((at, ensure) => {
      ensure();
      writeFileSync(at('src/index.ts'), 'export const word: string = 1;\n');
      const { status, said } = ensure('--build');
      expect(status).toBe(1);
      expect(said).toContain("src/index.ts(1,14): error TS2322: Type 'number' is not assignable to type 'string'.");
      expect(said).toMatch(/\numigame: the build failed; the compiler says above where\.\n$/);
      expect(readFileSync(at('dist/index.js'), 'utf8')).toContain("'shell'");
    });
  });
});

describe('installing', () => {
  const wanted = '{ "packages": { "": {}, "node_modules/near": { "version": "2.0.0", "dev": true } } }\n';

  test('happens when the lock file asks for what is not there', () => {
    inClone((at, ensure) => {
      ensure();
      writeFileSync(at('package-lock.json'), wanted);
      expect(ensure()).toEqual({
        status: 0,
        said: expect.stringMatching(/^umigame: installing the dependencies \(npm ci\) \.\.\. \d+\.\d s\n$/),
      });
      expect(readFileSync(at('asked'), 'utf8')).toBe('ci --include=dev --no-audit --no-fund');
      expect(ensure()).toEqual(nothing);
    });
  });

  test('that fails hands on what npm said, and a sentence', () => {
    inClone((at, ensure) => {
      writeFileSync(at('package-lock.json'), wanted);
      writeFileSync(at('offline'), '');
      const { status, said } = ensure();
      expect(status).toBe(1);
      expect(said).toBe(
        'umigame: installing the dependencies (npm ci) ... failed\n' +
          'npm error network down\n' +
          'umigame: npm ci failed; its own words are above. ' +
          'Check the network and the registry, then run the command again.\n',
      );
    });
  });
});
