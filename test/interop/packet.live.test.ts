/**
 * The router on interfaces that there are: one end of a veth pair each, with a Linux host at the other end. The hosts
 * leave checksums and segmentation to a network card that there is none of, so the router does it.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { startRouter } from '../../src/run/index.ts';
import { parseLinkLayer } from '../../src/wire/ethernet.ts';
import { expectBalanced } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { addressOf, type Lab, type LabOptions, labConfig, suiteLab, testLab } from '../support/lab.ts';
import { describeLive, testNamespace, until } from '../support/live.ts';
import { mustRun } from '../support/program.ts';
import { faultsIn, tshark } from '../support/tshark.ts';

const families = [6, 4] as const;
const ours = '02:00:00:00:00:22';

const ip = (namespace: string, ...words: readonly string[]): Promise<string> =>
  mustRun('ip', '-n', namespace, ...words);

/** What a configuration of the lab says of an interface that there is, in the namespace where the router runs. */
const there = { device: 'packet', netns: undefined, kernel: undefined, mtu: undefined } as const;

/** Lays a cable from the router's namespace to a host. */
const lay = async ({ home }: Pick<Lab, 'home'>, { device, namespace, command }: Host, mtu = 1_500): Promise<void> => {
  await mustRun(...command.call({ namespace }, 'sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0'));
  await ip(
    home,
    'link',
    'add',
    device,
    'mtu',
    `${mtu}`,
    'type',
    'veth',
    'peer',
    'name',
    device,
    'mtu',
    `${mtu}`,
    'netns',
    namespace,
  );
  await ip(home, 'link', 'set', device, 'up');
  await ip(namespace, 'link', 'set', device, 'up');
};

const routers = { uma: addressOf.routerA, umb: addressOf.routerB } as const;
const hosts = { uma: addressOf.a, umb: addressOf.b } as const;

/** Gives a host addresses, and routes to the router. */
const settle = async ({ device, namespace }: Host): Promise<void> => {
  const side = device === 'uma' ? 'uma' : 'umb';
  await ip(namespace, 'addr', 'add', `${hosts[side][6]}/64`, 'dev', device, 'nodad');
  await ip(namespace, 'addr', 'add', `${hosts[side][4]}/24`, 'dev', device);
  for (const family of families)
    await ip(namespace, `-${family}`, 'route', 'add', 'default', 'via', routers[side][family]);
};

const cables = async (lab: Lab): Promise<void> => {
  for (const host of lab.hosts) {
    await lay(lab, host);
    await settle(host);
  }
};

/** What a host took in of a stream, as the router sent it. */
const capture = async (lab: Lab, host: Host, during: () => Promise<unknown>): Promise<string> => {
  const file = lab.path(`${host.device}-stream.pcap`);
  const options = ['-i', host.device, '-Q', 'in', '-n', '-U', '-Z', 'root', '-s', '2000', '-c', '3000', '-w', file];
  const tcpdump = host.start('tcpdump', ...options, 'tcp or udp');
  await tcpdump.says('listening on');
  await during();
  await tcpdump.end();
  return file;
};

const tools = ['ip', 'ping', 'iperf3', 'tcpdump', 'tshark', 'traceroute'];

describeLive(
  'umigame router between two veth pairs',
  () => {
    const lab = suiteLab({ a: { ...there, linkLayerAddress: ours }, b: there, prepare: cables });
    const { a, b } = lab;

    // ping waits for its last answer twice as long as answers took so far: too short when a machine is busy.
    describe('answers are not lost, the first not either', { retry: 2 }, () => {
      for (const family of families) {
        // One at a time: of what waits for a neighbor, three packets are kept.
        test(`IPv${family}, the first`, async () => {
          expect(await a.ping(addressOf.b[family])).toEqual({ answered: '1 of 1', errors: [] });
        });

        test.each([0, 56, 1_452, 1_473, 8_000])(`IPv${family}, %i bytes`, async (size) => {
          const onward = await a.ping(addressOf.b[family], { count: 5, size });
          const back = await b.ping(addressOf.a[family], { count: 5, size });
          expect([onward, back]).toEqual(Array(2).fill({ answered: '5 of 5', errors: [] }));
        });
      }

      test.each(families)('IPv%i, 60,000 bytes', async (family) => {
        // Slowly: a socket of ping's has room for one.
        const pinged = await a.ping(addressOf.b[family], { count: 4, interval: 0.3, size: 60_000 });
        expect(pinged).toEqual({ answered: '4 of 4', errors: [] });
      });

      test('to the link-local address that the router made from its link-layer address', async () => {
        expect((await a.ping(`fe80::a1%${a.device}`, { count: 3 })).answered).toBe('3 of 3');
        expect(await mustRun(...a.command('ip', '-4', 'neigh', 'show', addressOf.routerA[4]))).toContain(ours);
      });
    });

    for (const family of families) {
      test(`TCP over IPv${family}: what arrives is what was sent, both ways`, async () => {
        expect(await a.transfer(b, addressOf.b[family], 20_000_000)).toBe('complete');
        expect(await b.transfer(a, addressOf.a[family], 20_000_000)).toBe('complete');
      });

      test(`TCP over IPv${family}: segments that Wireshark has nothing against`, async () => {
        const segments = await capture(lab, b, () => a.iperf(b, addressOf.b[family]));
        expect(await faultsIn(segments)).toEqual([]);
        const [longest] = (await tshark(segments, 'tcp.len > 0', ['tcp.len'])).map(Number).sort((x, y) => y - x);
        expect(longest).toBeLessThanOrEqual(1_460);
        expect(longest).toBeGreaterThan(1_300);
        const back = await capture(lab, a, () => a.iperf(b, addressOf.b[family], { reverse: true }));
        expect(await faultsIn(back)).toEqual([]);
      });

      test(`UDP over IPv${family}: nothing is damaged, and it comes as far as the host`, async () => {
        const before = await b.packets();
        let sent = 0;
        const datagrams = await capture(lab, b, async () => {
          sent = (await a.iperf(b, addressOf.b[family], { rate: '30M' })).packets;
        });
        expect(await faultsIn(datagrams)).toEqual([]);
        expect(sent).toBeGreaterThan(1_000);
        // What of them the receiver finds the time to take is not for the router to say.
        expect((await b.packets()).out - before.out).toBeGreaterThan(sent * 0.99);
      });
    }

    test('traceroute shows the router, then the host', async () => {
      expect(await b.traceroute(addressOf.a[6])).toEqual([addressOf.routerB[6], addressOf.a[6]]);
    });

    test('every packet is accounted for at the end, and the interfaces stay', async () => {
      const { code, stdout } = await lab.stop();
      expect(code).toBe(0);
      expectBalanced(stdout);
      expect((await lab.interfaces()).sort()).toEqual(['a/uma', 'b/umb', 'uma', 'umb']);
      expect(await ip(lab.home, '-d', 'link', 'show', 'uma')).toContain(' promiscuity 0');
    });
  },
  tools,
);

describeLive(
  'umigame router before a narrower link',
  () => {
    const lab = suiteLab({ a: there, b: { ...there, mtu: 1_280 }, prepare: cables });
    const { a, b } = lab;

    for (const family of families) {
      test(`a stream over IPv${family} arrives though its first segments are too big`, async () => {
        expect(await a.transfer(b, addressOf.b[family], 2_000_000)).toBe('complete');
        // TCP over IPv4 and IPv6 both learn it; nothing else has told the host.
        expect(await a.pathMtu(addressOf.b[family])).toBe(1_280);
        expect(await b.transfer(a, addressOf.a[family], 2_000_000)).toBe('complete');
      });

      test(`large pings over IPv${family} arrive`, async () => {
        expect((await a.ping(addressOf.b[family], { size: 4_000, count: 3 })).answered).toBe('3 of 3');
      });
    }
  },
  tools,
);

describeLive(
  'umigame router on wide cables',
  () => {
    const wide: LabOptions['prepare'] = async (lab) => {
      for (const host of lab.hosts) {
        await lay(lab, host, 9_000);
        await settle(host);
      }
    };
    const lab = suiteLab({ a: there, b: there, prepare: wide });

    test('takes what they carry', async () => {
      expect((await lab.a.ping(addressOf.b[6])).answered).toBe('1 of 1');
      const pinged = await lab.a.ping(addressOf.b[6], { size: 9_000 - 48, pathMtu: 'do', count: 3 });
      expect(pinged).toEqual({ answered: '3 of 3', errors: [] });
      expect(await lab.a.transfer(lab.b, addressOf.b[6], 5_000_000)).toBe('complete');
    });
  },
  tools,
);

describeLive(
  'umigame router between a cable and a device of its own',
  () => {
    const lab = suiteLab({
      a: there,
      b: { device: 'tap' },
      prepare: async (of) => {
        await lay(of, of.a);
        await settle(of.a);
      },
    });
    const { a, b } = lab;

    for (const family of families) {
      test(`IPv${family}`, async () => {
        expect((await a.ping(addressOf.b[family])).answered).toBe('1 of 1');
        expect((await a.ping(addressOf.b[family], { count: 5, size: 4_000 })).answered).toBe('5 of 5');
        expect((await b.ping(addressOf.a[family], { count: 5 })).answered).toBe('5 of 5');
        expect(await a.transfer(b, addressOf.b[family], 5_000_000)).toBe('complete');
        expect(await b.transfer(a, addressOf.a[family], 5_000_000)).toBe('complete');
      });
    }
  },
  tools,
);

describeLive(
  'hosts on a cable that know nothing',
  () => {
    const lab = suiteLab({
      a: { ...there, addresses: ['fd00:a::1/64'], advertise: true },
      b: { ...there, addresses: ['fd00:b::1/64'], advertise: true },
      prepare: async (of) => {
        for (const host of of.hosts) {
          await mustRun(...host.command('sysctl', '-qw', 'net.ipv6.conf.default.accept_ra=2'));
          await lay(of, host);
        }
      },
    });

    test('configure themselves, and talk', async () => {
      const found: string[] = [];
      for (const { namespace, device } of lab.hosts) {
        let address: string | undefined;
        for (let tries = 0; address === undefined && tries < 100; tries += 1) {
          const shown = await ip(namespace, '-6', '-o', 'addr', 'show', 'dev', device, 'scope', 'global', '-tentative');
          address = /inet6 (fd00:[0-9a-f:]+)\/64/.exec(shown)?.[1];
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        found.push(address ?? 'none');
      }
      expect(found[0]).toMatch(/^fd00:a:/);
      expect(found[1]).toMatch(/^fd00:b:/);
      expect(await lab.a.ping(found[1]!)).toEqual({ answered: '1 of 1', errors: [] });
      expect(await lab.b.ping(found[0]!, { count: 5 })).toEqual({ answered: '5 of 5', errors: [] });
    });
  },
  tools,
);

describeLive(
  'a link-layer address of the router that changes',
  () => {
    test('what comes to the new one comes in', async () => {
      const host = new Host(testNamespace(), 'uma');
      const netns = testNamespace();
      await lay({ home: netns }, host);
      await settle(host);
      const addresses = ['fd00:a::1/64', '10.0.1.1/24'];
      const running = startRouter(parseConfig({ interfaces: { uma: { device: 'packet', netns, addresses } } }));
      onTestFinished(() => running.stop());
      const { interfaces } = running.node;
      for (const address of [ours, '02:00:00:00:00:33']) {
        const index = interfaces.byName('uma')?.index ?? 0;
        interfaces.changeLinkLayerAddress(index, parseLinkLayer(address)!);
        for (const family of families) {
          expect((await host.ping(addressOf.routerA[family], { count: 3 })).answered).toBe('3 of 3');
          const shown = await mustRun(...host.command('ip', `-${family}`, 'neigh', 'show', addressOf.routerA[family]));
          expect(shown).toContain(address);
        }
      }
    });
  },
  tools,
);

describeLive(
  'a cable that is taken away',
  () => {
    const lab = suiteLab({ a: there, b: there, prepare: cables });

    test('the router says so, and goes on with the other', async () => {
      expect((await lab.a.ping(addressOf.b[6])).answered).toBe('1 of 1');
      await lab.b.deleteDevice();
      const words = 'umigame: the device umb is gone: it was deleted or closed; make it again and start anew';
      await until(() => lab.router.stderr.includes(words), 'the sentence');
      expect((await lab.a.ping(addressOf.routerA[6], { count: 3 })).answered).toBe('3 of 3');
      expect((await lab.a.ping(addressOf.b[6])).answered).toBe('0 of 1');
      expectBalanced((await lab.stop()).stdout);
    });
  },
  tools,
);

describeLive(
  'umigame router can not start on an interface',
  () => {
    const sentence = async (b: { netns?: string; mtu?: number }): Promise<string> => {
      const lab = testLab();
      lab.makeNamespaces();
      await cables(lab);
      const config = labConfig(lab.a, lab.b, { a: there, b: { ...there, ...b } });
      const file = lab.write('router.json', config);
      const { code, stderr } = await lab.umigame(['router', file]).waitFor();
      expect(code).toBe(1);
      return stderr.replace(`${file}: `, '').replaceAll(lab.b.namespace, 'b');
    };

    test.each<[string, { netns?: string; mtu?: number }, string]>([
      [
        'that is elsewhere',
        { netns: 'nowhere' },
        'there is no network namespace nowhere: make it first (ip netns add nowhere), or choose another',
      ],
      [
        'that carries less than it is told',
        { mtu: 9_000 },
        'the interface umb carries 1500 bytes, and its "mtu" says 9000: write no more than that, or raise it on the interface (ip link set umb mtu 9000)',
      ],
    ])('%s', async (_, b, expected) => {
      expect(await sentence(b)).toBe(`umigame: ${expected}\n`);
    });
  },
  tools,
);
