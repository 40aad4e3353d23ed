import type { Subject } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, type Step, stage } from '../packet/stage.ts';
import type { InterfaceTable } from '../state/interfaces.ts';
import type { Node } from '../state/node.ts';
import * as ethernet from '../wire/ethernet.ts';
import { type ArpNode, arpStep } from './neighbor/arp.ts';

type EthernetNode = ArpNode & Pick<Node, 'linkGroups'>;

const { ipv4, ipv6, arp } = ethernet.EtherType;
/** One tag may say a priority; a second one is another network's (IEEE 802.1Q). */
const longestHeader = ethernet.minimumHeaderLength + ethernet.tagLength;

/** Is the frame for us, or for a group that we listen to? Says in the packet to how many it went. */
const isForUs = ({ interfaces: { table }, linkGroups }: EthernetNode, packet: Packet): boolean => {
  const { view, link, inInterface } = packet;
  const high = table.linkLayerHigh[inInterface] as number;
  const low = table.linkLayerLow[inInterface] as number;
  if (ethernet.vlanIdentifier(view, link) !== 0 || ethernet.headerLength(view, link) > longestHeader) return false;
  if (ethernet.equalsLinkLayer(view, link, high, low)) return true;
  const cast = ethernet.linkCast(view, link);
  packet.linkCast = cast;
  if (cast === ethernet.LinkCast.broadcast) return true;
  if (cast === ethernet.LinkCast.unicast) return false;
  return linkGroups.has(inInterface, ethernet.destinationHigh(view, link), ethernet.destinationLow(view, link));
};

/** Unit of {@link ethernetInput}. */
export const ethernetInputStep = (node: EthernetNode, outbox: Subject<Packet>): Step => {
  const { ethernet: isEthernet, ipv6Disabled } = node.interfaces.table;
  return (packet) => {
    if (isEthernet[packet.inInterface] === 0) return;
    const { view, link, end } = packet;
    packet.start = end;
    packet.upper = end;
    if (ethernet.check(view, link, end) !== 'ok') return packet.refuse(Drop.truncatedFrame);
    const start = link + ethernet.headerLength(view, link);
    const type = ethernet.etherType(view, link);
    if (type === ipv6 || type === ipv4) {
      packet.start = start;
      packet.upper = start;
    }
    if (ethernet.isMulticast(view, link + ethernet.offsets.source)) return packet.refuse(Drop.badLinkLayerSource);
    if (!isForUs(node, packet)) return packet.refuse(Drop.notForUs);
    if (type === arp) return arpStep(node, outbox, packet, start);
    if (packet.start !== start) return packet.refuse(Drop.unknownEtherType);
    if (type === ipv6 && ipv6Disabled[packet.inInterface] === 1) return packet.refuse(Drop.interfaceDisabled);
    if (start < end && view.getUint8(start) >> 4 !== (type === ipv6 ? 6 : 4)) packet.refuse(Drop.etherTypeMismatch);
  };
};

/**
 * From a frame to an IP packet, on interfaces that have a link-layer address; packets of others pass. Frames for others
 * are refused, as a network card's filter would: what is for us alone, for all, or for a group that we listen to comes
 * in (RFC 2464 §7, RFC 1112 §6.4). To how many the frame went stays with the packet, as `linkCast`. A tag may give a
 * priority; frames of VLANs are for others.
 *
 * ARP is handled here and goes no further: such a packet is delivered, or refused.
 *
 * Drops: `truncatedFrame`, `badLinkLayerSource`, `notForUs`, `unknownEtherType`, `etherTypeMismatch`,
 * `interfaceDisabled`, and those of ARP: `badArp`, `addressConflict`, `notNeighbor`, `notOurTarget`.
 *
 * @param outbox takes ARP replies
 */
export const ethernetInput = (node: EthernetNode, outbox: Subject<Packet>): Lane =>
  stage(ethernetInputStep(node, outbox));

/**
 * Writes an Ethernet header into the headroom of an IP packet: no copy.
 *
 * Drops: `noHeadroom`.
 *
 * @param high first 16 bits of the destination's link-layer address
 * @param low its last 32
 */
export const writeEthernet = (table: InterfaceTable, packet: Packet, high: number, low: number): void => {
  const { view, start, outInterface, family } = packet;
  const link = start - ethernet.minimumHeaderLength;
  if (link < 0) return packet.refuse(Drop.noHeadroom);
  packet.link = link;
  ethernet.setDestination(view, link, high, low);
  const ownHigh = table.linkLayerHigh[outInterface] as number;
  ethernet.setSource(view, link, ownHigh, table.linkLayerLow[outInterface] as number);
  ethernet.setEtherType(view, link, family === 6 ? ipv6 : ipv4);
};
