/** Two Linux hosts talk through `umigame router`: ping, iperf3, traceroute, and the report at the end. */
import { describe, expect, test } from 'vitest';
import { expectBalanced } from '../support/command.ts';
import { addressOf, suiteLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';

const families = [6, 4] as const;
const ways = [
  { way: 'a to b', source: 'a', target: 'b', near: addressOf.routerA },
  { way: 'b to a', source: 'b', target: 'a', near: addressOf.routerB },
] as const;

/** Echo data that makes a packet of so many bytes. */
const filling = (mtu: number, family: 4 | 6): number => mtu - (family === 6 ? 48 : 28);

const allAnswered = { answered: '50 of 50', errors: [] };

describeLive('umigame router between two hosts', () => {
  const lab = suiteLab();
  const { a, b } = lab;

  test('says which interfaces are ready', () => {
    expect(lab.router.stdout).toBe('umigame: ready uma umb\n');
    expect(lab.router.stderr).toBe('');
  });

  describe('loses no ping', () => {
    for (const family of families) {
      for (const { way, source, target } of ways) {
        test(`over IPv${family} from ${way}: 56, 1,400, 1,500 and 8,000 bytes`, async () => {
          const sizes = [56, 1_400, filling(1_500, family), 8_000];
          const pings = sizes.map((size) => lab[source].ping(addressOf[target][family], { count: 50, size }));
          expect(await Promise.all(pings)).toEqual(sizes.map(() => allAnswered));
        });
      }
    }
  });

  describe('answers pings to its own addresses', () => {
    const own = [addressOf.routerA, addressOf.routerB].flatMap((of) => [of[6], of[4]]);

    for (const name of ['a', 'b'] as const) {
      test(`from host ${name}, near and far ones, IPv6 and IPv4`, async () => {
        const pings = own.map((address) => lab[name].ping(address, { count: 5 }));
        expect(await Promise.all(pings)).toEqual(own.map(() => ({ answered: '5 of 5', errors: [] })));
      });
    }

    for (const family of families) {
      test(`of 1,500 bytes over IPv${family}`, async () => {
        const options = { count: 10, size: filling(1_500, family), pathMtu: 'do' } as const;
        const pings = [a, b].map((host) => host.ping(addressOf.routerB[family], options));
        for (const { answered } of await Promise.all(pings)) expect(answered).toBe('10 of 10');
      });
    }

    for (const family of families) {
      test(`of 8,000 bytes over IPv${family}, which come and go in fragments`, async () => {
        const pings = [a, b].map((host) => host.ping(addressOf.routerB[family], { count: 10, size: 8_000 }));
        for (const { answered } of await Promise.all(pings)) expect(answered).toBe('10 of 10');
      });
    }

    test('link-local ones on their own link only', async () => {
      expect((await a.ping(`fe80::a1%${a.device}`, { count: 3 })).answered).toBe('3 of 3');
      expect((await b.ping(`fe80::b1%${b.device}`, { count: 3 })).answered).toBe('3 of 3');
      expect(await a.ping(`fe80::b1%${a.device}`)).toEqual({
        answered: '0 of 1',
        errors: [`From fe80::a1%${a.device}: Destination unreachable: Address unreachable`],
      });
    });
  });

  describe('shows itself to traceroute, then the host', () => {
    for (const family of families) {
      for (const { way, source, target, near } of ways) {
        test(`over IPv${family} from ${way}`, async () => {
          const host = addressOf[target][family];
          expect(await lab[source].traceroute(host)).toEqual([near[family], host]);
          expect(await lab[source].traceroute(host, '-I')).toEqual([near[family], host]);
        });
      }
    }
  });

  describe('carries iperf3 streams', () => {
    for (const family of families) {
      for (const { way, reverse } of [
        { way: 'a to b', reverse: false },
        { way: 'b to a', reverse: true },
      ]) {
        test(`TCP over IPv${family} from ${way}`, async () => {
          const { octets } = await a.iperf(b, addressOf.b[family], { reverse });
          expect(octets).toBeGreaterThan(1_000_000);
        });

        test(`UDP over IPv${family} from ${way}`, async () => {
          const { packets, lost } = await a.iperf(b, addressOf.b[family], { reverse, rate: '10M' });
          expect(packets).toBeGreaterThan(100);
          expect(lost).toBeLessThan(packets / 2);
        });
      }
    }
  });

  test('accounts for every packet at the end, as the kernel counted them', async () => {
    const kernel = { [a.device]: await a.packets(), [b.device]: await b.packets() };
    const { code, stdout, stderr } = await lab.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { balance, interfaces, refusals } = expectBalanced(stdout);
    expect(balance.merged).toBe(2 * 2 * 10 * 5); // of 6 fragments, 5
    expect(refusals.hopLimitExceeded).toBeGreaterThanOrEqual(8);
    expect(Object.keys(interfaces)).toEqual(Object.keys(kernel));
    for (const [device, counted] of Object.entries(interfaces)) {
      // A host may just have solicited routers or reported its groups; nothing else has been going on since.
      expect(counted.in).toBeGreaterThanOrEqual(kernel[device]?.in ?? 0);
      expect(counted.in).toBeLessThan((kernel[device]?.in ?? 0) + 10);
      expect(counted.out).toBeGreaterThanOrEqual(kernel[device]?.out ?? 0);
      expect(counted.out).toBeLessThan((kernel[device]?.out ?? 0) + 10);
    }
  });
}, ['ip', 'ping', 'iperf3', 'traceroute']);

describeLive('umigame router on links of 65,535 bytes', () => {
  const lab = suiteLab({ mtu: 65_535 });
  const { a, b } = lab;

  for (const family of families) {
    test(`loses no ping of 65,000 bytes in one piece over IPv${family}`, async () => {
      const options = { count: 50, size: 65_000, pathMtu: 'do' } as const;
      const pings = [
        a.ping(addressOf.b[family], options),
        b.ping(addressOf.a[family], options),
        a.ping(addressOf.routerB[family], options),
      ];
      expect(await Promise.all(pings)).toEqual(pings.map(() => allAnswered));
    });

    test(`carries TCP in large segments over IPv${family}`, async () => {
      expect(await a.transfer(b, addressOf.b[family], 20_000_000)).toBe('complete');
    });
  }

  test('cuts nothing, and accounts for every packet at the end', async () => {
    const { code, stdout } = await lab.stop('SIGINT');
    expect(code).toBe(0);
    expect(expectBalanced(stdout).balance.copied).toBe(0);
  });
}, ['ip', 'ping']);
