/** Packets larger than the link, to and from the router's own addresses, as Linux cuts them and puts them together. */
import { describe, expect, test } from 'vitest';
import { bytesOf, echoRequest6, fragmentHeader, fragmentsOf, icmp6, ipv6, payload } from '../../src/testing/index.ts';
import { expectBalanced } from '../support/command.ts';
import { addressOf, suiteLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import { faultsIn, tshark } from '../support/tshark.ts';

const own = { a: addressOf.routerA, b: addressOf.routerB };
const ends = { source: addressOf.a[6], destination: own.a[6] };
const ping = (identifier: number, length: number): Uint8Array =>
  bytesOf(ipv6(ends), echoRequest6({ identifier }), payload(length));

describeLive('umigame router and packets larger than its links', () => {
  const lab = suiteLab({ listen: true });
  const { a, b } = lab;

  const send = (...packets: readonly Uint8Array[]): Promise<void> => a.inject(ends.destination, ...packets);
  const answers = (identifier: number): string => `icmp6 and ip6[40] == 129 and ip6[44:2] == ${identifier}`;

  for (const family of [6, 4] as const) {
    const longest = 65_535 - (family === 6 ? 8 : 28);

    describe(`over IPv${family}`, () => {
      for (const size of [1_453, 8_000, 60_000, longest]) {
        test(`answers pings of ${size} bytes`, async () => {
          const pings = [a, b].flatMap((host) =>
            [own.a, own.b].map((address) => host.ping(address[family], { size, count: 10 })),
          );
          expect(await Promise.all(pings)).toEqual(pings.map(() => ({ answered: '10 of 10', errors: [] })));
        });
      }

      test('forwards them as they are, too', async () => {
        const pings = [a.ping(addressOf.b[family], { size: 60_000, count: 10 })];
        expect(await Promise.all(pings)).toEqual([{ answered: '10 of 10', errors: [] }]);
      });
    });
  }

  test('answers a ping whose fragments come in any order', async () => {
    const [first, second, last] = fragmentsOf(ping(0x7001, 600), { size: 256 }) as [Uint8Array, Uint8Array, Uint8Array];
    await send(last, first, second);
    await a.expectHeard(answers(0x7001));
  });

  test('does not answer one whose fragments overlap', async () => {
    const [first, second, last] = fragmentsOf(ping(0x7002, 600), { size: 256, identification: 2 });
    const over = bytesOf(ipv6(ends), fragmentHeader({ offset: 248, more: true, identification: 2 }), payload(16));
    await send(first!, over, second!, last!);
    await send(ping(0x7003, 8));
    await a.expectHeard(answers(0x7003));
    expect(await a.heard(answers(0x7002))).toBe(0);
  });

  test('tells who sends a first fragment without its upper layer: parameter problem 3', async () => {
    await send(bytesOf(ipv6({ ...ends, nextHeader: 44 }), Uint8Array.of(6, 0, 0, 1, 0, 0, 0, 3), payload(16)));
    await a.expectHeard('icmp6 and ip6[40:2] == 0x0403 and ip6[44:4] == 0');
  });

  test('ignores Neighbor Discovery in fragments', async () => {
    const solicitation = bytesOf(ipv6({ ...ends, hopLimit: 255 }), icmp6({ type: 135 }), payload(64));
    await send(...fragmentsOf(solicitation, { size: 32, identification: 4 }));
    await send(ping(0x7004, 8));
    await a.expectHeard(answers(0x7004));
    expect(await a.heard('icmp6 and ip6[40] == 136')).toBe(0);
  });

  test('sent nothing that Wireshark calls malformed or that has a wrong checksum, fragments put together', async () => {
    for (const host of [a, b]) {
      const file = await host.stopListening();
      expect(await faultsIn(file)).toEqual([]);
      expect(
        (await tshark(file, 'icmpv6.type == 129 && ipv6.plen < 1460 && ipv6.fragment.count > 40')).length,
      ).toBeGreaterThan(0);
      expect(await tshark(file, 'ipv6.fragment.overlap || ip.fragment.overlap || ipv6.fragment.error')).toEqual([]);
    }
  });

  test('accounts for every fragment at the end', async () => {
    const { code, stdout, stderr } = await lab.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { balance, refusals } = expectBalanced(stdout);
    expect(balance.merged).toBeGreaterThan(1_000);
    expect(refusals).toMatchObject({
      fragmentOverlap: 2,
      incompleteHeaderChain: 1,
      fragmentedNeighborDiscovery: 1,
    });
  });
}, ['ip', 'ping', 'tcpdump', 'tshark', 'python3']);
