import type { Subject } from 'rxjs';
import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Step } from '../../packet/stage.ts';
import * as icmp4Header from '../../wire/icmp4.ts';
import * as icmp6Header from '../../wire/icmp6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import { isLinkBroadcast } from '../classify.ts';
import { echo4, echo6 } from './echo.ts';
import { type DeliverNode, toReceiver } from './receiver.ts';

/** Counts the message, and whether it is one; if not, refuses it (RFC 4443 §2.3, RFC 792). */
const checkMessage = ({ counters: { icmp } }: DeliverNode, packet: Packet): boolean => {
  const { family, view, start, upper, end } = packet;
  if (upper < end) icmp.received(family, view.getUint8(upper));
  if (icmp6Header.check(view, upper, end) !== 'ok')
    packet.refuse(Drop.badUpperLayer); // ICMPv4's is as short
  else if (family === 6 ? icmp6Header.verify(view, start, upper, end) : icmp4Header.verify(view, upper, end))
    return true;
  else packet.refuse(Drop.badChecksum);
  icmp.receivedBad(family);
  return false;
};

/**
 * ICMPv6 (RFC 4443): echo requests are answered, errors go to who sent the packet in question, other messages to who
 * listens for their type.
 */
export const icmp6 = (node: DeliverNode, outbox: Subject<Packet>, receiveError: Step, packet: Packet): void => {
  if (packet.family !== 6) return packet.refuse(Drop.unknownProtocol, packet.protocolPointer);
  if (!checkMessage(node, packet)) return;
  const type = icmp6Header.type(packet.view, packet.upper);
  if (icmp6Header.isErrorType(type)) return receiveError(packet);
  if (type === icmp6Header.Type.echoRequest) return echo6(node, outbox, packet);
  toReceiver(node, packet, type, Drop.unknownMessage);
};

/** Errors that tell of a packet's end. Source Quench is ignored (RFC 6633 §3), and Redirect by a router. */
const isReport4 = (type: number): boolean =>
  type === icmp4Header.Type.destinationUnreachable ||
  type === icmp4Header.Type.timeExceeded ||
  type === icmp4Header.Type.parameterProblem;

/** ICMP for IPv4 (RFC 792), likewise. */
export const icmp4 = (node: DeliverNode, outbox: Subject<Packet>, receiveError: Step, packet: Packet): void => {
  if (packet.family !== 4) return packet.refuse(Drop.unknownProtocol, packet.protocolPointer);
  if (!checkMessage(node, packet)) return;
  const { view, start, upper } = packet;
  const type = icmp4Header.type(view, upper);
  if (isReport4(type)) return receiveError(packet);
  // RFC 1122 §3.2.2.6: an echo request to a broadcast or group address may be ignored; answering one amplifies.
  const toMany = view.getUint8(start + ipv4.offsets.destination) >= 224 || isLinkBroadcast(node, packet);
  if (type === icmp4Header.Type.echoRequest && !toMany) return echo4(node, outbox, packet);
  toReceiver(node, packet, type, Drop.unknownMessage);
};
