/** `umigame show` and `umigame route` as processes, against a control socket of this one. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ShowStats } from '../../src/run/control/requests/show-stats.ts';
import { formatPrefix } from '../../src/wire/address.ts';
import { opened, privateFolder } from '../run/control/support.ts';
import { asNobody, umigame } from '../support/command.ts';
import type { Ended } from '../support/program.ts';
import { a, addAddress, b, prefixFrom } from '../support/testbed.ts';

const ask = (path: string, ...args: readonly string[]): Promise<Ended> =>
  umigame([...args, '--socket', path]).waitFor();

/** A sentence on standard error, exit code 1, nothing else. */
const expectSentence = ({ code, stdout, stderr }: Ended, sentence: string | RegExp): void => {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect(stderr).toMatch(sentence);
};

// What is built may have to be built again: that takes longer than a test may.
beforeAll(() => umigame(['--version']).waitFor());

const said = async (path: string, ...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await ask(path, ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
};

describe('umigame show', () => {
  test('stats: as text, and as JSON', async () => {
    const { path, node } = await opened();
    node.counters.received(a, 6, 100);
    expect(await said(path, 'show', 'stats')).toBe(
      [
        'ip6:',
        '\t1 packet received',
        '\t100 bytes received',
        'packets:',
        '\t1 in = 1 received + 0 originated + 0 copied',
        '\t1 out = 0 sent + 0 delivered + 0 refused + 0 merged + 1 held',
        '',
      ].join('\n'),
    );
    const stats = JSON.parse(await said(path, 'show', 'stats', '--json', '-I', 'a')) as ShowStats;
    expect(stats.ipSystemStats.ipv6.inReceives).toBe(1);
    expect(stats.interfaces.a?.ipIfStats.ipv6.inOctets).toBe(100);
    expect(Object.keys(stats.interfaces)).toEqual(['a']);
  });

  test('routes: any number of them, as text and as one JSON object', async () => {
    const { path, node } = await opened();
    for (let i = 0; i < 5_000; i += 1) {
      node.routes.add({
        to: { address: { family: 6, w0: 0x30000000, w1: i, w2: 0, w3: 0 }, length: 64 },
        interfaceIndex: b,
      });
    }
    const lines = (await said(path, 'show', 'routes')).trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual([...node.routes.walk()].map(({ to }) => formatPrefix(to)));
    expect(lines).toContain('3000:0:0:7::/64 dev b');
    const json = JSON.parse(await said(path, 'show', 'routes', '--json')) as { total: number; routes: object[] };
    expect([json.total, json.routes.length]).toEqual([node.routes.size, node.routes.size]);
    expect(json.routes[0]).toMatchObject({ to: '10.0.1.0/24', dev: 'a' });
    expect(JSON.parse(await said(path, 'route', 'show', '--json', '--interface', 'p'))).toMatchObject({
      routes: [{ to: '10.0.3.0/24' }, { to: '10.0.3.0/32' }, { to: '10.0.3.255/32' }, { to: 'fd00:c::/64' }],
    });
  });

  test('as much as its reader wants', async () => {
    const { path, node } = await opened();
    for (let i = 0; i < 20_000; i += 1) {
      node.routes.add({
        to: { address: { family: 6, w0: 0x30000000, w1: i, w2: 0, w3: 0 }, length: 64 },
        interfaceIndex: b,
      });
    }
    const { command } = umigame(['--version']);
    const shell = spawn('sh', ['-c', `${command[0]} ${command[1]} show routes --socket ${path} | head -n 1; exit $?`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (text) => (output += String(text)));
    expect(await new Promise((resolve) => shell.once('close', resolve))).toBe(0);
    expect(output).toBe('10.0.1.0/24 dev a (connected)\n');
  });

  test('addresses, and what happens to them', async () => {
    const { path, node } = await opened();
    const watching = umigame(['show', 'addresses', '--watch', '--socket', path]);
    await watching.says('10.0.3.1/24');
    addAddress(node, a, 'fd00:a::7/64', 0x02);
    await watching.says('added fd00:a::7/64 dev a tentative\n');
    const { code, stderr } = await watching.end('SIGINT');
    expect({ code, stderr }).toEqual({ code: null, stderr: '' });
  });

  test('what happens, as a line of JSON each', async () => {
    const { path, node } = await opened();
    const watching = umigame(['show', 'routes', '--watch', '--json', '--socket', path]);
    await watching.says('"fd00:c::1/128"');
    node.routes.add({ to: prefixFrom('3000::/16'), interfaceIndex: b });
    await watching.says('"added"');
    const lines = (await watching.end()).stdout.trimEnd().split('\n');
    const [page, event] = lines.map((line) => JSON.parse(line) as { routes?: object[]; type?: string; value?: object });
    expect(page?.routes).toHaveLength(node.routes.size - 1);
    expect(event).toMatchObject({ type: 'added', value: { to: '3000::/16', dev: 'b' } });
  });

  test('no more when the router stops', async () => {
    const { path, control } = await opened();
    const watching = umigame(['show', 'interfaces', '--watch', '--socket', path]);
    await watching.says('lo0');
    control.close();
    const { code, stderr } = await watching.waitFor();
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'umigame: the router let go: the router stops\n' });
  });
});

test('umigame route: add, get, delete', async () => {
  const { path, node } = await opened();
  const via = ['via', 'fd00:b::2', 'metric', '5'];
  expect(await said(path, 'route', 'add', '3000::/16', ...via)).toBe('added 3000::/16 via fd00:b::2 dev b metric 5\n');
  expect(node.routes.get(prefixFrom('3000::/16'))?.interfaceIndex).toBe(b);
  expect(await said(path, 'route', 'get', '3000::1')).toBe('3000::/16 via fd00:b::2 dev b metric 5\n');
  const deleted = JSON.parse(await said(path, 'route', 'delete', '3000::/16', '--json'));
  expect(deleted).toMatchObject({ route: { to: '3000::/16', metric: 5 } });
  expectSentence(await ask(path, 'route', 'get', '3000::1'), /^umigame: no route leads to 3000::1\n$/);
  expectSentence(await ask(path, 'route', 'add', '3000::/16', 'via'), /^umigame: there is no value behind "via"\n$/);
});

describe('when there is nothing to show, a sentence and exit code 1:', () => {
  test('no router', async () => {
    const path = join(privateFolder(), 'router.sock');
    expectSentence(
      await ask(path, 'show', 'stats'),
      `umigame: no router listens on ${path}: there is no such socket\n`,
    );
  });

  test('not permitted', async ({ skip }) => {
    const nobody = asNobody();
    if (nobody === undefined) skip('no other user can be had to ask');
    const { path } = await opened();
    const ended = await umigame(['show', 'stats', '--socket', path], nobody).waitFor();
    expectSentence(ended, `umigame: this user may not open ${path}; ask as the router's user, or as root\n`);
    const withoutPath = await umigame(['show', 'stats'], ['env', '-u', 'XDG_RUNTIME_DIR', ...(nobody ?? [])]).waitFor();
    expectSentence(withoutPath, /^umigame: no router (of this user )?is running/);
  });

  test('no such interface', async () => {
    const { path } = await opened();
    expectSentence(
      await ask(path, 'show', 'stats', '-I', 'c'),
      'umigame: there is no interface "c"; there are lo0, a, b, p\n',
    );
  });

  test('no such period', async () => {
    const { code, stderr } = await umigame(['show', 'stats', '--watch', '--period', '0']).waitFor();
    expect(code).toBe(1);
    expect(stderr).toMatch(/allowed: 0.1 to 3600/);
  });
});
