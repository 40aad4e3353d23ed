import {
  bytesOf,
  destinationOptions,
  echoRequest4,
  echoRequest6,
  fragmentHeader,
  hopByHop,
  type Ipv4Fields,
  type Ipv6Fields,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  joinBytes,
  type Layer,
  neighborAdvertisement,
  option,
  padN,
  payload,
  redirect,
  routerAdvertisement,
  routerAlert,
  routing,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import { prefixFrom } from '../support/testbed.ts';

const six = (destination: string, fields: Partial<Ipv6Fields> = {}): Layer =>
  ipv6({ source: 'fd00:a::2', destination, ...fields });
const four = (destination: string, fields: Partial<Ipv4Fields> = {}): Layer =>
  ipv4({ source: '10.0.1.2', destination, ...fields });

const net = prefixFrom('2001:db8:7::/64');
const us = 'fd00:a::1';
const us4 = '10.0.1.1';
const transit = 'fd00:b::2';
const transit4 = '10.0.2.2';

/** A packet as the content of another one. */
const within =
  (protocol: number, bytes: Uint8Array): Layer =>
  () => ({ bytes, protocol });

/** Well-formed packets for the test bed's node, of every kind that the router looks at; mutants start from them. */
export const bases: readonly Uint8Array[] = [
  bytesOf(six(transit), udp(), payload(20)),
  bytesOf(six(transit, { hopLimit: 1 }), tcp(), payload(8)),
  bytesOf(six('2001:db8::1'), udp(), payload(1_380)),
  bytesOf(six('2001:db8:dead::1'), udp()),
  bytesOf(six('3fff::1'), icmp6({ type: 1 }), payload(48)),
  bytesOf(six(us), echoRequest6(), payload(56)),
  bytesOf(six('fe80::a1', { source: 'fe80::2' }), echoRequest6()),
  bytesOf(six('ff02::1', { source: 'fe80::2', hopLimit: 255 }), icmp6({ type: 135 }), payload(24)),
  bytesOf(six('ff02::1', { source: 'fe80::2', hopLimit: 255 }), neighborAdvertisement('O', 'fe80::2')),
  bytesOf(
    six('ff02::1', { source: 'fe80::2', hopLimit: 255 }),
    routerAdvertisement({
      currentHopLimit: 64,
      options: [
        { kind: 'mtu', mtu: 1_400 },
        { kind: 'prefix', prefix: net, onLink: true, autonomous: true, validLifetime: 3_600, preferredLifetime: 60 },
        { kind: 'route', prefix: net, preference: 1, lifetime: 600 },
        { kind: 'dnsServers', servers: [net.address], lifetime: 600 },
        { kind: 'searchList', domains: ['example.org'], lifetime: 600 },
        { kind: 'pref64', prefix: { address: net.address, length: 96 }, lifetime: 600 },
      ],
    }),
  ),
  bytesOf(six(us, { source: 'fe80::2', hopLimit: 255 }), redirect('fe80::3', '2001:db8::1')),
  bytesOf(six(us), udp({ destinationPort: 9 }), payload(30)),
  bytesOf(six(us), icmp6({ type: 2, parameter: 1_280 }), bytesOf(six('fd00:a::2', { source: us }), udp(), payload(40))),
  bytesOf(six(us), hopByHop(routerAlert(), padN(4)), destinationOptions(option(0x1e, payload(6))), udp(), payload(8)),
  bytesOf(six(transit), hopByHop(option(0x9e, payload(2))), udp()),
  bytesOf(
    six(us),
    destinationOptions(),
    routing({ routingType: 0, segmentsLeft: 0, data: payload(16) }),
    destinationOptions(),
    tcp(),
  ),
  bytesOf(six(us), fragmentHeader({ more: true, identification: 7 }), udp({ length: 40, checksum: 1 }), payload(24)),
  bytesOf(six(us), fragmentHeader({ offset: 32, identification: 7 }), payload(8)),
  bytesOf(six(us), fragmentHeader({ offset: 16, more: true, identification: 9 }), payload(64)),
  bytesOf(six(us), fragmentHeader(), echoRequest6(), payload(4)),
  bytesOf(four(transit4), udp(), payload(20)),
  bytesOf(four(transit4, { timeToLive: 1 }), tcp(), payload(8)),
  bytesOf(four(transit4, { identification: 3 }), udp(), payload(1_500)),
  bytesOf(four(transit4, { dontFragment: true }), udp(), payload(1_420)),
  bytesOf(four('192.0.2.1', { options: Uint8Array.of(148, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0) }), udp(), payload(12)),
  bytesOf(four(us4), echoRequest4(), payload(56)),
  bytesOf(four('10.0.1.255'), echoRequest4()),
  bytesOf(four(us4), icmp4({ type: 3, code: 4, parameter: 576 }), bytesOf(four('10.0.1.2', { source: us4 }), udp())),
  bytesOf(four(us4, { identification: 5, moreFragments: true }), udp({ length: 40, checksum: 0 }), payload(24)),
  bytesOf(four(us4, { identification: 5, fragmentOffset: 32 }), payload(8)),
  // out of tunnels of every kind, and into them
  bytesOf(four(us4), within(41, bytesOf(six(transit, { source: '2001:db8:7::1' }), udp(), payload(20)))),
  bytesOf(four(us4), within(4, bytesOf(four(transit4, { source: '172.16.0.1' }), tcp()))),
  bytesOf(six(us), destinationOptions(option(4, Uint8Array.of(3))), within(41, bytesOf(six(us), echoRequest6()))),
  bytesOf(
    four(us4),
    within(47, joinBytes(Uint8Array.of(0x20, 0, 0x86, 0xdd, 0, 0, 0, 7), bytesOf(six(transit), udp()))),
  ),
  bytesOf(four(us4), udp({ destinationPort: 5_555 }), bytesOf(six(transit), udp(), payload(8))),
  bytesOf(four(us4), udp({ destinationPort: 5_556 }), Uint8Array.of(0, 41, 0, 0), bytesOf(six(transit), udp())),
  bytesOf(six('2001:db8:7::1'), destinationOptions(option(4, Uint8Array.of(2))), udp(), payload(1_300)),
  bytesOf(four('172.16.0.1'), udp(), payload(1_500)),
  bytesOf(six('2001:db8:8::1'), udp()),
  bytesOf(four('255.255.255.255', { source: '0.0.0.0' }), udp({ sourcePort: 68, destinationPort: 67 }), payload(40)),
];
