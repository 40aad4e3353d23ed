import { type DropReason, parameterProblem } from './reason.ts';

/** Reasons of fragments. */
export const reassemblyReasons = {
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
} as const satisfies Record<string, DropReason>;
