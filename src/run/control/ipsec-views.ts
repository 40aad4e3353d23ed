/**
 * IPsec's databases as plain data for those who ask. There are no keys in them.
 *
 * @module
 */
import type { SecurityAssociation } from '../../state/sadb/association.ts';
import type { Lifetime } from '../../state/sadb/lifetime.ts';
import type { KeyEvent } from '../../state/sadb.ts';
import type { PolicyRequest, PortRange } from '../../state/spd/policy.ts';
import type { SecurityPolicy } from '../../state/spd.ts';
import { formatAddress, formatPrefix } from '../../wire/address.ts';

export interface AssociationView {
  readonly protocol: string;
  readonly spi: number;
  readonly source: string;
  readonly destination: string;
  readonly mode: string;
  readonly reqid: number;
  readonly state: string;
  readonly encryption?: string;
  readonly authentication?: string;
  readonly replayWindow: number;
  readonly extendedSequenceNumbers: boolean;
  readonly encapsulation?: { readonly sourcePort: number; readonly destinationPort: number };
  /** Seconds between keepalives, 0 for none. */
  readonly keepalive: number;
  readonly soft: Lifetime;
  readonly hard: Lifetime;
  /** Milliseconds of the router's clock. */
  readonly added: number;
  readonly firstUsed?: number;
  readonly bytes: number;
  readonly packets: number;
  readonly replayed: number;
  readonly badIcv: number;
  /** Sequence numbers may have 64 bits: decimal digits. */
  readonly sequence: string;
  readonly received: string;
}

export const associationView = (entry: SecurityAssociation): AssociationView => {
  const { encryption, authentication, encapsulation, firstUsed, cyclic: _, ...rest } = entry;
  return {
    ...rest,
    source: formatAddress(entry.source),
    destination: formatAddress(entry.destination),
    ...(encryption === undefined ? {} : { encryption }),
    ...(authentication === undefined ? {} : { authentication }),
    ...(encapsulation === undefined ? {} : { encapsulation }),
    ...(firstUsed === undefined ? {} : { firstUsed }),
    sequence: String(entry.sequence),
    received: String(entry.received),
  };
};

export interface PolicyView {
  readonly id: number;
  readonly direction: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol?: number;
  /** A port, or two with a dash between. */
  readonly sourcePort?: string;
  readonly destinationPort?: string;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly action: string;
  /** As setkey writes them, innermost first. */
  readonly requests: readonly string[];
}

const portText = (range: PortRange): string => (typeof range === 'number' ? `${range}` : range.join('-'));

const requestText = ({ protocol, mode, source, destination, level, reqid }: PolicyRequest): string => {
  const ends =
    source === undefined || destination === undefined ? '' : `${formatAddress(source)}-${formatAddress(destination)}`;
  return `${protocol}/${mode}/${ends}/${level}${reqid === undefined ? '' : `:${reqid}`}`;
};

export const policyView = (entry: SecurityPolicy): PolicyView => {
  const { id, direction, protocol, sourcePort, destinationPort, icmpType, icmpCode, action, requests = [] } = entry;
  return {
    id,
    direction,
    source: formatPrefix(entry.source),
    destination: formatPrefix(entry.destination),
    ...(protocol === undefined ? {} : { protocol }),
    ...(sourcePort === undefined ? {} : { sourcePort: portText(sourcePort) }),
    ...(destinationPort === undefined ? {} : { destinationPort: portText(destinationPort) }),
    ...(icmpType === undefined ? {} : { icmpType }),
    ...(icmpCode === undefined ? {} : { icmpCode }),
    action,
    requests: requests.map(requestText),
  };
};

/** What whoever negotiates keys is told. */
export type KeyEventView =
  | {
      readonly type: 'acquire';
      readonly value: {
        readonly protocol: string;
        readonly mode: string;
        readonly reqid: number;
        readonly source: string;
        readonly destination: string;
      };
    }
  | { readonly type: 'expire'; readonly hard: boolean; readonly value: AssociationView };

export const keyEventView = (event: KeyEvent): KeyEventView => {
  if (event.type === 'expire') return { type: 'expire', hard: event.hard, value: associationView(event.association) };
  const { source, destination, ...rest } = event.wanted;
  const value = { ...rest, source: formatAddress(source), destination: formatAddress(destination) };
  return { type: 'acquire', value };
};
