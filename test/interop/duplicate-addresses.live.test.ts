/** Duplicate Address Detection with Linux on the link: whoever is second does not get the address. */
import { setTimeout as sleep } from 'node:timers/promises';
import { filter, firstValueFrom, map, take, toArray } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig, type RouterConfig } from '../../src/config/index.ts';
import { type RunningRouter, startRouter } from '../../src/run/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { umigame } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { testLab } from '../support/lab.ts';
import { describeLive, testNamespace, uniqueName } from '../support/live.ts';
import { mustRun } from '../support/program.ts';

const ours = '02:00:00:00:00:22';
const oursLinkLocal = 'fe80::ff:fe00:22';

type InterfaceConfig = Extract<RouterConfig['interfaces'][string], { device: 'tap' }>;

const configOf = (host: Host, more: Partial<InterfaceConfig> = {}): RouterConfig => ({
  interfaces: {
    [host.device]: {
      device: 'tap',
      netns: host.namespace,
      linkLayerAddress: ours,
      addresses: ['fd00:a::1/64', 'fd00:a::9/64', '10.0.1.1/24'],
      kernel: { addresses: ['fd00:a::2/64', '10.0.1.2/24'] },
      ...more,
    },
  },
});

const runRouter = (host: Host, more?: Partial<InterfaceConfig>): RunningRouter => {
  const running = startRouter(parseConfig(configOf(host, more)));
  onTestFinished(() => running.stop());
  return running;
};

/** Lets the host have an address at once, whoever else has it. */
const claim = (host: Host, address: string): Promise<string> =>
  mustRun('ip', '-n', host.namespace, 'address', 'add', `${address}/64`, 'dev', host.device, 'nodad');

const shown = (host: Host, address: string): Promise<string> =>
  mustRun('ip', '-n', host.namespace, '-6', 'address', 'show', 'dev', host.device, 'to', address);

describeLive('two nodes and one address', () => {
  test('Linux has it: the router does not get it, and uses its others', async () => {
    const host = new Host(testNamespace(), uniqueName());
    const { node, ready$ } = runRouter(host, { duplicateAddressDetection: 3 });
    await claim(host, 'fd00:a::9');
    const outcomes = node.detections.outcome$.pipe(
      take(3),
      map(({ address, outcome }) => `${formatAddress(address)} ${outcome}`),
      toArray(),
    );
    const [found] = await Promise.all([firstValueFrom(outcomes), firstValueFrom(ready$)]);
    expect([...found].sort()).toEqual(['fd00:a::1 unique', 'fd00:a::9 duplicate', `${oursLinkLocal} unique`]);
    expect((await host.ping('fd00:a::1', { count: 3 })).answered).toBe('3 of 3');
  });

  test('the router has it: Linux does not get it', async () => {
    const host = new Host(testNamespace(), uniqueName());
    const { ready$ } = runRouter(host);
    await firstValueFrom(ready$);
    await mustRun('ip', '-n', host.namespace, 'address', 'add', 'fd00:a::9/64', 'dev', host.device);
    let flags = '';
    for (let waited = 0; waited < 10_000 && !flags.includes('dadfailed'); waited += 50) {
      await sleep(50);
      flags = await shown(host, 'fd00:a::9');
    }
    expect(flags).toMatch(/tentative.*dadfailed|dadfailed.*tentative/);
  });

  test('Linux has the link-local address that our link-layer address makes: no IPv6 there, IPv4 goes on', async () => {
    const host = new Host(testNamespace(), uniqueName());
    const { node, ready$ } = runRouter(host, { duplicateAddressDetection: 3 });
    const disabled$ = node.interfaces.changes$.pipe(filter(({ value }) => value.ipv6Disabled));
    await Promise.all([firstValueFrom(disabled$), claim(host, oursLinkLocal)]);
    await firstValueFrom(ready$);
    expect((await host.ping('fd00:a::1')).answered).toBe('0 of 1');
    expect((await host.ping('10.0.1.1', { count: 3 })).answered).toBe('3 of 3');
  });
});

describeLive('umigame router', () => {
  test('says in a line which address another node has, and is ready all the same', async () => {
    const host = new Host(testNamespace(), uniqueName());
    const lab = testLab();
    const file = lab.write('router.json', configOf(host, { duplicateAddressDetection: 5 }));
    const router = umigame(['router', file]);
    onTestFinished(async () => {
      await router.end();
    });
    for (let waited = 0; waited < 20_000; waited += 50) {
      if ((await host.run('ip', 'link', 'show', 'dev', host.device, 'up')).stdout.includes('UP')) break;
      await sleep(50);
    }
    await claim(host, 'fd00:a::9');
    await router.says(`umigame: another node on the link of ${host.device} has fd00:a::9; it is not used\n`);
    await router.says('umigame: ready');
    expect((await host.ping('fd00:a::1', { count: 3 })).answered).toBe('3 of 3');
  });
});
