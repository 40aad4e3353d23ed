import type { Packet } from './packet.ts';

/** What `Device.read` found. */
export const DeviceRead = {
  /** The packet holds what was read. */
  packet: 0,
  /** Nothing is waiting: come back when the device is readable. */
  empty: 1,
  /** The device is gone and will not come back. */
  lost: 2,
} as const;
export type DeviceRead = (typeof DeviceRead)[keyof typeof DeviceRead];

/** Something that can be closed. Closing it again does nothing. */
export interface Closeable {
  close(): void;
}

/**
 * Where packets enter and leave the process: what sources and sinks ask of a TUN or TAP device or a packet socket, and
 * what a test can put in its place. Neither `read` nor `write` blocks.
 */
export interface Device extends Closeable {
  readonly name: string;
  /** `tun` carries IP packets; `tap` and `packet`, a socket on an interface that there is, carry Ethernet frames. */
  readonly kind: 'tun' | 'tap' | 'packet';
  /**
   * Reads one packet into the slab from `packet.link` on and sets `start`, `upper` and `end`. The rest of the packet
   * is as it was. `start` lies behind the link-layer header; in a frame that carries neither IPv4 nor IPv6 it equals
   * `end`, so that nothing can pass for an IP header and `decode` refuses the packet as `empty`. What the device took in
   * and can't hand out as a packet comes refused, with the reason.
   */
  read(packet: Packet): DeviceRead;
  /**
   * Writes the packet: `start` to `end` on a link without a link-layer header, else `link` to `end`. Its status is
   * left to the caller.
   *
   * @returns `Drop.none`, or why not: `deviceFull`, `noInterface` (the link is down), `deviceLost`, `deviceRefused`
   */
  write(packet: Packet): number;
  /**
   * Calls back whenever there is something to read, again and again until it has been read: so whoever reads only a
   * part of it need not ask for the rest. A device that is lost counts as readable, for `read` says so.
   */
  onReadable(callback: () => void): Closeable;
}
