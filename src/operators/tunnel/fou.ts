import type { TunnelKind } from './kind.ts';
import { enterIp, finishUdp, popUdp, pushUdp } from './udp.ts';

/** An IP packet in UDP, nothing in between: Linux's "foo over UDP", for IPv6 and IPv4. */
export const fou: TunnelKind = {
  name: 'fou',
  encapsulate: (packet, node) => {
    const row = packet.outInterface;
    const at = pushUdp(packet, node);
    if (at !== 0) finishUdp(packet, node.tunnels.table, row, at);
  },
  decapsulate: (packet, { tunnels: { table } }, row) => {
    const at = popUdp(packet, table, row);
    if (at !== 0) enterIp(packet, at);
  },
};
