import type { DropReason } from './reason.ts';

/** Reasons of headers that are not IP, and of addresses that may not come from a wire: what `decode` refuses. */
export const decodeReasons = {
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
} as const satisfies Record<string, DropReason>;
