import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeLive, uniqueName } from '../support/live.ts';

const platform = fileURLToPath(new URL('../../src/platform/index.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a process of its own says when it tries this, started by a command that takes something away from it. */
const attempt = (code: string, ...command: string[]): string => {
  const script = `
    import { createNamespace, openDevice, RouteSocket } from ${JSON.stringify(platform)};
    try { ${code}; console.log('it went well'); } catch (error) { console.log(error.message); }`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', script];
  const [program = '', ...rest] = [...command, ...node];
  const { stdout, stderr, error } = spawnSync(program, rest, { encoding: 'utf8', cwd: root });
  return error === undefined ? stdout.trim() || stderr : error.message;
};

const available = (program: string) => spawnSync(program, ['--version']).status === 0;

const without = (...capabilities: string[]) => [
  'setpriv',
  `--bounding-set=${capabilities.map((name) => `-${name}`).join(',')}`,
  `--inh-caps=${capabilities.map((name) => `-${name}`).join(',')}`,
];

describeLive('without', () => {
  test('CAP_NET_ADMIN there are no devices', ({ skip }) => {
    skip(!available('setpriv'), 'needs setpriv of util-linux');
    const name = uniqueName();
    expect(attempt(`openDevice({ name: '${name}', kind: 'tun' })`, ...without('net_admin'))).toBe(
      `umigame: the tun device ${name} can't be made without the capability CAP_NET_ADMIN: run as root (sudo), or run the container with --cap-add NET_ADMIN`,
    );
    expect(attempt("new RouteSocket().set('lo', { up: true })", ...without('net_admin'))).toBe(
      "umigame: the interface lo can't be set up: EPERM, operation not permitted; run as root, or with the capability CAP_NET_ADMIN",
    );
  });

  test('CAP_SYS_ADMIN there are no namespaces, and nothing is left behind', ({ skip }) => {
    skip(!available('setpriv'), 'needs setpriv of util-linux');
    const name = uniqueName();
    expect(attempt(`createNamespace('${name}')`, ...without('sys_admin'))).toMatch(
      /^umigame: .* can't be .*: EPERM, operation not permitted; run as root, or with the capability CAP_SYS_ADMIN$/,
    );
  });

  test('permission to open /dev/net/tun there are no devices', ({ skip }) => {
    skip(!available('unshare'), 'needs unshare of util-linux');
    const shell = 'mount -t tmpfs none /dev/net && touch /dev/net/tun && chmod 0 /dev/net/tun && exec "$@"';
    const taken = ['unshare', '--mount', 'sh', '-c', shell, 'sh', ...without('dac_override', 'dac_read_search')];
    expect(attempt("openDevice({ name: 'uma', kind: 'tun' })", ...taken)).toBe(
      "umigame: the device uma can't be opened because /dev/net/tun may not be: run as root (sudo), or run the container with --device /dev/net/tun --cap-add NET_ADMIN",
    );
  });

  test('/dev/net/tun there are no devices', ({ skip }) => {
    skip(!available('unshare'), 'needs unshare of util-linux');
    const taken = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /dev/net && exec "$@"', 'sh'];
    expect(attempt("openDevice({ name: 'uma', kind: 'tun' })", ...taken)).toBe(
      "umigame: the device uma can't be opened because there is no /dev/net/tun: load the tun module (modprobe tun), or run the container with --device /dev/net/tun",
    );
  });
});
