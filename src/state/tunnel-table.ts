import { writeAddress } from '../wire/address.ts';
import * as extension from '../wire/extension.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as options from '../wire/options.ts';
import { Protocol } from '../wire/protocols.ts';
import { ecnModes, type TunnelParameters, tunnelDefaults, tunnelKinds } from '../wire/tunneling.ts';
import { tunnelTraits } from './tunnel-traits.ts';

/** Bytes of a template: an IPv6 header, and a Destination Options header with the encapsulation limit. */
const templateLength = ipv6.headerLength + extension.minimumHeaderLength;

/** The read side of the tunnels: columns by interface index. */
export interface TunnelTable {
  /** Place in `tunnelKinds`, counted from 1; 0 where the interface is no tunnel. */
  readonly kind: Uint8Array;
  /** IP version of the outer header. */
  readonly family: Uint8Array;
  /** Outer IP headers, from {@link templateAt} on, with everything that is the same for all packets. */
  readonly templates: DataView;
  /** Bytes of the template. */
  readonly outerLength: Uint8Array;
  /** Bytes of all headers before the packet inside. */
  readonly headerLength: Uint8Array;
  /** DSCP of outer headers; -1: that of the packet inside. */
  readonly dscp: Int8Array;
  /** Place in `ecnModes`. */
  readonly ecn: Uint8Array;
  /** Value of the encapsulation limit option; -1: there is none, and none is looked for. */
  readonly encapsulationLimit: Int16Array;
  readonly ingressFilter: Uint8Array;
  /** 1 while outer IPv4 packets may have Don't Fragment set: the packet inside is no larger than the path carries. */
  readonly dontFragment: Uint8Array;
  /** The row in `node.loops` of the loop that the tunnel leads into, 0 if none is known. */
  readonly loop: Uint16Array;
  /** For each protocol, how many tunnels packets of it may come out of. */
  readonly protocols: Uint16Array;
}

export const newTunnelTable = (interfaceLimit: number): TunnelTable => {
  const rows = interfaceLimit + 1;
  return {
    kind: new Uint8Array(rows),
    family: new Uint8Array(rows),
    templates: new DataView(new ArrayBuffer(rows * templateLength)),
    outerLength: new Uint8Array(rows),
    headerLength: new Uint8Array(rows),
    dscp: new Int8Array(rows),
    ecn: new Uint8Array(rows),
    encapsulationLimit: new Int16Array(rows),
    ingressFilter: new Uint8Array(rows),
    dontFragment: new Uint8Array(rows),
    loop: new Uint16Array(rows),
    protocols: new Uint16Array(256),
  };
};

/** Offset of the template of a tunnel. */
export const templateAt = (row: number): number => row * templateLength;

/** RFC 2473 §4.1.1: the option, then padding to eight bytes. */
const writeLimitHeader = (view: DataView, at: number, limit: number): void => {
  extension.setHeaderLength(view, at, extension.minimumHeaderLength);
  const option = at + options.first;
  options.writeTunnelEncapsulationLimit(view, option, limit);
  const end = option + options.size(view, option);
  options.writePadding(view, end, at + extension.minimumHeaderLength - end);
};

const writeTemplate6 = (view: DataView, at: number, { local, remote, hopLimit }: TunnelParameters, limit: number) => {
  ipv6.setFirstWord(view, at, 0, 0);
  ipv6.setHopLimit(view, at, hopLimit ?? tunnelDefaults.hopLimit);
  writeAddress(view, at + ipv6.offsets.source, local);
  writeAddress(view, at + ipv6.offsets.destination, remote);
  if (limit < 0) return ipv6.headerLength;
  ipv6.setNextHeader(view, at, Protocol.destinationOptions);
  writeLimitHeader(view, at + ipv6.headerLength, limit);
  return templateLength;
};

const writeTemplate4 = (view: DataView, at: number, { local, remote, hopLimit }: TunnelParameters): number => {
  ipv4.setFirstByte(view, at, ipv4.minimumHeaderLength);
  ipv4.setTimeToLive(view, at, hopLimit ?? tunnelDefaults.hopLimit);
  writeAddress(view, at + ipv4.offsets.source, local);
  writeAddress(view, at + ipv4.offsets.destination, remote);
  return ipv4.minimumHeaderLength;
};

/** Writes the columns of a tunnel. */
export const writeTunnel = (table: TunnelTable, row: number, parameters: TunnelParameters): void => {
  const { kind, local, dscp, ecn, encapsulationLimit, ingressFilter } = { ...tunnelDefaults, ...parameters };
  const limit = local.family === 4 || encapsulationLimit === 'none' ? -1 : encapsulationLimit;
  const at = templateAt(row);
  for (let i = at; i < at + templateLength; i += 1) table.templates.setUint8(i, 0);
  const outerLength =
    local.family === 6
      ? writeTemplate6(table.templates, at, parameters, limit)
      : writeTemplate4(table.templates, at, parameters);
  table.kind[row] = tunnelKinds.indexOf(kind) + 1;
  table.family[row] = local.family;
  table.outerLength[row] = outerLength;
  table.headerLength[row] = outerLength + tunnelTraits[kind].headerLength(parameters);
  table.dscp[row] = dscp === 'inherit' ? -1 : dscp;
  table.ecn[row] = ecnModes.indexOf(ecn);
  table.encapsulationLimit[row] = limit;
  table.ingressFilter[row] = ingressFilter ? 1 : 0;
  table.dontFragment[row] = 0;
  table.loop[row] = 0;
};
