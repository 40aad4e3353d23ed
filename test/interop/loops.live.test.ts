/** The figures of INET'99 §3.3, live: a router with tunnels that lead into each other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ShowLoops } from '../../src/run/control/requests/show-loops.ts';
import type { ShowTunnels } from '../../src/run/control/requests/show-tunnels.ts';
import { umigame } from '../support/command.ts';
import { addressOf, suiteLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';

const folder = mkdtempSync(join(tmpdir(), 'umigame-live-loops-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeLive('tunnels that loop', () => {
  const path = join(folder, 'router.sock');
  const lab = suiteLab({
    arguments: () => ['--socket', path],
    tunnels: {
      I: { device: 'gif', local: '10.0.1.1', remote: '192.0.2.9' },
      tun6: { device: 'gif', local: '10.0.2.1', remote: '192.0.2.4', addresses: ['fd00:6::1/64'] },
      tun4: { device: 'gif', local: 'fd00:b::1', remote: '2001:db8:6::6' },
    },
    routes: [
      { to: '192.0.2.9/32', dev: 'I' },
      { to: '2001:db8:6::6/128', dev: 'tun6' },
      { to: '192.0.2.4/32', dev: 'tun4' },
    ],
  });
  const ask = async <Answer>(...args: readonly string[]): Promise<Answer> => {
    const { code, stdout } = await umigame([...args, '--json', '--socket', path]).waitFor();
    expect(code).toBe(0);
    return JSON.parse(stdout) as Answer;
  };

  test('are told of before the first packet', async () => {
    const { loops } = await ask<ShowLoops>('show', 'loops');
    expect(loops).toEqual([
      { path: 'I -> I', kind: 'cycle', foreseen: true, packets: 0 },
      { path: 'tun6 -> tun4 -> tun6', kind: 'cycle', foreseen: true, packets: 0 },
    ]);
    expect(lab.router.stderr).toContain(
      'umigame: tun6 -> tun4 -> tun6: a loop of tunnels, by configuration and routes; no packet has met it\n',
    );
    const { tunnels } = await ask<ShowTunnels>('show', 'tunnels');
    expect(tunnels.map(({ interface: name, loops: closed }) => [name, closed])).toEqual([
      ['I', true],
      ['tun6', true],
      ['tun4', true],
    ]);
  });

  test('take no packets: the sender hears that the destination can not be reached, and others go on', async () => {
    const five = await lab.a.ping('2001:db8:6::6', { count: 3 });
    expect(five.errors.join()).toContain('Address unreachable');
    const three = await lab.a.ping('192.0.2.9', { count: 3 });
    expect(three.errors.join()).toContain('Destination Host Unreachable');
    expect((await lab.a.ping(addressOf.b[6], { count: 3 })).answered).toBe('3 of 3');
    const { loops } = await ask<ShowLoops>('show', 'loops');
    expect(loops.map(({ path: way, packets }) => [way, packets])).toEqual([
      ['I -> I', 3],
      ['tun6 -> tun4 -> tun6', 3],
    ]);
  });

  test('are mended by a route', async () => {
    await umigame(['route', 'delete', '192.0.2.4/32', '--socket', path]).waitFor();
    const { tunnels } = await ask<ShowTunnels>('show', 'tunnels');
    expect(tunnels.map(({ interface: name, loops: closed }) => [name, closed])).toEqual([
      ['I', true],
      ['tun6', false],
      ['tun4', false],
    ]);
  });
});
