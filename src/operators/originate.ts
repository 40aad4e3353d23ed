import type { Subject } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import type { Node } from '../state/node.ts';
import { RouteFlag } from '../state/routes/table.ts';
import { address6, type IpAddress, readAddress6, writeAddress } from '../wire/address.ts';
import { isLinkLocal6, isMulticast6, isUnspecified6 } from '../wire/address-bytes.ts';
import * as icmp6 from '../wire/icmp6.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import * as tcp from '../wire/tcp.ts';
import * as udp from '../wire/udp.ts';

type OriginateNode = Pick<Node, 'addresses' | 'counters' | 'interfaces' | 'routes'>;

export interface OriginateOptions {
  /** The link of a group or a link-local destination, which no route tells. */
  readonly interfaceIndex?: number;
}

/** What a packet to a group begins with where nothing else is said: it stays on the link (RFC 3493 §5.2). */
const multicastHopLimit = 1;

/** Where it goes: the interface, and the router if it goes to one. */
const wayOf = (
  { routes: { table } }: OriginateNode,
  { view }: Packet,
  destination: number,
): { readonly interfaceIndex: number; readonly nextHop: IpAddress | undefined } => {
  const row = table.lookup6(view, destination);
  const word = (index: number): number => table.nextHop[row * 4 + index] as number;
  const isGateway = ((table.flags[row] as number) & RouteFlag.gateway) !== 0;
  return {
    interfaceIndex: table.outInterface[row] as number,
    nextHop: isGateway ? address6(word(0), word(1), word(2), word(3)) : undefined,
  };
};

const writeChecksum = ({ view, start, upper, end, protocol }: Packet): void => {
  switch (protocol) {
    case Protocol.icmpv6:
      return icmp6.writeChecksum(view, start, upper, end);
    case Protocol.udp:
      return udp.writeChecksum6(view, start, upper);
    case Protocol.tcp:
      return tcp.writeChecksum6(view, start, upper, end);
    default: // others have none, or make it themselves
  }
};

/**
 * Sends an IPv6 packet of this node's own. It takes the packet; whoever calls it has written the IPv6 header and what
 * follows, and may leave open what depends on the way it goes:
 *
 * - a source of `::` becomes the address that RFC 6724 selects for that way;
 * - a hop limit of 0 becomes that of the link, 1 to a group;
 * - the payload length, and the checksum of ICMPv6, UDP and TCP that follow directly, are written in any case.
 *
 * From there it goes as replies do: it is routed, cut if it must be, and waits for its neighbor; it is counted whatever
 * becomes of it.
 *
 * Drops: `noSource`, if no address of ours can speak to the destination; those of the line.
 *
 * @param outbox of the line; `router` and `host` hand it to their adapter
 *
 * @example
 * let outbox!: Subject<Packet>;
 * source$.pipe(host(node, (lanes, itsOutbox) => { outbox = itsOutbox; return lanes; })).subscribe();
 * originate(node, outbox, packet);
 */
export const originate = (
  node: OriginateNode,
  outbox: Pick<Subject<Packet>, 'next'>,
  packet: Packet,
  options: OriginateOptions = {},
): void => {
  const { addresses, counters, interfaces } = node;
  const { view, start, end } = packet;
  const source = start + ipv6.offsets.source;
  const destination = start + ipv6.offsets.destination;
  packet.family = 6;
  packet.upper = start + ipv6.headerLength;
  packet.protocol = ipv6.nextHeader(view, start);
  const isGroup = isMulticast6(view, destination);
  const isOfLink = isGroup || isLinkLocal6(view, destination);
  if (isOfLink) packet.outInterface = options.interfaceIndex ?? 0;
  const way = isOfLink ? { interfaceIndex: packet.outInterface, nextHop: undefined } : wayOf(node, packet, destination);
  if (isUnspecified6(view, source)) {
    const { interfaceIndex, nextHop } = way;
    const chosen = addresses.sourceFor(readAddress6(view, destination), interfaceIndex, undefined, { nextHop });
    if (chosen === undefined) packet.refuse(Drop.noSource);
    else writeAddress(view, source, chosen.address);
  }
  if (ipv6.hopLimit(view, start) === 0) {
    const usual = interfaces.table.hopLimit[way.interfaceIndex] as number;
    ipv6.setHopLimit(view, start, isGroup ? multicastHopLimit : usual);
  }
  ipv6.setPayloadLength(view, start, end - packet.upper);
  writeChecksum(packet);
  counters.originated(0, 6);
  outbox.next(packet);
};
