import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import { isLoopback6, isUnspecified6, isV4Mapped6 } from '../wire/address-bytes.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import { refuseJumbogram } from './headers/jumbo-payload.ts';
import { checkIpv4Options } from './ipv4-options.ts';

const decode6 = (packet: Packet): void => {
  const { view, start } = packet;
  if (ipv6.check(view, start, packet.end) !== 'ok') return packet.refuse(Drop.truncated);
  // ::, ::1 and v4-mapped addresses begin with a zero word: most packets pay for one comparison.
  const source = view.getInt32(start + ipv6.offsets.source);
  if (source >>> 24 === 0xff) return packet.refuse(Drop.badSource);
  if (source === 0) {
    const at = start + ipv6.offsets.source;
    if (isLoopback6(view, at) || isV4Mapped6(view, at)) return packet.refuse(Drop.badSource);
  }
  if (view.getInt32(start + ipv6.offsets.destination) === 0) {
    const at = start + ipv6.offsets.destination;
    if (isUnspecified6(view, at) || isLoopback6(view, at) || isV4Mapped6(view, at)) {
      return packet.refuse(Drop.badDestination);
    }
  }
  const length = ipv6.payloadLength(view, start);
  const next = ipv6.nextHeader(view, start);
  if (length === 0 && next === Protocol.hopByHop) return refuseJumbogram(packet);
  packet.end = start + ipv6.headerLength + length;
  packet.upper = start + ipv6.headerLength;
  packet.protocol = next;
  packet.protocolPointer = ipv6.offsets.nextHeader;
};

const decode4 = (packet: Packet): void => {
  const { view, start } = packet;
  const check = ipv4.check(view, start, packet.end);
  if (check !== 'ok') {
    if (check === 'truncated') return packet.refuse(Drop.truncated);
    return packet.refuse(check === 'badChecksum' ? Drop.badHeaderChecksum : Drop.badHeaderLength);
  }
  const source = view.getUint8(start + ipv4.offsets.source);
  // 224/4 multicast, 240/4 with 255.255.255.255, 127/8 loopback
  if (source >= 224 || source === 127) return packet.refuse(Drop.badSource);
  const destination = view.getUint8(start + ipv4.offsets.destination);
  if (destination === 127 || destination === 0) return packet.refuse(Drop.badDestination);
  packet.end = start + ipv4.totalLength(view, start);
  packet.upper = start + ipv4.headerLength(view, start);
  packet.protocol = ipv4.protocol(view, start);
  packet.protocolPointer = 9;
  if (packet.upper - start > ipv4.minimumHeaderLength) checkIpv4Options(packet);
};

/** Unit of {@link decode}. */
export const decodeStep = (packet: Packet): void => {
  if (packet.end <= packet.start) return packet.refuse(Drop.empty);
  const version = packet.view.getUint8(packet.start) >> 4;
  if (version === 6) {
    packet.family = 6;
    decode6(packet);
  } else if (version === 4) {
    packet.family = 4;
    decode4(packet);
  } else packet.refuse(Drop.unknownVersion);
};

/**
 * Finds the IP header: sets `family`, `upper`, `protocol`, and trims link padding off the end (RFC 8200 §3, RFC 791
 * §3.1). Refuses what may not appear on a wire.
 *
 * Drops: `empty`, `unknownVersion`, `truncated`, `badHeaderLength`, `badHeaderChecksum`, `badSource`, `badDestination`;
 * for jumbograms `unknownOption`, `unknownOptionSilent`, `truncatedHeader` (RFC 2675 is not spoken here).
 *
 * @example
 * fromMemory(frames, { pool, interfaceIndex: 2 }).pipe(decode()).subscribe((packet) => console.log(packet.family));
 */
export const decode = (): Lane => stage(decodeStep);
