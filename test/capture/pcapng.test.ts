import { describe, expect, it } from 'vitest';
import { CaptureError, LinkType, readCapture } from '../../src/capture/index.ts';
import { block, build, interfaceBlock, join, option, packetBlock, readAll, sectionHeader, text } from './support.ts';

const data = Uint8Array.from({ length: 21 }, (_, i) => 0x60 + i);
const words = (value: bigint): [number, number] => [Number(value >> 32n), Number(value & 0xffffffffn)];
const resolution = (little: boolean, value: number): Uint8Array => option(little, 9, Uint8Array.of(value));
const seconds64 = (little: boolean, value: bigint): Uint8Array => {
  const [high, low] = words(BigInt.asUintN(64, value));
  return option(little, 14, build(little, [32, little ? low : high], [32, little ? high : low]));
};

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('readCapture of pcapng, %s', (_name, little) => {
  const section = sectionHeader(little);

  it('reads names, times, lengths, comments and directions', () => {
    const time = words(1_700_000_000_123_456_789n);
    const file = join(
      section,
      interfaceBlock(little, LinkType.raw, 0, option(little, 2, text('uma')), resolution(little, 9)),
      interfaceBlock(little, LinkType.ethernet, 96, option(little, 2, text('海亀\0')), option(little, 0, text(''))),
      packetBlock(little, 0, time, data, option(little, 1, text('why')), option(little, 2, build(little, [32, 1]))),
      packetBlock(little, 1, words(1_700_000_000_123_456n), data, option(little, 2, build(little, [32, 0xabcd0002]))),
    );
    expect([...readCapture(file)]).toEqual([
      {
        interfaceId: 0,
        interfaceName: 'uma',
        linkType: LinkType.raw,
        seconds: 1_700_000_000,
        nanoseconds: 123_456_789,
        originalLength: 21,
        data,
        comment: 'why',
        direction: 'inbound',
      },
      {
        interfaceId: 1,
        interfaceName: '海亀',
        linkType: LinkType.ethernet,
        seconds: 1_700_000_000,
        nanoseconds: 123_456_000,
        originalLength: 21,
        data,
        comment: undefined,
        direction: 'outbound',
      },
    ]);
  });

  it.each([
    ['microseconds by default', [], 1_500_000n, 1, 500_000_000],
    ['milliseconds', [resolution(little, 3)], 1_500n, 1, 500_000_000],
    ['seconds', [resolution(little, 0)], 15n, 15, 0],
    ['picoseconds', [resolution(little, 12)], 1_500_000_000_999n, 1, 500_000_000],
    ['2^-10 s', [resolution(little, 0x8a)], 1_536n, 1, 500_000_000],
    ['2^-32 s', [resolution(little, 0xa0)], (3n << 32n) | 0x40000000n, 3, 250_000_000],
    ['2^-127 s, which leaves nothing', [resolution(little, 0xff)], 0xffffffffffffffffn, 0, 0],
    ['an offset', [seconds64(little, 1_000n)], 1_500_000n, 1_001, 500_000_000],
    ['an offset back', [seconds64(little, -10n)], 1_500_000n, -9, 500_000_000],
  ] as const)('reads %s', (_case, options, units, seconds, nanoseconds) => {
    const [record] = [
      ...readCapture(
        join(section, interfaceBlock(little, 101, 0, ...options), packetBlock(little, 0, words(units), data)),
      ),
    ];
    expect([record?.seconds, record?.nanoseconds]).toEqual([seconds, nanoseconds]);
  });

  it('reads simple packets, cut at the snap length of the first interface', () => {
    const file = (snapLength: number, original: number): Uint8Array =>
      join(
        section,
        interfaceBlock(little, 101, snapLength, option(little, 2, text('uma'))),
        block(little, 3, [32, original], data),
      );
    const [whole] = [...readCapture(file(0, 21))];
    expect(whole).toMatchObject({ interfaceName: 'uma', seconds: 0, nanoseconds: 0, originalLength: 21, data });
    const [cut] = [...readCapture(file(21, 1_500))];
    expect(cut).toMatchObject({ originalLength: 1_500, data });
    expect(readAll(file(0, 1_500)).error).toBeInstanceOf(CaptureError);
  });

  it('reads the obsolete packet block, whose interface has 16 bits', () => {
    const [high, low] = words(1_500_000n);
    const old = block(
      little,
      2,
      ...([
        [16, 1],
        [16, 77],
        [32, high],
        [32, low],
        [32, data.length],
        [32, 99],
      ] as const),
      data,
      new Uint8Array(3),
      option(little, 2, build(little, [32, 2])),
    );
    const file = join(section, interfaceBlock(little, 101, 0), interfaceBlock(little, 228, 0), old);
    expect([...readCapture(file)]).toMatchObject([
      {
        interfaceId: 1,
        linkType: 228,
        seconds: 1,
        nanoseconds: 500_000_000,
        originalLength: 99,
        direction: 'outbound',
      },
    ]);
  });

  it('joins several comments and steps over options and blocks it does not know', () => {
    const file = join(
      section,
      block(little, 4, text('names')),
      block(little, 0x0bad, [32, 32473], text('custom')),
      interfaceBlock(little, 101, 0, option(little, 3, text('a description')), option(little, 60_000, text('?'))),
      packetBlock(
        little,
        0,
        [0, 0],
        data,
        option(little, 1, text('one')),
        option(little, 5, text('id')),
        option(little, 1, text('two')),
      ),
      block(little, 5, [32, 0], [32, 0], [32, 0]),
    );
    expect([...readCapture(file)].map(({ comment }) => comment)).toEqual(['one\ntwo']);
  });

  it('starts afresh with each section, in either byte order', () => {
    const file = join(
      section,
      interfaceBlock(little, 101, 0, option(little, 2, text('first'))),
      packetBlock(little, 0, [0, 1], data),
      sectionHeader(!little),
      interfaceBlock(!little, 1, 0, option(!little, 2, text('second'))),
      packetBlock(!little, 0, [0, 2], data),
    );
    expect([...readCapture(file)].map((r) => [r.interfaceName, r.linkType, r.nanoseconds])).toEqual([
      ['first', 101, 1_000],
      ['second', 1, 2_000],
    ]);
    const forgotten = join(file, sectionHeader(little), packetBlock(little, 0, [0, 3], data));
    const { records, error } = readAll(forgotten);
    expect(records).toHaveLength(2);
    expect((error as CaptureError).message).toContain('expected one of the 0 interfaces described so far');
  });

  describe('refuses', () => {
    const start = join(section, interfaceBlock(little, 101, 64));
    const good = packetBlock(little, 0, [0, 0], data);
    const changed = (at: number, value: number): Uint8Array => {
      const bytes = good.slice();
      new DataView(bytes.buffer).setUint32(at, value, little);
      return bytes;
    };
    const body = (length: number): Uint8Array => new Uint8Array(length);

    it.each([
      ['a block length below twelve', changed(4, 8), 4, 'a block length of at least 12 and a multiple of 4', '8'],
      ['an odd block length', changed(4, 57), 4, 'a block length of at least 12 and a multiple of 4', '57'],
      ['a block of 4 GB', changed(4, 0xfffffffc), 4, 'a block length of at most 56, where the file ends', '4294967292'],
      ['a second length that differs', changed(52, 60), 52, 'the block length 56 again', '60'],
      ['an unknown interface', changed(8, 1), 8, 'one of the 1 interfaces described so far', 'interface 1'],
      ['more bytes than the block holds', changed(20, 25), 20, 'a captured length of at most 24', '25'],
      ['a captured length of 4 GB', changed(20, 0xffffffff), 20, 'a captured length of at most 24', '4294967295'],
      ['a packet block that is none', block(little, 6, body(8)), 4, 'a packet block of at least 32 bytes', '20'],
      ['a simple packet that is none', block(little, 3), 4, 'a simple packet block of at least 16 bytes', '12'],
      ['an interface that is none', block(little, 1), 4, 'an interface description of at least 20 bytes', '12'],
      ['half a block', good.subarray(0, 20), 4, 'a block length of at most 20, where the file ends', '56'],
      ['a stub', good.subarray(0, 11), 0, 'a block of at least 12 bytes', '11 bytes'],
      [
        'a section of another kind',
        block(little, 0x0a0d0d0a, [32, 0x11111111]),
        8,
        'the byte-order magic 0x1a2b3c4d',
        '0x11111111',
      ],
      [
        'a section that is none',
        block(little, 0x0a0d0d0a, [32, 0x1a2b3c4d]),
        4,
        'a section header of at least 28 bytes',
        '16',
      ],
      [
        'another version',
        block(little, 0x0a0d0d0a, [32, 0x1a2b3c4d], [16, 2], body(10)),
        12,
        'pcapng version 1',
        'version 2',
      ],
      [
        'an option that runs past its block',
        packetBlock(little, 0, [0, 0], data, build(little, [16, 1], [16, 9], text('12345678'))),
        54,
        'an option of at most 8 bytes',
        '9',
      ],
    ])('%s', (_case, damage, offset, expected, found) => {
      const { records, error } = readAll(join(start, good, damage));
      expect(records).toHaveLength(1);
      expect(error).toBeInstanceOf(CaptureError);
      expect((error as CaptureError).message).toBe(
        `Damaged capture at byte ${start.length + good.length + offset}: expected ${expected}, found ${found}; ` +
          'what comes before it is good.',
      );
      expect((error as CaptureError).offset).toBe(start.length + good.length + offset);
    });
  });
});
