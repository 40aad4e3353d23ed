import { take } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Packet } from '../../src/packet/packet.ts';
import { PacketPool } from '../../src/packet/pool.ts';
import { fromMemory } from '../../src/sources/memory.ts';
import { bytesIn } from '../../src/testing/index.ts';

const frames = [Uint8Array.of(0x60, 1), Uint8Array.of(), Uint8Array.of(0x45, 2, 3)];

/** What came out, and how it ended. */
const record = (source: readonly Uint8Array[], pool = new PacketPool(), hold = false) => {
  const out: unknown[] = [];
  fromMemory(source, { pool, interfaceIndex: 2 }).subscribe({
    next: (packet: Packet) => {
      out.push([packet.inInterface, ...bytesIn(packet)]);
      if (!hold) packet.release();
    },
    error: (error) => out.push(error instanceof Error ? error.message : error),
    complete: () => out.push('complete'),
  });
  return out;
};

describe('fromMemory', () => {
  test('completes at once when there is nothing', () => {
    expect(record([])).toEqual(['complete']);
  });

  test('hands out a packet for each frame, then completes', () => {
    expect(record(frames)).toEqual([[2, 0x60, 1], [2], [2, 0x45, 2, 3], 'complete']);
  });

  test('begins anew with each subscription', () => {
    const pool = new PacketPool();
    const packets$ = fromMemory(new Set(frames), { pool, interfaceIndex: 1 });
    for (const _ of [1, 2]) {
      const lengths: number[] = [];
      packets$.subscribe((packet) => {
        lengths.push(packet.length);
        packet.release();
      });
      expect(lengths).toEqual([2, 0, 3]);
    }
    expect(pool.outstanding).toBe(0);
  });

  test('stops where it is unsubscribed, also in an endless row of frames', () => {
    const endless = {
      *[Symbol.iterator]() {
        for (;;) yield frames[0]!;
      },
    };
    const pool = new PacketPool();
    let count = 0;
    fromMemory(endless, { pool, interfaceIndex: 1 })
      .pipe(take(3))
      .subscribe((packet) => {
        count += 1;
        packet.release();
      });
    expect(count).toBe(3);
    expect(pool.outstanding).toBe(0);
  });

  test('copies: a frame that changes later changes no packet', () => {
    const frame = Uint8Array.of(1);
    const pool = new PacketPool();
    fromMemory([frame], { pool, interfaceIndex: 1 }).subscribe((packet) => {
      frame[0] = 9;
      expect([...bytesIn(packet)]).toEqual([1]);
      packet.release();
    });
  });

  test('says which frame is too long', () => {
    expect(record([frames[0]!, new Uint8Array(65_577)])).toEqual([
      [2, 0x60, 1],
      'umigame: frame 1 of the memory source has 65577 bytes: a slab of the packet pool holds 65576',
    ]);
  });

  test('says when the packets that are held back are too many', () => {
    expect(record(frames, new PacketPool({ smallLimit: 1, largeLimit: 1 }), true).at(-1)).toBe(
      'umigame: the packet pool was exhausted at frame 2 of the memory source: release packets, or raise its limits',
    );
  });
});
