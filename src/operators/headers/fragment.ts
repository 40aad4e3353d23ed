import * as fragmentHeader from '../../wire/fragment.ts';
import { Protocol } from '../../wire/protocols.ts';
import { type HeaderHandler, isWhole, passOver } from './handler.ts';

/**
 * The Fragment header (RFC 8200 §4.5). An atomic fragment is a whole packet (RFC 6946 §4): passed over. At any other
 * the walk ends, the packet untouched: the next turn is that of `reassemble`.
 */
export const fragment: HeaderHandler = {
  protocol: Protocol.fragment,
  name: 'Fragment',
  step: (packet) => {
    if (!isWhole(packet)) return;
    const { view, upper } = packet;
    if (fragmentHeader.isAtomic(view, upper)) passOver(packet, upper + fragmentHeader.headerLength);
  },
};
