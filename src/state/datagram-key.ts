import type { Packet } from '../packet/packet.ts';
import { isLinkLocal4, isLinkLocal6, isMulticast6, multicastScope6 } from '../wire/address-bytes.ts';
import * as header6 from '../wire/fragment.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';

/** Words of a datagram's key, and of its source's. */
export const datagramKeyWords = 11;
export const sourceKeyWords = 3;

const linkLocalScope = 2;

const staysOnLink6 = (view: DataView, at: number): boolean =>
  isMulticast6(view, at) ? multicastScope6(view, at) <= linkLocalScope : isLinkLocal6(view, at);

/**
 * The link a fragment belongs to, 0 if any: link-local addresses of different links are different addresses (RFC 4007
 * §6), while fragments between global addresses may arrive by different links.
 */
const zoneOf = ({ family, view, start, inInterface }: Packet): number => {
  const linkLocal =
    family === 6
      ? staysOnLink6(view, start + ipv6.offsets.source) || staysOnLink6(view, start + ipv6.offsets.destination)
      : isLinkLocal4(view, start + ipv4.offsets.source) || isLinkLocal4(view, start + ipv4.offsets.destination);
  return linkLocal ? inInterface : 0;
};

/** An unsigned number: 32 bits in IPv6, 16 in IPv4. */
export const identificationOf = ({ family, view, start, upper }: Packet): number =>
  family === 6 ? header6.identification(view, upper) : ipv4.identification(view, start);

/**
 * Which security associations the fragment came through, 0 if none: a fragment in clear may not become part of a packet
 * whose other fragments were protected (RFC 4301 §7.4).
 */
const protectionOf = ({ association0, association1, association2, association3 }: Packet): number =>
  Math.imul(Math.imul(Math.imul(association0, 0x8001) ^ association1, 0x8001) ^ association2, 0x8001) ^ association3;

/**
 * Writes what a datagram's fragments have in common: source, destination and identification (RFC 8200 §4.5), in IPv4
 * the protocol too (RFC 791 §3.2). The Fragment header's Next Header is no part of it.
 */
export const writeDatagramKey = (key: Int32Array, fragment: Packet): void => {
  const { family, view, start } = fragment;
  const zone = zoneOf(fragment);
  const six = family === 6;
  const source = start + (six ? ipv6.offsets.source : ipv4.offsets.source);
  const destination = start + (six ? ipv6.offsets.destination : ipv4.offsets.destination);
  const words = six ? 4 : 1;
  key[0] = family | ((six ? 0 : ipv4.protocol(view, start)) << 8) | (zone << 16);
  for (let i = 0; i < 4; i += 1) {
    key[1 + i] = i < words ? view.getInt32(source + 4 * i) : 0;
    key[5 + i] = i < words ? view.getInt32(destination + 4 * i) : 0;
  }
  key[9] = identificationOf(fragment);
  key[10] = protectionOf(fragment);
};

/**
 * Writes who answers for a fragment: an IPv6 source's /64, for who has one has all addresses in it, or an IPv4 source.
 * On a link, where /64 would be everyone, link-local sources are told apart whole.
 */
export const writeSourceKey = (key: Int32Array, fragment: Packet): void => {
  const { family, view, start } = fragment;
  if (family === 4) {
    key[0] = 4;
    key[1] = view.getInt32(start + ipv4.offsets.source);
    key[2] = 0;
    return;
  }
  const source = start + ipv6.offsets.source;
  const half = isLinkLocal6(view, source) ? source + 8 : source;
  key[0] = half === source ? 6 : 6 | (fragment.inInterface << 16);
  key[1] = view.getInt32(half);
  key[2] = view.getInt32(half + 4);
};
