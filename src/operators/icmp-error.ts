import type { Subject } from 'rxjs';
import { copyBytes } from '../packet/copy.ts';
import { dropReasons, type IcmpConsequence } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, whenRefused } from '../packet/stage.ts';
import { type Addresses, AddressFlag } from '../state/addresses.ts';
import type { Node } from '../state/node.ts';
import { TokenBucket } from '../state/token-bucket.ts';
import { readAddress4, readAddress6, writeAddress } from '../wire/address.ts';
import { copy6, isLinkLocal6, isMulticast6, isUnspecified6 } from '../wire/address-bytes.ts';
import * as icmp4 from '../wire/icmp4.ts';
import * as icmp6 from '../wire/icmp6.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import * as quoted from '../wire/quoted.ts';
import { isLinkBroadcast } from './classify.ts';

type ErrorNode = Pick<Node, 'addresses' | 'counters' | 'pool' | 'random' | 'routes' | 'scheduler'>;

/** How fast errors may be sent, per arrival interface (RFC 4443 §2.4 f). */
export interface IcmpErrorOptions {
  /** Errors a second. Default 100, KAME's limit. */
  readonly rate?: number;
  /** Errors at once. Default 100. */
  readonly burst?: number;
}

export const icmpErrorDefaults: Required<IcmpErrorOptions> = { rate: 100, burst: 100 };

/** "As much of the invoking packet as possible without exceeding the minimum IPv6 MTU" (RFC 4443 §2.4 c). */
const maximumError6 = ipv6.minimumMtu;
/** RFC 1812 §4.3.2.3. */
const maximumError4 = 576;

/**
 * Is the packet an ICMPv6 error or a redirect, as far as can be told (RFC 4443 §2.4 e.1, e.2)? A chain too long to
 * walk may end in one.
 */
const isError6 = ({ view, start, end }: Packet): boolean => {
  const found = quoted.findUpperLayer(view, start, end);
  if (found === quoted.tooLong) return true;
  if (found < 0 || quoted.protocolOf(found) !== Protocol.icmpv6 || quoted.offsetOf(found) >= end) return false;
  const type = icmp6.type(view, quoted.offsetOf(found));
  return icmp6.isErrorType(type) || type === icmp6.Type.redirect;
};

/** RFC 4443 §2.4 e: never about an error or a redirect, never to nobody or to a group. */
const deserves6 = (packet: Packet, consequence: IcmpConsequence): boolean => {
  const { view, start } = packet;
  const source = start + ipv6.offsets.source;
  if (isMulticast6(view, source) || isUnspecified6(view, source)) return false;
  if (isMulticast6(view, start + ipv6.offsets.destination) && consequence.evenIfMulticast !== true) return false;
  return !isError6(packet);
};

/** RFC 1122 §3.2.2, RFC 1812 §4.3.2.7. */
const deserves4 = (packet: Packet, node: ErrorNode): boolean => {
  const { view, start, end } = packet;
  const source = view.getUint8(start + ipv4.offsets.source);
  const destination = view.getUint8(start + ipv4.offsets.destination);
  if (source === 0 || source >= 224 || destination >= 224 || isLinkBroadcast(node, packet)) return false;
  if (ipv4.fragmentOffset(view, start) !== 0) return false;
  if (ipv4.protocol(view, start) !== Protocol.icmp) return true;
  const at = start + ipv4.headerLength(view, start);
  return at < end && isQuery4(icmp4.type(view, at));
};

/** Queries and their answers may be answered by an error; errors may not, nor what we don't know. */
const isQuery4 = (type: number): boolean =>
  type === icmp4.Type.echoReply ||
  type === icmp4.Type.echoRequest ||
  (type >= icmp4.Type.timestampRequest && type <= 18);

/**
 * Writes the source of an error or reply: the address the packet was sent to if that is ours to speak with, otherwise
 * the one that fits the way back (RFC 4443 §2.2, KAME's reflect rule).
 *
 * @returns false when we have no address of that family
 */
export const writeReflectedSource = (addresses: Addresses, about: Packet, reply: Packet, at: number): boolean => {
  const read = about.family === 6 ? readAddress6 : readAddress4;
  const offsets = about.family === 6 ? ipv6.offsets : ipv4.offsets;
  const destination = read(about.view, about.start + offsets.destination);
  const own = addresses.own(destination, about.inInterface);
  const barred = AddressFlag.anycast | AddressFlag.tentative | AddressFlag.duplicated;
  const source =
    own !== undefined && (own.flags & barred) === 0
      ? own
      : addresses.sourceFor(read(about.view, about.start + offsets.source), about.inInterface);
  if (source === undefined) return false;
  writeAddress(reply.view, at, source.address);
  return true;
};

const build6 = (node: ErrorNode, about: Packet, consequence: IcmpConsequence): Packet | undefined => {
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
  ipv6.setHopLimit(view, start, 64);
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

const build4 = (node: ErrorNode, about: Packet, consequence: IcmpConsequence): Packet | undefined => {
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

/** Unit of {@link icmpError}. */
export const icmpErrorStep = (
  node: ErrorNode,
  outbox: Subject<Packet>,
  options: IcmpErrorOptions = {},
): ((packet: Packet) => void) => {
  const { rate, burst } = { ...icmpErrorDefaults, ...options };
  const buckets: (TokenBucket | undefined)[] = [];
  return (packet) => {
    const reason = dropReasons[packet.drop];
    const consequence = packet.family === 6 ? reason?.icmp6 : reason?.icmp4;
    if (consequence === undefined || packet.family === 0 || packet.inInterface === 0) return;
    if (packet.family === 6 ? !deserves6(packet, consequence) : !deserves4(packet, node)) return;
    const now = node.scheduler.now();
    buckets[packet.inInterface] ??= new TokenBucket(rate, burst, now);
    if (!(buckets[packet.inInterface] as TokenBucket).take(now)) return;
    const error = packet.family === 6 ? build6(node, packet, consequence) : build4(node, packet, consequence);
    if (error === undefined) return;
    error.family = packet.family;
    node.counters.originated(0, error.family);
    outbox.next(error);
  };
};

/**
 * Answers refused packets with the ICMP error that their reason calls for, if any (RFC 4443, RFC 792, RFC 1812 §4.3).
 * The error quotes the packet as it came, goes to the outbox, and is limited by a token bucket per arrival interface.
 *
 * Never answered: errors and redirects, packets to a group (but for packetTooBig and unknownOption) or to a broadcast
 * address, packets from nobody or a group, our own packets, IPv4 fragments other than the first.
 */
export const icmpError = (node: ErrorNode, outbox: Subject<Packet>, options: IcmpErrorOptions = {}): Lane =>
  whenRefused(icmpErrorStep(node, outbox, options));
