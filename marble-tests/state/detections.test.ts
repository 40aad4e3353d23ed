/**
 * Duplicate Address Detection in time (RFC 4862 §5.4, RFC 7527), of one address. Read the diagrams from left to right; a
 * character is a millisecond. `random` is in the middle: a random delay is of 500 ms.
 *
 * happens   a the address is added, tentative    x it is removed     l its first probe is to be delayed
 *           t another address was detected: the interface has spoken
 *           o a probe of ours comes back         n someone asks for it, from `::`      h someone says that it is his
 *           v the interface goes down            w it comes up
 *           | the story ends: the store is closed
 * probes    p is sent
 * outcome   U unique   D duplicate
 */
import { asyncScheduler, map, Subject, tap } from 'rxjs';
import { describe, test } from 'vitest';
import { AddressFlag } from '../../src/state/addresses.ts';
import type { Probe } from '../../src/state/detections.ts';
import { createNode } from '../../src/state/node.ts';
import { addressOf, linkLayerOf } from '../../src/testing/index.ts';
import { equalAddress } from '../../src/wire/address.ts';
import { marbles } from '../../test/support/marbles.ts';

interface Story {
  readonly happens: string;
  readonly probes: string;
  readonly outcome: string;
  /** DupAddrDetectTransmits. Default 1. */
  readonly transmits?: number;
  /** RetransTimer, milliseconds. */
  readonly retransTimer?: number;
}

const address = addressOf('2001:db8::9');
const other = addressOf('2001:db8::8');

const play = ({ happens, probes, outcome, transmits, retransTimer }: Story): void =>
  marbles(({ hot, expectObservable }) => {
    const node = createNode({ scheduler: asyncScheduler, random: () => 0.5, interfaceLimit: 4 });
    const linkLayerAddress = linkLayerOf('02:00:00:00:00:22');
    const { index } = node.interfaces.add({
      name: 'e',
      kind: 'memory',
      mtu: 1_500,
      pointToPoint: false,
      linkLayerAddress,
    });
    if (transmits !== undefined) node.detections.configure(index, transmits);
    if (retransTimer !== undefined) node.neighbors.configure(index, { retransTimer });
    const probe$ = new Subject<Probe>();
    let last: Probe | undefined;
    node.detections.attach((probe) => {
      if (!equalAddress(probe.address, address)) return;
      last = probe;
      probe$.next(probe);
    });
    const add = (which: typeof address): void => {
      node.addresses.add({ interfaceIndex: index, address: which, prefixLength: 64, flags: AddressFlag.tentative });
    };
    const solicit = (nonce: { high: number; low: number } | undefined): void => {
      node.detections.hearSolicitation(index, address, nonce);
    };
    const acts: Readonly<Record<string, () => void>> = {
      a: () => add(address),
      t: () => add(other),
      x: () => node.addresses.remove(index, address),
      l: () => node.detections.delay(index, address),
      o: () => solicit(last && { high: last.nonceHigh, low: last.nonceLow }),
      n: () => solicit(undefined),
      h: () => node.detections.hearAdvertisement(index, address),
      v: () => node.interfaces.takeDown(index),
      w: () => node.interfaces.bringUp(index),
    };
    expectObservable(probe$.pipe(map(() => 'p'))).toBe(probes);
    const outcome$ = new Subject<string>();
    node.detections.outcome$.subscribe((each) => {
      if (equalAddress(each.address, address)) outcome$.next(each.outcome === 'unique' ? 'U' : 'D');
    });
    expectObservable(outcome$).toBe(outcome);
    hot(happens)
      .pipe(tap((letter) => acts[letter]?.()))
      .subscribe({ complete: () => node.close() });
  });

describe('nobody objects (RFC 4862 §5.4)', () => {
  test('one probe, after a random delay: it is the first message of the interface', () =>
    play({
      happens: '-a 4s             |',
      probes: ' - 500ms p         ',
      outcome: '- 500ms - 999ms U ',
    }));

  test('no delay once the interface has spoken', () =>
    play({
      happens: '-t 1999ms a 3s    |',
      probes: ' -- 1999ms p       ',
      outcome: '-- 1999ms - 999ms U',
    }));

  test('a delay once more, if it is asked for: the Router Advertisement was heard by all (§5.4.2)', () =>
    play({
      happens: '-t 1999ms (al) 3s |',
      probes: ' -- 1999ms 500ms p ',
      outcome: '-- 1999ms 500ms - 999ms U',
    }));

  test('as many probes as are configured, RetransTimer apart', () =>
    play({
      transmits: 3,
      retransTimer: 200,
      happens: '-a 4s                            |',
      probes: ' - 500ms p 199ms p 199ms p        ',
      outcome: '- 500ms - 199ms - 199ms - 199ms U',
    }));

  test('no probe, if none is configured: it is unique at once', () =>
    play({ transmits: 0, happens: '-a 4s |', probes: '- ', outcome: '-U ' }));
});

describe('somebody objects', () => {
  test('who asks before we do was first (§5.4.3)', () =>
    play({ happens: '-a 99ms n 4s |', probes: '- ', outcome: '-- 99ms D ' }));

  test('who asks after we did: neither may have it (§5.4.3)', () =>
    play({ happens: '-a 999ms n 4s |', probes: '- 500ms p ', outcome: '-- 999ms D ' }));

  test('who has it says so (§5.4.4)', () =>
    play({ happens: '-a 999ms h 4s |', probes: '- 500ms p ', outcome: '-- 999ms D ' }));

  test('after it has become ours nothing is heard', () =>
    play({ happens: '-a 1999ms n 99ms h |', probes: '- 500ms p ', outcome: '- 500ms - 999ms U ' }));
});

describe('the link loops (RFC 7527)', () => {
  test('three more probes follow, and it is unique once none comes back', () =>
    play({
      happens: '-a 599ms o 4999ms                     |',
      probes: ' - 500ms p 999ms p 999ms p 999ms p      ',
      outcome: '- 500ms - 999ms - 999ms - 999ms - 999ms U',
    }));

  test('and go on as long as one does', () =>
    play({
      happens: '-a 599ms o 999ms o 4999ms 3s                              |',
      probes: ' - 500ms p 999ms p 999ms p 999ms p 999ms p 999ms p 999ms p  ',
      outcome: '- 500ms - 999ms - 999ms - 999ms - 999ms - 999ms - 999ms - 999ms U',
    }));

  test('another node is told from our echo', () =>
    play({ happens: '-a 599ms o 99ms n |', probes: '- 500ms p ', outcome: '-- 599ms - 99ms D ' }));
});

describe('the address or its link goes', () => {
  test('removed: nothing follows', () => play({ happens: '-a 599ms x 4s |', probes: '- 500ms p ', outcome: '- ' }));

  test('the interface comes up again: it begins anew, delayed', () =>
    play({
      happens: '-a 599ms v 99ms w 4s               |',
      probes: ' - 500ms p 99ms - 99ms 500ms p       ',
      outcome: '- 500ms - 99ms - 99ms 500ms - 999ms U',
    }));

  test('what is ours already is detected again, duplicates too (§5.4)', () =>
    play({
      happens: '-a 599ms h 999ms v 99ms w 4s              |',
      probes: ' - 500ms p 99ms - 999ms - 99ms 500ms p      ',
      outcome: '- 500ms - 99ms D 999ms - 99ms 500ms - 999ms U',
    }));
});
