import { type DropReason, parameterProblem, unreachable4, unreachable6 } from './reason.ts';

/** Reasons of what is delivered, and of the ICMP errors among it. */
export const deliveryReasons = {
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
  noSource: {
    sentence: 'No address of ours could be the source of a packet of our own.',
    rfc: 'RFC 6724 §4',
    counter: 'outDiscards',
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
} as const satisfies Record<string, DropReason>;
