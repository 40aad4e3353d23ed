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
