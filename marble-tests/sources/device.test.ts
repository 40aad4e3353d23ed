import { map, type Observable, takeUntil } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, test } from 'vitest';
import type { Packet } from '../../src/packet/packet.ts';
import { PacketPool } from '../../src/packet/pool.ts';
import { release } from '../../src/sinks/release.ts';
import { fromDevice } from '../../src/sources/device.ts';
import { MemoryDevice } from '../../test/support/memory-device.ts';

const run = (body: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0], scheduler: TestScheduler) => void) => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run((helpers) => body(helpers, scheduler));
};

/** A device that is told by marbles: a letter is a packet that arrives, `X` the end of the device. */
const deviceOf = (marbles: string, { hot }: { hot: (marbles: string) => Observable<string> }): MemoryDevice => {
  const device = new MemoryDevice('uma');
  hot(marbles).subscribe((letter) => {
    if (letter === 'X') device.lost = true;
    else device.waiting.push(Uint8Array.of(0x60, letter.charCodeAt(0)));
    device.wake();
  });
  return device;
};

/** The letter of a packet, taken before the packet is released or changed. */
const letters = () => (packets$: Observable<Packet>) =>
  packets$.pipe(
    map((packet) => {
      const letter = String.fromCharCode(packet.view.getUint8(packet.start + 1));
      packet.release();
      return letter;
    }),
  );

describe('fromDevice in time', () => {
  test('emits as packets arrive, and closes the watch with the subscription', () => {
    run((helpers) => {
      const device = deviceOf('-a-b--c-d--', helpers);
      const stop = helpers.hot('-----s');
      const options = { pool: new PacketPool(), interfaceIndex: 1 };
      const packets$ = fromDevice(device, options).pipe(letters(), takeUntil(stop));
      helpers.expectObservable(packets$).toBe('-a-b-|');
      helpers.flush();
      expect(device.watches).toBe(0);
    });
  });

  test('never emits, completes or fails while nothing arrives', () => {
    run((helpers) => {
      const device = deviceOf('-----', helpers);
      const options = { pool: new PacketPool(), interfaceIndex: 1 };
      helpers.expectObservable(fromDevice(device, options).pipe(letters()), '-----!').toBe('------');
      helpers.flush();
      expect(device.watches).toBe(0);
    });
  });

  test('fails when the device is lost, after the packets before that', () => {
    run((helpers) => {
      const device = deviceOf('-a-X', helpers);
      const pool = new PacketPool();
      const outcomes: string[] = [];
      fromDevice(device, { pool, interfaceIndex: 1 })
        .pipe(letters())
        .subscribe({ next: (letter) => outcomes.push(letter), error: ({ message }: Error) => outcomes.push(message) });
      helpers.flush();
      expect(outcomes).toEqual([
        'a',
        'umigame: the device uma is gone: it was deleted or closed; make it again and start anew',
      ]);
      expect(device.watches).toBe(0);
      expect(pool.outstanding).toBe(0);
    });
  });

  test('pauses a millisecond when the pool is exhausted, then goes on with what waited', () => {
    run((helpers, scheduler) => {
      // A pool of one slab, which is held from 1 to 5 ms; b and c wait in the device meanwhile.
      const device = deviceOf('-abc------', helpers);
      const pool = new PacketPool({ smallLimit: 0, largeLimit: 1 });
      const log: string[] = [];
      const at = (what: string) => log.push(`${scheduler.now()} ${what}`);
      let held: Packet | undefined;
      const packets$ = fromDevice(device, { pool, interfaceIndex: 1, scheduler });
      packets$.subscribe((packet) => {
        const letter = String.fromCharCode(packet.view.getUint8(packet.start + 1));
        at(letter);
        if (letter === 'a') held = packet;
        else packet.release();
      });
      helpers.hot('-1234567').subscribe((time) => {
        if (time === '5') held?.release();
        at(`watches ${device.watches}`);
        device.wake();
      });
      helpers.flush();
      expect(device.emptyReads).toBe(1);
      expect(log).toEqual([
        '1 a',
        '1 watches 0', // the slab is out: no watching, so no spinning
        '2 watches 0', // opened again at the end of 2 ms, closed again by what waits
        '3 watches 0',
        '4 watches 0',
        '5 watches 1',
        '5 b',
        '5 c',
        '6 watches 1',
        '7 watches 1',
      ]);
    });
  });

  test('a pause ends with the subscription', () => {
    run((helpers, scheduler) => {
      const device = deviceOf('-a--------', helpers);
      const pool = new PacketPool({ smallLimit: 0, largeLimit: 0 });
      const packets$ = fromDevice(device, { pool, interfaceIndex: 1, scheduler });
      helpers.expectObservable(packets$, '-!').toBe('--');
      helpers.flush();
      expect(device.watches).toBe(0);
    });
  });

  test('the terminal hands nothing on and ends with its source', () => {
    run((helpers) => {
      const device = deviceOf('-a-b', helpers);
      const pool = new PacketPool();
      const stop = helpers.hot('------s');
      const packets$ = fromDevice(device, { pool, interfaceIndex: 1 }).pipe(takeUntil(stop), release());
      helpers.expectObservable(packets$).toBe('------|');
      helpers.flush();
      expect(pool.outstanding).toBe(0);
    });
  });
});
