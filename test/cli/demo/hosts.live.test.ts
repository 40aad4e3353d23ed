import { describe, expect, onTestFinished, test } from 'vitest';
import { type Host, startHost } from '../../../src/cli/demo/hosts.ts';
import type { Command } from '../../../src/cli/demo/messages.ts';
import { inNamespace } from '../../../src/platform/netns.ts';
import { describeLive, testNamespace } from '../../support/live.ts';

/** A host by itself: all it can reach is its loopback interface. */
const lonelyHost = (): Host => {
  const host = inNamespace(testNamespace(), () => startHost('a'));
  onTestFinished(() => host.stop());
  return host;
};

const loopback = { 4: '127.0.0.1', 6: '::1' } as const;
const families = [4, 6] as const;

describeLive('a host of the demo', () => {
  describe.each(families)('over IPv%d', (family) => {
    const to = loopback[family];

    test('pings', async () => {
      const result = await lonelyHost().ask({ do: 'ping', to, sizes: [0, 56, 1_400, 60_000], timeout: 1_000 });
      expect(result).toMatchObject({ sent: 4, hopLimit: 64, errors: [], unsent: [] });
      expect(result.times).toHaveLength(4);
      for (const time of result.times) expect(time).toBeGreaterThan(0);
    });

    test('traces a route', async () => {
      const { hops, reached } = await lonelyHost().ask({ do: 'traceroute', to, maximumHops: 3, timeout: 1_000 });
      expect({ hops: hops.map(({ from }) => from), reached }).toEqual({ hops: [to], reached: true });
    });

    test('counts datagrams', async () => {
      const host = lonelyHost();
      const { port } = await host.ask({ do: 'udpReceive', family, patience: 5_000 });
      const sent = await host.ask({ do: 'udpSend', to, port, size: 100, rate: 1_000, duration: 100 });
      expect(sent.sent).toBeGreaterThan(10);
      const got = await host.ask({ do: 'udpResult', port });
      expect(got).toMatchObject({ received: sent.sent, octets: sent.octets, reordered: 0, duplicates: 0 });
    });

    test('sends a stream that arrives as it left', async () => {
      const host = lonelyHost();
      const { port } = await host.ask({ do: 'tcpReceive', family, patience: 5_000 });
      const sent = await host.ask({ do: 'tcpSend', to, port, duration: 100 });
      expect(sent.octets).toBeGreaterThan(0);
      expect(sent.hash).toMatch(/^[0-9a-f]{64}$/);
      expect(await host.ask({ do: 'tcpResult', port })).toMatchObject({ octets: sent.octets, hash: sent.hash });
    });
  });

  test('says why it could not send', async () => {
    const host = lonelyHost();
    const { times, unsent } = await host.ask({ do: 'ping', to: '2001:db8::1', sizes: [56], timeout: 1_000 });
    expect(times).toEqual([]);
    expect(unsent).toEqual(['ENETUNREACH, network is unreachable']);
  });

  test('answers what it can not do with a sentence', async () => {
    const host = lonelyHost();
    const refused: [Command, string][] = [
      [{ do: 'ping', to: 'home', sizes: [56], timeout: 100 }, 'host a: home is no IP address'],
      [{ do: 'udpResult', port: 9 }, 'host a: nothing listens on port 9'],
      [{ do: 'tcpResult', port: 9 }, 'host a: nothing listens on port 9'],
      [{ do: 'tcpSend', to: '::1', port: 9, duration: 100 }, 'host a: connect ECONNREFUSED ::1:9'],
    ];
    for (const [command, sentence] of refused) await expect(host.ask(command)).rejects.toThrow(sentence);
  });

  test('stops listening when no one came in time', async () => {
    const host = lonelyHost();
    const { port } = await host.ask({ do: 'tcpReceive', family: 6, patience: 1 });
    await expect
      .poll(() => host.ask({ do: 'tcpSend', to: '::1', port, duration: 1 }).catch((error: Error) => error.message))
      .toBe(`host a: connect ECONNREFUSED ::1:${port}`);
  });

  test('is gone after stop, and says so', async () => {
    const host = lonelyHost();
    await host.stop();
    await host.stop();
    await expect(host.ask({ do: 'ping', to: '::1', sizes: [56], timeout: 100 })).rejects.toThrow(
      'host a: its process is gone',
    );
  });
});
