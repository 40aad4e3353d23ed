import { describe, expect, it } from 'vitest';
import {
  bytesIn,
  bytesOf,
  destinationOptions,
  echoRequest4,
  echoRequest6,
  fragmentHeader,
  hopByHop,
  icmp6,
  ipv4,
  ipv6,
  option,
  packetOf,
  padN,
  payload,
  routerAlert,
  routing,
  seededRandom,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import * as wire from '../../src/wire/index.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const six = { source: 'fd00:a::2', destination: 'fd00:b::2' };
const four = { source: '10.0.1.2', destination: '10.0.2.2' };
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer);

describe('bytesOf', () => {
  it('builds an IPv6 header around nothing', () => {
    expect(hex(bytesOf(ipv6({ ...six, hopLimit: 255, trafficClass: 0xb8, flowLabel: 0x12345 })))).toBe(
      '6b81234500003bfffd00000a000000000000000000000002fd00000b000000000000000000000002',
    );
  });

  it('builds the IPv4 header that many a text uses as its checksum example', () => {
    const fields = { source: '192.168.0.1', destination: '192.168.0.199', dontFragment: true };
    expect(hex(bytesOf(ipv4({ ...fields, totalLength: 0x73, protocol: 17 })))).toBe(
      '45000073000040004011b861c0a80001c0a800c7',
    );
  });

  it.each([
    ['udp over IPv6', bytesOf(ipv6(six), udp(), payload(3)), 40, wire.udp.verify6],
    ['udp over IPv4', bytesOf(ipv4(four), udp(), payload(3)), 20, wire.udp.verify4],
    ['udp behind options', bytesOf(ipv6(six), destinationOptions(), udp(), payload(3)), 48, wire.udp.verify6],
    ['udp behind IPv4 options', bytesOf(ipv4({ ...four, options: payload(5, 1) }), udp()), 28, wire.udp.verify4],
  ])('computes the checksum of %s', (_name, bytes, at, verify) => {
    expect(verify(viewOf(bytes), 0, at)).toBe(true);
  });

  it('computes ICMP and TCP checksums', () => {
    const echo6 = bytesOf(ipv6(six), echoRequest6({ identifier: 7, sequenceNumber: 9 }), payload(5));
    expect(wire.icmp6.verify(viewOf(echo6), 0, 40, echo6.length)).toBe(true);
    expect([wire.icmp6.identifier(viewOf(echo6), 40), wire.icmp6.sequenceNumber(viewOf(echo6), 40)]).toEqual([7, 9]);
    const echo4 = bytesOf(ipv4(four), echoRequest4(), payload(5));
    expect(wire.icmp4.verify(viewOf(echo4), 20, echo4.length)).toBe(true);
    const syn = bytesOf(ipv6(six), tcp(), payload(5));
    const pseudo = wire.checksum.pseudoHeader6(viewOf(syn), 0, 25, 6);
    expect(wire.checksum.verifies(wire.checksum.sum(viewOf(syn), 40, syn.length, pseudo))).toBe(true);
  });

  it('chains next headers', () => {
    const bytes = bytesOf(
      ipv6(six),
      hopByHop(routerAlert()),
      routing({ routingType: 4, segmentsLeft: 0, data: payload(16) }),
      fragmentHeader({ offset: 16, more: true, identification: 5 }),
      destinationOptions(option(0x1e, payload(9))),
      icmp6({ type: 143 }),
    );
    expect([bytes[6], bytes[40], bytes[48], bytes[72], bytes[80]]).toEqual([0, 43, 44, 60, 58]);
    expect(hex(bytes.subarray(40, 48))).toBe('2b00050200000100');
    expect(hex(bytes.subarray(72, 80))).toBe('3c00001100000005');
    expect(hex(bytes.subarray(80, 96))).toBe('3a011e09000102030405060708010100');
  });

  it('lies where it is told to', () => {
    const bytes = bytesOf(ipv6({ ...six, payloadLength: 1, nextHeader: 99 }), udp({ length: 3, checksum: 0x1234 }));
    expect(hex(bytes.subarray(4, 8))).toBe('00016340');
    expect(hex(bytes.subarray(44))).toBe('00031234');
    expect(padN(4)).toEqual(Uint8Array.of(1, 2, 0, 0));
  });
});

describe('packetOf', () => {
  it('is a packet in flight with headroom, not decoded', () => {
    const bytes = bytesOf(ipv6(six), udp());
    const packet = packetOf(bytes, { inInterface: 3 });
    expect(bytesIn(packet)).toEqual(bytes);
    expect([packet.inInterface, packet.family, packet.status, packet.headroom]).toEqual([3, 0, 0, 256]);
  });
});

describe('seededRandom', () => {
  it('repeats itself for a seed, stays in [0, 1) and differs between seeds', () => {
    const draw = (seed: number): number[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 50 }, random);
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(draw(0).every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(draw(0)).size).toBe(50);
  });
});
