/**
 * The promise of every view: `check` never throws, whatever the bytes; after `'ok'` no accessor leaves the packet.
 * A DataView that ends where the packet ends throws on any read that does.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ethernet,
  extension,
  fragment,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  options,
  Protocol,
  routing,
  tcp,
  udp,
} from '../../src/wire/index.ts';
import { anyBytes, viewOf } from './support.ts';

/** Room for an IP header in front, for pseudo-headers. */
const lead = 40;

type Bytes = (view: DataView, at: number, end: number) => unknown;

interface View {
  readonly check: (view: DataView, at: number, end: number) => string;
  readonly read: readonly Bytes[];
  /** Turns random bytes into what is likely to pass, as far as there is room. */
  readonly mend?: (view: DataView, at: number, end: number) => void;
}

const ah = (view: DataView, at: number, end: number): string => extension.check(view, at, end, Protocol.ah);
const eights = (view: DataView, at: number, end: number): string => extension.check(view, at, end, Protocol.routing);
const shortenUnits = (view: DataView, at: number, end: number): void => {
  if (end - at > 1) view.setUint8(at + 1, view.getUint8(at + 1) & 7);
};

const views: Record<string, View> = {
  ethernet: {
    check: ethernet.check,
    read: [
      ethernet.headerLength,
      ethernet.etherType,
      ethernet.vlanIdentifier,
      ethernet.destinationHigh,
      ethernet.destinationLow,
      ethernet.sourceHigh,
      ethernet.sourceLow,
      ethernet.isMulticast,
      ethernet.isBroadcast,
    ],
    mend: (view, at, end) => {
      for (const tag of [12, 16]) if (end - at > tag + 2 && view.getUint8(at) < 128) view.setUint16(at + tag, 0x8100);
    },
  },
  ipv6: {
    check: ipv6.check,
    read: [ipv6.trafficClass, ipv6.flowLabel, ipv6.nextHeader, ipv6.hopLimit, (v, at) => v.getUint8(at + 39)],
    mend: (view, at, end) => {
      if (end - at >= 40) ipv6.setFirstWord(view, at, 0, 0);
      if (end - at >= 40) ipv6.setPayloadLength(view, at, Math.min(view.getUint8(at + 5), end - at - 40));
    },
  },
  ipv4: {
    check: ipv4.check,
    read: [
      ipv4.dontFragment,
      ipv4.fragmentOffset,
      ipv4.destination,
      ipv4.writeChecksum,
      ipv4.decrementTimeToLive,
      (view, at) => {
        const end = at + ipv4.headerLength(view, at);
        for (let next = at + ipv4.offsets.options; next < end; next += ipv4.optionLength(view, next)) {
          if (ipv4.checkOption(view, next, end) !== 'ok') return;
          const type = ipv4.optionType(view, next);
          if (type === ipv4.Option.recordRoute || type === ipv4.Option.timestamp) ipv4.optionPointer(view, next);
        }
      },
    ],
    mend: (view, at, end) => {
      if (end - at < 20) return;
      ipv4.setFirstByte(view, at, Math.min(20 + (view.getUint8(at) & 7) * 4, (end - at) & 0x3c));
      ipv4.setTotalLength(view, at, end - at);
      if (ipv4.headerLength(view, at) >= 20) ipv4.writeChecksum(view, at);
    },
  },
  'extension header in units of eight': {
    check: eights,
    read: [
      extension.nextHeader,
      (view, at) => view.getUint8(at + extension.headerLength(view, at, Protocol.routing) - 1),
      routing.routingType,
      routing.segmentsLeft,
      (view, at) => {
        const count = routing.addressCount(view, at);
        if (count > 0) view.getInt32(routing.addressAt(at, count - 1) + 12);
      },
    ],
    mend: shortenUnits,
  },
  'authentication header': {
    check: ah,
    read: [extension.nextHeader, (view, at) => view.getUint8(at + extension.headerLength(view, at, Protocol.ah) - 1)],
    mend: shortenUnits,
  },
  option: {
    check: options.check,
    read: [
      options.type,
      options.dataLength,
      (view, at, end) => expect(at + options.size(view, at)).toBeLessThanOrEqual(end),
      (view, at) => {
        const type = options.type(view, at);
        if (type === options.Option.routerAlert) options.routerAlertValue(view, at);
        if (type === options.Option.jumboPayload) options.jumboPayloadLength(view, at);
        if (type === options.Option.tunnelEncapsulationLimit) options.tunnelEncapsulationLimit(view, at);
      },
    ],
    mend: (view, at, end) => {
      if (end > at) view.setUint8(at, [0, 1, 4, 5, 0xc2][view.getUint8(at) % 5] as number);
      if (end - at > 1) view.setUint8(at + 1, view.getUint8(at + 1) & 7);
    },
  },
  fragment: {
    check: fragment.check,
    read: [
      fragment.nextHeader,
      fragment.fragmentOffset,
      fragment.moreFragments,
      fragment.identification,
      fragment.isAtomic,
    ],
  },
  icmp6: {
    check: icmp6.check,
    read: [
      icmp6.isError,
      icmp6.mtu,
      icmp6.sequenceNumber,
      (view, at, end) => icmp6.verify(view, 0, at, end),
      (view, at, end) => icmp6.writeChecksum(view, 0, at, end),
    ],
  },
  icmp4: {
    check: icmp4.check,
    read: [icmp4.isError, icmp4.mtu, icmp4.gateway, icmp4.pointer, icmp4.verify, icmp4.writeChecksum],
  },
  udp: {
    check: udp.check,
    read: [
      udp.destinationPort,
      udp.checksum,
      (view, at) => udp.verify6(view, 0, at),
      (view, at) => udp.verify4(view, 20, at),
      (view, at) => udp.writeChecksum6(view, 0, at),
      (view, at) => udp.writeChecksum4(view, 20, at),
    ],
    mend: (view, at, end) => {
      if (end - at >= 8) udp.setLength(view, at, view.getUint8(at + 5) % (end - at + 2));
    },
  },
  tcp: {
    check: tcp.check,
    read: [
      tcp.urgentPointer,
      tcp.flags,
      (view, at) => view.getUint8(at + tcp.headerLength(view, at) - 1),
      (view, at, end) => tcp.verify6(view, 0, at, end),
      (view, at, end) => tcp.verify4(view, 20, at, end),
      (view, at, end) => tcp.writeChecksum6(view, 0, at, end),
      (view, at, end) => tcp.writeChecksum4(view, 20, at, end),
    ],
  },
};

describe.each(Object.entries(views))('%s', (_, { check, read, mend }) => {
  test('stays inside the packet', () => {
    let passed = 0;
    fc.assert(
      fc.property(anyBytes(96), fc.boolean(), (bytes, mended) => {
        const view = viewOf([...new Uint8Array(lead).fill(0x11), ...bytes]);
        const end = view.byteLength;
        if (mended) mend?.(view, lead, end);
        if (check(view, lead, end) !== 'ok') return;
        passed += 1;
        for (const accessor of read) accessor(view, lead, end);
      }),
      { numRuns: 1_000 },
    );
    expect(passed, 'packets that passed the check').toBeGreaterThan(20);
  });

  test('an end before the start is refused, not read', () => {
    const view = viewOf([]);
    for (const end of [0, -1, -100]) expect(check(view, 0, end)).not.toBe('ok');
  });
});
