/**
 * The IPv6 Fragment header (RFC 8200 §4.5), read and written in place.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         Identification                        |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Call {@link check} once; after `'ok'` no accessor can leave the packet.
 *
 * @module
 */

/** Bytes of the header: it has no length field. */
export const headerLength = 8;

export const offsets = { nextHeader: 0, fragmentOffset: 2, identification: 4 } as const;

export type Check = 'ok' | 'truncated';

export const check = (_view: DataView, at: number, end: number): Check =>
  end - at < headerLength ? 'truncated' : 'ok';

export const nextHeader = (view: DataView, at: number): number => view.getUint8(at);
/** Offset of this fragment in the original packet's fragmentable part, in bytes. */
export const fragmentOffset = (view: DataView, at: number): number => view.getUint16(at + 2) & 0xfff8;
export const moreFragments = (view: DataView, at: number): boolean => (view.getUint8(at + 3) & 1) !== 0;
/** An unsigned 32-bit number. */
export const identification = (view: DataView, at: number): number => view.getUint32(at + 4);
/** Is this the only fragment of its packet (RFC 6946), to be processed without waiting for others? */
export const isAtomic = (view: DataView, at: number): boolean => (view.getUint16(at + 2) & 0xfff9) === 0;

export const setNextHeader = (view: DataView, at: number, protocol: number): void => view.setUint8(at, protocol);
/** Writes offset (bytes, a multiple of eight) and flag; the reserved bits become 0. */
export const setFragment = (view: DataView, at: number, offset: number, more: boolean): void =>
  view.setUint16(at + 2, (offset & 0xfff8) | (more ? 1 : 0));
export const setIdentification = (view: DataView, at: number, id: number): void => view.setUint32(at + 4, id);

/** Writes a whole header; `offset` in bytes, a multiple of eight. */
export const write = (
  view: DataView,
  at: number,
  protocol: number,
  offset: number,
  more: boolean,
  id: number,
): void => {
  view.setUint16(at, protocol << 8);
  setFragment(view, at, offset, more);
  setIdentification(view, at, id);
};
