import type { DropReason } from './reason.ts';

/** Reasons of frames: what `ethernetInput` refuses. */
export const ethernetReasons = {
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
  interfaceDisabled: {
    sentence: 'The interface does not take IPv6: another node has its link-layer address.',
    rfc: 'RFC 4862 §5.4.5',
    counter: 'inDiscards',
  },
  badArp: {
    sentence: 'The ARP message is truncated, is about something else than IPv4 on Ethernet, or is sent for a group.',
    rfc: 'RFC 826',
    counter: 'inDiscards',
  },
} as const satisfies Record<string, DropReason>;
