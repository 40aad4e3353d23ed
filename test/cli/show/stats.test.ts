import { of } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { drawStats, ipPhrases } from '../../../src/cli/show/stats.ts';
import { Drop } from '../../../src/packet/index.ts';
import type { ShowStats } from '../../../src/run/control/requests/show-stats.ts';
import { showStats } from '../../../src/run/control/requests/show-stats.ts';
import { Counter, counterNames } from '../../../src/state/counters.ts';
import type { Node } from '../../../src/state/node.ts';
import { bytesOf, echoRequest6, ipv4, ipv6, packetOf, payload, udp } from '../../../src/testing/index.ts';
import { runLine } from '../../support/router.ts';
import { a, testbed } from '../../support/testbed.ts';

const statsOf = (node: Node): ShowStats => showStats.answer({ node, since: 0, requests: [] }, {}) as ShowStats;

const six = (fields: object = {}) => ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', ...fields });

/** What the router makes of one packet of every sort. */
const routed = (): Node => {
  const bed = testbed();
  const packets = [
    bytesOf(six(), udp(), payload(20)),
    bytesOf(six({ hopLimit: 1 }), udp()),
    bytesOf(six({ destination: '3fff::1' }), udp()),
    bytesOf(six({ destination: 'fd00:a::1' }), echoRequest6()),
    bytesOf(six({ destination: 'ff02::1' }), echoRequest6()),
    bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.2.2' }), payload(1_450)),
    Uint8Array.of(0xf0, 1, 2),
  ];
  runLine(bed, of(...packets.map((bytes) => packetOf(bytes, { inInterface: a, pool: bed.pool }))));
  return bed.node;
};

test('reads like netstat -s: a section for each protocol, what is zero left out, and where every packet is', () => {
  expect(drawStats(statsOf(routed()))).toBe(
    [
      'ip6:',
      '\t5 packets received',
      '\t260 bytes received',
      '\t1 packet received for a group',
      '\t48 bytes received for groups',
      '\t1 packet with a bad header',
      '\t2 packets for this node',
      '\t2 packets to be forwarded',
      '\t1 packet without a route',
      '\t1 packet forwarded',
      '\t4 packets sent from this node',
      '\t5 packets transmitted',
      '\t356 bytes transmitted',
      '\t2 packets refused:',
      '\t\t1 noRoute: No route leads to the destination.',
      '\t\t1 hopLimitExceeded: The hop limit (IPv4: time to live) ran out.',
      'icmp6:',
      '\t2 messages received',
      '\t4 messages sent',
      '\tinput histogram:',
      '\t\techo request: 2',
      '\toutput histogram:',
      '\t\tdestination unreachable: 1',
      '\t\ttime exceeded: 1',
      '\t\techo reply: 2',
      'ip:',
      '\t1 packet received',
      '\t1470 bytes received',
      '\t1 packet to be forwarded',
      '\t1 packet forwarded',
      '\t1 packet larger than its link carries',
      '\t1 packet fragmented',
      '\t2 fragments created',
      '\t2 packets transmitted',
      '\t1490 bytes transmitted',
      'neither:',
      '\t1 packet received',
      '\t3 bytes received',
      '\t1 packet with a bad header',
      '\t1 packet refused:',
      '\t\t1 unknownVersion: The version nibble is neither 4 nor 6.',
      'packets:',
      '\t12 in = 7 received + 4 originated + 1 copied',
      '\t12 out = 7 sent + 2 delivered + 3 refused + 0 merged + 0 held',
    ].join('\n'),
  );
});

test('of one interface: what came and left by it', () => {
  expect(drawStats(statsOf(routed()), { interface: 'b' })).toBe(
    [
      'ip6 on b:',
      '\t1 packet forwarded',
      '\t1 packet transmitted',
      '\t68 bytes transmitted',
      'ip on b:',
      '\t1 packet forwarded',
      '\t1 packet larger than its link carries',
      '\t1 packet fragmented',
      '\t2 fragments created',
      '\t2 packets transmitted',
      '\t1490 bytes transmitted',
    ].join('\n'),
  );
  expect(drawStats(statsOf(routed()), { interface: 'p' })).toBe('no packets on p');
});

test('when nothing has happened, only the law is left', () => {
  expect(drawStats(statsOf(testbed().node))).toBe(
    [
      'packets:',
      '\t0 in = 0 received + 0 originated + 0 copied',
      '\t0 out = 0 sent + 0 delivered + 0 refused + 0 merged + 0 held',
    ].join('\n'),
  );
});

describe('--all', () => {
  test('prints what is zero, too: every counter once', () => {
    const lines = drawStats(statsOf(testbed().node), { all: true }).split('\n');
    expect(lines.filter((line) => !line.startsWith('\t'))).toEqual(['ip6:', 'icmp6:', 'ip:', 'icmp:', 'packets:']);
    expect(lines.filter((line) => line === '\t0 packets forwarded')).toHaveLength(2);
    expect(lines).toContain('\t0 errors held back by a rate limit');
  });

  test('has a phrase for each counter of RFC 4293, and no two alike', () => {
    expect(ipPhrases.map(([name]) => name).sort()).toEqual([...counterNames].sort());
    const phrases = ipPhrases.flatMap(([, one, several]) => [one, several]);
    expect(new Set(phrases).size).toBe(phrases.length);
  });
});

test('one is one, and two are several', () => {
  const { node } = testbed();
  node.counters.add(a, 6, Counter.outFragCreates);
  node.counters.add(a, 4, Counter.outFragCreates, 2);
  node.counters.icmp.suppressed(a, 6);
  node.counters.refused(a, 4, Drop.noRoute);
  const lines = drawStats(statsOf(node)).split('\n');
  for (const line of ['1 fragment created', '2 fragments created', '1 error held back by a rate limit']) {
    expect(lines).toContain(`\t${line}`);
  }
  expect(lines).toContain('\t1 packet refused:');
});

test('refusals come with most packets first', () => {
  const { node } = testbed();
  for (const drop of [Drop.noRoute, Drop.blackhole, Drop.blackhole]) node.counters.refused(a, 6, drop);
  const lines = drawStats(statsOf(node)).split('\n');
  const at = lines.indexOf('\t3 packets refused:');
  expect(lines.slice(at + 1, at + 3).map((line) => line.trim().split(':')[0])).toEqual(['2 blackhole', '1 noRoute']);
});
