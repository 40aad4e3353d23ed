/**
 * Reading the pcapng file format (draft-ietf-opsawg-pcapng): a row of blocks, in sections of one byte order each.
 *
 * ```
 *  every block          section header (0x0a0d0d0a)   interface (1)        enhanced packet (6)
 * +--------------+  0   +-----------------------+  8  +-----------+  8     +------------------+  8
 * | type         |      | byte-order 0x1a2b3c4d |     | link type |        | interface id     |
 * +--------------+  4   +-----------+-----------+ 12  +-----------+ 12     +------------------+ 12
 * | total length |      | major 1   | minor     |     | snap len  |        | time, high half  |
 * +--------------+  8   +-----------+-----------+ 16  +-----------+ 16     +------------------+ 16
 * | body         |      | section length        |     | options   |        | time, low half   |
 * | options      |      |                       | 24  +-----------+        +------------------+ 20
 * +--------------+      +-----------------------+                          | captured length  |
 * | total length |      | options               |                          +------------------+ 24
 * +--------------+      +-----------------------+                          | original length  |
 *                                                                          +------------------+ 28
 *                                                                          | data, options    |
 *                                                                          +------------------+
 * ```
 *
 * Data and options are padded to multiples of four bytes. {@link PcapngWriter} in its own file writes.
 *
 * @module
 */
import { CaptureError, type CaptureRecord, type Direction, hexadecimal, longestRecord } from './record.ts';

export const Block = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  /** Obsolete, but still in old files. */
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

export const Option = {
  end: 0,
  comment: 1,
  /** In a section header: the program that wrote it. */
  userApplication: 4,
  /** In an interface description. */
  interfaceName: 2,
  timeResolution: 9,
  timeOffset: 14,
  /** In a packet block: epb_flags, pack_flags. Bits 0-1: 1 inbound, 2 outbound. */
  packetFlags: 2,
} as const;

export const byteOrderMagic = 0x1a2b3c4d;

/** A block's own bytes: type, total length, and total length again at its end. */
const framing = 12;
/** Least total length: framing and fixed fields. */
const sectionHeaderLength = 28;
const interfaceDescriptionLength = 20;
const packetLength = 32;
const simplePacketLength = 16;

interface CaptureInterface {
  readonly name: string | undefined;
  readonly linkType: number;
  readonly snapLength: number;
  readonly unitsPerSecond: bigint;
  readonly offsetSeconds: bigint;
}

/** A file under the eyes of the reader, in the byte order of the current section. */
interface File {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly little: boolean;
}

/**
 * Reads a pcapng file: either byte order, any number of sections and interfaces, every time resolution. Blocks of
 * unknown type are stepped over.
 *
 * @throws {@link CaptureError} where the file is damaged, after the records before that
 */
export function* readPcapng(bytes: Uint8Array): Generator<CaptureRecord, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let file: File | undefined;
  let interfaces: CaptureInterface[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < framing) {
      throw new CaptureError(at, `a block of at least ${framing} bytes`, `${bytes.length - at} bytes`);
    }
    if (view.getUint32(at) === Block.sectionHeader) {
      file = { bytes, view, little: byteOrderAt(view, at) };
      interfaces = [];
    }
    if (file === undefined) throw new CaptureError(at, 'a section header block', hexadecimal(view.getUint32(at)));
    const type = view.getUint32(at, file.little);
    const length = blockLengthAt(file, at);
    switch (type) {
      case Block.sectionHeader:
        checkSection(file, at, length);
        break;
      case Block.interfaceDescription:
        interfaces.push(readInterface(file, at, length));
        break;
      case Block.enhancedPacket:
      case Block.packet:
        yield readPacket(file, at, length, type, interfaces);
        break;
      case Block.simplePacket:
        yield readSimplePacket(file, at, length, interfaces);
        break;
    }
    at += length;
  }
}

/** True for little-endian. */
const byteOrderAt = (view: DataView, at: number): boolean => {
  const magic = view.getUint32(at + 8);
  if (magic === byteOrderMagic) return false;
  if (view.getUint32(at + 8, true) === byteOrderMagic) return true;
  throw new CaptureError(at + 8, `the byte-order magic ${hexadecimal(byteOrderMagic)}`, hexadecimal(magic));
};

const blockLengthAt = ({ bytes, view, little }: File, at: number): number => {
  const length = view.getUint32(at + 4, little);
  if (length < framing || length % 4 !== 0) {
    throw new CaptureError(at + 4, `a block length of at least ${framing} and a multiple of 4`, `${length}`);
  }
  if (length > bytes.length - at) {
    throw new CaptureError(at + 4, `a block length of at most ${bytes.length - at}, where the file ends`, `${length}`);
  }
  const again = view.getUint32(at + length - 4, little);
  if (again !== length) throw new CaptureError(at + length - 4, `the block length ${length} again`, `${again}`);
  return length;
};

const checkLength = (at: number, length: number, least: number, what: string): void => {
  if (length < least) throw new CaptureError(at + 4, `${what} of at least ${least} bytes`, `${length}`);
};

const checkSection = ({ view, little }: File, at: number, length: number): void => {
  checkLength(at, length, sectionHeaderLength, 'a section header');
  const major = view.getUint16(at + 12, little);
  if (major !== 1) throw new CaptureError(at + 12, 'pcapng version 1', `version ${major}`);
};

/** Options from `at` on: `visit` gets code, offset of the value and its length. */
const eachOption = (
  { view, little }: File,
  at: number,
  end: number,
  visit: (code: number, at: number, length: number) => void,
): void => {
  let next = at;
  while (end - next >= 4) {
    const code = view.getUint16(next, little);
    const length = view.getUint16(next + 2, little);
    if (code === Option.end) return;
    if (length > end - next - 4) {
      throw new CaptureError(next + 2, `an option of at most ${end - next - 4} bytes`, `${length}`);
    }
    visit(code, next + 4, length);
    next += 4 + padded(length);
  }
};

/** The next multiple of four. */
export const padded = (length: number): number => (length + 3) & ~3;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Some writers end strings with a zero, which is not theirs. */
const textAt = ({ bytes }: File, at: number, length: number): string =>
  decoder.decode(bytes.subarray(at, at + length)).replace(/\0+$/, '');

const readInterface = (file: File, at: number, length: number): CaptureInterface => {
  checkLength(at, length, interfaceDescriptionLength, 'an interface description');
  const { view, little } = file;
  let name: string | undefined;
  let unitsPerSecond = 1_000_000n;
  let offsetSeconds = 0n;
  eachOption(file, at + 16, at + length - 4, (code, value, size) => {
    if (code === Option.interfaceName) name = textAt(file, value, size);
    else if (code === Option.timeResolution && size >= 1) {
      const resolution = view.getUint8(value);
      unitsPerSecond = (resolution & 0x80) !== 0 ? 1n << BigInt(resolution & 0x7f) : 10n ** BigInt(resolution);
    } else if (code === Option.timeOffset && size >= 8) offsetSeconds = view.getBigInt64(value, little);
  });
  return {
    name,
    linkType: view.getUint16(at + 8, little),
    snapLength: view.getUint32(at + 12, little),
    unitsPerSecond,
    offsetSeconds,
  };
};

const interfaceAt = (interfaces: readonly CaptureInterface[], id: number, at: number): CaptureInterface => {
  const known = interfaces[id];
  if (known !== undefined) return known;
  throw new CaptureError(at, `one of the ${interfaces.length} interfaces described so far`, `interface ${id}`);
};

const checkCaptured = (captured: number, { snapLength }: CaptureInterface, at: number, room: number): void => {
  const limit = Math.min(Math.max(snapLength, longestRecord), room);
  if (captured > limit) throw new CaptureError(at, `a captured length of at most ${limit}`, `${captured}`);
};

/** An Enhanced Packet Block, or the obsolete Packet Block: it differs in one word, `[interface 16][drops 16]`. */
const readPacket = (
  file: File,
  at: number,
  length: number,
  type: number,
  interfaces: readonly CaptureInterface[],
): CaptureRecord => {
  checkLength(at, length, packetLength, 'a packet block');
  const { bytes, view, little } = file;
  const interfaceId = type === Block.packet ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little);
  const from = interfaceAt(interfaces, interfaceId, at + 8);
  const captured = view.getUint32(at + 20, little);
  checkCaptured(captured, from, at + 20, length - packetLength);

  const units = (BigInt(view.getUint32(at + 12, little)) << 32n) | BigInt(view.getUint32(at + 16, little));
  let comment: string | undefined;
  let direction: Direction | undefined;
  eachOption(file, at + 28 + padded(captured), at + length - 4, (code, value, size) => {
    if (code === Option.comment) {
      const text = textAt(file, value, size);
      comment = comment === undefined ? text : `${comment}\n${text}`;
    } else if (code === Option.packetFlags && size >= 4) direction = directions[view.getUint32(value, little) & 3];
  });
  return {
    interfaceId,
    interfaceName: from.name,
    linkType: from.linkType,
    seconds: Number(units / from.unitsPerSecond + from.offsetSeconds),
    nanoseconds: Number(((units % from.unitsPerSecond) * 1_000_000_000n) / from.unitsPerSecond),
    originalLength: view.getUint32(at + 24, little),
    data: bytes.subarray(at + 28, at + 28 + captured),
    comment,
    direction,
  };
};

const directions: readonly (Direction | undefined)[] = [undefined, 'inbound', 'outbound', undefined];

/** A Simple Packet Block has no time and no captured length: the first interface's snap length tells that. */
const readSimplePacket = (
  { bytes, view, little }: File,
  at: number,
  length: number,
  interfaces: readonly CaptureInterface[],
): CaptureRecord => {
  checkLength(at, length, simplePacketLength, 'a simple packet block');
  const from = interfaceAt(interfaces, 0, at);
  const originalLength = view.getUint32(at + 8, little);
  const captured = from.snapLength === 0 ? originalLength : Math.min(originalLength, from.snapLength);
  checkCaptured(captured, from, at + 8, length - simplePacketLength);
  return {
    interfaceId: 0,
    interfaceName: from.name,
    linkType: from.linkType,
    seconds: 0,
    nanoseconds: 0,
    originalLength,
    data: bytes.subarray(at + 12, at + 12 + captured),
    comment: undefined,
    direction: undefined,
  };
};
