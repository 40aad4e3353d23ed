import type { Device } from '../packet/device.ts';
import { Drop } from '../packet/drop.ts';
import { Status } from '../packet/packet.ts';
import { type Lane, type Step, stage } from '../packet/stage.ts';

/**
 * Writes a packet to the device and marks it as sent.
 *
 * Drops: `deviceFull`, `noInterface` when the link is down, `deviceLost`, `deviceRefused`.
 */
export const deviceStep =
  (device: Device): Step =>
  (packet) => {
    const drop = device.write(packet);
    if (drop === Drop.none) packet.status = Status.sent;
    else packet.refuse(drop);
  };

/**
 * Writes packets in flight to a device and hands every packet on, sent or refused.
 *
 * Drops: see {@link deviceStep}.
 *
 * @example
 * packets$.pipe(router(node), toDevice(device), count(node.counters), release()).subscribe();
 */
export const toDevice = (device: Device): Lane => stage(deviceStep(device));
