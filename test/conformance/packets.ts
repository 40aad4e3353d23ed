/** Words that the tables of conformance share. */
import { ipv6, type Layer, option, payload, routing } from '../../src/testing/index.ts';

/** To an address of the router, through it to another link, and to groups. */
export const ours = ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' });
export const others = ipv6({ source: 'fd00:a::2', destination: '2001:db8:1::1' });
export const ourGroup = ipv6({ source: 'fd00:a::2', destination: 'ff02::1' });

/** An option that no one knows, with an action in the two high bits of its type. */
export const unknown = (action: number, low = 0x1e): Uint8Array => option((action << 6) | low, payload(2));
export const times = <T>(count: number, each: T): T[] => Array.from({ length: count }, () => each);
export const route = (routingType: number, segmentsLeft: number): Layer =>
  routing({ routingType, segmentsLeft, data: payload(16) });

/** Cuts a packet short, and says so in its payload length. */
export const cut = (bytes: Uint8Array, length: number): Uint8Array => {
  const short = bytes.slice(0, length);
  new DataView(short.buffer).setUint16(4, length - 40);
  return short;
};
