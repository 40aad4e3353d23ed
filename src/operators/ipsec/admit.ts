import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import { type Lane, type Step, stage } from '../../packet/stage.ts';
import type { Node } from '../../state/node.ts';
import { type Association, Mode } from '../../state/sadb/association.ts';
import { tunnelBit } from '../../state/sadb.ts';
import { Flow } from '../../state/spd/flow.ts';
import type { Policy, Request } from '../../state/spd/policy.ts';
import { Direction, PolicyAction } from '../../state/spd.ts';
import { Protocol } from '../../wire/protocols.ts';
import { isDiscovery, readFlow, readReverseFlow } from './selectors.ts';

type AdmitNode = Pick<Node, 'sadb' | 'spd'>;

/** Number of an association that the packet came through, outermost first. */
export const associationIdAt = (packet: Packet, index: number): number => {
  if (index === 0) return packet.association0;
  if (index === 1) return packet.association1;
  return index === 2 ? packet.association2 : packet.association3;
};

/** Notes that the packet came through an association. There must be room: `associations` below four. */
export const noteAssociation = (packet: Packet, id: number): void => {
  if (packet.associations === 0) packet.association0 = id;
  else if (packet.associations === 1) packet.association1 = id;
  else if (packet.associations === 2) packet.association2 = id;
  else packet.association3 = id;
  packet.associations += 1;
};

const hasSameEnds = (request: Request, association: Association): boolean => {
  if (request.family !== association.family) return false;
  const wanted = request.endpoints;
  const had = association.endpoints;
  for (let at = association.hasSource === 1 ? 0 : 16; at < 32; at += 4) {
    if (wanted.getInt32(at) !== had.getInt32(at)) return false;
  }
  return true;
};

/** Is the association, in the mode in which it was used, what the policy asks for? KAME only looked at flags. */
const serves = (association: Association | undefined, id: number, request: Request): boolean => {
  if (association === undefined || association.protocol !== request.protocol) return false;
  if (request.reqid !== 0 && association.reqid !== request.reqid) return false;
  const wasTunnel = (id & tunnelBit) !== 0;
  if (wasTunnel !== (request.mode === Mode.tunnel)) return false;
  return request.family === 0 || hasSameEnds(request, association);
};

/** Did the packet come out of a tunnel of which no policy knows? */
const cameByTunnel = (packet: Packet): boolean => {
  for (let i = 0; i < packet.associations; i += 1) if ((associationIdAt(packet, i) & tunnelBit) !== 0) return true;
  return false;
};

/**
 * What a protecting policy has against a packet: the associations must be those that its requests ask for, in their
 * order, no more and, but for what may be left out, no less (RFC 4301 §5.2). Compression may always be left out: what
 * does not become shorter is not compressed.
 */
const protectionFault = ({ sadb }: AdmitNode, packet: Packet, { requests }: Policy): number => {
  let next = packet.associations - 1;
  for (let i = 0; i < requests.length; i += 1) {
    const request = requests[i] as Request;
    const id = next < 0 ? 0 : associationIdAt(packet, next);
    if (next >= 0 && serves(sadb.at(id), id, request)) next -= 1;
    else if (request.required && request.protocol !== Protocol.ipcomp) {
      return packet.associations === 0 ? Drop.notProtected : Drop.wrongProtection;
    }
  }
  return next < 0 ? Drop.none : Drop.wrongProtection;
};

const faultOf = (node: AdmitNode, packet: Packet, policy: Policy): number => {
  switch (policy.action) {
    case PolicyAction.protect:
      return protectionFault(node, packet, policy);
    case PolicyAction.discard:
      return Drop.discardedByPolicy;
    case PolicyAction.opaque:
      return Drop.opaqueFragment;
    default:
      return cameByTunnel(packet) ? Drop.wrongProtection : Drop.none;
  }
};

/**
 * Is the packet what the policies for what comes in ask for? Refuses it if not. Neighbor Discovery is exempt. An ICMP
 * error is also admitted when it came through the associations of the packet that it is about (RFC 4301 §6.2).
 */
export const admitStep = (node: AdmitNode, direction: number): Step => {
  const { spd } = node;
  const flow = new Flow();
  return (packet) => {
    if (!spd.active && packet.associations === 0) return;
    readFlow(flow, packet, spd.readsUpper);
    const fault = faultOf(node, packet, spd.lookup(direction, flow).policy);
    if (fault === Drop.none || (packet.associations === 0 && isDiscovery(packet))) return;
    if (fault === Drop.wrongProtection && readReverseFlow(flow, packet, spd.readsUpper)) {
      if (faultOf(node, packet, spd.lookup(direction, flow).policy) === Drop.none) return;
    }
    packet.refuse(fault);
  };
};

/**
 * Refuses packets for others that policies do not let in: unprotected ones, and such as came through other associations
 * than their policy asks for (RFC 4301 §5.2). Where nobody has a policy it costs a comparison.
 *
 * Drops: `notProtected`, `wrongProtection`, `discardedByPolicy`, `opaqueFragment`.
 */
export const ipsecForward = (node: AdmitNode): Lane => stage(admitStep(node, Direction.forward));
