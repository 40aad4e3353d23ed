/**
 * The header that virtio (OASIS VIRTIO 1.2 §5.1.6) puts before a packet between two kernels, and Linux before one that
 * a socket or a TUN device gives out: what the sender left undone. In little-endian byte order.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Flags     | Segmentation  |         Header Length         |  0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Segment Size          |        Checksum Start         |  4
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Checksum Offset        |  8
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * @module
 */

/** Bytes of the header. */
export const headerLength = 10;

/** What {@link segmentation} says: is what follows one packet, or a super-packet that is to be cut into many? */
export const Segmentation = { none: 0, tcp4: 1, tcp6: 4, udp: 5 } as const;

const needsChecksum = 1;
/** Beside the kind: the first of the segments says that the congestion window was reduced. */
const congestion = 0x80;

/** Does the checksum field hold the pseudo-header's sum only, and must the rest be added from `checksumStart` on? */
export const isPartial = (view: DataView, at: number): boolean => (view.getUint8(at) & needsChecksum) !== 0;
/** One of {@link Segmentation}, or a kind that is not known here. */
export const segmentation = (view: DataView, at: number): number => view.getUint8(at + 1) & ~congestion;
/** Payload bytes of each segment but the last. */
export const segmentSize = (view: DataView, at: number): number => view.getUint16(at + 4, true);
/** Where the checksummed bytes start, counted from the first byte of the packet. */
export const checksumStart = (view: DataView, at: number): number => view.getUint16(at + 6, true);
/** Where the checksum field lies, counted from `checksumStart`. */
export const checksumOffset = (view: DataView, at: number): number => view.getUint16(at + 8, true);
