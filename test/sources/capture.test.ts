import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { take } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaptureError, type CaptureRecord, LinkType, PcapngWriter } from '../../src/capture/index.ts';
import { decodeStep } from '../../src/operators/decode.ts';
import { Drop } from '../../src/packet/drop.ts';
import type { Packet } from '../../src/packet/packet.ts';
import { PacketPool } from '../../src/packet/pool.ts';
import { type FromCaptureOptions, fromCapture } from '../../src/sources/capture.ts';
import { collect } from '../capture/support.ts';

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
/** An IPv6 header with no next header, from fd00::1 to fd00::2. */
const address = (last: number): number[] => [0xfd, ...zeros(14), last];
const ipv6 = [0x60, 0, 0, 0, 0, 0, 59, 64, ...address(1), ...address(2)];
const link = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];

type Frame = readonly [linkType: number, bytes: readonly number[], originalLength?: number];

const capture = (...frames: Frame[]): Uint8Array => {
  const target = collect();
  const writer = new PcapngWriter(target);
  for (const [i, [linkType, bytes, originalLength]] of frames.entries()) {
    const id = writer.addInterface(`um${i}`, linkType);
    const data = Uint8Array.from(bytes);
    writer.packet(id, { seconds: 1_700_000_000 + i, nanoseconds: 123_456_789 }, data, 0, data.length, {
      originalLength,
    });
  }
  writer.end();
  return target.bytes;
};

const readAll = (
  source: Uint8Array | string,
  options: Omit<FromCaptureOptions, 'pool'> = {},
  pool = new PacketPool(),
): { packets: Packet[]; error: unknown; completed: boolean } => {
  const result = { packets: [] as Packet[], error: undefined as unknown, completed: false };
  fromCapture(source, { pool, ...options }).subscribe({
    next: (packet) => result.packets.push(packet),
    error: (error) => {
      result.error = error;
    },
    complete: () => {
      result.completed = true;
    },
  });
  return result;
};

const bytesOf = (packet: Packet, from = packet.start): number[] => [...packet.bytes.subarray(from, packet.end)];

describe('fromCapture', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'umigame-source-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('emits packets with time and interface, at once and in order, then completes', () => {
    const { packets, completed } = readAll(capture([LinkType.raw, ipv6], [LinkType.raw, ipv6]));
    expect(completed).toBe(true);
    expect(packets.map((p) => [p.seconds, p.nanoseconds, p.inInterface, p.outInterface])).toEqual([
      [1_700_000_000, 123_456_789, 1, 0],
      [1_700_000_001, 123_456_789, 2, 0],
    ]);
    for (const packet of packets) expect(bytesOf(packet)).toEqual(ipv6);
  });

  it('lets the caller say which interface is which', () => {
    const names = ['um1', 'um0'];
    const interfaceIndex = ({ interfaceName }: CaptureRecord): number => 10 + names.indexOf(interfaceName ?? '');
    const { packets } = readAll(capture([LinkType.raw, ipv6], [LinkType.raw, ipv6]), { interfaceIndex });
    expect(packets.map((packet) => packet.inInterface)).toEqual([11, 10]);
  });

  it.each<readonly [string, number, readonly number[], number]>([
    ['Ethernet', LinkType.ethernet, [...link, 0x86, 0xdd], 14],
    ['Ethernet with a VLAN tag', LinkType.ethernet, [...link, 0x81, 0, 0, 7, 0x86, 0xdd], 18],
    ['null', LinkType.null, [10, 0, 0, 0], 0],
    ['loop', LinkType.loop, [0, 0, 0, 30], 0],
    ['Linux cooked', LinkType.linuxCooked, [...zeros(14), 0x86, 0xdd], 0],
    ['Linux cooked 2', LinkType.linuxCooked2, [0x86, 0xdd, ...zeros(18)], 0],
    ['IPv6', LinkType.ipv6, [], 0],
  ])('finds the packet behind the link-layer header: %s', (_name, linkType, header, kept) => {
    const { packets } = readAll(capture([linkType, [...header, ...ipv6]]));
    const packet = packets[0]!;
    expect(bytesOf(packet)).toEqual(ipv6);
    expect(packet.start - packet.link).toBe(kept);
    if (kept > 0) expect(bytesOf(packet, packet.link)).toEqual([...header, ...ipv6]);
    expect(packet.headroom).toBeGreaterThanOrEqual(256);
    decodeStep(packet);
    expect(packet).toMatchObject({ family: 6, drop: Drop.none, protocol: 59 });
  });

  it('makes a frame without IP a packet without bytes, even if its address looks like a version', () => {
    const arp = [0x60, ...link.slice(1), 0x08, 0x06, ...zeros(46)];
    const { packets } = readAll(capture([LinkType.ethernet, arp], [LinkType.linuxCooked, zeros(40)]));
    for (const packet of packets) {
      expect(packet.length).toBe(0);
      decodeStep(packet);
      expect(packet.drop).toBe(Drop.empty);
    }
    expect(bytesOf(packets[0]!, packets[0]!.link)).toEqual(arp);
  });

  it('carries what is there of a record that was cut short', () => {
    const [packet] = readAll(capture([LinkType.raw, [...ipv6.slice(0, 4), 0, 100, ...ipv6.slice(6)], 140])).packets;
    expect(packet!.length).toBe(40);
    decodeStep(packet!);
    expect(packet!.drop).toBe(Drop.truncated);
  });

  it('tells of records that became no packets', () => {
    const pool = new PacketPool({ small: 64, large: 128, smallLimit: 2, largeLimit: 0 });
    const skips: [string | undefined, string][] = [];
    const skipped = (record: CaptureRecord, reason: string): unknown => skips.push([record.interfaceName, reason]);
    const file = capture(
      [LinkType.raw, ipv6],
      [LinkType.raw, zeros(129)],
      [220, ipv6],
      [LinkType.raw, ipv6],
      [LinkType.raw, ipv6],
    );
    expect(readAll(file, { skipped }, pool)).toMatchObject({ completed: true, packets: { length: 2 } });
    expect(skips).toEqual([
      ['um1', 'tooLarge'],
      ['um2', 'unknownLinkType'],
      ['um4', 'noBuffer'],
    ]);
    expect(readAll(file, {}, new PacketPool({ small: 64, large: 128 })).packets).toHaveLength(3);
  });

  it('reads a path, anew for each subscription', () => {
    const path = join(directory, 'in.pcapng');
    writeFileSync(path, capture([LinkType.raw, ipv6]));
    const source$ = fromCapture(path, { pool: new PacketPool() });
    let count = 0;
    source$.subscribe(() => {
      count += 1;
    });
    writeFileSync(path, capture([LinkType.raw, ipv6], [LinkType.raw, ipv6]));
    source$.subscribe(() => {
      count += 1;
    });
    expect(count).toBe(3);
  });

  it('errors in a sentence when there is no such file', () => {
    const path = join(directory, 'missing.pcap');
    expect((readAll(path).error as Error).message).toMatch(/^The capture .*missing\.pcap can't be read: ENOENT/);
  });

  it('errors where the file is damaged, after the packets before that', () => {
    const file = capture([LinkType.raw, ipv6], [LinkType.raw, ipv6]);
    const { packets, error, completed } = readAll(file.subarray(0, file.length - 4));
    expect(packets).toHaveLength(1);
    expect(error).toBeInstanceOf(CaptureError);
    expect(completed).toBe(false);
  });

  it('stops between two packets when it is unsubscribed, holding none', () => {
    const pool = new PacketPool();
    let count = 0;
    fromCapture(capture([LinkType.raw, ipv6], [LinkType.raw, ipv6], [LinkType.raw, ipv6]), { pool })
      .pipe(take(2))
      .subscribe((packet) => {
        count += 1;
        packet.release();
      });
    expect(count).toBe(2);
    expect(pool.outstanding).toBe(0);
  });

  it('errors when the caller can not name an interface, and gives the packet back', () => {
    const pool = new PacketPool();
    const interfaceIndex = (): number => {
      throw new Error('no such interface');
    };
    expect(readAll(capture([LinkType.raw, ipv6]), { interfaceIndex }, pool).error).toEqual(
      new Error('no such interface'),
    );
    expect(pool.outstanding).toBe(0);
  });
});
