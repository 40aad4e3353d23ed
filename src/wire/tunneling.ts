/**
 * What a tunnel is configured to do, as data: its ends, and how its outer headers are made.
 *
 * @module
 */
import type { IpAddress } from './address.ts';

/** Kinds of tunnels, in the order of their numbers in tables: the first is 1. */
export const tunnelKinds = ['gif'] as const;
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

export interface TunnelParameters {
  readonly kind: TunnelKindName;
  /** Our end: the source of outer headers; its family is theirs. */
  readonly local: IpAddress;
  /** The other end. */
  readonly remote: IpAddress;
  /** Of outer headers (IPv4: time to live), 1 to 255. Default 64. */
  readonly hopLimit?: number;
  /**
   * Bytes of the largest packet in the tunnel. `path`, the default: what the path to the other end carries, less the
   * outer headers, and 1,280 at least. A number: that, and outer packets are fragmented where they don't fit.
   */
  readonly mtu?: number | 'path';
  /** DSCP of outer headers, 0 to 63; `inherit`, the default: that of the packet inside (RFC 2983). */
  readonly dscp?: number | 'inherit';
  readonly ecn?: EcnMode;
  /**
   * How many more tunnels may be nested around the outer packet: the Tunnel Encapsulation Limit option of outer IPv6
   * headers (RFC 2473 §4.1.1). Default 4 (§6.6). `none`: it is neither sent nor honoured, and the header is 8 bytes
   * shorter.
   */
  readonly encapsulationLimit?: number | 'none';
  /** Is an outer packet refused that came by another interface than leads back to its source? Default true. */
  readonly ingressFilter?: boolean;
}

export const tunnelDefaults = {
  hopLimit: 64,
  mtu: 'path',
  dscp: 'inherit',
  ecn: 'allowed',
  encapsulationLimit: 4,
  ingressFilter: true,
} as const satisfies Omit<TunnelParameters, 'kind' | 'local' | 'remote'>;
