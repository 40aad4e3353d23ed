/** Tunnels in the default router: into one, through it, out of it again. */
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  bytesOf,
  destinationOptions,
  echoRequest6,
  type Ipv4Fields,
  type Ipv6Fields,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  type Layer,
  option,
  packetOf,
  payload,
  udp,
} from '../../src/testing/index.ts';
import * as v4 from '../../src/wire/ipv4.ts';
import * as v6 from '../../src/wire/ipv6.ts';
import { type Outcome, runLine } from '../support/router.ts';
import { a, advance, b, prefixFrom, type Testbed, testbed } from '../support/testbed.ts';
import { type AddTunnelOptions, addTunnel, namesOn } from '../support/tunnels.ts';

/** The first tunnel's interface. */
const t = 5;

const bedWith = (options: Partial<AddTunnelOptions> & Pick<AddTunnelOptions, 'local' | 'remote'>): Testbed => {
  const bed = testbed();
  addTunnel(bed.node, 'tun', { routes: ['2001:db8:7::/48', '172.16.0.0/12'], ...options });
  return bed;
};

/** Runs packets that came in by an interface; books must balance, slabs be back. */
const run = (bed: Testbed, inInterface: number, ...packets: readonly Uint8Array[]): Outcome[] => {
  const outcomes = runLine(bed, of(...packets.map((bytes) => packetOf(bytes, { inInterface, pool: bed.pool }))));
  expect(bed.pool.outstanding).toBe(0);
  expect(bed.node.counters.balance()).toMatchObject({ held: 0 });
  return outcomes;
};

const told = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map(({ inInterface, outInterface, outcome }) => `${inInterface}>${outInterface} ${outcome}`);

const viewOf = ({ bytes }: Pick<Outcome, 'bytes'>): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

const six = (fields: Partial<Ipv6Fields> = {}): Layer =>
  ipv6({ source: 'fd00:a::2', destination: '2001:db8:7::1', ...fields });
const four = (fields: Partial<Ipv4Fields> = {}): Layer =>
  ipv4({ source: '10.0.1.2', destination: '172.16.0.1', ...fields });

/** A packet as the content of another one. */
const raw =
  (protocol: number, bytes: Uint8Array): Layer =>
  () => ({ bytes, protocol });

const ends4 = { local: '10.0.2.1', remote: '10.0.2.2' };
const ends6 = { local: 'fd00:b::1', remote: 'fd00:b::2' };
const outer4 = { source: '10.0.2.2', destination: '10.0.2.1' };
const outer6 = { source: 'fd00:b::2', destination: 'fd00:b::1' };

describe('into a tunnel', () => {
  const inner = { 6: bytesOf(six(), udp(), payload(40)), 4: bytesOf(four(), udp(), payload(40)) };
  const afterHop = {
    6: bytesOf(six({ hopLimit: 63 }), udp(), payload(40)),
    4: bytesOf(four({ timeToLive: 63 }), udp(), payload(40)),
  };

  it.each([
    { name: '6in4', within: 6, ends: ends4, header: 20, next: 41 },
    { name: '4in4', within: 4, ends: ends4, header: 20, next: 4 },
    { name: '6in6', within: 6, ends: ends6, header: 48, next: 41 },
    { name: '4in6', within: 4, ends: ends6, header: 48, next: 4 },
  ] as const)('$name: an outer header, and the packet as it was', ({ within, ends, header, next }) => {
    const bed = bedWith(ends);
    const [sent] = run(bed, a, inner[within]) as [Outcome];
    expect(told([sent])).toEqual([`${a}>${b} sent`]);
    const view = viewOf(sent);
    expect(sent.bytes.slice(header)).toEqual(afterHop[within]);
    if (ends === ends4) {
      expect(v4.check(view, 0, sent.bytes.length)).toBe('ok');
      expect([v4.timeToLive(view, 0), v4.protocol(view, 0), v4.dontFragment(view, 0)]).toEqual([
        64,
        next,
        within === 6,
      ]);
      return;
    }
    expect(v6.check(view, 0, sent.bytes.length)).toBe('ok');
    expect([v6.hopLimit(view, 0), v6.nextHeader(view, 0)]).toEqual([64, 60]);
    // RFC 2473 §4.1.1: the option with limit 4, padded
    expect([...sent.bytes.slice(40, 48)]).toEqual([next, 0, 4, 1, 4, 1, 1, 0]);
  });

  it('without a limit the IPv6 header is all there is', () => {
    const [sent] = run(bedWith({ ...ends6, encapsulationLimit: 'none' }), a, inner[6]) as [Outcome];
    expect([v6.nextHeader(viewOf(sent), 0), sent.bytes.slice(40)]).toEqual([41, afterHop[6]]);
  });

  it('counts the packet once, on every interface that it passes', () => {
    const bed = bedWith(ends4);
    run(bed, a, inner[6]);
    const { counters } = bed.node;
    expect(counters.balance()).toMatchObject({ received: 1, sent: 1, originated: 0, copied: 0 });
    expect([counters.get(t, 'outTransmits', 6), counters.get(t, 'outOctets', 6)]).toEqual([1, inner[6].length]);
    expect([counters.get(t, 'outForwDatagrams', 6), counters.get(b, 'outRequests', 4)]).toEqual([1, 1]);
    expect([counters.get(b, 'outTransmits', 4), counters.get(b, 'outForwDatagrams', 4)]).toEqual([1, 0]);
  });

  it('what we say ourselves, too', () => {
    const bed = bedWith(ends4);
    const ping = bytesOf(six({ source: '2001:db8:7::9', destination: 'fd00:a::1' }), echoRequest6());
    const outcomes = run(bed, b, bytesOf(ipv4(outer4), raw(41, ping)));
    expect(told(outcomes)).toEqual([`${t}>0 delivered`, `0>${b} sent`]);
    expect(v4.protocol(viewOf(outcomes[1] as Outcome), 0)).toBe(41);
  });
});

describe('out of a tunnel', () => {
  const toA = bytesOf(six({ source: '2001:db8:7::1', destination: 'fd00:a::2' }), udp(), payload(9));
  const toA4 = bytesOf(four({ source: '172.16.0.1', destination: '10.0.1.2' }), udp(), payload(9));

  it.each([
    { name: '6in4', ends: ends4, around: ipv4(outer4), protocol: 41, within: toA },
    { name: '4in4', ends: ends4, around: ipv4(outer4), protocol: 4, within: toA4 },
    { name: '6in6', ends: ends6, around: ipv6(outer6), protocol: 41, within: toA },
    { name: '4in6', ends: ends6, around: ipv6(outer6), protocol: 4, within: toA4 },
  ])('$name: what was inside, a hop further', ({ ends, around, protocol, within }) => {
    const bed = bedWith(ends);
    const [sent] = run(bed, b, bytesOf(around, raw(protocol, within))) as [Outcome];
    expect(told([sent])).toEqual([`${t}>${a} sent`]);
    expect(sent.bytes.length).toBe(within.length);
    const { counters } = bed.node;
    const family = within === toA ? 6 : 4;
    expect(counters.balance()).toMatchObject({ received: 1, sent: 1 });
    expect([counters.get(t, 'inReceives', family), counters.get(t, 'inForwDatagrams', family)]).toEqual([1, 1]);
    expect([counters.get(b, 'inReceives'), counters.get(b, 'inDelivers')]).toEqual([1, 1]);
  });

  it('an encapsulation limit before it is passed over', () => {
    const limited = bytesOf(ipv6(outer6), destinationOptions(option(4, Uint8Array.of(3))), raw(41, toA));
    expect(told(run(bedWith(ends6), b, limited))).toEqual([`${t}>${a} sent`]);
  });

  it.each([
    ['another source', bytesOf(ipv4({ ...outer4, source: '10.0.2.9' }), raw(41, toA)), `${b}>0 unknownProtocol`],
    ['the other IP version', bytesOf(ipv4(outer4), raw(41, toA4)), `${t}>0 tunnelVersion`],
    ['nothing', bytesOf(ipv4(outer4), raw(41, payload(0))), `${t}>0 empty`],
    ['a piece of a header', bytesOf(ipv4(outer4), raw(41, toA.slice(0, 39))), `${t}>0 truncated`],
    ['by another interface', bytesOf(ipv4(outer4), raw(41, toA)), `${a}>0 ingressFiltered`, a],
    [
      'from a compatible address',
      bytesOf(ipv4(outer4), raw(41, bytesOf(six({ source: '::192.0.2.1', destination: 'fd00:a::2' }), udp()))),
      `${t}>0 compatibleSource`,
    ],
    [
      'from a group',
      bytesOf(ipv4(outer4), raw(41, bytesOf(six({ source: 'ff02::1', destination: 'fd00:a::2' }), udp()))),
      `${t}>0 multicastSource`,
    ],
    [
      'for the tunnel itself',
      bytesOf(ipv4(outer4), raw(41, bytesOf(six({ source: 'fd00:9::1' }), udp()))),
      `${t}>${t} pointToPointReturn`,
    ],
  ])('%s: is refused', (_, bytes, expected, inInterface = b) => {
    const outcomes = run(bedWith(ends4), inInterface as number, bytes as Uint8Array);
    expect(told(outcomes).filter((each) => !each.startsWith('0>'))).toEqual([expected]);
  });

  it('the ingress filter can be taken out', () => {
    const bed = bedWith({ ...ends4, ingressFilter: false });
    expect(
      told(run(bed, a, bytesOf(ipv4(outer4), raw(41, bytesOf(six({ destination: 'fd00:b::2' }), udp()))))),
    ).toEqual([`${t}>${b} sent`]);
  });

  it('a packet in many packets comes out of no more than the limit', () => {
    const bed = bedWith({ ...ends4, ingressFilter: false });
    let bytes = toA;
    for (let i = 0; i < 6; i += 1) bytes = bytesOf(ipv4(outer4), raw(i === 0 ? 41 : 4, bytes));
    expect(told(run(bed, b, bytes))).toEqual([`${t}>0 tooManyDecapsulations`]);
  });
});

describe('what does not fit', () => {
  const big = bytesOf(six(), udp(), payload(1_450));
  const big4 = bytesOf(four(), udp(), payload(1_450));
  const big4whole = bytesOf(four({ dontFragment: true }), udp(), payload(1_450));

  /** Type, code and MTU of an error. */
  const errorIn = ({ bytes }: Outcome): number[] => {
    const at = (bytes[0] as number) >> 4 === 6 ? 40 : 20;
    const view = viewOf({ bytes });
    return [view.getUint8(at), view.getUint8(at + 1), at === 40 ? view.getUint32(at + 4) : view.getUint16(at + 6)];
  };

  it.each([
    ['IPv6 in IPv4: what the link carries, less a header', ends4, big, [2, 0, 1_380]],
    ['IPv6 in IPv6, the limit counted', ends6, big, [2, 0, 1_352]],
    ['IPv4 in IPv4', ends4, big4whole, [3, 4, 1_380]],
    ['IPv4 in IPv6', ends6, big4whole, [3, 4, 1_352]],
  ] as const)('is too big for the tunnel: %s', (_, ends, bytes, error) => {
    const outcomes = run(bedWith(ends), a, bytes);
    expect(told(outcomes)).toEqual([`0>${a} sent`, `${a}>${t} packetTooBig`]);
    expect(errorIn(outcomes[0] as Outcome)).toEqual(error);
  });

  it('in IPv4 an IPv4 packet is cut before it goes in, in IPv6 the outer packet is (RFC 2473 §7.2)', () => {
    const within = run(bedWith(ends4), a, big4);
    expect(
      within.map(({ bytes }) => [v4.protocol(viewOf({ bytes }), 0), v4.moreFragments(viewOf({ bytes }), 0)]),
    ).toEqual([
      [4, false],
      [4, false],
    ]);
    const outside = run(bedWith(ends6), a, big4);
    expect(outside.map(({ bytes }) => [v6.nextHeader(viewOf({ bytes }), 0), bytes.length <= 1_400])).toEqual([
      [44, true],
      [44, true],
    ]);
  });

  it('with a fixed MTU outer packets are cut (RFC 4213 §3.2.1), and put together again', () => {
    const bed = bedWith({ ...ends4, mtu: 1_500 });
    const pieces = run(bed, a, big);
    expect(told(pieces)).toEqual([`${a}>${b} sent`, `${a}>${b} sent`]);
    expect(bed.node.counters.balance()).toMatchObject({ received: 1, copied: 1, sent: 2 });
    const other = testbed();
    addTunnel(other.node, 'tun', { local: '10.0.2.2', remote: '10.0.2.1', ingressFilter: false });
    other.node.addresses.add({ interfaceIndex: b, address: addressOf('10.0.2.2'), prefixLength: 32 });
    other.node.routes.add({ to: prefixFrom('2001:db8:7::/48'), interfaceIndex: a });
    const [whole] = run(other, b, ...pieces.map(({ bytes }) => bytes)) as [Outcome];
    expect([whole.inInterface, whole.bytes.length]).toEqual([t, 1_498]);
    expect(other.node.counters.balance()).toMatchObject({ received: 2, merged: 1, sent: 1 });
  });

  it('a path that carries less than 1,300 bytes gets fragments, not smaller packets (RFC 4213 §3.2.2)', () => {
    const bed = bedWith(ends4);
    bed.node.interfaces.resize(b, 1_000);
    const [first] = run(bed, a, bytesOf(six(), udp(), payload(1_100))) as [Outcome];
    expect([v4.dontFragment(viewOf(first), 0), v4.moreFragments(viewOf(first), 0)]).toEqual([false, true]);
    expect(bed.node.interfaces.table.mtu[t]).toBe(1_280);
  });
});

describe('an error about an outer packet', () => {
  /** What went into the tunnel, quoted by a router on its way. */
  const quoteOf = (bed: Testbed, bytes: Uint8Array): Uint8Array => (run(bed, a, bytes)[0] as Outcome).bytes;
  const inner = bytesOf(six(), udp(), payload(1_300));
  const inner4 = bytesOf(four({ dontFragment: true }), udp(), payload(1_300));
  const about6 = (type: number, code: number, parameter: number, quote: Uint8Array): Uint8Array =>
    bytesOf(ipv6({ source: 'fd00:b::9', destination: 'fd00:b::1' }), icmp6({ type, code, parameter }), quote);
  const about4 = (type: number, code: number, parameter: number, quote: Uint8Array): Uint8Array =>
    bytesOf(ipv4({ source: '10.0.2.9', destination: '10.0.2.1' }), icmp4({ type, code, parameter }), quote);

  /** Type, code, parameter and the quoted packet of what is told to the sender inside. */
  const toldTo = (outcomes: readonly Outcome[]): unknown => {
    const own = outcomes.find(({ inInterface }) => inInterface === 0);
    if (own === undefined) return 'nothing';
    const at = (own.bytes[0] as number) >> 4 === 6 ? 40 : 20;
    const view = viewOf(own);
    return [own.outInterface, view.getUint8(at), view.getUint8(at + 1), view.getUint32(at + 4)];
  };

  it.each([
    ['too big, IPv6 in IPv6', ends6, about6, [2, 0, 1_340], inner, [a, 2, 0, 1_292]],
    ['too big, IPv6 in IPv4', ends4, about4, [3, 4, 1_320], inner, [a, 2, 0, 1_300]],
    ['too big, IPv4 in IPv6', ends6, about6, [2, 0, 1_340], inner4, [a, 3, 4, 1_292]],
    ['never below 1,280', ends4, about4, [3, 4, 600], inner, [a, 2, 0, 1_280]],
    ['unreachable, IPv6 in IPv6', ends6, about6, [1, 0, 0], inner, [a, 1, 3, 0]],
    ['hop limit exceeded, IPv6 in IPv6', ends6, about6, [3, 0, 0], inner, [a, 1, 3, 0]],
    ['encapsulation limit', ends6, about6, [4, 0, 44], inner, [a, 1, 3, 0]],
    ['a parameter problem of ours alone', ends6, about6, [4, 0, 6], inner, 'nothing'],
    ['unreachable, IPv6 in IPv4', ends4, about4, [3, 1, 0], inner, [a, 1, 3, 0]],
    ['unreachable, IPv4 in IPv4', ends4, about4, [3, 0, 0], inner4, [a, 3, 1, 0]],
    ['time exceeded, IPv4 in IPv6', ends6, about6, [3, 0, 0], inner4, [a, 3, 1, 0]],
  ] as const)('reaches who sent the packet inside: %s', (_, ends, about, [type, code, parameter], bytes, expected) => {
    const bed = bedWith(ends);
    const outcomes = run(bed, b, about(type, code, parameter, quoteOf(bed, bytes)));
    expect(outcomes.map(({ outcome }) => outcome)).toContain('delivered');
    expect(toldTo(outcomes)).toEqual(expected);
  });

  it('lowers the MTU of the tunnel', () => {
    const bed = bedWith(ends6);
    run(bed, b, about6(2, 0, 1_340, quoteOf(bed, inner)));
    expect(bed.node.interfaces.table.mtu[t]).toBe(1_292);
    bed.node.pathMtus.forget(addressOf(ends6.remote));
    expect(bed.node.interfaces.table.mtu[t]).toBe(1_352);
  });

  it.each([
    [
      'made up by someone who has not seen the packet, IPv6',
      ends6,
      about6,
      [2, 0, 1_340],
      (quote: Uint8Array) => quote.fill(0, 1, 4),
    ],
    [
      'made up by someone who has not seen the packet, IPv4',
      ends4,
      about4,
      [3, 4, 1_320],
      (quote: Uint8Array) => quote.fill(0, 4, 6),
    ],
    ['cut off before the packet inside', ends4, about4, [3, 4, 1_320], (quote: Uint8Array) => quote.slice(0, 28)],
    ['about a tunnel that there is not', ends6, about6, [2, 0, 1_340], (quote: Uint8Array) => quote.fill(7, 39, 40)],
  ] as const)('is not believed: %s', (_, ends, about, [type, code, parameter], spoil) => {
    const bed = bedWith(ends);
    const outcomes = run(bed, b, about(type, code, parameter, spoil(quoteOf(bed, inner))));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['quoteDisowned']);
    expect(bed.node.pathMtus.size).toBe(0);
  });
});

describe('a refused outer packet', () => {
  it.each([
    ['IPv6 inside', bytesOf(six(), udp()), [1, 3]],
    ['IPv4 inside', bytesOf(four(), udp()), [3, 1]],
  ])('becomes what it was, and its sender is told: %s', (_, bytes, error) => {
    const bed = bedWith({ local: '10.0.2.1', remote: '9.9.9.9' });
    const [own, refused] = run(bed, a, bytes) as [Outcome, Outcome];
    expect(told([own, refused])).toEqual([`0>${a} sent`, `${a}>0 noRoute`]);
    expect(refused.bytes.length).toBe(bytes.length);
    const at = error[0] === 1 ? 40 : 20;
    expect([own.bytes[at], own.bytes[at + 1]]).toEqual(error);
    // the quote is the packet as it came, its hop limit too
    expect(own.bytes.slice(at + 8)).toEqual(bytes);
  });

  it('is silent when its limit is used up, but for the sender of the option (RFC 2473 §4.1.1)', () => {
    const bed = bedWith(ends6);
    const limited = bytesOf(six(), destinationOptions(option(4, Uint8Array.of(0))), udp());
    const [own] = run(bed, a, limited) as [Outcome];
    expect([own.bytes[40], own.bytes[41], viewOf(own).getUint32(44)]).toEqual([4, 0, 44]);
    const more = bytesOf(six(), destinationOptions(option(4, Uint8Array.of(3))), udp());
    const [sent] = run(bed, a, more) as [Outcome];
    expect(sent.bytes[44]).toBe(2);
  });
});

describe('a loop of tunnels', () => {
  /** Figure 3: the other end of a tunnel lies behind the tunnel itself. */
  const figure3 = (): Testbed => {
    const bed = testbed();
    addTunnel(bed.node, 'I', { local: '10.0.1.1', remote: '192.0.2.9', routes: ['192.0.2.9/32'] });
    return bed;
  };
  /** Figure 5: two tunnels, each of whose ends lies behind the other. */
  const figure5 = (): Testbed => {
    const bed = testbed();
    addTunnel(bed.node, 'tun6', { local: '10.0.2.1', remote: '192.0.2.4', routes: ['2001:db8::6/128'] });
    addTunnel(bed.node, 'tun4', { local: 'fd00:b::1', remote: '2001:db8::6', routes: ['192.0.2.4/32'] });
    return bed;
  };
  const toD = bytesOf(four({ destination: '192.0.2.9' }), udp());
  const toD6 = bytesOf(six({ destination: '2001:db8::6' }), udp());
  const figures = [
    ['Figure 3', figure3, toD, 'I -> I', [3, 1]],
    ['Figure 5', figure5, toD6, 'tun6 -> tun4 -> tun6', [1, 3]],
  ] as const;

  it.each(figures)('%s: is foreseen before the first packet', (_, figure, __, names) => {
    const { node } = figure();
    expect(node.loops.list().map(({ path, foreseen, packets }) => [namesOn(node, path), foreseen, packets])).toEqual([
      [names, true, 0],
    ]);
  });

  it.each(figures)(
    '%s: costs no encapsulation; the sender is told, the loop named',
    (_, figure, bytes, names, error) => {
      const bed = figure();
      const [own, refused] = run(bed, a, bytes, bytes) as [Outcome, Outcome];
      expect(told([own, refused])).toEqual([`0>${a} sent`, `${a}>${t} tunnelLoop`]);
      const at = error[0] === 1 ? 40 : 20;
      expect([own.bytes[at], own.bytes[at + 1]]).toEqual(error);
      expect(bed.node.counters.get(t, 'outTransmits')).toBe(0);
      expect(bed.node.loops.list().map(({ path, packets }) => [namesOn(bed.node, path), packets])).toEqual([
        [names, 2],
      ]);
    },
  );

  it.each(figures)('%s: the guard on the packet stops it by itself', (_, figure, bytes, names, error) => {
    const bed = figure();
    bed.node.tunnels.table.loop.fill(0); // as if no one had foreseen it
    const [own, refused] = run(bed, a, bytes) as [Outcome, Outcome];
    expect(told([own, refused])).toEqual([`0>${a} sent`, `${a}>${t} tunnelLoop`]);
    expect(refused.bytes.length).toBe(bytes.length);
    const at = error[0] === 1 ? 40 : 20;
    expect([own.bytes[at], own.bytes[at + 1]]).toEqual(error);
    expect(own.bytes.slice(at + 8)).toEqual(bytes);
    expect(bed.node.loops.list().map(({ path, packets }) => [namesOn(bed.node, path), packets])).toEqual([[names, 1]]);
  });

  it('tells senders a hundred times, then is silent; and again a second later', () => {
    const bed = figure5();
    const flood = (): string[] => Array.from({ length: 103 }, () => run(bed, a, toD6).at(-1)?.outcome ?? '');
    const count = (outcomes: readonly string[], name: string): number =>
      outcomes.filter((each) => each === name).length;
    const first = flood();
    expect([count(first, 'tunnelLoop'), count(first, 'tunnelLoopSilent')]).toEqual([100, 3]);
    expect(bed.node.counters.icmp.suppressedErrors(a, 6)).toBe(53); // 50 to one destination, too
    advance(bed.clock, 1_000);
    expect(count(flood(), 'tunnelLoop')).toBe(99);
  });

  it('ends when a route changes', () => {
    const bed = figure5();
    bed.node.routes.delete(prefixFrom('192.0.2.4/32'));
    expect(bed.node.loops.list()).toEqual([]);
    const [sent] = run(bed, a, toD6) as [Outcome];
    expect(told([sent])).toEqual([`${a}>${b} sent`]);
  });

  it('tunnels may be nested up to the limit, and no deeper', () => {
    const nested = (depth: number): [Testbed, Outcome[]] => {
      const bed = testbed();
      for (let i = 0; i < depth; i += 1) {
        const routes = i === 0 ? ['2001:db8:7::/48'] : [`192.0.2.${i}/32`];
        addTunnel(bed.node, `t${i}`, { local: '10.0.2.1', remote: `192.0.2.${i + 1}`, routes });
      }
      return [bed, run(bed, a, bytesOf(six(), udp()))];
    };
    const [, [sent]] = nested(4) as [Testbed, [Outcome]];
    expect([sent.outcome, sent.bytes.length]).toEqual(['sent', 48 + 4 * 20]);
    const [bed, [, refused]] = nested(5) as [Testbed, [Outcome, Outcome]];
    expect(refused.outcome).toBe('tunnelLoop');
    expect(bed.node.loops.list().map(({ path }) => namesOn(bed.node, path))).toEqual(['t0 -> t1 -> t2 -> t3 -> t4']);
  });
});
