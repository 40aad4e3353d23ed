import type { Packet } from '../../packet/packet.ts';
import { Protocol } from '../../wire/protocols.ts';
import { tunnelKinds } from '../../wire/tunneling.ts';
import { fou } from './fou.ts';
import { gif } from './gif.ts';
import { gre, greDiscriminator } from './gre.ts';
import { gue } from './gue.ts';
import { isatap } from './isatap.ts';
import type { TunnelKind } from './kind.ts';
import { sixRd } from './six-rd.ts';
import { stf } from './stf.ts';
import { udpDiscriminator } from './udp.ts';

/** What is known of tunnels: a file here for each kind, and a line. */
const kinds: readonly TunnelKind[] = [gif, gre, fou, gue, stf, sixRd, isatap];

/** Kinds by their number in `TunnelTable.kind`. */
export const kindByNumber: readonly (TunnelKind | undefined)[] = [
  undefined,
  ...tunnelKinds.map((name) => kinds.find((kind) => kind.name === name)),
];

/** What tells tunnels between the same ends apart, in packets of some protocols. */
export const discriminatorOf = (packet: Packet): number => {
  if (packet.protocol === Protocol.gre) return greDiscriminator(packet);
  return packet.protocol === Protocol.udp ? udpDiscriminator(packet) : 0;
};
