/**
 * The IPv6 Routing header (RFC 8200 §4.4), read and written in place. Addresses are where Type 0 (deprecated by
 * RFC 5095), Type 2 (RFC 6275 §6.4) and Segment Routing (RFC 8754 §2) have them.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |  Hdr Ext Len  |  Routing Type | Segments Left |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Type-specific data                       |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Address[0]                           |  8
 * |                             ...                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call `extension.check` once; after `'ok'` no accessor can leave the packet.
 *
 * @module
 */

export const offsets = { routingType: 2, segmentsLeft: 3, addresses: 8 } as const;

/** Routing types (IANA "Routing Types"). */
export const RoutingType = {
  /** Deprecated by RFC 5095. */
  sourceRoute: 0,
  /** RFC 6275: to a mobile node's home address. */
  homeAddress: 2,
  /** RFC 6554 */
  rpl: 3,
  /** RFC 8754 */
  segmentRouting: 4,
} as const;

export const routingType = (view: DataView, at: number): number => view.getUint8(at + 2);
/** How many of the listed nodes are still to be visited. */
export const segmentsLeft = (view: DataView, at: number): number => view.getUint8(at + 3);
export const setSegmentsLeft = (view: DataView, at: number, segments: number): void => view.setUint8(at + 3, segments);

/** How many whole addresses the header has room for. */
export const addressCount = (view: DataView, at: number): number => view.getUint8(at + 1) >> 1;
/** Offset of address `index`; inside the header for an index below {@link addressCount}. */
export const addressAt = (at: number, index: number): number => at + 8 + (index << 4);
