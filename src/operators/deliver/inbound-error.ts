import { Drop } from '../../packet/drop.ts';
import { Packet, Status } from '../../packet/packet.ts';
import type { Node } from '../../state/node.ts';
import type { ErrorNotice } from '../../state/ports.ts';
import { RouteFlag } from '../../state/routes/table.ts';
import { isLinkLocal6 } from '../../wire/address-bytes.ts';
import * as icmp4 from '../../wire/icmp4.ts';
import * as icmp6 from '../../wire/icmp6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import * as quoted from '../../wire/quoted.ts';

type InboundErrorNode = Pick<Node, 'addresses' | 'counters' | 'pathMtus' | 'ports' | 'routes' | 'sentPackets'>;

/** Bytes of the upper layer that every error quotes (RFC 792): ports, an SPI, an identifier. */
const identifying = 8;
const echoIdentifier = 4;

/** Common MTUs, for routers that don't say theirs (RFC 1191 §7.1); the smallest is left to the store. */
const plateaus = [32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508, 296, 68];

const nothing = new Packet(0);

/** One for all errors: it is lent, and nothing is allocated. Offsets only, never a view of its own. */
class Notice implements ErrorNotice {
  packet: Packet = nothing;
  type = 0;
  code = 0;
  parameter = 0;
  quote = 0;
  end = 0;
  protocol = 0;
  upper = 0;
}

/** Is the address at `at`, the source of the quote, one that we may have sent from? */
const isOurs = (
  { addresses, routes: { table } }: InboundErrorNode,
  { view, family, inInterface }: Packet,
  at: number,
) => {
  if (family === 6 && isLinkLocal6(view, at)) return addresses.linkLocalAt(inInterface, view, at) === 'ready';
  const row = family === 6 ? table.lookup6(view, at) : table.lookup4(view, at);
  return ((table.flags[row] as number) & (RouteFlag.loopback | RouteFlag.unready)) === RouteFlag.loopback;
};

/** Nobody answers an error with an error, so none of ours can be quoted by one (RFC 4443 §2.4 e.1). */
const quotesError = ({ packet: { view }, protocol, upper }: ErrorNotice): boolean =>
  (protocol === Protocol.icmpv6 && icmp6.isError(view, upper)) ||
  (protocol === Protocol.icmp && icmp4.isError(view, upper));

const isPacketTooBig = ({ packet: { family }, type, code }: ErrorNotice): boolean =>
  family === 6
    ? type === icmp6.Type.packetTooBig
    : type === icmp4.Type.destinationUnreachable && code === icmp4.Unreachable.fragmentationNeeded;

/** Bytes of the quoted packet before it was cut off, by its own account. */
const quotedLength = ({ packet: { family, view }, quote }: ErrorNotice): number =>
  family === 6 ? ipv6.headerLength + ipv6.payloadLength(view, quote) : ipv4.totalLength(view, quote);

/** What the MTU that a Packet Too Big names has against it: a drop code, or none. */
const mtuFault = (notice: ErrorNotice): number => {
  const { packet, quote, parameter } = notice;
  if (packet.family === 6 && parameter < ipv6.minimumMtu) return Drop.mtuTooSmall;
  if (parameter >= quotedLength(notice)) return Drop.mtuNotExceeded;
  return packet.family === 6 || ipv4.dontFragment(packet.view, quote) ? Drop.none : Drop.mtuNotExceeded;
};

const portOf = ({ packet: { view }, protocol, upper }: ErrorNotice): number => {
  switch (protocol) {
    case Protocol.tcp:
    case Protocol.udp:
    case Protocol.dccp:
    case Protocol.sctp:
    case Protocol.udpLite:
      return view.getUint16(upper);
    case Protocol.icmp:
    case Protocol.icmpv6:
      return view.getUint16(upper + echoIdentifier);
    default:
      return 0;
  }
};

const learn = ({ pathMtus }: InboundErrorNode, { packet, quote, parameter }: ErrorNotice): void => {
  const { view, family, inInterface } = packet;
  if (family === 6) pathMtus.learn6(view, quote + ipv6.offsets.destination, inInterface, parameter);
  else pathMtus.learn4(view, quote + ipv4.offsets.destination, parameter);
};

/** Reads what the message says about itself. */
const readMessage6 = (notice: Notice, { view, upper }: Packet): void => {
  notice.type = icmp6.type(view, upper);
  notice.code = icmp6.code(view, upper);
  const hasParameter = notice.type === icmp6.Type.packetTooBig || notice.type === icmp6.Type.parameterProblem;
  notice.parameter = hasParameter ? icmp6.mtu(view, upper) : 0;
};

const readMessage4 = (notice: Notice, { view, upper }: Packet): void => {
  notice.type = icmp4.type(view, upper);
  notice.code = icmp4.code(view, upper);
  notice.parameter = notice.type === icmp4.Type.parameterProblem ? icmp4.pointer(view, upper) : 0;
  if (!isPacketTooBig(notice)) return;
  const length = ipv4.totalLength(view, notice.quote);
  notice.parameter = icmp4.mtu(view, upper) || (plateaus.find((plateau) => plateau < length) ?? length);
};

/**
 * Takes an ICMP error for this node, its length and checksum verified, `packet.upper` at its header. It is believed
 * when it quotes a packet that one of our addresses has sent, and whoever listens to errors about the port (or, of
 * other protocols, about the protocol) says it was theirs. A Packet Too Big that no one listens for is believed when
 * `node.sentPackets` knows the packet. What is believed lowers the path MTU.
 *
 * Errors of unknown type reach their owner too (RFC 4443 §2.4 a).
 *
 * Drops: `badQuote`, `quoteNotOurs`, `quoteOfError`, `quoteUnowned`, `quoteDisowned`, `mtuTooSmall`, `mtuNotExceeded`.
 */
export const inboundErrorStep = (node: InboundErrorNode): ((packet: Packet) => void) => {
  const notice = new Notice();

  const judge = (packet: Packet): number => {
    const { view, family, upper, end } = packet;
    notice.packet = packet;
    notice.quote = upper + icmp6.headerLength; // that of ICMPv4 is as long
    notice.end = end;
    const header = family === 6 ? ipv6.headerLength : ipv4.minimumHeaderLength;
    if (end - notice.quote < header || view.getUint8(notice.quote) >> 4 !== family) return Drop.badQuote;
    const source = notice.quote + (family === 6 ? ipv6.offsets.source : ipv4.offsets.source);
    if (!isOurs(node, packet, source)) return Drop.quoteNotOurs;
    const found = quoted.findUpperLayer(view, notice.quote, end);
    if (found < 0 || end - quoted.offsetOf(found) < identifying) return Drop.badQuote;
    notice.protocol = quoted.protocolOf(found);
    notice.upper = quoted.offsetOf(found);
    if (quotesError(notice)) return Drop.quoteOfError;
    if (family === 6) readMessage6(notice, packet);
    else readMessage4(notice, packet);
    const tooBig = isPacketTooBig(notice);
    const fault = tooBig ? mtuFault(notice) : Drop.none;
    if (fault !== Drop.none) return fault;
    const receiver = node.ports.errorReceiver(notice.protocol, portOf(notice));
    if (receiver !== undefined) {
      if (!receiver(notice)) return Drop.quoteDisowned;
    } else if (!tooBig || !node.sentPackets.knows(view, notice.quote, end, packet.inInterface))
      return Drop.quoteUnowned;
    if (tooBig) learn(node, notice);
    return Drop.none;
  };

  return (packet) => {
    const drop = judge(packet);
    notice.packet = nothing;
    if (drop === Drop.badQuote) node.counters.icmp.receivedBad(packet.family);
    if (drop !== Drop.none) packet.refuse(drop);
    else if (packet.status === Status.inFlight) packet.status = Status.delivered;
  };
};
