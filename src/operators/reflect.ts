import type { Packet } from '../packet/packet.ts';
import { type Addresses, AddressFlag, isReady } from '../state/addresses.ts';
import { isMulticast, readAddress4, readAddress6, writeAddress } from '../wire/address.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';

/**
 * Writes the source of an error or reply: the address the packet was sent to if that is ours to speak with, otherwise
 * the one that fits the way back (RFC 4443 §2.2, KAME's reflect rule). What was sent to a group is answered by an
 * address of the interface it came in by (RFC 4443 §4.2).
 *
 * @returns false when there is none
 */
export const writeReflectedSource = (addresses: Addresses, about: Packet, reply: Packet, at: number): boolean => {
  const read = about.family === 6 ? readAddress6 : readAddress4;
  const offsets = about.family === 6 ? ipv6.offsets : ipv4.offsets;
  const destination = read(about.view, about.start + offsets.destination);
  const own = addresses.own(destination, about.inInterface);
  if (own !== undefined && isReady(own) && (own.flags & AddressFlag.anycast) === 0) {
    writeAddress(reply.view, at, own.address);
    return true;
  }
  const peer = read(about.view, about.start + offsets.source);
  const source = addresses.sourceFor(peer, about.inInterface, isMulticast(destination) || undefined);
  if (source === undefined) return false;
  writeAddress(reply.view, at, source.address);
  return true;
};
