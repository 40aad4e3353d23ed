import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { IcmpSocket } from '../../src/platform/icmp-socket.ts';
import { inNamespace } from '../../src/platform/netns.ts';
import { addressOf } from '../../src/testing/index.ts';
import * as icmp6 from '../../src/wire/icmp6.ts';
import { describeLive, testNamespace, uniqueName } from '../support/live.ts';
import { RunningExample } from './run.ts';

describeLive('02-prefix-meter on devices', () => {
  test('meters what the router forwards', async () => {
    const [one, two] = [uniqueName(), uniqueName()];
    const [a, b] = [testNamespace(), testNamespace()];
    const side = (netns: string, router: string, host: string) => ({
      device: 'tun',
      netns,
      addresses: [router],
      kernel: { addresses: [host], defaultRoute: true },
    });
    const interfaces = {
      [one]: side(a, 'fd00:a::1/64', 'fd00:a::2/64'),
      [two]: side(b, 'fd00:b::1/64', 'fd00:b::2/64'),
    };
    const folder = mkdtempSync(join(tmpdir(), 'umigame-example-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'router.json');
    writeFileSync(file, JSON.stringify({ interfaces }));

    const example = new RunningExample('02-prefix-meter.ts', file);
    onTestFinished(() => example.end());
    await example.says(`ready ${one} ${two}`);
    const socket = inNamespace(a, () => new IcmpSocket(6));
    onTestFinished(() => socket.close());
    const request = new Uint8Array(1_208);
    request[0] = icmp6.Type.echoRequest;
    // Requests one way, replies the other: 200,000 bits, in one second's report or across two.
    for (let sent = 0; sent < 10; sent += 1) expect(socket.send(addressOf('fd00:b::2'), request)).toBe(undefined);
    await example.says(/fd00::\/8 0\.(?!00)/);
    expect(await example.interrupt()).toBe(0);
  });
});
