import { of } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Drop, dropNames } from '../../src/packet/drop.ts';
import { type Packet, Status } from '../../src/packet/packet.ts';
import { deviceStep, toDevice } from '../../src/sinks/device.ts';
import { packetOf } from '../../src/testing/index.ts';
import { MemoryDevice } from '../support/memory-device.ts';

const bytes = Uint8Array.of(0x60, 1, 2);

describe('deviceStep', () => {
  test('writes the packet and marks it as sent', () => {
    const device = new MemoryDevice();
    const packet = packetOf(bytes);
    deviceStep(device)(packet);
    expect(packet.status).toBe(Status.sent);
    expect(device.written).toEqual([bytes]);
  });

  test.each(['deviceFull', 'noInterface', 'deviceLost', 'deviceRefused'] as const)('refuses with %s', (name) => {
    const device = new MemoryDevice();
    device.verdict = Drop[name];
    const packet = packetOf(bytes);
    deviceStep(device)(packet);
    expect(packet.status).toBe(Status.refused);
    expect(dropNames[packet.drop]).toBe(name);
  });
});

describe('toDevice', () => {
  test('hands every packet on and writes only those in flight', () => {
    const device = new MemoryDevice();
    const inFlight = packetOf(bytes);
    const refused = packetOf(bytes);
    refused.refuse(Drop.noRoute);
    const delivered = packetOf(bytes);
    delivered.status = Status.delivered;
    const out: Packet[] = [];
    of(inFlight, refused, delivered)
      .pipe(toDevice(device))
      .subscribe((packet) => out.push(packet));
    expect(out).toEqual([inFlight, refused, delivered]);
    expect(out.map(({ status }) => status)).toEqual([Status.sent, Status.refused, Status.delivered]);
    expect(device.written).toHaveLength(1);
  });
});
