import { address6, type IpAddress, unspecified4, writeAddress } from '../wire/address.ts';
import { fold, sum } from '../wire/checksum.ts';
import * as extension from '../wire/extension.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as options from '../wire/options.ts';
import { Protocol } from '../wire/protocols.ts';
import {
  ecnModes,
  type GreParameters,
  type IsatapParameters,
  remoteOf,
  type SixRdParameters,
  type TunnelParameters,
  tunnelDefaults,
  tunnelKinds,
  type UdpParameters,
} from '../wire/tunneling.ts';
import { greFlagsOf, traitsOf } from './tunnel-traits.ts';

/** Bytes of a template: an IPv6 header, and a Destination Options header with the encapsulation limit. */
const templateLength = ipv6.headerLength + extension.minimumHeaderLength;

/** Most potential routers of an ISATAP link. */
export const routersPerTunnel = 4;

/** The read side of the tunnels: columns by interface index. */
export interface TunnelTable {
  /** Place in `tunnelKinds`, counted from 1; 0 where the interface is no tunnel. */
  readonly kind: Uint8Array;
  /** IP version of the outer header. */
  readonly family: Uint8Array;
  /** Outer IP headers, from {@link templateAt} on, with everything that is the same for all packets. */
  readonly templates: DataView;
  /** Of IPv4 templates: the sum of their words, so that the checksum needs no more than what packets differ in. */
  readonly headerSum: Uint16Array;
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
  /** gre: flags of its headers; udp: 1 for a checksum. */
  readonly flags: Uint16Array;
  /** gre: the key. */
  readonly key: Int32Array;
  /** gre: the number of the packet that went in last, and of the latest that came out. */
  readonly sequenceOut: Uint32Array;
  readonly sequenceIn: Uint32Array;
  /** udp: source port, 0 for one by flow, and destination port. */
  readonly sourcePort: Uint16Array;
  readonly remotePort: Uint16Array;
  /** stf, 6rd: the prefix in four words, its length, how many bits of IPv4 addresses are not in it. */
  readonly prefix: Int32Array;
  readonly prefixLength: Uint8Array;
  readonly ipv4MaskLength: Uint8Array;
  /** 6rd: the border relay, 0 for none. isatap: potential routers, {@link routersPerTunnel} in a row, 0 for none. */
  readonly routers: Int32Array;
  /** For each protocol, how many tunnels packets of it may come out of. */
  readonly protocols: Uint16Array;
}

export const newTunnelTable = (interfaceLimit: number): TunnelTable => {
  const rows = interfaceLimit + 1;
  return {
    kind: new Uint8Array(rows),
    family: new Uint8Array(rows),
    templates: new DataView(new ArrayBuffer(rows * templateLength)),
    headerSum: new Uint16Array(rows),
    outerLength: new Uint8Array(rows),
    headerLength: new Uint8Array(rows),
    dscp: new Int8Array(rows),
    ecn: new Uint8Array(rows),
    encapsulationLimit: new Int16Array(rows),
    ingressFilter: new Uint8Array(rows),
    dontFragment: new Uint8Array(rows),
    loop: new Uint16Array(rows),
    flags: new Uint16Array(rows),
    key: new Int32Array(rows),
    sequenceOut: new Uint32Array(rows),
    sequenceIn: new Uint32Array(rows),
    sourcePort: new Uint16Array(rows),
    remotePort: new Uint16Array(rows),
    prefix: new Int32Array(4 * rows),
    prefixLength: new Uint8Array(rows),
    ipv4MaskLength: new Uint8Array(rows),
    routers: new Int32Array(routersPerTunnel * rows),
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

const writeTemplate6 = (view: DataView, at: number, parameters: TunnelParameters, limit: number): number => {
  const { local, hopLimit } = parameters;
  ipv6.setFirstWord(view, at, 0, 0);
  ipv6.setHopLimit(view, at, hopLimit ?? tunnelDefaults.hopLimit);
  writeAddress(view, at + ipv6.offsets.source, local);
  writeAddress(view, at + ipv6.offsets.destination, remoteOf(parameters) ?? address6(0, 0, 0, 0));
  if (limit < 0) return ipv6.headerLength;
  ipv6.setNextHeader(view, at, Protocol.destinationOptions);
  writeLimitHeader(view, at + ipv6.headerLength, limit);
  return templateLength;
};

const writeTemplate4 = (view: DataView, at: number, parameters: TunnelParameters): number => {
  const { local, hopLimit } = parameters;
  ipv4.setFirstByte(view, at, ipv4.minimumHeaderLength);
  ipv4.setTimeToLive(view, at, hopLimit ?? tunnelDefaults.hopLimit);
  writeAddress(view, at + ipv4.offsets.source, local);
  writeAddress(view, at + ipv4.offsets.destination, remoteOf(parameters) ?? unspecified4);
  return ipv4.minimumHeaderLength;
};

const writeGre = (table: TunnelTable, row: number, parameters: GreParameters): void => {
  table.flags[row] = greFlagsOf(parameters);
  table.key[row] = (parameters.key ?? 0) | 0;
  table.sequenceOut[row] = 0;
  table.sequenceIn[row] = 0;
};

const writeUdp = (table: TunnelTable, row: number, parameters: UdpParameters): void => {
  const { local, port, remotePort = port, sourcePort = 'flow', checksum = local.family === 6 } = parameters;
  table.flags[row] = checksum ? 1 : 0;
  table.sourcePort[row] = sourcePort === 'flow' ? 0 : sourcePort;
  table.remotePort[row] = remotePort;
};

/** 2002::/16 (RFC 3056 §2). */
const sixToFour: Pick<SixRdParameters, 'prefix'> = { prefix: { address: address6(0x20020000, 0, 0, 0), length: 16 } };

const writeEmbedding = (
  table: TunnelTable,
  row: number,
  { prefix: { address, length }, ipv4MaskLength = 0, borderRelay }: Partial<SixRdParameters> & typeof sixToFour,
): void => {
  table.prefix.set([address.w0, address.w1, address.w2, address.w3], 4 * row);
  table.prefixLength[row] = length;
  table.ipv4MaskLength[row] = ipv4MaskLength;
  writeRouters(table, row, borderRelay === undefined ? [] : [borderRelay]);
};

const writeRouters = (table: TunnelTable, row: number, routers: readonly IpAddress[]): void => {
  const at = row * routersPerTunnel;
  for (let i = 0; i < routersPerTunnel; i += 1) table.routers[at + i] = routers[i]?.w0 ?? 0;
};

const writeKind = (table: TunnelTable, row: number, parameters: TunnelParameters): void => {
  switch (parameters.kind) {
    case 'gre':
      return writeGre(table, row, parameters);
    case 'fou':
    case 'gue':
      return writeUdp(table, row, parameters);
    case 'stf':
      return writeEmbedding(table, row, sixToFour);
    case '6rd':
      return writeEmbedding(table, row, parameters);
    case 'isatap':
      return writeRouters(table, row, (parameters satisfies IsatapParameters).routers ?? []);
    default: // gif has its ends, and that is all
  }
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
  table.headerSum[row] = local.family === 6 ? 0 : fold(sum(table.templates, at, at + outerLength));
  table.outerLength[row] = outerLength;
  table.headerLength[row] = outerLength + traitsOf(parameters).headerLength(parameters);
  table.dscp[row] = dscp === 'inherit' ? -1 : dscp;
  table.ecn[row] = ecnModes.indexOf(ecn);
  table.encapsulationLimit[row] = limit;
  table.ingressFilter[row] = ingressFilter ? 1 : 0;
  table.dontFragment[row] = 0;
  table.loop[row] = 0;
  writeKind(table, row, parameters);
};
