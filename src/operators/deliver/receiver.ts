import type { Packet } from '../../packet/packet.ts';
import type { Node } from '../../state/node.ts';

/** What delivery needs of the node. */
export type DeliverNode = Pick<
  Node,
  'addresses' | 'counters' | 'interfaces' | 'pathMtus' | 'pool' | 'ports' | 'routes' | 'sentPackets'
>;

/**
 * Hands the packet to whoever listens on the port. If nobody does it is refused for the reason `otherwise`, pointing at
 * the byte that named its protocol (RFC 4443 §3.4).
 */
export const toReceiver = (node: DeliverNode, packet: Packet, port: number, otherwise: number): void => {
  const receiver = node.ports.receiver(packet.protocol, port);
  if (receiver === undefined) return packet.refuse(otherwise, packet.protocolPointer);
  receiver(packet);
};
