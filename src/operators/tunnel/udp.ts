/**
 * The UDP header of tunnels that have one.
 *
 * @module
 */
import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import type { TunnelTable } from '../../state/tunnel-table.ts';
import { Protocol } from '../../wire/protocols.ts';
import * as udp from '../../wire/udp.ts';
import { flowAt } from './flow.ts';
import type { TunnelNode } from './kind.ts';
import { pushOuter } from './outer.ts';

/** Of ports that are not assigned (RFC 6335 §6), chosen by flow (RFC 6438 §3). */
const flowPorts = 0xc000;

/** Where the packet goes to: the tunnel that listens there takes it; 0 when there is no whole header. */
export const udpDiscriminator = ({ view, upper, end }: Packet): number =>
  end - upper < udp.headerLength ? 0 : udp.destinationPort(view, upper);

/**
 * Writes the outer headers up to UDP's, which has no checksum yet.
 *
 * @returns offset of the UDP header; 0 when the packet was refused
 */
export const pushUdp = (packet: Packet, node: TunnelNode): number => {
  const { table, seed } = node.tunnels;
  const { outInterface: row, view, start } = packet;
  const fixed = table.sourcePort[row] as number;
  const sourcePort = fixed === 0 ? flowPorts | (flowAt(view, start, ~seed) & 0x3fff) : fixed;
  if (!pushOuter(packet, node, Protocol.udp)) return 0;
  const at = packet.start + (table.outerLength[row] as number);
  udp.setSourcePort(view, at, sourcePort);
  udp.setDestinationPort(view, at, table.remotePort[row] as number);
  udp.setLength(view, at, packet.end - at);
  return at;
};

/** Writes the checksum, if the tunnel has one; everything else must be there. */
export const finishUdp = ({ view, start, family }: Packet, table: TunnelTable, row: number, at: number): void => {
  if (table.flags[row] !== 1) view.setUint16(at + udp.offsets.checksum, 0);
  else if (family === 6) udp.writeChecksum6(view, start, at);
  else udp.writeChecksum4(view, start, at);
};

/**
 * Checks the UDP header at `packet.upper`. Over IPv6 there must be a checksum, unless the tunnel goes without (RFC 6935
 * §5, RFC 6936 §4).
 *
 * Drops: `badUpperLayer`, `badChecksum`.
 *
 * @returns offset of what follows it; 0 when the packet was refused
 */
export const popUdp = (packet: Packet, table: TunnelTable, row: number): number => {
  const { view, start, upper, end, family } = packet;
  if (udp.check(view, upper, end) !== 'ok') {
    packet.refuse(Drop.badUpperLayer);
    return 0;
  }
  const hasNone = udp.checksum(view, upper) === 0 && (family === 4 || table.flags[row] === 0);
  const right = hasNone || (family === 6 ? udp.verify6(view, start, upper) : udp.verify4(view, start, upper));
  if (!right) packet.refuse(Drop.badChecksum);
  return right ? upper + udp.headerLength : 0;
};

/** Says that an IP packet lies at `at`, of the version that it says itself. */
export const enterIp = (packet: Packet, at: number): void => {
  packet.upper = at;
  const version = at < packet.end ? packet.view.getUint8(at) >> 4 : 0;
  if (version === 6) packet.protocol = Protocol.ipv6;
  else if (version === 4) packet.protocol = Protocol.ipv4;
  else packet.refuse(Drop.tunnelContent);
};
