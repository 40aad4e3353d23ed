import type { Subject } from 'rxjs';
import { copyBytes } from '../packet/copy.ts';
import { dropReasons, type IcmpConsequence } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, whenRefused } from '../packet/stage.ts';
import { type Addresses, AddressFlag } from '../state/addresses.ts';
import type { Node } from '../state/node.ts';
import { TokenBucket } from '../state/token-bucket.ts';
import { isLinkLocal, readAddress4, readAddress6, writeAddress } from '../wire/address.ts';
import * as checksum from '../wire/checksum.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
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

/** ICMP header with the four bytes that carry pointer or MTU. */
const icmpHeaderLength = 8;
/** "As much of the invoking packet as possible without exceeding the minimum IPv6 MTU" (RFC 4443 §2.4 c). */
const maximumError6 = ipv6.minimumMtu;
/** RFC 1812 §4.3.2.3. */
const maximumError4 = 576;
/** A chain walk for the quoted message gives up after this many headers. */
const walkLimit = 16;

/** Type of the ICMPv6 message in the packet, -1 when there is none or it can't be told. */
const icmp6Type = ({ view, start, end }: Packet): number => {
  let at = start + ipv6.headerLength;
  let protocol = ipv6.nextHeader(view, start);
  for (let headers = 0; headers < walkLimit && at + 8 <= end; headers += 1) {
    if (protocol === Protocol.icmpv6) return view.getUint8(at);
    if (protocol === Protocol.fragment) {
      if ((view.getUint16(at + 2) & 0xfff8) !== 0) return -1;
      protocol = view.getUint8(at);
      at += 8;
    } else if (
      protocol === Protocol.hopByHop ||
      protocol === Protocol.routing ||
      protocol === Protocol.destinationOptions
    ) {
      protocol = view.getUint8(at);
      at += (view.getUint8(at + 1) + 1) * 8;
    } else return -1;
  }
  return protocol === Protocol.icmpv6 && at < end ? view.getUint8(at) : -1;
};

/** RFC 4443 §2.4 e: never about an error or a redirect, never to nobody or to a group. */
const deserves6 = (packet: Packet, consequence: IcmpConsequence): boolean => {
  const { view, start } = packet;
  const source = start + ipv6.offsets.source;
  if (view.getUint8(source) === 0xff) return false;
  if (view.getInt32(source) === 0 && view.getInt32(source + 4) === 0 && view.getInt32(source + 8) === 0) return false;
  if (view.getUint8(start + ipv6.offsets.destination) === 0xff && consequence.evenIfMulticast !== true) return false;
  const type = icmp6Type(packet);
  return type < 0 || (type >= 128 && type !== 137);
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
  if (at >= end) return false;
  const type = view.getUint8(at);
  return type === 0 || type === 8 || (type >= 13 && type <= 18); // queries may be answered by an error, errors not
};

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
  const quoted = Math.min(about.length, maximumError6 - ipv6.headerLength - icmpHeaderLength);
  const error = node.pool.acquire(ipv6.headerLength + icmpHeaderLength + quoted);
  if (error === undefined) return undefined;
  const { view, start } = error;
  const icmp = start + ipv6.headerLength;
  ipv6.setFirstWord(view, start, 0, 0);
  ipv6.setPayloadLength(view, start, icmpHeaderLength + quoted);
  ipv6.setNextHeader(view, start, Protocol.icmpv6);
  ipv6.setHopLimit(view, start, 64);
  if (!writeReflectedSource(node.addresses, about, error, start + ipv6.offsets.source)) {
    error.release();
    return undefined;
  }
  copyBytes(about, about.start + ipv6.offsets.source, error, start + ipv6.offsets.destination, 16);
  view.setUint16(icmp, (consequence.type << 8) | consequence.code);
  view.setUint16(icmp + 2, 0);
  view.setUint32(icmp + 4, consequence.parameter === undefined ? 0 : about.dropParameter);
  copyBytes(about, about.start, error, icmp + icmpHeaderLength, quoted);
  ipv6.setHopLimit(view, icmp + icmpHeaderLength, ipv6.hopLimit(about.view, about.start) + about.hops);
  const sum = checksum.pseudoHeader6(view, start, icmpHeaderLength + quoted, Protocol.icmpv6);
  view.setUint16(icmp + 2, checksum.finish(checksum.sum(view, icmp, error.end, sum)));
  error.protocol = Protocol.icmpv6;
  error.upper = icmp;
  // An answer to a link-local address goes back over the link it came from (RFC 4007 §9).
  if (isLinkLocal(readAddress6(view, start + ipv6.offsets.destination))) error.outInterface = about.inInterface;
  return error;
};

const build4 = (node: ErrorNode, about: Packet, consequence: IcmpConsequence): Packet | undefined => {
  const quoted = Math.min(about.length, maximumError4 - ipv4.minimumHeaderLength - icmpHeaderLength);
  const error = node.pool.acquire(ipv4.minimumHeaderLength + icmpHeaderLength + quoted);
  if (error === undefined) return undefined;
  const { view, start } = error;
  const icmp = start + ipv4.minimumHeaderLength;
  view.setUint16(start, 0x45c0); // precedence internetwork control, RFC 1812 §4.3.2.5
  ipv4.setTotalLength(view, start, error.length);
  ipv4.setIdentification(view, start, Math.floor(node.random() * 0x10000));
  ipv4.setFragment(view, start, 0, false);
  view.setUint16(start + 8, (64 << 8) | Protocol.icmp);
  if (!writeReflectedSource(node.addresses, about, error, start + ipv4.offsets.source)) {
    error.release();
    return undefined;
  }
  copyBytes(about, about.start + ipv4.offsets.source, error, start + ipv4.offsets.destination, 4);
  ipv4.writeChecksum(view, start);
  view.setUint16(icmp, (consequence.type << 8) | consequence.code);
  view.setUint16(icmp + 2, 0);
  view.setUint32(icmp + 4, 0);
  if (consequence.parameter === 'mtu') view.setUint16(icmp + 6, about.dropParameter); // RFC 1191 §4
  if (consequence.parameter === 'pointer') view.setUint8(icmp + 4, about.dropParameter);
  copyBytes(about, about.start, error, icmp + icmpHeaderLength, quoted);
  if (about.hops > 0) {
    ipv4.setTimeToLive(view, icmp + icmpHeaderLength, ipv4.timeToLive(about.view, about.start) + about.hops);
    ipv4.writeChecksum(view, icmp + icmpHeaderLength);
  }
  view.setUint16(icmp + 2, checksum.finish(checksum.sum(view, icmp, error.end)));
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
