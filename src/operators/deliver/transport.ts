import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import * as tcpHeader from '../../wire/tcp.ts';
import * as udpHeader from '../../wire/udp.ts';
import { type DeliverNode, toReceiver } from './receiver.ts';

/** UDP (RFC 768): the datagram may be shorter than what is left of the packet. */
export const udp = (node: DeliverNode, packet: Packet): void => {
  const { view, start, upper, end } = packet;
  if (udpHeader.check(view, upper, end) !== 'ok') return packet.refuse(Drop.badUpperLayer);
  const right = packet.family === 6 ? udpHeader.verify6(view, start, upper) : udpHeader.verify4(view, start, upper);
  if (!right) return packet.refuse(Drop.badChecksum);
  toReceiver(node, packet, udpHeader.destinationPort(view, upper), Drop.portUnreachable);
};

/** TCP (RFC 9293 §3.1). */
export const tcp = (node: DeliverNode, packet: Packet): void => {
  const { view, start, upper, end } = packet;
  if (tcpHeader.check(view, upper, end) !== 'ok') return packet.refuse(Drop.badUpperLayer);
  const right =
    packet.family === 6 ? tcpHeader.verify6(view, start, upper, end) : tcpHeader.verify4(view, start, upper, end);
  if (!right) return packet.refuse(Drop.badChecksum);
  toReceiver(node, packet, tcpHeader.destinationPort(view, upper), Drop.portUnreachable);
};
