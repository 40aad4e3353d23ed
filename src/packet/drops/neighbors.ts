import { type DropReason, unreachable4, unreachable6 } from './reason.ts';

/** Reasons of Neighbor Discovery, ARP and the neighbor cache. */
export const neighborReasons = {
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
  redirectIgnored: {
    sentence: 'The Redirect came where none is believed: where this node is a router, or was told so.',
    rfc: 'RFC 4861 §8.3',
    counter: 'inDiscards',
  },
  notFirstHop: {
    sentence: 'The Redirect does not come from the first hop to its destination.',
    rfc: 'RFC 4861 §8.1',
    counter: 'inDiscards',
  },
  loopedBack: {
    sentence: 'A solicitation of our own came back: the link loops.',
    rfc: 'RFC 7527 §4.3',
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
} as const satisfies Record<string, DropReason>;
