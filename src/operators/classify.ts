import { Drop } from '../packet/drop.ts';
import { Fate, type Packet } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import { Counter } from '../state/counters.ts';
import type { Memberships } from '../state/memberships.ts';
import type { Node } from '../state/node.ts';
import { RouteFlag } from '../state/routes/table.ts';
import { allRouters, Scope, writeAddress } from '../wire/address.ts';
import { multicastScope6 } from '../wire/address-bytes.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import { alertsListenerRouter } from './headers/router-alert.ts';

/** Routes that are not simply forwarded along. */
const special = RouteFlag.loopback | RouteFlag.reject | RouteFlag.blackhole | RouteFlag.unready | RouteFlag.broadcast;

/** Routes that lead to this node itself. */
const here = RouteFlag.loopback | RouteFlag.broadcast;

/** `ff02::2`, where {@link Memberships.has6} can read it. */
const allRoutersView = new DataView(new ArrayBuffer(16));
writeAddress(allRoutersView, 0, allRouters);

type ClassifyNode = Pick<Node, 'addresses' | 'counters' | 'memberships' | 'routes'>;

/** What `classify` leaves to choice. */
export interface ClassifyOptions {
  /**
   * Are Multicast Listener Discovery messages with a Router Alert taken in by a router that is not a member of their
   * group (RFC 2711, RFC 2710 §4)? Default `listenerDiscovery`: yes. `ignore`: Router Alert means nothing (RFC 6398 §5).
   */
  readonly routerAlert?: 'listenerDiscovery' | 'ignore';
  /** Are packets for others taken? Not by a host (RFC 8200 §2). Default true. */
  readonly forwarding?: boolean;
}

const isMulticast = (packet: Packet): boolean => {
  const { view, start } = packet;
  return packet.family === 6
    ? view.getUint8(start + ipv6.offsets.destination) === 0xff
    : view.getUint8(start + ipv4.offsets.destination) >= 224;
};

/**
 * Multicast never asks the route table: who listens on the arrival interface gets it (RFC 4291 §2.7). A group of
 * interface-local scope is for within a node, one of the reserved scope 0 for nobody: neither comes from a wire (errata
 * 3480), nor goes there. One of the reserved scope 15 counts as global.
 */
const classifyMulticast = (packet: Packet, { memberships }: ClassifyNode, options: ClassifyOptions): void => {
  const { view, start } = packet;
  if (packet.family === 6) {
    const reach = multicastScope6(view, start + ipv6.offsets.destination);
    if (reach === Scope.interfaceLocal) return packet.refuse(Drop.interfaceLocalGroup);
    if (reach === Scope.none) return packet.refuse(Drop.reservedGroup);
  }
  if (packet.outInterface !== 0) {
    packet.fate = Fate.forward; // our own, its link chosen by who made it
    return;
  }
  const listening =
    packet.family === 6
      ? memberships.has6(packet.inInterface, view, start + ipv6.offsets.destination)
      : view.getInt32(start + ipv4.offsets.destination) === -1 || // 255.255.255.255
        memberships.has4(packet.inInterface, view, start + ipv4.offsets.destination);
  if (listening || (options.routerAlert !== 'ignore' && isForListenerRouter(packet, memberships))) {
    packet.fate = Fate.local;
  } else packet.refuse(Drop.notMember);
};

/** A report or query that alerts routers, on a link where we are one: a member of the all-routers group (RFC 2710 §4). */
const isForListenerRouter = (packet: Packet, memberships: Memberships): boolean =>
  packet.protocol === Protocol.hopByHop &&
  packet.family === 6 &&
  alertsListenerRouter(packet) &&
  memberships.has6(packet.inInterface, allRoutersView, 0);

/** A link-local destination belongs to the arrival link (RFC 4007 §6): ours there, or nobody's business. */
const classifyLinkLocal = (packet: Packet, { addresses }: ClassifyNode): void => {
  if (packet.outInterface !== 0) {
    packet.fate = Fate.forward;
    return;
  }
  const own = addresses.linkLocalAt(packet.inInterface, packet.view, packet.start + ipv6.offsets.destination);
  if (own === 'ready') packet.fate = Fate.local;
  else packet.refuse(own === 'unready' ? Drop.unready : Drop.foreignLinkLocal);
};

const classifySpecial = (packet: Packet, flags: number, outInterface: number, { counters }: ClassifyNode): void => {
  if ((flags & RouteFlag.unready) !== 0) packet.refuse(Drop.unready);
  else if ((flags & RouteFlag.loopback) !== 0) packet.fate = Fate.local;
  else if ((flags & RouteFlag.reject) !== 0) packet.refuse(Drop.rejectRoute);
  else if ((flags & RouteFlag.blackhole) !== 0) packet.refuse(Drop.blackhole);
  else if (packet.inInterface === outInterface) {
    packet.fate = Fate.local; // our link's broadcast
    counters.add(outInterface, packet.family, Counter.inBcastPkts);
  } else packet.refuse(Drop.linkBroadcast);
};

/** Did the packet go to the broadcast address of an IPv4 prefix? The route table says so, classified or not. */
export const isLinkBroadcast = ({ routes: { table } }: Pick<Node, 'routes'>, { view, start }: Packet): boolean =>
  ((table.flags[table.lookup4(view, start + ipv4.offsets.destination)] as number) & RouteFlag.broadcast) !== 0;

/** Unit of {@link classify}. */
export const classifyStep = (node: ClassifyNode, options: ClassifyOptions = {}): ((packet: Packet) => void) => {
  const forwards = options.forwarding !== false;
  return (packet) => {
    if (packet.fate !== Fate.undecided) return; // our own: who made it knows the link
    const { view, start } = packet;
    if (isMulticast(packet)) return classifyMulticast(packet, node, options);
    const table = node.routes.table;
    let row: number;
    if (packet.family === 6) {
      if ((view.getUint16(start + ipv6.offsets.destination) & 0xffc0) === 0xfe80) {
        return classifyLinkLocal(packet, node);
      }
      row = table.lookup6(view, start + ipv6.offsets.destination);
    } else row = table.lookup4(view, start + ipv4.offsets.destination);
    const flags = table.flags[row] as number; // of row 0, none
    const outInterface = table.outInterface[row] as number;
    if (!forwards && packet.inInterface !== 0 && (flags & here) === 0) return packet.refuse(Drop.notForwarding);
    if (row === 0) return packet.refuse(Drop.noRoute);
    packet.route = row;
    if ((flags & special) !== 0) return classifySpecial(packet, flags, outInterface, node);
    packet.fate = Fate.forward;
    packet.outInterface = outInterface;
    if ((flags & RouteFlag.gateway) === 0) return;
    const nextHop = table.nextHop;
    const base = row * 4;
    packet.nextHop0 = nextHop[base] as number;
    packet.nextHop1 = nextHop[base + 1] as number;
    packet.nextHop2 = nextHop[base + 2] as number;
    packet.nextHop3 = nextHop[base + 3] as number;
  };
};

/**
 * Ours or forward? One longest-prefix look-up answers both, because each of our addresses is a host route to the
 * loopback interface (INET'99 §3.2). Sets `fate`, `outInterface`, `route` and the next hop.
 *
 * Packets of our own whose fate has been decided pass: to a neighbor on a certain link leads no route.
 *
 * Detached, deprecated and anycast addresses accept; tentative and duplicated ones do not (RFC 4862 §5.4).
 *
 * Drops: `noRoute`, `rejectRoute`, `blackhole`, `unready`, `notMember`, `linkBroadcast`, `foreignLinkLocal`,
 * `reservedGroup`, `interfaceLocalGroup`; on a host `notForwarding` instead of the first three.
 */
export const classify = (node: ClassifyNode, options: ClassifyOptions = {}): Lane => stage(classifyStep(node, options));
