import { copyBytes } from '../packet/copy.ts';
import type { IcmpConsequence } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import type { Node } from '../state/node.ts';
import { copy6, isLinkLocal6 } from '../wire/address-bytes.ts';
import * as icmp4 from '../wire/icmp4.ts';
import * as icmp6 from '../wire/icmp6.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import { writeReflectedSource } from './reflect.ts';

type MessageNode = Pick<Node, 'addresses' | 'interfaces' | 'pool' | 'random'>;

/** "As much of the invoking packet as possible without exceeding the minimum IPv6 MTU" (RFC 4443 §2.4 c). */
const maximumError6 = ipv6.minimumMtu;
/** RFC 1812 §4.3.2.3. */
const maximumError4 = 576;

const build6 = (node: MessageNode, about: Packet, consequence: IcmpConsequence): Packet | undefined => {
  const quote = Math.min(about.length, maximumError6 - ipv6.headerLength - icmp6.headerLength);
  const error = node.pool.acquire(ipv6.headerLength + icmp6.headerLength + quote);
  if (error === undefined) return undefined;
  const { view, start } = error;
  if (!writeReflectedSource(node.addresses, about, error, start + ipv6.offsets.source)) {
    error.release();
    return undefined;
  }
  const icmp = start + ipv6.headerLength;
  const body = icmp + icmp6.headerLength;
  ipv6.setFirstWord(view, start, 0, 0);
  ipv6.setPayloadLength(view, start, icmp6.headerLength + quote);
  ipv6.setNextHeader(view, start, Protocol.icmpv6);
  ipv6.setHopLimit(view, start, node.interfaces.table.hopLimit[about.inInterface] as number);
  copy6(about.view, about.start + ipv6.offsets.source, view, start + ipv6.offsets.destination);
  const parameter = consequence.parameter === undefined ? 0 : about.dropParameter;
  icmp6.writeHeader(view, icmp, consequence.type, consequence.code, parameter);
  copyBytes(about, about.start, error, body, quote);
  ipv6.setHopLimit(view, body, ipv6.hopLimit(view, body) + about.hops);
  icmp6.writeChecksum(view, start, icmp, error.end);
  error.protocol = Protocol.icmpv6;
  error.upper = icmp;
  // An answer to a link-local address goes back over the link it came from (RFC 4007 §9).
  if (isLinkLocal6(view, start + ipv6.offsets.destination)) error.outInterface = about.inInterface;
  return error;
};

const build4 = (node: MessageNode, about: Packet, consequence: IcmpConsequence): Packet | undefined => {
  const quote = Math.min(about.length, maximumError4 - ipv4.minimumHeaderLength - icmp4.headerLength);
  const error = node.pool.acquire(ipv4.minimumHeaderLength + icmp4.headerLength + quote);
  if (error === undefined) return undefined;
  const { view, start } = error;
  if (!writeReflectedSource(node.addresses, about, error, start + ipv4.offsets.source)) {
    error.release();
    return undefined;
  }
  const icmp = start + ipv4.minimumHeaderLength;
  const body = icmp + icmp4.headerLength;
  ipv4.setFirstByte(view, start, ipv4.minimumHeaderLength);
  ipv4.setTypeOfService(view, start, 0xc0); // precedence internetwork control, RFC 1812 §4.3.2.5
  ipv4.setTotalLength(view, start, error.length);
  ipv4.setIdentification(view, start, Math.floor(node.random() * 0x10000));
  ipv4.setFragment(view, start, 0, false);
  ipv4.setTimeToLive(view, start, 64);
  ipv4.setProtocol(view, start, Protocol.icmp);
  ipv4.setDestination(view, start, ipv4.source(about.view, about.start));
  ipv4.writeChecksum(view, start);
  icmp4.writeHeader(view, icmp, consequence.type, consequence.code);
  if (consequence.parameter === 'mtu') icmp4.setMtu(view, icmp, about.dropParameter);
  if (consequence.parameter === 'pointer') icmp4.setPointer(view, icmp, about.dropParameter);
  copyBytes(about, about.start, error, body, quote);
  if (about.hops > 0) {
    ipv4.setTimeToLive(view, body, ipv4.timeToLive(view, body) + about.hops);
    ipv4.writeChecksum(view, body);
  }
  icmp4.writeChecksum(view, icmp, error.end);
  error.protocol = Protocol.icmp;
  error.upper = icmp;
  return error;
};

/**
 * The ICMP error that a refused packet calls for, quoting it as it came: ready for the outbox.
 *
 * @returns undefined when there is no slab for it, or no address to speak with
 */
export const errorAbout = (node: MessageNode, about: Packet, consequence: IcmpConsequence): Packet | undefined => {
  const error = about.family === 6 ? build6(node, about, consequence) : build4(node, about, consequence);
  if (error !== undefined) error.family = about.family;
  return error;
};
