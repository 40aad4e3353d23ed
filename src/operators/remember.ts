import type { Packet } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';

type RememberNode = Pick<Node, 'pathMtus' | 'sentPackets'>;

/** Unit of {@link remember}. */
export const rememberStep =
  ({ pathMtus, sentPackets }: RememberNode) =>
  (packet: Packet): void => {
    const { view, start, end } = packet;
    if (packet.family === 6 ? end - start <= ipv6.minimumMtu : end - start <= pathMtus.options.minimum4) return;
    if (packet.family === 6 || ipv4.dontFragment(view, start)) sentPackets.note(view, start, end, packet.outInterface);
  };

/**
 * Remembers our own packets that a Packet Too Big may come back about: those that are larger than every path carries,
 * in IPv4 with Don't Fragment set. A message about any other packet is made up (RFC 8201 §4).
 */
export const remember = (node: RememberNode): Lane => stage(rememberStep(node));
