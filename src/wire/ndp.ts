/**
 * Neighbor Discovery messages (RFC 4861 §4), read and written in place. What they have in common with all of ICMPv6
 * is in `icmp6.ts`, their options are in `ndp-options.ts`.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |   Code (0)    |          Checksum             |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Router Solicitation
 * |                           Reserved                            |  4
 * |  Options ...                                                     8
 *
 * Router Advertisement (flags: RFC 4191 §2.2, RFC 6275 §7.1, RFC 4389 §4.1.3.3)
 * | Cur Hop Limit |M|O|H|Prf|P|0 0|       Router Lifetime         |  4
 * |                         Reachable Time                        |  8
 * |                          Retrans Timer                        | 12
 * |  Options ...                                                    16
 *
 * Neighbor Solicitation
 * |                           Reserved                            |  4
 * |                        Target Address, 16 bytes               |  8
 * |  Options ...                                                    24
 *
 * Neighbor Advertisement
 * |R|S|O|                      Reserved                           |  4
 * |                        Target Address, 16 bytes               |  8
 * |  Options ...                                                    24
 *
 * Redirect
 * |                           Reserved                            |  4
 * |                        Target Address, 16 bytes               |  8
 * |                     Destination Address, 16 bytes             | 24
 * |  Options ...                                                    40
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the message, and a walk through its options ends.
 *
 * @module
 */

import { copy6, equal6, isLinkLocal6, isMulticast6, isSolicitedNode6, isUnspecified6 } from './address-bytes.ts';
import { type IpAddress, writeAddress } from './address-value.ts';
import { Type } from './icmp6.ts';
import * as ipv6 from './ipv6.ts';
import * as options from './ndp-options.ts';

/** What every message is sent with: a router on the way would have lowered it (RFC 4861 §3.1). */
export const hopLimit = 255;

export const offsets = { flags: 4, target: 8, redirectDestination: 24 } as const;

/** Flags of a Neighbor Advertisement (RFC 4861 §4.4), in its fifth byte. */
export const AdvertisementFlag = { router: 0x80, solicited: 0x40, override: 0x20 } as const;

/** Flags of a Router Advertisement, in its sixth byte. The default router preference lies in {@link preference}. */
export const RouterFlag = {
  managed: 0x80,
  otherConfiguration: 0x40,
  /** RFC 6275 §7.1 */
  homeAgent: 0x20,
  /** RFC 4389 §4.1.3.3 */
  proxy: 0x04,
} as const;

/** Default router preferences and route preferences (RFC 4191 §2.1), ordered: a larger number is preferred. */
export const Preference = { low: -1, medium: 0, high: 1, reserved: -2 } as const;

/** Is it one of the five types? */
export const isNeighborDiscovery = (type: number): boolean => type >= Type.routerSolicitation && type <= Type.redirect;

/** Where the options of a message begin, by its type; 0 for a type that is none of the five. */
export const headerLength = (type: number): number => {
  switch (type) {
    case Type.routerSolicitation:
      return 8;
    case Type.routerAdvertisement:
      return 16;
    case Type.neighborSolicitation:
    case Type.neighborAdvertisement:
      return 24;
    case Type.redirect:
      return 40;
    default:
      return 0;
  }
};

/** Most options that a message may have: more than fit 1,280 bytes in earnest. */
export const optionLimit = 64;

export type Check =
  | 'ok'
  | 'notNeighborDiscovery'
  | 'truncated'
  | 'badHopLimit'
  | 'badCode'
  | 'badOption'
  | 'badSource'
  | 'badDestination'
  | 'badTarget';

/**
 * Is the message valid, as far as it alone can tell (RFC 4861 §6.1, §7.1, §8.1)? The checksum is for {@link verify} of
 * `icmp6.ts`; whether a Redirect comes from the first hop, for whoever knows that.
 *
 * `badSource` stands for a router that does not speak from its link-local address, and for nobody (`::`) who gives a
 * link-layer address; `badDestination` for a solicitation from nobody that did not go to the target's group, and for
 * a solicited advertisement that went to a group.
 *
 * @param ipv6At offset of the IPv6 header
 * @param at offset of the ICMPv6 header
 * @param end offset just past the last byte
 */
export const check = (view: DataView, ipv6At: number, at: number, end: number): Check => {
  if (end - at < 8) return 'truncated';
  const type = view.getUint8(at);
  const length = headerLength(type);
  if (length === 0) return 'notNeighborDiscovery';
  if (end - at < length) return 'truncated';
  if (ipv6.hopLimit(view, ipv6At) !== hopLimit) return 'badHopLimit';
  if (view.getUint8(at + 1) !== 0) return 'badCode';
  if (!options.areWhole(view, at + length, end, optionLimit)) return 'badOption';
  switch (type) {
    case Type.routerSolicitation:
      return checkNobody(view, ipv6At, at + length, end);
    case Type.routerAdvertisement:
      return isLinkLocal6(view, ipv6At + ipv6.offsets.source) ? 'ok' : 'badSource';
    case Type.neighborSolicitation:
      return checkSolicitation(view, ipv6At, at, end);
    case Type.neighborAdvertisement:
      return checkAdvertisement(view, ipv6At, at);
    default:
      return checkRedirect(view, ipv6At, at);
  }
};

/** Nobody has no link-layer address (RFC 4861 §4.1, §4.3). */
const checkNobody = (view: DataView, ipv6At: number, optionsAt: number, end: number): Check => {
  if (!isUnspecified6(view, ipv6At + ipv6.offsets.source)) return 'ok';
  return options.find(view, optionsAt, end, options.Option.sourceLinkLayerAddress) === 0 ? 'ok' : 'badSource';
};

const checkSolicitation = (view: DataView, ipv6At: number, at: number, end: number): Check => {
  if (isMulticast6(view, at + offsets.target)) return 'badTarget';
  if (!isUnspecified6(view, ipv6At + ipv6.offsets.source)) return 'ok';
  if (!isSolicitedNode6(view, ipv6At + ipv6.offsets.destination)) return 'badDestination';
  return checkNobody(view, ipv6At, at + 24, end);
};

const checkAdvertisement = (view: DataView, ipv6At: number, at: number): Check => {
  if (isMulticast6(view, at + offsets.target)) return 'badTarget';
  return isSolicited(view, at) && isMulticast6(view, ipv6At + ipv6.offsets.destination) ? 'badDestination' : 'ok';
};

const checkRedirect = (view: DataView, ipv6At: number, at: number): Check => {
  if (!isLinkLocal6(view, ipv6At + ipv6.offsets.source)) return 'badSource';
  const target = at + offsets.target;
  const destination = at + offsets.redirectDestination;
  if (isMulticast6(view, destination)) return 'badTarget';
  return isLinkLocal6(view, target) || equal6(view, target, view, destination) ? 'ok' : 'badTarget';
};

/** Offset of the first option of a message. */
export const optionsAt = (view: DataView, at: number): number => at + headerLength(view.getUint8(at));

/** Router Advertisement: the hop limit to send with; 0 says nothing about it. */
export const currentHopLimit = (view: DataView, at: number): number => view.getUint8(at + 4);
/** Router Advertisement: bits of {@link RouterFlag}, with the preference between them. */
export const routerFlags = (view: DataView, at: number): number => view.getUint8(at + 5);
/** Router Advertisement: seconds during which the router is a default router; 0: it is none. */
export const routerLifetime = (view: DataView, at: number): number => view.getUint16(at + 6);
/** Router Advertisement: milliseconds a confirmed neighbor counts as reachable; 0 says nothing about it. */
export const reachableTime = (view: DataView, at: number): number => view.getUint32(at + 8);
/** Router Advertisement: milliseconds between solicitations; 0 says nothing about it. */
export const retransTimer = (view: DataView, at: number): number => view.getUint32(at + 12);

/**
 * Router Advertisement: the default router preference (RFC 4191 §2.2). The reserved value counts as medium, and a
 * router that is no default router (lifetime 0) has none: medium, too.
 */
export const preference = (view: DataView, at: number): number => {
  const said = preferenceOf(view.getUint8(at + 5));
  return said === Preference.reserved || routerLifetime(view, at) === 0 ? Preference.medium : said;
};

/** The preference in bits 3 and 4 of a byte: two's complement (RFC 4191 §2.1). */
export const preferenceOf = (octet: number): number => (octet << 27) >> 30;

/** Neighbor Advertisement: the sender is a router. */
export const isRouter = (view: DataView, at: number): boolean => (view.getUint8(at + 4) & 0x80) !== 0;
/** Neighbor Advertisement: it answers a solicitation. */
export const isSolicited = (view: DataView, at: number): boolean => (view.getUint8(at + 4) & 0x40) !== 0;
/** Neighbor Advertisement: it may replace what is cached. */
export const isOverride = (view: DataView, at: number): boolean => (view.getUint8(at + 4) & 0x20) !== 0;

/** Fields of a Router Advertisement; what is not given says nothing. */
export interface RouterAdvertisementFields {
  readonly currentHopLimit?: number;
  /** Bits of {@link RouterFlag}. */
  readonly flags?: number;
  /** One of {@link Preference}. */
  readonly preference?: number;
  /** Seconds, at most 65,535. */
  readonly routerLifetime?: number;
  /** Milliseconds. */
  readonly reachableTime?: number;
  /** Milliseconds. */
  readonly retransTimer?: number;
}

/** Type, code 0, no checksum yet, and the four bytes behind. */
const writeStart = (view: DataView, at: number, type: number, word: number): void => {
  view.setUint32(at, (type << 24) >>> 0);
  view.setUint32(at + 4, word);
};

/** Writes a Router Solicitation without options; the checksum comes last, by `icmp6.writeChecksum`. */
export const writeRouterSolicitation = (view: DataView, at: number): void =>
  writeStart(view, at, Type.routerSolicitation, 0);

/** Writes a Router Advertisement without options. */
export const writeRouterAdvertisement = (view: DataView, at: number, fields: RouterAdvertisementFields): void => {
  const preferenceBits = ((fields.preference ?? Preference.medium) & 3) << 3;
  const flags = ((fields.flags ?? 0) & 0xe7) | preferenceBits;
  const word = ((fields.currentHopLimit ?? 0) << 24) | (flags << 16) | (fields.routerLifetime ?? 0);
  writeStart(view, at, Type.routerAdvertisement, word >>> 0);
  view.setUint32(at + 8, fields.reachableTime ?? 0);
  view.setUint32(at + 12, fields.retransTimer ?? 0);
};

/** Writes a Neighbor Solicitation without options. */
export const writeNeighborSolicitation = (view: DataView, at: number, target: IpAddress): void => {
  writeStart(view, at, Type.neighborSolicitation, 0);
  writeAddress(view, at + offsets.target, target);
};

/**
 * Writes a Neighbor Advertisement without options.
 *
 * @param flags bits of {@link AdvertisementFlag}
 */
export const writeNeighborAdvertisement = (view: DataView, at: number, flags: number, target: IpAddress): void => {
  writeStart(view, at, Type.neighborAdvertisement, (flags << 24) >>> 0);
  writeAddress(view, at + offsets.target, target);
};

/** Writes a Redirect without options, for the destination that lies at `fromAt` in `from`. */
export const writeRedirect = (view: DataView, at: number, target: IpAddress, from: DataView, fromAt: number): void => {
  writeStart(view, at, Type.redirect, 0);
  writeAddress(view, at + offsets.target, target);
  copy6(from, fromAt, view, at + offsets.redirectDestination);
};
