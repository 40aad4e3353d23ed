import type { Subject } from 'rxjs';
import { copyBytes } from '../packet/copy.ts';
import { Drop } from '../packet/drop.ts';
import { type Packet, Status } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import { isLinkLocal, readAddress6 } from '../wire/address.ts';
import { isThisNetwork4, isUnspecified6 } from '../wire/address-bytes.ts';
import * as checksum from '../wire/checksum.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import * as tcpHeader from '../wire/tcp.ts';
import { isLinkBroadcast } from './classify.ts';
import { writeReflectedSource } from './reflect.ts';

type DeliverNode = Pick<Node, 'addresses' | 'counters' | 'pool' | 'ports' | 'routes'>;

const echoRequest6 = 128;
const echoReply6 = 129;
const echoRequest4 = 8;
const udpHeaderLength = 8;

/** Sum over pseudo-header and upper layer; 0xffff when the checksum in it is right. */
const upperSum = (packet: Packet, protocol: number, length: number): number => {
  const { view, start, upper } = packet;
  const pseudo =
    packet.family === 6
      ? checksum.pseudoHeader6(view, start, length, protocol)
      : checksum.pseudoHeader4(view, start, length, protocol);
  return checksum.fold(checksum.sum(view, upper, upper + length, pseudo));
};

/** Nobody, or "this network": RFC 4291 §2.5.2, RFC 1122 §3.2.1.3. */
const isFromNobody = ({ family, view, start }: Packet): boolean =>
  family === 6 ? isUnspecified6(view, start + ipv6.offsets.source) : isThisNetwork4(view, start + ipv4.offsets.source);

const refuse = (packet: Packet, drop: number): undefined => {
  packet.refuse(drop);
};

/** A reply of the same length, source and destination exchanged; undefined when there can't be one: request refused. */
const copyReversed = (node: DeliverNode, request: Packet): Packet | undefined => {
  if (isFromNobody(request)) return refuse(request, Drop.badSource);
  const six = request.family === 6;
  const header = six ? ipv6.headerLength : ipv4.minimumHeaderLength;
  const body = request.end - request.upper;
  const reply = node.pool.acquire(header + body);
  if (reply === undefined) return refuse(request, Drop.noBuffer);
  const start = reply.start;
  const offsets = six ? ipv6.offsets : ipv4.offsets;
  if (!writeReflectedSource(node.addresses, request, reply, start + offsets.source)) {
    reply.release();
    return refuse(request, Drop.noSourceAddress);
  }
  copyBytes(request, request.start + offsets.source, reply, start + offsets.destination, six ? 16 : 4);
  copyBytes(request, request.upper, reply, start + header, body);
  reply.family = request.family;
  reply.protocol = request.protocol;
  reply.upper = start + header;
  return reply;
};

/** RFC 4443 §4.2: identifier, sequence number and data come back as they went. */
const echo6 = (node: DeliverNode, outbox: Subject<Packet>, request: Packet): void => {
  const reply = copyReversed(node, request);
  if (reply === undefined) return;
  const { view, start, upper, end } = reply;
  ipv6.setFirstWord(view, start, 0, 0);
  ipv6.setPayloadLength(view, start, end - upper);
  ipv6.setNextHeader(view, start, Protocol.icmpv6);
  ipv6.setHopLimit(view, start, 64);
  view.setUint8(upper, echoReply6);
  view.setUint16(upper + 2, 0);
  const pseudo = checksum.pseudoHeader6(view, start, end - upper, Protocol.icmpv6);
  view.setUint16(upper + 2, checksum.finish(checksum.sum(view, upper, end, pseudo)));
  if (isLinkLocal(readAddress6(view, start + ipv6.offsets.destination))) reply.outInterface = request.inInterface;
  node.counters.originated(0, 6);
  outbox.next(reply);
};

/** RFC 792, RFC 1122 §3.2.2.6. Options are not reflected. */
const echo4 = (node: DeliverNode, outbox: Subject<Packet>, request: Packet): void => {
  const reply = copyReversed(node, request);
  if (reply === undefined) return;
  const { view, start, upper, end } = reply;
  view.setUint16(start, 0x4500 | ipv4.typeOfService(request.view, request.start));
  ipv4.setTotalLength(view, start, end - start);
  ipv4.setIdentification(view, start, ipv4.identification(request.view, request.start));
  ipv4.setFragment(view, start, 0, false);
  view.setUint16(start + 8, (64 << 8) | Protocol.icmp);
  ipv4.writeChecksum(view, start);
  view.setUint8(upper, 0);
  view.setUint16(upper + 2, 0);
  view.setUint16(upper + 2, checksum.finish(checksum.sum(view, upper, end)));
  node.counters.originated(0, 4);
  outbox.next(reply);
};

/** Hands the packet to whoever listens, or says that no one does. */
const toReceiver = (node: DeliverNode, packet: Packet, port: number, otherwise: number): void => {
  const receiver = node.ports.receiver(packet.protocol, port);
  if (receiver === undefined) return packet.refuse(otherwise, packet.protocolPointer);
  receiver(packet);
};

const icmp6 = (node: DeliverNode, outbox: Subject<Packet>, packet: Packet): void => {
  const { view, upper, end } = packet;
  if (end - upper < 8) return packet.refuse(Drop.badUpperLayer);
  if (upperSum(packet, Protocol.icmpv6, end - upper) !== 0xffff) return packet.refuse(Drop.badChecksum);
  const type = view.getUint8(upper);
  if (type === echoRequest6) return echo6(node, outbox, packet);
  toReceiver(node, packet, type, Drop.unknownMessage);
};

const icmp4 = (node: DeliverNode, outbox: Subject<Packet>, packet: Packet): void => {
  const { view, start, upper, end } = packet;
  if (end - upper < 8) return packet.refuse(Drop.badUpperLayer);
  if (checksum.fold(checksum.sum(view, upper, end)) !== 0xffff) return packet.refuse(Drop.badChecksum);
  const type = view.getUint8(upper);
  // RFC 1122 §3.2.2.6: an echo request to a broadcast or group address may be ignored; answering one amplifies.
  const toMany = view.getUint8(start + ipv4.offsets.destination) >= 224 || isLinkBroadcast(node, packet);
  if (type === echoRequest4 && !toMany) return echo4(node, outbox, packet);
  toReceiver(node, packet, type, Drop.unknownMessage);
};

const udp = (node: DeliverNode, packet: Packet): void => {
  const { view, upper, end } = packet;
  const length = end - upper < udpHeaderLength ? 0 : view.getUint16(upper + 4);
  if (length < udpHeaderLength || upper + length > end) return packet.refuse(Drop.badUpperLayer);
  if (view.getUint16(upper + 6) === 0) {
    if (packet.family === 6) return packet.refuse(Drop.badChecksum); // RFC 8200 §8.1; in IPv4 it means "none"
  } else if (upperSum(packet, Protocol.udp, length) !== 0xffff) return packet.refuse(Drop.badChecksum);
  toReceiver(node, packet, view.getUint16(upper + 2), Drop.portUnreachable);
};

const tcp = (node: DeliverNode, packet: Packet): void => {
  const { view, upper, end } = packet;
  if (tcpHeader.check(view, upper, end) !== 'ok') return packet.refuse(Drop.badUpperLayer);
  if (upperSum(packet, Protocol.tcp, end - upper) !== 0xffff) return packet.refuse(Drop.badChecksum);
  toReceiver(node, packet, view.getUint16(upper + 2), Drop.portUnreachable);
};

/** Unit of {@link deliver}. */
export const deliverStep =
  (node: DeliverNode, outbox: Subject<Packet>) =>
  (packet: Packet): void => {
    const { view, start } = packet;
    if (packet.family === 4 && (ipv4.moreFragments(view, start) || ipv4.fragmentOffset(view, start) !== 0)) {
      return packet.refuse(Drop.fragmentNotReassembled);
    }
    switch (packet.protocol) {
      case Protocol.icmpv6:
        if (packet.family === 6) icmp6(node, outbox, packet);
        else packet.refuse(Drop.unknownProtocol, packet.protocolPointer);
        break;
      case Protocol.icmp:
        if (packet.family === 4) icmp4(node, outbox, packet);
        else packet.refuse(Drop.unknownProtocol, packet.protocolPointer);
        break;
      case Protocol.udp:
        udp(node, packet);
        break;
      case Protocol.tcp:
        tcp(node, packet);
        break;
      case Protocol.noNextHeader:
        break;
      default:
        toReceiver(node, packet, 0, Drop.unknownProtocol);
    }
    if (packet.status === Status.inFlight) packet.status = Status.delivered;
  };

/**
 * Gives packets for this node to their upper layer: echo requests are answered through the outbox (RFC 4443 §4.2, RFC
 * 792), the rest goes to who listens in `node.ports`.
 *
 * Drops: `badUpperLayer`, `badChecksum`, `unknownProtocol`, `portUnreachable`, `unknownMessage`, `badSource`,
 * `noSourceAddress`, `noBuffer`, `fragmentNotReassembled`.
 */
export const deliver = (node: DeliverNode, outbox: Subject<Packet>): Lane => stage(deliverStep(node, outbox));
