import type { Subject } from 'rxjs';
import type { Packet } from '../../packet/packet.ts';
import { AddressFlag } from '../../state/addresses.ts';
import type { Solicitation } from '../../state/neighbor.ts';
import type { Node } from '../../state/node.ts';
import { type IpAddress, solicitedNode } from '../../wire/address.ts';
import { Operation } from '../../wire/arp.ts';
import { arpMessage, neighborSolicitation } from './message.ts';

export type SolicitNode = Pick<Node, 'addresses' | 'counters' | 'interfaces' | 'neighbors' | 'pool'>;

const { optimistic } = AddressFlag;

const solicit4 = (node: SolicitNode, { interfaceIndex, address, unicast }: Solicitation, own: IpAddress) => {
  const { linkLayerAddress } = (unicast && node.neighbors.get(interfaceIndex, address)) || {};
  return arpMessage(node, {
    interfaceIndex,
    operation: Operation.request,
    sender: own.w0,
    target: address.w0,
    targetHigh: linkLayerAddress?.high ?? 0,
    targetLow: linkLayerAddress?.low ?? 0,
    broadcast: linkLayerAddress === undefined,
  });
};

/**
 * Asks a neighbor for its link-layer address, or all who may know: a Neighbor Solicitation (RFC 4861 §7.2.2), for IPv4
 * an ARP request. It comes from an address of ours on that link, an optimistic one excepted (RFC 4429 §3.2); without one
 * nobody is asked.
 */
export const solicit = (node: SolicitNode, outbox: Subject<Packet>, solicitation: Solicitation): void => {
  const { interfaceIndex, address, unicast } = solicitation;
  const source = node.addresses.sourceFor(address, interfaceIndex, true, { without: optimistic })?.address;
  if (source === undefined) return;
  const destination = unicast ? address : solicitedNode(address);
  const packet =
    address.family === 6
      ? neighborSolicitation(node, address, { interfaceIndex, source, destination })
      : solicit4(node, solicitation, source);
  if (packet !== undefined) outbox.next(packet);
};
