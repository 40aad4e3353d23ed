import { of, pipe } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Drop, type Lane, pass, stage } from '../../src/packet/index.ts';
import type { RouterAdapter } from '../../src/pipelines/router.ts';
import {
  bytesOf,
  echoRequest4,
  echoRequest6,
  type Ipv4Fields,
  type Ipv6Fields,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  type Layer,
  packetOf,
  payload,
  udp,
} from '../../src/testing/index.ts';
import { type Outcome, runLine } from '../support/router.ts';
import { a, b, p, received, testbed } from '../support/testbed.ts';

const six = (fields: Partial<Ipv6Fields> = {}): Layer =>
  ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', ...fields });
const four = (fields: Partial<Ipv4Fields> = {}): Layer =>
  ipv4({ source: '10.0.1.2', destination: '10.0.2.2', ...fields });

const route = (bytes: Uint8Array, adapt?: RouterAdapter, inInterface: number = a): Outcome[] => {
  const bed = testbed();
  const outcomes = runLine(bed, of(packetOf(bytes, { inInterface, pool: bed.pool })), adapt);
  expect([bed.pool.outstanding, bed.node.counters.balance().held]).toEqual([0, 0]);
  return outcomes;
};

/** `3 sent`: where it went and what became of it. */
const short = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map(({ outInterface, outcome }) => `${outInterface} ${outcome}`);

describe('the default router forwards', () => {
  it.each([
    ['IPv6', bytesOf(six(), udp(), payload(99)), bytesOf(six({ hopLimit: 63 }), udp(), payload(99))],
    ['IPv4', bytesOf(four(), udp(), payload(99)), bytesOf(four({ timeToLive: 63 }), udp(), payload(99))],
    [
      'to a gateway',
      bytesOf(six({ destination: '2001:db8::1' }), udp()),
      bytesOf(six({ destination: '2001:db8::1', hopLimit: 63 }), udp()),
    ],
    [
      'errors of others',
      bytesOf(six(), icmp6({ type: 3 }), payload(40)),
      bytesOf(six({ hopLimit: 63 }), icmp6({ type: 3 }), payload(40)),
    ],
    ['what just fits', bytesOf(six(), payload(1_360)), bytesOf(six({ hopLimit: 63 }), payload(1_360))],
  ])('%s', (_name, bytes, expected) => {
    expect(route(bytes)).toEqual([{ inInterface: a, outInterface: b, outcome: 'sent', bytes: expected }]);
  });

  it('from any interface to any other, and back into the same link', () => {
    const bytes = (source: string, destination: string): Uint8Array => bytesOf(six({ source, destination }), udp());
    expect(short(route(bytes('fd00:b::2', 'fd00:a::2'), undefined, b))).toEqual(['2 sent']);
    expect(short(route(bytes('fd00:c::2', 'fd00:a::2'), undefined, p))).toEqual(['2 sent']);
    // The packet, and a redirect to its sender.
    expect(short(route(bytes('fd00:a::2', 'fd00:a::3'), undefined, a))).toEqual(['2 sent', '2 sent']);
  });

  it('IPv4 in fragments where it must', () => {
    const outcomes = route(bytesOf(four(), udp(), payload(3_000)));
    expect(outcomes.map(({ outInterface, outcome, bytes }) => [outInterface, outcome, bytes.length])).toEqual([
      [b, 'sent', 1_396],
      [b, 'sent', 1_396],
      [b, 'sent', 276],
    ]);
  });
});

describe('the default router answers', () => {
  const to = 'fd00:a::2';
  it.each([
    [
      'an echo request',
      bytesOf(six({ destination: 'fd00:b::1' }), echoRequest6(), payload(9)),
      bytesOf(six({ source: 'fd00:b::1', destination: to }), icmp6({ type: 129, parameter: 0x10001 }), payload(9)),
    ],
    [
      'a hop limit of 1',
      bytesOf(six({ hopLimit: 1 }), udp()),
      bytesOf(six({ source: 'fd00:a::1', destination: to }), icmp6({ type: 3 }), bytesOf(six({ hopLimit: 1 }), udp())),
    ],
    [
      'an unknown destination',
      bytesOf(six({ destination: '3fff::1' }), udp()),
      bytesOf(
        six({ source: 'fd00:a::1', destination: to }),
        icmp6({ type: 1 }),
        bytesOf(six({ destination: '3fff::1' }), udp()),
      ),
    ],
    [
      'a packet too big',
      bytesOf(six(), payload(1_361)),
      bytesOf(
        six({ source: 'fd00:a::1', destination: to }),
        icmp6({ type: 2, parameter: 1_400 }),
        bytesOf(six(), payload(1_361)).slice(0, 1_232),
      ),
    ],
    [
      'an echo request over IPv4',
      bytesOf(four({ destination: '10.0.2.1' }), echoRequest4()),
      bytesOf(four({ source: '10.0.2.1', destination: '10.0.1.2' }), icmp4({ type: 0, parameter: 0x10001 })),
    ],
  ])('%s, by the link it came from', (_name, bytes, expected) => {
    const [answer] = route(bytes).filter(({ inInterface }) => inInterface === 0);
    expect(answer).toEqual({ inInterface: 0, outInterface: a, outcome: 'sent', bytes: expected });
  });

  it('with the MTU of the next link when a packet may not be fragmented (RFC 1191 §4)', () => {
    const quote = bytesOf(four({ dontFragment: true }), udp(), payload(1_400));
    const [error, packet] = route(quote);
    expect([packet!.outcome, error!.outInterface]).toEqual(['packetTooBig', a]);
    expect([...error!.bytes.slice(20, 28)]).toMatchObject({ 0: 3, 1: 4, 6: 1_400 >> 8, 7: 1_400 & 0xff });
    expect(error!.bytes.slice(28)).toEqual(quote.slice(0, 548));
  });

  it('each packet once, and no answer about its own', () => {
    const fromNowhere = bytesOf(six({ source: '3fff::1', hopLimit: 1 }), udp());
    expect(short(route(fromNowhere))).toEqual(['0 noRoute', '3 hopLimitExceeded']);
  });

  it('itself, when a packet claims to be from one of its addresses', () => {
    const fromUs = bytesOf(six({ source: 'fd00:b::1', destination: 'fd00:a::1' }), echoRequest6());
    expect(short(route(fromUs))).toEqual(['0 unknownMessage', '0 delivered']);
  });
});

describe('a stage', () => {
  const transit = bytesOf(six({ hopLimit: 1 }), udp());

  it('can be lifted out', () => {
    const withoutHopLimit: RouterAdapter = (lanes) => ({ ...lanes, forward: pass });
    expect(route(transit, withoutHopLimit)).toEqual([
      { inInterface: a, outInterface: b, outcome: 'sent', bytes: transit },
    ]);
  });

  it('can be put in, and sees each packet once', () => {
    const lengths: number[] = [];
    const meter: Lane = stage((packet) => lengths.push(packet.length));
    route(bytesOf(six(), udp()), (lanes) => ({ ...lanes, forward: pipe(meter, lanes.forward) }));
    expect(lengths).toEqual([48]);
  });

  it('can refuse, and the sender is told', () => {
    const firewall: Lane = stage((packet) => packet.refuse(Drop.rejectRoute));
    const [error, packet] = route(bytesOf(six(), udp()), (lanes) => ({
      ...lanes,
      forward: pipe(firewall, lanes.forward),
    }));
    expect([packet!.outcome, error!.outInterface, error!.bytes[41]]).toEqual(['rejectRoute', a, 6]);
  });

  it('can keep the router silent', () => {
    expect(short(route(transit, (lanes) => ({ ...lanes, explain: pass })))).toEqual(['3 hopLimitExceeded']);
  });

  it('can say something of its own', () => {
    const bed = testbed();
    const own = bytesOf(six({ source: 'fd00:a::1' }), udp());
    const herald: RouterAdapter = (lanes, outbox) => {
      const say: Lane = stage(() => {
        bed.node.counters.originated(0, 6);
        outbox.next(received(own, { pool: bed.pool, inInterface: 0 }));
      });
      return { ...lanes, forward: pipe(say, lanes.forward) };
    };
    const outcomes = runLine(bed, of(packetOf(bytesOf(six(), udp()), { inInterface: a, pool: bed.pool })), herald);
    expect(outcomes[0]).toEqual({ inInterface: 0, outInterface: b, outcome: 'sent', bytes: own });
    expect(bed.node.counters.balance()).toMatchObject({ received: 1, originated: 1, sent: 2, held: 0 });
  });
});
