import { Drop } from '../../packet/drop.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import type { HeaderHandler } from './handler.ts';
import { optionsHeader } from './options.ts';

/**
 * The Hop-by-Hop Options header (RFC 8200 §4.3), at the destination: every node reads it, the last one too. It comes
 * directly after the IPv6 header or not at all (§4.1).
 */
export const hopByHop: HeaderHandler = {
  protocol: Protocol.hopByHop,
  name: 'Hop-by-Hop Options',
  step: (packet, walk) => {
    if (packet.upper === packet.start + ipv6.headerLength) optionsHeader(packet, walk.hopByHop);
    else packet.refuse(Drop.misplacedHopByHop, packet.protocolPointer);
  },
};
