import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeStep } from '../../src/operators/decode.ts';
import { Drop, dropNames, type Packet, Status } from '../../src/packet/index.ts';
import {
  bytesOf,
  destinationOptions,
  hopByHop,
  ipv4,
  ipv6,
  joinBytes,
  type Layer,
  option,
  packetOf,
  padN,
  payload,
  udp,
} from '../../src/testing/index.ts';

const jumbo = option(0xc2, Uint8Array.of(0, 1, 0, 0));

const decoded = (bytes: Uint8Array): Packet => {
  const packet = packetOf(bytes);
  decodeStep(packet);
  return packet;
};
const dropOf = (bytes: Uint8Array): string => dropNames[decoded(bytes).drop] as string;

const six = (source: string, destination: string): Uint8Array => bytesOf(ipv6({ source, destination }), udp());
const four = (source: string, destination: string): Uint8Array => bytesOf(ipv4({ source, destination }), udp());
const good6 = six('fd00:a::2', 'fd00:b::2');
const good4 = four('10.0.1.2', '10.0.2.2');

/** A copy with one byte changed. */
const edited = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
};

describe('decode', () => {
  it.each([
    ['nothing', new Uint8Array(0), 'empty'],
    ['version 0', Uint8Array.of(0x00), 'unknownVersion'],
    ['version 5', edited(good6, 0, 0x50), 'unknownVersion'],
    ['version 7', edited(good6, 0, 0x7f), 'unknownVersion'],
    ['version 15', edited(good6, 0, 0xff), 'unknownVersion'],
    ['one byte of IPv6', Uint8Array.of(0x60), 'truncated'],
    ['39 bytes of IPv6', good6.slice(0, 39), 'truncated'],
    ['IPv6 whose payload is not all there', good6.slice(0, -1), 'truncated'],
    ['one byte of IPv4', Uint8Array.of(0x45), 'truncated'],
    ['19 bytes of IPv4', good4.slice(0, 19), 'truncated'],
    ['IPv4 whose total length is more than there is', good4.slice(0, -1), 'truncated'],
    ['IPv4 with a header of 16 bytes', edited(good4, 0, 0x44), 'badHeaderLength'],
    ['IPv4 with a header of none', edited(good4, 0, 0x40), 'badHeaderLength'],
    ['IPv4 with a total length below the header', edited(good4, 3, 19), 'badHeaderLength'],
    ['IPv4 with a header longer than the packet', edited(good4, 0, 0x4f), 'badHeaderLength'],
    ['IPv4 with a wrong header checksum', edited(good4, 10, good4[10]! ^ 1), 'badHeaderChecksum'],
    ['IPv4 with a flipped bit', edited(good4, 8, 63), 'badHeaderChecksum'],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(dropOf(bytes)).toBe(reason);
  });

  it.each([
    // RFC 4291 §2.5-2.7; RFC 1122 §3.2.1.3, RFC 1812 §5.3.7
    ['multicast source', six('ff02::1', 'fd00:b::2'), 'multicastSource'],
    ['loopback source', six('::1', 'fd00:b::2'), 'loopbackAddress'],
    ['v4-mapped source', six('::ffff:10.0.0.1', 'fd00:b::2'), 'mappedAddress'],
    ['unspecified destination', six('fd00:a::2', '::'), 'unspecifiedDestination'],
    ['loopback destination', six('fd00:a::2', '::1'), 'loopbackAddress'],
    ['v4-mapped destination', six('fd00:a::2', '::ffff:10.0.0.1'), 'mappedAddress'],
    ['zone in a link-local source', six('fe80:2::1', 'fd00:b::2'), 'embeddedZone'],
    ['zone in a link-local destination', six('fe80::2', 'fe80:2::1'), 'embeddedZone'],
    ['last link-local address', six('febf:ffff::1', 'fd00:b::2'), 'embeddedZone'],
    ['link-local address of another subnet', six('fe80:0:0:1::1', 'fd00:b::2'), 'embeddedZone'],
    ['multicast source, IPv4', four('224.0.0.1', '10.0.2.2'), 'multicastSource'],
    ['reserved source, IPv4', four('240.0.0.1', '10.0.2.2'), 'reservedAddress'],
    ['broadcast source, IPv4', four('255.255.255.255', '10.0.2.2'), 'broadcastSource'],
    ['loopback source, IPv4', four('127.0.0.1', '10.0.2.2'), 'loopbackAddress'],
    ['loopback destination, IPv4', four('10.0.1.2', '127.1.2.3'), 'loopbackAddress'],
    ['this-network destination, IPv4', four('10.0.1.2', '0.0.0.0'), 'unspecifiedDestination'],
    ['reserved destination, IPv4', four('10.0.1.2', '240.0.0.1'), 'reservedAddress'],
    ['last reserved destination, IPv4', four('10.0.1.2', '255.255.255.254'), 'reservedAddress'],
  ])('refuses a %s', (_name, bytes, reason) => {
    expect(dropOf(bytes)).toBe(reason);
  });

  it.each([
    ['unspecified source: duplicate address detection', six('::', 'ff02::1:ff00:1')],
    ['a v4-compatible source', six('::10.0.0.1', 'fd00:b::2')],
    ['link-local addresses', six('fe80::2', 'fe80::1')],
    ['a multicast destination', six('fd00:a::2', 'ff02::1')],
    ['unspecified source, IPv4: DHCP', four('0.0.0.0', '255.255.255.255')],
    ['a multicast destination, IPv4', four('10.0.1.2', '224.0.0.1')],
  ])('lets %s pass', (_name, bytes) => {
    expect(dropOf(bytes)).toBe('none');
  });

  it('finds the header behind an IPv6 header', () => {
    const packet = decoded(
      bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), destinationOptions(), udp()),
    );
    expect([packet.family, packet.upper - packet.start, packet.protocol, packet.protocolPointer]).toEqual([
      6, 40, 60, 6,
    ]);
  });

  it('finds the header behind an IPv4 header and its options', () => {
    const fields = { source: '10.0.1.2', destination: '10.0.2.2', options: payload(7, 1) };
    const packet = decoded(bytesOf(ipv4(fields), udp()));
    expect([packet.family, packet.upper - packet.start, packet.protocol, packet.protocolPointer]).toEqual([
      4, 28, 17, 9,
    ]);
  });

  it.each([
    ['IPv6', good6],
    ['IPv4', good4],
  ])('trims the padding of the link off %s', (_name, bytes) => {
    const packet = decoded(joinBytes(bytes, new Uint8Array(6)));
    expect(packet.length).toBe(bytes.length);
  });

  it('takes an IPv6 header that is followed by nothing', () => {
    const packet = decoded(bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' })));
    expect([packet.status, packet.upper, packet.end - packet.start]).toEqual([Status.inFlight, packet.end, 40]);
  });

  it.each<readonly [string, string, Layer, number | undefined, string, number]>([
    // RFC 2675 §3, RFC 8200 §4.2; payload length 0 leaves no room for the header that it names
    ['with its option', 'fd00:b::2', hopByHop(padN(2), jumbo), undefined, 'unknownOption', 44],
    ['with its option, to a group', 'ff0e::1', hopByHop(jumbo), undefined, 'unknownOptionSilent', 42],
    [
      'with an option of the wrong length',
      'fd00:b::2',
      hopByHop(option(0xc2, payload(8))),
      undefined,
      'zeroPayloadLength',
      4,
    ],
    ['without the option', 'fd00:b::2', hopByHop(), undefined, 'zeroPayloadLength', 4],
    ['whose options are cut off', 'fd00:b::2', hopByHop(jumbo), 47, 'zeroPayloadLength', 4],
    ['of which only the IPv6 header is there', 'fd00:b::2', hopByHop(jumbo), 40, 'zeroPayloadLength', 4],
  ])('refuses a jumbogram %s', (_name, destination, header, length, reason, pointer) => {
    const packet = decoded(
      bytesOf(ipv6({ source: 'fd00:a::2', destination, payloadLength: 0 }), header, udp(), payload(64)).slice(
        0,
        length,
      ),
    );
    expect([dropNames[packet.drop], packet.dropParameter]).toEqual([reason, pointer]);
  });

  it('tells the version even of what it refuses, for the counters', () => {
    expect([
      decoded(good6.slice(0, 20)).family,
      decoded(good4.slice(0, 10)).family,
      decoded(Uint8Array.of(0)).family,
    ]).toEqual([6, 4, 0]);
  });

  it('keeps offsets inside the packet, whatever the bytes', () => {
    const versioned = fc
      .tuple(fc.constantFrom(0x45, 0x46, 0x4f, 0x60, 0x6f), fc.uint8Array({ maxLength: 90 }))
      .map(([first, rest]) => joinBytes(Uint8Array.of(first), rest));
    fc.assert(
      fc.property(versioned, (bytes) => {
        const packet = decoded(bytes);
        expect(packet.end - packet.start).toBeLessThanOrEqual(bytes.length);
        if (packet.drop !== Drop.none) return;
        expect(packet.upper).toBeGreaterThanOrEqual(packet.start + 20);
        expect(packet.upper).toBeLessThanOrEqual(packet.end);
      }),
    );
  });
});
