/** How `umigame router` ends: by signals, and when its devices are taken away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { expectBalanced } from '../support/command.ts';
import type { Host } from '../support/host.ts';
import { addressOf, type Lab, testLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import type { Program } from '../support/program.ts';

const openLab = async (): Promise<Lab> => {
  const lab = testLab();
  await lab.open();
  return lab;
};

/** Starts a program on a host that will not end by itself. */
const begin = (host: Host, ...command: readonly string[]): Program => {
  const program = host.start(...command);
  onTestFinished(async () => {
    await program.end('SIGKILL');
  });
  return program;
};

const signals = ['SIGINT', 'SIGTERM'] as const;

describeLive('umigame router ends by a signal', () => {
  for (const signal of signals) {
    // The second is promised. A machine that had something else to do gets another chance.
    test(`${signal}: exit code 0 within a second, final counters, no device left`, { retry: 2 }, async () => {
      const lab = await openLab();
      expect(await lab.interfaces()).toEqual(['a/uma', 'b/umb']);
      await lab.a.ping(addressOf.b[6], { count: 5 });

      const start = performance.now();
      const { code, stdout, stderr } = await lab.stop(signal);
      expect(performance.now() - start).toBeLessThan(1_000);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(await lab.interfaces()).toEqual([]);
      expect(expectBalanced(stdout).balance.received).toBeGreaterThanOrEqual(10);
    });
  }

  test('while a stream flows, and every packet is accounted for', async () => {
    const lab = await openLab();
    await begin(lab.b, 'iperf3', '-s', '--forceflush').says('Server listening');
    begin(lab.a, 'iperf3', '-c', addressOf.b[6], '-t', '60');
    while ((await lab.b.packets()).out < 1_000) await sleep(20);

    const { code, stdout, stderr } = await lab.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await lab.interfaces()).toEqual([]);
    expectBalanced(stdout);
  });
}, ['ip', 'ping', 'iperf3']);

describeLive('umigame router loses devices', () => {
  const gone = ({ device }: Host): string =>
    `umigame: the device ${device} is gone: it was deleted or closed; make it again and start anew\n`;

  test('one: it says so and the other goes on; both: it ends with exit code 1', async () => {
    const lab = await openLab();
    const { a, b, router } = lab;
    await a.deleteDevice();
    await router.says(gone(a));
    expect(router.stderr).toBe(gone(a));
    for (const own of [addressOf.routerA, addressOf.routerB].flatMap((of) => [of[6], of[4]])) {
      expect(await b.ping(own, { count: 3 })).toEqual({ answered: '3 of 3', errors: [] });
    }
    expect((await b.ping(addressOf.a[6], { wait: 0.5 })).answered).toBe('0 of 1');
    expect(router.stderr).toBe(gone(a));

    await b.deleteDevice();
    const { code, stdout, stderr } = await router.waitFor();
    expect({ code, stderr }).toEqual({ code: 1, stderr: `${gone(a)}${gone(b)}umigame: no device is left\n` });
    expect(expectBalanced(stdout).refusals.noInterface).toBeGreaterThanOrEqual(1);
  });

  test('one while a stream flows through it', async () => {
    const lab = await openLab();
    const { a, b, router } = lab;
    await begin(b, 'iperf3', '-s', '--forceflush').says('Server listening');
    begin(a, 'iperf3', '-c', addressOf.b[4], '-t', '60');
    while ((await b.packets()).out < 1_000) await sleep(20);
    await a.deleteDevice();
    await router.says(gone(a));
    expect(await b.ping(addressOf.routerB[4], { count: 3 })).toEqual({ answered: '3 of 3', errors: [] });

    const { code, stdout, stderr } = await lab.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: gone(a) });
    expectBalanced(stdout);
  });

  test('with the namespace that they are in', async () => {
    const lab = await openLab();
    lab.dropNamespaces();
    const { code, stderr } = await lab.router.waitFor();
    expect(code).toBe(1);
    expect(stderr.split('\n').sort()).toEqual(
      [...lab.hosts.map(gone), 'umigame: no device is left\n', '\n'].map((line) => line.trimEnd()).sort(),
    );
  });
}, ['ip', 'ping', 'iperf3']);
