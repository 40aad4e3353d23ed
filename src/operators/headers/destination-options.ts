import { Protocol } from '../../wire/protocols.ts';
import type { HeaderHandler } from './handler.ts';
import { optionsHeader } from './options.ts';

/**
 * The Destination Options header (RFC 8200 §4.6). Before a Routing header its options are for every node on the list,
 * last of all for the destination alone; this node is both, so it reads them wherever they are and however often.
 */
export const destinationOptions: HeaderHandler = {
  protocol: Protocol.destinationOptions,
  name: 'Destination Options',
  step: (packet, walk) => optionsHeader(packet, walk.destination),
};
