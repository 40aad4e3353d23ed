import { Observable, type Subject } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import { Fate, type Packet, Status } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import { decodeStep } from './decode.ts';
import { applyEcn } from './tunnel/ecn.ts';
import { discriminatorOf, kindByNumber } from './tunnel/index.ts';
import type { TunnelNode } from './tunnel/kind.ts';
import { ReentrySubscriber } from './tunnel/reentry.ts';

type DecapsulateNode = TunnelNode & Pick<Node, 'counters' | 'interfaces' | 'routes'>;

/** A fragment that no one has put together tells nothing of what follows its header. */
const isFragment4 = ({ family, view, start }: Packet): boolean =>
  family === 4 && (ipv4.moreFragments(view, start) || ipv4.fragmentOffset(view, start) !== 0);

/** The tunnel that the packet comes out of, 0 if none: by protocol, key or port, destination and source. */
const tunnelOf = ({ tunnels: { dispatch } }: DecapsulateNode, packet: Packet): number => {
  const { view, start, family, protocol } = packet;
  const discriminator = discriminatorOf(packet);
  return family === 6
    ? dispatch.find6(view, start, protocol, discriminator)
    : dispatch.find4(view, start, protocol, discriminator);
};

/** Does the way back to the outer source lead through where the packet came in (RFC 4213 §4)? */
const cameTheRightWay = ({ routes: { table } }: DecapsulateNode, packet: Packet): boolean => {
  const { view, start, family, inInterface } = packet;
  const row =
    family === 6 ? table.lookup6(view, start + ipv6.offsets.source) : table.lookup4(view, start + ipv4.offsets.source);
  return table.outInterface[row] === inInterface;
};

/** `::` in the first 96 bits, and something behind: an IPv4-compatible address (RFC 4213 §3.6). */
const isCompatible = (view: DataView, at: number): boolean =>
  (view.getInt32(at) | view.getInt32(at + 4) | view.getInt32(at + 8)) === 0 && view.getUint32(at + 12) > 1;

/** From an outer packet to the one inside, which has come in by the tunnel. */
const enterTunnel = (packet: Packet, tunnel: number): void => {
  const start = packet.upper;
  packet.start = start;
  packet.link = start;
  packet.inInterface = tunnel;
  packet.outInterface = 0;
  packet.fate = Fate.undecided;
  packet.route = 0;
  if (start > packet.origin) packet.hops = 0;
  if (start >= packet.origin) packet.origin = 0;
  packet.decapsulations += 1;
};

/**
 * Unit of {@link decapsulate}.
 *
 * @returns whether the packet is another one now
 */
export const decapsulateStep =
  (node: DecapsulateNode) =>
  (packet: Packet): boolean => {
    const { options, table } = node.tunnels;
    if (table.protocols[packet.protocol] === 0 || isFragment4(packet)) return false;
    const tunnel = tunnelOf(node, packet);
    const kind = kindByNumber[table.kind[tunnel] as number];
    if (kind === undefined || node.interfaces.table.up[tunnel] === 0) return false;
    const { family, inInterface, view, start } = packet;
    if (packet.decapsulations >= options.decapsulations) packet.refuse(Drop.tooManyDecapsulations);
    else if (table.ingressFilter[tunnel] === 1 && !cameTheRightWay(node, packet)) packet.refuse(Drop.ingressFiltered);
    else kind.decapsulate(packet, node, tunnel);
    if (packet.status !== Status.inFlight) return false;
    const version = packet.protocol === Protocol.ipv6 ? 6 : 4;
    const outerClass = family === 6 ? ipv6.trafficClass(view, start) : ipv4.typeOfService(view, start);
    enterTunnel(packet, tunnel);
    decodeStep(packet);
    node.counters.decapsulated(inInterface, family, tunnel, packet.family, packet.length);
    if (packet.status !== Status.inFlight) return false;
    if (packet.family !== version) packet.refuse(Drop.tunnelVersion);
    else if (version === 6 && isCompatible(view, packet.start + ipv6.offsets.source))
      packet.refuse(Drop.compatibleSource);
    else applyEcn(packet, table.ecn[tunnel] as number, outerClass);
    return packet.status === Status.inFlight;
  };

/**
 * Takes packets out of tunnels: the offset of their start moves, nothing is copied. Which tunnel it is, the outer
 * source, destination and protocol tell. The packet inside begins the line again: `again` leads to `classify`, and the
 * packet came in by the tunnel's interface. All others pass.
 *
 * Placed before `deliver`, behind `reassemble`.
 *
 * Drops: `tooManyDecapsulations`, `ingressFiltered`, `tunnelVersion`, `compatibleSource`, `tunnelCongestion`, those of
 * the kinds, and for the packet inside those of `decode`.
 *
 * @param again takes packets from within
 */
export const decapsulate =
  (node: DecapsulateNode, again: Subject<Packet>): Lane =>
  (source) =>
    new Observable((out) => source.subscribe(new ReentrySubscriber(out, again, decapsulateStep(node))));
