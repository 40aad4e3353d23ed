/**
 * Prefixes: the leading bits that addresses share (RFC 4291 §2.3, RFC 4632).
 *
 * @module
 */
import { address4, type IpAddress } from './address-value.ts';

/** A prefix: `length` leading bits of `address`, the rest zero. */
export interface IpPrefix {
  readonly address: IpAddress;
  readonly length: number;
}

/** An address of an interface and the on-link prefix that it was written with. */
export interface InterfacePrefix {
  readonly address: IpAddress;
  readonly prefix: IpPrefix;
}

/** Bits of an address: 32 or 128. */
export const addressBits = ({ family }: IpAddress): 32 | 128 => (family === 4 ? 32 : 128);

/** The word with its `bits` leading bits set; all for 32 and more, none for 0 and less. */
export const maskWord = (bits: number): number => (bits >= 32 ? -1 : bits <= 0 ? 0 : -1 << (32 - bits));

/** The leading `length` bits of an address. Total: a length out of range means the nearest in range. */
export const prefixOf = (address: IpAddress, length: number): IpPrefix => {
  const bits = Math.min(Math.max(length, 0), addressBits(address));
  return {
    address: {
      family: address.family,
      w0: address.w0 & maskWord(bits),
      w1: address.w1 & maskWord(bits - 32),
      w2: address.w2 & maskWord(bits - 64),
      w3: address.w3 & maskWord(bits - 96),
    },
    length: bits,
  };
};

/** Does the address begin with the prefix? Never, if it is of the other family. */
export const prefixContains = (prefix: IpPrefix, address: IpAddress): boolean =>
  prefix.address.family === address.family && commonPrefixLength(prefix.address, address) >= prefix.length;

/** How many leading bits two addresses share; 0 when they are of different families. */
export const commonPrefixLength = (a: IpAddress, b: IpAddress): number => {
  if (a.family !== b.family) return 0;
  if (a.w0 !== b.w0) return Math.clz32(a.w0 ^ b.w0);
  if (a.family === 4) return 32;
  if (a.w1 !== b.w1) return 32 + Math.clz32(a.w1 ^ b.w1);
  if (a.w2 !== b.w2) return 64 + Math.clz32(a.w2 ^ b.w2);
  return 96 + Math.clz32(a.w3 ^ b.w3);
};

/** The broadcast address of an IPv4 prefix: all host bits set (RFC 919 §7). */
export const prefixBroadcast = ({ address, length }: IpPrefix): IpAddress => address4(address.w0 | ~maskWord(length));
