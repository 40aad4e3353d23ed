import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Direction, LinkType, PcapngWriter, PcapWriter, readCapture } from '../../src/capture/index.ts';
import { collect, hasProgram, run } from './support.ts';

const data = Uint8Array.from({ length: 70_000 }, (_, i) => i);

const write = (fill: (writer: PcapngWriter) => void): Uint8Array => {
  const target = collect();
  const writer = new PcapngWriter(target);
  fill(writer);
  writer.end();
  return target.bytes;
};

describe('PcapngWriter', () => {
  it('writes what readCapture reads', () => {
    const packet = fc.record({
      id: fc.integer({ min: 0, max: 1 }),
      seconds: fc.integer({ min: 0, max: 18_446_744_072 }),
      nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
      from: fc.integer({ min: 0, max: 100 }),
      length: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.constant(69_000)),
      direction: fc.constantFrom<Direction | undefined>('inbound', 'outbound', undefined),
      comment: fc.option(fc.string({ unit: 'binary', minLength: 1 }), { nil: undefined }),
      originalLength: fc.option(fc.integer({ min: 0, max: 0xffffffff }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 8 }), (packets) => {
        const bytes = write((writer) => {
          writer.addInterface('uma', LinkType.raw);
          writer.addInterface('海亀', LinkType.ethernet);
          for (const p of packets) writer.packet(p.id, p, data, p.from, p.from + p.length, p);
        });
        const records = [...readCapture(bytes)];
        expect(records.map(({ data: _data, ...rest }) => rest)).toEqual(
          packets.map((p) => ({
            interfaceId: p.id,
            interfaceName: p.id === 0 ? 'uma' : '海亀',
            linkType: p.id === 0 ? LinkType.raw : LinkType.ethernet,
            seconds: p.seconds,
            nanoseconds: p.nanoseconds,
            originalLength: p.originalLength ?? p.length,
            // A zero at the end of a string is a C writer's terminator to every reader.
            comment: p.comment?.replace(/\0+$/, ''),
            direction: p.direction,
          })),
        );
        for (const [i, p] of packets.entries()) {
          expect(Buffer.compare(records[i]?.data as Uint8Array, data.subarray(p.from, p.from + p.length))).toBe(0);
        }
      }),
      { numRuns: 200, seed: 1999 },
    );
  });

  it('writes chunks of at most 64 KiB, each in memory of its own', () => {
    const target = collect();
    const writer = new PcapngWriter(target);
    writer.addInterface('uma', LinkType.raw);
    for (let i = 0; i < 200; i += 1) writer.packet(0, { seconds: i, nanoseconds: 0 }, data, i, i + 1_400);
    writer.packet(0, { seconds: 200, nanoseconds: 0 }, data, 0, 70_000);
    writer.end();
    expect(Math.max(...target.chunks.map(({ length }) => length))).toBe(65_536);
    expect(new Set(target.chunks.map(({ buffer }) => buffer)).size).toBe(target.chunks.length);
    const records = [...readCapture(target.bytes)];
    expect(records).toHaveLength(201);
    for (const [i, record] of records.slice(0, 200).entries()) expect(record.data[0]).toBe(i & 0xff);
    expect(Buffer.compare(records[200]?.data as Uint8Array, data)).toBe(0);
  });

  it('cuts a comment at what an option holds, between two characters', () => {
    const [record] = [
      ...readCapture(
        write((writer) => {
          writer.packet(writer.addInterface('uma', LinkType.raw), { seconds: 1, nanoseconds: 0 }, data, 0, 4, {
            comment: '海'.repeat(30_000),
          });
        }),
      ),
    ];
    expect(record?.comment).toBe('海'.repeat(21_845));
  });

  it('holds times that its field can not hold at the nearest end', () => {
    const times = [-5, 1e12, 1.5].map((seconds) => ({ seconds, nanoseconds: 7 }));
    const records = [
      ...readCapture(
        write((writer) => {
          const id = writer.addInterface('uma', LinkType.raw);
          for (const time of times) writer.packet(id, time, data, 0, 4);
        }),
      ),
    ];
    expect(records.map(({ seconds }) => seconds)).toEqual([0, 18_446_744_072, 1]);
  });
});

describe('other readers', () => {
  const ask = hasProgram('tshark') && hasProgram('capinfos') ? it : it.skip;
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(joinPath(tmpdir(), 'umigame-capture-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** An IPv6 header with no next header. */
  const ipv6 = Uint8Array.from({ length: 40 }, (_, i) => (i === 0 ? 0x60 : i === 6 ? 59 : i === 7 ? 64 : i));

  ask('tshark shows times, names, directions and comments', () => {
    const path = joinPath(directory, 'notes.pcapng');
    writeFileSync(
      path,
      write((writer) => {
        const uma = writer.addInterface('uma', LinkType.raw);
        const umb = writer.addInterface('umb', LinkType.raw);
        const time = { seconds: 1_700_000_000, nanoseconds: 123_456_789 };
        writer.packet(uma, time, ipv6, 0, 40, { direction: 'inbound', comment: 'refused: noRoute — No route.' });
        writer.packet(umb, { seconds: 1_700_000_001, nanoseconds: 1 }, ipv6, 0, 40, { direction: 'outbound' });
        writer.packet(umb, { seconds: 1_700_000_001, nanoseconds: 2 }, ipv6, 0, 40, { comment: 'only this' });
        writer.packet(umb, { seconds: 1_700_000_001, nanoseconds: 3 }, ipv6, 0, 40);
      }),
    );
    const names = ['frame.time_epoch', 'frame.interface_name', 'frame.packet_flags_direction', 'frame.comment'];
    const lines = run('tshark', '-r', path, '-T', 'fields', ...[...names, 'ipv6.hlim'].flatMap((name) => ['-e', name]));
    expect(lines.trimEnd().split('\n')).toEqual([
      '1700000000.123456789\tuma\t0x00000001\trefused: noRoute — No route.\t64',
      '1700000001.000000001\tumb\t0x00000002\t\t64',
      '1700000001.000000002\tumb\t\tonly this\t64',
      '1700000001.000000003\tumb\t\t\t64',
    ]);
    const summary = run('capinfos', path);
    expect(summary).toContain('pcapng');
    expect(summary).toMatch(/Number of packets:\s+4/);
    expect(summary).toMatch(/nanoseconds/);
  });

  ask('capinfos reads a pcap file of ours as nanoseconds', () => {
    const target = collect();
    const writer = new PcapWriter(target, LinkType.raw);
    writer.packet({ seconds: 1_700_000_000, nanoseconds: 123_456_789 }, ipv6, 0, 40);
    writer.end();
    const path = joinPath(directory, 'plain.pcap');
    writeFileSync(path, target.bytes);
    expect(run('capinfos', path)).toMatch(/Time precision = nanoseconds/);
    expect(run('tshark', '-r', path, '-T', 'fields', '-e', 'frame.time_epoch')).toBe('1700000000.123456789\n');
  });

  ask('we read what editcap writes, in every format', () => {
    const path = joinPath(directory, 'ours.pcapng');
    writeFileSync(
      path,
      write((writer) => {
        const id = writer.addInterface('uma', LinkType.raw);
        writer.packet(id, { seconds: 1_700_000_000, nanoseconds: 123_456_789 }, ipv6, 0, 40, { comment: 'kept' });
      }),
    );
    for (const [format, nanoseconds] of [
      ['pcap', 123_456_000],
      ['nsecpcap', 123_456_789],
      ['pcapng', 123_456_789],
    ] as const) {
      const converted = joinPath(directory, `theirs.${format}`);
      run('editcap', '-F', format, path, converted);
      const [record] = [...readCapture(new Uint8Array(readFileSync(converted)))];
      expect(record).toMatchObject({ linkType: LinkType.raw, seconds: 1_700_000_000, nanoseconds });
      expect(record?.data).toEqual(ipv6);
      if (format === 'pcapng') expect(record).toMatchObject({ interfaceName: 'uma', comment: 'kept' });
    }
  });
});
