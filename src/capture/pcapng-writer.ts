import { type CaptureTarget, ChunkWriter } from './chunk-writer.ts';
import { Block, byteOrderMagic, Option, padded } from './pcapng.ts';
import type { Direction, Instant } from './record.ts';

/** What is known of a packet besides its bytes. */
export interface PacketNotes {
  readonly direction?: Direction | undefined;
  /** Text, or text already in UTF-8, which saves the encoding where many packets share one comment. */
  readonly comment?: string | Uint8Array | undefined;
  /** Bytes the packet had on the wire, where the bytes given are fewer. */
  readonly originalLength?: number | undefined;
}

/** An option's length field has 16 bits; a name or a comment is cut there. */
const longestText = 0xffff;

const encoder = new TextEncoder();

/** UTF-8, cut before the character that would exceed what an option holds. */
const encode = (text: string): Uint8Array => {
  const bytes = encoder.encode(text);
  if (bytes.length <= longestText) return bytes;
  const cut = new Uint8Array(longestText);
  return cut.subarray(0, encoder.encodeInto(text, cut).written);
};

const nothing: PacketNotes = {};

/** 2^32 / 10^9, the seconds that the high half of a 64-bit nanosecond count has room for: until the year 2554. */
const lastSecond = 18_446_744_072;

/**
 * Writes a pcapng file: one section, little-endian, nanosecond times, named interfaces, directions and comments.
 *
 * @example
 * const writer = new PcapngWriter(createWriteStream('out.pcapng'));
 * const uma = writer.addInterface('uma', LinkType.raw);
 * writer.packet(uma, packet, packet.bytes, packet.start, packet.end, { direction: 'inbound', comment: 'hello' });
 * writer.end();
 */
export class PcapngWriter {
  readonly #out: ChunkWriter;
  #interfaces = 0;

  constructor(target: CaptureTarget) {
    this.#out = new ChunkWriter(target);
    const application = encode('umigame');
    const length = 28 + optionLength(application.length) + 4;
    const at = this.#out.reserve(24);
    const { view } = this.#out;
    view.setUint32(at, Block.sectionHeader, true);
    view.setUint32(at + 4, length, true);
    view.setUint32(at + 8, byteOrderMagic, true);
    view.setUint16(at + 12, 1, true);
    // Section length -1: not known beforehand.
    view.setBigInt64(at + 16, -1n, true);
    this.#option(Option.userApplication, application);
    this.#endBlock(length);
  }

  /** Describes an interface; returns the number to record its packets under. */
  addInterface(name: string, linkType: number): number {
    const text = encode(name);
    const length = 20 + optionLength(text.length) + optionLength(1) + 4;
    const at = this.#out.reserve(16);
    const { view } = this.#out;
    view.setUint32(at, Block.interfaceDescription, true);
    view.setUint32(at + 4, length, true);
    view.setUint16(at + 8, linkType, true);
    this.#option(Option.interfaceName, text);
    this.#option(Option.timeResolution, nanosecondResolution);
    this.#endBlock(length);
    this.#interfaces += 1;
    return this.#interfaces - 1;
  }

  /** Records `[from, to)` of `bytes` as a packet of an interface that {@link addInterface} returned. */
  packet(id: number, time: Instant, bytes: Uint8Array, from: number, to: number, notes = nothing): void {
    const captured = to - from;
    const comment = typeof notes.comment === 'string' ? encode(notes.comment) : notes.comment;
    const flags = notes.direction === undefined ? 0 : notes.direction === 'inbound' ? 1 : 2;
    const options = (flags === 0 ? 0 : optionLength(4)) + (comment === undefined ? 0 : optionLength(comment.length));
    const length = 32 + padded(captured) + (options === 0 ? 0 : options + 4);

    const { view } = this.#out;
    const at = this.#out.reserve(28);
    view.setUint32(at, Block.enhancedPacket, true);
    view.setUint32(at + 4, length, true);
    view.setUint32(at + 8, id, true);
    this.#time(at + 12, time);
    view.setUint32(at + 20, captured, true);
    view.setUint32(at + 24, notes.originalLength ?? captured, true);
    this.#out.put(bytes, from, to);
    this.#out.reserve(padded(captured) - captured);
    if (flags !== 0) {
      const option = this.#out.reserve(8);
      view.setUint16(option, Option.packetFlags, true);
      view.setUint16(option + 2, 4, true);
      view.setUint32(option + 4, flags, true);
    }
    if (comment !== undefined) this.#option(Option.comment, comment);
    if (options === 0) view.setUint32(this.#out.reserve(4), length, true);
    else this.#endBlock(length);
  }

  flush(): void {
    this.#out.flush();
  }

  /** Flushes and ends the target. */
  end(): void {
    this.#out.end();
  }

  /**
   * Nanoseconds since the epoch in two 32-bit halves. In plain numbers, 16 bits of the seconds at a time, so that
   * nothing exceeds 2^53 and no BigInt is made per packet.
   */
  #time(at: number, { seconds, nanoseconds }: Instant): void {
    const whole = Math.min(Math.max(Math.trunc(seconds), 0), lastSecond);
    const upper = Math.floor(whole / 0x10000) * 1e9;
    const lower = (whole % 0x10000) * 1e9 + nanoseconds + (upper % 0x10000) * 0x10000;
    const { view } = this.#out;
    view.setUint32(at, Math.floor(upper / 0x10000) + Math.floor(lower / 0x100000000), true);
    view.setUint32(at + 4, lower % 0x100000000, true);
  }

  #option(code: number, value: Uint8Array): void {
    const at = this.#out.reserve(4);
    this.#out.view.setUint16(at, code, true);
    this.#out.view.setUint16(at + 2, value.length, true);
    this.#out.put(value);
    this.#out.reserve(padded(value.length) - value.length);
  }

  /** The end-of-options option and the block's length again. */
  #endBlock(length: number): void {
    this.#out.view.setUint32(this.#out.reserve(8) + 4, length, true);
  }
}

const optionLength = (value: number): number => 4 + padded(value);
const nanosecondResolution = Uint8Array.of(9);
