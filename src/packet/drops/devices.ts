import type { DropReason } from './reason.ts';

/** Reasons of devices, pools and queues. */
export const deviceReasons = {
  outgoingInterfaceDisabled: {
    sentence: 'The outgoing interface may not send IPv6: another node has its link-layer address.',
    rfc: 'RFC 4862 §5.4.5',
    counter: 'outDiscards',
  },
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
  unsegmentable: {
    sentence: 'The super-packet is none of TCP or UDP that could be cut into segments.',
    rfc: 'RFC 4293 §5',
    counter: 'inDiscards',
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
