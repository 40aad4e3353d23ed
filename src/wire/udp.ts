/**
 * The UDP header (RFC 768), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Source Port          |       Destination Port        |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            Length             |           Checksum            |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the packet.
 *
 * @module
 */
import * as checksumOf from './checksum.ts';
import { Protocol } from './protocols.ts';

export const headerLength = 8;

export const offsets = { sourcePort: 0, destinationPort: 2, length: 4, checksum: 6 } as const;

export type Check = 'ok' | 'truncated' | 'badLength';

/**
 * Is there a UDP header at `at`, and all of its datagram before `end`? Bytes between the datagram and `end` are none
 * of UDP's. A length of 0, which RFC 2675 §4 allows in a jumbogram, is a bad length here.
 */
export const check = (view: DataView, at: number, end: number): Check => {
  if (end - at < headerLength) return 'truncated';
  const bytes = length(view, at);
  if (bytes < headerLength) return 'badLength';
  return bytes > end - at ? 'truncated' : 'ok';
};

export const sourcePort = (view: DataView, at: number): number => view.getUint16(at);
export const destinationPort = (view: DataView, at: number): number => view.getUint16(at + 2);
/** Bytes of header and data. */
export const length = (view: DataView, at: number): number => view.getUint16(at + 4);
/** 0: the sender computed none. */
export const checksum = (view: DataView, at: number): number => view.getUint16(at + 6);

export const setSourcePort = (view: DataView, at: number, port: number): void => view.setUint16(at, port);
export const setDestinationPort = (view: DataView, at: number, port: number): void => view.setUint16(at + 2, port);
export const setLength = (view: DataView, at: number, bytes: number): void => view.setUint16(at + 4, bytes);

/** Is the checksum right, under the IPv6 header at `ipv6At`? None at all is wrong, but in tunnels (RFC 8200 §8.1). */
export const verify6 = (view: DataView, ipv6At: number, at: number): boolean =>
  checksum(view, at) !== 0 && checksumOf.verifies(total6(view, ipv6At, at));

/** Is the checksum right, under the IPv4 header at `ipv4At`? None at all is right: RFC 768. */
export const verify4 = (view: DataView, ipv4At: number, at: number): boolean =>
  checksum(view, at) === 0 || checksumOf.verifies(total4(view, ipv4At, at));

/** Computes the checksum over the datagram's {@link length} and writes it. */
export const writeChecksum6 = (view: DataView, ipv6At: number, at: number): void => {
  view.setUint16(at + 6, 0);
  view.setUint16(at + 6, neverZero(checksumOf.finish(total6(view, ipv6At, at))));
};

/** Computes the checksum over the datagram's {@link length} and writes it. */
export const writeChecksum4 = (view: DataView, ipv4At: number, at: number): void => {
  view.setUint16(at + 6, 0);
  view.setUint16(at + 6, neverZero(checksumOf.finish(total4(view, ipv4At, at))));
};

/** 0 says "no checksum": one that comes to 0 is sent as all ones, its equal in one's complement (RFC 768). */
const neverZero = (field: number): number => (field === 0 ? 0xffff : field);

const total6 = (view: DataView, ipv6At: number, at: number): number => {
  const bytes = length(view, at);
  return checksumOf.sum(view, at, at + bytes, checksumOf.pseudoHeader6(view, ipv6At, bytes, Protocol.udp));
};

const total4 = (view: DataView, ipv4At: number, at: number): number => {
  const bytes = length(view, at);
  return checksumOf.sum(view, at, at + bytes, checksumOf.pseudoHeader4(view, ipv4At, bytes, Protocol.udp));
};
