import { Fate, type Packet } from '../../packet/packet.ts';
import type { Node } from '../../state/node.ts';
import { type IpAddress, isUnspecified } from '../../wire/address.ts';
import * as arp from '../../wire/arp.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as ndp from '../../wire/ndp.ts';
import * as options from '../../wire/ndp-options.ts';
import { type Envelope, seal } from '../advertise/message.ts';

/** What the messages of this file are made with. */
export type MessageNode = Pick<Node, 'counters' | 'interfaces' | 'pool'>;

const messageLength = 24;

/** It goes to a neighbor on that link, whatever the routes say. */
const forLink = (packet: Packet): Packet => {
  packet.fate = Fate.forward;
  return packet;
};

/** Appends our link-layer address, if the link has such; returns what it takes. */
const writeOwnAddress = ({ interfaces: { table } }: MessageNode, packet: Packet, at: number, type: number, i: number) =>
  options.writeLinkLayerAddress(
    packet.view,
    at,
    type,
    table.linkLayerHigh[i] as number,
    table.linkLayerLow[i] as number,
  );

/** Six bytes in two words. */
interface Nonce {
  readonly high: number;
  readonly low: number;
}

/**
 * A Neighbor Solicitation for the outbox (RFC 4861 §4.3), with our link-layer address unless it comes from nobody;
 * undefined when there is no slab for it.
 *
 * @param nonce to know it by, if it comes back (RFC 7527 §4.1)
 */
export const neighborSolicitation = (
  node: MessageNode,
  target: IpAddress,
  envelope: Envelope,
  nonce?: Nonce,
): Packet | undefined => {
  const { source, interfaceIndex } = envelope;
  const hasAddress = !isUnspecified(source) && node.interfaces.table.ethernet[interfaceIndex] === 1;
  const optionBytes = (hasAddress ? options.linkLayerSize : 0) + (nonce === undefined ? 0 : options.nonceSize);
  const packet = node.pool.acquire(ipv6.headerLength + messageLength + optionBytes);
  if (packet === undefined) {
    node.counters.icmp.notSent(6);
    return undefined;
  }
  const at = packet.start + ipv6.headerLength;
  ndp.writeNeighborSolicitation(packet.view, at, target);
  const { sourceLinkLayerAddress } = options.Option;
  if (hasAddress) writeOwnAddress(node, packet, at + messageLength, sourceLinkLayerAddress, interfaceIndex);
  if (nonce !== undefined) options.writeNonce(packet.view, packet.end - options.nonceSize, nonce.high, nonce.low);
  node.counters.originated(0, 6);
  return forLink(seal(packet, envelope));
};

/**
 * A Neighbor Advertisement for the outbox (RFC 4861 §4.4), with our link-layer address.
 *
 * @param flags bits of `ndp.AdvertisementFlag`
 */
export const neighborAdvertisement = (
  node: MessageNode,
  target: IpAddress,
  flags: number,
  envelope: Envelope,
): Packet | undefined => {
  const { interfaceIndex } = envelope;
  const hasAddress = node.interfaces.table.ethernet[interfaceIndex] === 1;
  const packet = node.pool.acquire(ipv6.headerLength + messageLength + (hasAddress ? options.linkLayerSize : 0));
  if (packet === undefined) {
    node.counters.icmp.notSent(6);
    return undefined;
  }
  const at = packet.start + ipv6.headerLength;
  ndp.writeNeighborAdvertisement(packet.view, at, flags, target);
  const { targetLinkLayerAddress } = options.Option;
  if (hasAddress) writeOwnAddress(node, packet, at + messageLength, targetLinkLayerAddress, interfaceIndex);
  node.counters.originated(0, 6);
  return forLink(seal(packet, envelope));
};

/** What an ARP message says and where it goes. IPv4 addresses are words. */
export interface ArpFields {
  readonly interfaceIndex: number;
  readonly operation: number;
  readonly sender: number;
  readonly target: number;
  /** The target's link-layer address; zeros if it is asked for. */
  readonly targetHigh: number;
  readonly targetLow: number;
  /** To everyone on the link, rather than to the target's link-layer address. */
  readonly broadcast: boolean;
}

/**
 * An ARP message from us for the outbox: a frame without an IP packet, whole, its family 0. Undefined when there is no
 * slab for it.
 */
export const arpMessage = (node: MessageNode, fields: ArpFields): Packet | undefined => {
  const { interfaceIndex, operation, sender, target, targetHigh, targetLow, broadcast } = fields;
  const { linkLayerHigh, linkLayerLow } = node.interfaces.table;
  const packet = node.pool.acquire(ethernet.minimumHeaderLength + arp.headerLength);
  if (packet === undefined) return undefined;
  const { view, link } = packet;
  const high = linkLayerHigh[interfaceIndex] as number;
  const low = linkLayerLow[interfaceIndex] as number;
  if (broadcast) ethernet.setDestination(view, link, 0xffff, -1);
  else ethernet.setDestination(view, link, targetHigh, targetLow);
  ethernet.setSource(view, link, high, low);
  ethernet.setEtherType(view, link, ethernet.EtherType.arp);
  const to = { high: targetHigh, low: targetLow, address: target };
  arp.write(view, link + ethernet.minimumHeaderLength, operation, { high, low, address: sender }, to);
  packet.start = packet.end;
  packet.upper = packet.end;
  packet.outInterface = interfaceIndex;
  node.counters.originated(0, 0);
  return forLink(packet);
};
