import type { Subject } from 'rxjs';
import { Drop } from '../../packet/drop.ts';
import { type Packet, Status } from '../../packet/packet.ts';
import { isReady } from '../../state/addresses.ts';
import type { Node } from '../../state/node.ts';
import { address4, readAddress4 } from '../../wire/address.ts';
import * as arp from '../../wire/arp.ts';
import { LinkCast, type LinkLayerAddress } from '../../wire/ethernet.ts';
import { arpMessage } from './message.ts';
import { isOnLink4 } from './on-link.ts';

export type ArpNode = Pick<Node, 'addresses' | 'counters' | 'interfaces' | 'neighbors' | 'pool' | 'proxies' | 'routes'>;

/** Do we answer for an IPv4 address on a link? */
const isTarget = ({ addresses, proxies }: ArpNode, interfaceIndex: number, word: number): boolean => {
  const address = address4(word);
  const own = addresses.find(interfaceIndex, address);
  return own === undefined ? proxies.has(interfaceIndex, address) : isReady(own);
};

const answer = (node: ArpNode, outbox: Subject<Packet>, { view, inInterface }: Packet, at: number): void => {
  const reply = arpMessage(node, {
    interfaceIndex: inInterface,
    operation: arp.Operation.reply,
    sender: arp.target(view, at),
    target: arp.sender(view, at),
    targetHigh: arp.senderHigh(view, at),
    targetLow: arp.senderLow(view, at),
    broadcast: false,
  });
  if (reply !== undefined) outbox.next(reply);
};

/** Who is already known is known anew (RFC 826); what nobody has asked for makes no entry. */
const refresh = (node: ArpNode, packet: Packet, at: number, linkLayerAddress: LinkLayerAddress): void => {
  const { view, inInterface, linkCast } = packet;
  if (node.neighbors.table.find4(inInterface, arp.sender(view, at)) === 0) return;
  const isReply = arp.operation(view, at) === arp.Operation.reply;
  const solicited = isReply && linkCast === LinkCast.unicast && isTarget(node, inInterface, arp.target(view, at));
  const sender = readAddress4(view, at + arp.offsets.sender);
  node.neighbors.hearAdvertisement(inInterface, sender, { linkLayerAddress, solicited, override: true });
};

/**
 * Handles the ARP message of a frame (RFC 826): answers requests for our addresses and those we are a proxy for, learns
 * from who asks us, and hears replies and announcements (RFC 5227 §3) of neighbors that are known. A reply that came
 * to us alone confirms its sender, as a solicited Neighbor Advertisement does.
 *
 * Drops: `badArp`, `addressConflict`, `notNeighbor`, `notOurTarget`.
 *
 * @param at offset of the message
 */
export const arpStep = (node: ArpNode, outbox: Subject<Packet>, packet: Packet, at: number): void => {
  const { view, end, inInterface } = packet;
  if (arp.check(view, at, end) !== 'ok') return packet.refuse(Drop.badArp);
  const sender = arp.sender(view, at);
  const target = arp.target(view, at);
  const linkLayerAddress = { high: arp.senderHigh(view, at), low: arp.senderLow(view, at) };
  if ((linkLayerAddress.high & 0x0100) !== 0) return packet.refuse(Drop.badArp);
  const asksUs = arp.operation(view, at) === arp.Operation.request && isTarget(node, inInterface, target);
  if (sender === 0) {
    // Someone wants an address and asks whether it is free (RFC 5227 §2.1.1).
    if (!asksUs) return packet.refuse(Drop.notOurTarget);
  } else {
    if (node.addresses.find(inInterface, address4(sender)) !== undefined) return packet.refuse(Drop.addressConflict);
    if (!isOnLink4(node, inInterface, view, at + arp.offsets.sender)) return packet.refuse(Drop.notNeighbor);
    if (asksUs) node.neighbors.hearInformation(inInterface, address4(sender), linkLayerAddress);
    else if (arp.operation(view, at) === arp.Operation.reply || sender === target) {
      refresh(node, packet, at, linkLayerAddress);
    } else return packet.refuse(Drop.notOurTarget);
  }
  if (asksUs) answer(node, outbox, packet, at);
  packet.status = Status.delivered;
};
