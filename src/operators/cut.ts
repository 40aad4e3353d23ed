/**
 * Cutting packets into fragments. The pieces behind the first are copied to slabs of their own; what is left of the
 * packet is the first. All or none: when the pool can't hold them, the packet is refused whole.
 *
 * @module
 */
import { copyBytes, copyFields } from '../packet/copy.ts';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { Counter } from '../state/counters.ts';
import type { Node } from '../state/node.ts';
import * as extension from '../wire/extension.ts';
import * as header6 from '../wire/fragment.ts';
import * as chain from '../wire/header-chain.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';

type CutNode = Pick<Node, 'counters' | 'pool'>;

/** The fragments behind the first of a packet that was refused. */
const none: readonly Packet[] = [];

/** Longest IPv4 datagram. */
const longest4 = 65_535;

/** Bytes of data per fragment, 0 when there is no room for any. */
const dataRoom = (mtu: number, headers: number): number => Math.max(0, (mtu - headers) & ~7);

/**
 * Copies data from `from` on to slabs of their own, `room` bytes each, behind `head` free bytes; undefined, and the
 * packet refused, when there are not enough slabs.
 */
const copyPieces = (
  { pool }: CutNode,
  packet: Packet,
  from: number,
  room: number,
  head: number,
): Packet[] | undefined => {
  const pieces: Packet[] = [];
  for (let at = from; at < packet.end; at += room) {
    const size = Math.min(room, packet.end - at);
    const piece = pool.acquire(head + size);
    if (piece === undefined) {
      for (const made of pieces) made.release();
      packet.refuse(Drop.noBuffer);
      return undefined;
    }
    copyFields(packet, piece);
    copyBytes(packet, at, piece, piece.start + head, size);
    pieces.push(piece);
  }
  return pieces;
};

const countPieces = ({ counters }: CutNode, { outInterface, family }: Packet, others: number): void => {
  counters.copied(others);
  counters.add(outInterface, family, Counter.outFragReqds);
  counters.add(outInterface, family, Counter.outFragOKs);
  counters.add(outInterface, family, Counter.outFragCreates, others + 1);
};

/**
 * Copies those options to the header at `to` whose copied flag is set (RFC 791 §3.1), padded to a word.
 *
 * @returns length of the header
 */
const copyHeader4 = (from: Packet, to: Packet): number => {
  const { view, start } = from;
  copyBytes(from, start, to, to.start, ipv4.minimumHeaderLength);
  let length: number = ipv4.minimumHeaderLength;
  const end = start + ipv4.headerLength(view, start);
  for (let at = start + ipv4.offsets.options; at < end; at += ipv4.optionLength(view, at)) {
    if (ipv4.checkOption(view, at, end) !== 'ok') break;
    const type = ipv4.optionType(view, at);
    if (type === ipv4.Option.endOfList) break;
    if (!ipv4.optionIsCopied(type)) continue;
    const size = ipv4.optionLength(view, at);
    copyBytes(from, at, to, to.start + length, size);
    length += size;
  }
  for (; length % 4 !== 0; length += 1) to.view.setUint8(to.start + length, ipv4.Option.endOfList);
  ipv4.setFirstByte(to.view, to.start, length);
  return length;
};

const finish4 = (piece: Packet, offset: number, more: boolean): void => {
  const { view, start } = piece;
  ipv4.setTotalLength(view, start, piece.end - start);
  ipv4.setFragment(view, start, offset, more);
  ipv4.writeChecksum(view, start);
  piece.upper = start + ipv4.headerLength(view, start);
};

/**
 * Cuts an IPv4 packet, which may be a fragment already, for an MTU that is less than its length (RFC 791 §3.2).
 *
 * Drops: `noBuffer`; `packetTooBig` when not even eight bytes fit; `reassembledTooLong` for a fragment that reaches
 * beyond the end of all datagrams, as its offset could not be written.
 *
 * @returns the fragments behind the first; none when the packet was refused
 */
export const cut4 = (node: CutNode, packet: Packet, mtu: number): readonly Packet[] => {
  const { view, start, end } = packet;
  const head = ipv4.headerLength(view, start);
  const room = dataRoom(mtu, head);
  const offset = ipv4.fragmentOffset(view, start);
  if (room === 0) packet.refuse(Drop.packetTooBig, mtu);
  else if (offset + end - start > longest4) packet.refuse(Drop.reassembledTooLong);
  if (packet.drop !== Drop.none) return none;
  const others = copyPieces(node, packet, start + head + room, room, head);
  if (others === undefined) return none;
  const more = ipv4.moreFragments(view, start);
  let at = offset;
  for (const piece of others) {
    at += room;
    // The data lies behind as long a header as the first one's; a shorter one is written right before it.
    const length = copyHeader4(packet, piece);
    if (length < head) {
      const header = piece.start;
      piece.start += head - length;
      piece.link = piece.start;
      piece.bytes.copyWithin(piece.start, header, header + length);
    }
    finish4(piece, at, more || piece !== others[others.length - 1]);
  }
  packet.end = start + head + room;
  finish4(packet, offset, true);
  countPieces(node, packet, others.length);
  return others;
};

/** How a packet is cut. Offsets count from the start of the packet. */
interface Cut6 {
  /** Where the headers end that every fragment carries. */
  readonly end: number;
  /** The byte that names what follows them. */
  readonly namedAt: number;
  /** What it names. */
  readonly protocol: number;
}

/** The IPv6 header and all headers up to the Routing header, or else the Hop-by-Hop Options header (RFC 8200 §4.5). */
const planCut6 = ({ view, start, end }: Packet): Cut6 => {
  let at = start + ipv6.headerLength;
  let protocol = ipv6.nextHeader(view, start);
  let plan: Cut6 = { end: ipv6.headerLength, namedAt: ipv6.offsets.nextHeader, protocol };
  while (protocol === Protocol.hopByHop || protocol === Protocol.routing || protocol === Protocol.destinationOptions) {
    if (extension.check(view, at, end, protocol) !== 'ok') break;
    const isRead = protocol !== Protocol.destinationOptions;
    const next = at + extension.headerLength(view, at, protocol);
    protocol = extension.nextHeader(view, at);
    if (isRead) plan = { end: next - start, namedAt: at - start, protocol };
    at = next;
  }
  return plan;
};

const finish6 = (piece: Packet, plan: Cut6, offset: number, more: boolean, identification: number): void => {
  const { view, start } = piece;
  const at = start + plan.end;
  header6.write(view, at, plan.protocol, offset, more, identification);
  view.setUint8(start + plan.namedAt, Protocol.fragment);
  ipv6.setPayloadLength(view, start, piece.end - start - ipv6.headerLength);
  piece.upper = start + ipv6.headerLength;
  piece.protocol = ipv6.nextHeader(view, start);
  piece.protocolPointer = ipv6.offsets.nextHeader;
};

/**
 * Cuts an IPv6 packet of our own for an MTU that is less than its length (RFC 8200 §4.5): every fragment gets the
 * headers that routers read, and a Fragment header. That of the first takes eight bytes of the packet's headroom.
 *
 * Drops: `noBuffer`; `packetTooBig` when the MTU has no room for all headers and eight bytes of data (RFC 7112 §5).
 *
 * @param identification for all fragments; see `Identifications`
 * @returns the fragments behind the first; none when the packet was refused
 */
export const cut6 = (node: CutNode, packet: Packet, mtu: number, identification: number): readonly Packet[] => {
  const { view, start, end } = packet;
  const plan = planCut6(packet);
  const from = start + plan.end;
  const head = plan.end + header6.headerLength;
  const room = dataRoom(mtu, head);
  const firstEnd = Math.min(end, from + room);
  if (room === 0 || chain.findUpperLayer(view, from, firstEnd, plan.protocol) === chain.incomplete) {
    packet.refuse(Drop.packetTooBig, mtu);
    return none;
  }
  if (start < header6.headerLength) packet.refuse(Drop.noBuffer);
  const others = packet.drop === Drop.none ? copyPieces(node, packet, from + room, room, head) : undefined;
  if (others === undefined) return none;
  let at = 0;
  for (const piece of others) {
    at += room;
    copyBytes(packet, start, piece, piece.start, plan.end);
    finish6(piece, plan, at, piece !== others[others.length - 1], identification);
  }
  packet.bytes.copyWithin(start - header6.headerLength, start, from);
  packet.start = start - header6.headerLength;
  packet.link = packet.start;
  packet.end = firstEnd;
  finish6(packet, plan, 0, true, identification);
  countPieces(node, packet, others.length);
  return others;
};
