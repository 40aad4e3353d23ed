/**
 * The Ethernet frame header (RFC 894, RFC 2464 §3), with VLAN tags (IEEE 802.1Q), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                   Destination Address                         |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Destination Address      |        Source Address         |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Source Address                         |  8
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    0x8100, or the EtherType   | Priority|D| VLAN Identifier   | 12
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           EtherType           | 16 (20 behind a second tag)
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * A link-layer address is two integers: its first 16 bits (`high`, 0 to 65,535) and its last 32 (`low`, int32).
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the frame.
 *
 * @module
 */

/** A link-layer address: its first 16 bits, unsigned, and its last 32, signed. */
export interface LinkLayerAddress {
  readonly high: number;
  readonly low: number;
}

/** Bytes of a header without VLAN tags. */
export const minimumHeaderLength = 14;
/** Bytes of a VLAN tag. */
export const tagLength = 4;

export const offsets = { destination: 0, source: 6, etherType: 12 } as const;

/** EtherTypes (IANA "IEEE 802 Numbers"). A value below 0x600 is the length of an IEEE 802.3 frame. */
export const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ipv6: 0x86dd,
  serviceVlan: 0x88a8,
} as const;

export type Check = 'ok' | 'truncated';

/** Is there a header at `at`, its VLAN tags included, before `end`? */
export const check = (view: DataView, at: number, end: number): Check => {
  if (end - at < minimumHeaderLength) return 'truncated';
  if (!isTag(view.getUint16(at + 12))) return 'ok';
  if (end - at < minimumHeaderLength + tagLength) return 'truncated';
  if (!isTag(view.getUint16(at + 16))) return 'ok';
  return end - at < minimumHeaderLength + 2 * tagLength ? 'truncated' : 'ok';
};

const isTag = (type: number): boolean => type === EtherType.vlan || type === EtherType.serviceVlan;

/** Bytes before the payload: 14, 18 behind one VLAN tag, 22 behind two. A third tag counts as payload. */
export const headerLength = (view: DataView, at: number): number => {
  if (!isTag(view.getUint16(at + 12))) return minimumHeaderLength;
  return isTag(view.getUint16(at + 16)) ? minimumHeaderLength + 2 * tagLength : minimumHeaderLength + tagLength;
};

/** What the payload is: the type behind all VLAN tags. */
export const etherType = (view: DataView, at: number): number => view.getUint16(at + headerLength(view, at) - 2);

/** VLAN Identifier of the outer tag; 0 for an untagged frame, as for a priority tag (IEEE 802.1Q). */
export const vlanIdentifier = (view: DataView, at: number): number =>
  isTag(view.getUint16(at + 12)) ? view.getUint16(at + 14) & 0xfff : 0;

export const destinationHigh = (view: DataView, at: number): number => view.getUint16(at);
export const destinationLow = (view: DataView, at: number): number => view.getInt32(at + 2);
export const sourceHigh = (view: DataView, at: number): number => view.getUint16(at + 6);
export const sourceLow = (view: DataView, at: number): number => view.getInt32(at + 8);

export const setDestination = (view: DataView, at: number, high: number, low: number): void => {
  view.setUint16(at, high);
  view.setInt32(at + 2, low);
};

export const setSource = (view: DataView, at: number, high: number, low: number): void => {
  view.setUint16(at + 6, high);
  view.setInt32(at + 8, low);
};

/** Writes the EtherType of an untagged header. */
export const setEtherType = (view: DataView, at: number, type: number): void => view.setUint16(at + 12, type);

/** Is the frame for a group (the I/G bit)? Broadcast is one. */
export const isMulticast = (view: DataView, at: number): boolean => (view.getUint8(at) & 1) !== 0;
export const isBroadcast = (view: DataView, at: number): boolean =>
  view.getUint16(at) === 0xffff && view.getInt32(at + 2) === -1;

/** To how many a frame goes: one node, a group, all of the link. */
export const LinkCast = { unicast: 0, multicast: 1, broadcast: 2 } as const;
export type LinkCast = (typeof LinkCast)[keyof typeof LinkCast];

export const linkCast = (view: DataView, at: number): LinkCast => {
  if (!isMulticast(view, at)) return LinkCast.unicast;
  return isBroadcast(view, at) ? LinkCast.broadcast : LinkCast.multicast;
};

/** Is the link-layer address at `at`, any six bytes, this one? */
export const equalsLinkLayer = (view: DataView, at: number, high: number, low: number): boolean =>
  view.getInt32(at + 2) === low && view.getUint16(at) === high;

/** Copies the six bytes of a link-layer address. */
export const copyLinkLayer = (from: DataView, fromAt: number, to: DataView, toAt: number): void => {
  const high = from.getUint16(fromAt);
  const low = from.getInt32(fromAt + 2);
  to.setUint16(toAt, high);
  to.setInt32(toAt + 2, low);
};

/** Addresses the frame to the IPv6 group at `addressAt`: 33:33 and the group's last 32 bits (RFC 2464 §7). */
export const setMulticastDestination6 = (view: DataView, at: number, addressAt: number): void =>
  setDestination(view, at, 0x3333, view.getInt32(addressAt + 12));

/** Addresses the frame to the IPv4 group at `addressAt`: 01:00:5e and the group's last 23 bits (RFC 1112 §6.4). */
export const setMulticastDestination4 = (view: DataView, at: number, addressAt: number): void =>
  setDestination(view, at, 0x0100, 0x5e000000 | (view.getInt32(addressAt) & 0x7fffff));

/** A link-layer address as text: `02:00:5e:00:53:01`. */
export const formatLinkLayer = (high: number, low: number): string =>
  [high >>> 8, high & 255, low >>> 24, (low >>> 16) & 255, (low >>> 8) & 255, low & 255]
    .map((octet) => octet.toString(16).padStart(2, '0'))
    .join(':');

/**
 * Reads `02:00:5e:00:53:01`, in either case; undefined for anything else.
 *
 * @example
 * parseLinkLayer('02:00:5e:00:53:01');   // { high: 0x0200, low: 0x5e005301 }
 */
export const parseLinkLayer = (text: string): LinkLayerAddress | undefined => {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return undefined;
  const digits = text.replaceAll(':', '');
  return { high: Number.parseInt(digits.slice(0, 4), 16), low: Number.parseInt(digits.slice(4), 16) | 0 };
};
