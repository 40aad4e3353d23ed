import type { Subject } from 'rxjs';
import { copyBytes } from '../../packet/copy.ts';
import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import { copy6, isLinkLocal6, isThisNetwork4, isUnspecified6 } from '../../wire/address-bytes.ts';
import * as icmp4 from '../../wire/icmp4.ts';
import * as icmp6 from '../../wire/icmp6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import { writeReflectedSource } from '../reflect.ts';
import type { DeliverNode } from './receiver.ts';

const refuse = (packet: Packet, drop: number): undefined => {
  packet.refuse(drop);
};

/** Room for the answer, its source and the message in it; undefined when there can't be one: then the request is refused. */
const copyMessage = (node: DeliverNode, request: Packet, header: number, sourceAt: number): Packet | undefined => {
  const length = request.end - request.upper;
  const reply = node.pool.acquire(header + length);
  if (reply === undefined) return refuse(request, Drop.noBuffer);
  if (!writeReflectedSource(node.addresses, request, reply, reply.start + sourceAt)) {
    reply.release();
    return refuse(request, Drop.noSourceAddress);
  }
  reply.family = request.family;
  reply.protocol = request.protocol;
  reply.upper = reply.start + header;
  copyBytes(request, request.upper, reply, reply.upper, length);
  return reply;
};

/** RFC 4443 §4.2: identifier, sequence number and data come back as they went; extension headers don't. */
export const echo6 = (node: DeliverNode, outbox: Subject<Packet>, request: Packet): void => {
  const source = request.start + ipv6.offsets.source;
  if (isUnspecified6(request.view, source)) return request.refuse(Drop.unspecifiedSource);
  const reply = copyMessage(node, request, ipv6.headerLength, ipv6.offsets.source);
  if (reply === undefined) return;
  const { view, start, upper, end } = reply;
  ipv6.setFirstWord(view, start, 0, 0);
  ipv6.setPayloadLength(view, start, end - upper);
  ipv6.setNextHeader(view, start, Protocol.icmpv6);
  ipv6.setHopLimit(view, start, node.interfaces.table.hopLimit[request.inInterface] as number);
  copy6(request.view, source, view, start + ipv6.offsets.destination);
  icmp6.setType(view, upper, icmp6.Type.echoReply);
  icmp6.writeChecksum(view, start, upper, end);
  if (isLinkLocal6(view, start + ipv6.offsets.destination)) reply.outInterface = request.inInterface;
  node.counters.originated(0, 6);
  outbox.next(reply);
};

/** RFC 792, RFC 1122 §3.2.2.6. Options are not reflected. */
export const echo4 = (node: DeliverNode, outbox: Subject<Packet>, request: Packet): void => {
  if (isThisNetwork4(request.view, request.start + ipv4.offsets.source)) return request.refuse(Drop.unspecifiedSource);
  const reply = copyMessage(node, request, ipv4.minimumHeaderLength, ipv4.offsets.source);
  if (reply === undefined) return;
  const { view, start, upper, end } = reply;
  ipv4.setFirstByte(view, start, ipv4.minimumHeaderLength);
  ipv4.setTypeOfService(view, start, ipv4.typeOfService(request.view, request.start));
  ipv4.setTotalLength(view, start, end - start);
  ipv4.setIdentification(view, start, ipv4.identification(request.view, request.start));
  ipv4.setFragment(view, start, 0, false);
  ipv4.setTimeToLive(view, start, 64);
  ipv4.setProtocol(view, start, Protocol.icmp);
  ipv4.setDestination(view, start, ipv4.source(request.view, request.start));
  ipv4.writeChecksum(view, start);
  icmp4.setType(view, upper, icmp4.Type.echoReply);
  icmp4.writeChecksum(view, upper, end);
  node.counters.originated(0, 4);
  outbox.next(reply);
};
