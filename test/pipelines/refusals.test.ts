import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type DropName, dropNames } from '../../src/packet/index.ts';
import { AddressFlag } from '../../src/state/addresses.ts';
import {
  bytesOf,
  destinationOptions,
  echoRequest6,
  extensionHeader,
  hopByHop,
  type Ipv4Fields,
  type Ipv6Fields,
  icmp6,
  ipv4,
  ipv6,
  type Layer,
  option,
  packetOf,
  payload,
  routing,
  udp,
} from '../../src/testing/index.ts';
import { runLine } from '../support/router.ts';
import { a, addAddress, p, type Testbed, testbed } from '../support/testbed.ts';

const six = (fields: Partial<Ipv6Fields> = {}): Layer =>
  ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', ...fields });
const four = (fields: Partial<Ipv4Fields> = {}): Layer =>
  ipv4({ source: '10.0.1.2', destination: '10.0.2.2', ...fields });
const toUs = six({ destination: 'fd00:a::1' });

interface Arrival {
  readonly bytes: Uint8Array;
  /** Default `a`. */
  readonly inInterface?: number;
  readonly before?: (bed: Testbed) => void;
}

/** Packets for the reasons that the default router has; other reasons are reached by other tests. */
const arrivals: Partial<Record<DropName, Arrival>> = {
  empty: { bytes: new Uint8Array(0) },
  unknownVersion: { bytes: Uint8Array.of(0x50, 0, 0, 0) },
  truncated: { bytes: bytesOf(six({ payloadLength: 9 }), payload(8)) },
  badHeaderLength: { bytes: bytesOf(four({ headerLength: 16 }), udp()) },
  badHeaderChecksum: { bytes: bytesOf(four({ headerChecksum: 1 }), udp()) },
  multicastSource: { bytes: bytesOf(six({ source: 'ff02::1' }), udp()) },
  broadcastSource: { bytes: bytesOf(four({ source: '255.255.255.255' }), udp()) },
  unspecifiedDestination: { bytes: bytesOf(six({ destination: '::' }), udp()) },
  loopbackAddress: { bytes: bytesOf(six({ destination: '::1' }), udp()) },
  mappedAddress: { bytes: bytesOf(six({ source: '::ffff:192.0.2.1' }), udp()) },
  embeddedZone: { bytes: bytesOf(six({ source: 'fe80:2::1' }), udp()) },
  reservedAddress: { bytes: bytesOf(four({ destination: '240.0.0.1' }), udp()) },
  reservedGroup: { bytes: bytesOf(six({ destination: 'ff00::1' }), udp()) },
  interfaceLocalGroup: { bytes: bytesOf(six({ destination: 'ff01::1' }), udp()) },
  foreignLinkLocal: { bytes: bytesOf(six({ destination: 'fe80::77' }), udp()) },
  unspecifiedSource: { bytes: bytesOf(six({ source: '::' }), udp()) },
  truncatedHeader: { bytes: bytesOf(six({ nextHeader: 0, destination: 'fd00:a::1' }), payload(7)) },
  zeroPayloadLength: { bytes: bytesOf(six({ payloadLength: 0 }), hopByHop(), udp()) },
  misplacedHopByHop: { bytes: bytesOf(toUs, destinationOptions(), hopByHop(), udp()) },
  badOptionLength: { bytes: bytesOf(toUs, hopByHop(option(0x1e, payload(2), 9)), udp()) },
  unknownOption: { bytes: bytesOf(toUs, destinationOptions(option(0x9e)), udp()) },
  unknownOptionSilent: { bytes: bytesOf(toUs, destinationOptions(option(0x5e)), udp()) },
  badRoutingHeader: { bytes: bytesOf(toUs, routing({ routingType: 0, segmentsLeft: 1, data: payload(16) }), udp()) },
  sourceRouted: { bytes: bytesOf(four({ options: Uint8Array.of(131, 7, 4, 10, 0, 2, 2) }), udp()) },
  noRoute: { bytes: bytesOf(six({ destination: '3fff::1' }), udp()) },
  rejectRoute: { bytes: bytesOf(six({ destination: '2001:db8:dead::1' }), udp()) },
  blackhole: { bytes: bytesOf(six({ destination: '2001:db8:b1ac::1' }), udp()) },
  unready: {
    bytes: bytesOf(six({ destination: 'fd00:a::9' }), udp()),
    before: ({ node }) => addAddress(node, a, 'fd00:a::9/64', AddressFlag.tentative),
  },
  notMember: { bytes: bytesOf(six({ destination: 'ff02::1234' }), udp()) },
  beyondScope: { bytes: bytesOf(six({ source: 'fe80::2' }), udp()) },
  linkBroadcast: { bytes: bytesOf(four({ destination: '10.0.2.255' }), udp()) },
  pointToPointReturn: { bytes: bytesOf(six({ source: 'fd00:c::2', destination: 'fd00:c::3' }), udp()), inInterface: p },
  hopLimitExceeded: { bytes: bytesOf(six({ hopLimit: 1 }), udp()) },
  packetTooBig: { bytes: bytesOf(six(), udp(), payload(1_400)) },
  badChecksum: { bytes: bytesOf(toUs, udp({ checksum: 1 })) },
  badUpperLayer: { bytes: bytesOf(toUs, udp({ length: 7 })) },
  unknownProtocol: { bytes: bytesOf(toUs, extensionHeader(253)) },
  portUnreachable: { bytes: bytesOf(toUs, udp()) },
  unknownMessage: { bytes: bytesOf(toUs, icmp6({ type: 200 })) },
  noSourceAddress: {
    bytes: bytesOf(six({ destination: 'ff02::1' }), echoRequest6()),
    before: ({ node }) => {
      for (const { interfaceIndex, address } of node.addresses.list()) node.addresses.remove(interfaceIndex, address);
    },
  },
  noBuffer: {
    bytes: bytesOf(four(), payload(9_000)),
    before: ({ pool }) => {
      while (pool.outstanding < 67) pool.acquire(1);
    },
  },
};

const run = ({ bytes, inInterface = a, before }: Arrival): string[] => {
  const bed = testbed();
  before?.(bed);
  const outcomes = runLine(bed, of(packetOf(bytes, { inInterface })));
  return outcomes.filter((each) => each.inInterface === inInterface).map(({ outcome }) => outcome);
};

/** What the other tests have in quotes or behind `Drop.`. */
const mentioned = (): Set<string> => {
  const root = join(import.meta.dirname, '../..');
  const text = ['test', 'marble-tests']
    .flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((file) => join(room, file)),
    )
    .filter((file) => file.endsWith('.test.ts') && !/pipelines.refusals|packet.drop/.test(file))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  return new Set([...text.matchAll(/(?:Drop\.|['"`\s])([a-zA-Z]+)\b/g)].map((match) => match[1]!));
};

/** Reasons that are there before their operators and tests are: none stays here for long. */
const awaited: readonly string[] = [];

describe('the default router', () => {
  it.each(Object.entries(arrivals))('refuses for the reason %s', (name, arrival) => {
    expect(run(arrival)).toEqual([name]);
  });

  it('has no reason that no test reaches', () => {
    const others = mentioned();
    const reached = (name: string): boolean => name in arrivals || others.has(name) || awaited.includes(name);
    const missing = dropNames.filter((name) => name !== 'none' && !reached(name));
    expect(missing).toEqual([]);
  });
});
