/**
 * A packet as one line of text, like tcpdump's, for people.
 *
 * @module
 */
import { formatAddress, type IpAddress, readAddress4, readAddress6 } from '../wire/address.ts';
import * as ethernet from '../wire/ethernet.ts';
import * as extension from '../wire/extension.ts';
import * as fragment from '../wire/fragment.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import * as routing from '../wire/routing.ts';
import * as tcp from '../wire/tcp.ts';
import * as udp from '../wire/udp.ts';
import { dropNames } from './drop.ts';
import { type Packet, Status } from './packet.ts';
import { summarizeIcmp4, summarizeIcmp6 } from './summary-icmp.ts';

/** Most characters before the reason for refusal. */
const lengthLimit = 512;
/** Packets in packets: tunnels, and what ICMP errors quote. */
const depthLimit = 3;
/** Most extension headers that are named. */
const headerLimit = 16;

/**
 * One line about a packet: addresses, ports, extension headers in order, what the upper layer says, hop limit, length,
 * and why it was refused. It reads the bytes from `start` on and asks nothing of `decode`. Total: any bytes give a
 * line, of at most some 550 characters.
 *
 * `length` counts the bytes of the ICMP message, of the TCP or UDP payload, or of what follows the last header known.
 *
 * @example
 * summarize(packet);
 * // 'IP6 fd00:a::2 > fd00:b::2: ICMP6 echo request id 7 seq 1, hop limit 64, length 64'
 */
export const summarize = (packet: Packet): string => {
  const { view, bytes, link, start } = packet;
  const end = Math.min(packet.end, bytes.length);
  const whole = end <= start && link < start ? summarizeFrame(view, link, end) : summarizeBytes(view, start, end);
  const line = whole.length > lengthLimit ? `${whole.slice(0, lengthLimit - 1)}…` : whole;
  return packet.status === Status.refused ? `${line}, refused: ${dropNames[packet.drop] ?? packet.drop}` : line;
};

/** The packet in `[at, end)`; `depth` counts the packets around it. Offsets must lie in the view. */
export const summarizeBytes = (view: DataView, at: number, end: number, depth = 0): string => {
  if (end <= at) return 'no bytes';
  if (depth > depthLimit) return '…';
  const version = ipv6.version(view, at);
  if (version === 6) return summarize6(view, at, end, depth);
  if (version === 4) return summarize4(view, at, end, depth);
  return `not IP (version ${version}), length ${end - at}`;
};

/** A frame without an IP packet. */
const summarizeFrame = (view: DataView, at: number, end: number): string => {
  if (ethernet.check(view, at, end) !== 'ok') return `Ethernet, truncated, length ${end - at}`;
  const from = ethernet.formatLinkLayer(ethernet.sourceHigh(view, at), ethernet.sourceLow(view, at));
  const to = ethernet.formatLinkLayer(ethernet.destinationHigh(view, at), ethernet.destinationLow(view, at));
  const type = ethernet.etherType(view, at);
  const what = type === ethernet.EtherType.arp ? 'ARP' : `type 0x${type.toString(16).padStart(4, '0')}`;
  return `Ethernet ${from} > ${to}: ${what}, length ${end - at - ethernet.headerLength(view, at)}`;
};

/** What the upper layer adds to the line. */
interface Upper {
  readonly sourcePort: string;
  readonly destinationPort: string;
  readonly text: string;
  readonly length: number;
}

const summarize6 = (view: DataView, at: number, end: number, depth: number): string => {
  if (end - at < ipv6.headerLength) return `IP6 truncated, length ${end - at}`;
  const says = at + ipv6.headerLength + ipv6.payloadLength(view, at);
  const until = Math.min(end, says);
  const words: string[] = [];
  let protocol = ipv6.nextHeader(view, at);
  let next = at + ipv6.headerLength;
  let upper: Upper | undefined;
  while (upper === undefined && extension.isExtensionHeader(protocol)) {
    if (words.length === headerLimit || extension.check(view, next, until, protocol) !== 'ok') {
      upper = bare(words.length === headerLimit ? '…' : `${nameOf(protocol)} truncated`, until - next);
      break;
    }
    words.push(extensionHeader(view, next, protocol));
    const isLater = protocol === Protocol.fragment && fragment.fragmentOffset(view, next) !== 0;
    const length = extension.headerLength(view, next, protocol);
    protocol = extension.nextHeader(view, next);
    next += length;
    if (isLater) upper = bare(nameOf(protocol), until - next);
  }
  upper ??= upperLayer(view, next, until, protocol, depth);
  words.push(upper.text);
  const source = readAddress6(view, at + ipv6.offsets.source);
  const destination = readAddress6(view, at + ipv6.offsets.destination);
  const line = `IP6 ${ends(source, destination, upper)}: ${words.join(', ')}`;
  if (isQuote(depth)) return line;
  return `${line}, hop limit ${ipv6.hopLimit(view, at)}, length ${upper.length}${missing(says - end)}`;
};

const summarize4 = (view: DataView, at: number, end: number, depth: number): string => {
  const header = ipv4.headerLength(view, at);
  if (header < ipv4.minimumHeaderLength) return `IP with a header of ${header} bytes, length ${end - at}`;
  if (end - at < header) return `IP truncated, length ${end - at}`;
  const says = at + ipv4.totalLength(view, at);
  const until = Math.max(Math.min(end, says), at + header);
  const words: string[] = [];
  if (header > ipv4.minimumHeaderLength) words.push(`options of ${header - ipv4.minimumHeaderLength} bytes`);
  const offset = ipv4.fragmentOffset(view, at);
  const more = ipv4.moreFragments(view, at);
  if (offset !== 0 || more) words.push(fragmentText(ipv4.identification(view, at), offset, more));
  const protocol = ipv4.protocol(view, at);
  const next = at + header;
  const upper = offset !== 0 ? bare(nameOf(protocol), until - next) : upperLayer(view, next, until, protocol, depth);
  words.push(upper.text);
  const source = readAddress4(view, at + ipv4.offsets.source);
  const destination = readAddress4(view, at + ipv4.offsets.destination);
  const line = `IP ${ends(source, destination, upper)}: ${words.join(', ')}`;
  if (isQuote(depth)) return line;
  return `${line}, ttl ${ipv4.timeToLive(view, at)}, length ${upper.length}${missing(says - end)}`;
};

/** Inside another packet, addresses, ports and the message are enough. */
const isQuote = (depth: number): boolean => depth > 0;

const missing = (bytes: number): string => (bytes > 0 ? `, truncated by ${bytes}` : '');

const ends = (source: IpAddress, destination: IpAddress, { sourcePort, destinationPort }: Upper): string =>
  `${formatAddress(source)}${sourcePort} > ${formatAddress(destination)}${destinationPort}`;

const bare = (text: string, length: number): Upper => ({ sourcePort: '', destinationPort: '', text, length });

const names: ReadonlyMap<number, string> = new Map<number, string>([
  [Protocol.hopByHop, 'hop-by-hop options'],
  [Protocol.icmp, 'ICMP'],
  [Protocol.ipv4, 'IP'],
  [Protocol.tcp, 'TCP'],
  [Protocol.udp, 'UDP'],
  [Protocol.ipv6, 'IP6'],
  [Protocol.routing, 'routing'],
  [Protocol.fragment, 'fragment'],
  [Protocol.gre, 'GRE'],
  [Protocol.esp, 'ESP'],
  [Protocol.ah, 'AH'],
  [Protocol.icmpv6, 'ICMP6'],
  [Protocol.noNextHeader, 'no next header'],
  [Protocol.destinationOptions, 'destination options'],
  [Protocol.ipcomp, 'IPComp'],
  [Protocol.mobility, 'mobility'],
]);

const nameOf = (protocol: number): string => names.get(protocol) ?? `protocol ${protocol}`;

const fragmentText = (identification: number, offset: number, more: boolean): string =>
  `fragment id ${identification} offset ${offset}${more ? ' more' : ''}`;

/** RFC 4302 §2.4, RFC 4303 §2.1: who decrypts, and how far the sender has counted. */
const security = (name: string, view: DataView, at: number): string =>
  `${name} spi 0x${view.getUint32(at).toString(16).padStart(8, '0')} seq ${view.getUint32(at + 4)}`;

const extensionHeader = (view: DataView, at: number, protocol: number): string => {
  switch (protocol) {
    case Protocol.fragment: {
      const offset = fragment.fragmentOffset(view, at);
      return fragmentText(fragment.identification(view, at), offset, fragment.moreFragments(view, at));
    }
    case Protocol.routing:
      return `routing type ${routing.routingType(view, at)} left ${routing.segmentsLeft(view, at)}`;
    case Protocol.ah:
      return extension.headerLength(view, at, protocol) < 12 ? 'AH' : security('AH', view, at + 4);
    default:
      return nameOf(protocol);
  }
};

const upperLayer = (view: DataView, at: number, end: number, protocol: number, depth: number): Upper => {
  const room = end - at;
  switch (protocol) {
    case Protocol.udp:
      return room < udp.headerLength
        ? withPorts(view, at, room, 'UDP truncated', 0)
        : withPorts(view, at, room, 'UDP', room - udp.headerLength);
    case Protocol.tcp:
      return room < tcp.minimumHeaderLength
        ? withPorts(view, at, room, 'TCP truncated', 0)
        : withPorts(view, at, room, tcpText(view, at), Math.max(room - tcp.headerLength(view, at), 0));
    case Protocol.icmpv6:
      return bare(
        summarizeIcmp6(view, at, end, (from) => summarizeBytes(view, from, end, depth + 1)),
        room,
      );
    case Protocol.icmp:
      return bare(
        summarizeIcmp4(view, at, end, (from) => summarizeBytes(view, from, end, depth + 1)),
        room,
      );
    case Protocol.ipv4:
    case Protocol.ipv6:
      return bare(`[${summarizeBytes(view, at, end, depth + 1)}]`, room);
    case Protocol.esp:
      return bare(room < 8 ? 'ESP truncated' : security('ESP', view, at), room);
    default:
      return bare(nameOf(protocol), room);
  }
};

/** TCP and UDP have their ports in the same place, and an ICMP error may quote no more than these. */
const withPorts = (view: DataView, at: number, room: number, text: string, length: number): Upper =>
  room < 4
    ? bare(text, length)
    : {
        sourcePort: `.${udp.sourcePort(view, at)}`,
        destinationPort: `.${udp.destinationPort(view, at)}`,
        text,
        length,
      };

/** From the lowest bit: FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, as tcpdump writes them. */
const flagLetters = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W'] as const;

const tcpText = (view: DataView, at: number): string => {
  const flags = tcp.flags(view, at);
  const letters = flagLetters.filter((_letter, bit) => ((flags >> bit) & 1) !== 0).join('') || 'none';
  const acknowledged = (flags & tcp.Flag.ack) === 0 ? '' : ` ack ${tcp.acknowledgmentNumber(view, at)}`;
  return `TCP [${letters}] seq ${tcp.sequenceNumber(view, at)}${acknowledged} window ${tcp.window(view, at)}`;
};
