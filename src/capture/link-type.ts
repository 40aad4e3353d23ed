/**
 * Link-layer header types of capture files (the LINKTYPE registry, draft-ietf-opsawg-pcaplinktype), and where the
 * network-layer header lies behind each.
 *
 * @module
 */
import { EtherType, tagLength } from '../wire/ethernet.ts';

export const LinkType = {
  null: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const;

/** What a {@link Locator} returns for a frame that carries no IP packet: ARP, LLDP, or nothing at all. */
export const notIp = -1;

/**
 * Offset of the network-layer header of the frame in `[at, end)`, or {@link notIp}. Total: it reads nothing past
 * `end` and answers {@link notIp} where the link-layer header is cut short.
 */
export type Locator = (view: DataView, at: number, end: number) => number;

/** How many VLAN tags are stepped over: IEEE 802.1ad knows two. */
const vlanTagLimit = 2;

const isIp = (etherType: number): boolean => etherType === EtherType.ipv4 || etherType === EtherType.ipv6;

/** From an EtherType field at `at` past any VLAN tags (IEEE 802.1Q, 802.1ad) to the packet. */
const behindEtherType: Locator = (view, at, end) => {
  let next = at;
  for (let tags = 0; tags <= vlanTagLimit; tags += 1) {
    if (end - next < 2) return notIp;
    const etherType = view.getUint16(next);
    if (isIp(etherType)) return next + 2;
    if (etherType !== EtherType.vlan && etherType !== EtherType.serviceVlan) return notIp;
    next += tagLength;
  }
  return notIp;
};

/** AF_INET, and the AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS. */
const addressFamilies: ReadonlySet<number> = new Set([2, 10, 24, 28, 30]);

/** Four bytes of address family, in the byte order of the machine that captured: small numbers, so try both. */
const behindAddressFamily: Locator = (view, at, end) =>
  end - at >= 4 && (addressFamilies.has(view.getUint32(at)) || addressFamilies.has(view.getUint32(at, true)))
    ? at + 4
    : notIp;

const here: Locator = (_view, at) => at;

const locators: ReadonlyMap<number, Locator> = new Map<number, Locator>([
  [LinkType.null, behindAddressFamily],
  [LinkType.loop, behindAddressFamily],
  [LinkType.ethernet, (view, at, end) => behindEtherType(view, at + 12, end)],
  [LinkType.raw, here],
  // LINKTYPE_RAW as some BSDs wrote it before it had a number for files.
  [12, here],
  [14, here],
  [LinkType.ipv4, here],
  [LinkType.ipv6, here],
  [LinkType.linuxCooked, (view, at, end) => behindEtherType(view, at + 14, end)],
  // The protocol comes first in this header, so VLAN tags lie behind it, not in line: only plain IP is looked for.
  [LinkType.linuxCooked2, (view, at, end) => (end - at >= 20 && isIp(view.getUint16(at)) ? at + 20 : notIp)],
]);

/** The locator for a link type, or undefined for one that is not supported. */
export const locatorOf = (linkType: number): Locator | undefined => locators.get(linkType);
