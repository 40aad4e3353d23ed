/**
 * Handlers: what to do with a header, an option or a routing type, as data. To add one, write a file with a handler and
 * put it into the list in `index.ts`, or give it to the operator.
 *
 * @module
 */
import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import * as extension from '../../wire/extension.ts';
import { Protocol } from '../../wire/protocols.ts';
import type { HeaderLimits, OptionLimits } from './limits.ts';

/** An extension header. */
export interface HeaderHandler {
  /** Its protocol number: what the Next Header field before it says. */
  readonly protocol: number;
  /** For people. */
  readonly name: string;
  /**
   * Looks at the header at `packet.upper`; then moves on behind it with {@link passOver}, or refuses the packet, or
   * leaves it as it is: then the walk ends here. Total: nothing has been checked, not even that a byte is there.
   */
  readonly step: (packet: Packet, walk: Walk) => void;
}

/** An option of a Hop-by-Hop or Destination Options header (RFC 8200 §4.2). */
export interface OptionHandler {
  /** Its type, all eight bits. */
  readonly type: number;
  /** For people. */
  readonly name: string;
  /** Where the option means something; elsewhere it is an unknown option. */
  readonly where: 'hopByHop' | 'destination' | 'both';
  /** Bytes of data it must have; any number if not given. Drop: `badOptionLength`. */
  readonly dataLength?: number;
  /** Looks at the option at `at`, which lies in its header; may refuse the packet. None: to know it is enough. */
  readonly step?: (packet: Packet, at: number) => void;
}

/** A type of Routing header (RFC 8200 §4.4). */
export interface RoutingHandler {
  readonly type: number;
  /** For people. */
  readonly name: string;
  /**
   * Looks at the Routing header at `packet.upper`, which ends at `next`, inside the packet; then calls
   * `passOver(packet, next)`, or refuses the packet, or leaves it as it is, like the step of a {@link HeaderHandler}.
   */
  readonly step: (packet: Packet, next: number) => void;
}

/** Handlers by number, undefined where there is none: dense, so that a look-up is one load. */
export type HandlerTable<H> = readonly (H | undefined)[];

/** How an options header is read. */
export interface OptionRules {
  /** The options that are known, by type. */
  readonly handlers: HandlerTable<OptionHandler>;
  /** How much is read. */
  readonly limits: Required<OptionLimits>;
  /** Beyond a limit: is the packet refused, or the rest of the header passed over unread? */
  readonly beyond: 'refuse' | 'passOver';
}

/** What a header's step may consult besides the packet. Built once for an operator. */
export interface Walk {
  readonly limits: Required<HeaderLimits>;
  /** For the Hop-by-Hop Options header. */
  readonly hopByHop: OptionRules;
  /** For Destination Options headers. */
  readonly destination: OptionRules;
  /** Routing types. */
  readonly routing: HandlerTable<RoutingHandler>;
}

/**
 * Puts handlers into a table; a later one of the same number takes the place of an earlier one.
 *
 * @throws when a number does not fit a byte
 */
export const tableOf = <H extends { readonly name: string }>(
  handlers: readonly H[],
  numberOf: (handler: H) => number,
): HandlerTable<H> => {
  const table = Array.from({ length: 256 }, (): H | undefined => undefined);
  for (const handler of handlers) {
    const number = numberOf(handler);
    if (!Number.isInteger(number) || number < 0 || number > 255) {
      throw new RangeError(
        `umigame: the handler "${handler.name}" has the number ${number}; give it one from 0 to 255`,
      );
    }
    table[number] = handler;
  }
  return table;
};

/** The table of options that mean something in one place. */
export const optionTable = (
  options: readonly OptionHandler[],
  place: 'hopByHop' | 'destination',
): HandlerTable<OptionHandler> =>
  tableOf(
    options.filter(({ where }) => where === place || where === 'both'),
    ({ type }) => type,
  );

/** Moves on to the header at `next`, which the header at `packet.upper` names in its first byte. */
export const passOver = (packet: Packet, next: number): void => {
  packet.protocol = extension.nextHeader(packet.view, packet.upper);
  packet.protocolPointer = packet.upper - packet.start;
  packet.upper = next;
};

/**
 * Is the header at `packet.upper` whole? If not, the packet is refused (RFC 4443 §3.4): its length field is at fault,
 * or, where there is none, the byte that named the header.
 */
export const isWhole = (packet: Packet): boolean => {
  const { view, upper, end, start, protocol } = packet;
  if (extension.check(view, upper, end, protocol) === 'ok') return true;
  const lengthAt = upper + extension.offsets.headerExtensionLength;
  const hasLength = protocol !== Protocol.fragment && lengthAt < end;
  packet.refuse(Drop.truncatedHeader, hasLength ? lengthAt - start : packet.protocolPointer);
  return false;
};
