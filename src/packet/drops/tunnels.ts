import { type DropReason, parameterProblem, unreachable4, unreachable6 } from './reason.ts';

/** Reasons of tunnels: what going into one and coming out of one refuses. */
export const tunnelReasons = {
  tunnelLoop: {
    sentence: 'A tunnel was to encapsulate the packet again, or tunnels are nested more deeply than the limit.',
    rfc: 'RFC 2473 §4.1',
    counter: 'outDiscards',
    icmp6: unreachable6(3),
    icmp4: unreachable4(1),
  },
  tunnelLoopSilent: {
    sentence: 'The tunnel leads into a loop, of which senders have been told often enough for now.',
    rfc: 'RFC 2473 §4.1, RFC 4443 §2.4',
    counter: 'outDiscards',
  },
  encapsulationLimit: {
    sentence: 'The packet says that it may not be encapsulated once more.',
    rfc: 'RFC 2473 §4.1.1',
    counter: 'outDiscards',
    icmp6: parameterProblem(0),
  },
  tooManyDecapsulations: {
    sentence: 'The packet came out of more tunnels here than the limit.',
    rfc: 'RFC 2473 §4.1',
    counter: 'inDiscards',
  },
  ingressFiltered: {
    sentence: 'The outer packet came by another interface than the one that leads to its source.',
    rfc: 'RFC 4213 §4, RFC 2827',
    counter: 'inDiscards',
  },
  tunnelVersion: {
    sentence: 'What came out of the tunnel is of another IP version than the header around it said.',
    rfc: 'RFC 2473 §3.3, RFC 2003 §3',
    counter: 'inHdrErrors',
  },
  tunnelCongestion: {
    sentence: 'The outer packet met congestion, and the sender of the packet inside would not know what that means.',
    rfc: 'RFC 6040 §4.2',
    counter: 'inDiscards',
  },
  tunnelContent: {
    sentence: 'What came out of the tunnel is neither IPv4 nor IPv6.',
    rfc: 'RFC 2784 §2.4',
    counter: 'inUnknownProtos',
  },
  badGre: {
    sentence: 'A GRE header is truncated, or has bits set that no one may set.',
    rfc: 'RFC 2784 §2.3',
    counter: 'inHdrErrors',
  },
  greSequence: {
    sentence: 'A GRE packet has no number, or came after one with a later number.',
    rfc: 'RFC 2890 §2.2',
    counter: 'inDiscards',
  },
  badGue: {
    sentence: 'A GUE header is truncated, is a control message, or has extension fields, of which none is known.',
    rfc: 'draft-ietf-intarea-gue-09 §3.3',
    counter: 'inHdrErrors',
  },
  notCarried: {
    sentence: 'The tunnel carries IPv6, and the packet is IPv4.',
    rfc: 'RFC 4213 §3',
    counter: 'outDiscards',
    icmp4: unreachable4(1),
  },
  noTunnelEndpoint: {
    sentence: 'Nothing in the address that the packet goes to next tells where the tunnel ends.',
    rfc: 'RFC 3056 §5.3, RFC 5969 §9, RFC 5214 §7.1',
    counter: 'outDiscards',
    icmp6: unreachable6(3),
  },
  badTunnelEndpoint: {
    sentence: 'The IPv4 address of the other end of the tunnel is none that another node could have there.',
    rfc: 'RFC 3964 §5.3, RFC 5214 §7.3',
    counter: 'outDiscards',
    icmp6: unreachable6(3),
  },
  tunnelSpoofed: {
    sentence: 'The packet inside comes from another address than who sent it through the tunnel can have.',
    rfc: 'RFC 3964 §5.2, RFC 5969 §9.2, RFC 5214 §7.3',
    counter: 'inDiscards',
  },
  scopeInTunnel: {
    sentence: 'A link-local address or a group came out of a tunnel that is no link.',
    rfc: 'RFC 3964 §5.3',
    counter: 'inAddrErrors',
  },
  tunnelTransit: {
    sentence: 'The packet came out of an automatic tunnel and would go back into it, to another end.',
    rfc: 'RFC 3964 §5.2',
    counter: 'inDiscards',
  },
  compatibleSource: {
    sentence: 'A packet from an IPv4-compatible address came out of a tunnel.',
    rfc: 'RFC 4213 §3.6',
    counter: 'inAddrErrors',
  },
} as const satisfies Record<string, DropReason>;
