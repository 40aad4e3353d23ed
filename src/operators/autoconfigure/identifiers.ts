/**
 * Interface identifiers that tell nothing of the link-layer address: stable ones for each network (RFC 7217), and random
 * ones for a while (RFC 8981). Those made from it are in `src/wire/interface-identifier.ts`.
 *
 * Prefixes are of 64 bits, as those of Ethernet are (RFC 2464 §4).
 *
 * @module
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { address6, type IpAddress, type IpPrefix } from '../../wire/address.ts';

/** What a stable identifier is made from, beside the prefix (RFC 7217 §5). */
export interface StableIdentifierParts {
  /** Nobody else's; 16 bytes at least. With another one, all addresses are others. */
  readonly secret: Uint8Array;
  /** Name of the interface: another one has other identifiers. */
  readonly interfaceName: string;
  /** Names the network, where that is known. Default: it is not. */
  readonly networkId?: string;
  /** DAD_Counter: how many addresses of this prefix were duplicates. Default 0. */
  readonly duplicates?: number;
}

/** An address, and the DAD_Counter that it was made with: to be given on, one higher, if it is a duplicate. */
export interface StableAddress {
  readonly address: IpAddress;
  readonly duplicates: number;
}

/**
 * Identifiers that no node may have: those of subnet-router anycast (RFC 4291 §2.6.1), of IANA's Ethernet block (RFC
 * 4291 appendix A, RFC 6543), and of reserved anycast addresses (RFC 2526), which are IANA's list (RFC 5453); those of
 * ISATAP, whose last 32 bits are an IPv4 address, mean something, too (RFC 5214 §6.1).
 *
 * @param high first 32 bits, signed
 * @param low last 32 bits, signed
 */
export const isReservedIdentifier = (high: number, low: number): boolean => {
  if ((high | low) === 0) return true;
  if (high === 0x02005eff && low >>> 24 === 0xfe) return true;
  if (high === (0xfdffffff | 0) && low >>> 7 === 0x1ffffff) return true;
  return (high & ~0x02000000) === 0x5efe;
};

const encoder = new TextEncoder();

/** HMAC-SHA-256 over prefix, name, network and counter, each of which can be told from the next. */
const digest = ({ address }: IpPrefix, parts: StableIdentifierParts, duplicates: number): DataView => {
  const name = encoder.encode(parts.interfaceName);
  const network = encoder.encode(parts.networkId ?? '');
  const message = new Uint8Array(8 + 2 + name.length + 2 + network.length + 4);
  const view = new DataView(message.buffer);
  view.setInt32(0, address.w0);
  view.setInt32(4, address.w1);
  view.setUint16(8, name.length);
  message.set(name, 10);
  view.setUint16(10 + name.length, network.length);
  message.set(network, 12 + name.length);
  view.setUint32(message.length - 4, duplicates);
  const { buffer, byteOffset } = hmac(sha256, parts.secret, message);
  return new DataView(buffer, byteOffset);
};

/**
 * The address that is ours in a prefix as long as the secret stays, and that no one can tell ours by in another (RFC 7217
 * §5): its identifier are the last 64 bits of an HMAC-SHA-256. A reserved one is passed over, as a duplicate is.
 *
 * @example
 * const { address, duplicates } = stableAddress(prefix, { secret, interfaceName: 'eth0' });
 * const next = stableAddress(prefix, { secret, interfaceName: 'eth0', duplicates: duplicates + 1 });
 */
export const stableAddress = (prefix: IpPrefix, parts: StableIdentifierParts): StableAddress => {
  for (let duplicates = parts.duplicates ?? 0; ; duplicates += 1) {
    const hash = digest(prefix, parts, duplicates);
    const high = hash.getInt32(24);
    const low = hash.getInt32(28);
    if (isReservedIdentifier(high, low)) continue;
    return { address: address6(prefix.address.w0, prefix.address.w1, high, low), duplicates };
  }
};

/** Drawings after which chance is none: a reserved identifier comes once in 2^38. */
const drawings = 16;

/**
 * An address of a prefix with a random identifier (RFC 8981 §3.3.1); undefined if chance brings nothing that may be had.
 *
 * @param random numbers in [0, 1), 32 random bits each
 * @param isTaken do we have the address already?
 */
export const temporaryAddress = (
  { address: { w0, w1 } }: IpPrefix,
  random: () => number,
  isTaken: (address: IpAddress) => boolean = () => false,
): IpAddress | undefined => {
  for (let drawn = 0; drawn < drawings; drawn += 1) {
    const address = address6(w0, w1, random() * 0x100000000, random() * 0x100000000);
    if (!isReservedIdentifier(address.w2, address.w3) && !isTaken(address)) return address;
  }
  return undefined;
};
