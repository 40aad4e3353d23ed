import { VirtualTimeScheduler } from 'rxjs';
import { expect, it } from 'vitest';
import { type SentPacketOptions, SentPackets, sentPacketDefaults } from '../../src/state/sent-packets.ts';
import { bytesOf, icmp4, icmp6, ipv4, ipv6, type Layer, packetOf, payload, tcp, udp } from '../../src/testing/index.ts';

const six = (upper: Layer, destination = '2001:db8::1', source = 'fd00:a::1'): Uint8Array =>
  bytesOf(ipv6({ source, destination }), upper, payload(1_400));
const four = (upper: Layer, destination = '192.0.2.1'): Uint8Array =>
  bytesOf(ipv4({ source: '10.0.1.1', destination }), upper, payload(1_400));

const store = (options: SentPacketOptions = {}) => {
  const clock = new VirtualTimeScheduler();
  const sent = new SentPackets({ scheduler: clock, seed: 5 }, options);
  return {
    clock,
    sent,
    note: (bytes: Uint8Array, outInterface = 2): void => {
      const { view, start, end } = packetOf(bytes);
      sent.note(view, start, end, outInterface);
    },
    knows: (bytes: Uint8Array, length = bytes.length, inInterface = 3): boolean => {
      const { view, start } = packetOf(bytes);
      return sent.knows(view, start, start + length, inInterface);
    },
  };
};

const echoReply = (parameter: number): Layer => icmp6({ type: 129, parameter });

it('knows a packet that was sent, by as little as eight bytes of its upper layer', () => {
  const { note, knows } = store();
  const packet = six(echoReply(7));
  expect(knows(packet)).toBe(false);
  note(packet);
  expect([knows(packet), knows(packet, 48), knows(packet, 47)]).toEqual([true, true, false]);
});

it.each<readonly [string, Uint8Array, Uint8Array]>([
  ['destination', six(udp()), six(udp(), '2001:db8::2')],
  ['sequence number of an echo', six(echoReply(7)), six(echoReply(8))],
  ['port', six(udp()), six(udp({ sourcePort: 4_001 }))],
  ['checksum', six(udp()), six(udp({ checksum: 0x1234 }))],
  ['sequence number of TCP', six(tcp({ sequenceNumber: 1 })), six(tcp({ sequenceNumber: 2 }))],
  ['protocol', six(udp({ length: 0, checksum: 0 })), six(tcp({ sequenceNumber: 0 }))],
  ['IP version', four(udp(), '0.0.0.1'), six(udp(), '0:1::')],
  ['IPv4 destination', four(udp()), four(udp(), '192.0.2.2')],
  ['IPv4 port', four(udp()), four(udp({ destinationPort: 1 }))],
])('tells packets apart by their %s', (_name, one, other) => {
  const { note, knows } = store();
  note(one);
  expect([knows(one), knows(other)]).toEqual([true, false]);
});

it('tells links apart when the destination is link-local (RFC 4007 §6)', () => {
  const { note, knows } = store();
  const packet = six(udp(), 'fe80::1');
  note(packet);
  expect([knows(packet, packet.length, 2), knows(packet, packet.length, 3)]).toEqual([true, false]);
});

it('does not mind a checksum that an IPv4 address translator has not mended (RFC 5508 §4.2)', () => {
  const { note, knows } = store();
  note(four(udp()));
  note(four(icmp4({ type: 8, parameter: 7 })));
  expect(knows(four(udp({ checksum: 0x1234 })))).toBe(true);
  expect(knows(four(icmp4({ type: 8, parameter: 7, checksum: 0x1234 })))).toBe(true);
});

it('forgets after a minute', () => {
  const { note, knows, clock } = store();
  expect(sentPacketDefaults).toEqual({ packets: 1_024, lifetime: 60_000 });
  const packet = six(udp());
  note(packet);
  clock.frame += 59_999;
  expect(knows(packet)).toBe(true);
  clock.frame += 1;
  expect(knows(packet)).toBe(false);
  note(packet);
  expect(knows(packet)).toBe(true);
});

it('forgets the packet that was sent first when it is full', () => {
  const { note, knows, sent } = store({ packets: 2 });
  for (const id of [1, 2, 1, 3]) note(six(echoReply(id)));
  expect([1, 2, 3].map((id) => knows(six(echoReply(id))))).toEqual([true, false, true]);
  expect(sent.size).toBe(2);
});

it('stays bounded under a hundred thousand packets', () => {
  const { note, sent } = store();
  const packet = six(echoReply(0));
  const view = new DataView(packet.buffer);
  for (let id = 0; id < 100_000; id += 1) {
    view.setUint32(44, id);
    note(packet);
  }
  expect(sent.size).toBe(1_024);
});
