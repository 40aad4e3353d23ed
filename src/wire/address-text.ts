/**
 * Addresses as text: read in every form of RFC 4291 §2.2-2.3, written in the one form of RFC 5952.
 *
 * Readers return undefined for what is not an address; they never guess. `010.0.0.1` is refused because half of the
 * world reads it as octal.
 *
 * @module
 */
import { addressBits, type InterfacePrefix, type IpPrefix, prefixOf } from './address-prefix.ts';
import { address4, address6, equalAddress, type IpAddress, Scope, scopeOf } from './address-value.ts';

/** An address and the zone it is meant in (RFC 4007 §11), usually the name of an interface. */
export interface ScopedAddress {
  readonly address: IpAddress;
  readonly zone: string | undefined;
}

/** The longest address text: eight groups, the last two dotted. */
const longestText = 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255'.length;

/**
 * Reads an IPv6 address (RFC 4291 §2.2: full, `::`, trailing dotted IPv4) or a dotted IPv4 address. Without a zone:
 * see {@link parseScoped}.
 *
 * @example
 * parseAddress('2001:db8::1')?.w0 === 0x20010db8;   // true
 * parseAddress('::ffff:192.0.2.1')?.family;         // 6
 * parseAddress('192.0.2.01');                       // undefined
 */
export const parseAddress = (text: string): IpAddress | undefined => {
  if (text.length > longestText) return undefined;
  if (text.includes(':')) return parse6(text);
  const word = parseDotted(text);
  return word === undefined ? undefined : address4(word);
};

/**
 * Reads an address with an optional zone (RFC 4007 §11.2). A zone with a global address, which has only one, is
 * refused.
 *
 * @example
 * parseScoped('fe80::1%tun0')?.zone;   // 'tun0'
 * parseScoped('fe80::1')?.zone;        // undefined
 */
export const parseScoped = (text: string): ScopedAddress | undefined => {
  const percent = text.indexOf('%');
  const address = parseAddress(percent < 0 ? text : text.slice(0, percent));
  if (address === undefined) return undefined;
  if (percent < 0) return { address, zone: undefined };
  const zone = text.slice(percent + 1);
  return /^[^%/\s]+$/.test(zone) && mayHaveZone(address) ? { address, zone } : undefined;
};

/** IPv6 addresses of less than global scope: the same one may be on several links. */
const mayHaveZone = (address: IpAddress): boolean => {
  const scope = scopeOf(address);
  return address.family === 6 && scope !== Scope.none && scope < Scope.global;
};

/**
 * Reads a prefix: `2001:db8::/32`, `10.0.0.0/8`. Bits behind the prefix must be zero; for an address that carries its
 * prefix length along see {@link parseInterfaceAddress}.
 *
 * @example
 * parsePrefix('fd00::/64')?.length;   // 64
 * parsePrefix('fd00::1/64');          // undefined
 */
export const parsePrefix = (text: string): IpPrefix | undefined => {
  const parsed = parseInterfaceAddress(text);
  return parsed !== undefined && equalAddress(parsed.address, parsed.prefix.address) ? parsed.prefix : undefined;
};

/**
 * Reads an address with the length of its prefix, as interfaces are configured (RFC 4291 §2.3).
 *
 * @example
 * const parsed = parseInterfaceAddress('fd00:a::1/64')!;
 * formatAddress(parsed.address);   // 'fd00:a::1'
 * formatPrefix(parsed.prefix);     // 'fd00:a::/64'
 */
export const parseInterfaceAddress = (text: string): InterfacePrefix | undefined => {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const length = parseDecimal(text.slice(slash + 1));
  if (address === undefined || length === undefined || length > addressBits(address)) return undefined;
  return { address, prefix: prefixOf(address, length) };
};

const parse6 = (text: string): IpAddress | undefined => {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [left = '', right] = halves;
  const head = parseGroups(left, right === undefined);
  const tail = parseGroups(right ?? '', true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (i: number): number => ((groups[i] as number) << 16) | (groups[i + 1] as number);
  return address6(word(0), word(2), word(4), word(6));
};

/** Groups of 16 bits; the last may be a dotted IPv4 address, worth two, where `dottedEnd` allows it. */
const parseGroups = (text: string, dottedEnd: boolean): number[] | undefined => {
  if (text === '') return [];
  const pieces = text.split(':');
  const groups: number[] = [];
  for (const [i, piece] of pieces.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(piece)) {
      groups.push(Number.parseInt(piece, 16));
    } else {
      const word = dottedEnd && i === pieces.length - 1 ? parseDotted(piece) : undefined;
      if (word === undefined) return undefined;
      groups.push(word >>> 16, word & 0xffff);
    }
  }
  return groups;
};

const parseDotted = (text: string): number | undefined => {
  const pieces = text.split('.');
  if (pieces.length !== 4) return undefined;
  let word = 0;
  for (const piece of pieces) {
    const octet = parseDecimal(piece);
    if (octet === undefined || octet > 255) return undefined;
    word = (word << 8) | octet;
  }
  return word;
};

/** Up to three decimal digits without a leading zero. */
const parseDecimal = (text: string): number | undefined =>
  /^(0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : undefined;

/**
 * Writes an address as RFC 5952 asks: lower case, no leading zeros, `::` for the first of the longest runs of two or
 * more zero groups (§4), and the last 32 bits dotted behind a well-known IPv4 prefix (§5).
 *
 * @example
 * formatAddress(parseAddress('2001:DB8:0:0:1:0:0:1')!);   // '2001:db8::1:0:0:1'
 * formatAddress(parseAddress('::ffff:c000:201')!);        // '::ffff:192.0.2.1'
 */
export const formatAddress = (address: IpAddress): string => {
  const { family, w0, w1, w2, w3 } = address;
  if (family === 4) return dotted(w0);
  const words = embedsIpv4(address) ? [w0, w1, w2] : [w0, w1, w2, w3];
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]).map((group) => group.toString(16));
  if (words.length === 3) groups.push(dotted(w3));
  const run = longestZeroRun(groups);
  if (run.length < 2) return groups.join(':');
  return `${groups.slice(0, run.at).join(':')}::${groups.slice(run.at + run.length).join(':')}`;
};

/**
 * Writes an address with its zone (RFC 4007 §11.2), if it has one to be told apart by: a global address has not.
 *
 * @example
 * formatScoped({ address: parseAddress('fe80::1')!, zone: 'tun0' });       // 'fe80::1%tun0'
 * formatScoped({ address: parseAddress('2001:db8::1')!, zone: 'tun0' });   // '2001:db8::1'
 */
export const formatScoped = ({ address, zone }: ScopedAddress): string => {
  const text = formatAddress(address);
  return zone !== undefined && mayHaveZone(address) ? `${text}%${zone}` : text;
};

/** Writes a prefix: `2001:db8::/32`. */
export const formatPrefix = ({ address, length }: IpPrefix): string => `${formatAddress(address)}/${length}`;

/**
 * Is this one of the prefixes that say by themselves that an IPv4 address follows? ::ffff:0:0/96 and the deprecated
 * ::/96 (RFC 4291 §2.5.5), ::ffff:0:0:0/96 (RFC 2765 §2.1), 64:ff9b::/96 (RFC 6052 §2.1). Of ::/96 only with a
 * non-zero first half, so that `::1` stays itself.
 */
const embedsIpv4 = ({ w0, w1, w2, w3 }: IpAddress): boolean => {
  if (w0 === 0x0064ff9b) return (w1 | w2) === 0;
  if (w0 !== 0) return false;
  if (w1 === 0) return w2 === 0xffff || (w2 === 0 && w3 >>> 16 !== 0) || w2 === -0x10000;
  return false;
};

const longestZeroRun = (groups: readonly string[]): { at: number; length: number } => {
  let best = { at: 0, length: 0 };
  let length = 0;
  for (const [i, group] of groups.entries()) {
    length = group === '0' ? length + 1 : 0;
    if (length > best.length) best = { at: i + 1 - length, length };
  }
  return best;
};

const dotted = (word: number): string => `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
