import * as wire4 from '../wire/icmp4.ts';
import * as wire6 from '../wire/icmp6.ts';
import { Protocol } from '../wire/protocols.ts';
import * as wireTcp from '../wire/tcp.ts';
import * as wireUdp from '../wire/udp.ts';
import { type Body, joinBytes, type Layer } from './build.ts';

/** A header before `body`, and its checksum: the one given, or one that waits for the addresses. */
const upper = (
  header: Uint8Array,
  body: Body,
  protocol: number,
  checksumAt: number,
  checksum: number | undefined,
): Body => {
  const bytes = joinBytes(header, body.bytes);
  if (checksum === undefined) return { bytes, protocol, checksum: { protocol, from: 0, at: checksumAt } };
  new DataView(bytes.buffer).setUint16(checksumAt, checksum);
  return { bytes, protocol };
};

export interface UdpFields {
  /** Default 4000. */
  readonly sourcePort?: number;
  /** Default 4001. */
  readonly destinationPort?: number;
  /** Bytes of header and data. */
  readonly length?: number;
  /** 0 for none. */
  readonly checksum?: number;
}

/** A UDP header (RFC 768). */
export const udp =
  ({ sourcePort = 4000, destinationPort = 4001, length, checksum }: UdpFields = {}): Layer =>
  (body) => {
    const header = new Uint8Array(wireUdp.headerLength);
    const view = new DataView(header.buffer);
    wireUdp.setSourcePort(view, 0, sourcePort);
    wireUdp.setDestinationPort(view, 0, destinationPort);
    wireUdp.setLength(view, 0, length ?? header.length + body.bytes.length);
    return upper(header, body, Protocol.udp, wireUdp.offsets.checksum, checksum);
  };

export interface TcpFields {
  /** Default 4000. */
  readonly sourcePort?: number;
  /** Default 4001. */
  readonly destinationPort?: number;
  readonly sequenceNumber?: number;
  /** A sum of `tcp.Flag`. Default SYN. */
  readonly flags?: number;
  /** Bytes of the header. Default 20. */
  readonly headerLength?: number;
  readonly checksum?: number;
}

/** A TCP header without options (RFC 9293 §3.1). */
export const tcp =
  (fields: TcpFields = {}): Layer =>
  (body) => {
    const header = new Uint8Array(wireTcp.minimumHeaderLength);
    const view = new DataView(header.buffer);
    wireTcp.setSourcePort(view, 0, fields.sourcePort ?? 4000);
    wireTcp.setDestinationPort(view, 0, fields.destinationPort ?? 4001);
    wireTcp.setSequenceNumber(view, 0, fields.sequenceNumber ?? 0);
    header[12] = ((fields.headerLength ?? header.length) / 4) << 4;
    header[13] = fields.flags ?? wireTcp.Flag.syn;
    return upper(header, body, Protocol.tcp, wireTcp.offsets.checksum, fields.checksum);
  };

export interface IcmpFields {
  readonly type: number;
  /** Default 0. */
  readonly code?: number;
  /** The four bytes behind the checksum: MTU, pointer, or identifier and sequence number. Default 0. */
  readonly parameter?: number;
  readonly checksum?: number;
}

/** An ICMPv6 header (RFC 4443 §2.1). */
export const icmp6 =
  ({ type, code = 0, parameter = 0, checksum }: IcmpFields): Layer =>
  (body) => {
    const header = new Uint8Array(wire6.headerLength);
    wire6.writeHeader(new DataView(header.buffer), 0, type, code, parameter);
    return upper(header, body, Protocol.icmpv6, wire6.offsets.checksum, checksum);
  };

/** An ICMP header (RFC 792). */
export const icmp4 =
  ({ type, code = 0, parameter = 0, checksum }: IcmpFields): Layer =>
  (body) => {
    const bytes = joinBytes(new Uint8Array(wire4.headerLength), body.bytes);
    const view = new DataView(bytes.buffer);
    wire4.writeHeader(view, 0, type, code);
    view.setUint32(wire4.offsets.parameter, parameter);
    wire4.writeChecksum(view, 0, bytes.length);
    if (checksum !== undefined) view.setUint16(wire4.offsets.checksum, checksum);
    return { bytes, protocol: Protocol.icmp };
  };

export interface EchoFields {
  /** Default 1. */
  readonly identifier?: number;
  /** Default 1. */
  readonly sequenceNumber?: number;
  readonly checksum?: number;
}

const echo = (type: number, { identifier = 1, sequenceNumber = 1, checksum }: EchoFields): IcmpFields => ({
  type,
  parameter: identifier * 0x10000 + sequenceNumber,
  ...(checksum === undefined ? {} : { checksum }),
});

/** An ICMPv6 Echo Request (RFC 4443 §4.1); the data follow it as bytes. */
export const echoRequest6 = (fields: EchoFields = {}): Layer => icmp6(echo(wire6.Type.echoRequest, fields));

/** An ICMP Echo message (RFC 792). */
export const echoRequest4 = (fields: EchoFields = {}): Layer => icmp4(echo(wire4.Type.echoRequest, fields));
