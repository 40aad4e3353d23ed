import { type IpAddress, parseAddress, writeAddress } from '../wire/address.ts';
import * as checksum from '../wire/checksum.ts';
import * as v4 from '../wire/ipv4.ts';
import * as v6 from '../wire/ipv6.ts';
import { type Body, joinBytes, type Layer, settleChecksum } from './build.ts';

/** The address that the text means; throws when it means none. */
export const addressOf = (text: string): IpAddress => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`umigame: ${text} is not an address`);
  return address;
};

/** Fields of an IPv6 header; what is not given is filled in. */
export interface Ipv6Fields {
  readonly source: string;
  readonly destination: string;
  /** Default 64. */
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  readonly flowLabel?: number;
  readonly nextHeader?: number;
  /** Bytes behind the header. */
  readonly payloadLength?: number;
  /** Default 6. */
  readonly version?: number;
}

/** An IPv6 header (RFC 8200 §3). */
export const ipv6 =
  (fields: Ipv6Fields): Layer =>
  (body: Body) => {
    const bytes = joinBytes(new Uint8Array(v6.headerLength), body.bytes);
    const view = new DataView(bytes.buffer);
    v6.setFirstWord(view, 0, fields.trafficClass ?? 0, fields.flowLabel ?? 0);
    if (fields.version !== undefined) bytes[0] = (fields.version << 4) | ((bytes[0] as number) & 0x0f);
    v6.setPayloadLength(view, 0, fields.payloadLength ?? body.bytes.length);
    v6.setNextHeader(view, 0, fields.nextHeader ?? body.protocol);
    v6.setHopLimit(view, 0, fields.hopLimit ?? 64);
    writeAddress(view, v6.offsets.source, addressOf(fields.source));
    writeAddress(view, v6.offsets.destination, addressOf(fields.destination));
    settleChecksum(body, (length, protocol) => checksum.pseudoHeader6(view, 0, length, protocol));
    bytes.set(body.bytes, v6.headerLength);
    return { bytes, protocol: 41 };
  };

/** Fields of an IPv4 header; what is not given is filled in. */
export interface Ipv4Fields {
  readonly source: string;
  readonly destination: string;
  /** Default 64. */
  readonly timeToLive?: number;
  readonly typeOfService?: number;
  readonly identification?: number;
  readonly dontFragment?: boolean;
  readonly moreFragments?: boolean;
  /** In bytes, a multiple of eight. */
  readonly fragmentOffset?: number;
  /** Filled up to a multiple of four with End of Option List. */
  readonly options?: Uint8Array;
  readonly protocol?: number;
  /** Bytes of header and options. */
  readonly headerLength?: number;
  readonly totalLength?: number;
  readonly headerChecksum?: number;
}

/** An IPv4 header (RFC 791 §3.1). */
export const ipv4 =
  (fields: Ipv4Fields): Layer =>
  (body: Body) => {
    const options = fields.options ?? new Uint8Array(0);
    const header = v4.minimumHeaderLength + Math.ceil(options.length / 4) * 4;
    const bytes = joinBytes(new Uint8Array(header), body.bytes);
    const view = new DataView(bytes.buffer);
    bytes.set(options, v4.offsets.options);
    v4.setFirstByte(view, 0, header);
    v4.setTypeOfService(view, 0, fields.typeOfService ?? 0);
    v4.setTotalLength(view, 0, fields.totalLength ?? bytes.length);
    v4.setIdentification(view, 0, fields.identification ?? 0);
    v4.setFragment(view, 0, fields.fragmentOffset ?? 0, fields.moreFragments ?? false, fields.dontFragment);
    v4.setTimeToLive(view, 0, fields.timeToLive ?? 64);
    v4.setProtocol(view, 0, fields.protocol ?? body.protocol);
    writeAddress(view, v4.offsets.source, addressOf(fields.source));
    writeAddress(view, v4.offsets.destination, addressOf(fields.destination));
    v4.writeChecksum(view, 0);
    if (fields.headerLength !== undefined) v4.setFirstByte(view, 0, fields.headerLength);
    if (fields.headerChecksum !== undefined) view.setUint16(v4.offsets.headerChecksum, fields.headerChecksum);
    settleChecksum(body, (length, protocol) => checksum.pseudoHeader4(view, 0, length, protocol));
    bytes.set(body.bytes, header);
    return { bytes, protocol: 4 };
  };
