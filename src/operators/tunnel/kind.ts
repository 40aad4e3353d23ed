import type { Packet } from '../../packet/packet.ts';
import type { Node } from '../../state/node.ts';
import type { TunnelKindName } from '../../wire/tunneling.ts';

/** What kinds of tunnels need of the node. */
export type TunnelNode = Pick<Node, 'identifications' | 'tunnels'>;

/**
 * A kind of tunnel: how its outer headers are written and read. What is the same for all kinds, such as the guard
 * against loops, ECN and counters, is not its business.
 *
 * Both functions are total and allocate nothing; they may refuse the packet.
 */
export interface TunnelKind {
  readonly name: TunnelKindName;
  /**
   * Writes the outer headers into the headroom; `packet.outInterface` is the tunnel. Nothing of the packet inside is
   * moved. {@link pushOuter} writes the outer IP header.
   */
  readonly encapsulate: (packet: Packet, node: TunnelNode) => void;
  /**
   * Looks at the headers from `packet.upper` on, behind the outer IP header; then moves `upper` to the packet inside and
   * sets `protocol` to its IP version, `Protocol.ipv6` or `Protocol.ipv4`.
   */
  readonly decapsulate: (packet: Packet, node: TunnelNode, tunnel: number) => void;
}
