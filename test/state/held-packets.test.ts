import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Packet } from '../../src/packet/index.ts';
import { HeldPackets } from '../../src/state/held-packets.ts';

const named = (seconds: number, capacity = 10): Packet => {
  const packet = new Packet(capacity);
  packet.seconds = seconds;
  return packet;
};

test('each row gives its packets back in order', () => {
  const held = new HeldPackets({ rows: 3, limit: 4, bytes: 100 });
  held.add(1, named(1));
  held.add(2, named(2));
  held.add(1, named(3));
  expect([held.size, held.bytes, held.count(1), held.count(2), held.count(3)]).toEqual([3, 30, 2, 1, 0]);
  expect([held.take(1), held.take(1), held.take(1)].map((packet) => packet?.seconds)).toEqual([1, 3, undefined]);
  expect([held.size, held.bytes, held.take(2)?.seconds, held.take(3)]).toEqual([1, 10, 2, undefined]);
});

test('there are so many places, and so many bytes of slabs', () => {
  const held = new HeldPackets({ rows: 3, limit: 2, bytes: 100 });
  expect([held.fits(named(1, 100)), held.fits(named(1, 101))]).toEqual([true, false]);
  held.add(1, named(1, 60));
  expect([held.fits(named(2, 40)), held.fits(named(2, 41))]).toEqual([true, false]);
  held.add(1, named(2));
  expect(held.fits(named(3, 1))).toBe(false);
  held.take(1);
  expect(held.fits(named(3, 1))).toBe(true);
  expect(new HeldPackets({ rows: 3, limit: 0, bytes: 100 }).fits(named(1))).toBe(false);
});

test('any adding and taking: as arrays would have it', () => {
  const step = fc.record({ row: fc.integer({ min: 1, max: 4 }), isAdd: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const held = new HeldPackets({ rows: 4, limit: 8, bytes: 1_000 });
      const model = new Map<number, number[]>();
      for (const [i, { row, isAdd }] of steps.entries()) {
        const queue = model.get(row) ?? [];
        model.set(row, queue);
        const packet = named(i);
        if (!isAdd) expect(held.take(row)?.seconds).toBe(queue.shift());
        else if (held.fits(packet)) {
          held.add(row, packet);
          queue.push(i);
        }
        const all = [...model.values()].flat().length;
        expect([held.size, held.count(row), held.fits(packet)]).toEqual([all, queue.length, all < 8]);
      }
    }),
  );
});
