import {
  bytesOf,
  destinationOptions,
  echoRequest4,
  echoRequest6,
  extensionHeader,
  fragmentHeader,
  fragmentsOf,
  hopByHop,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  type Layer,
  option,
  pad1,
  padN,
  payload,
  routerAlert,
  routing,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import type { Pick } from './hostile.ts';

const oneOf = <T>(list: readonly T[], pick: Pick): T => list[pick(list.length)] as T;
const several = <T>(most: number, each: () => T, pick: Pick): T[] => Array.from({ length: pick(most + 1) }, each);

/** From a neighbor, from afar, from a link, from those who can't be. */
const sources6 = ['fd00:a::2', 'fd00:b::2', '2001:db8::99', 'fe80::2', 'fd00:a::3', '3fff::1', '::', 'ff02::5'];
/** To us, through us, to groups, to nobody. */
const destinations6 = [
  'fd00:a::1',
  'fd00:b::1',
  'fe80::a1',
  'ff02::1',
  'ff02::2',
  'fd00:b::2',
  '2001:db8::1',
  '3fff::1',
];
const sources4 = ['10.0.1.2', '10.0.2.2', '192.0.2.9', '10.0.1.3', '0.0.0.0', '127.0.0.1'];
const destinations4 = ['10.0.1.1', '10.0.2.1', '10.0.1.255', '255.255.255.255', '224.0.0.1', '10.0.2.2', '192.0.2.1'];

const lengths = [0, 1, 8, 20, 40, 100, 600, 1_200, 1_360];

const anOption = (pick: Pick): Uint8Array => {
  switch (pick(8)) {
    case 0:
      return pad1();
    case 1:
      return padN(2 + pick(7));
    case 2:
      return routerAlert(pick(3));
    case 3:
      return option(oneOf([0x04, 0xc2, 0x8a, 0xc9], pick), payload(pick(8)));
    default:
      return option((pick(8) === 0 ? pick(4) << 6 : 0) | (0x10 + pick(16)), payload(pick(pick(6) === 0 ? 250 : 12)));
  }
};

const options = (pick: Pick): Uint8Array[] => several(pick(5) === 0 ? 12 : 3, () => anOption(pick), pick);

const aHeader = (pick: Pick): Layer => {
  switch (pick(8)) {
    case 0:
    case 1:
    case 2:
      return destinationOptions(...options(pick));
    case 3:
    case 4:
      return routing({
        routingType: pick(6),
        segmentsLeft: pick(6) === 0 ? 1 : 0,
        data: payload(16 * pick(4)),
      });
    case 5:
      return fragmentHeader({ identification: pick(4) });
    case 6:
      return pick(4) === 0 ? hopByHop(...options(pick)) : destinationOptions();
    default:
      return pick(4) === 0
        ? extensionHeader(oneOf([50, 51, 135, 139, 140], pick), 8 + 8 * pick(4))
        : destinationOptions();
  }
};

/** What an error quotes: a packet of ours or of others, cut. */
const quote = (six: boolean, pick: Pick): Uint8Array => {
  const ends = six
    ? ipv6({ source: oneOf(destinations6, pick), destination: oneOf(sources6, pick) })
    : ipv4({ source: oneOf(destinations4, pick), destination: oneOf(sources4, pick) });
  const whole = bytesOf(ends, ...(six && pick(2) === 0 ? [aHeader(pick)] : []), udp(), payload(oneOf(lengths, pick)));
  return whole.subarray(0, pick(3) === 0 ? pick(whole.length) : whole.length);
};

const upper6 = (pick: Pick): (Layer | Uint8Array)[] => {
  const data = payload(oneOf(lengths, pick));
  switch (pick(6)) {
    case 0:
      return [udp({ destinationPort: oneOf([9, 4_001], pick) }), data];
    case 1:
      return [tcp(), data];
    case 2:
      return [
        icmp6({ type: 1 + pick(4), code: pick(4), parameter: oneOf([0, 1_280, 1_400], pick) }),
        quote(true, pick),
      ];
    case 3:
      return [icmp6({ type: oneOf([128, 129, 130, 133, 134, 135, 136, 137, 143, 200], pick) }), data];
    default:
      return [echoRequest6({ identifier: pick(9) }), data];
  }
};

const upper4 = (pick: Pick): (Layer | Uint8Array)[] => {
  const data = payload(oneOf(lengths, pick));
  switch (pick(5)) {
    case 0:
      return [udp({ destinationPort: oneOf([9, 4_001], pick) }), data];
    case 1:
      return [tcp(), data];
    case 2:
      return [icmp4({ type: oneOf([3, 11, 12], pick), code: pick(5), parameter: pick(1_500) }), quote(false, pick)];
    default:
      return [echoRequest4({ identifier: pick(9) }), data];
  }
};

const packet6 = (pick: Pick): Uint8Array =>
  bytesOf(
    ipv6({
      source: oneOf(sources6.slice(0, pick(3) === 0 ? 8 : 3), pick),
      destination: oneOf(destinations6, pick),
      hopLimit: oneOf([64, 64, 64, 255, 2, 1, 0], pick),
      trafficClass: pick(4),
    }),
    ...(pick(3) === 0 ? [hopByHop(...options(pick))] : []),
    ...several(pick(8) === 0 ? 20 : 4, () => aHeader(pick), pick),
    ...upper6(pick),
  );

const packet4 = (pick: Pick): Uint8Array =>
  bytesOf(
    ipv4({
      source: oneOf(sources4.slice(0, pick(3) === 0 ? 6 : 3), pick),
      destination: oneOf(destinations4, pick),
      timeToLive: oneOf([64, 64, 255, 2, 1, 0], pick),
      identification: pick(9),
      dontFragment: pick(4) === 0,
      ...(pick(3) === 0 ? { options: Uint8Array.of(7, 3 + 4 * pick(9), 4, 0, 0, 0, 0, 1) } : {}),
    }),
    ...upper4(pick),
  );

const shuffled = <T>(list: readonly T[], pick: Pick): T[] => {
  const rest = [...list];
  for (let i = rest.length - 1; i > 0; i -= 1) {
    const other = pick(i + 1);
    [rest[i], rest[other]] = [rest[other] as T, rest[i] as T];
  }
  return rest;
};

/** A long datagram in as few or as many pieces as a slab holds. */
const longDatagram = (pick: Pick): Uint8Array[] => {
  const ends = { source: 'fd00:a::2', destination: 'fd00:a::1' };
  const length = oneOf([2_000, 8_000, 20_000, 64_000], pick);
  const whole = bytesOf(ipv6(ends), echoRequest6(), payload(length));
  return fragmentsOf(whole, { size: oneOf([1_232, 1_448], pick), identification: pick(0x1000) });
};

/**
 * Packets as someone might honestly send them, and as only attackers would: chains of headers in any order and of any
 * length around every upper layer, whole or in fragments, which may be out of order, doubled, mixed or incomplete.
 *
 * @returns at least one, to be sent one after the other
 */
export const grow = (pick: Pick): Uint8Array[] => {
  if (pick(256) === 0) return longDatagram(pick);
  const packet = pick(4) === 0 ? packet4(pick) : packet6(pick);
  if (pick(4) !== 0 || packet.length > 2_000) return [packet];
  const pieces = fragmentsOf(packet, { size: 8 * (1 + pick(pick(2) === 0 ? 8 : 80)), identification: pick(0x1000) });
  if (pieces.length > 200) return [packet];
  if (pick(8) === 0) pieces.splice(pick(pieces.length), 1);
  if (pick(8) === 0) pieces.push(oneOf(pieces, pick) ?? packet);
  return pieces.length === 0 ? [packet] : pick(2) === 0 ? shuffled(pieces, pick) : pieces;
};
