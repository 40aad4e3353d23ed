import { describe, expect, test } from 'vitest';
import { dropNames } from '../../src/packet/drop.ts';
import { Packet } from '../../src/packet/packet.ts';
import { Errno } from '../../src/platform/error.ts';
import { libc } from '../../src/platform/libc.ts';
import { ReceiveRing } from '../../src/platform/receive-ring.ts';
import { bytesOf, ipv4, ipv6, payload, tcp, udp } from '../../src/testing/index.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import * as wireTcp from '../../src/wire/tcp.ts';
import * as wireUdp from '../../src/wire/udp.ts';
import { Segmentation } from '../../src/wire/virtio-net.ts';
import { putMessage, type Received } from '../support/messages.ts';

/** A ring that receives what it is given: lists of messages, or an error number. */
const setUp = (...answers: readonly (readonly Received[] | number)[]) => {
  const waiting = [...answers];
  let errno = 0;
  let calls = 0;
  const ring = new ReceiveRing({
    addressOf: libc().addressOf,
    memcpy: libc().memcpy,
    errno: () => errno,
    recvmmsg: (_, messages, count) => {
      calls += 1;
      const answer = waiting.shift() ?? Errno.EAGAIN;
      if (typeof answer === 'number') {
        errno = answer;
        return -1;
      }
      expect(answer.length).toBeLessThanOrEqual(count);
      for (const [i, message] of answer.entries()) putMessage(messages, i, message);
      return answer.length;
    },
  });
  /** Receives once and hands out everything. */
  const takeAll = (capacity = 66_000): Packet[] => {
    if (ring.receive(7) !== 0) return [];
    const packets: Packet[] = [];
    while (ring.hasFrames) {
      const packet = new Packet(capacity).reset(256, 0);
      ring.take(packet);
      packets.push(packet);
    }
    return packets;
  };
  return { ring, takeAll, calls: () => calls };
};

interface Virtio {
  readonly kind?: number;
  readonly size?: number;
  /** Where a partial checksum starts and where its field is; none: the checksum is complete. */
  readonly partial?: readonly [number, number];
}

const virtio = ({ kind = 0, size = 0, partial }: Virtio): number[] => {
  const view = new DataView(new ArrayBuffer(10));
  view.setUint8(0, partial === undefined ? 0 : 1);
  view.setUint8(1, kind);
  view.setUint16(4, size, true);
  view.setUint16(6, partial?.[0] ?? 0, true);
  view.setUint16(8, partial?.[1] ?? 0, true);
  return [...new Uint8Array(view.buffer)];
};

/** What Linux says beside a frame: struct cmsghdr, struct tpacket_auxdata. */
const auxiliary = (status: number, tag = 0, type = 0): number[] => {
  const view = new DataView(new ArrayBuffer(40));
  view.setUint32(0, 36, true);
  view.setUint32(8, 263, true);
  view.setUint32(12, 8, true);
  view.setUint32(16, status, true);
  view.setUint16(32, tag, true);
  view.setUint16(34, type, true);
  return [...new Uint8Array(view.buffer)];
};

const header = (type: number): number[] => [...[2, 0, 0, 0, 0, 1], ...[2, 0, 0, 0, 0, 2], type >> 8, type & 0xff];
const frame6 = (ip: Uint8Array): number[] => [...header(0x86dd), ...ip];
const addresses = { source: 'fd00::1', destination: 'fd00::2' };
const datagram = bytesOf(ipv6(addresses), udp(), payload(20));
const frameOf = ({ bytes, link, end }: Packet): number[] => [...bytes.subarray(link, end)];
const offsets = ({ link, start, upper, end }: Packet) => [start - link, upper - link, end - link];

/** Leaves the checksum at `field` to others: all that it holds is the sum that makes up for the rest. */
const leavePartial = (frame: number[], from: number, field: number): number[] => {
  const left = [...frame];
  const view = new DataView(Uint8Array.from(left).buffer);
  const total = (~view.getUint16(field) & 0xffff) + 0xffff * 2;
  view.setUint16(field, 0);
  let rest = 0;
  for (let at = from; at < left.length; at += 2) {
    rest += at + 1 < left.length ? view.getUint16(at) : view.getUint8(at) << 8;
  }
  const pseudo = (total - (rest % 0xffff)) % 0xffff;
  left[field] = pseudo >> 8;
  left[field + 1] = pseudo & 0xff;
  return left;
};

describe.runIf(process.platform === 'linux')('ReceiveRing', () => {
  test('hands out frames one by one, in order, and asks for more only then', () => {
    const frames = Array.from({ length: 64 }, (_, i) => frame6(bytesOf(ipv6(addresses), udp(), payload(i))));
    const { ring, takeAll, calls } = setUp(
      frames.map((frame) => ({ bytes: [...virtio({}), ...frame], control: auxiliary(1) })),
      [{ bytes: [...virtio({}), ...frame6(datagram)] }],
    );
    expect(ring.hasFrames).toBe(false);
    const packets = takeAll();
    expect(calls()).toBe(1);
    expect(packets.map(frameOf)).toEqual(frames);
    expect(packets[20]).toMatchObject({ link: 256, start: 270, upper: 270, status: 0 });
    expect(takeAll().map(frameOf)).toEqual([frame6(datagram)]);
    expect([takeAll(), calls()]).toEqual([[], 3]);
  });

  test('a frame without an IP packet starts at its end', () => {
    const { takeAll } = setUp([{ bytes: [...virtio({}), ...header(0x0806), ...Array(28).fill(0)] }]);
    expect(takeAll().map(offsets)).toEqual([[42, 42, 42]]);
  });

  test.each([0, 1, 20, 21])('completes a partial checksum of %i bytes', (length) => {
    const whole = frame6(bytesOf(ipv6(addresses), udp(), payload(length)));
    const partial = leavePartial(whole, 54, 60);
    expect(partial).not.toEqual(whole);
    const { takeAll } = setUp([{ bytes: [...virtio({ partial: [54, 6] }), ...partial] }]);
    expect(takeAll().map(frameOf)).toEqual([whole]);
  });

  test.each([
    [54, 200],
    [60_000, 6],
    [0xffff, 0xffff],
  ] as const)('a checksum field outside (%i, %i) is left', (...partial) => {
    const { takeAll } = setUp([{ bytes: [...virtio({ partial }), ...frame6(datagram)] }]);
    expect(takeAll().map(frameOf)).toEqual([frame6(datagram)]);
  });

  test.each([
    ['IPv6', Segmentation.tcp6, (at: number) => frame6(bytesOf(ipv6(addresses), tcp(), payload(at))), 54],
    [
      'IPv4',
      Segmentation.tcp4,
      (at: number) => [
        ...header(0x0800),
        ...bytesOf(ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }), tcp(), payload(at)),
      ],
      34,
    ],
  ])('cuts a super-frame of TCP over %s, then goes on with the next frame', (_, kind, of, upper) => {
    const superFrame = leavePartial(of(60_000), upper, upper + 16);
    const { takeAll } = setUp([
      { bytes: [...virtio({ kind, size: 1_400, partial: [upper, 16] }), ...superFrame] },
      { bytes: [...virtio({}), ...frame6(datagram)] },
    ]);
    const packets = takeAll();
    expect(packets.length).toBe(44);
    expect(frameOf(packets.pop()!)).toEqual(frame6(datagram));
    const verify = kind === Segmentation.tcp6 ? wireTcp.verify6 : wireTcp.verify4;
    for (const { view, link, start, end } of packets) expect(verify(view, start, link + upper, end)).toBe(true);
    const data = packets.flatMap((packet) => frameOf(packet).slice(upper + 20));
    expect(data).toEqual(of(60_000).slice(upper + 20));
  });

  test('cuts a super-frame of UDP', () => {
    const whole = frame6(bytesOf(ipv6(addresses), udp(), payload(2_500)));
    const { takeAll } = setUp([
      { bytes: [...virtio({ kind: Segmentation.udp, size: 1_000, partial: [54, 6] }), ...leavePartial(whole, 54, 60)] },
    ]);
    const packets = takeAll();
    expect(packets.map(({ view, start }) => wireUdp.verify6(view, start, start + 40))).toEqual([true, true, true]);
    expect(packets.map(({ start, end }) => end - start)).toEqual([1_048, 1_048, 548]);
  });

  test.each([
    ['that is none', Segmentation.tcp4, 1_000],
    ['in segments of no bytes', Segmentation.tcp6, 0],
    ['of a kind that nobody knows', 3, 1_000],
  ])('refuses a super-frame %s', (_, kind, size) => {
    const bytes = frame6(bytesOf(ipv6(addresses), tcp(), payload(3_000)));
    const { takeAll } = setUp([
      { bytes: [...virtio({ kind, size, partial: [54, 16] }), ...bytes] },
      { bytes: [...virtio({}), ...frame6(datagram)] },
    ]);
    const [refused, next, ...more] = takeAll();
    expect(dropNames[refused!.drop]).toBe('unsegmentable');
    expect(frameOf(refused!)).toEqual(bytes);
    expect(frameOf(next!)).toEqual(frame6(datagram));
    expect(more).toEqual([]);
  });

  test.each([
    ['of the usual type', 0x10, 0, ethernet.EtherType.vlan],
    ['of another type', 0x50, 0x88a8, ethernet.EtherType.serviceVlan],
  ])('puts back a VLAN tag %s', (_, status, type, expected) => {
    const { takeAll } = setUp([
      { bytes: [...virtio({}), ...frame6(datagram)], control: auxiliary(status, 0x6005, type) },
    ]);
    const [packet] = takeAll();
    const { view, link } = packet!;
    expect(frameOf(packet!)).toEqual([...header(expected).slice(0, 14), 0x60, 0x05, ...frame6(datagram).slice(12)]);
    expect(ethernet.vlanIdentifier(view, link)).toBe(5);
    expect(offsets(packet!)).toEqual([18, 18, 18 + datagram.length]);
  });

  test('puts the tag before each segment', () => {
    const whole = frame6(bytesOf(ipv6(addresses), tcp(), payload(2_500)));
    const bytes = [
      ...virtio({ kind: Segmentation.tcp6, size: 1_000, partial: [54, 16] }),
      ...leavePartial(whole, 54, 70),
    ];
    const { takeAll } = setUp([{ bytes, control: auxiliary(0x10, 5) }]);
    const packets = takeAll();
    expect(packets.map(({ view, link }) => ethernet.vlanIdentifier(view, link))).toEqual([5, 5, 5]);
    for (const { view, start, end } of packets) expect(wireTcp.verify6(view, start, start + 40, end)).toBe(true);
  });

  test.each([
    ['no ancillary data', []],
    ['data that are too short', auxiliary(0x10, 5).slice(0, 20)],
    ['data of another level', auxiliary(0x10, 5).with(8, 0)],
    ['data of another type', auxiliary(0x10, 5).with(12, 9)],
    ['no tag', auxiliary(1, 5)],
  ])('%s: no tag', (_, control) => {
    const { takeAll } = setUp([{ bytes: [...virtio({}), ...frame6(datagram)], control }]);
    expect(takeAll().map(frameOf)).toEqual([frame6(datagram)]);
  });

  test.each([300, 257, 256, 255])('a slab that is too small (%i bytes) takes what it can', (capacity) => {
    const whole = frame6(bytesOf(ipv6(addresses), tcp(), payload(2_500)));
    const superFrame = { bytes: [...virtio({ kind: Segmentation.tcp6, size: 1_000, partial: [54, 16] }), ...whole] };
    const one = { bytes: [...virtio({ partial: [54, 16] }), ...whole], control: auxiliary(0x10, 5) };
    const { takeAll } = setUp([superFrame, one]);
    const packets = takeAll(capacity);
    expect(packets.length).toBe(4);
    for (const { end } of packets) expect(end).toBeLessThanOrEqual(Math.max(256, capacity));
  });

  test.each([0, 5, 10, 11, 23])('a message of %i bytes does no harm', (length) => {
    const { takeAll } = setUp([{ bytes: [...virtio({ partial: [0, 0] }), ...frame6(datagram)].slice(0, length) }]);
    expect(takeAll().map(offsets)).toEqual([Array(3).fill(Math.max(0, length - 10))]);
  });

  test('passes over what the kernel can not describe', () => {
    const { takeAll, calls } = setUp(Errno.EINVAL, Errno.EINTR, [{ bytes: [...virtio({}), ...frame6(datagram)] }]);
    expect(takeAll().length).toBe(1);
    expect(calls()).toBe(3);
  });

  test('does not do so for ever', () => {
    const { ring, calls } = setUp(...Array(1_000).fill(Errno.EINVAL));
    expect(ring.receive(7)).toBe(Errno.EAGAIN);
    expect(calls()).toBe(64);
  });

  test.each([Errno.EAGAIN, Errno.ENETDOWN, Errno.EBADF])('says what is the matter (%i)', (errno) => {
    expect(setUp(errno).ring.receive(7)).toBe(errno);
  });
});
