/**
 * What a line of setkey says: data, for whoever has the databases.
 *
 * @module
 */
import type { IpAddress, IpPrefix } from '../../wire/address.ts';

export type SecurityProtocolName = 'esp' | 'ah' | 'ipcomp';

/** An algorithm by the name that `src/crypto` has for it, and its key. */
export interface KeyedAlgorithm {
  readonly algorithm: string;
  readonly key: Uint8Array;
}

interface LifetimeConfig {
  readonly seconds?: number | undefined;
  readonly secondsInUse?: number | undefined;
  readonly bytes?: number | undefined;
  readonly packets?: number | undefined;
}

/** A security association: the shape of the SADB's `AssociationSpec`. */
export interface AssociationConfig {
  readonly protocol: SecurityProtocolName;
  readonly spi: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly mode?: 'any' | 'transport' | 'tunnel' | undefined;
  readonly reqid?: number | undefined;
  readonly encryption?: KeyedAlgorithm | undefined;
  readonly authentication?: KeyedAlgorithm | undefined;
  readonly replayWindow?: number | undefined;
  readonly extendedSequenceNumbers?: boolean | undefined;
  readonly cyclic?: boolean | undefined;
  readonly soft?: LifetimeConfig | undefined;
  readonly hard?: LifetimeConfig | undefined;
  readonly encapsulation?: { readonly sourcePort: number; readonly destinationPort: number } | undefined;
  readonly keepalive?: number | undefined;
  readonly padTo?: number | undefined;
  readonly dontFragment?: 'copy' | 'set' | 'clear' | undefined;
  readonly codePoint?: number | undefined;
}

export interface RequestConfig {
  readonly protocol: SecurityProtocolName;
  readonly mode: 'transport' | 'tunnel';
  readonly source?: IpAddress | undefined;
  readonly destination?: IpAddress | undefined;
  readonly level: 'default' | 'use' | 'require' | 'unique';
  readonly reqid?: number | undefined;
}

/** A security policy: the shape of the SPD's `PolicySpec`. */
export interface PolicyConfig {
  readonly direction: 'in' | 'out' | 'forward';
  readonly source: IpPrefix;
  readonly destination: IpPrefix;
  readonly protocol?: number | undefined;
  readonly sourcePort?: number | readonly [first: number, last: number] | undefined;
  readonly destinationPort?: number | readonly [first: number, last: number] | undefined;
  readonly icmpType?: number | undefined;
  readonly icmpCode?: number | undefined;
  readonly action: 'discard' | 'bypass' | 'protect';
  readonly requests?: readonly RequestConfig[] | undefined;
  readonly lifetime?: { readonly seconds?: number | undefined; readonly idleSeconds?: number | undefined } | undefined;
}

/** Where a statement stands. Lines and columns count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type StatementContent =
  | { readonly command: 'add'; readonly association: AssociationConfig }
  | {
      readonly command: 'get' | 'delete';
      readonly key: Pick<AssociationConfig, 'protocol' | 'spi' | 'source' | 'destination'>;
    }
  | {
      readonly command: 'deleteall';
      readonly protocol: SecurityProtocolName;
      readonly source: IpAddress;
      readonly destination: IpAddress;
    }
  | { readonly command: 'flush' | 'dump'; readonly protocol: SecurityProtocolName | undefined }
  | { readonly command: 'spdadd' | 'spdupdate' | 'spddelete'; readonly policy: PolicyConfig }
  | { readonly command: 'spdflush' | 'spddump' };

/** A command, and where it begins. */
export type Statement = StatementContent & { readonly at: Position };
