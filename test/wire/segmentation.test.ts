/** Segments against a plain recomputation, from the RFCs' words rather than from the code: byte by byte. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Protocol } from '../../src/wire/protocols.ts';
import { Segmenter, segmentLimit } from '../../src/wire/segmentation.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { Segmentation } from '../../src/wire/virtio-net.ts';
import { anyBytes, behindIpv4, behindIpv6, bytesOf, expectedChecksum, hex, onesComplement, viewOf } from './support.ts';

const ethernetOf = (family: 4 | 6, tagged = false): number[] =>
  bytesOf(hex(`020000000001 020000000002 ${tagged ? '81000005' : ''} ${family === 6 ? '86dd' : '0800'}`));

const dataOf = (length: number): number[] => Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

/** A TCP header with a timestamp option: sequence number 0xfffffc00, so that it wraps. */
const tcpHeader = (flags: number): number[] => [
  ...bytesOf(hex('c000 0050 fffffc00 11223344 80')),
  flags,
  ...bytesOf(hex('1000 0000 0000 0101080a 00000001 00000002')),
];
const udpHeader = (length: number, checksum = 0): number[] => bytesOf(hex('c000 0035')).concat(words(length, checksum));
const words = (...values: number[]): number[] => values.flatMap((value) => [value >> 8, value & 0xff]);

const behind = { 4: behindIpv4, 6: behindIpv6 } as const;

/** Sum of the pseudo-header of an IP packet without extension headers: RFC 8200 §8.1, RFC 9293 §3.1. */
const pseudoSum = (ip: DataView, length: number): number => {
  const bytes = bytesOf(ip);
  const isSix = bytes[0]! >> 4 === 6;
  const addresses = isSix ? bytes.slice(8, 40) : bytes.slice(12, 20);
  return onesComplement([...addresses, 0, isSix ? bytes[6]! : bytes[9]!, ...words(length)]);
};

interface Super {
  readonly frame: DataView;
  readonly start: number;
  readonly upper: number;
}

/** A super-frame of an upper-layer header and data; partial as Linux has it, or with a checksum field as it is. */
const superFrame = (family: 4 | 6, protocol: number, header: number[], data: number[], partial = true): Super => {
  const ip = behind[family](protocol, [...header, ...data]);
  if (family === 4) ip.setUint16(4, 0xfffe); // identification, so that it wraps
  if (family === 4) ip.setUint16(10, 0);
  const length = family === 6 ? 40 : 20;
  if (family === 4) ip.setUint16(10, ~onesComplement(bytesOf(ip).slice(0, 20)) & 0xffff);
  const field = length + (protocol === Protocol.tcp ? 16 : 6);
  if (partial) ip.setUint16(field, pseudoSum(ip, header.length + data.length));
  return { frame: viewOf([...ethernetOf(family), ...bytesOf(ip)]), start: 14, upper: 14 + length };
};

/** Cuts as a caller does. */
const cut = ({ frame, upper }: Super, kind: number, size: number, partial = true): DataView[] | undefined => {
  const segmenter = new Segmenter();
  const bytes = new Uint8Array(frame.buffer);
  if (!segmenter.begin(frame, 0, frame.byteLength, kind, size, partial ? upper : 0)) return undefined;
  return Array.from({ length: segmenter.count }, (_, i) => {
    const from = segmenter.payloadOffset(i);
    const segment = viewOf([
      ...bytes.slice(0, segmenter.headerLength),
      ...bytes.slice(from, from + segmenter.payloadLength(i)),
    ]);
    segmenter.finish(segment, 0, i);
    return segment;
  });
};

/** What a network card should have made of it. */
const expected = (family: 4 | 6, isTcp: boolean, header: number[], data: number[], size: number): number[][] => {
  const count = Math.max(1, Math.ceil(data.length / size));
  return Array.from({ length: count }, (_, i) => {
    const payload = data.slice(i * size, (i + 1) * size);
    const upper = [...header];
    if (isTcp) {
      const sequence = (0xfffffc00 + i * size) % 2 ** 32;
      upper.splice(4, 4, sequence >>> 24, (sequence >>> 16) & 255, (sequence >>> 8) & 255, sequence & 255);
      if (i > 0) upper[13] = upper[13]! & ~tcp.Flag.cwr;
      if (i < count - 1) upper[13] = upper[13]! & ~(tcp.Flag.fin | tcp.Flag.psh);
    } else {
      upper.splice(4, 2, ...words(8 + payload.length));
    }
    const ip = behind[family](isTcp ? Protocol.tcp : Protocol.udp, [...upper, ...payload]);
    const at = family === 6 ? 40 : 20;
    if (family === 4) {
      ip.setUint16(4, (0xfffe + i) & 0xffff);
      ip.setUint16(10, 0);
      ip.setUint16(10, ~onesComplement(bytesOf(ip).slice(0, 20)) & 0xffff);
    }
    const field = isTcp ? 16 : 6;
    ip.setUint16(at + field, expectedChecksum(ip, at, field));
    return [...ethernetOf(family), ...bytesOf(ip)];
  });
};

const families = [4, 6] as const;
const { fin, psh, ack, cwr, ece, urg } = tcp.Flag;

describe.each(families)('TCP over IPv%i', (family) => {
  const kind = family === 4 ? Segmentation.tcp4 : Segmentation.tcp6;

  test.each([
    ['one segment', 900],
    ['two, the last of one byte', 1_001],
    ['an exact multiple', 3_000],
    ['as many as there can be', 64_000],
  ])('%s', (_, length) => {
    const header = tcpHeader(fin | psh | ack | cwr | ece | urg);
    const segments = cut(superFrame(family, Protocol.tcp, header, dataOf(length)), kind, 1_000);
    expect(segments?.map(bytesOf)).toEqual(expected(family, true, header, dataOf(length), 1_000));
  });

  test('a complete checksum is no part of the sum', () => {
    const header = tcpHeader(ack);
    header[16] = 0xab;
    const segments = cut(superFrame(family, Protocol.tcp, header, dataOf(2_500), false), kind, 1_000, false);
    expect(segments?.map(bytesOf)).toEqual(expected(family, true, tcpHeader(ack), dataOf(2_500), 1_000));
  });

  test('of any length and size', () => {
    fc.assert(
      fc.property(
        fc.nat(300),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: 255 }),
        (length, size, flags) => {
          const header = tcpHeader(flags);
          const segments = cut(superFrame(family, Protocol.tcp, header, dataOf(length)), kind, size);
          expect(segments?.map(bytesOf)).toEqual(expected(family, true, header, dataOf(length), size));
        },
      ),
    );
  });
});

describe.each(families)('UDP over IPv%i', (family) => {
  test('of any length and size', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 120 }), (length, size) => {
        const header = udpHeader(8 + length);
        const segments = cut(superFrame(family, Protocol.udp, header, dataOf(length)), Segmentation.udp, size);
        expect(segments?.map(bytesOf)).toEqual(expected(family, false, header, dataOf(length), size));
      }),
    );
  });

  test('a checksum that comes to 0 is written as all ones', () => {
    // The data make up for the rest of the sum.
    const zero = superFrame(family, Protocol.udp, udpHeader(10), [0, 0]);
    const [plain] = cut(zero, Segmentation.udp, 1_000) ?? [];
    const rest = plain!.getUint16(zero.upper + 6);
    const [segment] = cut(superFrame(family, Protocol.udp, udpHeader(10), words(rest)), Segmentation.udp, 1_000) ?? [];
    expect(segment?.getUint16(zero.upper + 6)).toBe(0xffff);
  });

  test('without a checksum it stays without', () => {
    const none = superFrame(family, Protocol.udp, udpHeader(1_208), dataOf(1_200), false);
    const segments = cut(none, Segmentation.udp, 500, false);
    expect(segments?.map((segment) => segment.getUint16(none.upper + 6))).toEqual([0, 0, 0]);
  });
});

describe('further headers', () => {
  test('a VLAN tag in the frame', () => {
    const { frame } = superFrame(6, Protocol.tcp, tcpHeader(ack), dataOf(2_000));
    const tagged = viewOf([...ethernetOf(6, true), ...bytesOf(frame).slice(14)]);
    const segments = cut({ frame: tagged, start: 18, upper: 58 }, Segmentation.tcp6, 1_000);
    const plain = expected(6, true, tcpHeader(ack), dataOf(2_000), 1_000);
    expect(segments?.map(bytesOf)).toEqual(plain.map((bytes) => [...ethernetOf(6, true), ...bytes.slice(14)]));
  });

  test('extension headers go into each; the sum of the final destination stays', () => {
    // A routing header: one more segment to go, so the pseudo-header has another destination than the header.
    const routing = bytesOf(hex('06020301 00000000 20010db8000000000000000000000009'));
    const final = behindIpv6(Protocol.tcp, [...tcpHeader(ack), ...dataOf(1_500)]);
    final.setUint8(39, 9);
    const ip = behindIpv6(Protocol.routing, [...routing, ...tcpHeader(ack), ...dataOf(1_500)]);
    ip.setUint16(40 + 24 + 16, pseudoSum(final, 32 + 1_500));
    const frame = viewOf([...ethernetOf(6), ...bytesOf(ip)]);
    const segments = cut({ frame, start: 14, upper: 14 + 64 }, Segmentation.tcp6, 1_000) ?? [];
    expect(segments.length).toBe(2);
    for (const segment of segments) {
      const upper = bytesOf(segment).slice(14 + 64);
      expect(onesComplement(upper, pseudoSum(final, upper.length))).toBe(0xffff);
      expect(segment.getUint16(14 + 4)).toBe(24 + upper.length);
    }
  });
});

describe('what is not cut', () => {
  const good = superFrame(4, Protocol.tcp, tcpHeader(ack), dataOf(2_000));
  const changed = (change: (view: DataView) => void): Super => {
    const frame = viewOf(bytesOf(good.frame));
    change(frame);
    return { ...good, frame };
  };

  test.each<[string, Super, number, number]>([
    ['segments of no bytes', good, Segmentation.tcp4, 0],
    ['another IP version', good, Segmentation.tcp6, 1_000],
    ['another protocol', good, Segmentation.udp, 1_000],
    ['a kind that nobody knows', good, 3, 1_000],
    ['an EtherType without IP', changed((view) => view.setUint16(12, 0x0806)), Segmentation.tcp4, 1_000],
    ['a first fragment', changed((view) => view.setUint16(20, 0x2000)), Segmentation.tcp4, 1_000],
    ['a later fragment', changed((view) => view.setUint16(20, 1)), Segmentation.tcp4, 1_000],
    ['a packet that is longer than the frame', changed((view) => view.setUint16(16, 0xffff)), Segmentation.tcp4, 1_000],
    ['a bad TCP header', changed((view) => view.setUint8(34 + 12, 0x40)), Segmentation.tcp4, 1_000],
    ['a checksum of something within the packet', { ...good, upper: 60 }, Segmentation.tcp4, 1_000],
  ])('%s', (_, frame, kind, size) => {
    expect(cut(frame, kind, size)).toBeUndefined();
  });

  test('more segments than the limit', () => {
    const longest = superFrame(4, Protocol.tcp, tcpHeader(ack), dataOf(segmentLimit));
    expect(cut(longest, Segmentation.tcp4, 1)?.length).toBe(segmentLimit);
    const longer = superFrame(4, Protocol.tcp, tcpHeader(ack), dataOf(segmentLimit + 1));
    expect(cut(longer, Segmentation.tcp4, 1)).toBeUndefined();
  });

  test('an IPv6 fragment', () => {
    const fragment = bytesOf(hex('06000001 00000001'));
    const ip = behindIpv6(Protocol.fragment, [...fragment, ...tcpHeader(ack), ...dataOf(100)]);
    const frame = viewOf([...ethernetOf(6), ...bytesOf(ip)]);
    expect(cut({ frame, start: 14, upper: 62 }, Segmentation.tcp6, 50)).toBeUndefined();
  });
});

test('whatever the bytes are: no throw, nothing beyond the frame, and all of the payload once', () => {
  const kinds = fc.constantFrom(Segmentation.tcp4, Segmentation.tcp6, Segmentation.udp, 3, 0);
  const lead = fc.constantFrom(...[4, 6, 4, 6].map((family) => ethernetOf(family as 4 | 6)), []);
  const start = fc.constantFrom([0x45, 0, 0, 80, 0, 0, 0, 0, 64, 6], [0x60, 0, 0, 0, 0, 60, 17, 64], []);
  fc.assert(
    fc.property(kinds, lead, start, anyBytes(200), fc.nat(300), fc.nat(80), (kind, link, ip, rest, size, from) => {
      const bytes = [...link, ...ip, ...rest];
      const segmenter = new Segmenter();
      if (!segmenter.begin(viewOf(bytes), 0, bytes.length, kind, size, from < 60 ? 0 : from)) return;
      expect(segmenter.count).toBeGreaterThan(0);
      let at = segmenter.headerLength;
      for (let i = 0; i < segmenter.count; i += 1) {
        expect(segmenter.payloadOffset(i)).toBe(at);
        at += segmenter.payloadLength(i);
        const end = segmenter.headerLength + segmenter.payloadLength(i);
        segmenter.finish(viewOf([...bytes.slice(0, segmenter.headerLength), ...dataOf(end)].slice(0, end)), 0, i);
      }
      expect(at).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 2_000 },
  );
});
