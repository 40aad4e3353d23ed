/**
 * The IPv6 header (RFC 8200 §3), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version| Traffic Class |             Flow Label                |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Payload Length         |  Next Header  |   Hop Limit   |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Source Address                         |  8
 * |                                                               | 12
 * |                                                               | 16
 * |                                                               | 20
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Destination Address                      | 24
 * |                                                               | 28
 * |                                                               | 32
 * |                                                               | 36
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Every accessor takes the slab's view and the offset of the header. Call {@link check} once; after `'ok'`
 * no accessor can leave the packet.
 *
 * @module
 */

/** Bytes of the fixed header. */
export const headerLength = 40;
/** The smallest MTU an IPv6 link may have (RFC 8200 §5). */
export const minimumMtu = 1280;

/** Offsets of the fields, for pointers in Parameter Problem messages (RFC 4443 §3.4). */
export const offsets = {
  payloadLength: 4,
  nextHeader: 6,
  hopLimit: 7,
  source: 8,
  destination: 24,
} as const;

export type Check = 'ok' | 'truncated' | 'badVersion';

/**
 * Is there an IPv6 header at `at`, with the whole of its payload before `end`?
 *
 * @param end offset just past the last byte received
 */
export const check = (view: DataView, at: number, end: number): Check => {
  if (end - at < headerLength) return 'truncated';
  if (version(view, at) !== 6) return 'badVersion';
  return end - at < headerLength + payloadLength(view, at) ? 'truncated' : 'ok';
};

export const version = (view: DataView, at: number): number => view.getUint8(at) >> 4;
export const trafficClass = (view: DataView, at: number): number => (view.getUint16(at) >> 4) & 0xff;
export const flowLabel = (view: DataView, at: number): number => view.getUint32(at) & 0xfffff;
export const payloadLength = (view: DataView, at: number): number => view.getUint16(at + 4);
export const nextHeader = (view: DataView, at: number): number => view.getUint8(at + 6);
export const hopLimit = (view: DataView, at: number): number => view.getUint8(at + 7);

export const setPayloadLength = (view: DataView, at: number, length: number): void => view.setUint16(at + 4, length);
export const setNextHeader = (view: DataView, at: number, protocol: number): void => view.setUint8(at + 6, protocol);
export const setHopLimit = (view: DataView, at: number, hops: number): void => view.setUint8(at + 7, hops);
export const setTrafficClass = (view: DataView, at: number, octet: number): void =>
  view.setUint16(at, (view.getUint16(at) & 0xf00f) | ((octet & 0xff) << 4));

/** Writes version 6, traffic class and flow label: the first word of the header. */
export const setFirstWord = (view: DataView, at: number, trafficClassOctet: number, label: number): void =>
  view.setUint32(at, (0x60000000 | ((trafficClassOctet & 0xff) << 20) | (label & 0xfffff)) >>> 0);
