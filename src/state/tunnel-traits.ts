import { addressBits, type IpPrefix } from '../wire/address.ts';
import { Protocol } from '../wire/protocols.ts';
import type { TunnelKindName, TunnelParameters } from '../wire/tunneling.ts';

/** What the node has to know of a kind of tunnel, apart from how its headers are written and read. */
export interface TunnelTraits {
  /** Does it lead to one other end? */
  readonly pointToPoint: boolean;
  /** Protocols of outer packets that its packets come out of. */
  readonly protocols: readonly number[];
  /** Where these may come from: the more specific of two tunnels gets them. */
  readonly sources: (parameters: TunnelParameters) => readonly IpPrefix[];
  /** Bytes between the outer IP header and the packet inside. */
  readonly headerLength: (parameters: TunnelParameters) => number;
}

const exactly = ({ remote }: TunnelParameters): readonly IpPrefix[] => [
  { address: remote, length: addressBits(remote) },
];

/** Kinds of tunnels as data: a row for each. */
export const tunnelTraits: Readonly<Record<TunnelKindName, TunnelTraits>> = {
  /** IPv6 and IPv4 in either of them: RFC 4213, RFC 2473, RFC 2003. */
  gif: {
    pointToPoint: true,
    protocols: [Protocol.ipv4, Protocol.ipv6],
    sources: exactly,
    headerLength: () => 0,
  },
};
