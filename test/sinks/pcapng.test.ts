import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concat, from, NEVER, of, Subject, take, throwError } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CaptureRecord, type CaptureTarget, readCapture } from '../../src/capture/index.ts';
import { Drop, dropNames } from '../../src/packet/drop.ts';
import { Packet, Status } from '../../src/packet/packet.ts';
import { toPcapng } from '../../src/sinks/pcapng.ts';
import { collect, hasProgram, run } from '../capture/support.ts';

const names = ['nobody asks for this', 'lo0', 'uma', 'umb'];
const interfaces = (index: number): string | undefined => names[index];

interface Shape {
  status?: Status;
  drop?: number;
  in?: number;
  out?: number;
  header?: number;
  seconds?: number;
}

/** A packet of 40 bytes that says 6, no next header, hop limit 64. */
const packetOf = (shape: Shape = {}): Packet => {
  const {
    status = Status.inFlight,
    drop = 0,
    in: inInterface = 2,
    out = 3,
    header = 0,
    seconds = 1_700_000_000,
  } = shape;
  const packet = new Packet(256).reset(64, 40);
  packet.bytes.set([0x60, 0, 0, 0, 0, 0, 59, 64, 0xfd], packet.start);
  packet.bytes[packet.start + 39] = 9;
  packet.bytes.set([0x86, 0xdd], packet.start - 2);
  packet.link = packet.start - header;
  packet.status = status;
  packet.drop = drop;
  packet.inInterface = inInterface;
  packet.outInterface = out;
  packet.seconds = seconds;
  packet.nanoseconds = 123_456_789;
  return packet;
};

const record = (packets: Packet[], options = {}): CaptureRecord[] => {
  const target = collect();
  from(packets)
    .pipe(toPcapng(target, { interfaces, ...options }))
    .subscribe();
  expect(target.ended).toBe(1);
  return [...readCapture(target.bytes)];
};

describe('toPcapng', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'umigame-sink-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const hopLimit =
    'refused: hopLimitExceeded — The hop limit (IPv4: time to live) ran out. (RFC 8200 §3, RFC 1812 §5.3.1)';
  const { sent, delivered, refused } = Status;

  it.each<readonly [string, Shape, string, string, string | undefined]>([
    ['sent', { status: sent }, 'umb', 'outbound', undefined],
    ['delivered', { status: delivered, out: 1 }, 'uma', 'inbound', 'delivered: to this node'],
    ['refused', { status: refused, drop: Drop.hopLimitExceeded }, 'uma', 'inbound', hopLimit],
    [
      'refused before its route was known',
      { status: refused, drop: Drop.hopLimitExceeded, out: 0 },
      'uma',
      'inbound',
      hopLimit,
    ],
    ['ours, sent', { status: sent, in: 0 }, 'umb', 'outbound', undefined],
    ['ours, refused', { status: refused, drop: Drop.hopLimitExceeded, in: 0 }, 'umb', 'outbound', hopLimit],
    [
      'ours, refused without a route',
      { status: refused, drop: Drop.hopLimitExceeded, in: 0, out: 0 },
      'self',
      'inbound',
      hopLimit,
    ],
    ['in flight, just arrived', { out: 0 }, 'uma', 'inbound', undefined],
    ['in flight, on its way out', {}, 'umb', 'outbound', undefined],
  ])('records a packet on its interface with its fate: %s', (_name, shape, interfaceName, direction, comment) => {
    expect(record([packetOf(shape)])).toMatchObject([
      { interfaceName, direction, comment, linkType: 101, seconds: 1_700_000_000, nanoseconds: 123_456_789 },
    ]);
  });

  it('has a comment for every reason', () => {
    for (const [code, name] of dropNames.entries()) {
      const [only] = record([packetOf({ status: refused, drop: code })]);
      if (code === 0) expect(only?.comment).toBe('refused: none');
      else expect(only?.comment).toMatch(new RegExp(`^refused: ${name} — .*\\. \\(.*\\)$`));
    }
  });

  it('records link-layer headers as Ethernet and packets without as raw IP, even on one interface', () => {
    const [raw, ethernet, again] = record([packetOf(), packetOf({ header: 14 }), packetOf()]);
    expect(raw).toMatchObject({ interfaceName: 'umb', linkType: 101, data: { length: 40 } });
    expect(ethernet).toMatchObject({ interfaceName: 'umb', linkType: 1, data: { length: 54 } });
    expect([...ethernet!.data.subarray(12, 15)]).toEqual([0x86, 0xdd, 0x60]);
    expect(again?.interfaceId).toBe(raw?.interfaceId);
  });

  it('names interfaces itself where it is not told how', () => {
    const records = record([packetOf(), packetOf({ in: 0, out: 0 })], { interfaces: () => undefined });
    expect(records.map(({ interfaceName }) => interfaceName)).toEqual(['interface 3', 'self']);
  });

  it('names 4,096 interfaces; the rest are the others', () => {
    const packets = Array.from({ length: 4_100 }, (_, i) => packetOf({ out: i + 1 }));
    packets.push(packetOf({ out: 9_999, header: 14 }));
    const records = record(packets, { interfaces: String });
    expect(records[4_095]).toMatchObject({ interfaceName: '4096' });
    for (const late of records.slice(4_096)) expect(late.interfaceName).toBe('others');
    expect(records.slice(-2).map(({ linkType }) => linkType)).toEqual([101, 1]);
  });

  it('asks a clock for the time of packets that have none', () => {
    const now = () => ({ seconds: 77, nanoseconds: 88 });
    expect(record([packetOf({ seconds: 0 })], { now })).toMatchObject([{ seconds: 77, nanoseconds: 88 }]);
    const before = Math.floor(Date.now() / 1_000);
    const [real] = record([packetOf({ seconds: 0 })]);
    expect(real!.seconds).toBeGreaterThanOrEqual(before);
    expect(real!.seconds).toBeLessThanOrEqual(Math.ceil(Date.now() / 1_000));
  });

  it('hands every packet on, untouched and in order', () => {
    const packets = [packetOf(), packetOf({ status: refused, drop: Drop.noRoute }), packetOf({ status: delivered })];
    const before = packets.map((packet) => ({ ...packet, bytes: packet.bytes.slice() }));
    const seen: Packet[] = [];
    from(packets)
      .pipe(toPcapng(collect(), { interfaces }))
      .subscribe((packet) => seen.push(packet));
    expect(seen).toEqual(packets);
    expect(seen[0]).toBe(packets[0]);
    expect(packets.map((packet) => ({ ...packet }))).toEqual(before);
  });

  it('has copied a packet before anyone else gets it', () => {
    const target = collect();
    of(packetOf())
      .pipe(toPcapng(target))
      .subscribe((packet) => packet.bytes.fill(0xee));
    expect([...readCapture(target.bytes)][0]?.data[0]).toBe(0x60);
  });

  describe('writes a whole file', () => {
    it('before completion is heard', () => {
      const target = collect();
      let records = -1;
      of(packetOf())
        .pipe(toPcapng(target))
        .subscribe({
          complete: () => {
            records = [...readCapture(target.bytes)].length;
          },
        });
      expect(records).toBe(1);
    });

    it('before an error is heard', () => {
      const target = collect();
      let records = -1;
      concat(
        of(packetOf()),
        throwError(() => new Error('device gone')),
      )
        .pipe(toPcapng(target))
        .subscribe({
          error: () => {
            records = [...readCapture(target.bytes)].length;
          },
        });
      expect(records).toBe(1);
    });

    it('when it is unsubscribed', () => {
      const target = collect();
      const subscription = concat(of(packetOf(), packetOf()), NEVER).pipe(toPcapng(target)).subscribe();
      expect(target.ended).toBe(0);
      subscription.unsubscribe();
      expect(target.ended).toBe(1);
      expect([...readCapture(target.bytes)]).toHaveLength(2);
    });

    it('when someone behind it has enough, and takes no more from the source', () => {
      const target = collect();
      const source = from([packetOf(), packetOf(), packetOf()]);
      let passed = 0;
      source.pipe(toPcapng(target), take(2)).subscribe(() => {
        passed += 1;
      });
      expect(passed).toBe(2);
      expect([...readCapture(target.bytes)]).toHaveLength(2);
      expect(target.ended).toBe(1);
    });

    it('when nothing ever passed', () => {
      expect(record([])).toEqual([]);
    });

    it('to a path, anew for each subscription', () => {
      const path = join(directory, 'out.pcapng');
      const packets$ = new Subject<Packet>();
      const recorded$ = packets$.pipe(toPcapng(path, { interfaces }));
      for (const count of [3, 1]) {
        const subscription = recorded$.subscribe();
        for (let i = 0; i < count; i += 1) packets$.next(packetOf());
        subscription.unsubscribe();
        expect([...readCapture(readFileSync(path))]).toHaveLength(count);
      }
    });
  });

  it('buffers no more than a chunk', () => {
    const target = collect();
    const packets$ = new Subject<Packet>();
    const subscription = packets$.pipe(toPcapng(target)).subscribe();
    for (let i = 0; i < 2_000; i += 1) packets$.next(packetOf());
    const written = target.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    subscription.unsubscribe();
    expect(target.bytes.length - written).toBeLessThanOrEqual(65_536);
    expect(written).toBeGreaterThan(65_536);
  });

  it('errors in a sentence when the path can not be written', () => {
    let error: unknown;
    of(packetOf())
      .pipe(toPcapng(join(directory, 'no', 'such', 'place.pcapng')))
      .subscribe({
        error: (cause) => {
          error = cause;
        },
      });
    expect((error as Error).message).toMatch(/^The capture .*place\.pcapng can't be written: ENOENT.*; choose/);
  });

  it('ends the recording, not the stream, when the target fails', () => {
    const fullDisk: CaptureTarget & { ended: number } = {
      ended: 0,
      write() {
        throw new Error('ENOSPC: no space left on device');
      },
      end() {
        this.ended += 1;
        throw new Error('EIO');
      },
    };
    const failures: string[] = [];
    let passed = 0;
    from(Array.from({ length: 3_000 }, () => packetOf()))
      .pipe(toPcapng(fullDisk, { failed: ({ message }) => failures.push(message) }))
      .subscribe(() => {
        passed += 1;
      });
    expect(passed).toBe(3_000);
    expect(failures).toEqual(['The capture ended early: ENOSPC: no space left on device; packets go on unrecorded.']);
    expect(fullDisk.ended).toBe(1);
  });

  it('warns through the process when no one else is told', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const target: CaptureTarget = {
      write() {
        throw new Error('EPIPE');
      },
    };
    of(packetOf()).pipe(toPcapng(target)).subscribe();
    expect(warn).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
  });

  const ask = hasProgram('tshark') ? it : it.skip;
  ask('shows Wireshark why', () => {
    const path = join(directory, 'why.pcapng');
    const target = collect();
    from([
      packetOf({ status: sent }),
      packetOf({ status: refused, drop: Drop.hopLimitExceeded, header: 14 }),
      packetOf({ status: delivered }),
    ])
      .pipe(toPcapng(target, { interfaces }))
      .subscribe();
    writeFileSync(path, target.bytes);
    const fields = ['frame.interface_name', 'frame.encap_type', 'frame.comment', 'frame.time_epoch', 'ipv6.hlim'];
    expect(
      run('tshark', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field]))
        .trim()
        .split('\n'),
    ).toEqual([
      'umb\t7\t\t1700000000.123456789\t64',
      `uma\t1\t${hopLimit}\t1700000000.123456789\t64`,
      'uma\t7\tdelivered: to this node\t1700000000.123456789\t64',
    ]);
  });
});
