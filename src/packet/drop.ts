/**
 * Why a packet was refused. One reason per check; each is data: the clause that asks for it, the ICMP message the
 * sender gets (if any), the RFC 4293 counter it belongs to, and a sentence for people.
 *
 * To add a reason, add a line here and call `packet.refuse(Drop.yourReason)` where the check is.
 *
 * @module
 */

/** The ICMP message that a refusal calls for (RFC 4443 §3, RFC 792). */
export interface IcmpConsequence {
  readonly type: number;
  readonly code: number;
  /** What the refusal's parameter means in the message: a pointer into the packet, or an MTU. */
  readonly parameter?: 'pointer' | 'mtu';
  /** Sent although the packet went to a multicast group (RFC 4443 §2.4 e.3). */
  readonly evenIfMulticast?: true;
}

/** Counters of RFC 4293's ipIfStatsTable that a refusal can raise. */
export type RefusalCounter =
  | 'inHdrErrors'
  | 'inNoRoutes'
  | 'inAddrErrors'
  | 'inUnknownProtos'
  | 'inTruncatedPkts'
  | 'inDiscards'
  | 'outNoRoutes'
  | 'outDiscards'
  | 'outFragFails'
  | 'reasmFails';

export interface DropReason {
  readonly sentence: string;
  readonly rfc: string;
  readonly counter: RefusalCounter;
  readonly icmp6?: IcmpConsequence;
  readonly icmp4?: IcmpConsequence;
}

const parameterProblem = (code: number): IcmpConsequence => ({ type: 4, code, parameter: 'pointer' });
const unreachable6 = (code: number): IcmpConsequence => ({ type: 1, code });
const unreachable4 = (code: number): IcmpConsequence => ({ type: 3, code });

const reasons = {
  // Ethernet
  truncatedFrame: {
    sentence: 'The frame ends before its Ethernet header does.',
    rfc: 'RFC 894',
    counter: 'inDiscards',
  },
  notForUs: {
    sentence: 'The frame is for another link-layer address, another VLAN, or a group that no one here listens to.',
    rfc: 'RFC 2464 §7, RFC 1112 §6.4',
    counter: 'inDiscards',
  },
  badLinkLayerSource: {
    sentence: 'The frame comes from a group address, which no one can have.',
    rfc: 'RFC 1812 §3.3.2',
    counter: 'inDiscards',
  },
  unknownEtherType: {
    sentence: 'The frame carries neither IPv4 nor IPv6 nor ARP.',
    rfc: 'RFC 894, RFC 2464 §3',
    counter: 'inDiscards',
  },
  etherTypeMismatch: {
    sentence: 'The packet is of another IP version than its frame says.',
    rfc: 'RFC 894, RFC 2464 §3',
    counter: 'inHdrErrors',
  },
  badArp: {
    sentence: 'The ARP message is truncated, is about something else than IPv4 on Ethernet, or is sent for a group.',
    rfc: 'RFC 826',
    counter: 'inDiscards',
  },

  // decode
  empty: { sentence: 'The packet has no bytes.', rfc: 'RFC 8200 §3', counter: 'inTruncatedPkts' },
  unknownVersion: { sentence: 'The version nibble is neither 4 nor 6.', rfc: 'RFC 8200 §3', counter: 'inHdrErrors' },
  truncated: {
    sentence: 'The packet ends before its headers say it does.',
    rfc: 'RFC 8200 §3, RFC 791 §3.1',
    counter: 'inTruncatedPkts',
  },
  badHeaderLength: {
    sentence: 'The IPv4 header length or total length contradicts itself.',
    rfc: 'RFC 791 §3.1',
    counter: 'inHdrErrors',
  },
  badHeaderChecksum: { sentence: 'The IPv4 header checksum is wrong.', rfc: 'RFC 1812 §5.2.2', counter: 'inHdrErrors' },

  // addresses that may not come from a wire
  multicastSource: {
    sentence: 'The source is a group, which can say nothing.',
    rfc: 'RFC 4291 §2.7, RFC 1812 §5.3.7',
    counter: 'inAddrErrors',
  },
  broadcastSource: {
    sentence: 'The source is everyone on the link, 255.255.255.255.',
    rfc: 'RFC 1122 §3.2.1.3, RFC 1812 §5.3.7',
    counter: 'inAddrErrors',
  },
  unspecifiedDestination: {
    sentence: 'The destination is nobody: :: or, in IPv4, an address in 0.0.0.0/8.',
    rfc: 'RFC 4291 §2.5.2, RFC 1122 §3.2.1.3',
    counter: 'inAddrErrors',
  },
  loopbackAddress: {
    sentence: 'A loopback address, which means something within a node only.',
    rfc: 'RFC 4291 §2.5.3, RFC 1122 §3.2.1.3',
    counter: 'inAddrErrors',
  },
  mappedAddress: {
    sentence: 'An IPv4-mapped address, which is for programs and not for packets.',
    rfc: 'RFC 4291 §2.5.5.2, RFC 4038 §4.2',
    counter: 'inAddrErrors',
  },
  embeddedZone: {
    sentence: 'A link-local address has bits set between its prefix and its interface identifier.',
    rfc: 'RFC 4291 §2.5.6',
    counter: 'inAddrErrors',
  },
  reservedAddress: {
    sentence: 'An address in 240.0.0.0/4, which no one has.',
    rfc: 'RFC 1112 §4, RFC 1122 §3.2.1.3',
    counter: 'inAddrErrors',
  },

  // extension headers and IPv4 options
  truncatedHeader: {
    sentence: 'An extension header runs past the end of the packet.',
    rfc: 'RFC 4443 §3.4, RFC 8200 §4',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(0),
  },
  zeroPayloadLength: {
    sentence: 'The payload length is 0, yet a Hop-by-Hop Options header follows that does not say more.',
    rfc: 'RFC 2675 §3',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(0),
  },
  tooManyHeaders: {
    sentence: 'The packet has more extension headers than the limit.',
    rfc: 'RFC 8883 §2',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(8),
  },
  chainTooLong: {
    sentence: 'The extension headers have more bytes together than the limit.',
    rfc: 'RFC 8883 §2',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(7),
  },
  headerTooBig: {
    sentence: 'An options header has more bytes than the limit.',
    rfc: 'RFC 8504 §5.3, RFC 8883 §2',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(6),
  },
  tooManyOptions: {
    sentence: 'A header has more options than the limit.',
    rfc: 'RFC 8504 §5.3, RFC 8883 §2',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(9),
  },
  optionTooBig: {
    sentence: 'An option has more data than the limit.',
    rfc: 'RFC 8883 §2',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(10),
  },
  paddingTooLong: {
    sentence: 'Options are padded by more bytes in a row than the limit.',
    rfc: 'RFC 8504 §5.3, RFC 8883 §2',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(10),
  },
  paddingNotZero: {
    sentence: 'A PadN option carries bytes other than zero.',
    rfc: 'RFC 8200 §4.2',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(0),
  },
  misplacedHopByHop: {
    sentence: 'A Hop-by-Hop Options header does not come directly after the IPv6 header.',
    rfc: 'RFC 8200 §4.1',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(1),
  },
  badOptionLength: {
    sentence: 'An option does not have the length that its type asks for, or runs past its header.',
    rfc: 'RFC 8200 §4.2',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(0),
    icmp4: { type: 12, code: 0, parameter: 'pointer' },
  },
  unknownOption: {
    sentence: 'An unknown option asks for the packet to be refused and the sender told.',
    rfc: 'RFC 8200 §4.2',
    counter: 'inHdrErrors',
    icmp6: { type: 4, code: 2, parameter: 'pointer', evenIfMulticast: true },
  },
  unknownOptionSilent: {
    sentence: 'An unknown option asks for the packet to be refused silently.',
    rfc: 'RFC 8200 §4.2',
    counter: 'inHdrErrors',
  },
  badRoutingHeader: {
    sentence: 'A routing header of unknown or deprecated type still has segments left.',
    rfc: 'RFC 8200 §4.4, RFC 5095',
    counter: 'inHdrErrors',
    icmp6: parameterProblem(0),
  },
  sourceRouted: { sentence: 'An IPv4 source-route option was refused.', rfc: 'RFC 7126 §4.3', counter: 'inDiscards' },

  // classify
  noRoute: {
    sentence: 'No route leads to the destination.',
    rfc: 'RFC 4443 §3.1',
    counter: 'inNoRoutes',
    icmp6: unreachable6(0),
    icmp4: unreachable4(0),
  },
  rejectRoute: {
    sentence: 'The route to the destination says to refuse.',
    rfc: 'RFC 4443 §3.1',
    counter: 'inNoRoutes',
    icmp6: unreachable6(6),
    icmp4: unreachable4(1),
  },
  blackhole: {
    sentence: 'The route to the destination says to discard silently.',
    rfc: 'RFC 4443 §3.1',
    counter: 'inDiscards',
  },
  unready: {
    sentence: 'The destination is ours but tentative or duplicated.',
    rfc: 'RFC 4862 §5.4',
    counter: 'inDiscards',
  },
  reservedGroup: {
    sentence: 'A group of scope 0, which is reserved.',
    rfc: 'RFC 4291 §2.7',
    counter: 'inAddrErrors',
  },
  interfaceLocalGroup: {
    sentence: 'A group of interface-local scope, which means something within a node only.',
    rfc: 'RFC 4291 §2.7',
    counter: 'inAddrErrors',
  },
  foreignLinkLocal: {
    sentence: 'The link-local destination is none of ours on the link that the packet came by.',
    rfc: 'RFC 4291 §2.5.6, RFC 4007 §9',
    counter: 'inAddrErrors',
    icmp6: unreachable6(3),
  },
  unspecifiedSource: {
    sentence: 'Nobody has sent the packet (:: or 0.0.0.0/8), so it can neither be forwarded nor answered.',
    rfc: 'RFC 4291 §2.5.2, RFC 1122 §3.2.1.3',
    counter: 'inAddrErrors',
  },
  notMember: { sentence: 'No one here listens to this multicast group.', rfc: 'RFC 4291 §2.7', counter: 'inDiscards' },
  beyondScope: {
    sentence: 'Forwarding would take an address out of its scope zone.',
    rfc: 'RFC 4007 §9, RFC 4443 §3.1',
    counter: 'inAddrErrors',
    icmp6: unreachable6(2),
  },
  linkBroadcast: {
    sentence: 'A packet for a broadcast address is not forwarded.',
    rfc: 'RFC 1812 §5.3.5, RFC 2644',
    counter: 'inAddrErrors',
  },
  pointToPointReturn: {
    sentence: 'The packet would go back over the point-to-point link it came from.',
    rfc: 'RFC 4443 §3.1',
    counter: 'inNoRoutes',
    icmp6: unreachable6(3),
    icmp4: unreachable4(1),
  },

  linkMulticast: {
    sentence: 'The frame was for several nodes and the packet in it for another one: it is not forwarded.',
    rfc: 'RFC 1812 §5.3.4',
    counter: 'inAddrErrors',
  },

  // forwarding
  hopLimitExceeded: {
    sentence: 'The hop limit (IPv4: time to live) ran out.',
    rfc: 'RFC 8200 §3, RFC 1812 §5.3.1',
    counter: 'inHdrErrors',
    icmp6: { type: 3, code: 0 },
    icmp4: { type: 11, code: 0 },
  },
  packetTooBig: {
    sentence: 'The packet is larger than the next link carries and may not be fragmented.',
    rfc: 'RFC 4443 §3.2, RFC 1191 §4',
    counter: 'outFragFails',
    icmp6: { type: 2, code: 0, parameter: 'mtu', evenIfMulticast: true },
    icmp4: { type: 3, code: 4, parameter: 'mtu' },
  },

  // delivery
  badChecksum: {
    sentence: 'The upper-layer checksum is wrong.',
    rfc: 'RFC 4443 §2.3, RFC 8200 §8.1',
    counter: 'inDiscards',
  },
  badUpperLayer: {
    sentence: 'The upper-layer header is truncated or contradicts itself.',
    rfc: 'RFC 4443 §2.1, RFC 768',
    counter: 'inDiscards',
  },
  unknownProtocol: {
    sentence: 'No one here speaks the protocol that the packet carries.',
    rfc: 'RFC 4443 §3.4, RFC 1122 §3.2.2.1',
    counter: 'inUnknownProtos',
    icmp6: parameterProblem(1),
    icmp4: unreachable4(2),
  },
  portUnreachable: {
    sentence: 'No one listens on the destination port.',
    rfc: 'RFC 4443 §3.1, RFC 1122 §4.1.3.1',
    counter: 'inDiscards',
    icmp6: unreachable6(4),
    icmp4: unreachable4(3),
  },
  unknownMessage: {
    sentence: 'An ICMP message of a type that is not handled here.',
    rfc: 'RFC 4443 §2.4',
    counter: 'inDiscards',
  },
  noSourceAddress: {
    sentence: 'No address of ours could be the source of the reply.',
    rfc: 'RFC 4443 §2.2, RFC 6724 §4',
    counter: 'inDiscards',
  },

  // ICMP errors that come in
  badQuote: {
    sentence: 'An ICMP error quotes too little of a packet to tell whose it was.',
    rfc: 'RFC 4443 §2.4, RFC 792',
    counter: 'inDiscards',
  },
  quoteNotOurs: {
    sentence: 'An ICMP error quotes a packet that no address of ours has sent.',
    rfc: 'RFC 4443 §5.2, RFC 5927 §4',
    counter: 'inDiscards',
  },
  quoteOfError: {
    sentence: 'An ICMP error quotes an ICMP error, which no one answers with one.',
    rfc: 'RFC 4443 §2.4, RFC 1122 §3.2.2',
    counter: 'inDiscards',
  },
  quoteUnowned: {
    sentence: 'No one here answers for the packet that an ICMP error quotes.',
    rfc: 'RFC 4443 §2.4, RFC 8201 §4',
    counter: 'inDiscards',
  },
  quoteDisowned: {
    sentence: 'Who answers for the port that an ICMP error is about has not sent the packet that it quotes.',
    rfc: 'RFC 4443 §5.2, RFC 5927 §4',
    counter: 'inDiscards',
  },
  mtuTooSmall: {
    sentence: 'A Packet Too Big names an MTU that no IPv6 link may have.',
    rfc: 'RFC 8201 §4',
    counter: 'inDiscards',
  },
  mtuNotExceeded: {
    sentence: 'A Packet Too Big quotes a packet that is not too big, or may be fragmented on its way.',
    rfc: 'RFC 4443 §3.2, RFC 1191 §4, RFC 5927 §7.2',
    counter: 'inDiscards',
  },

  fragmentNotReassembled: {
    sentence: 'A fragment for this node reached delivery in a pipeline that does not reassemble.',
    rfc: 'RFC 8200 §4.5',
    counter: 'reasmFails',
  },

  // reassembly
  unalignedFragment: {
    sentence: 'A fragment that is not the last does not carry a multiple of eight bytes.',
    rfc: 'RFC 8200 §4.5, RFC 791 §3.2',
    counter: 'reasmFails',
    icmp6: parameterProblem(0),
  },
  emptyFragment: { sentence: 'A fragment carries no data.', rfc: 'RFC 8200 §4.5', counter: 'reasmFails' },
  reassembledTooLong: {
    sentence: 'The fragment would make its datagram longer than 65,535 bytes.',
    rfc: 'RFC 8200 §4.5, RFC 791 §3.1',
    counter: 'reasmFails',
    icmp6: parameterProblem(0),
  },
  incompleteHeaderChain: {
    sentence: 'The first fragment does not hold all headers up to the upper-layer header.',
    rfc: 'RFC 8200 §4.5, RFC 7112 §5',
    counter: 'reasmFails',
    icmp6: parameterProblem(3),
  },
  repeatedFragmentHeader: {
    sentence: 'A fragmented datagram carries a Fragment header again.',
    rfc: 'RFC 8200 §4.1',
    counter: 'reasmFails',
  },
  fragmentedNeighborDiscovery: {
    sentence: 'A Neighbor Discovery message came with a Fragment header.',
    rfc: 'RFC 6980 §5',
    counter: 'reasmFails',
  },
  tinyFragment: {
    sentence: 'An IPv4 fragment splits the TCP header, to hide flags or ports from filters.',
    rfc: 'RFC 1858 §3, RFC 3128',
    counter: 'reasmFails',
  },
  duplicateFragment: {
    sentence: 'The same fragment came before; the first stays.',
    rfc: 'RFC 8200 §4.5',
    counter: 'inDiscards',
  },
  fragmentOverlap: {
    sentence: 'Fragments of one datagram overlap, so all of them are refused.',
    rfc: 'RFC 5722 §4, RFC 8200 §4.5',
    counter: 'reasmFails',
  },
  fragmentBeyondEnd: {
    sentence: 'Fragments of one datagram disagree on where it ends, so all of them are refused.',
    rfc: 'RFC 5722 §4, RFC 791 §3.2',
    counter: 'reasmFails',
  },
  mixedCongestion: {
    sentence: 'Some fragments of a datagram are ECN-capable and others are not, so all of them are refused.',
    rfc: 'RFC 3168 §5.3',
    counter: 'reasmFails',
  },
  tooManyFragments: {
    sentence: 'The datagram came in more fragments than the limit.',
    rfc: 'RFC 8900 §3.7',
    counter: 'reasmFails',
  },
  refusedDatagram: {
    sentence: 'The fragment belongs to a datagram that was refused before.',
    rfc: 'RFC 5722 §4',
    counter: 'reasmFails',
  },
  reassemblyLimit: {
    sentence: 'The fragment made room for newer ones, or its source holds too many.',
    rfc: 'RFC 8900 §3.7',
    counter: 'reasmFails',
  },
  reassemblyTimeout: {
    sentence: 'Other fragments of the datagram did not arrive in time; this is the first.',
    rfc: 'RFC 8200 §4.5, RFC 1122 §3.3.2',
    counter: 'reasmFails',
    icmp6: { type: 3, code: 1 },
    icmp4: { type: 11, code: 1 },
  },
  reassemblyTimeoutSilent: {
    sentence: 'Other fragments of the datagram did not arrive in time.',
    rfc: 'RFC 8200 §4.5, RFC 1122 §3.3.2',
    counter: 'reasmFails',
  },
  reassemblyStopped: {
    sentence: 'No more packets come, so the datagram stays incomplete.',
    rfc: 'RFC 8200 §4.5',
    counter: 'reasmFails',
  },

  // neighbors
  foreignDiscovery: {
    sentence: 'A Neighbor Discovery message has a hop limit below 255, so it may come from another link.',
    rfc: 'RFC 4861 §7.1',
    counter: 'inDiscards',
  },
  badDiscovery: {
    sentence: 'A Neighbor Discovery message is truncated or contradicts itself.',
    rfc: 'RFC 4861 §7.1',
    counter: 'inDiscards',
  },
  notNeighbor: {
    sentence: 'Neighbor Discovery or ARP by or about an address that is not on this link.',
    rfc: 'RFC 4861 §7.2.3',
    counter: 'inDiscards',
  },
  notOurTarget: {
    sentence: 'Neighbor Discovery or ARP asks for an address that is not ours, or not yet.',
    rfc: 'RFC 4861 §7.2.3, RFC 826',
    counter: 'inDiscards',
  },
  addressConflict: {
    sentence: 'Another node on the link claims an address of ours.',
    rfc: 'RFC 4862 §5.4.4, RFC 5227 §2.4',
    counter: 'inDiscards',
  },
  rogueAdvertisement: {
    sentence: 'A Router Advertisement or Redirect came from where no router is.',
    rfc: 'RFC 6105 §2, RFC 7113 §3',
    counter: 'inDiscards',
  },
  hiddenHeaders: {
    sentence: 'The packet ends before its upper-layer header, so what it carries can not be told.',
    rfc: 'RFC 7113 §3, RFC 7112 §5',
    counter: 'inDiscards',
  },
  neighborQueueFull: {
    sentence: 'Too many packets wait for the link-layer address of a neighbor, so the oldest goes.',
    rfc: 'RFC 4861 §7.2.2',
    counter: 'outDiscards',
  },
  addressUnreachable: {
    sentence: 'The neighbor did not tell its link-layer address.',
    rfc: 'RFC 4861 §7.2.2, RFC 1122 §2.3.2.2',
    counter: 'outDiscards',
    icmp6: unreachable6(3),
    icmp4: unreachable4(1),
  },
  neighborLimit: {
    sentence: 'The neighbor cache has no room for the neighbor, or needed it for another.',
    rfc: 'RFC 6583 §6',
    counter: 'outDiscards',
  },
  resolutionLimit: {
    sentence: 'More neighbors are being looked for than the rate allows.',
    rfc: 'RFC 6583 §6',
    counter: 'outDiscards',
  },
  resolutionStopped: {
    sentence: 'The line has ended while the packet waited for the link-layer address of a neighbor.',
    rfc: 'RFC 4861 §7.2.2',
    counter: 'outDiscards',
  },
  noHeadroom: {
    sentence: 'The slab has no room before the packet for another header.',
    rfc: 'RFC 4293 §5',
    counter: 'outDiscards',
  },

  // IPsec
  unknownSpi: {
    sentence: 'There is no security association with the SPI, destination and protocol of the packet.',
    rfc: 'RFC 4301 §5.2, RFC 4303 §3.4.2',
    counter: 'inDiscards',
  },
  truncatedSecurity: {
    sentence: 'The packet is too short for its AH, ESP or IPComp header and what its association adds.',
    rfc: 'RFC 4303 §2, RFC 4302 §2',
    counter: 'inHdrErrors',
  },
  associationSource: {
    sentence: 'The packet does not come from the source of its security association.',
    rfc: 'RFC 4301 §4.4.2.1',
    counter: 'inDiscards',
  },
  replayed: {
    sentence: 'The sequence number was seen already, or lies before the anti-replay window.',
    rfc: 'RFC 4303 §3.4.3, RFC 4302 §3.4.3',
    counter: 'inDiscards',
  },
  badIcv: {
    sentence: 'The integrity check value is wrong: the packet was changed, or made by someone without the key.',
    rfc: 'RFC 4303 §3.4.4, RFC 4302 §3.4.4',
    counter: 'inDiscards',
  },
  badPadding: {
    sentence: 'The ESP padding is longer than the packet.',
    rfc: 'RFC 4303 §2.4',
    counter: 'inDiscards',
  },
  dummyPacket: {
    sentence: 'A dummy packet, sent to hide how much is sent.',
    rfc: 'RFC 4303 §2.6',
    counter: 'inDiscards',
  },
  keepalive: {
    sentence: 'A keepalive for an address translator on the way.',
    rfc: 'RFC 3948 §2.3',
    counter: 'inDiscards',
  },
  wrongMode: {
    sentence: 'A tunnel mode association carried something else than an IP packet.',
    rfc: 'RFC 4301 §5.2',
    counter: 'inDiscards',
  },
  outerCongestion: {
    sentence: 'Congestion was marked outside, and the packet inside has no place for the mark.',
    rfc: 'RFC 6040 §4.2',
    counter: 'inDiscards',
  },
  tooManyAssociations: {
    sentence: 'The packet is nested in more security associations than the limit.',
    rfc: 'RFC 4301 §4.1',
    counter: 'inDiscards',
  },
  badCompression: {
    sentence: 'The compressed payload can not be decompressed.',
    rfc: 'RFC 3173 §2, RFC 2394',
    counter: 'inDiscards',
  },
  compressionLimit: {
    sentence: 'The compressed payload is larger than any packet when decompressed.',
    rfc: 'RFC 3173 §2.1',
    counter: 'inDiscards',
  },
  notProtected: {
    sentence: 'The policy asks for protection that the packet came without.',
    rfc: 'RFC 4301 §5.2',
    counter: 'inDiscards',
  },
  wrongProtection: {
    sentence: 'The packet came through other security associations than its policy asks for.',
    rfc: 'RFC 4301 §5.2',
    counter: 'inDiscards',
  },
  discardedByPolicy: {
    sentence: 'The policy discards what comes in like this.',
    rfc: 'RFC 4301 §4.4.1',
    counter: 'inDiscards',
  },
  prohibitedByPolicy: {
    sentence: 'The policy discards what goes out like this.',
    rfc: 'RFC 4301 §4.4.1',
    counter: 'outDiscards',
    icmp6: unreachable6(1),
    icmp4: unreachable4(13),
  },
  opaqueFragment: {
    sentence: 'A policy depends on ports, which a fragment other than the first does not tell.',
    rfc: 'RFC 4301 §7',
    counter: 'outDiscards',
  },
  noAssociation: {
    sentence: 'The policy asks for protection, and there is no security association for it yet.',
    rfc: 'RFC 4301 §5.1',
    counter: 'outDiscards',
    icmp6: unreachable6(1),
    icmp4: unreachable4(13),
  },
  fragmentInTransport: {
    sentence: 'Transport mode protects whole packets, and this is a fragment.',
    rfc: 'RFC 4303 §3.3.4',
    counter: 'outDiscards',
  },
  sequenceExhausted: {
    sentence: 'The security association has no sequence number left.',
    rfc: 'RFC 4303 §3.3.3',
    counter: 'outDiscards',
  },
  tunnelEndsHere: {
    sentence: 'The other end of the security association is this node.',
    rfc: 'RFC 4301 §4.5',
    counter: 'outDiscards',
  },
  noTailroom: {
    sentence: 'The slab has no room behind the packet for padding and an integrity check value.',
    rfc: 'RFC 4293 §5',
    counter: 'outDiscards',
  },

  // devices and resources
  noInterface: {
    sentence: 'The outgoing interface does not exist or is down.',
    rfc: 'RFC 1812 §5.3.12',
    counter: 'outDiscards',
  },
  deviceFull: { sentence: 'The device took no more packets.', rfc: 'RFC 1812 §5.3.6', counter: 'outDiscards' },
  deviceLost: { sentence: 'The device is gone.', rfc: 'RFC 1812 §5.3.12', counter: 'outDiscards' },
  deviceRefused: {
    sentence: 'The device refused the packet as malformed.',
    rfc: 'RFC 1812 §5.3.12',
    counter: 'outDiscards',
  },
  outboxFull: {
    sentence: 'Too many packets of our own wait for their turn.',
    rfc: 'RFC 1812 §5.3.6',
    counter: 'outDiscards',
  },
  laneClosed: {
    sentence: 'The lane for the packet has ended, or takes no packets.',
    rfc: 'RFC 4293 §5',
    counter: 'inDiscards',
  },
  noBuffer: { sentence: 'The packet pool is exhausted.', rfc: 'RFC 1812 §5.3.6', counter: 'outDiscards' },
} as const satisfies Record<string, DropReason>;

export type DropName = keyof typeof reasons;

/** Names in the order of their codes; index 0 is the name of "not refused". */
export const dropNames: readonly (DropName | 'none')[] = ['none', ...(Object.keys(reasons) as DropName[])];

/** Codes by name: `Drop.hopLimitExceeded`. Code 0, `Drop.none`, means not refused. */
export const Drop = Object.fromEntries(dropNames.map((name, code) => [name, code])) as Readonly<
  Record<DropName | 'none', number>
>;

/** Reasons by code; `dropReasons[0]` is undefined. */
export const dropReasons: readonly (DropReason | undefined)[] = [undefined, ...Object.values(reasons)];

/** Number of codes, `none` included: the size of a table indexed by code. */
export const dropCount = dropNames.length;
