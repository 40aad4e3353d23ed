/**
 * Which of our addresses speaks to a destination (RFC 6724 §4-5).
 *
 * @module
 */
import {
  commonPrefixLength,
  equalAddress,
  type IpAddress,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUniqueLocal,
  isV4Mapped,
  Scope,
  scopeOf,
} from '../wire/address.ts';
import { AddressFlag, type InterfaceAddress } from './address-entry.ts';

/** Not assigned yet, shared with other nodes (RFC 4443 §2.2), or of a prefix without a router (INET'99 §3.4). */
const barred = AddressFlag.tentative | AddressFlag.duplicated | AddressFlag.anycast | AddressFlag.detached;

/** Labels of the default policy table (RFC 6724 §2.1). */
const Label = {
  loopback: 0,
  global: 1,
  sixToFour: 2,
  compatible: 3,
  ipv4: 4,
  teredo: 5,
  siteLocal: 11,
  sixBone: 12,
  uniqueLocal: 13,
} as const;

/** The label of the longest prefix in the policy table that the address begins with. */
export const labelOf = (address: IpAddress): number => {
  const { family, w0, w1, w2 } = address;
  if (family === 4 || isV4Mapped(address)) return Label.ipv4;
  if (isLoopback(address)) return Label.loopback;
  if ((w0 | w1 | w2) === 0) return Label.compatible;
  if (isUniqueLocal(address)) return Label.uniqueLocal;
  if (w0 === 0x20010000) return Label.teredo;
  if (w0 >>> 16 === 0x2002) return Label.sixToFour;
  if (w0 >>> 16 === 0x3ffe) return Label.sixBone;
  return w0 >>> 22 === 0x3fb ? Label.siteLocal : Label.global;
};

/** Does the destination mean something on one link only, so that only addresses there may speak (RFC 6724 §4)? */
const isOfOneLink = (destination: IpAddress): boolean => isMulticast(destination) || isLinkLocal(destination);

/** Rule 2: wide enough, then as narrow as can be; if none is, as wide as can be. From 0 to 31. */
const scopeRank = (own: number, wanted: number): number => (own >= wanted ? 31 - (own - wanted) : own);

/**
 * How well an address fits, as a number: the rules of RFC 6724 §5 in their order, from the most significant bit. Rule 4
 * is for mobile nodes, rule 5.5 for hosts with several routers.
 */
const rankOf = (entry: InterfaceAddress, destination: IpAddress, interfaceIndex: number): number => {
  const { address, prefix, flags } = entry;
  let rank = equalAddress(address, destination) ? 1 : 0; // 1: the destination itself
  rank = rank * 32 + scopeRank(scopeOf(address), scopeOf(destination)); // 2: scope
  rank = rank * 2 + ((flags & AddressFlag.deprecated) === 0 ? 1 : 0); // 3: not deprecated
  rank = rank * 2 + (entry.interfaceIndex === interfaceIndex ? 1 : 0); // 5: the outgoing interface
  rank = rank * 2 + (labelOf(address) === labelOf(destination) ? 1 : 0); // 6: label
  rank = rank * 2 + ((flags & AddressFlag.temporary) !== 0 ? 1 : 0); // 7: temporary
  return rank * 256 + Math.min(prefix.length, commonPrefixLength(address, destination)); // 8: longest prefix
};

/**
 * The best of `entries` to speak to `destination` through `interfaceIndex`; of equals the first.
 *
 * @param onlyThere an address of another interface won't do. Default: if the destination is a group or link-local
 */
export const selectSource = (
  entries: readonly InterfaceAddress[],
  destination: IpAddress,
  interfaceIndex: number,
  onlyThere = isOfOneLink(destination),
): InterfaceAddress | undefined => {
  let best: InterfaceAddress | undefined;
  let bestRank = -1;
  for (const entry of entries) {
    const { address, flags } = entry;
    if (address.family !== destination.family || (flags & barred) !== 0) continue;
    const elsewhere = entry.interfaceIndex !== interfaceIndex;
    if (elsewhere && (onlyThere || scopeOf(address) <= Scope.linkLocal)) continue;
    const rank = rankOf(entry, destination, interfaceIndex);
    if (rank <= bestRank) continue;
    best = entry;
    bestRank = rank;
  }
  return best;
};
