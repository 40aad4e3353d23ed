import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { ecnModes } from '../../wire/tunneling.ts';

const allowed = ecnModes.indexOf('allowed');
const forbidden = ecnModes.indexOf('forbidden');

/** The ECN field (RFC 3168 §5). */
const Ecn = { notCapable: 0, capable1: 1, capable0: 2, congestion: 3 } as const;

/** Stands for "refuse" in {@link combined}. */
const refused = 4;

/** What the packet leaves with, by `inner * 4 + outer` (RFC 6040 §4.2, Figure 4). */
const combined = Uint8Array.of(
  // outer: Not-ECT, ECT(1), ECT(0), CE
  ...[Ecn.notCapable, Ecn.notCapable, Ecn.notCapable, refused], // inner Not-ECT
  ...[Ecn.capable1, Ecn.capable1, Ecn.capable1, Ecn.congestion], // inner ECT(1)
  ...[Ecn.capable0, Ecn.capable1, Ecn.capable0, Ecn.congestion], // inner ECT(0)
  ...[Ecn.congestion, Ecn.congestion, Ecn.congestion, Ecn.congestion], // inner CE
);

const setTrafficClass = ({ family, view, start }: Packet, octet: number): void => {
  if (family === 6) ipv6.setTrafficClass(view, start, octet);
  else ipv4.changeTypeOfService(view, start, octet);
};

/**
 * What congestion the outer packet met, the packet inside has met (RFC 6040 §4.2).
 *
 * Drops: `tunnelCongestion`.
 *
 * @param mode place in `ecnModes`
 * @param outerClass traffic class of the outer header
 */
export const applyEcn = (packet: Packet, mode: number, outerClass: number): void => {
  const outer = outerClass & Ecn.congestion;
  if (outer === Ecn.notCapable) return;
  if (mode === forbidden && outer === Ecn.congestion) return packet.refuse(Drop.tunnelCongestion);
  if (mode !== allowed) return;
  const { family, view, start } = packet;
  const inner = family === 6 ? ipv6.trafficClass(view, start) : ipv4.typeOfService(view, start);
  const result = combined[(inner & Ecn.congestion) * 4 + outer] as number;
  if (result === refused) packet.refuse(Drop.tunnelCongestion);
  else if (result !== (inner & Ecn.congestion)) setTrafficClass(packet, (inner & ~Ecn.congestion) | result);
};
