import { type Packet, Status } from '../packet/packet.ts';
import { always, type Lane, stage } from '../packet/stage.ts';
import type { Counters } from '../state/counters.ts';
import { Protocol } from '../wire/protocols.ts';

/** Unit of {@link countReceived}. */
export const countReceivedStep =
  (counters: Counters) =>
  (packet: Packet): void =>
    counters.received(packet.inInterface, packet.family, packet.end - packet.start);

/** Unit of {@link countOutcome}. */
export const countOutcomeStep =
  (counters: Counters) =>
  (packet: Packet): void => {
    switch (packet.status) {
      case Status.sent:
        return counters.sent(packet.inInterface, packet.outInterface, packet.family, packet.end - packet.start);
      case Status.delivered:
        return counters.delivered(packet.inInterface, packet.family);
      case Status.refused:
        return counters.refused(packet.inInterface, packet.family, packet.drop);
      default: // still in flight: whoever holds it will count it
    }
  };

/** Unit of {@link countMessagesSent}. */
export const countMessagesSentStep =
  ({ icmp }: Counters) =>
  ({ family, protocol, view, upper }: Packet): void => {
    if (protocol === (family === 6 ? Protocol.icmpv6 : Protocol.icmp)) icmp.sent(family, view.getUint8(upper));
  };

/** Counts the ICMP messages among our own packets by type: RFC 4293 icmpMsgStatsOutPkts. */
export const countMessagesSent = (counters: Counters): Lane => stage(countMessagesSentStep(counters));

/** Counts what comes in: RFC 4293 ipIfStatsInReceives and InOctets. Placed after `decode`, which knows the IP version. */
export const countReceived = (counters: Counters): Lane => always(countReceivedStep(counters));

/** Counts what became of each packet: sent, delivered, or refused by reason. The last stage before `release`. */
export const countOutcome = (counters: Counters): Lane => always(countOutcomeStep(counters));
