/**
 * ICMPv6 messages (RFC 4443 §2.1), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |     Code      |          Checksum             |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    MTU, or Pointer, or Identifier and Sequence Number         |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    As much of the invoking packet as fits, or echo data       |  8
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the packet.
 *
 * @module
 */
import * as checksumOf from './checksum.ts';
import { Protocol } from './protocols.ts';

/** Bytes before the invoking packet or the echo data. */
export const headerLength = 8;

export const offsets = { type: 0, code: 1, checksum: 2, parameter: 4, body: 8 } as const;

/** Message types (IANA "ICMPv6 Parameters"). Errors are below 128. */
export const Type = {
  destinationUnreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  // RFC 2710
  multicastListenerQuery: 130,
  multicastListenerReport: 131,
  multicastListenerDone: 132,
  // RFC 4861
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
  redirect: 137,
  // RFC 4620
  nodeInformationQuery: 139,
  nodeInformationResponse: 140,
  // RFC 9777
  multicastListenerReportV2: 143,
  // RFC 3971
  certificationPathSolicitation: 148,
  certificationPathAdvertisement: 149,
} as const;

/** Codes of Destination Unreachable (RFC 4443 §3.1). */
export const Unreachable = {
  noRoute: 0,
  administrativelyProhibited: 1,
  beyondScope: 2,
  address: 3,
  port: 4,
  sourceAddressFailedPolicy: 5,
  rejectRoute: 6,
} as const;

/** Codes of Time Exceeded (RFC 4443 §3.3). */
export const TimeExceeded = { hopLimit: 0, fragmentReassembly: 1 } as const;

/** Codes of Parameter Problem (RFC 4443 §3.4, RFC 7112 §5; from 5 on, limits of a node: RFC 8883 §2). */
export const ParameterProblem = {
  erroneousField: 0,
  unrecognizedNextHeader: 1,
  unrecognizedOption: 2,
  incompleteHeaderChain: 3,
  /** RFC 8754 §4.3.1.2 */
  segmentRoutingUpperLayer: 4,
  unrecognizedNextHeaderOnTheWay: 5,
  headerTooBig: 6,
  chainTooLong: 7,
  tooManyHeaders: 8,
  tooManyOptions: 9,
  optionTooBig: 10,
} as const;

export type Check = 'ok' | 'truncated';

/** Is there room for a message before `end`? The shortest have eight bytes. For the checksum: {@link verify}. */
export const check = (_view: DataView, at: number, end: number): Check =>
  end - at < headerLength ? 'truncated' : 'ok';

/** Is a type that of an error message (RFC 4443 §2.1)? Errors must not be answered with errors (§2.4 e.1). */
export const isErrorType = (messageType: number): boolean => messageType < 128;
export const isError = (view: DataView, at: number): boolean => view.getUint8(at) < 128;

export const type = (view: DataView, at: number): number => view.getUint8(at);
export const code = (view: DataView, at: number): number => view.getUint8(at + 1);
export const checksum = (view: DataView, at: number): number => view.getUint16(at + 2);

/** Echo: RFC 4443 §4. */
export const identifier = (view: DataView, at: number): number => view.getUint16(at + 4);
export const sequenceNumber = (view: DataView, at: number): number => view.getUint16(at + 6);
/** Packet Too Big: what the next link carries, an unsigned 32-bit number from a stranger (RFC 4443 §3.2). */
export const mtu = (view: DataView, at: number): number => view.getUint32(at + 4);
/** Parameter Problem: offset of the fault in the invoking packet; may lie beyond what is quoted (RFC 4443 §3.4). */
export const pointer = (view: DataView, at: number): number => view.getUint32(at + 4);

export const setType = (view: DataView, at: number, messageType: number): void => view.setUint8(at, messageType);
export const setIdentifier = (view: DataView, at: number, id: number): void => view.setUint16(at + 4, id);
export const setSequenceNumber = (view: DataView, at: number, number: number): void => view.setUint16(at + 6, number);

/** Writes type, code and the second word (MTU, pointer or 0); the checksum comes last, by {@link writeChecksum}. */
export const writeHeader = (
  view: DataView,
  at: number,
  messageType: number,
  messageCode: number,
  parameter: number,
): void => {
  view.setUint8(at, messageType);
  view.setUint8(at + 1, messageCode);
  view.setUint16(at + 2, 0);
  view.setUint32(at + 4, parameter);
};

/** Is the checksum right (RFC 4443 §2.3)? The IPv6 header with the pseudo-header's addresses lies at `ipv6At`. */
export const verify = (view: DataView, ipv6At: number, at: number, end: number): boolean =>
  checksumOf.verifies(total(view, ipv6At, at, end));

/** Computes the checksum of the message up to `end` and writes it. */
export const writeChecksum = (view: DataView, ipv6At: number, at: number, end: number): void => {
  view.setUint16(at + 2, 0);
  view.setUint16(at + 2, checksumOf.finish(total(view, ipv6At, at, end)));
};

const total = (view: DataView, ipv6At: number, at: number, end: number): number =>
  checksumOf.sum(view, at, end, checksumOf.pseudoHeader6(view, ipv6At, end - at, Protocol.icmpv6));
