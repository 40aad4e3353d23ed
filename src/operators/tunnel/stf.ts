import { Drop } from '../../packet/drop.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import { checkInner, embedded4, hasHeader6, isGlobal4, isInPrefix, nextHopOf } from './embedded.ts';
import type { TunnelKind } from './kind.ts';
import { pushOuterTo } from './outer.ts';

/** 6to4 (RFC 3056), filtered as RFC 3964 asks; KAME's `stf`. */
export const stf: TunnelKind = {
  name: 'stf',

  /** To the IPv4 address in the 6to4 destination or, of another one, in the 6to4 address of the relay. */
  encapsulate: (packet, node) => {
    const { table } = node.tunnels;
    const row = packet.outInterface;
    if (packet.family !== 6) return packet.refuse(Drop.notCarried);
    const next = nextHopOf(packet);
    if (!isInPrefix(table, row, next, 0)) return packet.refuse(Drop.noTunnelEndpoint);
    const end = embedded4(table, row, next, 0);
    if (!isGlobal4(end)) return packet.refuse(Drop.badTunnelEndpoint);
    pushOuterTo(packet, node, Protocol.ipv6, end);
  },

  decapsulate: (packet, { tunnels: { table } }, row) => {
    const { view, start, upper } = packet;
    const end = ipv4.source(view, start);
    if (!isGlobal4(end)) return packet.refuse(Drop.badTunnelEndpoint);
    if (!hasHeader6(packet)) return;
    const source = upper + ipv6.offsets.source;
    // what does not come from a 6to4 address came by a relay, which may be anyone (RFC 3964 §5)
    if (isInPrefix(table, row, view, source) && embedded4(table, row, view, source) !== end) {
      return packet.refuse(Drop.tunnelSpoofed);
    }
    checkInner(packet, table, row);
  },
};
