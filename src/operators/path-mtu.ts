import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';

type PathNode = Pick<Node, 'interfaces' | 'pathMtus'>;

/**
 * How large a packet may be where this one goes: for packets of others as large as the next link carries, for our own,
 * and for outer packets of our tunnels, as large as the whole path does, so far as is known. A router does not apply what it knows of paths to the packets
 * of others: their sources must learn for themselves (RFC 8201 §1).
 *
 * @example
 * const mtuOf = wayMtu(node);
 * if (packet.end - packet.start > mtuOf(packet)) cut(packet);
 */
export const wayMtu = ({ interfaces, pathMtus }: PathNode): ((packet: Packet) => number) => {
  const { mtu } = interfaces.table;
  return (packet) => {
    const link = mtu[packet.outInterface] as number;
    if (packet.inInterface !== 0 && packet.origin === 0) return link;
    const { view, start, outInterface } = packet;
    return packet.family === 6
      ? pathMtus.lookup6(view, start + ipv6.offsets.destination, outInterface, link)
      : pathMtus.lookup4(view, start + ipv4.offsets.destination, link);
  };
};

/** Unit of {@link pathMtu}. */
export const pathMtuStep = (node: PathNode): ((packet: Packet) => void) => {
  const mtuOf = wayMtu(node);
  return (packet) => {
    const mtu = mtuOf(packet);
    if (packet.end - packet.start <= mtu) return;
    if (packet.family === 6 || ipv4.dontFragment(packet.view, packet.start)) packet.refuse(Drop.packetTooBig, mtu);
  };
};

/**
 * Refuses what the way ahead cannot carry: any IPv6 packet (RFC 8200 §5) and IPv4 packets with Don't Fragment set
 * (RFC 1812 §5.2.5). What may be fragmented has been, by `fragment`.
 *
 * Drops: `packetTooBig`, with the MTU as its parameter.
 */
export const pathMtu = (node: PathNode): Lane => stage(pathMtuStep(node));
