import { type DropReason, parameterProblem } from './reason.ts';

/** Reasons of extension headers and IPv4 options. */
export const headerReasons = {
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
} as const satisfies Record<string, DropReason>;
