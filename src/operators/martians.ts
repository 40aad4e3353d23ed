/**
 * Addresses that may not come from a wire, in either field. Each function answers with a drop code, `Drop.none` if
 * nothing is wrong. Whether an address may be forwarded is for `scope`, whether it is ours for `classify`.
 *
 * IPv4-compatible addresses (`::192.0.2.1`, deprecated by RFC 4291 §2.5.5.1) pass like any other unicast address, for
 * nothing here tunnels by them; a route must lead to them. So do site-local ones (RFC 3879 §4).
 *
 * @module
 */
import { Drop } from '../packet/drop.ts';
import { isBroadcast4, isLoopback6, isUnspecified6, isV4Mapped6 } from '../wire/address-bytes.ts';

/**
 * Does the first word of an IPv6 address tell that nothing is wrong with it? So it is with global unicast addresses,
 * 2000::/3, and unique local ones, fc00::/7: most packets pay for one comparison or two.
 */
export const isOrdinary6 = (word: number): boolean => word >>> 29 === 1 || word >>> 25 === 0x7e;

/**
 * Are there bits between the prefix of a link-local address and its interface identifier, where all are zero (RFC 4291
 * §2.5.6)? KAME kept the zone there, within the node; on a wire it has no business.
 */
const hasEmbeddedZone = (view: DataView, at: number, word: number): boolean =>
  word >>> 22 === 0x3fa && ((word & 0x3fffff) | view.getInt32(at + 4)) !== 0;

/** Of `::1` and IPv4-mapped addresses, which begin with a zero word. */
const faultOfZeros = (view: DataView, at: number): number => {
  if (isLoopback6(view, at)) return Drop.loopbackAddress;
  return isV4Mapped6(view, at) ? Drop.mappedAddress : Drop.none;
};

/** What is wrong with an IPv6 source that is not ordinary. The unspecified one is right for who has none yet. */
export const sourceFault6 = (view: DataView, at: number): number => {
  const word = view.getInt32(at);
  if (word >>> 24 === 0xff) return Drop.multicastSource;
  if (word === 0) return faultOfZeros(view, at);
  return hasEmbeddedZone(view, at, word) ? Drop.embeddedZone : Drop.none;
};

/** What is wrong with an IPv6 destination that is not ordinary. Groups are looked at by `classify`. */
export const destinationFault6 = (view: DataView, at: number): number => {
  const word = view.getInt32(at);
  if (word === 0) return isUnspecified6(view, at) ? Drop.unspecifiedDestination : faultOfZeros(view, at);
  return hasEmbeddedZone(view, at, word) ? Drop.embeddedZone : Drop.none;
};

/** What is wrong with an IPv4 source. One in 0/8 is right for who has none yet (RFC 1122 §3.2.1.3). */
export const sourceFault4 = (view: DataView, at: number): number => {
  const first = view.getUint8(at);
  if (first < 224) return first === 127 ? Drop.loopbackAddress : Drop.none;
  if (first < 240) return Drop.multicastSource;
  return isBroadcast4(view, at) ? Drop.broadcastSource : Drop.reservedAddress;
};

/** What is wrong with an IPv4 destination. */
export const destinationFault4 = (view: DataView, at: number): number => {
  const first = view.getUint8(at);
  if (first === 127) return Drop.loopbackAddress;
  if (first === 0) return Drop.unspecifiedDestination;
  return first < 240 || isBroadcast4(view, at) ? Drop.none : Drop.reservedAddress;
};
