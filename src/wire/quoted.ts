/**
 * What a packet carries, asked from outside: of the packet that an ICMP error quotes, or of one that an error is to be
 * sent about. Its bytes may be cut off anywhere and nothing in it has been checked.
 *
 * Extension headers are passed over, not obeyed. AH is passed over too (RFC 4302 §2); what ESP and IPComp hide is not
 * asked for. Every turn takes a header of at least eight bytes, and there are at most {@link headerLimit}.
 *
 * @module
 */
import * as extension from './extension.ts';
import * as fragment from './fragment.ts';
import * as ipv4 from './ipv4.ts';
import * as ipv6 from './ipv6.ts';
import { Protocol } from './protocols.ts';

/** It can't be told: the packet is cut off before, or is a fragment other than the first. */
export const unknown = -1;
/** The chain has more than {@link headerLimit} extension headers. */
export const tooLong = -2;

/** More than any chain that is sent in earnest, few enough to be walked for every stranger's error. */
export const headerLimit = 64;

/**
 * Finds the upper-layer header of the IPv6 or IPv4 packet at `from`: {@link unknown}, {@link tooLong} (both negative),
 * or an answer for {@link offsetOf} and {@link protocolOf}. Of the header itself there may be as little as nothing
 * before `end`. Total: any bytes, any `end`.
 *
 * @param from offset of the IP header
 * @param end offset just past the last byte, below 2^22
 *
 * @example
 * const found = quoted.findUpperLayer(view, icmp + icmp6.offsets.body, end);
 * if (found >= 0 && quoted.protocolOf(found) === Protocol.udp && end - quoted.offsetOf(found) >= 4) {
 *   console.log(udp.sourcePort(view, quoted.offsetOf(found)));
 * }
 */
export const findUpperLayer = (view: DataView, from: number, end: number): number => {
  if (end - from < ipv4.minimumHeaderLength) return unknown;
  const version = view.getUint8(from) >> 4;
  if (version === 4) return findUpperLayer4(view, from, end);
  return version === 6 && end - from >= ipv6.headerLength ? findUpperLayer6(view, from, end) : unknown;
};

/** Offset of the upper-layer header. */
export const offsetOf = (found: number): number => found >> 8;
/** Protocol number of the upper-layer header. */
export const protocolOf = (found: number): number => found & 0xff;

/** One number for both: nothing is allocated. */
const answer = (at: number, protocol: number): number => (at << 8) | protocol;

const findUpperLayer4 = (view: DataView, from: number, end: number): number => {
  const length = ipv4.headerLength(view, from);
  if (length < ipv4.minimumHeaderLength || length > end - from || ipv4.fragmentOffset(view, from) !== 0) return unknown;
  return answer(from + length, ipv4.protocol(view, from));
};

const findUpperLayer6 = (view: DataView, from: number, end: number): number => {
  let at = from + ipv6.headerLength;
  let protocol = ipv6.nextHeader(view, from);
  for (let headers = 0; extension.isExtensionHeader(protocol); headers += 1) {
    if (headers === headerLimit) return tooLong;
    if (extension.check(view, at, end, protocol) !== 'ok') return unknown;
    if (protocol === Protocol.fragment && fragment.fragmentOffset(view, at) !== 0) return unknown;
    const next = at + extension.headerLength(view, at, protocol);
    protocol = extension.nextHeader(view, at);
    at = next;
  }
  return answer(at, protocol);
};
