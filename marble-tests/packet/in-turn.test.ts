import { Subject, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inTurn, type Packet, PacketPool } from '../../src/packet/index.ts';
import { look, marbles, packetsNamed, snapshot, sources } from '../../test/support/marbles.ts';

/** Feeds the line with what `say` answers to each packet, and tells the order in which packets enter and leave. */
const feedback = (limit: number, say: Readonly<Record<string, string>>, first: string): string[] => {
  const outbox = new Subject<Packet>();
  const order: string[] = [];
  const named = packetsNamed('abcdefg');
  outbox.pipe(inTurn(limit)).subscribe({
    next: (packet) => {
      const name = snapshot(packet);
      order.push(`+${name}`);
      for (const answer of say[name] ?? '') {
        if (answer === '|') outbox.complete();
        else outbox.next(named[answer]!);
      }
      order.push(`-${name}`);
    },
    complete: () => order.push('|'),
  });
  outbox.next(named[first]!);
  return order;
};

describe('inTurn', () => {
  it.each(sources)('passes everything on in its frame: $name', ({ source, result, subscription }) => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold(source, packetsNamed('abc'));
      expectObservable(source$.pipe(inTurn(), look())).toBe(result);
      expectSubscriptions(source$.subscriptions).toBe(subscription);
    });
  });

  it('lets go of its source when unsubscribed', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('  -a-b-c-', packetsNamed('abc'));
      const subscription = ' ^---!   ';
      expectObservable(source$.pipe(inTurn(), look()), subscription).toBe('-a-b');
      expectSubscriptions(source$.subscriptions).toBe(subscription);
    });
  });

  it('does not nest: what comes meanwhile waits, in order', () => {
    expect(feedback(8, { a: 'bc', b: 'd', d: 'e' }, 'a')).toEqual([
      '+a',
      '-a',
      '+b',
      '-b',
      '+c',
      '-c',
      '+d',
      '-d',
      '+e',
      '-e',
    ]);
  });

  it('ends when those that waited are gone', () => {
    expect(feedback(8, { a: 'bc|' }, 'a')).toEqual(['+a', '-a', '+b', '-b', '+c', '-c', '|']);
  });

  it('refuses what finds the queue full; a place is free again when one has gone', () => {
    const order = feedback(2, { a: 'bcd', b: 'e' }, 'a');
    expect(order.filter((step) => step.startsWith('+'))).toEqual(['+a', '+d outboxFull', '+b', '+c', '+e']);
  });

  it('gives back what waits when it is let go', () => {
    const pool = new PacketPool();
    const outbox = new Subject<Packet>();
    outbox.pipe(inTurn(), take(1)).subscribe((packet) => {
      for (let i = 0; i < 5; i += 1) outbox.next(pool.acquire(40)!);
      packet.release();
    });
    outbox.next(pool.acquire(40)!);
    expect([pool.outstanding, outbox.observed]).toEqual([0, false]);
  });
});
