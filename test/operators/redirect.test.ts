import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type RedirectOptions, redirectStep } from '../../src/operators/redirect.ts';
import { Fate, type Packet } from '../../src/packet/index.ts';
import { addressOf, bytesIn, bytesOf, type Ipv6Fields, ipv6, payload, routing, udp } from '../../src/testing/index.ts';
import { formatAddress, type IpAddress, readAddress6 } from '../../src/wire/address.ts';
import * as icmp6 from '../../src/wire/icmp6.ts';
import * as ndp from '../../src/wire/ndp.ts';
import * as ndpOptions from '../../src/wire/ndp-options.ts';
import { a, addAddress, advance, b, p, received, testbed } from '../support/testbed.ts';

const gateway = addressOf('fe80::9');

const redirecting = (options?: RedirectOptions) => {
  const bed = testbed();
  const outbox = new Subject<Packet>();
  const sent: Packet[] = [];
  outbox.subscribe((packet) => sent.push(packet));
  const step = redirectStep(bed.node, outbox, options);
  const give = (
    fields: Partial<Ipv6Fields> = {},
    more: { via?: IpAddress | undefined; in?: number; out?: number; size?: number } = {},
  ) => {
    const bytes = bytesOf(
      ipv6({ source: 'fd00:a::2', destination: '2001:db8::1', ...fields }),
      udp(),
      payload(more.size ?? 3),
    );
    return forward(bytes, more);
  };
  const forward = (
    bytes: Uint8Array,
    more: { via?: IpAddress | undefined; in?: number; out?: number } = {},
  ): Packet => {
    const packet = received(bytes, { inInterface: more.in ?? a });
    packet.outInterface = more.out ?? a;
    const via = 'via' in more ? more.via : gateway;
    if (via !== undefined) {
      packet.nextHop0 = via.w0;
      packet.nextHop1 = via.w1;
      packet.nextHop2 = via.w2;
      packet.nextHop3 = via.w3;
    }
    packet.hops = 1;
    step(packet);
    return packet;
  };
  return { ...bed, sent, give, forward };
};

const text = (packet: Packet, at: number): string => formatAddress(readAddress6(packet.view, packet.start + at));

describe('redirect', () => {
  it('tells of a better router, quoting the packet as it came (RFC 4861 §8.2)', () => {
    const { give, node, sent } = redirecting();
    node.neighbors.hearInformation(a, gateway, { high: 0x0200, low: 9 });
    const about = give({ hopLimit: 63 });
    const [packet] = sent as [Packet];
    expect([text(packet, 8), text(packet, 24)]).toEqual(['fe80::a1', 'fd00:a::2']);
    expect([text(packet, 48), text(packet, 64)]).toEqual(['fe80::9', '2001:db8::1']);
    const { view, start, upper, end } = packet;
    expect(ndp.check(view, start, upper, end)).toBe('ok');
    expect(icmp6.verify(view, start, upper, end)).toBe(true);
    expect([packet.outInterface, packet.fate]).toEqual([a, Fate.forward]);
    const options = ndp.optionsAt(view, upper);
    const target = ndpOptions.find(view, options, end, ndpOptions.Option.targetLinkLayerAddress);
    expect([ndpOptions.linkLayerHigh(view, target), ndpOptions.linkLayerLow(view, target)]).toEqual([0x0200, 9]);
    const quote = ndpOptions.redirectedAt(ndpOptions.find(view, options, end, ndpOptions.Option.redirectedHeader));
    const expected = bytesIn(about).slice(0, about.length & ~7);
    expected[7] = 64;
    expect(packet.bytes.slice(quote, end)).toEqual(expected);
  });

  it('tells that the destination is a neighbor: target and destination are the same', () => {
    const { give, sent } = redirecting();
    give({ destination: 'fd00:a::3' }, { via: undefined });
    const [packet] = sent as [Packet];
    expect([text(packet, 48), text(packet, 64)]).toEqual(['fd00:a::3', 'fd00:a::3']);
  });

  it('quotes no more than fits 1,280 bytes', () => {
    const { give, sent } = redirecting();
    give({}, { size: 1_400 });
    expect(sent[0]?.length).toBeLessThanOrEqual(1_280);
    expect(sent[0]?.length).toBeGreaterThan(1_270);
  });

  it.each<[string, Partial<Ipv6Fields>, { via?: IpAddress | undefined; in?: number; out?: number }]>([
    ['what leaves by another link', {}, { out: b }],
    ['a point-to-point link', { source: 'fd00:c::2' }, { in: p, out: p }],
    ['multicast', { destination: 'ff05::1' }, {}],
    ['nobody', { source: '::' }, {}],
    ['who is no neighbor', { source: '2001:db8::2' }, {}],
    ['a router without a known link-local address', {}, { via: addressOf('fd00:a::9') }],
    ['packets of our own', {}, { in: 0, out: 0 }],
    ['the sender itself, as its own next hop', { source: 'fe80::9' }, {}],
  ])('says nothing about %s', (_what, fields, more) => {
    const { give, sent } = redirecting();
    give(fields, more);
    expect(sent).toEqual([]);
  });

  it('says nothing about source-routed packets, nor without a link-local address', () => {
    const { forward, give, node, sent } = redirecting();
    const ip = ipv6({ source: 'fd00:a::2', destination: '2001:db8::1' });
    forward(bytesOf(ip, routing({ routingType: 4, segmentsLeft: 1 }), udp()));
    node.addresses.remove(a, addressOf('fe80::a1'));
    give();
    expect(sent).toEqual([]);
    addAddress(node, a, 'fe80::a2/64');
    give();
    expect(sent).toHaveLength(1);
  });

  it('keeps to its rate, and lets the packet go on', () => {
    const { give, sent, clock } = redirecting({ rate: 2, burst: 3 });
    for (let i = 0; i < 10; i += 1) expect(give().drop).toBe(0);
    expect(sent).toHaveLength(3);
    advance(clock, 1_000);
    for (let i = 0; i < 10; i += 1) give();
    expect(sent).toHaveLength(5);
  });

  it('may be turned off', () => {
    const { give, sent } = redirecting({ rate: 0, burst: 0 });
    give();
    expect(sent).toEqual([]);
  });
});
