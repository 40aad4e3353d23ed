import type { Subject } from 'rxjs';
import { dropReasons, type IcmpConsequence } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, whenRefused } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import { RouteFlag } from '../state/routes/table.ts';
import { isMulticast6, isUnspecified6 } from '../wire/address-bytes.ts';
import { LinkCast } from '../wire/ethernet.ts';
import * as icmp4 from '../wire/icmp4.ts';
import * as icmp6 from '../wire/icmp6.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import * as quoted from '../wire/quoted.ts';
import { isLinkBroadcast } from './classify.ts';
import { errorAbout } from './icmp-error-message.ts';
import { unwrap } from './tunnel/unwrap.ts';

type ErrorNode = Pick<Node, 'addresses' | 'counters' | 'errorLimits' | 'pool' | 'random' | 'routes' | 'scheduler'>;

/**
 * Is the packet an ICMPv6 error or a redirect, as far as can be told (RFC 4443 §2.4 e.1, e.2)? A chain too long to
 * walk may end in one.
 */
const isError6 = ({ view, start, end }: Packet): boolean => {
  const found = quoted.findUpperLayer(view, start, end);
  if (found === quoted.tooLong) return true;
  if (found < 0 || quoted.protocolOf(found) !== Protocol.icmpv6 || quoted.offsetOf(found) >= end) return false;
  const type = icmp6.type(view, quoted.offsetOf(found));
  return icmp6.isErrorType(type) || type === icmp6.Type.redirect;
};

/** RFC 4443 §2.4 e: never about an error or a redirect, never to nobody, a group, or any of several nodes. */
const deserves6 = (packet: Packet, { routes: { table } }: ErrorNode, consequence: IcmpConsequence): boolean => {
  const { view, start } = packet;
  const source = start + ipv6.offsets.source;
  if (isMulticast6(view, source) || isUnspecified6(view, source)) return false;
  const toMany = isMulticast6(view, start + ipv6.offsets.destination) || packet.linkCast !== LinkCast.unicast;
  if (toMany && consequence.evenIfMulticast !== true) return false;
  const flags = table.flags[table.lookup6(view, source)] as number;
  return (flags & RouteFlag.anycast) === 0 && !isError6(packet);
};

/** RFC 1122 §3.2.2, RFC 1812 §4.3.2.7. */
const deserves4 = (packet: Packet, node: ErrorNode): boolean => {
  const { view, start, end } = packet;
  const source = view.getUint8(start + ipv4.offsets.source);
  const destination = view.getUint8(start + ipv4.offsets.destination);
  if (source === 0 || source >= 224) return false;
  if (destination >= 224 || isLinkBroadcast(node, packet) || packet.linkCast !== LinkCast.unicast) return false;
  if (ipv4.fragmentOffset(view, start) !== 0) return false;
  if (ipv4.protocol(view, start) !== Protocol.icmp) return true;
  const at = start + ipv4.headerLength(view, start);
  return at < end && isQuery4(icmp4.type(view, at));
};

/** Queries and their answers may be answered by an error; errors may not, nor what we don't know. */
const isQuery4 = (type: number): boolean =>
  type === icmp4.Type.echoReply ||
  type === icmp4.Type.echoRequest ||
  (type >= icmp4.Type.timestampRequest && type <= 18);

/** 1 for drop codes that call for a message, in either IP version: most refused packets pay for one look. */
const isTold = Uint8Array.from(dropReasons, (reason) =>
  reason?.icmp6 === undefined && reason?.icmp4 === undefined ? 0 : 1,
);

/** Unit of {@link icmpError}. */
export const icmpErrorStep =
  (node: ErrorNode, outbox: Subject<Packet>) =>
  (packet: Packet): void => {
    if (isTold[packet.drop] === 0) return;
    const { counters, errorLimits, scheduler } = node;
    const reason = dropReasons[packet.drop];
    const asRefused = packet.family === 6 ? reason?.icmp6 : reason?.icmp4;
    if (asRefused === undefined || packet.family === 0 || packet.inInterface === 0) return;
    const consequence = packet.origin === 0 ? asRefused : unwrap(packet, asRefused);
    if (consequence === undefined) return;
    const { family, inInterface } = packet;
    if (family === 6 ? !deserves6(packet, node, consequence) : !deserves4(packet, node)) return;
    const tooBig = consequence.parameter === 'mtu';
    if (!errorLimits.allow(packet, tooBig, scheduler.now())) return counters.icmp.suppressed(inInterface, family);
    const error = errorAbout(node, packet, consequence);
    if (error === undefined) return counters.icmp.notSent(family);
    counters.originated(0, family);
    outbox.next(error);
  };

/**
 * Answers refused packets with the ICMP error that their reason calls for, if any (RFC 4443, RFC 792, RFC 1812 §4.3).
 * The error quotes the packet as it came and goes to the outbox. How many may go, `node.errorLimits` says. A packet that
 * was refused behind outer headers of ours loses them: its sender hears of it as RFC 2473 §8 says.
 *
 * Never answered: errors and redirects; packets to a group (but for packetTooBig and unknownOption) or to a broadcast
 * address, their frame's too; packets from nobody, a group or an anycast address; our own packets; IPv4 fragments other
 * than the first.
 */
export const icmpError = (node: ErrorNode, outbox: Subject<Packet>): Lane => whenRefused(icmpErrorStep(node, outbox));
