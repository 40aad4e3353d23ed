/**
 * What a security association is made of, as data, and what is wrong with it.
 *
 * @module
 */
import {
  type AeadName,
  type AlgorithmName,
  aeadAlgorithms,
  type CipherName,
  cipherAlgorithms,
  type IntegrityName,
  integrityAlgorithms,
} from '../../crypto/index.ts';
import { formatAddress, type IpAddress, isMulticast, isUnspecified } from '../../wire/address.ts';
import { Protocol } from '../../wire/protocols.ts';
import { type Lifetime, lifetimeProblem, lifetimesProblem } from './lifetime.ts';
import { longestWindow } from './replay-window.ts';

export type SecurityProtocol = 'esp' | 'ah' | 'ipcomp';

/** Protocol numbers. */
export const securityProtocols: Readonly<Record<SecurityProtocol, number>> = {
  esp: Protocol.esp,
  ah: Protocol.ah,
  ipcomp: Protocol.ipcomp,
};

/** `any` serves both modes, as setkey's default does. */
export type AssociationMode = 'any' | 'transport' | 'tunnel';

/** UDP ports that ESP is wrapped for (RFC 3948). */
export interface UdpEncapsulation {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** What tells an association from all others (RFC 4301 §4.1). */
export interface AssociationKey {
  readonly protocol: SecurityProtocol;
  /** 256 to 2^32 - 1; of IPComp the CPI, to 65,535. */
  readonly spi: number;
  readonly destination: IpAddress;
}

/** A security association as it is written. Keys are copied into the cipher's memory and kept nowhere else. */
export interface AssociationSpec extends AssociationKey {
  /** Unspecified: whoever knows the key. */
  readonly source: IpAddress;
  /** Default `any`. */
  readonly mode?: AssociationMode | undefined;
  /** What policies of level `unique` ask for. Default 0. */
  readonly reqid?: number | undefined;
  readonly encryption?: { readonly algorithm: AeadName | CipherName; readonly key: Uint8Array } | undefined;
  readonly authentication?: { readonly algorithm: IntegrityName; readonly key: Uint8Array } | undefined;
  /** Packets, 0 to 4,096; 0 for no check. Default 64. */
  readonly replayWindow?: number | undefined;
  /** Default false. */
  readonly extendedSequenceNumbers?: boolean | undefined;
  /** May sequence numbers begin anew? Only for receivers that don't check (RFC 4303 §3.3.3). Default false. */
  readonly cyclic?: boolean | undefined;
  readonly soft?: Lifetime | undefined;
  readonly hard?: Lifetime | undefined;
  readonly encapsulation?: UdpEncapsulation | undefined;
  /** Seconds between keepalives to a peer behind a translator (RFC 3948 §4); 0 for none. Default 0. */
  readonly keepalive?: number | undefined;
  /** Tunnel mode pads the inner packet to this many bytes (RFC 4303 §2.7). Default 0. */
  readonly padTo?: number | undefined;
  /** Don't Fragment of an IPv4 tunnel header (RFC 4301 §8.1). Default `copy`. */
  readonly dontFragment?: 'copy' | 'set' | 'clear' | undefined;
  /** The Differentiated Services code point of a tunnel header (RFC 4301 §5.1.2), 0 to 63. Default: the inner one. */
  readonly codePoint?: number | undefined;
}

/** Names the association in a sentence. */
export const associationName = ({ protocol, spi, destination }: AssociationKey): string =>
  `${protocol} 0x${spi.toString(16).padStart(8, '0')} to ${formatAddress(destination)}`;

const isWhole = (value: number, from: number, to: number): boolean =>
  Number.isInteger(value) && value >= from && value <= to;

export const isAead = (name: AlgorithmName): name is AeadName => Object.hasOwn(aeadAlgorithms, name);

/** Are algorithms there, and only those that the protocol takes? */
const algorithmProblem = ({ protocol, encryption, authentication }: AssociationSpec): string | undefined => {
  if (protocol === 'ipcomp') {
    return (encryption ?? authentication) ? 'IPComp compresses and takes no key' : undefined;
  }
  if (authentication !== undefined && !Object.hasOwn(integrityAlgorithms, authentication.algorithm)) {
    return `there is no integrity algorithm ${authentication.algorithm} here`;
  }
  if (protocol === 'ah') {
    if (encryption !== undefined) return 'AH does not encrypt';
    return authentication === undefined ? 'AH needs an integrity algorithm and its key' : undefined;
  }
  if (encryption === undefined) return 'ESP needs an encryption algorithm, "null" if it is only to authenticate';
  if (isAead(encryption.algorithm)) {
    return authentication === undefined ? undefined : `${encryption.algorithm} authenticates by itself`;
  }
  if (!Object.hasOwn(cipherAlgorithms, encryption.algorithm)) {
    return `there is no encryption algorithm ${encryption.algorithm} here`;
  }
  return authentication === undefined
    ? `${encryption.algorithm} needs an integrity algorithm beside it (RFC 8221 §4)`
    : undefined;
};

const numberProblem = (spec: AssociationSpec): string | undefined => {
  const { protocol, spi, reqid = 0, replayWindow = 0, padTo = 0, codePoint = 0, keepalive = 0, encapsulation } = spec;
  const longestSpi = protocol === 'ipcomp' ? 0xffff : 0xffffffff;
  if (!isWhole(spi, 0x100, longestSpi))
    return `the SPI ${spi} is not in 256 to ${longestSpi}: those below are reserved`;
  if (!isWhole(reqid, 0, 0xffffffff)) return `the reqid ${reqid} is not in 0 to 4294967295`;
  if (!isWhole(replayWindow, 0, longestWindow)) return `a replay window has 0 to ${longestWindow} packets`;
  if (!isWhole(padTo, 0, 65_535)) return `padding to ${padTo} bytes is not in 0 to 65535`;
  if (!isWhole(codePoint, 0, 63)) return `the code point ${codePoint} is not in 0 to 63`;
  if (!isWhole(keepalive, 0, 3_600)) return `the time between keepalives, ${keepalive} s, is not in 0 to 3600`;
  if (encapsulation === undefined) return keepalive > 0 ? 'keepalives are for UDP encapsulation' : undefined;
  if (protocol !== 'esp') return 'UDP encapsulation is for ESP';
  const { sourcePort, destinationPort } = encapsulation;
  return isWhole(sourcePort, 1, 65_535) && isWhole(destinationPort, 1, 65_535)
    ? undefined
    : 'ports of UDP encapsulation are 1 to 65535';
};

/** What is wrong with the association, in a sentence without its name; undefined if nothing is. */
export const specProblem = (spec: AssociationSpec): string | undefined => {
  const { source, destination, soft, hard, extendedSequenceNumbers = false, replayWindow = 64 } = spec;
  if (source.family !== destination.family) return 'its ends are of two IP versions';
  if (isUnspecified(destination)) return 'its destination is nobody';
  if (isMulticast(destination) || isMulticast(source)) return 'one of its ends is a group';
  if (extendedSequenceNumbers && replayWindow === 0) {
    return 'extended sequence numbers need an anti-replay window (RFC 4303 §2.2.1)';
  }
  return (
    numberProblem(spec) ??
    algorithmProblem(spec) ??
    lifetimeProblem('soft', soft) ??
    lifetimeProblem('hard', hard) ??
    lifetimesProblem(soft, hard)
  );
};
