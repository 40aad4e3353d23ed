import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encapsulateStep } from '../../src/operators/encapsulate.ts';
import { dropNames, type Packet, Status } from '../../src/packet/index.ts';
import { bytesIn, bytesOf, hopByHop, ipv4, ipv6, payload, udp } from '../../src/testing/index.ts';
import * as v4 from '../../src/wire/ipv4.ts';
import * as v6 from '../../src/wire/ipv6.ts';
import type { EcnMode } from '../../src/wire/tunneling.ts';
import { received, type Testbed, testbed } from '../support/testbed.ts';
import { type AddTunnelOptions, addTunnel } from '../support/tunnels.ts';

const ends4 = { local: '10.0.2.1', remote: '10.0.2.2' };
const ends6 = { local: 'fd00:b::1', remote: 'fd00:b::2' };

const into = (bed: Testbed, packet: Packet, options: AddTunnelOptions): Packet => {
  packet.outInterface = addTunnel(bed.node, 'tun', options).index;
  encapsulateStep(bed.node)(packet);
  return packet;
};

const six = (trafficClass = 0): Packet =>
  received(bytesOf(ipv6({ source: 'fd00:a::2', destination: '2001:db8::1', trafficClass }), udp(), payload(20)));
const four = (typeOfService = 0, dontFragment = false): Packet =>
  received(
    bytesOf(ipv4({ source: '10.0.1.2', destination: '192.0.2.1', typeOfService, dontFragment }), udp(), payload(20)),
  );

/** Traffic class of the outer header. */
const classOf = ({ family, view, start }: Packet): number =>
  family === 6 ? v6.trafficClass(view, start) : v4.typeOfService(view, start);

describe('DSCP and ECN of outer headers', () => {
  const ef = 46 << 2;
  it.each<[EcnMode, number | 'inherit', number, number]>([
    ['allowed', 'inherit', ef | 2, ef | 2],
    ['allowed', 'inherit', ef | 3, ef | 3],
    ['allowed', 10, ef | 1, (10 << 2) | 1],
    ['forbidden', 'inherit', ef | 2, ef],
    ['forbidden', 0, ef | 3, 0],
    ['ignored', 0, ef | 3, ef | 3],
  ])('ECN %s, DSCP %s: %i becomes %i', (ecn, dscp, inner, outer) => {
    for (const ends of [ends4, ends6]) {
      for (const packet of [six(inner), four(inner)]) {
        expect(classOf(into(testbed(), packet, { ...ends, ecn, dscp }))).toBe(outer);
      }
    }
  });
});

describe('outer headers', () => {
  it('have the hop limit that is configured', () => {
    const bed = testbed();
    expect(into(bed, six(), { ...ends6, hopLimit: 7 }).bytes[256 - 48 + 7]).toBe(7);
    expect(into(testbed(), six(), { ...ends4, hopLimit: 9 }).bytes[256 - 20 + 8]).toBe(9);
  });

  it('have a flow label that is the same for packets of a flow, and another for others', () => {
    const bed = testbed();
    const { index } = addTunnel(bed.node, 'tun', ends6);
    const labelOf = (packet: Packet): number => {
      packet.outInterface = index;
      encapsulateStep(bed.node)(packet);
      return v6.flowLabel(packet.view, packet.start);
    };
    expect(labelOf(six())).toBe(labelOf(six()));
    expect(labelOf(six())).not.toBe(labelOf(four()));
  });

  it("of IPv4 have Don't Fragment where the packet inside has it, and else an identification of their own", () => {
    const isWhole = (packet: Packet): boolean => v4.dontFragment(packet.view, packet.start);
    expect(isWhole(into(testbed(), six(), ends4))).toBe(true);
    expect(isWhole(into(testbed(), four(0, true), ends4))).toBe(true);
    expect(isWhole(into(testbed(), four(), ends4))).toBe(false);
    expect(isWhole(into(testbed(), six(), { ...ends4, mtu: 1_400 }))).toBe(false);
    const bed = testbed();
    const first = into(bed, four(), ends4);
    const second = four();
    second.outInterface = bed.node.interfaces.byName('tun')?.index ?? 0;
    encapsulateStep(bed.node)(second);
    const idOf = ({ view, start }: Packet): number => v4.identification(view, start);
    expect((idOf(second) - idOf(first)) & 0xffff).toBe(1);
  });

  it('are looked at afresh: no way of the packet inside stays', () => {
    const packet = Object.assign(six(), { nextHop0: 1, nextHop1: 2, nextHop2: 3, nextHop3: 4, route: 5, fate: 2 });
    const { start } = packet;
    into(testbed(), packet, ends4);
    expect(packet).toMatchObject({ nextHop0: 0, nextHop1: 0, nextHop2: 0, nextHop3: 0, route: 0, fate: 0 });
    expect(packet).toMatchObject({ outInterface: 0, family: 4, protocol: 41, depth: 1, origin: start });
    expect(packet).toMatchObject({ link: packet.start, upper: packet.start + 20 });
  });
});

describe('is refused', () => {
  const outcome = (packet: Packet): string => dropNames[packet.drop] as string;

  it('without headroom', () => {
    const packet = six();
    packet.start = 47; // an outer header and its limit take 48
    expect(outcome(into(testbed(), packet, ends6))).toBe('noHeadroom');
  });

  it('longer than an outer header can count', () => {
    const long = received(bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00::1' }), udp(), payload(65_500)));
    expect(outcome(into(testbed(), long, ends4))).toBe('packetTooBig');
    expect(long.dropParameter).toBe(65_515);
  });

  it('while the tunnel is down', () => {
    const bed = testbed();
    const { index } = addTunnel(bed.node, 'tun', ends4);
    bed.node.interfaces.takeDown(index);
    const packet = Object.assign(six(), { outInterface: index });
    encapsulateStep(bed.node)(packet);
    expect(outcome(packet)).toBe('noInterface');
  });
});

it('is nothing to packets for other interfaces', () => {
  const packet = Object.assign(six(), { outInterface: 2 });
  const before = bytesIn(packet);
  expect(encapsulateStep(testbed().node)(packet)).toBe(false);
  expect([bytesIn(packet), packet.depth]).toEqual([before, 0]);
});

it('is total: any headers inside', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), fc.constantFrom(0, 43, 44, 51, 60), (bytes, next) => {
      const packet = received(
        bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00::1', nextHeader: next }), hopByHop(), bytes),
      );
      into(testbed(), packet, ends6);
      return packet.status === Status.inFlight || outcomeIs(packet);
    }),
  );
});

const outcomeIs = ({ drop }: Packet): boolean => dropNames[drop] === 'encapsulationLimit';
