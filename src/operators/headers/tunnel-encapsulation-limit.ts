import * as options from '../../wire/options.ts';
import type { OptionHandler } from './handler.ts';

/**
 * The Tunnel Encapsulation Limit option (RFC 2473 §4.1.1): one byte of data. It speaks to the entrances of tunnels;
 * the node that a packet is for has no use for it.
 */
export const tunnelEncapsulationLimit: OptionHandler = {
  type: options.Option.tunnelEncapsulationLimit,
  name: 'Tunnel Encapsulation Limit',
  where: 'destination',
  dataLength: 1,
};
