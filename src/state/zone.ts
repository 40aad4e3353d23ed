import { Scope } from '../wire/address.ts';

/** Does the first word of an IPv6 address say that it means something on one link only (RFC 4007 §6)? */
const isOfOneLink = (word: number): boolean =>
  word >>> 22 === 0x3fa || (word >>> 24 === 0xff && ((word >>> 16) & 0xf) <= Scope.linkLocal);

/**
 * What tells apart, in the key of a table, addresses that are the same on several links: for a link-local address or
 * group the interface, for all others 0.
 *
 * @param word the first word of an IPv6 address
 */
export const zoneOf = (word: number, interfaceIndex: number): number => (isOfOneLink(word) ? interfaceIndex : 0);
