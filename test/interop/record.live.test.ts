/** What `umigame router --record` wrote down, `umigame replay` explains: without any privilege. */
import { describe, expect, test } from 'vitest';
import { asNobody, expectBalanced, noNobody, umigame } from '../support/command.ts';
import { addressOf, type Lab, suiteLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import type { Ended } from '../support/program.ts';
import { tshark } from '../support/tshark.ts';

/** Comments of a capture's packets, each with how often it occurs. */
const commentsIn = async (file: string): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const comment of await tshark(file, 'frame.comment', ['frame.comment'])) {
    counts[comment] = (counts[comment] ?? 0) + 1;
  }
  return counts;
};

const comments = {
  hopLimitExceeded:
    'refused: hopLimitExceeded — The hop limit (IPv4: time to live) ran out. (RFC 8200 §3, RFC 1812 §5.3.1)',
  noRoute: 'refused: noRoute — No route leads to the destination. (RFC 4443 §3.1)',
  rejectRoute: 'refused: rejectRoute — The route to the destination says to refuse. (RFC 4443 §3.1)',
};

interface ReportData {
  readonly packets: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly interfaces: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

describeLive('umigame router --record', () => {
  const recorded = (of: Lab): string => of.path('recorded.pcapng');
  const lab = suiteLab({ arguments: (of) => ['--record', recorded(of)] });
  const { a, b } = lab;
  let packets = 0;

  test('writes down every packet, with the reason where it was refused', async () => {
    await a.ping(addressOf.b[6], { count: 5 });
    await b.ping(addressOf.a[4], { count: 5 });
    for (const to of [addressOf.b[6], addressOf.b[4]]) await a.ping(to, { hopLimit: 1 });
    for (const to of ['2001:1::1', '192.0.2.1', '2001:db8:dead::1']) await a.ping(to);
    await a.ping(addressOf.routerA[6], { count: 3 });
    const { code, stdout, stderr } = await lab.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

    const { balance } = expectBalanced(stdout);
    packets = (balance.received ?? 0) + (balance.originated ?? 0);
    expect(await tshark(recorded(lab))).toHaveLength(packets);
    const found = await commentsIn(recorded(lab));
    expect(found).toMatchObject({
      [comments.hopLimitExceeded]: 2,
      [comments.noRoute]: 2,
      [comments.rejectRoute]: 1,
    });
    // Router solicitations of the hosts are delivered, too.
    const delivered = 'icmpv6.type == 128 && frame.comment == "delivered: to this node"';
    expect(await tshark(recorded(lab), delivered)).toHaveLength(3);
    const names = await tshark(recorded(lab), 'icmpv6.type == 128 || icmp.type == 8', ['frame.interface_name']);
    expect(new Set(names)).toEqual(new Set([a.device, b.device]));
  });

  describe('and umigame replay', () => {
    const replay = (...args: string[]): Promise<Ended> =>
      umigame(['replay', recorded(lab), '--config', lab.path('router.json'), ...args], asNobody()).waitFor();

    test('explains it to a user without privileges', async ({ skip }) => {
      if (asNobody() === undefined) return skip(noNobody);
      const { code, stdout, stderr } = await replay();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { balance, refusals } = expectBalanced(stdout);
      expect(balance.received).toBe(packets);
      expect(refusals).toMatchObject({ hopLimitExceeded: 2, noRoute: 2, rejectRoute: 1 });
    });

    test('--json says the same to programs', async () => {
      const { code, stdout, stderr } = await replay('--json');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const data = JSON.parse(stdout) as ReportData;
      expect(data.packets).toMatchObject({ received: packets, held: 0 });
      expect(data.refusals).toMatchObject({ hopLimitExceeded: 2, noRoute: 2, rejectRoute: 1 });
      expect(Object.keys(data.interfaces)).toEqual(expect.arrayContaining([a.device, b.device]));
    });

    test('--out writes it down for Wireshark', async () => {
      const out = lab.path('explained.pcapng');
      const { code, stdout, stderr } = await replay('--out', out);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(out);
      expect(await commentsIn(out)).toMatchObject({
        [comments.hopLimitExceeded]: 2,
        [comments.noRoute]: 2,
        [comments.rejectRoute]: 1,
      });
    });

    test('--out where nobody may write: one sentence', async () => {
      const { code, stdout, stderr } = await replay('--out', '/proc/out.pcapng');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^umigame: The capture \/proc\/out.pcapng can't be written: [^\n]+\n$/);
    });
  });
}, ['ip', 'ping', 'tshark']);
