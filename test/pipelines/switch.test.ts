/** A switch of two ports as a pipeline: frames go from one to the other as they came, but for what RA guard keeps out. */
import { concat, pipe } from 'rxjs';
import { expect, test } from 'vitest';
import { countOutcome, decode, raGuard } from '../../src/operators/index.ts';
import { type Lane, type Packet, PacketPool, Status, stage } from '../../src/packet/index.ts';
import { release } from '../../src/sinks/index.ts';
import { fromMemory } from '../../src/sources/index.ts';
import { Counters } from '../../src/state/counters.ts';
import { bytesOf, destinationOptions, ethernet, icmp6, ipv6, padN, payload, udp } from '../../src/testing/index.ts';
import * as wire from '../../src/wire/ethernet.ts';

const uplink = 1;
const access = 2;

/** A frame comes in whole; what is decoded is behind its header, which stays before it. */
const behindHeader: Lane = stage((packet) => {
  packet.link = packet.start;
  packet.start += wire.headerLength(packet.view, packet.link);
});

/** From each port to the other. Behind the uplink there is a router, and nowhere else. */
const twoPorts: Lane = pipe(
  behindHeader,
  decode(),
  raGuard({ isRouterPort: (interfaceIndex) => interfaceIndex === uplink }), // RFC 6105, RFC 7113
  stage((packet) => {
    packet.outInterface = packet.inInterface === uplink ? access : uplink;
  }),
);

const head = ethernet({ source: '02:00:00:00:00:05', destination: '33:33:00:00:00:01' });
const link = ipv6({ source: 'fe80::5', destination: 'ff02::1', hopLimit: 255 });
const advertisement = bytesOf(head, link, icmp6({ type: 134 }), payload(8));
const hidden = bytesOf(head, link, destinationOptions(padN(4)), icmp6({ type: 134 }), payload(8));
const redirect = bytesOf(head, link, icmp6({ type: 137 }), payload(32));
const solicitation = bytesOf(head, link, icmp6({ type: 133 }), payload(0));
const data = bytesOf(head, ipv6({ source: 'fd00:a::5', destination: 'fd00:a::6' }), udp(), payload(100));

test('lets hosts solicit and send, and routers speak behind the uplink only', () => {
  const pool = new PacketPool();
  const counters = new Counters(2);
  const out: [port: number, frame: Uint8Array][] = [];
  const send = (packet: Packet): void => {
    packet.status = Status.sent;
    out.push([packet.outInterface, packet.bytes.slice(packet.link, packet.end)]);
  };
  const from = (interfaceIndex: number, frames: readonly Uint8Array[]) => fromMemory(frames, { pool, interfaceIndex });
  concat(from(uplink, [advertisement, redirect]), from(access, [advertisement, solicitation, hidden, data, redirect]))
    .pipe(twoPorts, stage(send), countOutcome(counters), release())
    .subscribe();
  expect(out).toEqual([
    [access, advertisement],
    [access, redirect],
    [uplink, solicitation],
    [uplink, data],
  ]);
  expect(Object.fromEntries(counters.refusals(access))).toEqual({ rogueAdvertisement: 3 });
  expect(pool.outstanding).toBe(0);
});
