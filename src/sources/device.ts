import { asyncScheduler, Observable, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import { type Closeable, type Device, DeviceRead } from '../packet/device.ts';
import type { Packet } from '../packet/packet.ts';
import type { PacketPool } from '../packet/pool.ts';
import { PlatformError } from '../platform/error.ts';

export interface FromDeviceOptions {
  readonly pool: PacketPool;
  /** The packets' `inInterface`. */
  readonly interfaceIndex: number;
  /** Most packets taken per wake-up, before other devices have their turn. Default 64. */
  readonly batch?: number;
  /** Largest packet, in bytes, that the device may give; longer ones would be cut short. Default 65,536. */
  readonly size?: number;
  /** Clock of the pause that is made when the pool is exhausted. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

export const fromDeviceDefaults = { batch: 64, size: 65_536 } as const;

/** Milliseconds until an exhausted pool is asked again. */
const exhaustedPause = 1;

/** Takes what is waiting, at most a batch. */
class Drain {
  readonly #out: Subscriber<Packet>;
  readonly #device: Device;
  readonly #pool: PacketPool;
  readonly #interfaceIndex: number;
  readonly #batch: number;
  readonly #size: number;
  readonly #scheduler: SchedulerLike;
  #readiness: Closeable | undefined;
  #retry: Subscription | undefined;

  constructor(out: Subscriber<Packet>, device: Device, options: FromDeviceOptions) {
    this.#out = out;
    this.#device = device;
    this.#pool = options.pool;
    this.#interfaceIndex = options.interfaceIndex;
    this.#batch = options.batch ?? fromDeviceDefaults.batch;
    this.#size = options.size ?? fromDeviceDefaults.size;
    this.#scheduler = options.scheduler ?? asyncScheduler;
  }

  open(): void {
    this.#readiness = this.#device.onReadable(() => this.#drain());
  }

  close(): void {
    this.#readiness?.close();
    this.#readiness = undefined;
    this.#retry?.unsubscribe();
    this.#retry = undefined;
  }

  #drain(): void {
    for (let taken = 0; taken < this.#batch && !this.#out.closed; taken += 1) {
      const packet = this.#pool.acquire(this.#size);
      if (packet === undefined) return this.#pause();
      const found = this.#device.read(packet);
      if (found !== DeviceRead.packet) {
        packet.release();
        if (found === DeviceRead.lost) this.#lost();
        return;
      }
      packet.inInterface = this.#interfaceIndex;
      this.#out.next(packet);
    }
  }

  /** The device stays readable: to go on watching it now would be to spin. */
  #pause(): void {
    this.close();
    this.#retry = this.#scheduler.schedule(() => this.open(), exhaustedPause);
  }

  #lost(): void {
    this.#out.error(
      new PlatformError(
        `the device ${this.#device.name} is gone: it was deleted or closed; make it again and start anew`,
      ),
    );
  }
}

/**
 * The packets that a device gives, as long as it lives.
 *
 * On each wake-up at most `batch` packets are taken, so devices take turns. When the pool is exhausted the packets
 * wait in the kernel's queue, which drops what it can't hold; nothing is taken that has no place to go.
 *
 * Errors with a `PlatformError` when the device is gone; sources of other devices go on. Unsubscribing stops watching
 * the device and leaves it open, for a sink may still write to it: whoever opened it closes it, after that.
 *
 * @example
 * const device = openDevice({ name: 'uma', kind: 'tun' });
 * const packets$ = fromDevice(device, { pool: new PacketPool(), interfaceIndex: 1 });
 * const subscription = packets$.pipe(toDevice(device), release()).subscribe();    // an echo
 * subscription.unsubscribe();
 * device.close();
 */
export const fromDevice = (device: Device, options: FromDeviceOptions): Observable<Packet> =>
  new Observable((out) => {
    const drain = new Drain(out, device, options);
    out.add(() => drain.close());
    drain.open();
  });
