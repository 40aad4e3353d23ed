import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import { EtherType } from '../../wire/ethernet.ts';
import * as wire from '../../wire/gre.ts';
import { Protocol } from '../../wire/protocols.ts';
import type { TunnelKind } from './kind.ts';
import { pushOuter } from './outer.ts';

/** How far ahead of another a number is: positive if it is later (RFC 2890 §2.2, modulo 2^32). */
const ahead = (number: number, than: number): number => (number - than) | 0;

/** What tells GRE tunnels between the same ends apart: the key, 0 for none. */
export const greDiscriminator = ({ view, upper, end }: Packet): number => {
  if (wire.check(view, upper, end) !== 'ok' || (wire.flags(view, upper) & wire.Flag.key) === 0) return 0;
  return wire.key(view, upper);
};

/** Generic Routing Encapsulation over IPv4 and IPv6 (RFC 2784, RFC 2890, RFC 7676). */
export const gre: TunnelKind = {
  name: 'gre',

  encapsulate: (packet, node) => {
    const { table } = node.tunnels;
    const { outInterface: row, start, family } = packet;
    if (!pushOuter(packet, node, Protocol.gre)) return;
    const { view, end } = packet;
    const flags = table.flags[row] as number;
    const at = start - wire.lengthWith(flags);
    wire.setFirstWord(view, at, flags, family === 6 ? EtherType.ipv6 : EtherType.ipv4);
    if ((flags & wire.Flag.key) !== 0) wire.setKey(view, at, table.key[row] as number);
    if ((flags & wire.Flag.sequence) !== 0) {
      const number = ((table.sequenceOut[row] as number) + 1) >>> 0;
      table.sequenceOut[row] = number;
      wire.setSequence(view, at, number);
    }
    if ((flags & wire.Flag.checksum) !== 0) wire.writeChecksum(view, at, end);
  },

  decapsulate: (packet, { tunnels: { table } }, row) => {
    const { view, upper: at, end } = packet;
    if (wire.check(view, at, end) !== 'ok') return packet.refuse(Drop.badGre);
    const flags = wire.flags(view, at);
    if ((flags & wire.Flag.checksum) !== 0 && !wire.verify(view, at, end)) return packet.refuse(Drop.badChecksum);
    if (((table.flags[row] as number) & wire.Flag.sequence) !== 0) {
      const number = (flags & wire.Flag.sequence) === 0 ? 0 : wire.sequence(view, at);
      const last = table.sequenceIn[row] as number;
      if ((flags & wire.Flag.sequence) === 0 || (last !== 0 && ahead(number, last) <= 0)) {
        return packet.refuse(Drop.greSequence);
      }
      table.sequenceIn[row] = number;
    }
    const type = wire.protocolType(view, at);
    packet.upper = at + wire.headerLength(view, at);
    if (type === EtherType.ipv6) packet.protocol = Protocol.ipv6;
    else if (type === EtherType.ipv4) packet.protocol = Protocol.ipv4;
    else packet.refuse(Drop.tunnelContent);
  },
};
