import { Drop } from '../../packet/drop.ts';
import { routersPerTunnel } from '../../state/tunnel-table.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import { checkInner, embedded4, hasHeader6, isInPrefix, isNode4, isRouter, localOf, nextHopOf } from './embedded.ts';
import type { TunnelKind } from './kind.ts';
import { pushOuterTo } from './outer.ts';

/** IPv6 rapid deployment (RFC 5969): 6to4 in a provider's prefix, the rest by its border relay. */
export const sixRd: TunnelKind = {
  name: '6rd',

  encapsulate: (packet, node) => {
    const { table } = node.tunnels;
    const row = packet.outInterface;
    if (packet.family !== 6) return packet.refuse(Drop.notCarried);
    const next = nextHopOf(packet);
    const isWithin = isInPrefix(table, row, next, 0);
    const end = isWithin ? embedded4(table, row, next, 0) : (table.routers[row * routersPerTunnel] as number);
    if (!isWithin && end === 0) return packet.refuse(Drop.noTunnelEndpoint);
    if (!isNode4(end) || end === localOf(table, row)) return packet.refuse(Drop.badTunnelEndpoint);
    pushOuterTo(packet, node, Protocol.ipv6, end);
  },

  /** RFC 5969 §9.2: from within the domain by the address that is inside, from without by the relay. */
  decapsulate: (packet, { tunnels: { table } }, row) => {
    const { view, start, upper } = packet;
    if (!hasHeader6(packet)) return;
    const end = ipv4.source(view, start);
    const source = upper + ipv6.offsets.source;
    const isRight = isInPrefix(table, row, view, source)
      ? embedded4(table, row, view, source) === end
      : isRouter(table, row, end);
    if (!isRight) return packet.refuse(Drop.tunnelSpoofed);
    checkInner(packet, table, row);
  },
};
