// Builds dist/ from src/ and makes `npx umigame` work in the clone. Plain JavaScript, for it also runs before anything
// is installed.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { execPath, pid } from 'node:process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const at = (path) => join(root, path);

/** The latest change of a file, or of anything in a folder; a deleted file changes the folder it was in. */
const changed = (path) => {
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, changed(join(path, name))), entry.mtimeMs);
};

/** Is dist/ there, and younger than everything that it is made from? */
export const isBuilt = () => {
  if (!existsSync(at('dist'))) return false;
  const built = statSync(at('dist')).mtimeMs;
  return ['src', 'tsconfig.json', 'tsconfig.build.json'].every((path) => changed(at(path)) <= built);
};

/** npm links the commands of dependencies but not a package's own; this is the missing link. */
export const linkCommand = () => {
  const command = at('dist/cli/main.js');
  if (!existsSync(command)) return;
  if ((statSync(command).mode & 0o111) !== 0o111) chmodSync(command, 0o755);
  const link = at('node_modules/.bin/umigame');
  if (existsSync(link)) return;
  mkdirSync(at('node_modules/.bin'), { recursive: true });
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) rmSync(link);
  symlinkSync('../../dist/cli/main.js', link);
};

/** Puts the folder in the place of dist/. Whoever runs the old one may finish: its files are removed afterwards. */
const swapIn = (fresh) => {
  const old = at(`.dist-${pid}-old`);
  if (existsSync(at('dist'))) renameSync(at('dist'), old);
  renameSync(fresh, at('dist'));
  rmSync(old, { recursive: true, force: true });
};

/**
 * Compiles into a folder of its own and then swaps it in: a build that fails leaves the last good dist/ alone, and no
 * output outlives the source it came from. dist/ is dated by when the compiler started to read.
 *
 * @returns what the compiler complains of; nothing when dist/ is new
 */
export const build = () => {
  const fresh = at(`.dist-${pid}`);
  const started = new Date();
  try {
    const compiler = at('node_modules/typescript/bin/tsc');
    const {
      status,
      stdout,
      stderr: crash,
    } = spawnSync(execPath, [compiler, '-p', at('tsconfig.build.json'), '--outDir', fresh], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0) return `${stdout}${crash}` || 'The compiler was stopped.\n';
    utimesSync(fresh, started, started);
    swapIn(fresh);
    linkCommand();
    return '';
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
};
