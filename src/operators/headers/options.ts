import { Drop } from '../../packet/drop.ts';
import { type Packet, Status } from '../../packet/packet.ts';
import { isMulticast6 } from '../../wire/address-bytes.ts';
import * as extension from '../../wire/extension.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Action, action, first, Option } from '../../wire/options.ts';
import { isWhole, type OptionRules, passOver } from './handler.ts';

/** Reads the options header at `packet.upper` and moves on behind it. */
export const optionsHeader = (packet: Packet, rules: OptionRules): void => {
  if (!isWhole(packet)) return;
  const { view, upper, start } = packet;
  const length = extension.headerLength(view, upper, packet.protocol);
  if (length > rules.limits.headerBytes) beyondLimit(packet, rules, Drop.headerTooBig, upper - start);
  else walkOptions(packet, upper + first, upper + length, rules);
  if (packet.status === Status.inFlight) passOver(packet, upper + length);
};

/**
 * Walks options in order (RFC 8200 §4.2). Every turn moves forward by at least a byte, so there are at most `to - from`.
 *
 * @param from offset of the first option
 * @param to offset just past the header
 */
export const walkOptions = (packet: Packet, from: number, to: number, rules: OptionRules): void => {
  const { view, start } = packet;
  const { handlers, limits } = rules;
  let at = from;
  let options = 0;
  let padding = 0;
  while (at < to) {
    const type = view.getUint8(at);
    if (type === Option.pad1) {
      padding += 1;
      if (padding > limits.padding) return beyondLimit(packet, rules, Drop.paddingTooLong, at - start);
      at += 1;
      continue;
    }
    if (at + 2 > to) return packet.refuse(Drop.badOptionLength, at - start);
    const length = view.getUint8(at + 1);
    const next = at + 2 + length;
    if (next > to) return packet.refuse(Drop.badOptionLength, at + 1 - start);
    if (type === Option.padN) {
      padding += 2 + length;
      if (padding > limits.padding) return beyondLimit(packet, rules, Drop.paddingTooLong, at - start);
      if (limits.zeroPadding) {
        const written = firstNotZero(view, at + 2, next);
        if (written >= 0) return beyondLimit(packet, rules, Drop.paddingNotZero, written - start);
      }
    } else {
      padding = 0;
      options += 1;
      if (options > limits.options) return beyondLimit(packet, rules, Drop.tooManyOptions, at - start);
      if (length > limits.optionBytes) return beyondLimit(packet, rules, Drop.optionTooBig, at - start);
      const handler = handlers[type];
      if (handler === undefined) unknownOption(packet, at, rules);
      else if (handler.dataLength !== undefined && handler.dataLength !== length) {
        packet.refuse(Drop.badOptionLength, at + 1 - start);
      } else handler.step?.(packet, at);
      if (packet.status !== Status.inFlight) return;
    }
    at = next;
  }
};

/**
 * RFC 8200 §4.2: the two high bits of an unknown option's type say what to do: skip it, discard the packet, and tell
 * the sender, always or unless the packet went to a group.
 */
const unknownOption = (packet: Packet, at: number, rules: OptionRules): void => {
  const type = packet.view.getUint8(at);
  if (action(type) !== Action.skip) return refuseUnknownOption(packet, at);
  if (!rules.limits.unknownOptions) beyondLimit(packet, rules, Drop.unknownOptionSilent, at - packet.start);
};

/** Refuses the packet for the option at `at`, whose type does not say to skip it. */
export const refuseUnknownOption = (packet: Packet, at: number): void => {
  const { view, start } = packet;
  const asked = action(view.getUint8(at));
  const toGroup = isMulticast6(view, start + ipv6.offsets.destination);
  const tell = asked === Action.report || (asked === Action.reportUnlessMulticast && !toGroup);
  packet.refuse(tell ? Drop.unknownOption : Drop.unknownOptionSilent, at - start);
};

const beyondLimit = (packet: Packet, { beyond }: OptionRules, drop: number, pointer: number): void => {
  if (beyond === 'refuse') packet.refuse(drop, pointer);
};

/** Offset of the first byte that is not zero, -1 if all are. */
const firstNotZero = (view: DataView, from: number, to: number): number => {
  for (let at = from; at < to; at += 1) if (view.getUint8(at) !== 0) return at;
  return -1;
};
