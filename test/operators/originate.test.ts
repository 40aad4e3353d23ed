import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classifyStep } from '../../src/operators/classify.ts';
import { type OriginateOptions, originate } from '../../src/operators/originate.ts';
import { dropNames, type Packet } from '../../src/packet/index.ts';
import {
  bytesOf,
  echoRequest6,
  type Ipv6Fields,
  ipv6,
  type Layer,
  packetOf,
  payload,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import { formatAddress, readAddress6 } from '../../src/wire/address.ts';
import * as icmp6 from '../../src/wire/icmp6.ts';
import * as header from '../../src/wire/ipv6.ts';
import * as tcpHeader from '../../src/wire/tcp.ts';
import * as udpHeader from '../../src/wire/udp.ts';
import { a, addAddress, b, outcomeOf, testbed } from '../support/testbed.ts';

const bed = testbed();
addAddress(bed.node, b, '2001:db8:b::1/64');

/** What went into the outbox. */
const sent = (fields: Partial<Ipv6Fields>, layer: Layer, options?: OriginateOptions): Packet => {
  const outbox = new Subject<Packet>();
  const packets: Packet[] = [];
  outbox.subscribe((packet) => packets.push(packet));
  const open = { source: '::', destination: '2001:db8::9', hopLimit: 0, ...fields };
  const packet = packetOf(bytesOf(ipv6(open), layer, payload(20)));
  // Nothing of this is known when the packet is written.
  header.setPayloadLength(packet.view, packet.start, 0);
  originate(bed.node, outbox, packet, options);
  expect(packets).toEqual([packet]);
  return packet;
};

const sourceOf = ({ view, start }: Packet): string => formatAddress(readAddress6(view, start + 8));

describe('originate', () => {
  it.each([
    ['by a router', '2001:db8::9', undefined, '2001:db8:b::1', 64],
    ['to a neighbor', 'fd00:a::9', undefined, 'fd00:a::1', 64],
    ['to ourselves', 'fd00:b::1', undefined, 'fd00:b::1', 64],
    ['to a link-local neighbor', 'fe80::9', b, 'fe80::b1', 64],
    ['to a group of the link', 'ff02::9', a, 'fe80::a1', 1],
    ['to a wider group', 'ff0e::9', b, '2001:db8:b::1', 1],
  ])('fills in source and hop limit: %s', (_, destination, interfaceIndex, source, hopLimit) => {
    const options = interfaceIndex === undefined ? {} : { interfaceIndex };
    const packet = sent({ destination }, udp(), options);
    expect([sourceOf(packet), header.hopLimit(packet.view, packet.start)]).toEqual([source, hopLimit]);
    classifyStep(bed.node)(packet);
    expect(packet.outInterface).toBe(interfaceIndex ?? packet.outInterface);
    expect(['forward', 'local']).toContain(outcomeOf(packet));
  });

  it('leaves what is there', () => {
    const packet = sent({ source: 'fd00:a::1', hopLimit: 7 }, udp());
    expect([sourceOf(packet), header.hopLimit(packet.view, packet.start)]).toEqual(['fd00:a::1', 7]);
  });

  it('takes the hop limit of the link', () => {
    bed.node.interfaces.setHopLimit(b, 200);
    const { view, start } = sent({}, udp());
    expect(header.hopLimit(view, start)).toBe(200);
  });

  it('writes length and checksums, for the source that it has chosen', () => {
    const echo = sent({}, echoRequest6({ checksum: 1 }));
    expect(header.payloadLength(echo.view, echo.start)).toBe(28);
    expect(icmp6.verify(echo.view, echo.start, echo.upper, echo.end)).toBe(true);
    const datagram = sent({}, udp({ checksum: 1 }));
    expect(udpHeader.verify6(datagram.view, datagram.start, datagram.upper)).toBe(true);
    const segment = sent({}, tcp({ checksum: 1 }));
    expect(tcpHeader.verify6(segment.view, segment.start, segment.upper, segment.end)).toBe(true);
  });

  it.each([
    ['no route leads there', '3fff::1', 'noRoute'],
    ['no link was named', 'fe80::9', 'noSource'],
  ])('has the packet refused if %s, and counts it', (_, destination, reason) => {
    const before = bed.node.counters.balance().originated;
    const packet = sent({ destination, ...(reason === 'noRoute' ? { source: 'fd00:a::1' } : {}) }, udp());
    classifyStep(bed.node)(packet);
    expect(dropNames[packet.drop]).toBe(reason);
    expect(bed.node.counters.balance().originated).toBe(before + 1);
  });
});
