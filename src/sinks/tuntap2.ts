import { Observable } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import { Status } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';

/**
 * What is asked of a device of the `tuntap2` package, its `Tun` for example: that it takes `write`. Any object of this
 * shape will do. `write` returns false when it would rather have no more until `drain`, as Node's streams do.
 */
export interface Tuntap2Sink {
  write(bytes: Uint8Array): boolean;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  removeListener(event: 'drain' | 'close', listener: () => void): unknown;
}

/**
 * Writes packets in flight to a `tuntap2` device, or to any stream that keeps one write one packet, and hands every
 * packet on. Each is copied, for the device keeps the bytes until it has written them.
 *
 * Drops: `deviceFull` between a `write` that returned false and the next `drain`; `deviceLost` after `close`, or when
 * `write` throws.
 *
 * @example
 * fromTuntap2(tun, { pool, interfaceIndex: 1 }).pipe(toTuntap2(tun), release()).subscribe();
 */
export const toTuntap2 =
  (device: Tuntap2Sink): Lane =>
  (source) =>
    new Observable((out) => {
      let drop = Drop.none;
      const drain = () => {
        if (drop === Drop.deviceFull) drop = Drop.none;
      };
      const close = () => {
        drop = Drop.deviceLost;
      };
      const write = stage((packet) => {
        if (drop !== Drop.none) return packet.refuse(drop);
        try {
          if (!device.write(packet.bytes.slice(packet.start, packet.end))) drop = Drop.deviceFull;
          packet.status = Status.sent;
        } catch {
          packet.refuse(Drop.deviceLost);
        }
      });
      out.add(() => {
        device.removeListener('drain', drain);
        device.removeListener('close', close);
      });
      device.on('drain', drain);
      device.on('close', close);
      out.add(source.pipe(write).subscribe(out));
    });
