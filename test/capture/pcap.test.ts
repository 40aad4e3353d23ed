import { describe, expect, it } from 'vitest';
import { CaptureError, LinkType, PcapWriter, readCapture } from '../../src/capture/index.ts';
import { build, collect, join, readAll } from './support.ts';

const data = Uint8Array.from({ length: 21 }, (_, i) => i);

const header = (little: boolean, magic: number, snapLength = 65_535, linkType: number = LinkType.raw): Uint8Array =>
  build(little, [32, magic], [16, 2], [16, 4], [32, 0], [32, 0], [32, snapLength], [32, linkType]);

const record = (little: boolean, seconds: number, fraction: number, bytes: Uint8Array, original = bytes.length) =>
  build(little, [32, seconds], [32, fraction], [32, bytes.length], [32, original], bytes);

describe('readCapture of pcap', () => {
  it.each([
    ['little-endian, microseconds', true, 0xa1b2c3d4, 123_456, 123_456_000],
    ['big-endian, microseconds', false, 0xa1b2c3d4, 123_456, 123_456_000],
    ['little-endian, nanoseconds', true, 0xa1b23c4d, 123_456_789, 123_456_789],
    ['big-endian, nanoseconds', false, 0xa1b23c4d, 123_456_789, 123_456_789],
  ])('reads %s', (_name, little, magic, fraction, nanoseconds) => {
    const file = join(header(little, magic), record(little, 1_700_000_000, fraction, data, 1_500));
    expect([...readCapture(file)]).toEqual([
      {
        interfaceId: 0,
        interfaceName: undefined,
        linkType: LinkType.raw,
        seconds: 1_700_000_000,
        nanoseconds,
        originalLength: 1_500,
        data,
        comment: undefined,
        direction: undefined,
      },
    ]);
  });

  it('hands out views on the file, whose own offset counts', () => {
    const file = join(new Uint8Array(5), header(true, 0xa1b2c3d4), record(true, 1, 2, data)).subarray(5);
    const [first] = [...readCapture(file)];
    expect(first?.data.buffer).toBe(file.buffer);
    expect(first?.data).toEqual(data);
  });

  it('reads a file without records and records without bytes', () => {
    expect([...readCapture(header(true, 0xa1b2c3d4))]).toEqual([]);
    const [empty] = [...readCapture(join(header(true, 0xa1b2c3d4), record(true, 1, 2, new Uint8Array(0))))];
    expect(empty?.data.length).toBe(0);
  });

  it('carries a fraction of more than a second over', () => {
    const [late] = [...readCapture(join(header(true, 0xa1b2c3d4), record(true, 7, 2_500_000, data)))];
    expect([late?.seconds, late?.nanoseconds]).toEqual([9, 500_000_000]);
  });

  it('takes the link type from the lower half of its field; the upper is about check sequences', () => {
    const [first] = [...readCapture(join(header(true, 0xa1b2c3d4, 65_535, 0x24000001), record(true, 1, 2, data)))];
    expect(first?.linkType).toBe(LinkType.ethernet);
  });

  it('delivers the records before the damage, then names its place', () => {
    const good = join(header(true, 0xa1b2c3d4), record(true, 1, 0, data), record(true, 2, 0, data));
    const { records, error } = readAll(join(good, record(true, 3, 0, data).subarray(0, 20)));
    expect(records.map(({ seconds }) => seconds)).toEqual([1, 2]);
    expect(error).toBeInstanceOf(CaptureError);
    expect((error as CaptureError).offset).toBe(good.length + 16);
    expect((error as CaptureError).message).toBe(
      `Damaged capture at byte ${good.length + 16}: expected 21 bytes of packet, found 4 bytes; ` +
        'what comes before it is good.',
    );
  });

  it.each([
    ['nothing', new Uint8Array(0), 0, 'a file of 0 bytes'],
    ['three bytes', new Uint8Array(3), 0, 'a file of 3 bytes'],
    ['something else', build(false, [32, 0x89504e47]), 0, '0x89504e47'],
    ['gzip', build(false, [32, 0x1f8b0800]), 0, 'gzip; unpack the file first'],
    ['half a header', header(true, 0xa1b2c3d4).subarray(0, 12), 0, '12 bytes'],
    ['another version', build(true, [32, 0xa1b2c3d4], [16, 3], new Uint8Array(18)), 4, 'version 3'],
    ['half a record header', join(header(true, 0xa1b2c3d4), new Uint8Array(9)), 24, '9 bytes'],
    [
      'a record of 4 GB',
      join(header(true, 0xa1b2c3d4), build(true, [32, 1], [32, 0], [32, 0xffffffff], [32, 1], data)),
      32,
      '4294967295',
    ],
  ])('refuses %s', (_name, file, offset, found) => {
    const { error } = readAll(file);
    expect(error).toBeInstanceOf(CaptureError);
    expect((error as CaptureError).offset).toBe(offset);
    expect((error as CaptureError).message).toContain(`found ${found};`);
  });

  it('lets a file raise the limit on records with its own snap length', () => {
    const large = new Uint8Array(300_000);
    expect(readAll(join(header(true, 0xa1b2c3d4), record(true, 1, 0, large))).error).toBeInstanceOf(CaptureError);
    expect(readAll(join(header(true, 0xa1b2c3d4, 400_000), record(true, 1, 0, large))).records).toHaveLength(1);
  });
});

describe('PcapWriter', () => {
  it('writes what readCapture reads, in nanoseconds', () => {
    const target = collect();
    const writer = new PcapWriter(target, LinkType.ethernet);
    writer.packet({ seconds: 1_700_000_000, nanoseconds: 999_999_999 }, data, 1, 21, 64);
    writer.packet({ seconds: 0, nanoseconds: 0 }, data, 0, 0);
    expect(target.chunks).toEqual([]);
    writer.flush();
    expect(target.ended).toBe(0);
    writer.end();
    expect(target.ended).toBe(1);
    const [first, second] = [...readCapture(target.bytes)];
    expect(first).toMatchObject({ seconds: 1_700_000_000, nanoseconds: 999_999_999, originalLength: 64, linkType: 1 });
    expect(first?.data).toEqual(data.subarray(1));
    expect(second).toMatchObject({ seconds: 0, nanoseconds: 0, originalLength: 0 });
  });
});
