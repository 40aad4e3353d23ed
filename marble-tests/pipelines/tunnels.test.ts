import { asyncScheduler, map, pipe, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../src/packet/index.ts';
import { router } from '../../src/pipelines/router.ts';
import { bytesOf, ipv4, ipv6, packetOf, udp } from '../../src/testing/index.ts';
import { marbles } from '../../test/support/marbles.ts';
import { a, outcomeOf, prefixFrom, type Testbed, testbed } from '../../test/support/testbed.ts';
import { addTunnel, namesOn } from '../../test/support/tunnels.ts';

const t = 5;
const transit = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), udp());
const tunnelled = bytesOf(ipv6({ source: 'fd00:a::2', destination: '2001:db8:7::1' }), udp());
const toD6 = bytesOf(ipv6({ source: 'fd00:a::2', destination: '2001:db8::6' }), udp());
const toD = bytesOf(ipv4({ source: '10.0.1.2', destination: '192.0.2.9' }), udp());

/** A fresh packet for every letter: f(orwarded), i(nto a tunnel), 3 and 5 (of the figures). */
const arriving = ({ pool }: Testbed): ((letter: string) => Packet) => {
  const bytes: Record<string, Uint8Array> = { f: transit, i: tunnelled, 3: toD, 5: toD6 };
  return (letter) => packetOf(bytes[letter]!, { pool, inInterface: a });
};

/** What became of a packet, where it goes, and how deep it is; own packets in capitals. */
const seen = (packet: Packet): string => {
  const text = `${outcomeOf(packet)} ${packet.outInterface} ${packet.depth}`;
  return packet.inInterface === 0 ? text.toUpperCase() : text;
};
const drain = pipe(
  map((packet: Packet) => [seen(packet), packet] as const),
  tap(([, packet]) => packet.release()),
  map(([name]) => name),
);

/** Both figures of INET'99 §3.3 at once, and a tunnel that is right. */
const figures = (bed: Testbed): Testbed => {
  const { node } = bed;
  addTunnel(node, 'I', { local: '10.0.1.1', remote: '192.0.2.9', routes: ['192.0.2.9/32'] });
  addTunnel(node, 'tun6', { local: '10.0.2.1', remote: '192.0.2.4', routes: ['2001:db8::6/128'] });
  addTunnel(node, 'tun4', { local: 'fd00:b::1', remote: '2001:db8::6', routes: ['192.0.2.4/32'] });
  addTunnel(node, 'good', { local: '10.0.2.1', remote: '10.0.2.2', routes: ['2001:db8:7::/48'] });
  return bed;
};

const f = 'forward 3 0';
const i = 'forward 3 1';
const E = 'FORWARD 2 0';

describe('tunnels', () => {
  it('go in and come out in the frame that the packet came in', () => {
    marbles(({ cold, expectObservable }) => {
      const bed = figures(testbed());
      const routed$ = cold('    -f-i-(if)-|').pipe(map(arriving(bed)), router(bed.node), drain);
      expectObservable(routed$).toBe('-f-i-(if)-|', { f, i });
    });
  });

  it('that loop take nothing; their senders are told, and others go on', () => {
    marbles(({ cold, expectObservable }) => {
      const bed = figures(testbed());
      const routed$ = cold('    -3-----5-----f-i-|').pipe(map(arriving(bed)), router(bed.node), drain);
      const loop3 = `tunnelLoop ${t} 0`;
      const loop5 = `tunnelLoop ${t + 1} 0`;
      expectObservable(routed$).toBe('-(Ex)--(Ey)--f-i-|', { f, i, E, x: loop3, y: loop5 });
    });
  });

  it('are stopped by the guard on the packet, when no one has foreseen the loop: after one, and after two', () => {
    marbles(({ cold, expectObservable }) => {
      const bed = figures(testbed());
      bed.node.tunnels.table.loop.fill(0);
      const routed$ = cold('    -3-----5-----f-i-|').pipe(map(arriving(bed)), router(bed.node), drain);
      const loop3 = `tunnelLoop ${t} 1`;
      const loop5 = `tunnelLoop ${t + 1} 2`;
      expectObservable(routed$).toBe('-(Ex)--(Ey)--f-i-|', { f, i, E, x: loop3, y: loop5 });
    });
  });

  it('hold no packet when they are let go', () => {
    marbles(({ hot, expectObservable, expectSubscriptions, flush }) => {
      const bed = figures(testbed());
      const source$ = hot('      -i-5-f-');
      const until = '            ^---!  ';
      const routed$ = source$.pipe(map(arriving(bed)), router(bed.node), drain);
      expectObservable(routed$, until).toBe('-i-(Ex)', { i, E, x: `tunnelLoop ${t + 1} 0` });
      expectSubscriptions(source$.subscriptions).toBe(until.trim());
      flush();
      expect(bed.pool.outstanding).toBe(0);
    });
  });
});

describe('node.loops', () => {
  it('tells a loop when it is foreseen, when a packet meets it, then once a second, and when it is gone', () => {
    marbles(({ cold, expectObservable }) => {
      const bed = testbed({ scheduler: asyncScheduler });
      const { node } = bed;
      const told$ = node.loops.changes$.pipe(
        map(
          ({ type, value }) =>
            `${type} ${namesOn(node, value.path)} ${value.foreseen ? '' : 'not '}foreseen ${value.packets}`,
        ),
      );
      // a(dds a tunnel whose other end lies behind itself), m(eets it), r(emoves the route)
      cold('-a-m-m-m 998ms m-r-|').subscribe((letter) => {
        if (letter === 'a') addTunnel(node, 'I', { local: '10.0.1.1', remote: '192.0.2.9', routes: ['192.0.2.9/32'] });
        if (letter === 'm') node.loops.meet(node.tunnels.table.loop[t] as number);
        if (letter === 'r') node.routes.delete(prefixFrom('192.0.2.9/32'));
      });
      expectObservable(told$).toBe('-f-m---- 995ms n----e 994ms o', {
        f: 'added I -> I foreseen 0',
        m: 'updated I -> I foreseen 1',
        n: 'updated I -> I foreseen 3',
        e: 'updated I -> I not foreseen 4',
        o: 'updated I -> I not foreseen 4',
      });
    });
  });
});
