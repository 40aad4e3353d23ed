import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import type { Interfaces } from '../state/interfaces.ts';
import * as ipv4 from '../wire/ipv4.ts';

/** Unit of {@link pathMtu}. */
export const pathMtuStep =
  (interfaces: Interfaces) =>
  (packet: Packet): void => {
    const mtu = interfaces.table.mtu[packet.outInterface] as number;
    if (packet.end - packet.start <= mtu) return;
    if (packet.family === 6 || ipv4.dontFragment(packet.view, packet.start)) packet.refuse(Drop.packetTooBig, mtu);
  };

/**
 * Refuses what the next link cannot carry: any IPv6 packet (RFC 8200 §5) and IPv4 packets with Don't Fragment set
 * (RFC 1812 §5.2.5). IPv4 packets that may be fragmented pass; `fragment` cuts them.
 *
 * Drops: `packetTooBig`, with the link's MTU as its parameter.
 */
export const pathMtu = (interfaces: Interfaces): Lane => stage(pathMtuStep(interfaces));
