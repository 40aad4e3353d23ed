import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import * as checksum from '../wire/checksum.ts';
import * as ethernet from '../wire/ethernet.ts';
import { Segmenter } from '../wire/segmentation.ts';
import * as virtioNet from '../wire/virtio-net.ts';
import { Errno } from './error.ts';
import type { Address, Libc } from './libc.ts';
import { MessageVector } from './message-vector.ts';
import { addressOf, networkStart } from './slabs.ts';

/** Frames that one system call takes at most. */
const frameLimit = 64;
/** The header of virtio, the largest IP packet behind an Ethernet header with two tags, and some. */
const frameBytes = 66_000;
/** Where the frame begins in its buffer. */
const frameAt = virtioNet.headerLength;

/** One ancillary datum: struct cmsghdr, then struct tpacket_auxdata (20 bytes), padded. */
const controlBytes = 40;
const auxiliary = { level: 8, type: 12, status: 16, tag: 32, tagType: 34, end: 36 } as const;
const SOL_PACKET = 263;
const PACKET_AUXDATA = 8;
const TP_STATUS_VLAN_VALID = 0x10;
const TP_STATUS_VLAN_TPID_VALID = 0x40;

/** How often an error of one message is passed over before the others have their turn. */
const errorLimit = 64;

/** The calls that it makes. */
export type ReceiveCalls = Pick<Libc, 'addressOf' | 'memcpy' | 'recvmmsg' | 'errno'>;

/**
 * Frames that were received together and are handed out one by one, as a cable would have carried them: super-frames
 * cut into segments, partial checksums completed, VLAN tags, which Linux takes off, put back.
 *
 * A frame of 1,514 bytes costs 370 ns, its copy into the slab and its share of the system call; 1,960 with a call of its
 * own. A segment of 1,428 bytes costs 470 ns, its checksum included. Nothing is allocated.
 */
export class ReceiveRing {
  readonly #calls: ReceiveCalls;
  readonly #frames: readonly DataView[];
  readonly #addresses: readonly Address[];
  readonly #vector: MessageVector;
  readonly #segmenter = new Segmenter();
  /** Frames that were received, and the next one to be handed out. */
  #count = 0;
  #next = 0;
  /** The next segment of the frame before `next`. */
  #segment = 0;

  constructor(calls: ReceiveCalls) {
    this.#calls = calls;
    const frames = Array.from({ length: frameLimit }, () => new Uint8Array(frameBytes));
    this.#frames = frames.map(({ buffer }) => new DataView(buffer));
    this.#addresses = frames.map((bytes) => calls.addressOf(bytes));
    this.#vector = new MessageVector(calls, { buffers: frames, controlLength: controlBytes });
  }

  /** Is there something to hand out? */
  get hasFrames(): boolean {
    return this.#next < this.#count || this.#segment < this.#segmenter.count;
  }

  /**
   * Receives what is waiting, when everything has been handed out.
   *
   * @returns 0, or an error number: `EAGAIN` when nothing is waiting
   */
  receive(descriptor: number): number {
    this.#vector.resetControl(this.#count);
    this.#next = 0;
    this.#count = 0;
    for (let errors = 0; errors < errorLimit; errors += 1) {
      const received = this.#calls.recvmmsg(descriptor, this.#vector.address, frameLimit, 0, null);
      if (received > 0) {
        this.#count = received;
        return 0;
      }
      const errno = this.#calls.errno();
      // A super-frame that virtio's header has no words for: it is gone, and others may be waiting.
      if (errno !== Errno.EINVAL && errno !== Errno.EINTR) return errno;
    }
    return Errno.EAGAIN;
  }

  /** Writes the next frame into the slab. There must be one. */
  take(packet: Packet): void {
    if (this.#segment < this.#segmenter.count) return this.#takeSegment(packet);
    const i = this.#next;
    this.#next += 1;
    const view = this.#frames[i] as DataView;
    const end = this.#vector.received(i);
    const kind = virtioNet.segmentation(view, 0);
    if (kind === virtioNet.Segmentation.none) return this.#takeFrame(packet, i, view, end);
    const partialFrom = virtioNet.isPartial(view, 0) ? virtioNet.checksumStart(view, 0) : 0;
    this.#segment = 0;
    if (this.#segmenter.begin(view, frameAt, end, kind, virtioNet.segmentSize(view, 0), partialFrom)) {
      return this.#takeSegment(packet);
    }
    this.#segmenter.count = 0;
    this.#copy(packet, i, frameAt, packet.link, end - frameAt);
    this.#present(packet, packet.link, packet.link + end - frameAt, i);
    packet.refuse(Drop.unsegmentable);
  }

  #takeFrame(packet: Packet, i: number, view: DataView, end: number): void {
    const at = packet.link + this.#tagLength(i);
    const length = Math.max(0, end - frameAt);
    const whole = this.#copy(packet, i, frameAt, at, length);
    if (whole && virtioNet.isPartial(view, 0)) {
      const from = at + virtioNet.checksumStart(view, 0);
      const field = from + virtioNet.checksumOffset(view, 0);
      if (field + 2 <= at + length) checksum.complete(packet.view, from, at + length, field);
    }
    this.#present(packet, at, at + length, i);
  }

  #takeSegment(packet: Packet): void {
    const segmenter = this.#segmenter;
    const i = this.#next - 1;
    const segment = this.#segment;
    this.#segment += 1;
    const { headerLength } = segmenter;
    const at = packet.link + this.#tagLength(i);
    const length = segmenter.payloadLength(segment);
    const whole =
      this.#copy(packet, i, frameAt, at, headerLength) &&
      this.#copy(packet, i, frameAt + segmenter.payloadOffset(segment), at + headerLength, length);
    if (whole) segmenter.finish(packet.view, at, segment);
    this.#present(packet, at, at + headerLength + length, i);
    if (segment === segmenter.count - 1) {
      segmenter.count = 0;
      this.#segment = 0;
    }
  }

  /** Copies what fits into the slab. Did all of it? */
  #copy(packet: Packet, i: number, from: number, to: number, length: number): boolean {
    const room = packet.bytes.length - to;
    if (room > 0)
      this.#calls.memcpy(addressOf(packet) + to, (this.#addresses[i] as Address) + from, Math.min(length, room));
    return length <= room;
  }

  /** Puts the VLAN tag back before a frame that lies at `at`, and says what is where. */
  #present(packet: Packet, at: number, end: number, i: number): void {
    const { view, link, bytes } = packet;
    packet.end = Math.min(end, bytes.length);
    if (at !== link && packet.end - at >= 12) {
      ethernet.copyLinkLayer(view, at, view, link);
      ethernet.copyLinkLayer(view, at + 6, view, link + 6);
      const control = this.#vector.controlOffset(i);
      const status = this.#vector.control.getUint32(control + auxiliary.status, true);
      const type =
        (status & TP_STATUS_VLAN_TPID_VALID) === 0
          ? ethernet.EtherType.vlan
          : this.#vector.control.getUint16(control + auxiliary.tagType, true);
      view.setUint16(link + 12, type);
      view.setUint16(link + 14, this.#vector.control.getUint16(control + auxiliary.tag, true));
    }
    packet.start = networkStart(packet);
    packet.upper = packet.start;
  }

  /** Bytes of the tag that frame `i` came with: it is beside the frame, in what Linux says about it. */
  #tagLength(i: number): number {
    const { control } = this.#vector;
    const at = this.#vector.controlOffset(i);
    if (this.#vector.controlReceived(i) < auxiliary.end) return 0;
    if (control.getUint32(at + auxiliary.level, true) !== SOL_PACKET) return 0;
    if (control.getUint32(at + auxiliary.type, true) !== PACKET_AUXDATA) return 0;
    const tagged = (control.getUint32(at + auxiliary.status, true) & TP_STATUS_VLAN_VALID) !== 0;
    return tagged ? ethernet.tagLength : 0;
  }
}
