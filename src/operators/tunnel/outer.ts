/**
 * Outer IP headers: written into the headroom from the tunnel's template.
 *
 * @module
 */
import { Drop } from '../../packet/drop.ts';
import { type Packet, Status } from '../../packet/packet.ts';
import { type TunnelTable, templateAt } from '../../state/tunnel-table.ts';
import * as extension from '../../wire/extension.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as options from '../../wire/options.ts';
import { Protocol } from '../../wire/protocols.ts';
import { ecnModes } from '../../wire/tunneling.ts';
import { flowAt } from './flow.ts';
import type { TunnelNode } from './kind.ts';

const forbidden = ecnModes.indexOf('forbidden');
const ignored = ecnModes.indexOf('ignored');
/** The ECN field (RFC 3168 §5). */
const ecnBits = 0x03;
/** Longest IPv4 packet, and longest IPv6 payload. */
const longest = 65_535;

/** DSCP and ECN of the outer header (RFC 2983 §3.1, RFC 6040 §4.1). */
const trafficClassFor = (table: TunnelTable, row: number, { family, view, start }: Packet): number => {
  const inner = family === 6 ? ipv6.trafficClass(view, start) : ipv4.typeOfService(view, start);
  const mode = table.ecn[row] as number;
  if (mode === ignored) return inner;
  const dscp = table.dscp[row] as number;
  return (dscp < 0 ? inner & ~ecnBits : dscp << 2) | (mode === forbidden ? 0 : inner & ecnBits);
};

/**
 * The option of the packet's own headers that limits its encapsulation: its offset, 0 if it has none (RFC 2473 §4.1.1).
 * Only packets with extension headers are looked through.
 */
const findLimit = ({ family, view, start, end }: Packet): number => {
  if (family !== 6) return 0;
  let protocol = ipv6.nextHeader(view, start);
  let at = start + ipv6.headerLength;
  while (extension.isExtensionHeader(protocol) && extension.check(view, at, end, protocol) === 'ok') {
    const next = at + extension.headerLength(view, at, protocol);
    if (protocol === Protocol.destinationOptions) {
      const found = options.find(view, at + options.first, next, options.Option.tunnelEncapsulationLimit);
      if (found >= 0) return found;
    }
    protocol = extension.nextHeader(view, at);
    at = next;
  }
  return 0;
};

/** The limit that the outer header tells: one less than that of the packet inside. When that is 0, the packet is refused. */
const limitFor = (packet: Packet, configured: number): number => {
  const found = findLimit(packet);
  if (found === 0) return configured;
  const limit = options.tunnelEncapsulationLimit(packet.view, found);
  if (limit === 0) packet.refuse(Drop.encapsulationLimit, found + options.first - packet.start);
  return limit - 1;
};

/** Copies the tunnel's template; its length is a multiple of four. */
const copyTemplate = ({ templates, outerLength }: TunnelTable, row: number, view: DataView, at: number): void => {
  const from = templateAt(row);
  const length = outerLength[row] as number;
  for (let i = 0; i < length; i += 4) view.setInt32(at + i, templates.getInt32(from + i));
};

const moveTo = (packet: Packet, at: number, headerLength: number, family: number, protocol: number): void => {
  packet.start = at;
  packet.link = at;
  packet.upper = at + headerLength;
  packet.family = family;
  packet.protocol = protocol;
  packet.protocolPointer = family === 6 ? ipv6.offsets.nextHeader : ipv4.offsets.protocol;
};

/** Don't Fragment, in its word. */
const dontFragment = 0x4000;

/** The checksum of a few 16-bit words, already summed: small integers all the way, which need no box. */
const finishWords = (total: number): number => {
  const folded = (total & 0xffff) + (total >>> 16);
  return ~((folded & 0xffff) + (folded >>> 16)) & 0xffff;
};

/** Is there room for `bytes` of headers before the packet, and can they count what follows? */
const hasRoom = (packet: Packet, bytes: number, most: number): boolean => {
  if (packet.start < bytes) packet.refuse(Drop.noHeadroom);
  else if (packet.length > most) packet.refuse(Drop.packetTooBig, most);
  else return true;
  return false;
};

/** RFC 2473 §5, §6.4, §6.5. */
const push6 = (packet: Packet, { tunnels: { table, seed } }: TunnelNode, protocol: number): boolean => {
  const { view, start, outInterface: row } = packet;
  const bytes = table.headerLength[row] as number;
  if (!hasRoom(packet, bytes, longest - bytes + ipv6.headerLength)) return false;
  const configured = table.encapsulationLimit[row] as number;
  const limit = configured < 0 ? -1 : limitFor(packet, configured);
  if (packet.status !== Status.inFlight) return false;
  const trafficClass = trafficClassFor(table, row, packet);
  const flow = flowAt(view, start, seed);
  const at = start - bytes;
  copyTemplate(table, row, view, at);
  ipv6.setFirstWord(view, at, trafficClass, flow);
  ipv6.setPayloadLength(view, at, packet.end - at - ipv6.headerLength);
  if (configured < 0) ipv6.setNextHeader(view, at, protocol);
  else {
    extension.setNextHeader(view, at + ipv6.headerLength, protocol);
    options.writeTunnelEncapsulationLimit(view, at + ipv6.headerLength + options.first, limit);
  }
  moveTo(packet, at, ipv6.headerLength, 6, ipv6.nextHeader(view, at));
  return true;
};

/**
 * RFC 2003 §3.1, RFC 4213 §3.5: Don't Fragment where the path is known to carry the packet, and never where the sender
 * of an IPv4 packet did not ask for it.
 */
const push4 = (packet: Packet, node: TunnelNode, protocol: number, destination: number): boolean => {
  const { view, start, family, outInterface: row } = packet;
  const { table, seed } = node.tunnels;
  const bytes = table.headerLength[row] as number;
  if (!hasRoom(packet, bytes, longest - bytes)) return false;
  const trafficClass = trafficClassFor(table, row, packet);
  const whole = table.dontFragment[row] === 1 && (family === 6 || ipv4.dontFragment(view, start));
  const flow = whole ? flowAt(view, start, seed) : 0;
  const at = start - bytes;
  copyTemplate(table, row, view, at);
  ipv4.setTypeOfService(view, at, trafficClass);
  ipv4.setTotalLength(view, at, packet.end - at);
  ipv4.setProtocol(view, at, protocol);
  ipv4.setFragment(view, at, 0, false, whole);
  if (destination !== 0) ipv4.setDestination(view, at, destination);
  const identification = (whole ? flow : node.identifications.next4(view, at)) & 0xffff;
  ipv4.setIdentification(view, at, identification);
  const words = trafficClass + (packet.end - at) + protocol + (whole ? dontFragment : 0) + identification;
  const total = (table.headerSum[row] as number) + words + (destination >>> 16) + (destination & 0xffff);
  ipv4.setHeaderChecksum(view, at, finishWords(total));
  moveTo(packet, at, ipv4.minimumHeaderLength, 4, protocol);
  return true;
};

/**
 * Writes the outer IP header of the tunnel `packet.outInterface`, the encapsulation limit behind it, so far before the
 * packet that the other headers of the tunnel have room in between. The packet begins with it from now on.
 *
 * Drops: `noHeadroom`, `packetTooBig`, `encapsulationLimit`.
 *
 * @param protocol of what follows the outer IP header and its options
 * @returns false when the packet was refused
 */
export const pushOuter = (packet: Packet, node: TunnelNode, protocol: number): boolean =>
  node.tunnels.table.family[packet.outInterface] === 6
    ? push6(packet, node, protocol)
    : push4(packet, node, protocol, 0);

/**
 * Likewise, to an IPv4 address that the packet has told.
 *
 * Drops: `noHeadroom`, `packetTooBig`.
 */
export const pushOuterTo = (packet: Packet, node: TunnelNode, protocol: number, destination: number): boolean =>
  push4(packet, node, protocol, destination);
