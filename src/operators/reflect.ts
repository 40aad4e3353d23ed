import type { Packet } from '../packet/packet.ts';
import { type Addresses, AddressFlag } from '../state/addresses.ts';
import { readAddress4, readAddress6, writeAddress } from '../wire/address.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';

const barred = AddressFlag.anycast | AddressFlag.tentative | AddressFlag.duplicated;

/**
 * Writes the source of an error or reply: the address the packet was sent to if that is ours to speak with, otherwise
 * the one that fits the way back (RFC 4443 §2.2, KAME's reflect rule).
 *
 * @returns false when we have no address of that family
 */
export const writeReflectedSource = (addresses: Addresses, about: Packet, reply: Packet, at: number): boolean => {
  const read = about.family === 6 ? readAddress6 : readAddress4;
  const offsets = about.family === 6 ? ipv6.offsets : ipv4.offsets;
  const destination = read(about.view, about.start + offsets.destination);
  const own = addresses.own(destination, about.inInterface);
  const source =
    own !== undefined && (own.flags & barred) === 0
      ? own
      : addresses.sourceFor(read(about.view, about.start + offsets.source), about.inInterface);
  if (source === undefined) return false;
  writeAddress(reply.view, at, source.address);
  return true;
};
