import { type Packet, Status } from '../packet/packet.ts';
import { always, type Lane, stage } from '../packet/stage.ts';
import { Counter, type Counters } from '../state/counters.ts';
import { isBroadcast4, isMulticast4 } from '../wire/address-bytes.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';

/** Constants of this file, for they are compared with each packet: `Status.sent` would be read from its object. */
const { inFlight, sent, delivered, refused } = Status;

const destination6 = ipv6.offsets.destination;
const destination4 = ipv4.offsets.destination;
const multicast4 = 224;

/** May the packet go to many, as far as its destination itself says? A link's broadcast address its route knows. */
const mayGoToMany = ({ family, view, start }: Packet): boolean =>
  family === 6 ? view.getUint8(start + destination6) === 0xff : view.getUint8(start + destination4) >= multicast4;

/** For packets that {@link mayGoToMany}: to a group, or to everyone on the link? */
const isToGroup = ({ family, view, start }: Packet): boolean =>
  family === 6 || isMulticast4(view, start + destination4);
const isToEveryone = ({ family, view, start }: Packet): boolean =>
  family === 4 && isBroadcast4(view, start + destination4);

/** Unit of {@link countReceived}. */
export const countReceivedStep =
  (counters: Counters) =>
  (packet: Packet): void => {
    const { inInterface, family } = packet;
    const octets = packet.end - packet.start;
    counters.received(inInterface, family, octets);
    if (packet.status !== inFlight) return; // what was refused has no destination
    if (!mayGoToMany(packet)) return;
    if (isToGroup(packet)) counters.receivedMulticast(inInterface, family, octets);
    else if (isToEveryone(packet)) counters.add(inInterface, family, Counter.inBcastPkts);
  };

const countSent = (counters: Counters, packet: Packet): void => {
  const { outInterface, family } = packet;
  const octets = packet.end - packet.start;
  counters.sent(outInterface, family, octets);
  if (packet.route !== 0 || family === 0 || !mayGoToMany(packet)) return; // groups have no route, ARP no IP header
  if (isToGroup(packet)) counters.sentMulticast(outInterface, family, octets);
  else if (isToEveryone(packet)) counters.add(outInterface, family, Counter.outBcastPkts);
};

/** Unit of {@link countOutcome}. */
export const countOutcomeStep =
  (counters: Counters) =>
  (packet: Packet): void => {
    switch (packet.status) {
      case sent:
        return countSent(counters, packet);
      case delivered:
        return counters.delivered(packet.inInterface, packet.family);
      case refused:
        return counters.refused(packet.inInterface, packet.family, packet.drop, packet.outInterface);
      default: // still in flight: whoever holds it will count it
    }
  };

/** Counts datagrams that have a way on: RFC 4293 ipIfStatsInForwDatagrams and OutForwDatagrams. Before any is cut. */
export const countForwarded = (counters: Counters): Lane =>
  stage((packet) => counters.forwarded(packet.inInterface, packet.outInterface, packet.family));

/** Counts datagrams of our own at the interface they leave by: RFC 4293 ipIfStatsOutRequests. Before any is cut. */
export const countRouted = (counters: Counters): Lane =>
  stage((packet) => counters.routed(packet.outInterface, packet.family));

/** Unit of {@link countMessagesSent}. */
export const countMessagesSentStep =
  ({ icmp }: Counters) =>
  ({ family, protocol, view, upper }: Packet): void => {
    if (protocol === (family === 6 ? Protocol.icmpv6 : Protocol.icmp)) icmp.sent(family, view.getUint8(upper));
  };

/** Counts the ICMP messages among our own packets by type: RFC 4293 icmpMsgStatsOutPkts. */
export const countMessagesSent = (counters: Counters): Lane => stage(countMessagesSentStep(counters));

/**
 * Counts what comes in: RFC 4293 ipIfStatsInReceives and InOctets, and what of it goes to many. Placed after
 * `decode`, which knows the IP version.
 */
export const countReceived = (counters: Counters): Lane => always(countReceivedStep(counters));

/** Counts what became of each packet: sent, delivered, or refused by reason. The last stage before `release`. */
export const countOutcome = (counters: Counters): Lane => always(countOutcomeStep(counters));
