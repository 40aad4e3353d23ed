import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import * as extension from '../../wire/extension.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as options from '../../wire/options.ts';
import { Protocol } from '../../wire/protocols.ts';
import { refuseUnknownOption } from './options.ts';

/**
 * Refuses a packet whose Payload Length is 0 although a Hop-by-Hop Options header follows: a jumbogram (RFC 2675), for
 * which no slab is large enough. The sender is pointed to its Jumbo Payload option, as to any option that a node does
 * not know; without one, to the Payload Length (RFC 2675 §3). Nothing behind the IPv6 header is believed.
 */
export const refuseJumbogram = (packet: Packet): void => {
  const { view, start, end } = packet;
  const header = start + ipv6.headerLength;
  if (extension.check(view, header, end, Protocol.hopByHop) === 'ok') {
    const next = header + extension.headerLength(view, header, Protocol.hopByHop);
    const jumbo = options.find(view, header + options.first, next, options.Option.jumboPayload);
    if (jumbo >= 0) return refuseUnknownOption(packet, jumbo);
  }
  packet.refuse(Drop.zeroPayloadLength, ipv6.offsets.payloadLength);
};
