import { Drop } from '../../packet/drop.ts';
import * as wire from '../../wire/gue.ts';
import { Protocol } from '../../wire/protocols.ts';
import * as udp from '../../wire/udp.ts';
import type { TunnelKind } from './kind.ts';
import { enterIp, finishUdp, popUdp, pushUdp } from './udp.ts';

/** Generic UDP Encapsulation (draft-ietf-intarea-gue-09): variant 0 is written, both are read. */
export const gue: TunnelKind = {
  name: 'gue',

  encapsulate: (packet, node) => {
    const { outInterface: row, family } = packet;
    const at = pushUdp(packet, node);
    if (at === 0) return;
    wire.write(packet.view, at + udp.headerLength, family === 6 ? Protocol.ipv6 : Protocol.ipv4);
    finishUdp(packet, node.tunnels.table, row, at);
  },

  decapsulate: (packet, { tunnels: { table } }, row) => {
    const at = popUdp(packet, table, row);
    if (at === 0) return;
    const { view, end } = packet;
    const found = wire.check(view, at, end);
    if (found === 'direct') return enterIp(packet, at);
    if (found !== 'ok') return packet.refuse(Drop.badGue);
    packet.upper = at + wire.headerLength;
    packet.protocol = wire.protocol(view, at);
    if (packet.protocol !== Protocol.ipv6 && packet.protocol !== Protocol.ipv4) packet.refuse(Drop.tunnelContent);
  },
};
