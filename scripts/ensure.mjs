// Makes a clone ready to run: installs what package-lock.json lists and builds dist/, each only when it has to be done;
// with --build it builds in any case.
// Plain JavaScript without a dependency, for it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, execPath, exit, stderr, version, versions } from 'node:process';
import { build, isBuilt, linkCommand, root } from './build.mjs';

const fail = (sentence) => {
  stderr.write(`umigame: ${sentence}\n`);
  exit(1);
};

/** Says what is being done and, on the same line, how long it took; or what stood in the way, and ends. */
const timed = (doing, work, sentence) => {
  const started = performance.now();
  stderr.write(`umigame: ${doing} ... `);
  const complaint = work();
  if (complaint === '') {
    stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  } else {
    stderr.write(`failed\n${complaint}`);
    fail(sentence);
  }
};

const packagesIn = (lockFile) => {
  try {
    return JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages ?? {};
  } catch {
    return {};
  }
};

/** Is every package that the lock file asks for installed, in that version? Optional ones depend on the platform. */
const isInstalled = () => {
  const installed = packagesIn('node_modules/.package-lock.json');
  return Object.entries(packagesIn('package-lock.json')).every(
    ([path, wanted]) => path === '' || wanted.optional || installed[path]?.version === wanted.version,
  );
};

const install = () => {
  const npm = env.npm_execpath?.endsWith('.js') ? [execPath, env.npm_execpath] : ['npm'];
  const [command, ...rest] = [...npm, 'ci', '--include=dev', '--no-audit', '--no-fund'];
  const { status, stdout, stderr: warnings, error } = spawnSync(command, rest, { cwd: root, encoding: 'utf8' });
  return status === 0 ? '' : `${error?.message ?? `${stdout}${warnings}`.trim()}\n`;
};

const [major, minor] = versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node 20.19 or newer is needed, and this is ${version}. Install a newer one and run the command again.`);
}
if (!isInstalled()) {
  timed(
    'installing the dependencies (npm ci)',
    install,
    'npm ci failed; its own words are above. Check the network and the registry, then run the command again.',
  );
}
if (argv.includes('--build') || !isBuilt())
  timed('building dist/', build, 'the build failed; the compiler says above where.');
linkCommand();
