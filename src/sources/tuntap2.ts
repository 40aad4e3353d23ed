import { Observable } from 'rxjs';
import type { Packet } from '../packet/packet.ts';
import type { PacketPool } from '../packet/pool.ts';
import { PlatformError } from '../platform/error.ts';

/**
 * What is asked of a device of the `tuntap2` package, its `Tun` for example: that it emits `data`. Any object of this
 * shape will do. Each Buffer is one bare IP packet.
 */
export interface Tuntap2Source {
  readonly name?: string;
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  on(event: 'error', listener: (cause: Error) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  removeListener(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  removeListener(event: 'error', listener: (cause: Error) => void): unknown;
  removeListener(event: 'close', listener: () => void): unknown;
  /** Called when a subscription ends, so that what comes later waits instead of being lost. */
  pause?(): unknown;
}

export interface FromTuntap2Options {
  readonly pool: PacketPool;
  /** The packets' `inInterface`. */
  readonly interfaceIndex: number;
  /** Told of each packet that was lost because the pool was exhausted or the packet longer than any slab. */
  readonly dropped?: (length: number) => void;
}

/**
 * The packets of a `tuntap2` device, or of anything that emits `data`. Each is copied into a packet of the pool. A
 * stream can't be held back between two packets, so when the pool is exhausted they are lost, and `dropped` is told.
 *
 * Errors when the device does; completes when it closes. Unsubscribing takes the listeners off and pauses the device.
 *
 * @example
 * import { Tun } from 'tuntap2';
 * const tun = new Tun();
 * tun.isUp = true;
 * fromTuntap2(tun, { pool, interfaceIndex: 1 }).pipe(toTuntap2(tun), release()).subscribe();
 */
export const fromTuntap2 = (device: Tuntap2Source, options: FromTuntap2Options): Observable<Packet> =>
  new Observable((out) => {
    const { pool, interfaceIndex, dropped } = options;
    const data = (bytes: Uint8Array) => {
      const packet = pool.acquire(bytes.length);
      if (packet === undefined) {
        dropped?.(bytes.length);
        return;
      }
      packet.bytes.set(bytes, packet.start);
      packet.inInterface = interfaceIndex;
      out.next(packet);
    };
    const error = (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      out.error(new PlatformError(`the device ${device.name ?? 'of tuntap2'} failed: ${reason}`, 0, { cause }));
    };
    const close = () => out.complete();
    out.add(() => {
      device.removeListener('data', data);
      device.removeListener('error', error);
      device.removeListener('close', close);
      device.pause?.();
    });
    device.on('error', error);
    device.on('close', close);
    device.on('data', data);
  });
