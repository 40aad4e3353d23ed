import { type Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fragment } from '../../src/operators/index.ts';
import { branch, type Lane, type Packet, PacketPool, pass, stage } from '../../src/packet/index.ts';
import { bytesOf, ipv4, payload } from '../../src/testing/index.ts';
import { b, received, testbed } from '../../test/support/testbed.ts';

/** Subscribes, and lets go while the packet is on its way through `lane`, from the inside. */
const letGoMidway = (lane: (letGo: Lane) => Lane, packet: Packet): { seen: Packet[]; source$: Subject<Packet> } => {
  const source$ = new Subject<Packet>();
  const seen: Packet[] = [];
  const letGo = stage(() => subscription.unsubscribe());
  const out$: Observable<Packet> = source$.pipe(lane(letGo));
  const subscription = out$.subscribe((each) => seen.push(each));
  source$.next(packet);
  return { seen, source$ };
};

describe('a packet whose stream is let go while it passes', () => {
  it.each<readonly [string, (letGo: Lane) => Lane]>([
    ['a stage', (letGo) => letGo],
    [
      'stages in a row',
      (letGo) => (source) =>
        source.pipe(
          pass,
          letGo,
          stage(() => undefined),
        ),
    ],
    [
      'a branch, on its way in',
      (letGo) => (source) =>
        source.pipe(
          letGo,
          branch(() => 'only', { only: pass }),
        ),
    ],
    ['a branch, in a lane', (letGo) => branch(() => 'only', { only: letGo })],
    [
      'a branch, in a lane that goes on',
      (letGo) =>
        branch(() => 'only', {
          only: (source) =>
            source.pipe(
              letGo,
              branch(() => 'in', { in: pass }),
            ),
        }),
    ],
  ])('goes back to its pool: %s', (_name, lane) => {
    const pool = new PacketPool();
    const { seen, source$ } = letGoMidway(lane, pool.acquire(40)!);
    expect([seen.length, source$.observed, pool.outstanding]).toEqual([0, false, 0]);
  });

  it('goes back with the pieces it was cut into', () => {
    const { node, pool } = testbed();
    const bytes = bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.2.2' }), payload(4_000));
    const packet = received(bytes, { pool });
    packet.outInterface = b;
    const source$ = new Subject<Packet>();
    const subscription = source$.pipe(fragment(node)).subscribe((piece) => {
      piece.release();
      subscription.unsubscribe();
    });
    source$.next(packet);
    expect([source$.observed, pool.outstanding]).toEqual([false, 0]);
  });
});
