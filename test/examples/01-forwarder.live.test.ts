import { expect, onTestFinished, test } from 'vitest';
import { IcmpSocket } from '../../src/platform/icmp-socket.ts';
import { configureKernelSide } from '../../src/platform/interface.ts';
import { inNamespace } from '../../src/platform/netns.ts';
import { addressOf } from '../../src/testing/index.ts';
import { parseInterfaceAddress } from '../../src/wire/address.ts';
import * as icmp6 from '../../src/wire/icmp6.ts';
import { describeLive, testNamespace, uniqueName, until } from '../support/live.ts';
import { RunningExample } from './run.ts';

/** Makes Linux a host at the other end of a device. */
const host = (name: string, text: string): string => {
  const address = parseInterfaceAddress(text);
  const netns = testNamespace();
  configureKernelSide({ device: { name }, netns, addresses: address === undefined ? [] : [address] });
  return netns;
};

describeLive('01-forwarder on devices', () => {
  test('lets two hosts ping each other, and takes one hop', async () => {
    const [one, two] = [uniqueName(), uniqueName()];
    const example = new RunningExample('01-forwarder.ts', one, two);
    onTestFinished(() => example.end());
    await example.says('forwarding between');
    const a = host(one, 'fd00::a/64');
    host(two, 'fd00::b/64');

    const socket = inNamespace(a, () => new IcmpSocket(6));
    onTestFinished(() => socket.close());
    const replies: number[] = [];
    socket.onMessage(({ view, at, hopLimit }) => {
      if (icmp6.type(view, at) === icmp6.Type.echoReply) replies.push(hopLimit);
    });
    expect(socket.send(addressOf('fd00::b'), Uint8Array.of(icmp6.Type.echoRequest, 0, 0, 0, 0, 1, 0, 1))).toBe(
      undefined,
    );
    await until(() => replies.length > 0, 'an echo reply');
    expect(replies).toEqual([63]);
    expect(await example.interrupt()).toBe(0);
  });
});
