/**
 * Path MTU discovery through `umigame router`. The second link carries 1,280 bytes as the router sees it, 1,500 as its
 * host does: so the host promises TCP segments that can't reach it, and only the router's errors can tell.
 */
import { describe, expect, test } from 'vitest';
import { expectBalanced } from '../support/command.ts';
import { addressOf, suiteLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import { faultsIn } from '../support/tshark.ts';

const mtu = 1_280;
const families = [6, 4] as const;

/** What comes back for a ping of 1,400 bytes that may not be fragmented: to ping, and to tcpdump. */
const tooBig = {
  6: {
    printed: `From ${addressOf.routerA[6]}: Packet too big: mtu=${mtu}`,
    message: `src ${addressOf.routerA[6]} and icmp6 and ip6[40:2] == 0x0200 and ip6[44:4] == ${mtu}`,
  },
  4: {
    printed: `From ${addressOf.routerA[4]}: Frag needed and DF set (mtu = ${mtu})`,
    message: `src ${addressOf.routerA[4]} and icmp[0:2] == 0x0304 and icmp[6:2] == ${mtu}`,
  },
} as const;

const kernel = { addresses: ['fd00:b::2/64', '10.0.2.2/24'], defaultRoute: true, mtu: 1_500 };

describeLive('umigame router before a narrower link', () => {
  const lab = suiteLab({ b: { mtu, kernel }, listen: true });
  const { a, b } = lab;

  for (const family of families) {
    const far = addressOf.b[family];

    describe(`over IPv${family}`, () => {
      test('tells the sender of a packet that is too big how big it may be', async () => {
        expect(await a.pathMtu(far)).toBeUndefined();
        const pinged = await a.ping(far, { size: 1_400, pathMtu: 'do' });
        expect(pinged).toEqual({ answered: '0 of 1', errors: [tooBig[family].printed] });
        await a.expectHeard(tooBig[family].message);
        expect(await a.pathMtu(far)).toBe(mtu);
      });

      test('lets pass what just fits', async () => {
        const size = mtu - (family === 6 ? 48 : 28);
        expect(await a.ping(far, { size, pathMtu: 'do', count: 5 })).toEqual({ answered: '5 of 5', errors: [] });
      });

      test('lets pass what the host cuts once it knows', async () => {
        expect((await a.ping(far, { size: 1_400, pathMtu: 'want', count: 5 })).answered).toBe('5 of 5');
      });

      test('TCP, which promised larger segments, recovers and arrives whole', async () => {
        await a.forgetPathMtu();
        expect(await a.pathMtu(far)).toBeUndefined();
        expect(await a.transfer(b, far, 5_000_000)).toBe('complete');
        expect(await a.pathMtu(far)).toBe(mtu);
      });

      test('the wider direction is not affected', async () => {
        const near = addressOf.a[family];
        expect((await b.ping(near, { size: mtu, pathMtu: 'do' })).errors).toEqual([]);
        expect(await b.transfer(a, near, 5_000_000)).toBe('complete');
        expect(await b.pathMtu(near)).toBeUndefined();
      });
    });
  }

  test('IPv4 packets that may be cut are cut, and arrive', async () => {
    await a.forgetPathMtu();
    const pinged = await a.ping(addressOf.b[4], { size: 1_400, pathMtu: 'dont', count: 10 });
    expect(pinged).toEqual({ answered: '10 of 10', errors: [] });
    expect(await a.pathMtu(addressOf.b[4])).toBeUndefined();
    const fromA = `ip src ${addressOf.a[4]}`;
    await b.expectHeard(`${fromA} and ip[6:2] == 0x2000 and ip[2:2] == ${mtu - 4}`); // 1,256 bytes, a multiple of 8
    await b.expectHeard(`${fromA} and ip[6:2] == ${1_256 / 8} and ip[2:2] == ${20 + 8 + 1_400 - 1_256}`);
  });

  test('nothing arrives malformed or with a wrong checksum', async () => {
    for (const host of lab.hosts) expect(await faultsIn(await host.stopListening())).toEqual([]);
  });

  test('every packet is accounted for', async () => {
    const { code, stdout } = await lab.stop();
    expect(code).toBe(0);
    const { balance, refusals } = expectBalanced(stdout);
    expect(balance.copied).toBe(10);
    expect(refusals.packetTooBig).toBeGreaterThanOrEqual(4);
  });
}, ['ip', 'ping', 'tcpdump', 'tshark']);
