import * as fragment from '../wire/fragment.ts';
import * as v4 from '../wire/ipv4.ts';
import * as v6 from '../wire/ipv6.ts';
import { joinBytes } from './build.ts';

export interface CutOptions {
  /** Bytes of data in each fragment but the last, a multiple of eight. Default 1,232. */
  readonly size?: number;
  /** Where to cut instead: rising offsets into the data, multiples of eight. */
  readonly cuts?: readonly number[];
  /** Default 1. */
  readonly identification?: number;
  /** Bytes of the headers that every fragment carries. Default: the IPv6 header, or the IPv4 header with its options. */
  readonly head?: number;
}

/**
 * The fragments that a packet's sender would make of it (RFC 8200 §4.5, RFC 791 §3.2), in order.
 *
 * @example
 * const [first, last] = fragmentsOf(bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' }), payload(2000)));
 */
export const fragmentsOf = (packet: Uint8Array, options: CutOptions = {}): Uint8Array[] => {
  const { size = 1_232, identification = 1 } = options;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const six = v6.version(view, 0) === 6;
  const head = options.head ?? (six ? v6.headerLength : v4.headerLength(view, 0));
  const length = packet.length - head;
  const cuts = options.cuts ?? Array.from({ length: Math.ceil(length / size) - 1 }, (_, index) => (index + 1) * size);
  const from = [0, ...cuts];
  return from.map((offset, index) => {
    const more = index < cuts.length;
    const data = packet.slice(head + offset, more ? head + (from[index + 1] as number) : packet.length);
    const build = six ? fragment6 : fragment4;
    return build(packet.slice(0, head), data, offset, more, identification);
  });
};

type Build = (head: Uint8Array, data: Uint8Array, offset: number, more: boolean, id: number) => Uint8Array;

const fragment6: Build = (head, data, offset, more, id) => {
  const namedAt = lastNextHeader(head);
  const header = new Uint8Array(fragment.headerLength);
  fragment.write(new DataView(header.buffer), 0, head[namedAt] as number, offset, more, id);
  const bytes = joinBytes(head, header, data);
  bytes[namedAt] = 44;
  v6.setPayloadLength(new DataView(bytes.buffer), 0, bytes.length - v6.headerLength);
  return bytes;
};

const fragment4: Build = (head, data, offset, more, id) => {
  const bytes = joinBytes(head, data);
  const view = new DataView(bytes.buffer);
  v4.setTotalLength(view, 0, bytes.length);
  v4.setIdentification(view, 0, id);
  v4.setFragment(view, 0, offset, more);
  v4.writeChecksum(view, 0);
  return bytes;
};

/** Where the last of the headers names what follows it; all but the first have a length in eight-byte units. */
const lastNextHeader = (head: Uint8Array): number => {
  let at: number = v6.offsets.nextHeader;
  for (let next = v6.headerLength; next < head.length; next += ((head[at + 1] as number) + 1) * 8) at = next;
  return at;
};
