import { Drop } from '../../packet/drop.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import { hasHeader6, isNode4, isRouter, nextHopOf } from './embedded.ts';
import type { TunnelKind } from './kind.ts';
import { pushOuterTo } from './outer.ts';

/** The IPv4 address in an ISATAP interface identifier, `::0:5efe:a.b.c.d` or `::200:5efe:a.b.c.d` (RFC 5214 §6.1); 0 if there is none. */
const endAt = (view: DataView, at: number): number =>
  (view.getInt32(at + 8) & ~0x02000000) === 0x5efe ? view.getInt32(at + 12) : 0;

/** An IPv4 network as a link without multicast (RFC 5214), with the checks of its §7.3 and KAME's. */
export const isatap: TunnelKind = {
  name: 'isatap',

  encapsulate: (packet, node) => {
    if (packet.family !== 6) return packet.refuse(Drop.notCarried);
    const end = endAt(nextHopOf(packet), 0);
    if (end === 0) return packet.refuse(Drop.noTunnelEndpoint);
    if (!isNode4(end)) return packet.refuse(Drop.badTunnelEndpoint);
    pushOuterTo(packet, node, Protocol.ipv6, end);
  },

  /** From the node whose address is inside; what comes from elsewhere must have come by a router that we know. */
  decapsulate: (packet, { tunnels: { table } }, row) => {
    const { view, start, upper } = packet;
    const end = ipv4.source(view, start);
    if (!isNode4(end)) return packet.refuse(Drop.badTunnelEndpoint);
    if (!hasHeader6(packet)) return;
    if (endAt(view, upper + ipv6.offsets.source) !== end && !isRouter(table, row, end)) {
      packet.refuse(Drop.tunnelSpoofed);
    }
  },
};
