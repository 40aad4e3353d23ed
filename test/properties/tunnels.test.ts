import fc from 'fast-check';
import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { addressOf, bytesOf, ipv4, ipv6, packetOf, payload, udp } from '../../src/testing/index.ts';
import { line } from '../support/router.ts';
import { a, b, outcomeOf, prefixFrom, type Testbed, testbed } from '../support/testbed.ts';
import { addTunnel } from '../support/tunnels.ts';

/** The other ends of tunnels and the destinations of packets: each may lie anywhere. */
const places = [0, 1, 2, 3];
const place6 = (place: number): string => `2001:db8:${place}::1`;
const place4 = (place: number): string => `198.18.${place}.1`;

interface Graph {
  /** For each tunnel, the IP version and the place of its other end. */
  readonly tunnels: readonly { readonly family: 4 | 6; readonly place: number; readonly mtu: number | 'path' }[];
  /** What leads where: the number of a tunnel, or beyond those a link. */
  readonly routes: readonly { readonly family: 4 | 6; readonly place: number; readonly to: number }[];
  readonly depth: number;
}

const family = fc.constantFrom<4 | 6>(4, 6);
const place = fc.constantFrom(...places);
const graph: fc.Arbitrary<Graph> = fc.record({
  tunnels: fc.uniqueArray(
    fc.record({ family, place, mtu: fc.constantFrom<number | 'path'>('path', 'path', 1_280, 1_480) }),
    { selector: ({ family: version, place: end }) => `${version} ${end}`, minLength: 2, maxLength: 6 },
  ),
  routes: fc.uniqueArray(fc.record({ family, place, to: fc.integer({ min: 0, max: 5 }) }), {
    selector: ({ family: version, place: end }) => `${version} ${end}`,
    minLength: 2,
    maxLength: 8,
  }),
  depth: fc.constantFrom(1, 2, 4, 4, 8),
});
const sizes = fc.array(fc.tuple(family, place, fc.constantFrom(20, 1_200, 1_400)), { minLength: 1, maxLength: 12 });

const build = ({ tunnels, routes, depth }: Graph): Testbed => {
  const bed = testbed({ tunnels: { depth }, smallLimit: 512 });
  const { node } = bed;
  const indexes = tunnels.map((tunnel, at) => {
    const ends =
      tunnel.family === 6
        ? { local: 'fd00:b::1', remote: place6(tunnel.place) }
        : { local: '10.0.2.1', remote: place4(tunnel.place) };
    return addTunnel(node, `t${at}`, { ...ends, mtu: tunnel.mtu, ingressFilter: false }).index;
  });
  for (const { family: version, place: end, to } of routes) {
    const prefix = prefixFrom(version === 6 ? `${place6(end)}/128` : `${place4(end)}/32`);
    const way = indexes[to];
    if (way !== undefined) node.routes.add({ to: prefix, interfaceIndex: way });
    else node.routes.add({ to: prefix, interfaceIndex: b, via: addressOf(version === 6 ? 'fd00:b::2' : '10.0.2.2') });
  }
  // what has no route of its own leaves by a link
  node.routes.add({ to: prefixFrom('::/0'), interfaceIndex: b, via: addressOf('fd00:b::2') });
  node.routes.add({ to: prefixFrom('0.0.0.0/0'), interfaceIndex: b, via: addressOf('10.0.2.2') });
  return bed;
};

const packetTo = (version: 4 | 6, end: number, size: number): Uint8Array =>
  version === 6
    ? bytesOf(ipv6({ source: 'fd00:a::2', destination: place6(end) }), udp(), payload(size))
    : bytesOf(ipv4({ source: '10.0.1.2', destination: place4(end) }), udp(), payload(size));

/** Every packet that comes out: what became of it, and how deep it was. */
const runAll = (bed: Testbed, packets: readonly Uint8Array[]): { outcome: string; depth: number }[] => {
  const seen: { outcome: string; depth: number }[] = [];
  from(packets.map((bytes) => packetOf(bytes, { inInterface: a, pool: bed.pool })))
    .pipe(line(bed, { see: (packet) => seen.push({ outcome: outcomeOf(packet), depth: packet.depth }) }))
    .subscribe();
  return seen;
};

/** Each loop that was met, as the interfaces on it. */
const met = ({ node }: Testbed): string[] =>
  node.loops
    .list()
    .filter(({ packets }) => packets > 0)
    .map(({ path }) => path.join(' '));

describe('any graph of tunnels and routes', () => {
  it.each([
    ['as it is', true],
    ['with nothing foreseen', false],
  ])('encapsulates no packet more often than the limit, and loses none: %s', (_, foreseen) => {
    fc.assert(
      fc.property(graph, sizes, (given, packets) => {
        const bed = build(given);
        if (!foreseen) bed.node.tunnels.table.loop.fill(0);
        const outcomes = runAll(
          bed,
          packets.map((each) => packetTo(...each)),
        );
        expect(Math.max(...outcomes.map(({ depth }) => depth))).toBeLessThanOrEqual(given.depth);
        const { received, copied, originated, sent, delivered, refused, held } = bed.node.counters.balance();
        expect([received, held, bed.pool.outstanding]).toEqual([packets.length, 0, 0]);
        expect(received + copied + originated).toBe(sent + delivered + refused);
        expect(outcomes.length).toBe(sent + delivered + refused);
      }),
      { numRuns: 150 },
    );
  });

  it('the checker foresees every loop that the guard then meets', () => {
    let loops = 0;
    fc.assert(
      fc.property(graph, (given) => {
        const bed = build(given);
        const foreseen = bed.node.loops.list().map(({ path }) => path.join(' '));
        bed.node.tunnels.table.loop.fill(0);
        runAll(
          bed,
          places.flatMap((end) => [packetTo(6, end, 20), packetTo(4, end, 20)]),
        );
        expect(foreseen).toEqual(expect.arrayContaining(met(bed)));
        loops += met(bed).length;
      }),
      { numRuns: 200 },
    );
    expect(loops).toBeGreaterThan(100); // else it would show little
  });

  it('a tunnel that is closed because of a loop would have looped', () => {
    fc.assert(
      fc.property(graph, (given) => {
        const all = places.flatMap((end) => [packetTo(6, end, 20), packetTo(4, end, 20)]);
        const closed = build(given);
        const open = build(given);
        open.node.tunnels.table.loop.fill(0);
        const refusedIn = (bed: Testbed): number =>
          runAll(bed, all).filter(({ outcome }) => outcome.startsWith('tunnelLoop')).length;
        expect(refusedIn(closed)).toBe(refusedIn(open));
      }),
      { numRuns: 100 },
    );
  });
});
