import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import { type Lane, type Step, stage } from '../../packet/stage.ts';
import type { Node } from '../../state/node.ts';
import { RouteFlag } from '../../state/routes/table.ts';
import { type Association, destinationAt, Mode } from '../../state/sadb/association.ts';
import { Flow } from '../../state/spd/flow.ts';
import type { Request } from '../../state/spd/policy.ts';
import type { Verdict } from '../../state/spd/verdict.ts';
import { Direction, PolicyAction } from '../../state/spd.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import { wayMtu } from '../path-mtu.ts';
import { insertAh, signAh } from './ah.ts';
import { associationOf, lengthBehind, outermostTunnel, resolve, roomWithin } from './bundle.ts';
import { finishUdp, sealEsp } from './esp.ts';
import { findPlace, isPiece, longestLength, type Place, writeLengths } from './headers.ts';
import { compress } from './ipcomp.ts';
import { isDiscovery, readFlow, readReverseFlow } from './selectors.ts';
import { mayNotBeCut, protocolOf, trafficClassOf, writeOuter } from './tunnel.ts';

/** What protecting packets needs of the node. */
export type IpsecOutputNode = Pick<
  Node,
  'identifications' | 'interfaces' | 'pathMtus' | 'routes' | 'sadb' | 'sentPackets' | 'spd'
>;

/** Every IPv6 link carries so much: a packet no longer than it is never too big for a tunnel (RFC 4301 §8.2.1). */
const leastMtu = (family: number): number => (family === 6 ? ipv6.minimumMtu : ipv4.minimumMtu);

const writeProtocol = ({ view, start }: Packet, place: Place, protocol: number): void =>
  view.setUint8(start + place.namedAt, protocol);

/** Protects packets on their way out; see {@link ipsecOutput}. */
class Protector {
  readonly #node: IpsecOutputNode;
  readonly #mtuOf: (packet: Packet) => number;
  readonly #flow = new Flow();
  readonly #place: Place = { at: 0, namedAt: 0, protocol: 0 };

  constructor(node: IpsecOutputNode) {
    this.#node = node;
    this.#mtuOf = wayMtu(node);
  }

  step(packet: Packet): void {
    const { spd } = this.#node;
    const flow = this.#flow;
    readFlow(flow, packet, spd.readsUpper);
    let verdict = spd.lookup(Direction.out, flow);
    let { action } = verdict.policy;
    if (action === PolicyAction.bypass) {
      if (!readReverseFlow(flow, packet, spd.readsUpper)) return;
      verdict = spd.lookup(Direction.out, flow);
      action = verdict.policy.action;
      if (action !== PolicyAction.protect) return;
    }
    // Only now: what policies let pass needs no exemption.
    if (isDiscovery(packet)) return;
    if (action === PolicyAction.discard) return packet.refuse(Drop.prohibitedByPolicy);
    if (action === PolicyAction.opaque) return packet.refuse(Drop.opaqueFragment);
    this.#protect(packet, verdict);
  }

  #protect(packet: Packet, verdict: Verdict): void {
    if (resolve(this.#node.sadb, verdict, packet) >= 0) return packet.refuse(Drop.noAssociation);
    const { policy } = verdict;
    const place = this.#place;
    findPlace(packet, place);
    const [first] = policy.requests;
    if (first?.mode === Mode.transport && isPiece(packet, place)) return packet.refuse(Drop.fragmentInTransport);
    const tunnel = outermostTunnel(policy, verdict);
    const row = tunnel === undefined ? 0 : this.#routeTo(packet, tunnel);
    if (packet.drop !== Drop.none || this.#isTooBig(packet, verdict, tunnel, row)) return;
    packet.secured = 1;
    for (let i = 0; i < policy.requests.length; i += 1) {
      const association = associationOf(verdict, i);
      if (association === undefined) continue;
      const isTunnel = (policy.requests[i] as Request).mode === Mode.tunnel;
      const done = isTunnel ? this.#encapsulate(packet, association) : this.#insert(packet, association);
      if (!done) return;
    }
    if (tunnel !== undefined) this.#redirect(packet, row);
  }

  /** The row of the route to a tunnel's other end; refuses the packet when there is none. */
  #routeTo(packet: Packet, { family, endpoints }: Association): number {
    const { table } = this.#node.routes;
    const row = family === 6 ? table.lookup6(endpoints, destinationAt) : table.lookup4(endpoints, destinationAt);
    const flags = table.flags[row] as number;
    if (row === 0) packet.refuse(Drop.noRoute);
    else if ((flags & (RouteFlag.loopback | RouteFlag.unready)) !== 0) packet.refuse(Drop.tunnelEndsHere);
    else if ((flags & RouteFlag.reject) !== 0) packet.refuse(Drop.rejectRoute);
    else if ((flags & (RouteFlag.blackhole | RouteFlag.broadcast)) !== 0) packet.refuse(Drop.blackhole);
    return row;
  }

  /** How much the way to the tunnel's other end carries. */
  #tunnelMtu({ family, endpoints }: Association, row: number): number {
    const { interfaces, pathMtus, routes } = this.#node;
    const outInterface = routes.table.outInterface[row] as number;
    const link = interfaces.table.mtu[outInterface] as number;
    return family === 6
      ? pathMtus.lookup6(endpoints, destinationAt, outInterface, link)
      : pathMtus.lookup4(endpoints, destinationAt, link);
  }

  /**
   * Refuses a packet of others that would be too big, while it can still be quoted (RFC 4301 §8.2). What may be cut, and
   * packets of our own, are cut when they have been protected.
   */
  #isTooBig(packet: Packet, verdict: Verdict, tunnel: Association | undefined, row: number): boolean {
    const { policy } = verdict;
    const { family, view, start, end } = packet;
    const before = this.#place.at - start;
    const length = lengthBehind(policy, verdict, packet, before);
    const mtu = tunnel === undefined ? this.#mtuOf(packet) : this.#tunnelMtu(tunnel, row);
    const longest = family === 6 ? longestLength + ipv6.headerLength : longestLength;
    if (length <= mtu) return false;
    const isCut = packet.inInterface === 0 || !mayNotBeCut(family, view, start);
    if (isCut && length <= longest) return false;
    const room = Math.max(roomWithin(policy, verdict, Math.min(mtu, longest), before, family), leastMtu(family));
    if (end - start <= room && length <= longest) return false;
    packet.refuse(Drop.packetTooBig, room);
    return true;
  }

  /** Transport mode. */
  #insert(packet: Packet, association: Association): boolean {
    const { sadb } = this.#node;
    const place = this.#place;
    findPlace(packet, place);
    if (association.protocol === Protocol.esp) {
      if (!sealEsp(sadb, packet, association, place.at, place.protocol, 0)) return false;
      writeProtocol(packet, place, packet.protocol);
      writeLengths(packet);
      finishUdp(packet);
    } else if (association.protocol === Protocol.ah) {
      if (!insertAh(sadb, packet, association, place.at, place.protocol, packet.family)) return false;
      writeProtocol(packet, place, Protocol.ah);
      writeLengths(packet);
      if (!signAh(sadb, packet, association)) return false;
    } else if (compress(sadb, packet, association, place.at, place.protocol)) {
      packet.upper = place.at;
      packet.protocol = Protocol.ipcomp;
      writeProtocol(packet, place, Protocol.ipcomp);
      writeLengths(packet);
    }
    packet.protocolPointer = place.namedAt;
    return true;
  }

  /** Tunnel mode. */
  #encapsulate(packet: Packet, association: Association): boolean {
    const { sadb, identifications } = this.#node;
    const { family, view, start, end } = packet;
    const innerClass = trafficClassOf(family, view, start);
    const isUncut = mayNotBeCut(family, view, start);
    const protocol = protocolOf(family);
    const isEsp = association.protocol === Protocol.esp;
    const fill = Math.max(0, association.padTo - (end - start));
    const inserted = isEsp
      ? sealEsp(sadb, packet, association, start, protocol, fill)
      : insertAh(sadb, packet, association, start, protocol, association.family);
    if (!inserted) return false;
    if (!writeOuter(packet, association, packet.protocol, innerClass, isUncut, identifications)) return false;
    if (!isEsp) return signAh(sadb, packet, association);
    finishUdp(packet);
    return true;
  }

  /** A packet in a tunnel is our own, and goes where the tunnel ends. */
  #redirect(packet: Packet, row: number): void {
    const { table } = this.#node.routes;
    packet.inInterface = 0;
    packet.hops = 0;
    packet.route = row;
    packet.outInterface = table.outInterface[row] as number;
    const isDirect = ((table.flags[row] as number) & RouteFlag.gateway) === 0;
    const base = row * 4;
    packet.nextHop0 = isDirect ? 0 : (table.nextHop[base] as number);
    packet.nextHop1 = isDirect ? 0 : (table.nextHop[base + 1] as number);
    packet.nextHop2 = isDirect ? 0 : (table.nextHop[base + 2] as number);
    packet.nextHop3 = isDirect ? 0 : (table.nextHop[base + 3] as number);
    // An error about UDP does not quote the SPI: such packets are known by themselves.
    if (packet.protocol === Protocol.udp && packet.end - packet.start > ipv6.minimumMtu) {
      this.#node.sentPackets.note(packet.view, packet.start, packet.end, packet.outInterface);
    }
  }
}

/** Unit of {@link ipsecOutput}. */
export const ipsecOutputStep = (node: IpsecOutputNode): Step => {
  const { spd } = node;
  const protector = new Protector(node);
  return (packet) => {
    if (spd.active && packet.secured === 0) protector.step(packet);
  };
};

/**
 * Protects packets on their way out as the policies say (RFC 4301 §5.1): a routine called once, not an interface
 * (INET'99 §3.3). There is one look-up in the SPD for each packet, and none for what has become of it: a tunnel whose
 * own packets match its policy encapsulates once.
 *
 * Works in place: headers go into the headroom, padding and ICV into the tailroom. A packet that is put into a tunnel
 * becomes one of our own, with the route of the tunnel's other end, and `depth` rises. Neighbor Discovery passes. An
 * ICMP error for which there is no policy goes the way of the packet that it is about (RFC 4301 §6.2).
 *
 * Placed behind all that looks at packets as they are, and before they are cut: fragments are made of protected packets
 * (RFC 4303 §3.3.4).
 *
 * Drops: `prohibitedByPolicy`, `opaqueFragment`, `noAssociation`, `fragmentInTransport`, `packetTooBig` with the MTU
 * less what protection takes, `noRoute`, `rejectRoute`, `blackhole`, `tunnelEndsHere`, `noHeadroom`, `noTailroom`,
 * `sequenceExhausted`, `chainTooLong`.
 *
 * @example
 * const transmit = pipe(ipsecOutput(node), fragmentOriginated(node), pathMtu(node), resolveNeighbor(node, outbox));
 */
export const ipsecOutput = (node: IpsecOutputNode): Lane => stage(ipsecOutputStep(node));
