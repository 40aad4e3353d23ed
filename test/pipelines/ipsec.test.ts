import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AssociationSpec } from '../../src/state/sadb/spec.ts';
import type { PolicyRequest } from '../../src/state/spd/policy.ts';
import {
  addressOf,
  bytesOf,
  echoRequest6,
  fragmentHeader,
  icmp6,
  ipv4,
  ipv6,
  payload,
  udp,
} from '../../src/testing/index.ts';
import * as v4 from '../../src/wire/ipv4.ts';
import * as v6 from '../../src/wire/ipv6.ts';
import {
  association,
  type Bed,
  ipsecBed,
  joinSites,
  keyOf,
  names,
  sentBytes,
  site,
  wire,
} from '../support/ipsec-bed.ts';
import { advance, prefixFrom } from '../support/testbed.ts';

const inner6 = (length = 64, hopLimit = 64): Uint8Array =>
  bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', hopLimit }), udp(), payload(length));
const inner4 = (length = 64, timeToLive = 64, dontFragment = false): Uint8Array =>
  bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.2.2', timeToLive, dontFragment }), udp(), payload(length));

describe('two sites and a tunnel between them', () => {
  test.each([
    [6, 6],
    [6, 4],
    [4, 6],
    [4, 4],
  ] as const)('IPv%i in IPv%i', (inner, outer) => {
    const bed = ipsecBed();
    joinSites(bed, { inner, outer });
    const made = inner === 6 ? inner6 : inner4;
    const [sent, ...others] = bed.left.receive(made(), site);
    expect(others).toEqual([]);
    expect(sent).toMatchObject({ outcome: 'sent', outInterface: wire, depth: 1 });
    const [arrived, ...more] = bed.right.receive(sentBytes(sent));
    expect(more).toEqual([]);
    expect(arrived).toMatchObject({ outcome: 'sent', outInterface: site });
    expect(arrived?.bytes).toEqual(made(64, 62));
    expect([bed.left.leaks, bed.right.leaks]).toEqual([0, 0]);
  });
});

const outcomes = (results: readonly { readonly outcome: string }[]): string[] => results.map(({ outcome }) => outcome);

describe("called once (INET'99 §3.3)", () => {
  test('a tunnel whose own packets match its policy encapsulates once', () => {
    const bed = ipsecBed();
    const { sadb, spd } = bed.left.node;
    sadb.add(association(0x1001, names.left[6], names.right[6], { mode: 'tunnel' }));
    const everywhere = prefixFrom('::/0');
    const [source, destination] = [addressOf(names.left[6]), addressOf(names.right[6])];
    const request = { protocol: 'esp', mode: 'tunnel', source, destination, level: 'require' } as const;
    spd.add({ direction: 'out', source: everywhere, destination: everywhere, action: 'protect', requests: [request] });
    const results = bed.left.receive(inner6(), site);
    expect(results).toMatchObject([{ outcome: 'sent', depth: 1 }]);
    // IPv6, ESP, IV, IPv6, UDP, 64 bytes, padding and trailer, ICV.
    expect(results[0]?.bytes.length).toBe(40 + 8 + 8 + 40 + 8 + 64 + 4 + 16);
    expect(sadb.list()[0]).toMatchObject({ packets: 1 });
  });

  test('Neighbor Discovery passes, whatever the policies say', () => {
    const bed = ipsecBed();
    bed.left.node.spd.rule({ out: 'discard', in: 'discard' });
    const advertisement = bytesOf(
      ipv6({ source: names.right[6], destination: names.left[6], hopLimit: 255 }),
      icmp6({ type: 136 }),
      payload(16),
    );
    expect(outcomes(bed.left.receive(advertisement))).not.toContain('discardedByPolicy');
    const ping = bytesOf(ipv6({ source: names.right[6], destination: names.left[6] }), echoRequest6());
    expect(outcomes(bed.left.receive(ping))).toEqual(['discardedByPolicy']);
  });
});

/** Hosts with policies of their own: the gateways speak to each other in transport mode. */
const hostsBed = (requests: readonly PolicyRequest[], specs: readonly AssociationSpec[]): Bed => {
  const bed = ipsecBed();
  const ends = { left: prefixFrom(`${names.left[6]}/128`), right: prefixFrom(`${names.right[6]}/128`) };
  for (const { node } of [bed.left, bed.right]) {
    for (const spec of specs) node.sadb.add(spec);
    const isLeft = node === bed.left.node;
    const [own, far] = isLeft ? [ends.left, ends.right] : [ends.right, ends.left];
    node.spd.add({ direction: 'out', source: own, destination: far, action: 'protect', requests });
    node.spd.add({ direction: 'in', source: far, destination: own, action: 'protect', requests });
  }
  return bed;
};

const both = (spi: number, more: Partial<AssociationSpec> = {}): AssociationSpec[] => [
  association(spi, names.left[6], names.right[6], more),
  association(spi + 1, names.right[6], names.left[6], more),
];
const ahKey = { protocol: 'ah', authentication: { algorithm: 'hmac-sha256-128', key: keyOf(32) } } as const;

describe('transport mode', () => {
  test.each([
    ['ESP', [['esp', both(0x100)]]],
    ['AH', [['ah', both(0x200, ahKey)]]],
    [
      'AH around ESP',
      [
        ['esp', both(0x100)],
        ['ah', both(0x200, ahKey)],
      ],
    ],
    [
      'ESP around IPComp',
      [
        ['ipcomp', both(0x300, { protocol: 'ipcomp' })],
        ['esp', both(0x100)],
      ],
    ],
    [
      'three of them',
      [
        ['ipcomp', both(0x300, { protocol: 'ipcomp' })],
        ['esp', both(0x100)],
        ['ah', both(0x200, ahKey)],
      ],
    ],
  ] as const)('%s: an echo and its reply, of every size', (_, parts) => {
    const requests = parts.map(([protocol]) => ({ protocol, mode: 'transport', level: 'require' }) as const);
    const bed = hostsBed(
      requests,
      parts.flatMap(([, specs]) => specs),
    );
    const ends = { source: names.left[6], destination: names.right[6] };
    const isCompressed = parts[0][0] === 'ipcomp';
    let heard = 0;
    bed.left.node.ports.listen(58, 129, ({ upper, end, view }) => {
      heard = end - upper - 8;
      expect(view.getUint8(end - 1)).toBe(heard === 0 ? 1 : 7);
    });
    // To us goes what is larger than a packet; what we say goes over a link of 1,500 bytes, in fragments.
    bed.left.node.interfaces.resize(wire, 9_000);
    for (const length of [0, 1, 56, 89, 200, 1_300, 1_440, 3_000]) {
      const [sent] = bed.left.receive(bytesOf(ipv6(ends), echoRequest6(), new Uint8Array(length).fill(7)), site);
      const results = bed.right.receive(sentBytes(sent)).filter(({ outcome }) => outcome === 'sent');
      expect(results.length).toBe(isCompressed ? 1 : Math.ceil((length + 100) / 1_500));
      for (const { bytes } of results) expect(bytes.length).toBeLessThanOrEqual(1_500);
      const back = results.flatMap(({ bytes }) => bed.left.receive(bytes));
      expect([outcomes(back).at(-1), heard]).toEqual(['delivered', length]);
    }
    expect([bed.left.pool.outstanding, bed.right.pool.outstanding]).toEqual([0, 0]);
  });
});

describe('headers of tunnels', () => {
  const through = (bytes: Uint8Array, options: Parameters<typeof joinSites>[1]): Uint8Array => {
    const bed = ipsecBed();
    joinSites(bed, options);
    return sentBytes(bed.left.receive(bytes, site)[0]);
  };

  test.each([
    ['copy', true, true],
    ['copy', false, false],
    ['set', false, true],
    ['clear', true, false],
  ] as const)("Don't Fragment: %s, inside %s", (dontFragment, inside, outside) => {
    const bytes = through(inner4(64, 64, inside), { inner: 4, outer: 4, spec: { dontFragment } });
    expect(v4.dontFragment(new DataView(bytes.buffer), 0)).toBe(outside);
  });

  test('code point and congestion mark are those inside, or the code point is a given one', () => {
    const marked = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', trafficClass: 0xb9 }), udp());
    expect(v6.trafficClass(new DataView(through(marked, {}).buffer), 0)).toBe(0xb9);
    expect(v6.trafficClass(new DataView(through(marked, { spec: { codePoint: 10 } }).buffer), 0)).toBe((10 << 2) | 1);
  });

  // RFC 6040 §4.2, figure 4: outer marks by inner ones.
  test.each([
    [0, [0, 0, 0, undefined]],
    [1, [1, 1, 1, 3]],
    [2, [2, 1, 2, 3]],
    [3, [3, 3, 3, 3]],
  ] as const)('congestion: inside %i', (inside, expected) => {
    const marks = [0, 1, 2, 3].map((outside) => {
      const bed = ipsecBed();
      joinSites(bed);
      const head = ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', trafficClass: inside });
      const bytes = sentBytes(bed.left.receive(bytesOf(head, udp()), site)[0]);
      bytes[1] = ((bytes[1] as number) & 0xcf) | (outside << 4);
      const [taken] = bed.right.receive(bytes);
      if (taken?.outcome !== 'sent') return undefined;
      return v6.trafficClass(new DataView(taken.bytes.buffer), 0);
    });
    expect(marks).toEqual(expected);
  });

  test('padding hides how long packets are', () => {
    const lengths = [0, 10, 500].map((length) => through(inner6(length), { spec: { padTo: 600 } }).length);
    expect(new Set(lengths).size).toBe(1);
  });
});

describe('packets that are too big for a tunnel', () => {
  const mtuOf = (bytes: Uint8Array): number => new DataView(bytes.buffer).getUint32(44);

  test('the sender is told what fits, and what fits then fits', () => {
    for (const algorithm of ['aes-gcm-16', 'aes-cbc'] as const) {
      const bed = ipsecBed();
      const isAead = algorithm === 'aes-gcm-16';
      const spec: Partial<AssociationSpec> = isAead
        ? {}
        : { encryption: { algorithm, key: keyOf(16) }, authentication: ahKey.authentication };
      joinSites(bed, { spec });
      const results = bed.left.receive(inner6(1_450), site);
      expect(outcomes(results)).toEqual(['sent', 'packetTooBig']);
      const mtu = mtuOf(sentBytes(results[0]));
      expect([mtu > 1_380, mtu < 1_450]).toEqual([true, true]);
      const [fits, ...others] = bed.left.receive(inner6(mtu - 48), site);
      expect([fits?.outcome, others.length, (fits?.bytes.length ?? 0) <= 1_500]).toEqual(['sent', 0, true]);
      expect(outcomes(bed.left.receive(inner6(mtu - 47), site))).toContain('packetTooBig');
    }
  });

  test('what every link carries is carried, in fragments if need be', () => {
    const bed = ipsecBed();
    joinSites(bed);
    bed.left.node.interfaces.resize(wire, 1_280);
    const sent = bed.left.receive(inner6(1_280 - 48), site);
    expect(outcomes(sent)).toEqual(['sent', 'sent']);
    const taken = sent.flatMap(({ bytes }) => bed.right.receive(bytes));
    expect(taken.at(-1)?.bytes).toEqual(inner6(1_280 - 48, 62));
  });

  test('IPv4 that may be cut is cut outside, and put together before it is opened', () => {
    const bed = ipsecBed();
    joinSites(bed, { inner: 4, outer: 4 });
    const sent = bed.left.receive(inner4(1_460), site);
    expect(outcomes(sent)).toEqual(['sent', 'sent']);
    const taken = sent.flatMap(({ bytes }) => bed.right.receive(bytes));
    expect(taken.at(-1)?.bytes).toEqual(inner4(1_460, 62));
  });

  test('a Packet Too Big about the tunnel lowers what its users are told', () => {
    const bed = ipsecBed();
    joinSites(bed);
    const [big] = bed.left.receive(inner6(1_300), site);
    const told = bytesOf(
      ipv6({ source: 'fd00:ff::77', destination: names.left[6] }),
      icmp6({ type: 2, parameter: 1_400 }),
      sentBytes(big).subarray(0, 1_232),
    );
    expect(outcomes(bed.left.receive(told))).toEqual(['delivered']);
    const results = bed.left.receive(inner6(1_300), site);
    expect(outcomes(results)).toEqual(['sent', 'packetTooBig']);
    expect(mtuOf(sentBytes(results[0]))).toBeLessThan(1_340);
  });

  test('one about an SPI that is not ours is made up', () => {
    const bed = ipsecBed();
    joinSites(bed);
    const [big] = bed.left.receive(inner6(1_300), site);
    const quote = sentBytes(big).slice(0, 1_232);
    quote[43] = 0x77;
    const told = bytesOf(
      ipv6({ source: 'fd00:ff::77', destination: names.left[6] }),
      icmp6({ type: 2, parameter: 1_400 }),
      quote,
    );
    expect(outcomes(bed.left.receive(told))).toEqual(['quoteDisowned']);
  });
});

test('an error about a packet from a tunnel goes back through the tunnel, and is admitted there (RFC 4301 §6.2)', () => {
  const bed = ipsecBed();
  joinSites(bed);
  const [sent] = bed.left.receive(inner6(64, 2), site);
  const results = bed.right.receive(sentBytes(sent));
  expect(outcomes(results)).toEqual(['sent', 'hopLimitExceeded']);
  const error = results[0];
  expect([error?.outInterface, error?.bytes[6], error?.depth]).toEqual([wire, 50, 1]);
  const taken = bed.left.receive(sentBytes(error));
  expect(taken).toMatchObject([{ outcome: 'sent', outInterface: site }]);
  expect([taken[0]?.bytes[6], taken[0]?.bytes[40]]).toEqual([58, 3]);
});

describe('levels', () => {
  const oneWay = (level: PolicyRequest['level'], reqid?: number): string => {
    const bed = ipsecBed();
    const { sadb, spd } = bed.left.node;
    const everywhere = prefixFrom('::/0');
    sadb.add(association(0x500, 'fd00:a::2', 'fd00:b::2', { reqid: 5 }));
    const request = { protocol: 'esp', mode: 'transport', level, reqid } as const;
    spd.add({ direction: 'out', source: everywhere, destination: everywhere, action: 'protect', requests: [request] });
    const [sent] = bed.left.receive(inner6(), site);
    return sent?.outcome === 'sent' && sent.bytes[6] === 50 ? 'protected' : 'not';
  };

  test('unique wants its own association', () => {
    expect([oneWay('unique', 5), oneWay('unique', 6), oneWay('require')]).toEqual(['protected', 'not', 'protected']);
  });

  // In KAME AH at level default was always "use", for a case fell through.
  test('default is what the node is set to, for AH as for ESP', () => {
    for (const protocol of ['ah', 'esp', 'ipcomp'] as const) {
      const bed = ipsecBed();
      bed.left.node.spd.rule({ defaultLevel: 'require' });
      const everywhere = prefixFrom('::/0');
      const request = { protocol, mode: 'transport', level: 'default' } as const;
      bed.left.node.spd.add({
        direction: 'out',
        source: everywhere,
        destination: everywhere,
        action: 'protect',
        requests: [request],
      });
      expect(outcomes(bed.left.receive(inner6(), site))).toContain('noAssociation');
    }
  });

  test('use lets packets pass in clear as long as there is none', () => {
    const bed = ipsecBed();
    const everywhere = prefixFrom('::/0');
    const request = { protocol: 'esp', mode: 'transport', level: 'use' } as const;
    for (const direction of ['in', 'out'] as const) {
      bed.left.node.spd.add({
        direction,
        source: everywhere,
        destination: everywhere,
        action: 'protect',
        requests: [request],
      });
    }
    const [sent] = bed.left.receive(inner6(), site);
    expect([sent?.outcome, sent?.bytes[6]]).toEqual(['sent', 17]);
  });
});

test('with level require nothing leaves in clear, whatever happens to associations', () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant('add' as const), spi: fc.integer({ min: 0x1000, max: 0x1003 }), life: fc.nat(3) }),
    fc.record({ type: fc.constant('delete' as const), spi: fc.integer({ min: 0x1000, max: 0x1003 }) }),
    fc.record({ type: fc.constant('flush' as const) }),
    fc.record({ type: fc.constant('wait' as const), time: fc.integer({ min: 1, max: 2_000 }) }),
    fc.record({ type: fc.constant('send' as const), length: fc.nat(1_300) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const bed = ipsecBed();
      joinSites(bed);
      const { sadb } = bed.left.node;
      for (const each of steps) {
        const spec = association('spi' in each ? each.spi : 0x1000, names.left[6], names.right[6], { mode: 'tunnel' });
        if (each.type === 'add' && sadb.get(spec) === undefined) {
          sadb.add({ ...spec, hard: { seconds: each.life + 1, packets: 3 }, soft: { packets: 2 } });
        } else if (each.type === 'delete') sadb.delete(spec);
        else if (each.type === 'flush') sadb.flush();
        else if (each.type === 'wait') advance(bed.clock, each.time);
        else if (each.type === 'send') bed.left.receive(inner6(each.length), site);
      }
      for (const { outInterface, outcome, bytes } of bed.left.results) {
        if (outcome === 'sent' && outInterface === wire) expect(bytes[6]).toBe(50);
      }
      expect(bed.left.leaks).toBe(0);
      bed.left.close();
      bed.right.close();
    }),
    { numRuns: 60 },
  );
});

test('when associations are exchanged under load no packet is lost, and none comes twice', () => {
  const bed = ipsecBed();
  joinSites(bed);
  const taken: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    const spec = association(0x2000 + round, names.left[6], names.right[6], { mode: 'tunnel', hard: { packets: 30 } });
    // The receiver first, as who negotiates keys does it.
    bed.right.node.sadb.add(spec);
    bed.left.node.sadb.add(spec);
    for (let i = 0; i < 25; i += 1) {
      const [sent] = bed.left.receive(inner6(round * 25 + i), site);
      for (const { outcome, bytes } of bed.right.receive(sentBytes(sent))) {
        taken.push(`${outcome} ${bytes.length}`);
      }
    }
    if (round > 0) for (const { node } of [bed.left, bed.right]) node.sadb.delete({ ...spec, spi: 0x1fff + round });
  }
  expect(taken).toEqual(Array.from({ length: 250 }, (_, i) => `sent ${48 + i}`));
});

test('fragments in clear do not become part of a packet from a tunnel (RFC 4301 §7.4)', () => {
  const bed = ipsecBed();
  joinSites(bed);
  const us = { source: 'fd00:a::2', destination: 'fd00:b::1' };
  const first = bytesOf(ipv6(us), fragmentHeader({ more: true, identification: 9 }), echoRequest6(), payload(8));
  const rest = bytesOf(ipv6({ ...us, nextHeader: 44 }), Uint8Array.of(58, 0, 0, 16, 0, 0, 0, 9), payload(8));
  const [sent] = bed.left.receive(first, site);
  bed.right.receive(sentBytes(sent));
  expect(outcomes(bed.right.receive(rest))).toEqual([]);
  expect(bed.right.node.reassembly.size).toBe(2);
});

describe('keepalives (RFC 3948 §4)', () => {
  test.each([4, 6] as const)(
    'by IPv%i: when an association has sent nothing for so long, until it is gone',
    (outer) => {
      const bed = ipsecBed();
      const encapsulation = { sourcePort: 4500, destinationPort: 4501 };
      joinSites(bed, { outer, spec: { encapsulation, keepalive: 20 } });
      const { sadb } = bed.left.node;
      sadb.delete(association(0x1002, names.right[outer], names.left[outer]));
      advance(bed.clock, 19_000);
      bed.left.receive(inner6(), site);
      advance(bed.clock, 1_000);
      expect(bed.left.results.length).toBe(1);
      advance(bed.clock, 20_000);
      const [, keepalive] = bed.left.results;
      const header = outer === 6 ? 40 : 20;
      expect([keepalive?.outcome, keepalive?.outInterface, keepalive?.bytes.length]).toEqual([
        'sent',
        wire,
        header + 9,
      ]);
      expect(Buffer.from(sentBytes(keepalive).subarray(header, header + 6)).toString('hex')).toBe('119411950009');
      sadb.flush();
      advance(bed.clock, 60_000);
      expect(bed.left.results.length).toBe(2);
      expect(bed.left.leaks).toBe(0);
      bed.left.close();
    },
  );
});
