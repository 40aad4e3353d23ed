/**
 * What a tunnel is configured to do, as data: its ends, and how its outer headers are made.
 *
 * @module
 */
import type { IpAddress, IpPrefix } from './address.ts';

/** Kinds of tunnels, in the order of their numbers in tables: the first is 1. */
export const tunnelKinds = ['gif', 'gre', 'fou', 'gue', 'stf', '6rd', 'isatap'] as const;
export type TunnelKindName = (typeof tunnelKinds)[number];

/**
 * What becomes of the ECN bits of outer headers:
 *
 * - `allowed`: copied in, and combined with the inner ones on the way out (RFC 6040, normal mode);
 * - `forbidden`: none in, and who comes out with "congestion experienced" is refused (KAME's default);
 * - `ignored`: all eight bits are copied in, none comes out.
 */
export const ecnModes = ['allowed', 'forbidden', 'ignored'] as const;
export type EcnMode = (typeof ecnModes)[number];

/** What every tunnel has. */
interface Common {
  /** Our end: the source of outer headers; its family is theirs. */
  readonly local: IpAddress;
  /** Of outer headers (IPv4: time to live), 1 to 255. Default 64. */
  readonly hopLimit?: number;
  /**
   * Bytes of the largest packet in the tunnel. `path`: what the path to the other end carries, less the outer headers,
   * and 1,280 at least. A number: that, and outer packets are fragmented where they don't fit. Default: `path` where
   * there is one other end, else 1,280.
   */
  readonly mtu?: number | 'path';
  /** DSCP of outer headers, 0 to 63; `inherit`, the default: that of the packet inside (RFC 2983). */
  readonly dscp?: number | 'inherit';
  readonly ecn?: EcnMode;
  /** Is an outer packet refused that came by another interface than leads back to its source? Default true. */
  readonly ingressFilter?: boolean;
}

/** Tunnels with one other end. */
interface Configured extends Common {
  readonly remote: IpAddress;
  /**
   * How many more tunnels may be nested around the outer packet: the Tunnel Encapsulation Limit option of outer IPv6
   * headers (RFC 2473 §4.1.1). Default 4 (§6.6). `none`: it is neither sent nor honoured, and the header is 8 bytes
   * shorter.
   */
  readonly encapsulationLimit?: number | 'none';
}

/** An IP packet in an IP packet: RFC 4213, RFC 2473, RFC 2003. */
export interface GifParameters extends Configured {
  readonly kind: 'gif';
}

/** Generic Routing Encapsulation: RFC 2784, RFC 2890, RFC 7676. */
export interface GreParameters extends Configured {
  readonly kind: 'gre';
  /** 1 to 0xffffffff; tells tunnels between the same ends apart. Default: there is none. */
  readonly key?: number;
  /** Default false. */
  readonly checksum?: boolean;
  /** Are packets numbered, and those that come too late refused? Default false. */
  readonly sequence?: boolean;
}

/** In UDP: directly, or behind a header of Generic UDP Encapsulation. */
export interface UdpParameters extends Configured {
  readonly kind: 'fou' | 'gue';
  /** Where we listen. */
  readonly port: number;
  /** Where the other end listens. Default: the same. */
  readonly remotePort?: number;
  /** Source port; `flow`, the default: one for each flow, so that paths can share the load (RFC 6438). */
  readonly sourcePort?: number | 'flow';
  /** Default: over IPv6 yes, where going without is for tunnels only (RFC 6935); over IPv4 no. */
  readonly checksum?: boolean;
}

/** 6to4: the other end's IPv4 address is in the IPv6 address (RFC 3056). */
export interface StfParameters extends Common {
  readonly kind: 'stf';
}

/** As 6to4, in a provider's own prefix (RFC 5969). */
export interface SixRdParameters extends Common {
  readonly kind: '6rd';
  readonly prefix: IpPrefix;
  /** Leading bits that all IPv4 addresses of the domain share, and that are not in IPv6 addresses. Default 0. */
  readonly ipv4MaskLength?: number;
  /** Where everything outside of the domain goes. Default: nowhere. */
  readonly borderRelay?: IpAddress;
}

/** An IPv4 network as a link without multicast (RFC 5214). */
export interface IsatapParameters extends Common {
  readonly kind: 'isatap';
  /** The potential routers: they alone may send what does not come from their own address. At most 4. Default none. */
  readonly routers?: readonly IpAddress[];
}

export type TunnelParameters =
  | GifParameters
  | GreParameters
  | UdpParameters
  | StfParameters
  | SixRdParameters
  | IsatapParameters;

export const tunnelDefaults = {
  hopLimit: 64,
  dscp: 'inherit',
  ecn: 'allowed',
  encapsulationLimit: 4,
  ingressFilter: true,
} as const;

/** The one other end of a tunnel; undefined when packets tell where they go. */
export const remoteOf = (parameters: TunnelParameters): IpAddress | undefined =>
  'remote' in parameters ? parameters.remote : undefined;
