import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { countForwarded, countOutcomeStep, countReceivedStep, countRouted } from '../../src/operators/count.ts';
import { Drop, type Packet, Status } from '../../src/packet/index.ts';
import { Counters } from '../../src/state/counters.ts';
import { bytesOf, ipv4, ipv6, payload } from '../../src/testing/index.ts';
import { a, b, received } from '../support/testbed.ts';

const six = (): Packet => received(bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), payload(60)));
const four = (): Packet => received(bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.2.2' }), payload(30)));

describe('countReceived', () => {
  it('counts packets and octets by interface and version, decoded or not', () => {
    const counters = new Counters(8);
    for (const packet of [six(), four(), received(Uint8Array.of(0xf0))]) countReceivedStep(counters)(packet);
    const row = (family: 0 | 4 | 6): number[] => [
      counters.get(a, 'inReceives', family),
      counters.get(a, 'inOctets', family),
    ];
    expect([row(6), row(4), row(0)]).toEqual([
      [1, 100],
      [1, 50],
      [1, 1],
    ]);
    expect(counters.balance()).toMatchObject({ received: 3, held: 3 });
  });
});

describe('countReceived, of what goes to many', () => {
  const raised = (packet: Packet): Record<string, number> => {
    const counters = new Counters(8);
    countReceivedStep(counters)(packet);
    return {
      packets: counters.get(a, 'inMcastPkts'),
      octets: counters.get(a, 'inMcastOctets'),
      everyone: counters.get(a, 'inBcastPkts'),
    };
  };
  const to6 = (destination: string): Packet =>
    received(bytesOf(ipv6({ source: 'fd00:a::2', destination }), payload(60)));
  const to4 = (destination: string): Packet =>
    received(bytesOf(ipv4({ source: '10.0.1.2', destination }), payload(30)));

  it.each([
    ['a group', to6('ff02::1'), { packets: 1, octets: 100, everyone: 0 }],
    ['a node', to6('fd00:a::1'), { packets: 0, octets: 0, everyone: 0 }],
    ['a group, IPv4', to4('224.0.0.1'), { packets: 1, octets: 50, everyone: 0 }],
    ['the last group, IPv4', to4('239.255.255.255'), { packets: 1, octets: 50, everyone: 0 }],
    ['everyone, IPv4', to4('255.255.255.255'), { packets: 0, octets: 0, everyone: 1 }],
    ['a reserved address, IPv4', to4('240.0.0.1'), { packets: 0, octets: 0, everyone: 0 }],
    ['a node, IPv4', to4('10.0.1.1'), { packets: 0, octets: 0, everyone: 0 }],
  ])('%s', (_, packet, expected) => {
    expect(raised(packet)).toEqual(expected);
  });

  it('but not of what was refused before its destination was known', () => {
    const cut = received(bytesOf(ipv6({ source: 'fd00:a::2', destination: 'ff02::1' })).subarray(0, 39));
    expect(raised(cut)).toEqual({ packets: 0, octets: 0, everyone: 0 });
  });
});

describe('countForwarded and countRouted', () => {
  it('count a datagram where it came in and where it leaves, or ours where it leaves', () => {
    const counters = new Counters(8);
    const through = six();
    through.outInterface = b;
    const own = six();
    own.inInterface = 0;
    own.outInterface = b;
    counters.originated(0, 6);
    of(through).pipe(countForwarded(counters)).subscribe();
    of(own).pipe(countRouted(counters)).subscribe();
    expect([counters.get(a, 'inForwDatagrams', 6), counters.get(b, 'outForwDatagrams', 6)]).toEqual([1, 1]);
    expect([counters.get(0, 'outRequests', 6), counters.get(b, 'outRequests', 6)]).toEqual([0, 1]);
  });
});

describe('countOutcome', () => {
  const counted = (packet: Packet): Counters => {
    const counters = new Counters(8);
    packet.outInterface = b;
    countOutcomeStep(counters)(packet);
    return counters;
  };

  it('counts a packet that was sent where it left', () => {
    const packet = six();
    packet.status = Status.sent;
    const counters = counted(packet);
    expect([counters.get(b, 'outTransmits', 6), counters.get(b, 'outOctets', 6)]).toEqual([1, 100]);
    expect(counters.balance().sent).toBe(1);
  });

  it.each([
    ['ff02::1', { outMcastPkts: 1, outMcastOctets: 60, outBcastPkts: 0 }],
    ['255.255.255.255', { outMcastPkts: 0, outMcastOctets: 0, outBcastPkts: 1 }],
    ['224.0.0.5', { outMcastPkts: 1, outMcastOctets: 40, outBcastPkts: 0 }],
    ['fe80::1', { outMcastPkts: 0, outMcastOctets: 0, outBcastPkts: 0 }],
    ['10.0.2.2', { outMcastPkts: 0, outMcastOctets: 0, outBcastPkts: 0 }],
  ])('counts what was sent to %s', (destination, expected) => {
    const layer = destination.includes(':')
      ? ipv6({ source: 'fd00:b::1', destination })
      : ipv4({ source: '10.0.2.1', destination });
    const packet = received(bytesOf(layer, payload(20)));
    packet.status = Status.sent;
    const counters = counted(packet);
    const names = ['outMcastPkts', 'outMcastOctets', 'outBcastPkts'] as const;
    expect(Object.fromEntries(names.map((name) => [name, counters.get(b, name)]))).toEqual(expected);
  });

  it('counts a packet that was delivered', () => {
    const packet = four();
    packet.status = Status.delivered;
    const counters = counted(packet);
    expect([counters.get(a, 'inDelivers', 4), counters.balance().delivered]).toEqual([1, 1]);
  });

  it('counts a refused packet by reason and by the counter of RFC 4293', () => {
    const packet = six();
    packet.refuse(Drop.noRoute);
    const counters = counted(packet);
    expect([...counters.refusals(a)]).toEqual([['noRoute', 1]]);
    expect([counters.get(a, 'inNoRoutes', 6), counters.balance().refused]).toEqual([1, 1]);
  });

  it('does not count a packet that someone still holds', () => {
    expect(counted(six()).balance()).toEqual({
      received: 0,
      originated: 0,
      copied: 0,
      sent: 0,
      delivered: 0,
      refused: 0,
      merged: 0,
      held: 0,
    });
  });
});
