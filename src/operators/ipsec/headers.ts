/**
 * The headers before what is protected: where they end, and how they make room or close up.
 *
 * @module
 */
import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import * as extension from '../../wire/extension.ts';
import * as fragment from '../../wire/fragment.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';

/** Most bytes that an IPv4 datagram, or the payload of an IPv6 packet, can count. */
export const longestLength = 65_535;

/** Where a header is put in transport mode. Offsets; good until the next packet. */
export interface Place {
  /** In the slab. */
  at: number;
  /** From the start of the packet: the byte that names what is at `at`. */
  namedAt: number;
  /** What it names. */
  protocol: number;
}

/**
 * Finds where AH, ESP or IPComp goes in transport mode: behind the IPv4 header; behind the headers that are read on the
 * way to the destination (RFC 4303 §3.1.1). Destination options behind the last Routing header are for the destination
 * alone, and are protected.
 */
export const findPlace = ({ family, view, start, end }: Packet, place: Place): void => {
  if (family === 4) {
    place.at = start + ipv4.headerLength(view, start);
    place.namedAt = ipv4.offsets.protocol;
    place.protocol = ipv4.protocol(view, start);
    return;
  }
  let at = start + ipv6.headerLength;
  let protocol = ipv6.nextHeader(view, start);
  place.at = at;
  place.namedAt = ipv6.offsets.nextHeader;
  place.protocol = protocol;
  while (protocol === Protocol.hopByHop || protocol === Protocol.routing || protocol === Protocol.destinationOptions) {
    if (extension.check(view, at, end, protocol) !== 'ok') return;
    const isForDestination = protocol === Protocol.destinationOptions;
    const named = at;
    at += extension.headerLength(view, at, protocol);
    protocol = extension.nextHeader(view, named);
    if (isForDestination) continue;
    place.at = at;
    place.namedAt = named - start;
    place.protocol = protocol;
  }
};

/** Is it a piece of a packet, which transport mode may not protect (RFC 4303 §3.3.4)? */
export const isPiece = ({ family, view, start }: Packet, place: Place): boolean =>
  family === 4
    ? ipv4.moreFragments(view, start) || ipv4.fragmentOffset(view, start) !== 0
    : place.protocol === Protocol.fragment && !fragment.isAtomic(view, place.at);

/** Moves up to some hundred bytes by words, which lie in one slab; no block copy pays for so few. */
const moveBytes = (view: DataView, from: number, to: number, length: number): void => {
  if (to < from) for (let i = 0; i < length; i += 4) view.setInt32(to + i, view.getInt32(from + i));
  else for (let i = length - 4; i >= 0; i -= 4) view.setInt32(to + i, view.getInt32(from + i));
};

/**
 * Moves the headers before `at` back by `length` bytes, a multiple of four: that is where another header goes. False,
 * and the packet refused, if there is no room for them.
 */
export const openGap = (packet: Packet, at: number, length: number): boolean => {
  if (packet.start < length) {
    packet.refuse(Drop.noHeadroom);
    return false;
  }
  const { view, start } = packet;
  moveBytes(view, start, start - length, at - start);
  packet.start = start - length;
  packet.link = packet.start;
  return true;
};

/** Moves the headers before `at` on to `to`: what lies between is no longer part of the packet. */
export const closeGap = (packet: Packet, at: number, to: number): void => {
  const { view, start } = packet;
  moveBytes(view, start, start + to - at, at - start);
  packet.start = start + to - at;
  packet.link = packet.start;
};

/** Writes the length fields of the IP header, and the IPv4 checksum. */
export const writeLengths = ({ family, view, start, end }: Packet): void => {
  if (family === 6) return ipv6.setPayloadLength(view, start, end - start - ipv6.headerLength);
  ipv4.setTotalLength(view, start, end - start);
  ipv4.writeChecksum(view, start);
};
