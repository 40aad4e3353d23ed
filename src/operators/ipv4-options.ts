import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import * as ipv4 from '../wire/ipv4.ts';

/**
 * Looks at the options of an IPv4 header that has some. Every turn moves forward by at least one byte.
 *
 * Source routes are refused (RFC 7126 §4.3, §4.4): they let strangers choose the way. Malformed options are refused
 * with a pointer (RFC 1812 §5.2.4.1). All others pass as they came: recording routes and times on the way is left to
 * those who want to be seen (RFC 7126 §4.6, §4.9).
 *
 * Drops: `sourceRouted`, `badOptionLength`.
 */
export const checkIpv4Options = (packet: Packet): void => {
  const { view, start } = packet;
  const end = start + ipv4.headerLength(view, start);
  for (let at = start + ipv4.offsets.options; at < end; at += ipv4.optionLength(view, at)) {
    if (ipv4.checkOption(view, at, end) !== 'ok') return packet.refuse(Drop.badOptionLength, at - start);
    const type = ipv4.optionType(view, at);
    if (type === ipv4.Option.endOfList) return;
    if (type === ipv4.Option.looseSourceRoute || type === ipv4.Option.strictSourceRoute) {
      return packet.refuse(Drop.sourceRouted);
    }
  }
};
