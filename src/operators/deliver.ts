import type { Subject } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import { type Packet, Status } from '../packet/packet.ts';
import { type Lane, type Step, stage } from '../packet/stage.ts';
import * as ipv4 from '../wire/ipv4.ts';
import { Protocol } from '../wire/protocols.ts';
import { icmp4, icmp6 } from './deliver/icmp.ts';
import { inboundErrorStep } from './deliver/inbound-error.ts';
import { type DeliverNode, toReceiver } from './deliver/receiver.ts';
import { tcp, udp } from './deliver/transport.ts';

/** A fragment here has met no `reassemble`; or what was reassembled has a Fragment header again. */
const isFragment = ({ family, protocol, view, start }: Packet): boolean =>
  family === 6
    ? protocol === Protocol.fragment
    : ipv4.moreFragments(view, start) || ipv4.fragmentOffset(view, start) !== 0;

/** Unit of {@link deliver}. */
export const deliverStep = (node: DeliverNode, outbox: Subject<Packet>): Step => {
  const receiveError = inboundErrorStep(node);
  return (packet) => {
    if (isFragment(packet)) return packet.refuse(Drop.fragmentNotReassembled);
    switch (packet.protocol) {
      case Protocol.icmpv6:
        icmp6(node, outbox, receiveError, packet);
        break;
      case Protocol.icmp:
        icmp4(node, outbox, receiveError, packet);
        break;
      case Protocol.udp:
        udp(node, packet);
        break;
      case Protocol.tcp:
        tcp(node, packet);
        break;
      case Protocol.noNextHeader: // whatever follows is ignored (RFC 8200 §4.7)
        break;
      default: // AH, ESP, IPComp, Mobility, tunnels and all others are for who listens
        toReceiver(node, packet, 0, Drop.unknownProtocol);
    }
    if (packet.status === Status.inFlight) packet.status = Status.delivered;
  };
};

/**
 * Gives packets for this node to their upper layer: echo requests are answered through the outbox (RFC 4443 §4.2, RFC
 * 792), errors go to who sent the packet they are about, the rest goes to who listens in `node.ports`.
 *
 * Drops: `badUpperLayer`, `badChecksum`, `unknownProtocol`, `portUnreachable`, `unknownMessage`, `unspecifiedSource`,
 * `noSourceAddress`, `noBuffer`, `fragmentNotReassembled`; for errors `badQuote`,
 * `quoteNotOurs`, `quoteOfError`, `quoteUnowned`, `quoteDisowned`, `mtuTooSmall`, `mtuNotExceeded`.
 */
export const deliver = (node: DeliverNode, outbox: Subject<Packet>): Lane => stage(deliverStep(node, outbox));
