import { describe, expect, it } from 'vitest';
import { countOutcomeStep, countReceivedStep } from '../../src/operators/count.ts';
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

describe('countOutcome', () => {
  const counted = (packet: Packet): Counters => {
    const counters = new Counters(8);
    packet.outInterface = b;
    countOutcomeStep(counters)(packet);
    return counters;
  };

  it('counts a packet that was sent where it came in and where it left', () => {
    const packet = six();
    packet.status = Status.sent;
    const counters = counted(packet);
    expect([counters.get(a, 'inForwDatagrams', 6), counters.get(b, 'outForwDatagrams', 6)]).toEqual([1, 1]);
    expect([counters.get(b, 'outTransmits', 6), counters.get(b, 'outOctets', 6)]).toEqual([1, 100]);
    expect(counters.balance().sent).toBe(1);
  });

  it('does not count one of our own as forwarded', () => {
    const packet = six();
    packet.status = Status.sent;
    packet.inInterface = 0;
    const counters = counted(packet);
    expect([counters.total('inForwDatagrams'), counters.total('outForwDatagrams')]).toEqual([0, 0]);
    expect(counters.get(b, 'outTransmits', 6)).toBe(1);
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
