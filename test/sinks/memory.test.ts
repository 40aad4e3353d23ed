import { type Observable, of, Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Drop } from '../../src/packet/drop.ts';
import { type Packet, Status } from '../../src/packet/packet.ts';
import { PacketPool } from '../../src/packet/pool.ts';
import { toMemory } from '../../src/sinks/memory.ts';
import { toNull } from '../../src/sinks/null.ts';
import { release } from '../../src/sinks/release.ts';
import { packetOf } from '../../src/testing/index.ts';

const bytes = Uint8Array.of(0x60, 1, 2);

const statuses = (packets$: Observable<Packet>): number[] => {
  const out: number[] = [];
  packets$.subscribe(({ status }) => out.push(status));
  return out;
};

describe('toMemory', () => {
  test('keeps a copy of what is sent, and nothing else', () => {
    const array: Uint8Array[] = [];
    const packet = packetOf(bytes);
    const refused = packetOf(bytes);
    refused.refuse(Drop.noRoute);
    expect(statuses(of(packet, refused).pipe(toMemory(array)))).toEqual([Status.sent, Status.refused]);
    packet.bytes.fill(0);
    expect(array).toEqual([bytes]);
  });

  test('leaves a link-layer header out', () => {
    const array: Uint8Array[] = [];
    const packet = packetOf(bytes);
    packet.start += 1;
    of(packet).pipe(toMemory(array)).subscribe();
    expect(array).toEqual([bytes.slice(1)]);
  });
});

describe('toNull', () => {
  test('marks what is in flight as sent', () => {
    const delivered = packetOf(bytes);
    delivered.status = Status.delivered;
    expect(statuses(of(packetOf(bytes), delivered).pipe(toNull()))).toEqual([Status.sent, Status.delivered]);
  });
});

describe('release', () => {
  test('gives every packet back, whatever became of it, and emits nothing', () => {
    const pool = new PacketPool();
    const inFlight = packetOf(bytes, { pool });
    const refused = packetOf(bytes, { pool });
    refused.refuse(Drop.noRoute);
    const out: unknown[] = [];
    of(inFlight, refused)
      .pipe(release())
      .subscribe({ next: (packet) => out.push(packet), complete: () => out.push('complete') });
    expect(out).toEqual(['complete']);
    expect(pool.outstanding).toBe(0);
  });

  test('passes on errors of its source and unsubscribes from it', () => {
    const source = new Subject<Packet>();
    const errors: unknown[] = [];
    source.pipe(release()).subscribe({ error: (error) => errors.push(error) });
    source.error('gone');
    expect(errors).toEqual(['gone']);
    const other = new Subject<Packet>();
    const subscription = other.pipe(release()).subscribe();
    expect(other.observed).toBe(true);
    subscription.unsubscribe();
    expect(other.observed).toBe(false);
  });

  test('ends the line when a packet was released twice: that is a bug', () => {
    const packet = packetOf(bytes, { pool: new PacketPool() });
    packet.release();
    const errors: unknown[] = [];
    of(packet)
      .pipe(release())
      .subscribe({ error: (error) => errors.push(error) });
    expect(String(errors[0])).toContain('released twice');
  });
});
