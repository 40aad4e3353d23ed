import type { Subject } from 'rxjs';
import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import * as icmp4Header from '../../wire/icmp4.ts';
import * as icmp6Header from '../../wire/icmp6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import { isLinkBroadcast } from '../classify.ts';
import { echo4, echo6 } from './echo.ts';
import { type DeliverNode, toReceiver } from './receiver.ts';

/** ICMPv6 (RFC 4443): echo requests are answered, other messages go to who listens for their type. */
export const icmp6 = (node: DeliverNode, outbox: Subject<Packet>, packet: Packet): void => {
  const { view, start, upper, end } = packet;
  if (packet.family !== 6) return packet.refuse(Drop.unknownProtocol, packet.protocolPointer);
  if (icmp6Header.check(view, upper, end) !== 'ok') return packet.refuse(Drop.badUpperLayer);
  if (!icmp6Header.verify(view, start, upper, end)) return packet.refuse(Drop.badChecksum);
  const type = icmp6Header.type(view, upper);
  if (type === icmp6Header.Type.echoRequest) return echo6(node, outbox, packet);
  toReceiver(node, packet, type, Drop.unknownMessage);
};

/** ICMP for IPv4 (RFC 792), likewise. */
export const icmp4 = (node: DeliverNode, outbox: Subject<Packet>, packet: Packet): void => {
  const { view, start, upper, end } = packet;
  if (packet.family !== 4) return packet.refuse(Drop.unknownProtocol, packet.protocolPointer);
  if (icmp4Header.check(view, upper, end) !== 'ok') return packet.refuse(Drop.badUpperLayer);
  if (!icmp4Header.verify(view, upper, end)) return packet.refuse(Drop.badChecksum);
  const type = icmp4Header.type(view, upper);
  // RFC 1122 §3.2.2.6: an echo request to a broadcast or group address may be ignored; answering one amplifies.
  const toMany = view.getUint8(start + ipv4.offsets.destination) >= 224 || isLinkBroadcast(node, packet);
  if (type === icmp4Header.Type.echoRequest && !toMany) return echo4(node, outbox, packet);
  toReceiver(node, packet, type, Drop.unknownMessage);
};
