import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Drop, dropNames } from '../../src/packet/drop.ts';
import { type Packet, Status } from '../../src/packet/packet.ts';
import { type Tuntap2Sink, toTuntap2 } from '../../src/sinks/tuntap2.ts';
import { packetOf } from '../../src/testing/index.ts';

const bytes = Uint8Array.of(0x60, 1, 2);

/** Takes `room` packets until `drain`. */
class Stream extends EventEmitter implements Tuntap2Sink {
  readonly written: Uint8Array[] = [];
  room = 2;

  write(chunk: Uint8Array): boolean {
    if (this.room < 0) throw new Error('write after end');
    this.written.push(chunk);
    this.room -= 1;
    return this.room > 0;
  }
}

const setUp = (device: Tuntap2Sink) => {
  const source = new Subject<Packet>();
  const out: Packet[] = [];
  const subscription = source.pipe(toTuntap2(device)).subscribe((packet) => out.push(packet));
  const send = (): string | undefined => {
    const packet = packetOf(bytes);
    source.next(packet);
    expect(out.at(-1)).toBe(packet);
    return packet.status === Status.sent ? 'sent' : dropNames[packet.drop];
  };
  return { source, subscription, send };
};

describe('toTuntap2', () => {
  test('writes a copy of each packet', () => {
    const device = new Stream();
    const { source } = setUp(device);
    const packet = packetOf(bytes);
    source.next(packet);
    packet.bytes.fill(0);
    expect(device.written).toEqual([bytes]);
  });

  test('refuses from a full write until the device has drained', () => {
    const device = new Stream();
    const { send } = setUp(device);
    expect([send(), send(), send(), send()]).toEqual(['sent', 'sent', 'deviceFull', 'deviceFull']);
    expect(device.written).toHaveLength(2);
    device.room = 2;
    device.emit('drain');
    expect([send(), send(), send()]).toEqual(['sent', 'sent', 'deviceFull']);
  });

  test('refuses once the device has closed', () => {
    const device = new Stream();
    const { send } = setUp(device);
    device.emit('close');
    device.emit('drain');
    expect(send()).toBe('deviceLost');
  });

  test('refuses when write throws', () => {
    const device = new Stream();
    device.room = -1;
    expect(setUp(device).send()).toBe('deviceLost');
  });

  test('lets pass what is not in flight', () => {
    const device = new Stream();
    const { source } = setUp(device);
    const packet = packetOf(bytes);
    packet.refuse(Drop.noRoute);
    source.next(packet);
    expect(device.written).toEqual([]);
  });

  test('takes its listeners off, and takes a stream of node:stream', () => {
    const device = new Writable({
      objectMode: true,
      highWaterMark: 2,
      write: () => undefined, // never done with the first
    });
    const count = () => ['drain', 'close'].map((event) => device.listenerCount(event));
    const before = count();
    const { source, subscription, send } = setUp(device);
    expect([send(), send(), send()]).toEqual(['sent', 'sent', 'deviceFull']);
    subscription.unsubscribe();
    expect(count()).toEqual(before);
    expect(source.observed).toBe(false);
  });
});
