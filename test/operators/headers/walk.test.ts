/** Properties of the walk over extension headers, whatever the bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extensionHeadersStep, hopByHopStep } from '../../../src/operators/extension-headers.ts';
import {
  defaultHeaders,
  type HeaderHandler,
  type HeaderLimits,
  headerLimitDefaults,
  passOver,
} from '../../../src/operators/headers/index.ts';
import { type Packet, Status } from '../../../src/packet/index.ts';
import {
  bytesOf,
  destinationOptions,
  extensionHeader,
  fragmentHeader,
  hopByHop,
  ipv6,
  joinBytes,
  type Layer,
  option,
  pad1,
  padN,
  payload,
  routing,
  udp,
} from '../../../src/testing/index.ts';
import { outcomeOf, received } from '../../support/testbed.ts';

const ip = ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' });

const anOption = fc.oneof(
  fc.constant(pad1()),
  fc.integer({ min: 2, max: 12 }).map(padN),
  fc.nat(5).map((length) => option(1, payload(length))),
  fc.tuple(fc.nat(255), fc.nat(20)).map(([type, length]) => option(type, payload(length))),
  fc.tuple(fc.constantFrom(0x1e, 5, 4), fc.nat(6)).map(([type, length]) => option(type, payload(length))),
);
const options = fc.array(anOption, { maxLength: 12 });

const header: fc.Arbitrary<Layer> = fc.oneof(
  options.map((list) => destinationOptions(...list)),
  options.map((list) => hopByHop(...list)),
  fc
    .record({ routingType: fc.nat(5), segmentsLeft: fc.nat(1), data: fc.nat(4).map((units) => payload(units * 8)) })
    .map(routing),
  fc.constant(fragmentHeader()),
  fc.constant(fragmentHeader({ more: true })),
  fc.nat(255).map((protocol) => extensionHeader(protocol)),
);
const chain = fc.array(header, { maxLength: 24, size: 'max' });

/** Packets with a chain of headers, some cut off, some with a few bytes changed; the payload length is kept right. */
const packetBytes = fc
  .tuple(chain, fc.option(fc.nat(400)), fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 3 }))
  .map(([layers, cut, edits]) => {
    const bytes = bytesOf(ip, ...layers, udp()).slice(0, cut === null ? undefined : 40 + cut);
    for (const [at, value] of edits) if (40 + at < bytes.length) bytes[40 + at] = value;
    new DataView(bytes.buffer).setUint16(4, bytes.length - 40);
    return bytes;
  });

const someLimits: fc.Arbitrary<Required<HeaderLimits>> = fc.record({
  headers: fc.nat(20),
  chainBytes: fc.nat(300),
  headerBytes: fc.constantFrom(8, 16, 64, 2_048),
  options: fc.nat(10),
  optionBytes: fc.constantFrom(0, 4, 255),
  padding: fc.nat(12),
  zeroPadding: fc.boolean(),
  unknownOptions: fc.boolean(),
});

/** No limit at all. */
const unlimited: Required<HeaderLimits> = {
  headers: 10_000,
  chainBytes: 70_000,
  headerBytes: 2_048,
  options: 2_048,
  optionBytes: 255,
  padding: 2_048,
  zeroPadding: false,
  unknownOptions: true,
};

const runs = { numRuns: 2_000 };

describe('the walk', () => {
  it('gets on with every turn, or ends; it takes no more turns than there may be headers', () => {
    fc.assert(
      fc.property(packetBytes, someLimits, (bytes, limits) => {
        const turns: (readonly [from: number, to: number])[] = [];
        const watched = defaultHeaders.map(
          (handler): HeaderHandler => ({
            ...handler,
            step: (packet, walk) => {
              const from = packet.upper;
              handler.step(packet, walk);
              turns.push([from, packet.upper]);
            },
          }),
        );
        const packet = received(bytes);
        extensionHeadersStep({ headers: watched, limits })(packet);
        expect(turns.length).toBeLessThanOrEqual(limits.headers);
        for (const [from, to] of turns.slice(0, -1)) expect(to).toBeGreaterThanOrEqual(from + 8);
      }),
      runs,
    );
  });

  it('ends, and gets on with every turn but the last, whatever handlers do', () => {
    const jump = fc.integer({ min: -64, max: 64 });
    fc.assert(
      fc.property(packetBytes, fc.array(jump, { minLength: 1 }), (bytes, jumps) => {
        let turns = 0;
        const offsets: number[] = [];
        const wild = Array.from(
          { length: 256 },
          (_, protocol): HeaderHandler => ({
            protocol,
            name: 'Wild',
            step: (packet) => {
              offsets.push(packet.upper);
              const next = packet.upper + (jumps[turns % jumps.length] as number);
              turns += 1;
              if (packet.upper < packet.end && next < packet.end) passOver(packet, next);
            },
          }),
        );
        extensionHeadersStep({ headers: wild, limits: unlimited })(received(bytes));
        for (let i = 1; i < offsets.length; i += 1) expect(offsets[i]).toBeGreaterThan(offsets[i - 1] as number);
      }),
      runs,
    );
  });

  it('reads nothing outside the packet: there a slab ends, and a read throws', () => {
    const walkers = [hopByHopStep(), extensionHeadersStep(), hopByHopStep({ limits: unlimited })];
    walkers.push(extensionHeadersStep({ limits: unlimited }));
    fc.assert(
      fc.property(packetBytes, fc.constantFrom(...walkers), (bytes, walk) => {
        const packet = received(bytes);
        if (packet.status !== Status.inFlight) return; // by decode: a jumbogram
        expect(packet.bytes.length).toBe(packet.end);
        walk(packet);
        expect(packet.upper).toBeLessThanOrEqual(packet.end);
        expect(packet.upper).toBeGreaterThanOrEqual(packet.start + 40);
        expect(packet.dropParameter).toBeLessThanOrEqual(packet.length);
      }),
      runs,
    );
  });

  it('changes no byte', () => {
    fc.assert(
      fc.property(packetBytes, (bytes) => {
        const packet = received(bytes);
        extensionHeadersStep()(packet);
        expect(packet.bytes.slice(packet.start, packet.start + bytes.length)).toEqual(bytes);
      }),
    );
  });
});

/** What the headers that were passed over have come to, counted apart from the walk. */
const sizesOf = (packet: Packet): { headers: number; bytes: number; lists: Uint8Array[][] } => {
  const lists: Uint8Array[][] = [];
  let at = packet.start + 40;
  let protocol = packet.bytes[packet.start + 6] as number;
  let headers = 0;
  while (at < packet.upper) {
    const length = protocol === 44 ? 8 : ((packet.bytes[at + 1] as number) + 1) * 8;
    if (protocol === 0 || protocol === 60) lists.push(optionsIn(packet.bytes.slice(at + 2, at + length)));
    protocol = packet.bytes[at] as number;
    at += length;
    headers += 1;
  }
  return { headers, bytes: at - packet.start - 40, lists };
};

const optionsIn = ([...rest]: Iterable<number>): Uint8Array[] => {
  const list: Uint8Array[] = [];
  while (rest.length > 0) list.push(Uint8Array.from(rest.splice(0, rest[0] === 0 ? 1 : 2 + (rest[1] as number))));
  return list;
};

/** The longest row of padding. */
const paddingIn = (list: readonly Uint8Array[]): number => {
  let row = 0;
  return Math.max(0, ...list.map((each) => (row = (each[0] as number) < 2 ? row + each.length : 0)));
};

describe('limits', () => {
  /** The limit that each reason speaks of. */
  const limitOf: Readonly<Record<string, keyof HeaderLimits>> = {
    tooManyHeaders: 'headers',
    chainTooLong: 'chainBytes',
    headerTooBig: 'headerBytes',
    tooManyOptions: 'options',
    optionTooBig: 'optionBytes',
    paddingTooLong: 'padding',
    paddingNotZero: 'zeroPadding',
  };

  it('hold for every packet that is let pass', () => {
    let passed = 0;
    fc.assert(
      fc.property(packetBytes, someLimits, (bytes, limits) => {
        const packet = received(bytes);
        extensionHeadersStep({ limits })(packet);
        if (packet.status !== Status.inFlight) return;
        const { headers, bytes: length, lists } = sizesOf(packet);
        if (headers > 0) passed += 1;
        expect(headers).toBeLessThanOrEqual(limits.headers);
        expect(length).toBeLessThanOrEqual(limits.chainBytes);
        for (const list of lists) {
          const real = list.filter(([type]) => (type as number) > 1);
          expect(2 + joinBytes(...list).length).toBeLessThanOrEqual(limits.headerBytes);
          expect(real.length).toBeLessThanOrEqual(limits.options);
          for (const each of real) expect(each.length - 2).toBeLessThanOrEqual(limits.optionBytes);
          expect(paddingIn(list)).toBeLessThanOrEqual(limits.padding);
          const padding = list.filter(([type]) => type === 1);
          if (limits.zeroPadding)
            for (const each of padding) expect([...each.slice(2)].every((byte) => byte === 0)).toBe(true);
          if (!limits.unknownOptions) for (const [type] of real) expect([4, 5]).toContain(type);
        }
      }),
      { numRuns: 10_000 },
    );
    expect(passed, 'packets that passed with headers').toBeGreaterThan(50);
  });

  it('are each the whole reason for a refusal that names it', () => {
    const named = new Set<string>();
    fc.assert(
      fc.property(packetBytes, someLimits, (bytes, limits) => {
        const first = received(bytes);
        extensionHeadersStep({ limits })(first);
        const outcome = outcomeOf(first);
        const limit = limitOf[outcome];
        if (limit === undefined) return;
        named.add(outcome);
        const second = received(bytes);
        extensionHeadersStep({ limits: { ...limits, [limit]: unlimited[limit] } })(second);
        expect(outcomeOf(second)).not.toBe(outcome);
      }),
      { numRuns: 10_000 },
    );
    expect([...named].toSorted()).toEqual(Object.keys(limitOf).toSorted());
  });

  it('are no reason for a node on the way to refuse, none of them', () => {
    fc.assert(
      fc.property(packetBytes, someLimits, (bytes, limits) => {
        const packet = received(bytes);
        hopByHopStep({ limits })(packet);
        expect(Object.keys(limitOf)).not.toContain(outcomeOf(packet));
      }),
      runs,
    );
  });

  it('have defaults that RFC 8504 §5.3 and KAME give', () => {
    expect(headerLimitDefaults).toEqual({
      headers: 15,
      chainBytes: 2_048,
      headerBytes: 2_048,
      options: 8,
      optionBytes: 255,
      padding: 7,
      zeroPadding: true,
      unknownOptions: true,
    });
  });
});
