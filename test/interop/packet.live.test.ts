/**
 * The router on interfaces that there are: one end of a veth pair each, with a Linux host at the other end. The hosts
 * leave checksums and segmentation to a network card that there is none of, so the router does it.
 */
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/wire/address.ts';
import { expectBalanced } from '../support/command.ts';
import type { Host } from '../support/host.ts';
import { addressOf, type Lab, type LabOptions, suiteLab, testLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import { mustRun } from '../support/program.ts';

const families = [6, 4] as const;
const ours = '02:00:00:00:00:22';

const ip = (namespace: string, ...words: readonly string[]): Promise<string> =>
  mustRun('ip', '-n', namespace, ...words);

/** What a configuration of the lab says of an interface that there is, in the namespace where the router runs. */
const there = { device: 'packet', netns: undefined, kernel: undefined } as const;

/** Lays a cable from the router's namespace to a host. */
const lay = async (lab: Lab, host: Host): Promise<void> => {
  const { home } = lab;
  await ip(home, 'link', 'add', host.device, 'type', 'veth', 'peer', 'name', host.device, 'netns', host.namespace);
  await ip(home, 'link', 'set', host.device, 'up');
  await mustRun(...host.command('sysctl', '-qw', `net.ipv6.conf.${host.device}.accept_dad=0`));
  await ip(host.namespace, 'link', 'set', host.device, 'up');
};

const settle = async (host: Host, of: { 6: string; 4: string }, router: { 6: string; 4: string }): Promise<void> => {
  await ip(host.namespace, 'addr', 'add', `${of[6]}/64`, 'dev', host.device, 'nodad');
  await ip(host.namespace, 'addr', 'add', `${of[4]}/24`, 'dev', host.device);
  await ip(host.namespace, 'route', 'add', 'default', 'via', router[4]);
  await ip(host.namespace, '-6', 'route', 'add', 'default', 'via', router[6]);
};

const cables: LabOptions = {
  a: { ...there, linkLayerAddress: ours },
  b: there,
  prepare: async (lab) => {
    for (const host of lab.hosts) await lay(lab, host);
    await settle(lab.a, addressOf.a, addressOf.routerA);
    await settle(lab.b, addressOf.b, addressOf.routerB);
  },
};

describeLive('umigame router between two veth pairs', () => {
  const lab = suiteLab(cables);
  const { a, b } = lab;

  describe('answers are not lost, the first not either', () => {
    for (const family of families) {
      test.each([0, 56, 1_452, 1_473, 8_000, 60_000])(`IPv${family}, %i bytes`, async (size) => {
        const there = await a.ping(addressOf.b[family], { count: 5, size });
        const back = await b.ping(addressOf.a[family], { count: 5, size });
        expect([there, back]).toEqual(Array(2).fill({ answered: '5 of 5', errors: [] }));
      });
    }
  });
  test('iperf', async () => {
    for (const family of families) for (const reverse of [false, true]) {
      const r = await a.iperf(b, addressOf.b[family], { reverse });
      console.log(family, reverse, (r.octets * 8 / 1e9).toFixed(2), 'Gbit/s');
    }
    console.log(await a.iperf(b, addressOf.b[6], { rate: '200M' }));
    const { stdout } = await lab.stop();
    console.log(stdout);
    expectBalanced(stdout);
  });
});
