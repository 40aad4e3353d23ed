/**
 * ICMP messages for IPv4 (RFC 792), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |     Code      |          Checksum             |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   Identifier, or Pointer | 0  | Sequence Number, or MTU       |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   Internet Header and leading data of the original datagram   |  8
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the packet.
 *
 * @module
 */
import * as checksumOf from './checksum.ts';

/** Bytes before the original datagram or the echo data. */
export const headerLength = 8;

export const offsets = { type: 0, code: 1, checksum: 2, parameter: 4, body: 8 } as const;

/** Message types (IANA "ICMP Parameters"). */
export const Type = {
  echoReply: 0,
  destinationUnreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echoRequest: 8,
  routerAdvertisement: 9,
  routerSolicitation: 10,
  timeExceeded: 11,
  parameterProblem: 12,
  timestampRequest: 13,
  timestampReply: 14,
} as const;

/** Codes of Destination Unreachable (RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1). */
export const Unreachable = {
  network: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  sourceRouteFailed: 5,
  networkProhibited: 9,
  hostProhibited: 10,
  administrativelyProhibited: 13,
} as const;

/** Codes of Time Exceeded. */
export const TimeExceeded = { timeToLive: 0, fragmentReassembly: 1 } as const;

/** Codes of Parameter Problem (RFC 792, RFC 1122 §3.2.2.5). */
export const ParameterProblem = { pointer: 0, missingOption: 1 } as const;

export type Check = 'ok' | 'truncated';

/** Is there room for a message before `end`? The shortest have eight bytes. For the checksum: {@link verify}. */
export const check = (_view: DataView, at: number, end: number): Check =>
  end - at < headerLength ? 'truncated' : 'ok';

/** Is a type that of an error message? Errors must not be answered with errors (RFC 1122 §3.2.2). */
export const isErrorType = (messageType: number): boolean =>
  messageType === Type.destinationUnreachable ||
  messageType === Type.sourceQuench ||
  messageType === Type.redirect ||
  messageType === Type.timeExceeded ||
  messageType === Type.parameterProblem;
export const isError = (view: DataView, at: number): boolean => isErrorType(view.getUint8(at));

export const type = (view: DataView, at: number): number => view.getUint8(at);
export const code = (view: DataView, at: number): number => view.getUint8(at + 1);
export const checksum = (view: DataView, at: number): number => view.getUint16(at + 2);

export const identifier = (view: DataView, at: number): number => view.getUint16(at + 4);
export const sequenceNumber = (view: DataView, at: number): number => view.getUint16(at + 6);
/** Fragmentation Needed: what the next link carries; 0 from a router older than RFC 1191 §4. */
export const mtu = (view: DataView, at: number): number => view.getUint16(at + 6);
/** Parameter Problem: offset of the fault in the original datagram. */
export const pointer = (view: DataView, at: number): number => view.getUint8(at + 4);
/** Redirect: the better gateway, an int32 word. */
export const gateway = (view: DataView, at: number): number => view.getInt32(at + 4);

export const setType = (view: DataView, at: number, messageType: number): void => view.setUint8(at, messageType);
export const setIdentifier = (view: DataView, at: number, id: number): void => view.setUint16(at + 4, id);
export const setSequenceNumber = (view: DataView, at: number, number: number): void => view.setUint16(at + 6, number);
export const setMtu = (view: DataView, at: number, size: number): void => view.setUint16(at + 6, size);
export const setPointer = (view: DataView, at: number, offset: number): void => view.setUint8(at + 4, offset);

/** Writes type and code and zeros the rest of the header; checksum last, by {@link writeChecksum}. */
export const writeHeader = (view: DataView, at: number, messageType: number, messageCode: number): void => {
  view.setUint8(at, messageType);
  view.setUint8(at + 1, messageCode);
  view.setUint16(at + 2, 0);
  view.setUint32(at + 4, 0);
};

/** Is the checksum right? There is no pseudo-header. */
export const verify = (view: DataView, at: number, end: number): boolean =>
  checksumOf.verifies(checksumOf.sum(view, at, end));

/** Computes the checksum of the message up to `end` and writes it. */
export const writeChecksum = (view: DataView, at: number, end: number): void => {
  view.setUint16(at + 2, 0);
  view.setUint16(at + 2, checksumOf.finish(checksumOf.sum(view, at, end)));
};
