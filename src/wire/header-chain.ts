/**
 * Where a chain of IPv6 headers ends: at the upper-layer header (RFC 7112 §3). For questions about a whole chain at
 * once; what each header means is asked elsewhere, header by header.
 *
 * @module
 */
import * as extension from './extension.ts';
import { Protocol } from './protocols.ts';
import * as tcp from './tcp.ts';

/** The chain runs past the end, or the upper-layer header does. */
export const incomplete = -1;

/**
 * Finds the upper-layer header behind the extension headers from `at` on: {@link incomplete}, or an answer for
 * {@link offsetOf} and {@link protocolOf}. A Fragment header ends the walk like an upper layer.
 *
 * Every turn takes a header of at least eight bytes, so the walk ends after at most `(end - at) / 8` turns.
 *
 * @param end offset just past the last byte, below 2^22
 * @param protocol protocol number of the header at `at`
 *
 * @example
 * const found = findUpperLayer(view, ipv6.headerLength, length, ipv6.nextHeader(view, 0));
 * if (found >= 0 && protocolOf(found) === Protocol.udp) console.log(udp.destinationPort(view, offsetOf(found)));
 */
export const findUpperLayer = (view: DataView, at: number, end: number, protocol: number): number => {
  let next = at;
  let header = protocol;
  while (header !== Protocol.fragment && extension.isExtensionHeader(header)) {
    if (extension.check(view, next, end, header) !== 'ok') return incomplete;
    const length = extension.headerLength(view, next, header);
    header = extension.nextHeader(view, next);
    next += length;
  }
  return end - next < upperLayerLength(view, next, end, header) ? incomplete : (next << 8) | header;
};

export const offsetOf = (found: number): number => found >> 8;
export const protocolOf = (found: number): number => found & 0xff;

/** Is there a header of protocol `wanted` in the chain from `at` to `until`, an offset where a header begins? */
export const chainHas = (view: DataView, at: number, until: number, protocol: number, wanted: number): boolean => {
  let next = at;
  let header = protocol;
  while (next < until && extension.isExtensionHeader(header)) {
    if (header === wanted) return true;
    if (extension.check(view, next, until, header) !== 'ok') return false;
    const length = extension.headerLength(view, next, header);
    header = extension.nextHeader(view, next);
    next += length;
  }
  return false;
};

/** Bytes that the upper-layer header has, or has at least. */
const upperLayerLength = (view: DataView, at: number, end: number, protocol: number): number => {
  switch (protocol) {
    case Protocol.tcp:
      return end - at < tcp.minimumHeaderLength
        ? tcp.minimumHeaderLength
        : Math.max(tcp.minimumHeaderLength, tcp.headerLength(view, at));
    case Protocol.ipv6:
      return 40;
    case Protocol.ipv4:
      return 20;
    case Protocol.noNextHeader:
      return 0;
    case Protocol.gre:
      return 4;
    default: // UDP, ICMPv6, ESP and Fragment have eight; and we ask as much of what we don't know
      return 8;
  }
};
