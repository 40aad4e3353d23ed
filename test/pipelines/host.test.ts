import { NEVER, of, pipe } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { countOutcome } from '../../src/operators/index.ts';
import { always, pass, Status, stage } from '../../src/packet/index.ts';
import { host } from '../../src/pipelines/index.ts';
import { release } from '../../src/sinks/release.ts';
import { createNode } from '../../src/state/node.ts';
import {
  bytesOf,
  echoRequest6,
  ipv4,
  ipv6,
  linkLayerOption,
  neighborAdvertisement,
  neighborSolicitation,
  packetOf,
  routerSolicitation,
  seededRandom,
  udp,
} from '../../src/testing/index.ts';
import { hostBed, ourLinkLocal, r1 } from '../support/host-bed.ts';
import { a, outcomeOf, prefixFrom, testbed } from '../support/testbed.ts';

/** What a host with the test bed's addresses and routes makes of a packet, and how much it says. */
const outcomeFor = (bytes: Uint8Array, without?: 'classify'): [string, number] => {
  const bed = testbed();
  let outcome = '';
  const line = pipe(
    host(bed.node, (lanes) => (without === undefined ? lanes : { ...lanes, [without]: pass })),
    stage((packet) => {
      packet.status = Status.sent;
    }),
    always((packet) => {
      if (packet.inInterface === a) outcome = outcomeOf(packet);
    }),
    countOutcome(bed.node.counters),
    release(),
  );
  of(packetOf(bytes, { inInterface: a }))
    .pipe(line)
    .subscribe();
  const { sent, refused, delivered, received, originated } = bed.node.counters.balance();
  expect(sent + refused + delivered).toBe(received + originated);
  return [outcome, sent];
};

const six = (destination: string) => ipv6({ source: 'fd00:a::2', destination });

describe('a host', () => {
  it.each([
    ['for a neighbor of another link', bytesOf(six('fd00:b::2'), udp())],
    ['by a router', bytesOf(six('2001:db8::1'), udp())],
    ['where no route leads, which a router would tell', bytesOf(six('3fff::1'), udp())],
    ['where a route says to refuse', bytesOf(six('2001:db8:dead::1'), udp())],
    ['where a route says to discard', bytesOf(six('2001:db8:b1ac::1'), udp())],
    ['that has no hops left', bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', hopLimit: 1 }), udp())],
    ['of IPv4', bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.2.2' }), udp())],
    ['of IPv4, where no route leads', bytesOf(ipv4({ source: '10.0.1.2', destination: '8.8.8.8' }), udp())],
  ])('forwards nothing, and says nothing about it: a packet %s', (_, bytes) => {
    expect(outcomeFor(bytes)).toEqual(['notForwarding', 0]);
  });

  it('forwards nothing either when its lanes do not look where packets go', () => {
    expect(outcomeFor(bytesOf(six('fd00:b::2'), udp()), 'classify')).toEqual(['notForwarding', 0]);
  });

  it.each([
    ['the address of that link', 'fd00:a::1'],
    ['the address of another', 'fd00:b::1'],
  ])('takes what is for %s, and answers', (_, destination) => {
    expect(outcomeFor(bytesOf(six(destination), echoRequest6()))).toEqual(['delivered', 1]);
  });

  it('does not call itself a router (RFC 4861 §4.4)', () => {
    const bed = hostBed();
    bed.wait(3_000);
    bed.give(r1, ourLinkLocal, neighborSolicitation(ourLinkLocal, linkLayerOption('source', '02:00:00:00:00:01')));
    const [answer = ''] = bed.said().filter((said) => said.includes('advertisement'));
    expect(answer).toContain('neighbor advertisement');
    expect(answer).not.toContain('router');
    bed.stop();
  });

  it('is in no group of routers, and learns no neighbor unasked', () => {
    const bed = hostBed();
    bed.wait(3_000);
    const echo = echoRequest6();
    expect(['ff02::1', 'ff02::2', 'ff05::2'].map((group) => bed.give(r1, group, echo))).toEqual([
      'delivered',
      'notMember',
      'notMember',
    ]);
    expect(bed.give(r1, 'ff02::2', routerSolicitation())).toBe('notMember');
    const own = linkLayerOption('target', '02:00:00:00:00:09');
    expect(bed.give('fe80::9', 'ff02::1', neighborAdvertisement('O', 'fe80::9', own))).toBe('delivered');
    expect(bed.node.neighbors.list().some(({ address }) => address.w3 === 9)).toBe(false);
    bed.stop();
  });

  it('leaves nothing behind, whenever it is let go', () => {
    const node = createNode({ random: seededRandom(1), forwarding: false });
    const running = NEVER.pipe(host(node)).subscribe();
    node.routes.add({ to: prefixFrom('::/0'), interfaceIndex: 1 });
    running.unsubscribe();
    expect([node.ports.receiver(58, 134), node.ports.receiver(58, 137), node.pool.outstanding]).toEqual([
      undefined,
      undefined,
      0,
    ]);
    node.close();
  });
});
