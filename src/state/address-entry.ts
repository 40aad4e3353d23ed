import type { IpAddress, IpPrefix } from '../wire/address.ts';

/** KAME's address flags. Tentative and duplicated addresses are "not ready": they receive nothing. */
export const AddressFlag = {
  anycast: 0x01,
  tentative: 0x02,
  duplicated: 0x04,
  /** Receives, but is not chosen as a source (INET'99 §3.4). */
  detached: 0x08,
  deprecated: 0x10,
  /** Never asks whether somebody else has it (RFC 4862 §5.4). */
  noDetection: 0x20,
  autoconfigured: 0x40,
  temporary: 0x80,
  /** In use while it is tentative (RFC 4429). */
  optimistic: 0x100,
} as const;

/** Addresses that a router's prefix brought. They say nothing of what is on the link: prefixes do (RFC 5942 §4). */
const fromRouters = AddressFlag.autoconfigured | AddressFlag.temporary;

/** An address of one of our interfaces. */
export interface InterfaceAddress {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** The on-link prefix that came with it; of an autoconfigured address the prefix that it was made from. */
  readonly prefix: IpPrefix;
  /** Bits of {@link AddressFlag}. */
  readonly flags: number;
  /** From then on it is deprecated, in milliseconds of the node's scheduler; Infinity: never (RFC 4862 §5.5.4). */
  readonly preferredUntil: number;
  /** Then it goes; Infinity: never. */
  readonly validUntil: number;
}

/**
 * May packets to this address be received? Detached, deprecated and anycast addresses may; duplicated ones not, and
 * tentative ones only if they are optimistic.
 */
export const isReady = ({ flags }: InterfaceAddress): boolean => {
  const { tentative, duplicated, optimistic } = AddressFlag;
  return (flags & duplicated) === 0 && ((flags & tentative) === 0 || (flags & optimistic) !== 0);
};

/** Was it made from a prefix that a router advertises? */
export const isFromRouter = ({ flags }: InterfaceAddress): boolean => (flags & fromRouters) !== 0;

/** Is it used although somebody else may turn out to have it (RFC 4429)? */
export const isOptimistic = (entry: InterfaceAddress | undefined): boolean =>
  entry !== undefined && (entry.flags & AddressFlag.optimistic) !== 0;
