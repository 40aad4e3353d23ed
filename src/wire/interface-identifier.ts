/**
 * Interface identifiers: the last 64 bits of an address (RFC 4291 §2.5.1).
 *
 * @module
 */
import { address6, type IpAddress } from './address-value.ts';
import type { LinkLayerAddress } from './ethernet.ts';

/**
 * The address that a prefix of 64 bits and an Ethernet address make together, by modified EUI-64 (RFC 4291 appendix A,
 * RFC 2464 §4): ff:fe in the middle, the universal/local bit flipped.
 *
 * @example
 * formatAddress(eui64Address(parseAddress('fe80::'), { high: 0x0200, low: 0x22 })); // 'fe80::ff:fe00:22'
 */
export const eui64Address = ({ w0, w1 }: IpAddress, { high, low }: LinkLayerAddress): IpAddress =>
  address6(w0, w1, ((high ^ 0x0200) << 16) | ((low >>> 24) << 8) | 0xff, 0xfe000000 | (low & 0xffffff));

/** The link-local address of an Ethernet address (RFC 2464 §5). */
export const eui64LinkLocal = (linkLayerAddress: LinkLayerAddress): IpAddress =>
  eui64Address(address6(0xfe800000, 0, 0, 0), linkLayerAddress);

/** The link-local address of a tunnel's end in IPv4 (RFC 4213 §3.7): the IPv4 address in the last 32 bits. */
export const tunnelLinkLocal = (end: IpAddress): IpAddress => address6(0xfe800000, 0, 0, end.w0);

/** The link-local address on an ISATAP link (RFC 5214 §6.1): the `u` bit says whether the IPv4 address is global. */
export const isatapLinkLocal = (end: IpAddress, isGlobal: boolean): IpAddress =>
  address6(0xfe800000, 0, isGlobal ? 0x02005efe : 0x5efe, end.w0);
