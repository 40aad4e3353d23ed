import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyBytes, copyFields, moveToFittingSlab } from '../../src/packet/copy.ts';
import { Packet, PacketPool } from '../../src/packet/index.ts';

const copiesAsSetDoes = (longest: number): void => {
  const place = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: longest + 60, maxLength: longest + 60 }),
      place,
      place,
      fc.integer({ min: 0, max: longest }),
      (bytes, from, to, length) => {
        const source = new Packet(longest + 60);
        const target = new Packet(longest + 60);
        source.bytes.set(bytes);
        target.bytes.fill(0xee);
        const expected = target.bytes.slice();
        expected.set(bytes.subarray(from, from + length), to);
        copyBytes(source, from, target, to, length);
        expect(target.bytes).toEqual(expected);
        expect(source.bytes).toEqual(bytes);
      },
    ),
  );
};

it.each([100, 600])(
  'copies what Uint8Array.set would, at any offset, up to %i bytes, and not a byte more',
  copiesAsSetDoes,
);

it('copies every field but the bytes, the offsets into them and what became of the packet', () => {
  const from = new Packet(64).reset(8, 40);
  const own = ['bytes', 'view', 'pooled', 'start', 'end', 'link', 'upper', 'status', 'drop', 'dropParameter'];
  const inside = ['trail', 'origin'];
  const segments = ['gsoType', 'gsoSize', 'checksumStart', 'checksumOffset'];
  const fields = Object.keys(from).filter((name) => ![...own, ...inside, ...segments].includes(name));
  for (const [index, name] of fields.entries()) Object.assign(from, { [name]: index + 1 });
  const to = new Packet(64).reset(8, 40);
  copyFields(from, to);
  expect(Object.fromEntries(fields.map((name, index) => [name, index + 1]))).toMatchObject(
    Object.fromEntries(Object.entries(to).filter(([name]) => fields.includes(name))),
  );
  expect([to.status, to.start, to.end]).toEqual([0, 8, 48]);
});

it('copies the tunnels that a packet went through; where it lies in the outer one, a copy does not know', () => {
  const from = new Packet(64).reset(8, 40);
  from.trail.set([5, 6, 7]);
  Object.assign(from, { depth: 2, origin: 28 });
  const to = new Packet(64).reset(8, 40);
  copyFields(from, to);
  expect([to.depth, [...to.trail.subarray(0, 3)], to.origin]).toEqual([2, [5, 6, 0], -1]);
  from.origin = 0;
  copyFields(from, to);
  expect(to.origin).toBe(0);
});

describe('moveToFittingSlab', () => {
  const options = { headroom: 32, tailroom: 8, small: 200, large: 2_000, smallLimit: 1, largeLimit: 4 };
  /** A packet of so many bytes behind a link-layer header, in a slab as large as can be. */
  const held = (pool: PacketPool, length: number): Packet => {
    const packet = pool.acquire(2_000) as Packet;
    packet.end = packet.start + length;
    packet.start += 14;
    packet.upper = packet.start + 40;
    packet.seconds = 7;
    packet.bytes.fill(1, packet.link, packet.end);
    return packet;
  };

  it.each([
    ['a small slab of the pool', 200, 240],
    ['a slab of its own, when it is larger than that', 201, 241],
    ['a slab of its own, when it fills less than half of the one it is in', 1_000, 1_040],
  ])('moves a packet to %s', (_name, length, capacity) => {
    const pool = new PacketPool(options);
    const packet = held(pool, length);
    const bytes = packet.bytes.slice(packet.link, packet.end);
    const moved = moveToFittingSlab(packet, pool);
    expect(moved.bytes.length).toBe(capacity);
    expect(moved.bytes.slice(moved.link, moved.end)).toEqual(bytes);
    expect([moved.start - moved.link, moved.upper - moved.start, moved.seconds]).toEqual([14, 40, 7]);
    expect(packet.pooled).toBe(true);
    moved.release();
    expect(pool.outstanding).toBe(0);
  });

  it('moves it to a slab of its own when no small one is left', () => {
    const pool = new PacketPool(options);
    const last = pool.acquire(10);
    expect(moveToFittingSlab(held(pool, 100), pool).bytes.length).toBe(140);
    expect([last?.pooled, pool.outstanding]).toEqual([false, 1]);
  });

  it.each([
    ['in a small slab', 10, 10],
    ['that fills its slab', 2_000, 1_100],
  ])('leaves a packet %s where it is', (_name, size, length) => {
    const pool = new PacketPool(options);
    const packet = pool.acquire(size) as Packet;
    packet.end = packet.start + length;
    expect(moveToFittingSlab(packet, pool)).toBe(packet);
  });
});
