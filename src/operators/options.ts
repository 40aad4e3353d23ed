import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';

/** What an option handler says: go on, or the packet has been refused. */
export type OptionHandler = (packet: Packet, at: number) => void;

const pad1 = 0;
const padN = 1;
/** Options that are understood everywhere and need no handler. */
const routerAlert = 0x05;

/**
 * Walks the options of a hop-by-hop or destination options header (RFC 8200 §4.2). Every turn moves forward by at
 * least one byte, so the walk ends after at most `to - from` turns.
 *
 * @param from offset of the first option
 * @param to offset just past the header
 * @param limit most options other than padding (RFC 8504 §5.3)
 */
export const walkOptions = (packet: Packet, from: number, to: number, limit: number): void => {
  const { view, start } = packet;
  let at = from;
  let options = 0;
  while (at < to) {
    const type = view.getUint8(at);
    if (type === pad1) {
      at += 1;
      continue;
    }
    if (at + 2 > to) return packet.refuse(Drop.badOptionLength, at - start);
    const next = at + 2 + view.getUint8(at + 1);
    if (next > to) return packet.refuse(Drop.badOptionLength, at + 1 - start);
    if (type !== padN) {
      options += 1;
      if (options > limit) return packet.refuse(Drop.tooManyHeaders);
      if (type === routerAlert) {
        if (next !== at + 4) return packet.refuse(Drop.badOptionLength, at + 1 - start);
      } else if (type >> 6 !== 0) return refuseUnknown(packet, at, type);
    }
    at = next;
  }
};

/** RFC 8200 §4.2: the two high bits of an unknown option's type say what to do. */
const refuseUnknown = (packet: Packet, at: number, type: number): void => {
  const action = type >> 6;
  const toGroup = packet.view.getUint8(packet.start + 24) === 0xff;
  const tell = action === 2 || (action === 3 && !toGroup);
  packet.refuse(tell ? Drop.unknownOption : Drop.unknownOptionSilent, at - packet.start);
};
