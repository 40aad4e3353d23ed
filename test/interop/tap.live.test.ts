/** Linux hosts on Ethernet: the router finds them, they find the router, whatever their link-layer addresses become. */
import { firstValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig, type RouterConfig } from '../../src/config/index.ts';
import { type RunningRouter, startRouter } from '../../src/run/index.ts';
import { parseAddress } from '../../src/wire/address.ts';
import { formatLinkLayer, parseLinkLayer } from '../../src/wire/ethernet.ts';
import { expectBalanced } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { addressOf, suiteLab } from '../support/lab.ts';
import { describeLive, testNamespace, uniqueName, until } from '../support/live.ts';
import { mustRun } from '../support/program.ts';

const families = [6, 4] as const;
const ours = '02:00:00:00:00:22';

for (const [name, other] of [
  ['two Ethernets', 'tap'],
  ['an Ethernet and a point-to-point link', 'tun'],
] as const) {
  describeLive(`umigame router between ${name}`, () => {
    const lab = suiteLab({
      a: { device: 'tap', linkLayerAddress: ours, addresses: ['fd00:a::1/64', '10.0.1.1/24'] },
      b: { device: other },
    });
    const { a, b } = lab;

    describe('answers are not lost, the first not either', () => {
      for (const family of families) {
        test(`IPv${family} from a to b`, async () => {
          expect(await a.ping(addressOf.b[family], { count: 20 })).toEqual({ answered: '20 of 20', errors: [] });
        });

        test(`IPv${family} from b to a, 8,000 bytes`, async () => {
          const pinged = await b.ping(addressOf.a[family], { count: 5, size: 8_000 });
          expect(pinged).toEqual({ answered: '5 of 5', errors: [] });
        });

        test(`IPv${family} to the router itself, on either side`, async () => {
          for (const of of [addressOf.routerA, addressOf.routerB]) {
            expect((await a.ping(of[family], { count: 3 })).answered).toBe('3 of 3');
          }
        });
      }

      test('to the link-local address that the router made from its link-layer address', async () => {
        expect(await a.ping(`fe80::ff:fe00:22%${a.device}`, { count: 3 })).toEqual({ answered: '3 of 3', errors: [] });
      });
    });

    test('the host sees a router, with the link-layer address that it was given', async () => {
      const neighbors = await mustRun(...a.command('ip', '-6', 'neigh', 'show', addressOf.routerA[6]));
      expect(neighbors).toMatch(new RegExp(`lladdr ${ours} router`));
      expect(await mustRun(...a.command('ip', '-4', 'neigh', 'show', addressOf.routerA[4]))).toContain(ours);
    });

    test('a TCP stream arrives as it was sent', async () => {
      expect(await a.transfer(b, addressOf.b[6], 2_000_000)).toBe('complete');
    });

    test('traceroute shows the router, then the host', async () => {
      const hops = await b.traceroute(addressOf.a[6]);
      expect(hops).toEqual([addressOf.routerB[6], addressOf.a[6]]);
    });

    test.each([
      ['fd00:a::77', 'Destination unreachable: Address unreachable', addressOf.routerB[6]],
      ['10.0.1.77', 'Destination Host Unreachable', addressOf.routerB[4]],
    ])('a neighbor who is not there: the sender hears of it (%s)', async (nobody, words, from) => {
      const { answered, errors } = await b.ping(nobody);
      expect([answered, errors]).toEqual(['0 of 1', [`From ${from}: ${words}`]]);
    });

    test('every packet is accounted for at the end', async () => {
      const { code, stdout } = await lab.stop();
      expect(code).toBe(0);
      expectBalanced(stdout);
    });
  });
}

interface Running {
  readonly running: RunningRouter;
  readonly index: number;
  readonly a: Host;
  readonly b: Host;
}

/** A router in this process, with a host on Ethernet and one on a point-to-point link. */
const runRouter = async (): Promise<Running> => {
  const [a, b] = [new Host(testNamespace(), uniqueName()), new Host(testNamespace(), uniqueName())];
  const config: RouterConfig = {
    interfaces: {
      [a.device]: {
        device: 'tap',
        netns: a.namespace,
        linkLayerAddress: ours,
        addresses: ['fd00:a::1/64', '10.0.1.1/24'],
        kernel: { addresses: ['fd00:a::2/64', '10.0.1.2/24'], defaultRoute: true },
      },
      [b.device]: {
        device: 'tun',
        netns: b.namespace,
        addresses: ['fd00:b::1/64', '10.0.2.1/24'],
        kernel: { addresses: ['fd00:b::2/64', '10.0.2.2/24'], defaultRoute: true },
      },
    },
  };
  const running = startRouter(parseConfig(config));
  onTestFinished(() => running.stop());
  await firstValueFrom(running.ready$);
  const index = running.node.interfaces.byName(a.device)?.index ?? 0;
  return { running, index, a, b };
};

const linkLayerOf = ({ running, index }: Running, address: string): string => {
  const found = running.node.neighbors.get(index, parseAddress(address)!)?.linkLayerAddress;
  return found === undefined ? '' : formatLinkLayer(found.high, found.low);
};

describeLive('a link-layer address that changes', () => {
  const next = '0a:00:00:00:00:77';

  test('of the router: its neighbors are told, and go on', async () => {
    const lab = await runRouter();
    const { running, index, a } = lab;
    for (const family of families) expect((await a.ping(addressOf.b[family])).answered).toBe('1 of 1');
    running.node.interfaces.changeLinkLayerAddress(index, parseLinkLayer(next)!);
    for (const family of families) {
      expect(await a.ping(addressOf.b[family], { count: 5 })).toEqual({ answered: '5 of 5', errors: [] });
      const shown = await mustRun(...a.command('ip', `-${family}`, 'neigh', 'show', addressOf.routerA[family]));
      expect(shown).toContain(next);
    }
  });

  test('of a host that speaks: the router follows at once', async () => {
    const lab = await runRouter();
    const { a, b } = lab;
    expect((await b.ping(addressOf.a[6])).answered).toBe('1 of 1');
    await mustRun('ip', '-n', a.namespace, 'link', 'set', a.device, 'address', next);
    expect((await a.ping(addressOf.b[6])).answered).toBe('1 of 1');
    expect((await b.ping(addressOf.a[6], { count: 5 })).answered).toBe('5 of 5');
    expect(linkLayerOf(lab, addressOf.a[6])).toBe(next);
  });

  test('of a host that is silent: the router notices, seeks it, and finds it again', async () => {
    const lab = await runRouter();
    const { running, index, a, b } = lab;
    running.node.neighbors.configure(index, { reachableTime: 100, retransTimer: 50 });
    const states: string[] = [];
    running.node.neighbors.changes$.subscribe(({ value }) => states.push(value.state));
    expect((await b.ping(addressOf.a[6])).answered).toBe('1 of 1');
    const before = linkLayerOf(lab, addressOf.a[6]);
    await mustRun('ip', '-n', a.namespace, 'link', 'set', a.device, 'address', next);
    await until(() => states.at(-1) === 'stale', 'the entry becoming stale');
    // Delay takes five seconds (RFC 4861 §10), three probes little more.
    const pinged = await b.ping(addressOf.a[6], { count: 80, interval: 0.1 });
    expect(before).not.toBe(next);
    expect(linkLayerOf(lab, addressOf.a[6])).toBe(next);
    expect(states.slice(states.indexOf('stale'))).toEqual(
      expect.arrayContaining(['stale', 'delay', 'probe', 'unreachable', 'reachable']),
    );
    expect(pinged.answered).not.toBe('0 of 80');
  });
});
