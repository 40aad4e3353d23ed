import { Protocol } from '../../wire/protocols.ts';
import type { TunnelKind } from './kind.ts';
import { pushOuter } from './outer.ts';

/** IPv6 and IPv4 in IPv6 or IPv4, nothing in between (RFC 4213, RFC 2473, RFC 2003; KAME's `gif`). */
export const gif: TunnelKind = {
  name: 'gif',
  encapsulate: (packet, node) => {
    pushOuter(packet, node, packet.family === 6 ? Protocol.ipv6 : Protocol.ipv4);
  },
  // the outer protocol says which it is, and it lies at `upper` already
  decapsulate: () => undefined,
};
