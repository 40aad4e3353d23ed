import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import { refuseJumbogram } from './headers/jumbo-payload.ts';
import { checkIpv4Options } from './ipv4-options.ts';
import { destinationFault4, destinationFault6, isOrdinary6, sourceFault4, sourceFault6 } from './martians.ts';

/** The first fault wins; what follows is decoded all the same, for whoever reports it. */
const refuseIf = (packet: Packet, fault: number): void => {
  if (fault !== Drop.none) packet.refuse(fault);
};

const decode6 = (packet: Packet): void => {
  const { view, start } = packet;
  if (ipv6.check(view, start, packet.end) !== 'ok') return packet.refuse(Drop.truncated);
  const source = start + ipv6.offsets.source;
  const destination = start + ipv6.offsets.destination;
  if (!isOrdinary6(view.getInt32(source))) refuseIf(packet, sourceFault6(view, source));
  if (!isOrdinary6(view.getInt32(destination))) refuseIf(packet, destinationFault6(view, destination));
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
  refuseIf(packet, sourceFault4(view, start + ipv4.offsets.source));
  refuseIf(packet, destinationFault4(view, start + ipv4.offsets.destination));
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
 * Drops: `empty`, `unknownVersion`, `truncated`, `badHeaderLength`, `badHeaderChecksum`; for addresses
 * `multicastSource`, `broadcastSource`, `unspecifiedDestination`, `loopbackAddress`, `mappedAddress`, `embeddedZone`,
 * `reservedAddress`; for jumbograms (RFC 2675), which are not carried here, `unknownOption`, `unknownOptionSilent`,
 * `zeroPayloadLength`.
 *
 * @example
 * fromMemory(frames, { pool, interfaceIndex: 2 }).pipe(decode()).subscribe((packet) => console.log(packet.family));
 */
export const decode = (): Lane => stage(decodeStep);
