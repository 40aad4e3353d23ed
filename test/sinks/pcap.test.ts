import { from } from 'rxjs';
import { expect, it } from 'vitest';
import { LinkType, readCapture } from '../../src/capture/index.ts';
import { Drop } from '../../src/packet/drop.ts';
import { toPcap } from '../../src/sinks/pcap.ts';
import { bytesIn, bytesOf, echoRequest6, ipv6, packetOf, payload } from '../../src/testing/index.ts';

const packets = () =>
  [56, 1_000, 0].map((length, index) => {
    const bytes = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), echoRequest6({}), payload(length));
    const packet = packetOf(bytes, { inInterface: 2 });
    packet.seconds = 1_700_000_000 + index;
    packet.nanoseconds = 123_456_789;
    return packet;
  });

it('writes what passes, sent or refused, with nanosecond times, and hands it on', () => {
  const chunks: Uint8Array[] = [];
  let ended = 0;
  const sent = packets();
  sent[1]?.refuse(Drop.noRoute);
  const passed: unknown[] = [];
  from(sent)
    .pipe(toPcap({ write: (bytes) => chunks.push(bytes), end: () => (ended += 1) }))
    .subscribe((packet) => passed.push(packet));
  expect(passed).toEqual(sent);
  expect(ended).toBe(1);
  const records = [...readCapture(Buffer.concat(chunks))];
  expect(records.map(({ linkType }) => linkType)).toEqual([LinkType.raw, LinkType.raw, LinkType.raw]);
  expect(records.map(({ data }) => [...data])).toEqual(sent.map((packet) => [...bytesIn(packet)]));
  expect(records.map(({ seconds, nanoseconds }) => [seconds, nanoseconds])).toEqual(
    [0, 1, 2].map((index) => [1_700_000_000 + index, 123_456_789]),
  );
});

it('tells once of a target that takes no more, and lets packets pass', () => {
  const told: string[] = [];
  const target = {
    write: () => {
      throw new Error('disk full');
    },
  };
  let passed = 0;
  from(packets())
    .pipe(toPcap(target, { failed: ({ message }) => told.push(message) }))
    .subscribe(() => (passed += 1));
  expect(passed).toBe(3);
  expect(told).toEqual(['The capture ended early: disk full; packets go on unrecorded.']);
});
