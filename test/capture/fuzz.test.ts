import { describe, expect, it } from 'vitest';
import {
  CaptureError,
  type CaptureRecord,
  LinkType,
  PcapngWriter,
  PcapWriter,
  readCapture,
} from '../../src/capture/index.ts';
import {
  block,
  build,
  collect,
  dice,
  interfaceBlock,
  join,
  option,
  packetBlock,
  sectionHeader,
  text,
} from './support.ts';

const data = Uint8Array.from({ length: 90 }, (_, i) => i * 7);

const pcapng = (): Uint8Array => {
  const target = collect();
  const writer = new PcapngWriter(target);
  const id = writer.addInterface('uma', LinkType.raw);
  for (let i = 0; i < 4; i += 1) {
    writer.packet(id, { seconds: i, nanoseconds: 1 }, data, i, 60 + i, { direction: 'inbound', comment: 'why' });
  }
  writer.end();
  return target.bytes;
};

const pcap = (): Uint8Array => {
  const target = collect();
  const writer = new PcapWriter(target, LinkType.ethernet);
  for (let i = 0; i < 4; i += 1) writer.packet({ seconds: i, nanoseconds: 1 }, data, i, 60 + i);
  writer.end();
  return target.bytes;
};

const bigEndian = (): Uint8Array =>
  join(
    sectionHeader(false),
    interfaceBlock(false, 1, 64, option(false, 2, text('umb')), option(false, 9, Uint8Array.of(0x8a))),
    packetBlock(false, 0, [1, 2], data, option(false, 1, text('a comment'))),
    block(false, 3, [32, 40], data.subarray(0, 40)),
    block(false, 2, [16, 0], [16, 0], [32, 1], [32, 2], [32, 8], [32, 8], data.subarray(0, 8)),
    block(false, 77, text('unknown')),
    sectionHeader(true),
    interfaceBlock(true, 101, 0, option(true, 14, build(true, [32, 0xffffffff], [32, 0xffffffff]))),
    packetBlock(true, 0, [0, 0], data),
  );

/** Numbers that lie: the ends of every width, and those near a length that is right. */
const liars = [0, 1, 3, 4, 11, 12, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const mutate = (file: Uint8Array, random: () => number): Uint8Array => {
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes: Uint8Array = file.slice();
  const view = (): DataView => new DataView(bytes.buffer, bytes.byteOffset);
  for (let changes = 1 + below(4); changes > 0 && bytes.length >= 4; changes -= 1) {
    const at = below(bytes.length);
    switch (below(5)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 1:
        bytes[at] = below(256);
        break;
      case 2:
        view().setUint32(Math.min(at & ~3, bytes.length - 4), liars[below(liars.length)] ?? 0, below(2) === 0);
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      default:
        bytes = join(bytes.subarray(0, at), bytes.subarray(below(bytes.length)));
    }
  }
  return bytes;
};

describe('readCapture of damaged files', () => {
  it('throws nothing but CaptureError, at a place in the file, and makes no more than the file holds', () => {
    const random = dice(0x1999);
    const files = [pcapng(), pcap(), bigEndian()];
    let damaged = 0;
    for (let i = 0; i < 20_000; i += 1) {
      const bytes = mutate(files[i % files.length] as Uint8Array, random);
      let records = 0;
      try {
        for (const record of readCapture(bytes)) {
          records += 1;
          expect(record.data.buffer).toBe(bytes.buffer);
          expect(record.nanoseconds >= 0 && record.nanoseconds < 1e9).toBe(true);
        }
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        damaged += 1;
        expect(error.offset >= 0 && error.offset <= bytes.length).toBe(true);
      }
      expect(records * 16).toBeLessThanOrEqual(bytes.length);
    }
    expect(damaged).toBeGreaterThan(5_000);
  });

  it('reads every truncation of a file up to where it was cut', () => {
    for (const file of [pcapng(), pcap(), bigEndian()]) {
      const whole = [...readCapture(file)];
      for (let end = 0; end < file.length; end += 1) {
        const cut = file.slice(0, end);
        const records: CaptureRecord[] = [];
        try {
          for (const record of readCapture(cut)) records.push(record);
        } catch (error) {
          expect(error).toBeInstanceOf(CaptureError);
        }
        expect(records).toEqual(whole.slice(0, records.length));
      }
    }
  });
});
