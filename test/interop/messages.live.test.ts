/** What `umigame router` tells Linux hosts when it can't deliver: RFC 4443 and RFC 792, seen by ping and tcpdump. */
import { describe, expect, test } from 'vitest';
import { expectBalanced } from '../support/command.ts';
import { addressOf, suiteLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import { faultsIn, tshark } from '../support/tshark.ts';

/** An ICMPv6 message, as tcpdump puts it: behind an IPv6 header without extension headers. */
const icmp6 = (type: number, code: number, from: string): string =>
  `ip6 src ${from} and icmp6 and ip6[40] == ${type} and ip6[41] == ${code}`;
const icmp4 = (type: number, code: number, from: string): string =>
  `ip src ${from} and icmp[0] == ${type} and icmp[1] == ${code}`;
/** The protocol of the packet that such a message quotes. */
const protocolQuoted = (family: 'IPv6' | 'IPv4', protocol: string): string =>
  `${family === 'IPv6' ? 'ip6[54]' : 'icmp[17]'} == ${protocol === 'udp' ? 17 : 6}`;

const router6 = addressOf.routerA[6];
const router4 = addressOf.routerA[4];
const unanswered = '0 of 1';

describeLive('umigame router tells a host', () => {
  const lab = suiteLab({ listen: true });
  const { a, b } = lab;

  describe('that the hop limit ran out', () => {
    test('IPv6: time exceeded', async () => {
      const errors = [`From ${router6}: Time exceeded: Hop limit`];
      expect(await a.ping(addressOf.b[6], { hopLimit: 1 })).toEqual({ answered: unanswered, errors });
      await a.expectHeard(icmp6(3, 0, router6));
    });

    test('IPv4: time exceeded', async () => {
      const errors = [`From ${router4}: Time to live exceeded`];
      expect(await a.ping(addressOf.b[4], { hopLimit: 1 })).toEqual({ answered: unanswered, errors });
      await a.expectHeard(icmp4(11, 0, router4));
    });

    test('from its address on the side of the one who asks', async () => {
      expect((await b.ping(addressOf.a[6], { hopLimit: 1 })).errors).toEqual([
        `From ${addressOf.routerB[6]}: Time exceeded: Hop limit`,
      ]);
      expect((await b.ping(addressOf.a[4], { hopLimit: 1 })).errors).toEqual([
        `From ${addressOf.routerB[4]}: Time to live exceeded`,
      ]);
    });

    test('but not when it answers by itself', async () => {
      for (const own of [addressOf.routerA, addressOf.routerB].flatMap((of) => [of[6], of[4]])) {
        expect((await a.ping(own, { hopLimit: 1 })).answered).toBe('1 of 1');
      }
    });
  });

  describe('that no route leads to the destination', () => {
    test('IPv6: no route', async () => {
      const errors = [`From ${router6}: Destination unreachable: No route`];
      expect(await a.ping('2001:1::1')).toEqual({ answered: unanswered, errors });
      await a.expectHeard(icmp6(1, 0, router6));
    });

    test('IPv4: network unreachable', async () => {
      const errors = [`From ${router4}: Destination Net Unreachable`];
      expect(await a.ping('192.0.2.1')).toEqual({ answered: unanswered, errors });
      await a.expectHeard(icmp4(3, 0, router4));
    });
  });

  describe('that a route rejects', () => {
    test('IPv6: reject route', async () => {
      const { answered, errors } = await a.ping('2001:db8:dead::1');
      expect(answered).toBe(unanswered);
      expect(errors).toEqual([expect.stringContaining(`From ${router6}: Destination unreachable: `)]);
      await a.expectHeard(icmp6(1, 6, router6)); // a code that this ping may not know by name
    });

    test('IPv4: host unreachable', async () => {
      const errors = [`From ${router4}: Destination Host Unreachable`];
      expect(await a.ping('198.51.100.1')).toEqual({ answered: unanswered, errors });
      await a.expectHeard(icmp4(3, 1, router4));
    });
  });

  describe('that no one listens on a port of its own', () => {
    for (const [family, own, message] of [
      ['IPv6', router6, icmp6(1, 4, router6)],
      ['IPv4', router4, icmp4(3, 3, router4)],
    ] as const) {
      for (const protocol of ['udp', 'tcp']) {
        test(`${family}, ${protocol.toUpperCase()}: connection refused`, async () => {
          const talk = `exec 3<>/dev/${protocol}/${own}/9 && echo hello >&3 && read -t 5 <&3`;
          const { code, stderr } = await a.run('bash', '-c', talk);
          expect(code).toBe(1);
          expect(stderr).toContain('Connection refused');
          await a.expectHeard(`${message} and ${protocolQuoted(family, protocol)}`);
        });
      }
    }
  });

  describe('that it does not speak a protocol', () => {
    test('IPv6: parameter problem that points at the Next Header field', async () => {
      expect(await a.traceroute(router6, '-P', '253')).toEqual([`${router6} !<4-1>`]);
      await a.expectHeard(`${icmp6(4, 1, router6)} and ip6[44:4] == 6`);
    });

    test('IPv4: protocol unreachable', async () => {
      expect(await a.traceroute(router4, '-P', '253')).toEqual([`${router4} !P`]);
      await a.expectHeard(icmp4(3, 2, router4));
    });
  });

  test('nothing malformed and nothing with a wrong checksum', async () => {
    // Larger ones too: whole, cut by a host, and as an error's quote.
    for (const to of [addressOf.b[6], addressOf.b[4]]) {
      for (const size of [1_400, 8_000]) await a.ping(to, { count: 5, size });
    }
    await a.ping('2001:1::1', { size: 1_400 });
    await a.ping('192.0.2.1', { size: 1_400 });
    await a.expectHeard(`${icmp6(1, 0, router6)} and ip6[4:2] == 1240`); // 1,280 bytes, RFC 4443 §2.4 c
    await a.expectHeard(`${icmp4(3, 0, router4)} and ip[2:2] == 576`); // RFC 1812 §4.3.2.3
    for (const host of lab.hosts) {
      const heard = await host.stopListening();
      expect((await tshark(heard)).length).toBeGreaterThan(10);
      expect(await faultsIn(heard)).toEqual([]);
    }
  });

  test('and accounts for every packet', async () => {
    const { code, stdout, stderr } = await lab.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { refusals } = expectBalanced(stdout);
    expect(refusals).toMatchObject({ noRoute: 4, rejectRoute: 2, unknownProtocol: 2, portUnreachable: 4 });
  });
}, ['ip', 'ping', 'traceroute', 'tcpdump', 'tshark', 'bash']);
