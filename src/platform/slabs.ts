/** What devices share: where a slab lies in memory, what is in a frame, what an error number means for a packet. */
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import * as ethernet from '../wire/ethernet.ts';
import { Errno } from './error.ts';
import { type Address, libc } from './libc.ts';

/**
 * Addresses of slabs. They never move. A look-up costs 12 ns more than a field would, of 545 for a whole write; a
 * field would have to live in `Packet`, which should not know that there is such a thing.
 */
const addresses = new WeakMap<Packet, Address>();

/** Where the packet's slab begins. */
export const addressOf = (packet: Packet): Address => {
  const known = addresses.get(packet);
  if (known !== undefined) return known;
  const address = libc().addressOf(packet.bytes);
  addresses.set(packet, address);
  return address;
};

/** Where the IP packet of an Ethernet frame starts; its end, if it carries none. */
export const networkStart = ({ view, link, end }: Packet): number => {
  if (ethernet.check(view, link, end) !== 'ok') return end;
  const type = ethernet.etherType(view, link);
  const isIp = type === ethernet.EtherType.ipv6 || type === ethernet.EtherType.ipv4;
  return isIp ? link + ethernet.headerLength(view, link) : end;
};

/** Why a packet could not be written. */
export const whyNot = (errno: number): number => {
  switch (errno) {
    case Errno.EAGAIN:
    case Errno.ENOBUFS:
    case Errno.ENOMEM:
      return Drop.deviceFull;
    case Errno.EIO:
    case Errno.ENETDOWN:
      return Drop.noInterface;
    case Errno.EBADF:
    case Errno.EBADFD:
    case Errno.ENODEV:
    case Errno.ENXIO:
      return Drop.deviceLost;
    default:
      return Drop.deviceRefused;
  }
};
