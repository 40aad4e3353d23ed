import { type DropReason, unreachable4, unreachable6 } from './reason.ts';

/** Reasons on the way: what `classify` and the forward lane refuse. */
export const wayReasons = {
  // classify
  notForwarding: {
    sentence: 'The packet is for another node, and this one is a host.',
    rfc: 'RFC 8200 §2, RFC 1122 §3.3.4.2',
    counter: 'inAddrErrors',
  },
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
} as const satisfies Record<string, DropReason>;
