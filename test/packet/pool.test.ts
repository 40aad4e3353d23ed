import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Packet, PacketPool, poolDefaults, Status } from '../../src/packet/index.ts';

const sizes = { headroom: 32, tailroom: 8, small: 100, large: 1_000 };

describe('PacketPool', () => {
  it('has the sizes that its documentation states', () => {
    expect(poolDefaults).toEqual({
      headroom: 256,
      tailroom: 64,
      small: 2_048,
      large: 65_576,
      smallLimit: 8_192,
      largeLimit: 512,
    });
  });

  it.each([
    ['nothing', 0, 140],
    ['a small packet', 40, 140],
    ['the largest small packet', 100, 140],
    ['the smallest large packet', 101, 1_040],
    ['the largest packet', 1_000, 1_040],
  ])('hands out a slab for %s', (_name, size, capacity) => {
    const packet = new PacketPool(sizes).acquire(size)!;
    expect([packet.start, packet.length, packet.bytes.length]).toEqual([32, size, capacity]);
    expect(packet.tailroom).toBeGreaterThanOrEqual(8);
  });

  it('has none for more than the largest packet', () => {
    const pool = new PacketPool(sizes);
    expect(pool.acquire(1_001)).toBeUndefined();
    expect(pool.outstanding).toBe(0);
  });

  it('stops at its limits; small packets take large slabs when theirs are out', () => {
    const pool = new PacketPool({ ...sizes, smallLimit: 2, largeLimit: 1 });
    const out = [pool.acquire(1), pool.acquire(1), pool.acquire(1), pool.acquire(1)];
    expect(out.map((packet) => packet?.bytes.length)).toEqual([140, 140, 1_040, undefined]);
    expect(pool.acquire(500)).toBeUndefined();
    expect(pool.outstanding).toBe(3);
    out[2]?.release();
    expect(pool.acquire(500)?.bytes.length).toBe(1_040);
  });

  it('reuses the slab released last, as a fresh packet', () => {
    const pool = new PacketPool(sizes);
    const [first, second] = [pool.acquire(10)!, pool.acquire(20)!];
    first.release();
    second.refuse(1, 9);
    second.hops = 3;
    second.release();
    const again = pool.acquire(30)!;
    expect(again).toBe(second);
    expect([again.status, again.drop, again.hops, again.length, again.pooled]).toEqual([
      Status.inFlight,
      0,
      0,
      30,
      false,
    ]);
    expect(pool.acquire(40)).toBe(first);
  });

  it('throws when a packet is released twice', () => {
    const packet = new PacketPool(sizes).acquire(10)!;
    packet.release();
    expect(() => packet.release()).toThrow('umigame: a packet was released twice; only its owner may release it');
  });

  it('throws when a large packet is released twice, and counts it once', () => {
    const pool = new PacketPool(sizes);
    const packet = pool.acquire(500)!;
    packet.release();
    expect(() => packet.release()).toThrow('released twice');
    expect(pool.outstanding).toBe(0);
  });

  it('never hands out a packet that is out, and knows how many are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 1_100 }), fc.constant(-1)), { maxLength: 60 }),
        (acts) => {
          const pool = new PacketPool({ ...sizes, smallLimit: 5, largeLimit: 3 });
          const out: Packet[] = [];
          for (const act of acts) {
            if (act < 0) out.shift()?.release();
            else {
              const packet = pool.acquire(act);
              if (packet) {
                expect(out).not.toContain(packet);
                out.push(packet);
              }
            }
            expect(pool.outstanding).toBe(out.length);
            expect(out.length).toBeLessThanOrEqual(8);
          }
        },
      ),
    );
  });
});
