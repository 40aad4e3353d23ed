/**
 * Options of Neighbor Discovery messages (RFC 4861 §4.6), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      | Length, in 8s |              ...              |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Source and Target Link-Layer Address (1, 2), on Ethernet: RFC 2464 §6
 * |     Type      |       1       |     Link-Layer Address, 6     |  0
 *
 * Prefix Information (3)
 * |     Type      |       4       | Prefix Length |L|A|R|Reserved1|  0
 * |                         Valid Lifetime                        |  4
 * |                       Preferred Lifetime                      |  8
 * |                           Reserved2                           | 12
 * |                        Prefix, 16 bytes                       | 16
 *
 * Redirected Header (4)
 * |     Type      |    Length     |           Reserved            |  0
 * |                           Reserved                            |  4
 * |                     IP header and data                        |  8
 *
 * MTU (5)
 * |     Type      |       1       |           Reserved            |  0
 * |                              MTU                              |  4
 *
 * Nonce (14): RFC 3971 §5.3.2, RFC 7527 §4.1
 * |     Type      |    Length     |     Nonce, 6 bytes or more    |  0
 *
 * Route Information (24): RFC 4191 §2.3
 * |     Type      |    1 to 3     | Prefix Length |  0  |Prf|  0  |  0
 * |                        Route Lifetime                         |  4
 * |                   Prefix, 0, 8 or 16 bytes                    |  8
 *
 * Recursive DNS Server (25): RFC 8106 §5.1; DNS Search List (31): §5.2
 * |     Type      |    Length     |           Reserved            |  0
 * |                           Lifetime                            |  4
 * |             Addresses, 16 bytes each; or domain names         |  8
 *
 * RA Flags Extension (26): RFC 5175 §4
 * |     Type      |       1       |        Bits, 6 bytes          |  0
 *
 * PREF64 (38): RFC 8781 §4
 * |     Type      |       2       |     Scaled Lifetime     | PLC |  0
 * |              Highest 96 bits of the prefix, 12 bytes          |  4
 * ```
 *
 * A walk starts where the message's own fields end (`ndp.optionsAt`) and steps by {@link size}. A message that passed
 * `ndp.check` has options of length above 0 only, the last of which ends where it ends. {@link isWellFormed} then tells
 * whether an option has the length that its type asks for; after that no accessor can leave it.
 *
 * @example
 * for (let at = ndp.optionsAt(view, icmp); at < end; at += ndpOptions.size(view, at)) {
 *   if (!ndpOptions.isWellFormed(view, at)) continue;
 *   if (ndpOptions.type(view, at) === ndpOptions.Option.mtu) linkMtu = ndpOptions.mtu(view, at);
 * }
 *
 * @module
 */
import { type IpAddress, writeAddress } from './address-value.ts';

/** Option types (IANA "IPv6 Neighbor Discovery Option Formats"). */
export const Option = {
  sourceLinkLayerAddress: 1,
  targetLinkLayerAddress: 2,
  prefixInformation: 3,
  redirectedHeader: 4,
  mtu: 5,
  nonce: 14,
  routeInformation: 24,
  recursiveDnsServer: 25,
  flagsExtension: 26,
  dnsSearchList: 31,
  pref64: 38,
} as const;

/** Flags of a Prefix Information option. */
export const PrefixFlag = {
  onLink: 0x80,
  autonomous: 0x40,
  /** The prefix field holds a whole address of the router (RFC 6275 §7.2). */
  routerAddress: 0x20,
} as const;

/** A lifetime of this many seconds never ends (RFC 4861 §4.6.2). */
export const infinity = 0xffffffff;

/** Lengths of the prefixes that PREF64 can carry, by its code (RFC 8781 §4). */
const pref64Lengths = [96, 64, 56, 48, 40, 32] as const;

export const type = (view: DataView, at: number): number => view.getUint8(at);

/** Bytes of the whole option. 0 only in a message that `ndp.check` refuses. */
export const size = (view: DataView, at: number): number => view.getUint8(at + 1) << 3;

/** Do whole options, none of length 0 and at most `limit`, fill the bytes from `at` to `end`? */
export const areWhole = (view: DataView, at: number, end: number, limit: number): boolean => {
  let next = at;
  for (let count = 0; next < end; count += 1) {
    if (count === limit || end - next < 8) return false;
    const length = view.getUint8(next + 1) << 3;
    if (length === 0 || length > end - next) return false;
    next += length;
  }
  return true;
};

/** The first option of a type from `at` on with the length that the type asks for: its offset, 0 if there is none. */
export const find = (view: DataView, at: number, end: number, wanted: number): number => {
  for (let next = at; end - next >= 8; next += size(view, next)) {
    const length = size(view, next);
    if (length === 0 || length > end - next) return 0;
    if (view.getUint8(next) === wanted && isWellFormed(view, next)) return next;
  }
  return 0;
};

/** Has a whole option the length that its type asks for? Unknown types may have any. */
export const isWellFormed = (view: DataView, at: number): boolean => {
  const units = view.getUint8(at + 1);
  switch (view.getUint8(at)) {
    case Option.sourceLinkLayerAddress:
    case Option.targetLinkLayerAddress:
    case Option.mtu:
      return units === 1;
    case Option.prefixInformation:
      return units === 4 && view.getUint8(at + 2) <= 128;
    case Option.routeInformation:
      return units <= 3 && view.getUint8(at + 2) <= (units - 1) * 64;
    case Option.recursiveDnsServer:
      return units >= 3 && units % 2 === 1;
    case Option.dnsSearchList:
      return units >= 2;
    case Option.pref64:
      return units === 2 && (view.getUint8(at + 3) & 7) < pref64Lengths.length;
    default:
      return units > 0;
  }
};

/** Link-layer address: its first 16 and its last 32 bits, as in `ethernet.ts`. */
export const linkLayerHigh = (view: DataView, at: number): number => view.getUint16(at + 2);
export const linkLayerLow = (view: DataView, at: number): number => view.getInt32(at + 4);

/** Prefix Information and Route Information: leading bits that are valid. */
export const prefixLength = (view: DataView, at: number): number => view.getUint8(at + 2);
/** Prefix Information: bits of {@link PrefixFlag}. */
export const prefixFlags = (view: DataView, at: number): number => view.getUint8(at + 3);
/** Prefix Information: seconds, {@link infinity} for ever. */
export const validLifetime = (view: DataView, at: number): number => view.getUint32(at + 4);
/** Prefix Information: seconds, {@link infinity} for ever. */
export const preferredLifetime = (view: DataView, at: number): number => view.getUint32(at + 8);
/** Offset of the 16 bytes of a Prefix Information option's prefix. */
export const prefixAt = (at: number): number => at + 16;

/** Offset of the packet in a Redirected Header option. */
export const redirectedAt = (at: number): number => at + 8;

/** MTU: an unsigned 32-bit number from a stranger. */
export const mtu = (view: DataView, at: number): number => view.getUint32(at + 4);

/** Bytes of a nonce, padding included (RFC 3971 §5.3.2 has none); it begins at offset 2. */
export const nonceLength = (view: DataView, at: number): number => size(view, at) - 2;

/** Route Information: bits 3 and 4 are the preference, for `ndp.preferenceOf`. */
export const routeFlags = (view: DataView, at: number): number => view.getUint8(at + 3);
/** Route Information, Recursive DNS Server, DNS Search List: seconds, {@link infinity} for ever. */
export const lifetime = (view: DataView, at: number): number => view.getUint32(at + 4);

/** Route Information: the prefix, of which as many bytes are there as its length needs, the rest being zero. */
export const routePrefix = (view: DataView, at: number): IpAddress => {
  const bits = prefixLength(view, at);
  const bytes = size(view, at) - 8;
  const word = (index: number): number => {
    const kept = Math.min(32, bits - index * 32);
    return kept <= 0 || bytes < (index + 1) * 4 ? 0 : view.getInt32(at + 8 + index * 4) & (-1 << (32 - kept));
  };
  return { family: 6, w0: word(0), w1: word(1), w2: word(2), w3: word(3) };
};

/** How many servers a Recursive DNS Server option names; their addresses begin at offset 8. */
export const serverCount = (view: DataView, at: number): number => (size(view, at) - 8) >> 4;

/** RA Flags Extension: its 48 bits as the first 16 and the last 32. */
export const extensionHigh = (view: DataView, at: number): number => view.getUint16(at + 2);
export const extensionLow = (view: DataView, at: number): number => view.getUint32(at + 4);

/** PREF64: seconds. */
export const pref64Lifetime = (view: DataView, at: number): number => view.getUint16(at + 2) & 0xfff8;
/** PREF64: 96, 64, 56, 48, 40 or 32 bits. */
export const pref64Length = (view: DataView, at: number): number => pref64Lengths[view.getUint8(at + 3) & 7] ?? 0;
/** PREF64: the prefix; what lies behind its length is zero. */
export const pref64Prefix = (view: DataView, at: number): IpAddress => {
  const bits = pref64Length(view, at);
  const word = (index: number): number => {
    const kept = Math.min(32, bits - index * 32);
    return kept <= 0 ? 0 : view.getInt32(at + 4 + index * 4) & (-1 << (32 - kept));
  };
  return { family: 6, w0: word(0), w1: word(1), w2: word(2), w3: 0 };
};

/** Every writer returns the bytes of the option it wrote. */
type Written = number;

const writeHead = (view: DataView, at: number, optionType: number, units: number, half: number): Written => {
  view.setUint32(at, ((optionType << 24) | (units << 16) | half) >>> 0);
  return units << 3;
};

/** Bytes that a link-layer address option takes. */
export const linkLayerSize = 8;
/** Bytes of an option with a nonce of six. */
export const nonceSize = 8;

/** Writes a Source or Target Link-Layer Address option. */
export const writeLinkLayerAddress = (
  view: DataView,
  at: number,
  optionType: number,
  high: number,
  low: number,
): Written => {
  view.setInt32(at + 4, low);
  return writeHead(view, at, optionType, 1, high);
};

export interface PrefixInformationFields {
  readonly prefix: IpAddress;
  readonly length: number;
  /** Bits of {@link PrefixFlag}. */
  readonly flags: number;
  /** Seconds. */
  readonly validLifetime: number;
  /** Seconds. */
  readonly preferredLifetime: number;
}

export const writePrefixInformation = (view: DataView, at: number, fields: PrefixInformationFields): Written => {
  view.setUint32(at + 4, fields.validLifetime);
  view.setUint32(at + 8, fields.preferredLifetime);
  view.setUint32(at + 12, 0);
  writeAddress(view, at + 16, fields.prefix);
  return writeHead(view, at, Option.prefixInformation, 4, (fields.length << 8) | fields.flags);
};

/**
 * Writes a Redirected Header option around `length` bytes that the caller puts at {@link redirectedAt}; a multiple of
 * eight, at most 2,032.
 */
export const writeRedirectedHeader = (view: DataView, at: number, length: number): Written => {
  view.setUint32(at + 4, 0);
  return writeHead(view, at, Option.redirectedHeader, 1 + (length >> 3), 0);
};

export const writeMtu = (view: DataView, at: number, linkMtu: number): Written => {
  view.setUint32(at + 4, linkMtu);
  return writeHead(view, at, Option.mtu, 1, 0);
};

/** Writes a nonce of six bytes: RFC 7527 asks for no more. */
export const writeNonce = (view: DataView, at: number, high: number, low: number): Written => {
  view.setInt32(at + 4, low);
  return writeHead(view, at, Option.nonce, 1, high);
};

export interface RouteInformationFields {
  readonly prefix: IpAddress;
  readonly length: number;
  /** One of `ndp.Preference`. */
  readonly preference: number;
  /** Seconds. */
  readonly lifetime: number;
}

export const writeRouteInformation = (view: DataView, at: number, fields: RouteInformationFields): Written => {
  const { prefix, length, preference, lifetime: seconds } = fields;
  const units = length === 0 ? 1 : length <= 64 ? 2 : 3;
  view.setUint32(at + 4, seconds);
  const words = [prefix.w0, prefix.w1, prefix.w2, prefix.w3] as const;
  for (let i = 0; i < (units - 1) * 2; i += 1) view.setInt32(at + 8 + i * 4, words[i] ?? 0);
  return writeHead(view, at, Option.routeInformation, units, (length << 8) | ((preference & 3) << 3));
};

/** @param servers at least one */
export const writeRecursiveDnsServer = (
  view: DataView,
  at: number,
  seconds: number,
  servers: readonly IpAddress[],
): Written => {
  view.setUint32(at + 4, seconds);
  for (const [i, server] of servers.entries()) writeAddress(view, at + 8 + i * 16, server);
  return writeHead(view, at, Option.recursiveDnsServer, 1 + servers.length * 2, 0);
};

/** Writes the 48 bits of an RA Flags Extension. */
export const writeFlagsExtension = (view: DataView, at: number, high: number, low: number): Written => {
  view.setUint32(at + 4, low);
  return writeHead(view, at, Option.flagsExtension, 1, high);
};

/**
 * Writes a PREF64 option.
 *
 * @param seconds rounded up to a multiple of eight, at most 65,528 (RFC 8781 §4.1)
 * @param length 96, 64, 56, 48, 40 or 32; another is written as 96
 */
export const writePref64 = (
  view: DataView,
  at: number,
  seconds: number,
  prefix: IpAddress,
  length: number,
): Written => {
  const code = Math.max(0, pref64Lengths.indexOf(length as (typeof pref64Lengths)[number]));
  const scaled = Math.min(0xfff8, Math.ceil(seconds / 8) * 8);
  view.setInt32(at + 4, prefix.w0);
  view.setInt32(at + 8, prefix.w1);
  view.setInt32(at + 12, prefix.w2);
  return writeHead(view, at, Option.pref64, 2, scaled | code);
};
