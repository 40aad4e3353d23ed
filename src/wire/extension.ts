/**
 * What IPv6 extension headers have in common (RFC 8200 §4, RFC 6564, for AH RFC 4302 §2): the protocol that follows
 * and a length. Inside them look `options.ts`, `routing.ts` and `fragment.ts`.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |  Hdr Ext Len  |                               |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 * |                    Header Specific Data                       |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Every header is at least eight bytes long, so a walk by {@link headerLength} always gets on.
 *
 * Call {@link check} once per header; after `'ok'` no accessor can leave the packet.
 *
 * @module
 */
import { Protocol } from './protocols.ts';

/** Bytes of the shortest extension header. */
export const minimumHeaderLength = 8;

export const offsets = { nextHeader: 0, headerExtensionLength: 1 } as const;

/**
 * Is `protocol` an extension header that {@link headerLength} can step over? ESP hides what follows it and No Next
 * Header is followed by nothing, so both end a walk like an upper layer does.
 */
export const isExtensionHeader = (protocol: number): boolean =>
  protocol === Protocol.hopByHop ||
  protocol === Protocol.routing ||
  protocol === Protocol.fragment ||
  protocol === Protocol.ah ||
  protocol === Protocol.destinationOptions;

export type Check = 'ok' | 'truncated';

/** Does the whole extension header of this protocol at `at` lie before `end`? */
export const check = (view: DataView, at: number, end: number, protocol: number): Check =>
  end - at < minimumHeaderLength || end - at < headerLength(view, at, protocol) ? 'truncated' : 'ok';

/** Bytes: from 8-byte units (RFC 8200 §4.3), always 8 for Fragment (§4.5), from 4-byte units for AH (RFC 4302 §2.2). */
export const headerLength = (view: DataView, at: number, protocol: number): number => {
  if (protocol === Protocol.fragment) return 8;
  const units = view.getUint8(at + 1);
  return protocol === Protocol.ah ? (units + 2) << 2 : (units + 1) << 3;
};

/** Protocol of what follows. */
export const nextHeader = (view: DataView, at: number): number => view.getUint8(at);
export const setNextHeader = (view: DataView, at: number, protocol: number): void => view.setUint8(at, protocol);

/** Writes the length field of a header with 8-byte units; `length` in bytes, a multiple of eight, 8 to 2,048. */
export const setHeaderLength = (view: DataView, at: number, length: number): void =>
  view.setUint8(at + 1, (length >>> 3) - 1);
