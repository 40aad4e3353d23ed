// Writes into package-lock.json what npm leaves out: the builds of native packages for other platforms, when the
// registry at hand does not carry them. Without these lines `npm ci` refuses the lock file, here and elsewhere.
// Run it after `npm install`; it changes nothing when nothing is missing. An added line has no integrity hash: npm fills
// it in when a machine of that platform installs.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';

const cLibraries = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

/** A lock entry in npm's own order of keys; `rollup-linux-x64-musl` is for os linux, cpu x64, libc musl. */
const entry = (name, version, dev) => {
  const [, os, cpu, abi] =
    /[-/]([a-z]+\d*)-(arm64|arm|x64|ia32|loong64|ppc64|riscv64|s390x|wasm32)(?:-([a-z]+))?$/.exec(name) ?? [];
  const libc = cLibraries[abi];
  return {
    version,
    ...(cpu && { cpu: [cpu] }),
    ...(dev && { dev }),
    ...(libc && { libc: [libc] }),
    optional: true,
    ...(os && { os: [os] }),
  };
};

/** Optional dependencies that the lock file speaks of but does not list, each as [path, entry]. */
export const missingFrom = (lock) => {
  const listed = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)));
  return Object.values(lock.packages).flatMap(({ dev, optionalDependencies = {} }) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !listed.has(name))
      .map(([name, version]) => [`node_modules/${name}`, entry(name, version, dev)]),
  );
};

if (argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const missing = missingFrom(lock);
  if (missing.length > 0) {
    const packages = Object.entries(lock.packages).concat(missing);
    lock.packages = Object.fromEntries(packages.sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  }
  stdout.write(`package-lock.json: ${missing.length} platform packages added\n`);
}
