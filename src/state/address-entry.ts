import type { IpAddress, IpPrefix } from '../wire/address.ts';

/** KAME's address flags. Tentative and duplicated addresses are "not ready": they receive nothing. */
export const AddressFlag = {
  anycast: 0x01,
  tentative: 0x02,
  duplicated: 0x04,
  /** Receives, but is not chosen as a source (INET'99 §3.4). */
  detached: 0x08,
  deprecated: 0x10,
  /** Never looked for on its link: no Duplicate Address Detection. */
  noDetection: 0x20,
  autoconfigured: 0x40,
  temporary: 0x80,
  /** Used while it is still tentative (RFC 4429). */
  optimistic: 0x100,
} as const;

/** An address of one of our interfaces. */
export interface InterfaceAddress {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** The on-link prefix that came with it. */
  readonly prefix: IpPrefix;
  /** Bits of {@link AddressFlag}. */
  readonly flags: number;
}

/** May packets to this address be received? Detached, deprecated, anycast and optimistic ones may; tentative ones not. */
export const isReady = ({ flags }: InterfaceAddress): boolean =>
  (flags & AddressFlag.duplicated) === 0 &&
  (flags & (AddressFlag.tentative | AddressFlag.optimistic)) !== AddressFlag.tentative;
