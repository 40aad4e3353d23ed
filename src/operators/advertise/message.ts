import type { Packet } from '../../packet/packet.ts';
import type { Node } from '../../state/node.ts';
import { type IpAddress, writeAddress } from '../../wire/address.ts';
import * as icmp6 from '../../wire/icmp6.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { hopLimit } from '../../wire/ndp.ts';
import { Protocol } from '../../wire/protocols.ts';
import * as routerAdvertisement from '../../wire/router-advertisement.ts';

/** A message and where it goes. */
export interface Envelope {
  readonly interfaceIndex: number;
  /** Link-local (RFC 4861 §4.2). */
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** Writes the IPv6 header before an ICMPv6 message that fills the rest of the packet, and its checksum. */
export const seal = (packet: Packet, { interfaceIndex, source, destination }: Envelope): Packet => {
  const { view, start, end } = packet;
  const upper = start + ipv6.headerLength;
  ipv6.setFirstWord(view, start, 0, 0);
  ipv6.setPayloadLength(view, start, end - upper);
  ipv6.setNextHeader(view, start, Protocol.icmpv6);
  ipv6.setHopLimit(view, start, hopLimit);
  writeAddress(view, start + ipv6.offsets.source, source);
  writeAddress(view, start + ipv6.offsets.destination, destination);
  icmp6.writeChecksum(view, start, upper, end);
  packet.family = 6;
  packet.protocol = Protocol.icmpv6;
  packet.upper = upper;
  packet.outInterface = interfaceIndex;
  return packet;
};

/** A Router Advertisement as a packet of ours, ready for the outbox; undefined when there is no slab for it. */
export const advertisementPacket = (
  { pool }: Pick<Node, 'pool'>,
  message: routerAdvertisement.RouterAdvertisement,
  envelope: Envelope,
): Packet | undefined => {
  const packet = pool.acquire(ipv6.headerLength + routerAdvertisement.messageSize(message));
  if (packet === undefined) return undefined;
  routerAdvertisement.write(packet.view, packet.start + ipv6.headerLength, message);
  return seal(packet, envelope);
};
