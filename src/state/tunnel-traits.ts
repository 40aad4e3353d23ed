import { addressBits, type IpPrefix, prefixOf, unspecified4 } from '../wire/address.ts';
import * as gre from '../wire/gre.ts';
import * as gue from '../wire/gue.ts';
import { minimumMtu } from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';
import { remoteOf, type TunnelKindName, type TunnelParameters } from '../wire/tunneling.ts';
import * as udp from '../wire/udp.ts';

/** What the node has to know of a kind of tunnel, apart from how its headers are written and read. */
export interface TunnelTraits<P extends TunnelParameters = TunnelParameters> {
  /** Does it lead to one other end? */
  readonly pointToPoint: boolean;
  /** What holds when nothing is said. */
  readonly mtu: number | 'path';
  /** Protocols of outer packets that its packets come out of. */
  readonly protocols: readonly number[];
  /** What else tells its packets from those of others: a key, a port; 0 for nothing. An int32. */
  readonly discriminator: (parameters: P) => number;
  /** Where outer packets may come from: the more specific of two tunnels gets them. At most `entrancesPerTunnel`. */
  readonly sources: (parameters: P) => readonly IpPrefix[];
  /** Bytes between the outer IP header and the packet inside. */
  readonly headerLength: (parameters: P) => number;
}

/** Prefixes of sources that a tunnel may have, times its protocols. */
export const entrancesPerTunnel = 2;

const none = (): number => 0;
const everywhere: IpPrefix = { address: unspecified4, length: 0 };

/** Of tunnels with one other end. */
const configured = {
  pointToPoint: true,
  mtu: 'path',
  discriminator: none,
  sources: (parameters: TunnelParameters): readonly IpPrefix[] => {
    const remote = remoteOf(parameters);
    return remote === undefined ? [] : [{ address: remote, length: addressBits(remote) }];
  },
} as const;

/** Of those that find the other end in the IPv6 address. */
const automatic = {
  pointToPoint: false,
  mtu: minimumMtu, // RFC 3056 §4
  protocols: [Protocol.ipv6],
  discriminator: none,
  sources: (): readonly IpPrefix[] => [everywhere],
  headerLength: none,
} as const;

/** Flags of the GRE headers that a tunnel writes. */
export const greFlagsOf = ({ key, checksum, sequence }: Extract<TunnelParameters, { kind: 'gre' }>): number =>
  (key === undefined ? 0 : gre.Flag.key) |
  (checksum === true ? gre.Flag.checksum : 0) |
  (sequence === true ? gre.Flag.sequence : 0);

type Rows = { readonly [K in TunnelKindName]: TunnelTraits<Extract<TunnelParameters, { kind: K }>> };

/** Kinds of tunnels as data: a row for each. */
const rows: Rows = {
  gif: { ...configured, protocols: [Protocol.ipv4, Protocol.ipv6], headerLength: none },
  gre: {
    ...configured,
    protocols: [Protocol.gre],
    discriminator: ({ key = 0 }) => key | 0,
    headerLength: (parameters) => gre.lengthWith(greFlagsOf(parameters)),
  },
  fou: {
    ...configured,
    protocols: [Protocol.udp],
    discriminator: ({ port }) => port,
    headerLength: () => udp.headerLength,
  },
  gue: {
    ...configured,
    protocols: [Protocol.udp],
    discriminator: ({ port }) => port,
    headerLength: () => udp.headerLength + gue.headerLength,
  },
  stf: automatic,
  '6rd': {
    ...automatic,
    sources: ({ local, ipv4MaskLength = 0, borderRelay }) => [
      prefixOf(local, ipv4MaskLength),
      ...(borderRelay === undefined ? [] : [{ address: borderRelay, length: addressBits(borderRelay) }]),
    ],
  },
  isatap: automatic,
};

export const traitsOf = ({ kind }: Pick<TunnelParameters, 'kind'>): TunnelTraits => rows[kind] as TunnelTraits;

/** The MTU of a tunnel, as it is said or as its kind has it. */
export const mtuPolicyOf = (parameters: TunnelParameters): number | 'path' =>
  parameters.mtu ?? traitsOf(parameters).mtu;
