import { Observable, type Subject } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import { Fate, type Packet, Status } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import { kindByNumber } from './tunnel/index.ts';
import type { TunnelNode } from './tunnel/kind.ts';
import { ReentrySubscriber } from './tunnel/reentry.ts';

/** Constants of this file: they are looked up for each packet of a flood. */
const { tunnelLoop, tunnelLoopSilent } = Drop;

type EncapsulateNode = TunnelNode & Pick<Node, 'counters' | 'interfaces' | 'loops'>;

/** A tunnel that is known to lead into a loop takes no packets; a flood of them costs less than errors about each would. */
const refuseLooping = ({ counters, loops }: EncapsulateNode, packet: Packet, loop: number): void => {
  if (loops.meet(loop)) return packet.refuse(tunnelLoop);
  counters.icmp.suppressed(packet.inInterface, packet.family);
  packet.refuse(tunnelLoopSilent);
};

/** The guard (INET'99 §3.3): no tunnel encapsulates a packet twice, and none is encapsulated more often than the limit. */
const isLooping = ({ loops, tunnels: { options } }: EncapsulateNode, packet: Packet, tunnel: number): boolean => {
  const { depth, trail } = packet;
  let i = 0;
  while (i < depth && trail[i] !== tunnel) i += 1;
  if (i === depth && depth < options.depth) return false;
  loops.meetOn(trail, depth, tunnel);
  return true;
};

/** Makes `classify` look at the packet afresh, as at one of our own. */
const forgetWay = (packet: Packet): void => {
  packet.fate = Fate.undecided;
  packet.outInterface = 0;
  packet.route = 0;
  packet.nextHop0 = 0;
  packet.nextHop1 = 0;
  packet.nextHop2 = 0;
  packet.nextHop3 = 0;
};

/**
 * Unit of {@link encapsulate}.
 *
 * @returns whether the packet is another one now
 */
export const encapsulateStep =
  (node: EncapsulateNode) =>
  (packet: Packet): boolean => {
    const { table } = node.tunnels;
    const tunnel = packet.outInterface;
    const kind = kindByNumber[table.kind[tunnel] as number];
    if (kind === undefined) return false;
    const loop = table.loop[tunnel] as number;
    if (node.interfaces.table.up[tunnel] === 0) packet.refuse(Drop.noInterface);
    else if (loop !== 0) refuseLooping(node, packet, loop);
    else if (isLooping(node, packet, tunnel)) packet.refuse(tunnelLoop);
    if (packet.status !== Status.inFlight) return false;
    const { start, family, length, origin } = packet;
    kind.encapsulate(packet, node);
    if (packet.status !== Status.inFlight) return false;
    node.counters.encapsulated(tunnel, family, length, packet.family);
    if (origin === 0) packet.origin = start;
    packet.trail[packet.depth] = tunnel;
    packet.depth += 1;
    forgetWay(packet);
    return true;
  };

/**
 * Packets that leave by a tunnel get its outer headers, written into the headroom: no copy. The outer packet begins the
 * line again: `again` leads to `classify`, which finds its way. All others pass.
 *
 * Placed behind `pathMtu`: what goes in is no larger than the tunnel carries.
 *
 * Drops: `tunnelLoop`, `tunnelLoopSilent`, `noInterface` when the tunnel is down, `noHeadroom`, `encapsulationLimit`, and those of the
 * kinds.
 *
 * @param again takes outer packets
 */
export const encapsulate =
  (node: EncapsulateNode, again: Subject<Packet>): Lane =>
  (source) =>
    new Observable((out) => source.subscribe(new ReentrySubscriber(out, again, encapsulateStep(node))));
