import type { Device } from '../packet/device.ts';
import { openDevice } from '../platform/tun.ts';

/**
 * Opens a TUN device: bare IP packets. Needs CAP_NET_ADMIN.
 *
 * @throws PlatformError see {@link openDevice}
 *
 * @example
 * const device = openTun('uma');
 * fromDevice(device, { pool, interfaceIndex: 1 }).subscribe((packet) => packet.release());
 */
export const openTun = (name: string): Device => openDevice({ name, kind: 'tun' });

/** Opens a TAP device: Ethernet frames. Otherwise like {@link openTun}. */
export const openTap = (name: string): Device => openDevice({ name, kind: 'tap' });
