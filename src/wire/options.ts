/**
 * One option of a Hop-by-Hop or Destination Options header (RFC 8200 §4.2), read and written in place.
 *
 * ```
 *  0                   1
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+- - - - - - - - -
 * |Act|C|  Number | Opt Data Len  |  Option Data            0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+- - - - - - - - -
 *
 * +-+-+-+-+-+-+-+-+
 * |       0       |  Pad1, the only option of one byte      0
 * +-+-+-+-+-+-+-+-+
 * ```
 *
 * A walk starts at the header's offset + {@link first} and steps by {@link size}, which is never 0. Call
 * {@link check} at each option; after `'ok'` no accessor can leave the header.
 *
 * @example
 * for (let at = header + options.first; at < end; at += options.size(view, at)) {
 *   if (options.check(view, at, end) !== 'ok') break;
 *   if (options.type(view, at) === options.Option.routerAlert) alert = options.routerAlertValue(view, at);
 * }
 *
 * @module
 */

/** Where options start in their header: behind Next Header and Hdr Ext Len. */
export const first = 2;

/** Option types (IANA "Destination Options and Hop-by-Hop Options"). */
export const Option = {
  pad1: 0x00,
  padN: 0x01,
  /** RFC 2473 §4.1.1 */
  tunnelEncapsulationLimit: 0x04,
  /** RFC 2711 */
  routerAlert: 0x05,
  /** RFC 2675 */
  jumboPayload: 0xc2,
  /** RFC 6275 §6.3 */
  homeAddress: 0xc9,
} as const;

/** What a node does with an option that it does not know: the two leading bits of the type (RFC 8200 §4.2). */
export const Action = {
  skip: 0,
  discard: 1,
  /** Discard, and send Parameter Problem code 2. */
  report: 2,
  /** Discard, and send Parameter Problem code 2 unless the destination was multicast. */
  reportUnlessMulticast: 3,
} as const;

export type Check = 'ok' | 'pastEnd' | 'badLength';

/**
 * Does the option at `at` lie before `end`, the end of its header, with the length that its type asks for?
 *
 * `badLength` is answered for Router Alert, Jumbo Payload and Tunnel Encapsulation Limit, whose length is fixed.
 */
export const check = (view: DataView, at: number, end: number): Check => {
  if (at >= end) return 'pastEnd';
  if (view.getUint8(at) === Option.pad1) return 'ok';
  if (end - at < 2 || end - at < size(view, at)) return 'pastEnd';
  const fixed = fixedLength(view.getUint8(at));
  return fixed < 0 || fixed === view.getUint8(at + 1) ? 'ok' : 'badLength';
};

const fixedLength = (optionType: number): number => {
  if (optionType === Option.routerAlert) return 2;
  if (optionType === Option.jumboPayload) return 4;
  return optionType === Option.tunnelEncapsulationLimit ? 1 : -1;
};

export const type = (view: DataView, at: number): number => view.getUint8(at);

/** Bytes of option data; 0 for Pad1. */
export const dataLength = (view: DataView, at: number): number =>
  view.getUint8(at) === Option.pad1 ? 0 : view.getUint8(at + 1);

/** Bytes of the whole option: 1 for Pad1, otherwise 2 and the data. */
export const size = (view: DataView, at: number): number =>
  view.getUint8(at) === Option.pad1 ? 1 : 2 + view.getUint8(at + 1);

/**
 * Offset of the first option of a type in a header's options; -1 if there is none, if what comes before it is malformed,
 * or if it is not among the first `limit` options, padding included: strangers can't make the search long.
 *
 * @param at where the options start
 * @param end offset just past the header
 */
export const find = (view: DataView, at: number, end: number, wanted: number, limit = 16): number => {
  let next = at;
  for (let count = 0; count < limit && check(view, next, end) === 'ok'; count += 1) {
    if (type(view, next) === wanted) return next;
    next += size(view, next);
  }
  return -1;
};

/** One of {@link Action}, from an option's type. */
export const action = (optionType: number): number => optionType >> 6;

/** May the data change on the way (so that AH takes it as zero), from an option's type? */
export const changesEnRoute = (optionType: number): boolean => (optionType & 0x20) !== 0;

/** Router Alert: what routers are alerted to; 0 for Multicast Listener Discovery (RFC 2711 §2.1). */
export const routerAlertValue = (view: DataView, at: number): number => view.getUint16(at + 2);

/** Jumbo Payload Length: bytes behind the IPv6 header (RFC 2675 §2). */
export const jumboPayloadLength = (view: DataView, at: number): number => view.getUint32(at + 2);

/** How many more encapsulations the packet may suffer (RFC 2473 §4.1.1). */
export const tunnelEncapsulationLimit = (view: DataView, at: number): number => view.getUint8(at + 2);

/** Fills `length` bytes, at most 257, with one Pad1 or PadN. */
export const writePadding = (view: DataView, at: number, length: number): void => {
  if (length <= 0) return;
  view.setUint8(at, length === 1 ? Option.pad1 : Option.padN);
  if (length === 1) return;
  view.setUint8(at + 1, length - 2);
  for (let i = at + 2; i < at + length; i += 1) view.setUint8(i, 0);
};

/** Writes a Router Alert option, 4 bytes, to lie at an even offset (RFC 2711 §2.1). */
export const writeRouterAlert = (view: DataView, at: number, value: number): void => {
  view.setUint16(at, (Option.routerAlert << 8) | 2);
  view.setUint16(at + 2, value);
};

/** Writes a Tunnel Encapsulation Limit option, 3 bytes. */
export const writeTunnelEncapsulationLimit = (view: DataView, at: number, limit: number): void => {
  view.setUint16(at, (Option.tunnelEncapsulationLimit << 8) | 1);
  view.setUint8(at + 2, limit);
};
