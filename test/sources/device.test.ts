import { take } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Packet } from '../../src/packet/packet.ts';
import { PacketPool } from '../../src/packet/pool.ts';
import { PlatformError } from '../../src/platform/error.ts';
import { type FromDeviceOptions, fromDevice } from '../../src/sources/device.ts';
import { bytesIn } from '../../src/testing/index.ts';
import { MemoryDevice } from '../support/memory-device.ts';

const numbered = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => Uint8Array.of(0x60, i));

const setUp = (options: Partial<FromDeviceOptions> = {}) => {
  const device = new MemoryDevice();
  const pool = options.pool ?? new PacketPool();
  const seen: number[] = [];
  const errors: unknown[] = [];
  const take = (packet: Packet) => {
    seen.push(bytesIn(packet)[1]!);
    packet.release();
  };
  const packets$ = fromDevice(device, { pool, interfaceIndex: 3, ...options });
  return { device, pool, packets$, seen, errors, take };
};

describe('fromDevice', () => {
  test('does nothing before it is subscribed', () => {
    expect(setUp().device.watches).toBe(0);
  });

  test('reads what is waiting, in order, and marks where it came from', () => {
    const { device, pool, packets$, seen, take } = setUp();
    packets$.subscribe((packet) => {
      expect(packet.inInterface).toBe(3);
      expect(packet.start).toBe(pool.options.headroom);
      expect(packet.length).toBe(2);
      take(packet);
    });
    device.waiting.push(...numbered(5));
    device.wake();
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(device.emptyReads).toBe(1);
    expect(pool.outstanding).toBe(0);
  });

  test('takes a batch at a time and asks for no more than that', () => {
    const { device, packets$, seen, take } = setUp({ batch: 2 });
    packets$.subscribe(take);
    device.waiting.push(...numbered(5));
    const turns = [1, 2, 3, 4].map(() => {
      device.wake();
      return seen.length;
    });
    expect(turns).toEqual([2, 4, 5, 5]);
    expect(device.emptyReads).toBe(1);
  });

  test('takes 64 by default', () => {
    const { device, packets$, seen, take } = setUp();
    packets$.subscribe(take);
    device.waiting.push(...numbered(100));
    device.wake();
    expect(seen).toHaveLength(64);
  });

  test('stops between two packets when it is unsubscribed there', () => {
    const { device, packets$, seen, take: takePacket } = setUp();
    packets$.pipe(take(2)).subscribe(takePacket);
    device.waiting.push(...numbered(5));
    device.wake();
    expect(seen).toEqual([0, 1]);
    expect(device.waiting).toHaveLength(3);
    expect(device.watches).toBe(0);
  });

  test('ends with a sentence when the device is gone, and gives its slab back', () => {
    const { device, pool, packets$, errors, take } = setUp();
    packets$.subscribe({ next: take, error: (error) => errors.push(error) });
    device.lost = true;
    device.wake();
    expect(errors[0]).toBeInstanceOf(PlatformError);
    expect(String(errors[0])).toBe(
      'PlatformError: umigame: the device mem0 is gone: it was deleted or closed; make it again and start anew',
    );
    expect(device.watches).toBe(0);
    expect(pool.outstanding).toBe(0);
  });

  test('leaves other devices running when one is gone', () => {
    const gone = setUp();
    const other = setUp();
    gone.packets$.subscribe({ next: gone.take, error: (error) => gone.errors.push(error) });
    other.packets$.subscribe(other.take);
    gone.device.lost = true;
    gone.device.wake();
    other.device.waiting.push(...numbered(1));
    other.device.wake();
    expect(gone.errors).toHaveLength(1);
    expect(other.seen).toEqual([0]);
  });

  test('leaves the device open when it is unsubscribed', () => {
    const { device, packets$, take } = setUp();
    const subscription = packets$.subscribe(take);
    expect(device.watches).toBe(1);
    subscription.unsubscribe();
    expect(device.watches).toBe(0);
    expect(device.lost).toBe(false);
  });

  test('uses slabs as small as it is told to', () => {
    const { device, packets$, pool } = setUp({ size: 1500 });
    const held: Packet[] = [];
    packets$.subscribe((packet) => held.push(packet));
    device.waiting.push(...numbered(1));
    device.wake();
    const { headroom, small, tailroom } = pool.options;
    expect(held[0]?.bytes.length).toBe(headroom + small + tailroom);
  });
});
