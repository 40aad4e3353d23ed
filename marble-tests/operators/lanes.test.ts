import { Subject, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  classify,
  countOutcome,
  countReceived,
  decode,
  deliver,
  extensionHeaders,
  fragment,
  fragmentOriginated,
  hopByHopOptions,
  hopLimit,
  icmpError,
  pathMtu,
  reassemble,
  scope,
} from '../../src/operators/index.ts';
import { Drop, type Lane, Packet, Status } from '../../src/packet/index.ts';
import { look, type Marbles, marbles, packetsNamed, sources } from '../../test/support/marbles.ts';
import { testbed } from '../../test/support/testbed.ts';

const { node } = testbed();
const outbox = new Subject<Packet>();

const lanes: readonly (readonly [string, Lane])[] = [
  ['decode', decode()],
  ['extensionHeaders', extensionHeaders()],
  ['hopByHopOptions', hopByHopOptions()],
  ['classify', classify(node)],
  ['scope', scope(node.interfaces)],
  ['hopLimit', hopLimit()],
  ['pathMtu', pathMtu(node)],
  ['fragment', fragment(node)],
  ['fragmentOriginated', fragmentOriginated(node)],
  ['reassemble', reassemble(node)],
  ['deliver', deliver(node, outbox)],
  ['icmpError', icmpError(node, outbox)],
  ['countReceived', countReceived(node.counters)],
  ['countOutcome', countOutcome(node.counters)],
];

/** Packets that are no one's business any more: refused without an answer, delivered, sent. */
const settled = (): Marbles => {
  const packets = packetsNamed('abc');
  packets.a!.refuse(Drop.blackhole);
  packets.b!.status = Status.delivered;
  packets.c!.status = Status.sent;
  return packets;
};
const seen = { a: 'a blackhole', b: 'B', c: 'C' };

describe.each(lanes)('%s', (_name, lane) => {
  it.each(sources)('hands on what is settled, in its frame: $name', ({ source, result, subscription }) => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold(source, settled());
      expectObservable(source$.pipe(lane, look())).toBe(result, seen);
      expectSubscriptions(source$.subscriptions).toBe(subscription);
    });
  });

  it('lets go of its source when unsubscribed, and when what follows has enough', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('  -a-b-c-', settled());
      const subscription = ' ^---!   ';
      expectObservable(source$.pipe(lane, look()), subscription).toBe('-a-b', seen);
      expectSubscriptions(source$.subscriptions).toBe(subscription);
      const other$ = hot('               -a-b-c-', settled());
      expectObservable(other$.pipe(lane, take(2), look())).toBe('-a-(b|)', seen);
      expectSubscriptions(other$.subscriptions).toBe('^--!');
    });
  });

  it('hands on a packet of no bytes and one of garbage, once each', () => {
    const source$ = new Subject<Packet>();
    const out: Packet[] = [];
    source$.pipe(decode(), lane).subscribe((packet) => out.push(packet));
    const given = [new Packet(0), new Packet(64).reset(0, 64)];
    for (const packet of given) source$.next(packet);
    expect(out).toEqual(given);
  });
});
