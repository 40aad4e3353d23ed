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
  isMulticast,
  Scope,
  scopeOf,
} from '../wire/address.ts';
import { AddressFlag, type InterfaceAddress, isReady } from './address-entry.ts';
import type { PolicyTable } from './policy-table.ts';

/** Shared with other nodes (RFC 4443 §2.2), or of a prefix without a router (INET'99 §3.4). */
const barred = AddressFlag.anycast | AddressFlag.detached;

/** In use, though something better may be there: one that may still turn out another's counts so (RFC 4429 §3.3). */
const discouraged = AddressFlag.deprecated | AddressFlag.optimistic;

/** What the rules leave to choice. */
export interface SelectionRules {
  readonly policies: PolicyTable;
  /** Are temporary addresses preferred to others (rule 7), or the other way round? */
  readonly temporary: boolean;
  /** Does the prefix of an address of ours come from that router (rule 5.5)? */
  readonly isAdvertisedBy: (entry: InterfaceAddress, router: IpAddress) => boolean;
}

/** Whom it is to speak to, and how. */
export interface SourceQuery {
  readonly destination: IpAddress;
  /** Interface that it leaves by. */
  readonly interfaceIndex: number;
  /** Router that it goes to, if to one. */
  readonly nextHop?: IpAddress | undefined;
  /** An address of another interface won't do. Default: if the destination is a group or link-local. */
  readonly onlyThere?: boolean | undefined;
  /** Bits of `AddressFlag`: addresses that have one won't do either. */
  readonly without?: number;
}

/** Does the destination mean something on one link only, so that only addresses there may speak (RFC 6724 §4)? */
const isOfOneLink = (destination: IpAddress): boolean => isMulticast(destination) || isLinkLocal(destination);

/** Rule 2: wide enough, then as narrow as can be; if none is, as wide as can be. From 0 to 31. */
const scopeRank = (own: number, wanted: number): number => (own >= wanted ? 31 - (own - wanted) : own);

/** Is it in use, and nothing said against that? */
export const isPreferred = ({ flags }: InterfaceAddress): boolean => (flags & discouraged) === 0;

/** The leading bits that a destination shares with the prefix of an address of ours (RFC 6724 §2.2). */
export const sharedPrefix = ({ address, prefix }: InterfaceAddress, destination: IpAddress): number =>
  Math.min(prefix.length, commonPrefixLength(address, destination));

/**
 * How well an address fits, as a number: the rules of RFC 6724 §5 in their order, from the most significant bit. Rule 4
 * is for mobile nodes. For rule 5.5 an address that no router has advertised counts like one of another router: a rule
 * that makes no difference between them could prefer A to B, B to C and C to A.
 */
const rankOf = (entry: InterfaceAddress, query: SourceQuery, label: number | undefined, rules: SelectionRules) => {
  const { address, flags } = entry;
  const { destination, interfaceIndex, nextHop } = query;
  let rank = equalAddress(address, destination) ? 1 : 0; // 1: the destination itself
  rank = rank * 32 + scopeRank(scopeOf(address), scopeOf(destination)); // 2: scope
  rank = rank * 2 + (isPreferred(entry) ? 1 : 0); // 3: not deprecated
  rank = rank * 2 + (entry.interfaceIndex === interfaceIndex ? 1 : 0); // 5: the outgoing interface
  rank = rank * 2 + (nextHop !== undefined && rules.isAdvertisedBy(entry, nextHop) ? 1 : 0); // 5.5: the next hop's
  rank = rank * 2 + (rules.policies.find(address)?.label === label ? 1 : 0); // 6: label
  rank = rank * 2 + (((flags & AddressFlag.temporary) !== 0) === rules.temporary ? 1 : 0); // 7: temporary
  return rank * 256 + sharedPrefix(entry, destination); // 8: longest prefix
};

/** The best of `entries` to speak to a destination; of equals the first. */
export const selectSource = (
  entries: readonly InterfaceAddress[],
  query: SourceQuery,
  rules: SelectionRules,
): InterfaceAddress | undefined => {
  const { destination, interfaceIndex, onlyThere = isOfOneLink(destination), without = 0 } = query;
  const label = rules.policies.find(destination)?.label;
  let best: InterfaceAddress | undefined;
  let bestRank = -1;
  for (const entry of entries) {
    const { address, flags } = entry;
    if (address.family !== destination.family || !isReady(entry) || (flags & (barred | without)) !== 0) continue;
    const elsewhere = entry.interfaceIndex !== interfaceIndex;
    if (elsewhere && (onlyThere || scopeOf(address) <= Scope.linkLocal)) continue;
    const rank = rankOf(entry, query, label, rules);
    if (rank <= bestRank) continue;
    best = entry;
    bestRank = rank;
  }
  return best;
};
