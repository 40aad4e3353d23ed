import { concat, map, Observable, observeOn, of, pipe, queueScheduler, Subject, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Packet, stage } from '../../src/packet/index.ts';
import { type RouterAdapter, router } from '../../src/pipelines/router.ts';
import { bytesOf, echoRequest6, ipv6, packetOf, udp } from '../../src/testing/index.ts';
import { marbles, sources } from '../../test/support/marbles.ts';
import { line } from '../../test/support/router.ts';
import { a, outcomeOf, received, type Testbed, testbed } from '../../test/support/testbed.ts';

const transit = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), udp());
const expired = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', hopLimit: 1 }), udp());
const ping = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' }), echoRequest6());

/** A fresh packet of the test bed's pool for every letter: t(ransit), x (expired), p(ing). */
const arriving = ({ pool }: Testbed): ((letter: string) => Packet) => {
  const bytes: Record<string, Uint8Array> = { t: transit, x: expired, p: ping };
  return (letter) => packetOf(bytes[letter]!, { pool, inInterface: a });
};

/** `forward 3`: what became of a packet and where it goes; own packets in capitals. */
const seen = (packet: Packet): string => {
  const text = `${outcomeOf(packet)} ${packet.outInterface}`;
  return packet.inInterface === 0 ? text.toUpperCase() : text;
};
const values = { t: 'forward 3', p: 'delivered 0', P: 'FORWARD 2', x: 'hopLimitExceeded 3', X: 'FORWARD 2' };

/** Takes packets out of the line: their names go on. */
const drain = pipe(
  map((packet: Packet) => [seen(packet), packet] as const),
  tap(([, packet]) => packet.release()),
  map(([name]) => name),
);

describe('the router', () => {
  it.each(sources)('forwards what comes, in its frame: $name', ({ source, result, subscription }) => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const bed = testbed();
      const source$ = cold(source);
      const t = 'forward 3';
      const routed$ = source$.pipe(
        map(() => arriving(bed)('t')),
        router(bed.node),
        drain,
      );
      expectObservable(routed$).toBe(result, { a: t, b: t, c: t });
      expectSubscriptions(source$.subscriptions).toBe(subscription);
    });
  });

  it('says what it has to say in the same frame, before the packet that asked for it goes on', () => {
    marbles(({ cold, expectObservable }) => {
      const bed = testbed();
      const routed$ = cold('    -p------x------t-|').pipe(map(arriving(bed)), router(bed.node), drain);
      expectObservable(routed$).toBe('-(Pp)---(Xx)---t-|', values);
    });
  });

  it('completes after its source, with everything said', () => {
    marbles(({ cold, expectObservable }) => {
      const bed = testbed();
      const routed$ = cold('    -(pp|)').pipe(map(arriving(bed)), router(bed.node), drain);
      expectObservable(routed$).toBe('-(PpPp|)', values);
    });
  });

  it('passes an error of its source on', () => {
    marbles(({ cold, expectObservable }) => {
      const bed = testbed();
      const routed$ = cold('    -t-#').pipe(map(arriving(bed)), router(bed.node), drain);
      expectObservable(routed$).toBe('-t-#', values);
    });
  });

  it('leaves no subscription when it is let go', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const bed = testbed();
      const source$ = hot('      -t-p-t-');
      const subscription = '     ^---!  ';
      const routed$ = source$.pipe(map(arriving(bed)), router(bed.node), drain);
      expectObservable(routed$, subscription).toBe('-t-(Pp)', values);
      expectSubscriptions(source$.subscriptions).toBe(subscription.trim());
    });
  });

  it('keeps one subscription apart from another', () => {
    const bed = testbed();
    const names: string[][] = [[], []];
    const source$ = new Observable<Packet>((out) => {
      out.next(arriving(bed)('p'));
      out.complete();
    }).pipe(router(bed.node), drain);
    for (const list of names) source$.subscribe((name) => list.push(name));
    expect(names).toEqual([
      [values.P, values.p],
      [values.P, values.p],
    ]);
  });
});

describe('a router that is let go', () => {
  /** A lane that says `count` things more for every packet that is ours to send. */
  const chatty =
    (bed: Testbed, count: number): RouterAdapter =>
    (lanes, outbox) => {
      let left = count;
      return {
        ...lanes,
        originate: stage(() => {
          for (let i = 0; i < 2 && left > 0; i += 1, left -= 1) {
            const own = received(transit, { pool: bed.pool, inInterface: 0 });
            bed.node.counters.originated(0, 6);
            outbox.next(own);
          }
        }),
      };
    };

  it.each<readonly [string, (bed: Testbed) => RouterAdapter | undefined]>([
    ['as soon as the first packet is out', () => undefined],
    ['while more of its own packets wait', (bed) => chatty(bed, 40)],
  ])('holds no packet: %s', (_name, adapter) => {
    const bed = testbed();
    const source$ = new Subject<Packet>();
    const adapt = adapter(bed);
    const routed$ = source$.pipe(adapt ? router(bed.node, adapt) : router(bed.node), drain, take(1));
    routed$.subscribe();
    source$.next(arriving(bed)('p'));
    expect([source$.observed, bed.pool.outstanding]).toEqual([false, 0]);
  });

  it('holds no packet when its source runs on the queue scheduler', () => {
    const bed = testbed();
    const burst$ = of(...'pxptpx').pipe(observeOn(queueScheduler), map(arriving(bed)));
    burst$.pipe(router(bed.node), drain, take(2)).subscribe();
    expect(bed.pool.outstanding).toBe(0);
  });

  it('holds no packet when its source fails', () => {
    const bed = testbed();
    const failing$ = concat(of(...'px'), new Observable<string>((out) => out.error(new Error('gone'))));
    failing$.pipe(map(arriving(bed)), router(bed.node), drain).subscribe({ error: () => undefined });
    expect(bed.pool.outstanding).toBe(0);
  });
});

describe('the outbox', () => {
  it('does not nest: a chain of 20,000 packets, each said because of the one before', () => {
    const bed = testbed();
    let left = 20_000;
    const adapt: RouterAdapter = (lanes, outbox) => ({
      ...lanes,
      originate: stage(() => {
        if (left === 0) return;
        left -= 1;
        bed.node.counters.originated(0, 6);
        outbox.next(received(transit, { pool: bed.pool, inInterface: 0 }));
      }),
    });
    of('p')
      .pipe(map(arriving(bed)), line(bed, { adapt }))
      .subscribe();
    expect(bed.node.counters.balance()).toMatchObject({ received: 1, originated: 20_001, sent: 20_001, held: 0 });
    expect(bed.pool.outstanding).toBe(0);
  });

  it('is bounded: what does not fit is refused, and nothing vanishes', () => {
    const bed = testbed({ smallLimit: 4_000 });
    const adapt: RouterAdapter = (lanes, outbox) => {
      let first = true;
      const originate = stage(() => {
        if (!first) return;
        first = false;
        for (let i = 0; i < 3_000; i += 1) {
          bed.node.counters.originated(0, 6);
          outbox.next(received(transit, { pool: bed.pool, inInterface: 0 }));
        }
      });
      return { ...lanes, originate };
    };
    of('p')
      .pipe(map(arriving(bed)), line(bed, { adapt }))
      .subscribe();
    const { refused, sent, originated, held } = bed.node.counters.balance();
    expect([originated, held, bed.pool.outstanding]).toEqual([3_001, 0, 0]);
    expect([...bed.node.counters.refusals()]).toEqual([['outboxFull', refused]]);
    expect(sent).toBe(1_025);
  });
});
