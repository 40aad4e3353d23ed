/** A running router is asked and changed through its control socket. */
import { existsSync, lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ShowStats } from '../../src/run/control/requests/show-stats.ts';
import { asNobody, umigame } from '../support/command.ts';
import { addressOf, labConfig, suiteLab, testLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import type { Ended } from '../support/program.ts';

/** The lab's own folder may be written by anyone, which is no place for a control socket. */
const folder = mkdtempSync(join(tmpdir(), 'umigame-live-control-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeLive('the control socket of a running router', () => {
  const path = join(folder, 'router.sock');
  const lab = suiteLab({ arguments: () => ['--socket', path] });

  const ask = (...args: readonly string[]): Promise<Ended> => umigame([...args, '--socket', path]).waitFor();
  const said = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await ask(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  const stats = async (): Promise<ShowStats> => JSON.parse(await said('show', 'stats', '--json')) as ShowStats;

  test('is there when the router is ready, for its owner alone', () => {
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(lab.router.stderr).toBe('');
  });

  test('counts what two hosts send each other, packet by packet', async () => {
    const before = await stats();
    expect((await lab.a.ping(addressOf.b[6], { count: 10 })).answered).toBe('10 of 10');
    expect((await lab.a.ping(addressOf.routerA[4], { count: 5 })).answered).toBe('5 of 5');
    const after = await stats();
    const rise = (version: 'ipv6' | 'ipv4', name: keyof ShowStats['ipSystemStats']['ipv6']): number =>
      after.ipSystemStats[version][name] - before.ipSystemStats[version][name];
    expect(rise('ipv6', 'inForwDatagrams')).toBe(20);
    expect(rise('ipv6', 'outForwDatagrams')).toBe(20);
    expect(rise('ipv6', 'outTransmits')).toBe(20);
    expect([rise('ipv4', 'inDelivers'), rise('ipv4', 'outRequests')]).toEqual([5, 5]);
    const { received, originated, copied, sent, delivered, refused, merged, held } = after.packets;
    expect(sent + delivered + refused + merged + held).toBe(received + originated + copied);
    expect(held).toBe(0);
    expect(after.at - after.since).toBeGreaterThan(0);
  });

  test('shows why packets were refused, and by which interface they came', async () => {
    await lab.a.ping('3fff::1', { count: 2 });
    const text = await said('show', 'stats', '-I', 'uma');
    expect(text).toMatch(/^ip6 on uma:\n/);
    expect(text).toMatch(/\t\t\d+ noRoute: No route leads to the destination\.\n/);
    expect(await said('show', 'stats')).toMatch(/\n\toutput histogram:\n\t\tdestination unreachable: \d+\n/);
  });

  test('shows interfaces, addresses and routes', async () => {
    expect(await said('show', 'interfaces')).toMatch(/│ uma {7}│ tun {6}│ up {4}│ {2}1,500 │/);
    expect(await said('show', 'addresses', '-I', 'umb')).toContain('fe80::b1/64');
    expect(await said('show', 'routes')).toContain(
      '\n2001:db8::/32 via fd00:b::2 dev umb\n2001:db8:dead::/48 reject\n',
    );
  });

  test('changes routes while packets flow', async () => {
    expect((await lab.a.ping('3000::1', { count: 1 })).errors.join()).toMatch(/No route/);
    expect(await said('route', 'add', '3000::/16', 'via', 'fd00:b::2')).toBe('added 3000::/16 via fd00:b::2 dev umb\n');
    expect(await said('route', 'get', '3000::1')).toBe('3000::/16 via fd00:b::2 dev umb\n');
    const forwarded = (await stats()).ipSystemStats.ipv6.outForwDatagrams;
    await lab.a.ping('3000::1', { count: 3 });
    expect((await stats()).ipSystemStats.ipv6.outForwDatagrams).toBeGreaterThanOrEqual(forwarded + 3);
    expect(await said('route', 'delete', '3000::/16')).toBe('deleted 3000::/16 via fd00:b::2 dev umb\n');
    expect((await lab.a.ping('3000::1', { count: 1 })).errors.join()).toMatch(/No route/);
  });

  test('tells what happens to who watches', async () => {
    const watching = umigame(['show', 'routes', '--watch', '--socket', path]);
    await watching.says('2001:db8:dead::/48 reject');
    await said('route', 'add', '3001::/16', 'blackhole');
    await watching.says('added 3001::/16 blackhole\n');
    await said('route', 'delete', '3001::/16');
    await watching.says('removed 3001::/16 blackhole\n');
    await watching.end();
  });

  test('is not for others', async ({ skip }) => {
    const nobody = asNobody();
    if (nobody === undefined) skip('no other user can be had to ask');
    const { code, stderr } = await umigame(['show', 'stats', '--socket', path], nobody).waitFor();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `umigame: this user may not open ${path}; ask as the router's user, or as root\n`,
    });
  });

  test('is gone when the router has stopped, and who watches is told', async () => {
    const watching = umigame(['show', 'stats', '--watch', '--socket', path]);
    await watching.says('packets:');
    const began = performance.now();
    expect((await lab.stop()).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(existsSync(path)).toBe(false);
    const { code, stderr } = await watching.waitFor();
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'umigame: the router let go: the router stops\n' });
  });
}, ['ip', 'ping']);

describeLive('a second router', () => {
  test('does not take a socket that is in use, and leaves nothing behind', async () => {
    const path = join(folder, 'taken.sock');
    const [first, second] = [testLab({ arguments: () => ['--socket', path] }), testLab()];
    await first.open();
    second.makeNamespaces();
    const before = await second.interfaces();
    const file = second.write('router.json', labConfig(second.a, second.b));
    const { code, stdout, stderr } = await second.umigame(['router', file, '--socket', path]).waitFor();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(`umigame: another router listens on ${path}; stop it, or choose another path with --socket\n`);
    expect(await second.interfaces()).toEqual(before);
  });

  test('has a socket of its own, and is chosen by it', async () => {
    const labs = [testLab(), testLab()];
    for (const lab of labs) await lab.open();
    const { code, stderr } = await umigame(['show', 'stats']).waitFor();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^umigame: several routers are running; choose one with --socket: \S+\.sock, \S+\.sock/);
    const [path = ''] = /\/\S+\.sock/.exec(stderr) ?? [];
    expect(await umigame(['show', 'interfaces', '--socket', path]).waitFor()).toMatchObject({ code: 0, stderr: '' });
    for (const lab of labs) expect((await lab.stop()).code).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test('replaces what is left of one that was killed', async () => {
    const path = join(folder, 'left.sock');
    const first = testLab({ arguments: () => ['--socket', path] });
    await first.open();
    await first.router.end('SIGKILL');
    expect(existsSync(path)).toBe(true);
    const second = testLab({ arguments: () => ['--socket', path] });
    await second.open();
    expect(await umigame(['show', 'stats', '--socket', path]).waitFor()).toMatchObject({ code: 0, stderr: '' });
  });
});
