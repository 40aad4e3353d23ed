import { Observable, of, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { always, atEnd, Drop, type Lane, Packet, stage, whenRefused } from '../../src/packet/index.ts';
import { look, marbles, packetsNamed, sources } from '../../test/support/marbles.ts';

const nothing = (): void => undefined;
const lanes: readonly (readonly [string, Lane])[] = [
  ['stage', stage(nothing)],
  ['whenRefused', whenRefused(nothing)],
  ['always', always(nothing)],
  ['atEnd', atEnd(nothing)],
  ['stages in a row', (source) => source.pipe(stage(nothing), always(nothing), atEnd(nothing))],
];

describe.each(lanes)('%s', (_name, lane) => {
  it.each(sources)('passes everything on in its frame: $name', ({ source, result, subscription }) => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold(source, packetsNamed('abc'));
      expectObservable(source$.pipe(lane, look())).toBe(result);
      expectSubscriptions(source$.subscriptions).toBe(subscription);
    });
  });

  it('lets go of its source when unsubscribed', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('  -a-b-c-', packetsNamed('abc'));
      const subscription = ' ^---!   ';
      expectObservable(source$.pipe(lane, look()), subscription).toBe('-a-b');
      expectSubscriptions(source$.subscriptions).toBe(subscription);
    });
  });

  it('lets go of its source when what follows has enough', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('                                -a-b-c-', packetsNamed('abc'));
      expectObservable(source$.pipe(lane, take(2), look())).toBe('-a-(b|)');
      expectSubscriptions(source$.subscriptions).toBe('     ^--!');
    });
  });

  it('stops a source that emits without end when it is subscribed', () => {
    let made = 0;
    const endless$ = new Observable<Packet>((out) => {
      for (; !out.closed && made < 1_000; made += 1) out.next(new Packet(8));
    });
    endless$.pipe(lane, take(3)).subscribe();
    expect(made).toBe(3);
  });

  it('subscribes its source once', () => {
    let subscriptions = 0;
    const source$ = new Observable<Packet>((out) => {
      subscriptions += 1;
      out.complete();
    });
    source$.pipe(lane).subscribe();
    expect(subscriptions).toBe(1);
  });
});

describe('a step', () => {
  it('edits the packet before it is passed on', () => {
    marbles(({ cold, expectObservable }) => {
      const source$ = cold('-a-b-|', packetsNamed('ab'));
      const refuseA = stage((packet) => {
        if (packet.seconds === 97) packet.refuse(Drop.noRoute);
      });
      expectObservable(source$.pipe(refuseA, look())).toBe('-x-b-|', { x: 'a noRoute', b: 'b' });
    });
  });

  it.each([
    ['stage', stage],
    ['always', always],
  ])('of %s that throws is a bug: it ends the stream with an error', (_name, lift) => {
    const bug = new Error('a bug');
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('                   -a-b-c-|', packetsNamed('abc'));
      const lane = lift((packet) => {
        if (packet.seconds === 98) throw bug;
      });
      expectObservable(source$.pipe(lane, look())).toBe('-a-#', undefined, bug);
      expectSubscriptions(source$.subscriptions).toBe('  ^--!');
    });
  });
});

describe('atEnd', () => {
  it.each([
    ['completes', '-a-|', '^------', 1],
    ['errors', '   -a-#', '^------', 0],
    ['is let go', '-a----', '^--!---', 0],
  ])(
    'acts once before the end is passed on, and only when the source completes: it %s',
    (_name, source, until, times) => {
      const seen: string[] = [];
      marbles(({ cold, expectObservable }) => {
        const ending$ = cold(source.trim(), packetsNamed('a')).pipe(
          atEnd(() => seen.push('action')),
          tap({ complete: () => seen.push('complete') }),
          look(),
        );
        expectObservable(ending$, until);
      });
      expect(seen).toEqual(times === 1 ? ['action', 'complete'] : []);
    },
  );

  it('turns an action that throws into an error', () => {
    const bug = new Error('a bug');
    const seen: unknown[] = [];
    of(new Packet(8))
      .pipe(
        atEnd(() => {
          throw bug;
        }),
      )
      .subscribe({ error: (error) => seen.push(error), complete: () => seen.push('complete') });
    expect(seen).toEqual([bug]);
  });
});
