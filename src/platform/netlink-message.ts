/**
 * Netlink messages as bytes (RFC 3549 §2.2, and Linux's netlink(7), rtnetlink(7)). In the byte order of the machine:
 * little-endian on all that koffi has a binary for.
 *
 * ```
 *  0                   1                   2                   3
 * +---------------------------------------------------------------+
 * |                            length                             |
 * +-------------------------------+-------------------------------+
 * |             type              |             flags             |
 * +-------------------------------+-------------------------------+
 * |                           sequence                            |
 * +---------------------------------------------------------------+
 * |                            port id                            |
 * +---------------------------------------------------------------+
 * |   family header of the type, then attributes, each a 16-bit   |
 * |   length (itself included), a 16-bit type, a value, padding   |
 * ```
 *
 * @module
 */

const headerLength = 16;
const attributeHeaderLength = 4;
/** Of an attribute's type: nested and byte-order flags are no part of it. */
const attributeTypeMask = 0x3fff;

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;

const NLMSG_ERROR = 2;
const NLMSGERR_ATTR_MSG = 1;

const align = (length: number): number => (length + 3) & ~3;

/** The bytes of a 32-bit integer. */
export const uint32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};

/** The bytes of a string with a zero at its end. */
export const zeroTerminated = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);

/** One attribute, padded to four bytes. */
export const attribute = (type: number, value: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(align(attributeHeaderLength + value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, attributeHeaderLength + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, attributeHeaderLength);
  return bytes;
};

/** What is asked of the kernel. */
export interface NetlinkRequest {
  readonly type: number;
  /** Besides `NLM_F_REQUEST` and `NLM_F_ACK`. */
  readonly flags?: number;
  /** The header of the message type's family: `ifinfomsg`, `ifaddrmsg`, `rtmsg`; a multiple of four bytes. */
  readonly header: Uint8Array;
  readonly attributes?: readonly Uint8Array[];
}

/** The message for a request, an acknowledgement asked for. */
export const encodeRequest = ({ type, flags = 0, header, attributes = [] }: NetlinkRequest, sequence: number) => {
  const pieces = [header, ...attributes];
  const length = pieces.reduce((sum, piece) => sum + piece.length, headerLength);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags | NLM_F_REQUEST | NLM_F_ACK, true);
  view.setUint32(8, sequence, true);
  let at = headerLength;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
};

/** A message that came from the kernel. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** What follows the header. */
  readonly body: Uint8Array;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The messages of one datagram. What does not fit its own length ends the list. */
export const decodeMessages = (bytes: Uint8Array): NetlinkMessage[] => {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + headerLength <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < headerLength || at + length > bytes.length) break;
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      body: bytes.subarray(at + headerLength, at + length),
    });
    at += align(length);
  }
  return messages;
};

/** Attribute values by type, from `at` on; of several of one type the last. What does not fit ends the list. */
export const decodeAttributes = (bytes: Uint8Array, at: number): Map<number, Uint8Array> => {
  const view = viewOf(bytes);
  const attributes = new Map<number, Uint8Array>();
  let next = at;
  while (next + attributeHeaderLength <= bytes.length) {
    const length = view.getUint16(next, true);
    if (length < attributeHeaderLength || next + length > bytes.length) break;
    const type = view.getUint16(next + 2, true) & attributeTypeMask;
    attributes.set(type, bytes.subarray(next + attributeHeaderLength, next + length));
    next += align(length);
  }
  return attributes;
};

/** How a request ended. */
export interface Acknowledgement {
  /** 0: well. */
  readonly errno: number;
  /** What the kernel adds in words; often empty. */
  readonly explanation: string;
}

/** The acknowledgement in a message; undefined when it is another message. */
export const decodeAcknowledgement = ({ type, flags, body }: NetlinkMessage): Acknowledgement | undefined => {
  if (type !== NLMSG_ERROR || body.length < 4) return undefined;
  const view = viewOf(body);
  const errno = -view.getInt32(0, true) | 0;
  if ((flags & NLM_F_ACK_TLVS) === 0 || body.length < 4 + headerLength) return { errno, explanation: '' };
  // Behind the error comes the request's header, and the rest of the request unless it was capped.
  const request = (flags & NLM_F_CAPPED) === 0 ? view.getUint32(4, true) : headerLength;
  const message = decodeAttributes(body, 4 + align(request)).get(NLMSGERR_ATTR_MSG);
  return { errno, explanation: message === undefined ? '' : new TextDecoder().decode(message).replace(/\0.*$/s, '') };
};
