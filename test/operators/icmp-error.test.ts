import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { hopLimitStep } from '../../src/operators/hop-limit.ts';
import { icmpErrorStep } from '../../src/operators/icmp-error.ts';
import { Drop, type DropName, type DropReason, dropReasons, type Packet } from '../../src/packet/index.ts';
import { AddressFlag } from '../../src/state/addresses.ts';
import { bytesIn, bytesOf, icmp4, icmp6, ipv4, ipv6, payload, udp } from '../../src/testing/index.ts';
import * as ipv4Header from '../../src/wire/ipv4.ts';
import { a, addAddress, p, received, type Testbed, testbed } from '../support/testbed.ts';

/** The errors that a packet gets when it is refused. */
const errorsAbout = (bed: Testbed, packet: Packet, drop: number, parameter = 0): Packet[] => {
  const outbox = new Subject<Packet>();
  const errors: Packet[] = [];
  outbox.subscribe((error) => errors.push(error));
  packet.refuse(drop, parameter);
  icmpErrorStep(bed.node, outbox)(packet);
  return errors;
};

const six = (length = 8, destination = '2001:db8::1', source = 'fd00:a::2'): Uint8Array =>
  bytesOf(ipv6({ source, destination, hopLimit: 9 }), udp(), payload(length));
const four = (length = 8, destination = '192.0.2.1', source = '10.0.1.2'): Uint8Array =>
  bytesOf(ipv4({ source, destination, timeToLive: 9 }), udp(), payload(length));

const consequences = (version: 'icmp6' | 'icmp4'): [DropName, NonNullable<DropReason['icmp6']>][] =>
  (Object.keys(Drop) as DropName[]).flatMap((name) => {
    const consequence = dropReasons[Drop[name]]?.[version];
    return consequence ? [[name, consequence]] : [];
  });

describe('an ICMPv6 error', () => {
  it.each(consequences('icmp6'))('about %s, byte by byte', (name, { type, code, parameter }) => {
    const quote = six();
    const [error] = errorsAbout(testbed(), received(quote), Drop[name], 1_280);
    const expected = bytesOf(
      ipv6({ source: 'fd00:a::1', destination: 'fd00:a::2' }),
      icmp6({ type, code, parameter: parameter ? 1_280 : 0 }),
      quote,
    );
    expect(bytesIn(error!)).toEqual(expected);
  });

  it('is a packet of our own, ready for the outbox, and counted', () => {
    const bed = testbed();
    const [error] = errorsAbout(bed, received(six()), Drop.noRoute);
    expect(error).toMatchObject({ family: 6, protocol: 58, inInterface: 0, outInterface: 0, status: 0, fate: 0 });
    expect(error!.upper).toBe(error!.start + 40);
    expect([bed.node.counters.balance().originated, bed.node.counters.total('outRequests', 6)]).toEqual([1, 1]);
  });

  it.each([
    [1_232, 1_280],
    [1_231, 1_279],
    [1_233, 1_280],
    [2_000, 1_280],
  ])('about %i bytes is %i bytes long: as much as the minimum MTU lets through', (length, expected) => {
    const quote = six(length - 48);
    const [error] = errorsAbout(testbed(), received(quote), Drop.noRoute);
    const kept = quote.slice(0, expected - 48);
    const built = bytesOf(ipv6({ source: 'fd00:a::1', destination: 'fd00:a::2' }), icmp6({ type: 1 }), kept);
    expect([error!.length, bytesIn(error!)]).toEqual([expected, built]);
  });

  it('quotes the packet with the hop limit that it came with', () => {
    const quote = six();
    const packet = received(quote);
    hopLimitStep(packet);
    const [error] = errorsAbout(testbed(), packet, Drop.packetTooBig, 1_400);
    expect(bytesIn(error!).slice(48)).toEqual(quote);
  });

  it('has a pointer of 32 bits', () => {
    const [error] = errorsAbout(testbed(), received(six()), Drop.unknownOption, 0x0001_0002);
    expect(error!.view.getUint32(error!.upper + 4)).toBe(0x0001_0002);
  });
});

describe('an ICMPv4 error', () => {
  it.each(consequences('icmp4'))('about %s, byte by byte', (name, { type, code, parameter }) => {
    const quote = four();
    const [error] = errorsAbout(testbed(), received(quote), Drop[name], 22);
    const word = parameter === 'pointer' ? 22 * 0x1000000 : parameter === 'mtu' ? 22 : 0;
    const identification = ipv4Header.identification(error!.view, error!.start);
    const expected = bytesOf(
      ipv4({ source: '10.0.1.1', destination: '10.0.1.2', typeOfService: 0xc0, identification }),
      icmp4({ type, code, parameter: word }),
      quote,
    );
    expect(bytesIn(error!)).toEqual(expected);
  });

  it('is a packet of our own, ready for the outbox, and counted', () => {
    const bed = testbed();
    const [error] = errorsAbout(bed, received(four()), Drop.noRoute);
    expect(error).toMatchObject({ family: 4, protocol: 1, inInterface: 0, outInterface: 0, status: 0, fate: 0 });
    expect([bed.node.counters.balance().originated, bed.node.counters.total('outRequests', 4)]).toEqual([1, 1]);
  });

  it.each([
    [547, 575],
    [548, 576],
    [549, 576],
    [1_500, 576],
  ])('about %i bytes is %i bytes long (RFC 1812 §4.3.2.3)', (length, expected) => {
    const quote = four(length - 28);
    const [error] = errorsAbout(testbed(), received(quote), Drop.noRoute);
    expect(error!.length).toBe(expected);
    expect(bytesIn(error!).slice(28)).toEqual(quote.slice(0, expected - 28));
    expect(ipv4Header.check(error!.view, error!.start, error!.end)).toBe('ok');
  });

  it('quotes the packet with the time to live and the checksum that it came with', () => {
    const quote = bytesOf(
      ipv4({ source: '10.0.1.2', destination: '192.0.2.1', options: Uint8Array.of(148, 4, 0, 0) }),
      payload(40),
    );
    const packet = received(quote);
    hopLimitStep(packet);
    const [error] = errorsAbout(testbed(), packet, Drop.packetTooBig, 1_400);
    expect(bytesIn(error!).slice(28)).toEqual(quote);
  });
});

describe('the source of an error', () => {
  const sourceOf = (bed: Testbed, bytes: Uint8Array, inInterface = a): string | undefined => {
    const packet = received(bytes, { inInterface });
    const [error] = errorsAbout(bed, packet, packet.family === 6 ? Drop.unknownOption : Drop.portUnreachable);
    if (error === undefined) return undefined;
    const at = error.start + (error.family === 6 ? 8 : 12);
    return Buffer.from(error.bytes.slice(at, at + (error.family === 6 ? 16 : 4))).toString('hex');
  };
  const fd00a1 = 'fd00000a000000000000000000000001';
  const fd00b1 = 'fd00000b000000000000000000000001';

  it.each([
    // RFC 4443 §2.2
    ['is the address that the packet was for', six(8, 'fd00:b::1'), a, fd00b1],
    ['is one that fits the way back, when the packet was for others', six(), a, fd00a1],
    ['is one that fits the way back, when the packet was for a group', six(8, 'ff02::1'), a, fd00a1],
    ['is on the link of a link-local sender', six(8, 'ff02::1', 'fe80::2'), a, 'fe8000000000000000000000000000a1'],
    [
      'is our link-local address if that is what the packet was for',
      six(8, 'fe80::a1', 'fe80::2'),
      a,
      'fe8000000000000000000000000000a1',
    ],
    ['is the address that the packet was for, IPv4', four(8, '10.0.2.1'), a, '0a000201'],
    ['is one that fits the way back, IPv4', four(), a, '0a000101'],
    ['is one of the arrival link, whoever sent it', four(8, '192.0.2.1', '8.8.8.8'), p, '0a000301'],
  ])('%s', (_name, bytes, inInterface, source) => {
    expect(sourceOf(testbed(), bytes, inInterface)).toBe(source);
  });

  it.each([
    ['anycast', AddressFlag.anycast],
    ['tentative', AddressFlag.tentative],
    ['duplicated', AddressFlag.duplicated],
  ])('is never an address that is %s', (_name, flags) => {
    const bed = testbed();
    addAddress(bed.node, a, 'fd00:a::9/64', flags);
    expect(sourceOf(bed, six(8, 'fd00:a::9'))).toBe(fd00a1);
  });

  it.each([
    ['IPv6', six(), 6],
    ['IPv4', four(), 4],
  ])('is needed: without an address of ours there is no error (%s)', (_name, bytes, family) => {
    const bed = testbed();
    for (const { interfaceIndex, address } of bed.node.addresses.list()) {
      if (address.family === family) bed.node.addresses.remove(interfaceIndex, address);
    }
    expect([sourceOf(bed, bytes), bed.pool.outstanding, bed.node.counters.balance().originated]).toEqual([
      undefined,
      0,
      0,
    ]);
  });

  it('decides the link when the error goes to a link-local address (RFC 4007 §9)', () => {
    const [error] = errorsAbout(testbed(), received(six(8, 'fd00:b::2', 'fe80::2')), Drop.beyondScope);
    expect(error!.outInterface).toBe(a);
  });
});
