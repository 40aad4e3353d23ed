/**
 * ARP for IPv4 on Ethernet (RFC 826), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Hardware Type (1)         |    Protocol Type (0x0800)     |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  HW Len (6)   | Proto Len (4) |           Operation           |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                Sender Link-Layer Address                      |  8
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                               |   Sender Protocol Address     | 12
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                               |  Target Link-Layer Address    | 16
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                                                               | 20
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                   Target Protocol Address                     | 24
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the message.
 *
 * @module
 */

export const headerLength = 28;

export const offsets = { operation: 6, senderLinkLayer: 8, sender: 14, targetLinkLayer: 18, target: 24 } as const;

export const Operation = { request: 1, reply: 2 } as const;

export type Check = 'ok' | 'truncated' | 'badType' | 'badOperation';

/** Is there an ARP request or reply for IPv4 on Ethernet at `at`, before `end`? */
export const check = (view: DataView, at: number, end: number): Check => {
  if (end - at < headerLength) return 'truncated';
  if (view.getUint32(at) !== 0x00010800 || view.getUint16(at + 4) !== 0x0604) return 'badType';
  const code = view.getUint16(at + 6);
  return code === Operation.request || code === Operation.reply ? 'ok' : 'badOperation';
};

export const operation = (view: DataView, at: number): number => view.getUint16(at + 6);
/** A link-layer address in two parts, as in `ethernet.ts`. */
export const senderHigh = (view: DataView, at: number): number => view.getUint16(at + 8);
export const senderLow = (view: DataView, at: number): number => view.getInt32(at + 10);
/** IPv4 addresses as int32 words. */
export const sender = (view: DataView, at: number): number => view.getInt32(at + 14);
export const target = (view: DataView, at: number): number => view.getInt32(at + 24);

/** The two ends of a message: link-layer address in two parts, and IPv4 address as a word. */
export interface ArpEnd {
  readonly high: number;
  readonly low: number;
  readonly address: number;
}

/** Writes a request or reply. */
export const write = (view: DataView, at: number, code: number, from: ArpEnd, to: ArpEnd): void => {
  view.setUint32(at, 0x00010800);
  view.setUint16(at + 4, 0x0604);
  view.setUint16(at + 6, code);
  view.setUint16(at + 8, from.high);
  view.setInt32(at + 10, from.low);
  view.setInt32(at + 14, from.address);
  view.setUint16(at + 18, to.high);
  view.setInt32(at + 20, to.low);
  view.setInt32(at + 24, to.address);
};
