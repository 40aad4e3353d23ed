import {
  asyncScheduler,
  concat,
  delay,
  EMPTY,
  ignoreElements,
  mergeMap,
  NEVER,
  Observable,
  of,
  take,
  throwError,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { branch, Drop, type Lane, Packet, pass, stage } from '../../src/packet/index.ts';
import { look, marbles, packetsNamed, snapshot, sources } from '../../test/support/marbles.ts';

type Side = 'left' | 'right';
/** b goes right, all others left. */
const side = (packet: Packet): Side => (snapshot(packet).startsWith('b') ? 'right' : 'left');
const refuse: Lane = stage((packet) => packet.refuse(Drop.noRoute));

describe('branch', () => {
  it.each(sources)('merges what comes out of its lanes, in order: $name', ({ source, result, subscription }) => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold(source, packetsNamed('abc'));
      expectObservable(source$.pipe(branch(side, { left: pass, right: pass }), look())).toBe(result);
      expectSubscriptions(source$.subscriptions).toBe(subscription);
    });
  });

  it('gives each packet to the lane that the key names, and to no other', () => {
    marbles(({ cold, expectObservable }) => {
      const source$ = cold('-a-b-c-|', packetsNamed('abc'));
      const lanes = { left: pass, right: refuse };
      expectObservable(source$.pipe(branch(side, lanes), look())).toBe('-a-x-c-|', { a: 'a', x: 'b noRoute', c: 'c' });
    });
  });

  it('lets go of source and lanes when unsubscribed', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('  -a-c-b-', packetsNamed('abc'));
      const right$ = hot<Packet>('-------');
      const subscription = ' ^---!   ';
      const right: Lane = () => right$;
      expectObservable(source$.pipe(branch(side, { left: pass, right }), look()), subscription).toBe('-a-c');
      expectSubscriptions(source$.subscriptions).toBe(subscription);
      expectSubscriptions(right$.subscriptions).toBe(subscription);
    });
  });

  it('stops a source that emits without end when what follows has enough', () => {
    let made = 0;
    const endless$ = new Observable<Packet>((out) => {
      for (; !out.closed && made < 1_000; made += 1) out.next(new Packet(8));
    });
    endless$.pipe(branch(side, { left: pass, right: pass }), take(3)).subscribe();
    expect(made).toBe(3);
  });

  it('subscribes the lanes first, then the source, each once', () => {
    const order: string[] = [];
    const noting =
      (name: string): Lane =>
      (source) =>
        new Observable((out) => {
          order.push(name);
          return source.subscribe(out);
        });
    const source$ = of(new Packet(8)).pipe(noting('source'));
    source$.pipe(branch(side, { left: noting('left'), right: noting('right') })).subscribe();
    expect(order).toEqual(['left', 'right', 'source']);
  });

  it('forgets nothing between two subscriptions', () => {
    const counts = [0, 0];
    const counted$ = of(new Packet(8), new Packet(8)).pipe(branch(side, { left: pass, right: pass }));
    for (const which of [0, 1]) counted$.subscribe(() => (counts[which] = (counts[which] ?? 0) + 1));
    expect(counts).toEqual([2, 2]);
  });
});

describe('the end of a branch', () => {
  it.each([
    ['waits for the lane that is slowest', '-a-b-|  ', delay<Packet>(3, undefined), '-a----(b|)'],
    ['comes when a lane swallows everything', '-a-b-|', ignoreElements() as Lane, '-a---|'],
    ['does not come while a lane goes on', '  -a-b-|', mergeMap(() => NEVER), '-a----'],
    ['comes although a lane ended early', '   -a-b-|', (() => EMPTY) as Lane, '-a-x-|'],
  ])('%s', (_name, source, right, result) => {
    marbles(({ cold, expectObservable }) => {
      const source$ = cold(source.trim(), packetsNamed('ab'));
      const values = { a: 'a', b: 'b', x: 'b laneClosed' };
      expectObservable(source$.pipe(branch(side, { left: pass, right }), look())).toBe(result, values);
    });
  });

  it('is an error when the source errors, when a lane errors, when the key throws', () => {
    const bug = new Error('a bug');
    const throws = (): never => {
      throw bug;
    };
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const failing$ = cold('   -a-#', packetsNamed('a'), bug);
      expectObservable(failing$.pipe(branch(side, { left: pass, right: pass }), look())).toBe('-a-#', undefined, bug);

      const source$ = cold('    -a-b-c', packetsNamed('abc'));
      const right = mergeMap(() => throwError(() => bug));
      expectObservable(source$.pipe(branch(side, { left: pass, right }), look())).toBe('-a-#', undefined, bug);
      expectSubscriptions(source$.subscriptions).toBe('^--!');

      const keyed$ = cold('     -a-b-c', packetsNamed('abc'));
      expectObservable(keyed$.pipe(branch(throws, { left: pass }), look())).toBe('-#', undefined, bug);
      expectSubscriptions(keyed$.subscriptions).toBe('^!');
    });
  });

  it('does not subscribe the source when a lane fails at once', () => {
    const bug = new Error('a bug');
    const seen: unknown[] = [];
    let subscribed = false;
    const source$ = new Observable<Packet>(() => {
      subscribed = true;
    });
    source$
      .pipe(branch(side, { left: pass, right: () => throwError(() => bug) }))
      .subscribe({ error: (error) => seen.push(error) });
    expect([seen, subscribed]).toEqual([[bug], false]);
  });
});

describe('a lane that takes no packets', () => {
  const takes: Lane = take(1);

  it.each([
    ['never subscribed its entrance', (() => NEVER) as Lane, ['a', 'b laneClosed', 'c', 'b laneClosed']],
    ['ended at once', (() => EMPTY) as Lane, ['a', 'b laneClosed', 'c', 'b laneClosed']],
    ['has had enough', takes, ['a', 'b', 'c', 'b laneClosed']],
  ])('loses nothing: what it would get is refused when it %s', (_name, right, expected) => {
    const { a, b, c } = packetsNamed('abc') as { a: Packet; b: Packet; c: Packet };
    const again = packetsNamed('b').b as Packet;
    const seen: string[] = [];
    of(a, b, c, again)
      .pipe(branch(side, { left: pass, right }), look())
      .subscribe((name) => seen.push(name));
    expect(seen).toEqual(expected);
  });

  it('passes on untouched what was refused before', () => {
    const b = packetsNamed('b').b as Packet;
    b.refuse(Drop.truncated);
    const seen: string[] = [];
    of(b)
      .pipe(branch(side, { left: pass, right: () => NEVER }), look())
      .subscribe((name) => seen.push(name));
    expect(seen).toEqual(['b truncated']);
  });

  it('may say something of its own before it takes any', () => {
    const { a, b, x } = packetsNamed('abx') as { a: Packet; b: Packet; x: Packet };
    const right: Lane = (source) => concat(of(x), source);
    const seen: string[] = [];
    of(a, b)
      .pipe(branch(side, { left: pass, right }), look())
      .subscribe((name) => seen.push(name));
    expect(seen).toEqual(['x', 'a', 'b']);
  });

  it('may come late: until then packets are refused, and it still ends', () => {
    marbles(({ cold, expectObservable }) => {
      const source$ = cold('-b---c-|', { b: packetsNamed('b').b as Packet, c: packetsNamed('b').b as Packet });
      const late: Lane = (source) =>
        new Observable((out) => asyncScheduler.schedule(() => out.add(source.subscribe(out)), 3));
      const lanes = { left: pass, right: late };
      expectObservable(source$.pipe(branch(side, lanes), look())).toBe('-x---b-|', { x: 'b laneClosed', b: 'b' });
    });
  });
});
