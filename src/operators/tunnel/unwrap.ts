import { Drop, dropReasons, type IcmpConsequence } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';

const messageOf = (drop: number, { family }: Packet): IcmpConsequence | undefined =>
  family === 6 ? dropReasons[drop]?.icmp6 : dropReasons[drop]?.icmp4;

/** Does the sender want to know that the packet inside is larger than this? */
const isTooBig = ({ family, view, start, length }: Packet, mtu: number): boolean =>
  length > mtu && (family === 6 || ipv4.dontFragment(view, start));

/**
 * Takes the outer headers off a refused packet that we had encapsulated, since its sender knows nothing of tunnels, and
 * says what he gets to hear: that the destination can't be reached (RFC 2473 §8.2), or how large a packet may be, the
 * outer headers taken off (§8.3).
 *
 * @param consequence of the refusal of the outer packet
 * @returns undefined for nothing
 */
export const unwrap = (packet: Packet, consequence: IcmpConsequence): IcmpConsequence | undefined => {
  const { view, origin, start } = packet;
  if (origin < 0) return undefined; // a fragment that does not hold its start
  packet.start = origin;
  packet.link = origin;
  packet.origin = 0;
  packet.family = ipv6.version(view, origin);
  const isSix = packet.family === 6;
  packet.upper = origin + (isSix ? ipv6.headerLength : ipv4.headerLength(view, origin));
  packet.protocol = isSix ? ipv6.nextHeader(view, origin) : ipv4.protocol(view, origin);
  if (consequence.parameter !== 'mtu') return messageOf(Drop.tunnelLoop, packet);
  packet.dropParameter = Math.max(packet.dropParameter - (origin - start), isSix ? ipv6.minimumMtu : ipv4.minimumMtu);
  return isTooBig(packet, packet.dropParameter) ? messageOf(Drop.packetTooBig, packet) : undefined;
};
