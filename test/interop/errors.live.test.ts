/**
 * Errors to the router and from it: a Packet Too Big about its own echo replies, right and forged, scopes, and what
 * becomes of a flood of packets that call for errors.
 */
import { describe, expect, test } from 'vitest';
import { bytesOf, echoRequest6, icmp6, ipv6, payload, udp } from '../../src/testing/index.ts';
import { expectBalanced } from '../support/command.ts';
import { addressOf, suiteLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import { faultsIn } from '../support/tshark.ts';

const router = addressOf.routerA[6];
const near: string = addressOf.a[6];
const far: string = addressOf.b[6];
const size = 1_452; // with both headers the 1,500 bytes of the link

const request = (identifier: number, source = near): Uint8Array =>
  bytesOf(ipv6({ source, destination: router }), echoRequest6({ identifier }), payload(size));
/** The reply as the router sends it, byte by byte. */
const reply = (identifier: number): Uint8Array =>
  bytesOf(
    ipv6({ source: router, destination: near }),
    icmp6({ type: 129, parameter: identifier * 0x10000 + 1 }),
    payload(size),
  );

const wholeReply = (identifier: number): string => `ip6[6] == 58 and ip6[40] == 129 and ip6[44:2] == ${identifier}`;
const cutReply = (identifier: number): string => `ip6[6] == 44 and ip6[48] == 129 and ip6[52:2] == ${identifier}`;

describeLive('umigame router and errors', () => {
  const lab = suiteLab({ listen: true });
  const { a, b } = lab;

  /** A router behind `b` says that the packet did not fit. */
  const tooBig = (mtu: number, quote: Uint8Array): Promise<void> =>
    b.inject(
      router,
      bytesOf(ipv6({ source: far, destination: router }), icmp6({ type: 2, parameter: mtu }), quote.slice(0, 1_232)),
    );

  /** Asks for a large echo; does the reply come whole? */
  const comesWhole = async (identifier: number): Promise<boolean> => {
    await a.inject(router, request(identifier));
    await a.expectHeard(`${wholeReply(identifier)} or (${cutReply(identifier)})`);
    return (await a.heard(wholeReply(identifier))) === 1;
  };

  describe('about its own echo replies', () => {
    test('it starts with what the link carries', async () => {
      expect(await comesWhole(1)).toBe(true);
    });

    test('it ignores forged messages', async () => {
      await tooBig(1_300, reply(99)); // never sent
      await tooBig(1_300, bytesOf(ipv6({ source: far, destination: near }), udp(), payload(size))); // not from here
      await tooBig(1_300, bytesOf(ipv6({ source: router, destination: near }), udp(), payload(size))); // no one's
      await tooBig(1_279, reply(1)); // no link is like that
      await tooBig(1_500, reply(1)); // it would have fitted
      await tooBig(1_300, reply(1).slice(0, 44)); // whose?
      expect(await comesWhole(2)).toBe(true);
    });

    test('it cuts the next reply after a true one', async () => {
      await tooBig(1_300, reply(2));
      expect(await comesWhole(3)).toBe(false);
      await a.expectHeard(`${cutReply(3)} and ip6[4:2] == ${1_296 - 40}`);
    });

    test('a larger MTU does not raise what it knows', async () => {
      await tooBig(1_400, reply(3));
      expect(await comesWhole(4)).toBe(false);
    });

    test('Linux puts the replies together', async () => {
      expect(await a.ping(router, { size, count: 5 })).toEqual({ answered: '5 of 5', errors: [] });
    });

    test('others still get theirs whole', async () => {
      await b.inject(router, request(5, far));
      await b.expectHeard(wholeReply(5));
    });

    test('it forwards packets of others to the same host whole', async () => {
      expect(await b.ping(near, { size, pathMtu: 'do', count: 5 })).toEqual({ answered: '5 of 5', errors: [] });
    });
  });

  describe('scopes', () => {
    test('a link-local source does not leave its link, and is told so: unreachable code 2', async () => {
      await a.inject(router, bytesOf(ipv6({ source: 'fe80::2', destination: far }), udp()));
      await a.expectHeard('icmp6 and src fe80::a1 and dst fe80::2 and ip6[40:2] == 0x0102');
    });

    test('addresses that are not for wires are refused silently', async () => {
      const wrong = ['::1', '::ffff:192.0.2.1', 'fe80:2::2', 'ff02::2', '::'];
      for (const source of wrong)
        await a.inject(router, bytesOf(ipv6({ source, destination: far }), udp({ sourcePort: 7 })));
      await a.inject(router, bytesOf(ipv6({ source: near, destination: far }), udp({ sourcePort: 8 })));
      await b.expectHeard('udp src port 8');
      expect(await b.heard('udp src port 7')).toBe(0);
    });
  });

  test('a flood of packets that call for errors gets a bounded number; Packet Too Big has a budget of its own', async () => {
    const nowhere = bytesOf(ipv6({ source: near, destination: '3fff::1' }), udp());
    const unreachable = 'icmp6 and ip6[40:2] == 0x0100';
    const before = performance.now();
    for (let burst = 0; burst < 4; burst += 1) await a.inject(router, ...Array.from({ length: 250 }, () => nowhere));
    const seconds = (performance.now() - before) / 1_000;
    await a.inject(router, bytesOf(ipv6({ source: near, destination: router }), echoRequest6({ identifier: 6 })));
    await a.expectHeard(wholeReply(6));
    const errors = await a.heard(unreachable);
    expect(errors).toBeGreaterThanOrEqual(50);
    expect(errors).toBeLessThanOrEqual(50 + 50 * (seconds + 1));
  });

  test('nothing arrives malformed or with a wrong checksum', async () => {
    for (const host of lab.hosts) expect(await faultsIn(await host.stopListening())).toEqual([]);
  });

  test('every packet is accounted for', async () => {
    const { code, stdout } = await lab.stop();
    expect(code).toBe(0);
    const { refusals } = expectBalanced(stdout);
    expect(refusals).toMatchObject({
      quoteUnowned: 2,
      quoteNotOurs: 1,
      mtuTooSmall: 1,
      mtuNotExceeded: 1,
      badQuote: 1,
      beyondScope: 1,
      loopbackAddress: 1,
      mappedAddress: 1,
      embeddedZone: 1,
      multicastSource: 1,
      unspecifiedSource: 1,
    });
    expect(refusals.noRoute).toBeGreaterThanOrEqual(1_000);
  });
}, ['ip', 'ping', 'tcpdump', 'tshark', 'python3']);
