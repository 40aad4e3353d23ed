/**
 * The pcap file format (draft-ietf-opsawg-pcap): one header, then records, all from one interface.
 *
 * ```
 *  file header, 24 bytes                       record header, 16 bytes
 * +------------------------------------+  0   +------------------------------------+  0
 * | magic: byte order, time resolution |      | seconds                            |
 * +-----------------+------------------+  4   +------------------------------------+  4
 * | major version 2 | minor version 4  |      | microseconds or nanoseconds        |
 * +-----------------+------------------+  8   +------------------------------------+  8
 * | reserved                           |      | captured length                    |
 * |                                    | 12   +------------------------------------+ 12
 * +------------------------------------+ 16   | original length                    |
 * | snap length                        |      +------------------------------------+ 16
 * +------------------------------------+ 20   | captured length bytes, not padded  |
 * | link type                          |      +------------------------------------+
 * +------------------------------------+ 24
 * ```
 *
 * @module
 */
import { type CaptureTarget, ChunkWriter } from './chunk-writer.ts';
import { CaptureError, type CaptureRecord, hexadecimal, type Instant, longestRecord } from './record.ts';

const magicMicroseconds = 0xa1b2c3d4;
const magicNanoseconds = 0xa1b23c4d;
const fileHeaderLength = 24;
const recordHeaderLength = 16;

/** Does a file with these first four bytes, read big-endian, claim to be pcap? */
export const isPcapMagic = (magic: number): boolean => formOf(magic) !== undefined;

interface Form {
  readonly little: boolean;
  readonly nanosecondsPerUnit: number;
}

const formOf = (magic: number): Form | undefined => {
  switch (magic) {
    case magicMicroseconds:
      return { little: false, nanosecondsPerUnit: 1_000 };
    case magicNanoseconds:
      return { little: false, nanosecondsPerUnit: 1 };
    case 0xd4c3b2a1:
      return { little: true, nanosecondsPerUnit: 1_000 };
    case 0x4d3cb2a1:
      return { little: true, nanosecondsPerUnit: 1 };
    default:
      return undefined;
  }
};

/**
 * Reads a pcap file: either byte order, microseconds or nanoseconds.
 *
 * @throws {@link CaptureError} where the file is damaged, after the records before that
 */
export function* readPcap(bytes: Uint8Array): Generator<CaptureRecord, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < fileHeaderLength) {
    throw new CaptureError(0, `a pcap header of ${fileHeaderLength} bytes`, `${bytes.length} bytes`);
  }
  const form = formOf(view.getUint32(0));
  if (form === undefined) throw new CaptureError(0, 'a pcap magic number', hexadecimal(view.getUint32(0)));
  const { little, nanosecondsPerUnit } = form;
  const major = view.getUint16(4, little);
  if (major !== 2) throw new CaptureError(4, 'pcap version 2', `version ${major}`);
  const limit = Math.max(view.getUint32(16, little), longestRecord);
  // The upper half of the field tells about frame check sequences; the link type is the lower.
  const linkType = view.getUint32(20, little) & 0xffff;

  let at = fileHeaderLength;
  while (at < bytes.length) {
    const left = bytes.length - at;
    if (left < recordHeaderLength) {
      throw new CaptureError(at, `a record header of ${recordHeaderLength} bytes`, `${left} bytes`);
    }
    const captured = view.getUint32(at + 8, little);
    if (captured > limit) throw new CaptureError(at + 8, `a captured length of at most ${limit}`, `${captured}`);
    const from = at + recordHeaderLength;
    if (captured > bytes.length - from) {
      throw new CaptureError(from, `${captured} bytes of packet`, `${bytes.length - from} bytes`);
    }
    const nanoseconds = view.getUint32(at + 4, little) * nanosecondsPerUnit;
    yield {
      interfaceId: 0,
      interfaceName: undefined,
      linkType,
      seconds: view.getUint32(at, little) + Math.floor(nanoseconds / 1e9),
      nanoseconds: nanoseconds % 1e9,
      originalLength: view.getUint32(at + 12, little),
      data: bytes.subarray(from, from + captured),
      comment: undefined,
      direction: undefined,
    };
    at = from + captured;
  }
}

/**
 * Writes a pcap file with nanosecond times, little-endian. It knows one link type and no names, directions or
 * comments: where you have a choice, write pcapng.
 *
 * @example
 * const writer = new PcapWriter(createWriteStream('out.pcap'), LinkType.raw);
 * writer.packet({ seconds: 0, nanoseconds: 1 }, bytes, 0, bytes.length);
 * writer.end();
 */
export class PcapWriter {
  readonly #out: ChunkWriter;

  constructor(target: CaptureTarget, linkType: number) {
    this.#out = new ChunkWriter(target);
    const at = this.#out.reserve(fileHeaderLength);
    const { view } = this.#out;
    view.setUint32(at, magicNanoseconds, true);
    view.setUint16(at + 4, 2, true);
    view.setUint16(at + 6, 4, true);
    view.setUint32(at + 16, longestRecord, true);
    view.setUint32(at + 20, linkType, true);
  }

  /** Records `[from, to)` of `bytes`. */
  packet(time: Instant, bytes: Uint8Array, from: number, to: number, originalLength = to - from): void {
    const at = this.#out.reserve(recordHeaderLength);
    const { view } = this.#out;
    view.setUint32(at, time.seconds, true);
    view.setUint32(at + 4, time.nanoseconds, true);
    view.setUint32(at + 8, to - from, true);
    view.setUint32(at + 12, originalLength, true);
    this.#out.put(bytes, from, to);
  }

  flush(): void {
    this.#out.flush();
  }

  /** Flushes and ends the target. */
  end(): void {
    this.#out.end();
  }
}
