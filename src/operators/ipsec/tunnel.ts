/**
 * Tunnel mode (RFC 4301 §5.1.2): the header around a packet, and the packet in a header. Code points and congestion
 * marks as RFC 2983 and RFC 6040 ask.
 *
 * @module
 */
import { Drop } from '../../packet/drop.ts';
import { Fate, type Packet } from '../../packet/packet.ts';
import type { Identifications } from '../../state/identifications.ts';
import { type Association, DontFragment, destinationAt } from '../../state/sadb/association.ts';
import { copy6 } from '../../wire/address-bytes.ts';
import * as checksum from '../../wire/checksum.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';

const hopLimit = 64;

/** Congestion marks (RFC 3168 §5). */
const Ecn = { notCapable: 0, capable1: 1, capable0: 2, congested: 3 } as const;

/** Bytes of a tunnel header. */
export const outerLength = (association: Association): number =>
  association.family === 6 ? ipv6.headerLength : ipv4.minimumHeaderLength;

/** The protocol number of a packet inside another. */
export const protocolOf = (family: number): number => (family === 6 ? Protocol.ipv6 : Protocol.ipv4);

/** Traffic class or type of service of the packet at `at`. */
export const trafficClassOf = (family: number, view: DataView, at: number): number =>
  family === 6 ? ipv6.trafficClass(view, at) : ipv4.typeOfService(view, at);

/** May the packet at `at` not be cut on its way? */
export const mayNotBeCut = (family: number, view: DataView, at: number): boolean =>
  family === 6 || ipv4.dontFragment(view, at);

/**
 * Writes the tunnel header before `packet.start`, where ESP, AH or the inner packet begins, and makes the packet one of
 * our own.
 *
 * @param innerClass traffic class of the inner packet, read before it was encrypted
 * @param innerUncut may the inner packet not be cut?
 */
export const writeOuter = (
  packet: Packet,
  association: Association,
  protocol: number,
  innerClass: number,
  innerUncut: boolean,
  identifications: Identifications,
): boolean => {
  const length = outerLength(association);
  if (packet.start < length) {
    packet.refuse(Drop.noHeadroom);
    return false;
  }
  const { view } = packet;
  const start = packet.start - length;
  const { endpoints, codePoint } = association;
  const trafficClass = codePoint < 0 ? innerClass : (codePoint << 2) | (innerClass & 3);
  packet.start = start;
  packet.link = start;
  packet.family = association.family;
  packet.depth += 1;
  if (association.family === 6) {
    ipv6.setFirstWord(view, start, trafficClass, 0);
    ipv6.setNextHeader(view, start, protocol);
    ipv6.setHopLimit(view, start, hopLimit);
    copy6(endpoints, 0, view, start + ipv6.offsets.source);
    copy6(endpoints, destinationAt, view, start + ipv6.offsets.destination);
    ipv6.setPayloadLength(view, start, packet.end - start - ipv6.headerLength);
    packet.protocolPointer = ipv6.offsets.nextHeader;
    return true;
  }
  const { dontFragment } = association;
  const isUncut = dontFragment === DontFragment.copy ? innerUncut : dontFragment === DontFragment.set;
  ipv4.setFirstByte(view, start, ipv4.minimumHeaderLength);
  ipv4.setTypeOfService(view, start, trafficClass);
  ipv4.setTotalLength(view, start, packet.end - start);
  ipv4.setFragment(view, start, 0, false, isUncut);
  ipv4.setTimeToLive(view, start, hopLimit);
  ipv4.setProtocol(view, start, protocol);
  ipv4.setSource(view, start, endpoints.getInt32(0));
  ipv4.setDestination(view, start, endpoints.getInt32(destinationAt));
  // What can't be cut needs no number (RFC 6864 §4.1).
  ipv4.setIdentification(view, start, isUncut ? 0 : identifications.next4(view, start));
  ipv4.writeChecksum(view, start);
  packet.protocolPointer = ipv4.offsets.protocol;
  return true;
};

/** The mark that the packet inside gets, or -1 if it can't have the one that it needs (RFC 6040 §4.2, figure 4). */
const innerMark = (outer: number, inner: number): number => {
  if (outer === Ecn.congested) return inner === Ecn.notCapable ? -1 : Ecn.congested;
  return outer === Ecn.capable1 && inner === Ecn.capable0 ? Ecn.capable1 : inner;
};

/**
 * Makes the packet the one inside it, from `at` to `end`: it is to be received once more.
 *
 * Drops: `truncated`, `outerCongestion`.
 */
export const takeInner = (packet: Packet, at: number, end: number, protocol: number): void => {
  const { view } = packet;
  const family = protocol === Protocol.ipv6 ? 6 : 4;
  const header = family === 6 ? ipv6.headerLength : ipv4.minimumHeaderLength;
  if (end - at < header) return packet.refuse(Drop.truncated);
  const outer = trafficClassOf(packet.family, view, packet.start) & 3;
  const inner = trafficClassOf(family, view, at) & 3;
  const mark = innerMark(outer, inner);
  if (mark < 0) return packet.refuse(Drop.outerCongestion);
  if (mark !== inner) writeMark(family, view, at, mark);
  packet.start = at;
  packet.link = at;
  packet.end = end;
  packet.upper = at;
  packet.family = 0;
  packet.fate = Fate.undecided;
  packet.outInterface = 0;
  packet.route = 0;
  packet.hops = 0;
};

const writeMark = (family: number, view: DataView, at: number, mark: number): void => {
  if (family === 6) return ipv6.setTrafficClass(view, at, (ipv6.trafficClass(view, at) & 0xfc) | mark);
  const before = view.getUint16(at);
  const after = (before & 0xfffc) | mark;
  view.setUint16(at, after);
  const field = at + ipv4.offsets.headerChecksum;
  view.setUint16(field, checksum.update(view.getUint16(field), before, after));
};
