import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Packet } from '../../src/packet/packet.ts';
import { PacketPool } from '../../src/packet/pool.ts';
import { PlatformError } from '../../src/platform/error.ts';
import { fromTuntap2 } from '../../src/sources/tuntap2.ts';
import { bytesIn } from '../../src/testing/index.ts';

const events = ['data', 'error', 'close'];
const listeners = (device: EventEmitter) => events.map((event) => device.listenerCount(event));

const record = (device: EventEmitter & { name?: string }, pool = new PacketPool()) => {
  const out: unknown[] = [];
  const dropped: number[] = [];
  const packets$ = fromTuntap2(device, { pool, interfaceIndex: 4, dropped: (length) => dropped.push(length) });
  const subscription = packets$.subscribe({
    next: (packet: Packet) => {
      out.push([packet.inInterface, ...bytesIn(packet)]);
      packet.release();
    },
    error: (error) => out.push(error),
    complete: () => out.push('complete'),
  });
  return { out, dropped, subscription };
};

describe('fromTuntap2', () => {
  test('copies each buffer into a packet', () => {
    const device = new EventEmitter();
    const { out } = record(device);
    const buffer = Buffer.from([0x60, 1, 2]);
    device.emit('data', buffer);
    device.emit('data', buffer.subarray(1));
    expect(out).toEqual([
      [4, 0x60, 1, 2],
      [4, 1, 2],
    ]);
  });

  test('completes when the device closes', () => {
    const device = new EventEmitter();
    const { out } = record(device);
    device.emit('close');
    expect(out).toEqual(['complete']);
    expect(listeners(device)).toEqual([0, 0, 0]);
  });

  test.each([
    [{ name: 'tun4' }, new Error('read EBADFD'), 'umigame: the device tun4 failed: read EBADFD'],
    [{}, 'a string', 'umigame: the device of tuntap2 failed: a string'],
  ])('ends with a sentence when the device fails: %o', (properties, cause, sentence) => {
    const device = Object.assign(new EventEmitter(), properties);
    const { out } = record(device);
    device.emit('error', cause);
    expect(out[0]).toBeInstanceOf(PlatformError);
    expect(out[0]).toMatchObject({ message: sentence, cause });
    expect(listeners(device)).toEqual([0, 0, 0]);
  });

  test('tells of packets that found no slab', () => {
    const device = new EventEmitter();
    const pool = new PacketPool({ smallLimit: 0, largeLimit: 0 });
    const { out, dropped } = record(device, pool);
    device.emit('data', new Uint8Array(84));
    expect([out, dropped]).toEqual([[], [84]]);
    device.removeAllListeners();
    fromTuntap2(device, { pool, interfaceIndex: 1 }).subscribe(() => expect.unreachable());
    device.emit('data', new Uint8Array(84));
  });

  test('takes its listeners off and pauses the device when it is unsubscribed', async () => {
    const device = new PassThrough({ objectMode: true });
    const before = listeners(device);
    const { out, subscription } = record(device);
    device.write(Buffer.from([1]));
    await new Promise(setImmediate);
    subscription.unsubscribe();
    expect(listeners(device)).toEqual(before);
    device.write(Buffer.from([2]));
    await new Promise(setImmediate);
    expect(out).toEqual([[4, 1]]);
    expect(device.readableLength).toBe(1);
  });
});
