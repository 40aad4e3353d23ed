import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Drop, dropNames, type Packet, PacketPool, Status } from '../../src/packet/index.ts';
import type { Neighbor } from '../../src/state/neighbor.ts';
import type { NeighborOptions } from '../../src/state/neighbor-options.ts';
import { Neighbors } from '../../src/state/neighbors.ts';
import type { Change } from '../../src/state/store.ts';
import { addressOf, seededRandom } from '../../src/testing/index.ts';
import { formatAddress, type IpAddress } from '../../src/wire/address.ts';
import { link, otherLinkLayer, packetFor, peer, peerLinkLayer, sendTo, watch } from '../support/neighbor.ts';

interface Bench {
  readonly neighbors: Neighbors;
  readonly clock: VirtualTimeScheduler;
  readonly pool: PacketPool;
  /** What left: reasons, or `sent`. */
  readonly left: () => string[];
  /** Whom the cache asked. */
  readonly asked: string[];
  readonly detach: () => void;
  readonly advance: (milliseconds: number) => void;
  /** A packet of the pool. */
  readonly packet: (interfaceIndex?: number) => Packet;
}

const bench = (options: NeighborOptions = {}): Bench => {
  const clock = new VirtualTimeScheduler();
  const pool = new PacketPool({ smallLimit: 512, largeLimit: 4 });
  const parts = { pool, scheduler: clock, random: seededRandom(3), interfaceLimit: 4 };
  const neighbors = new Neighbors(parts, { limit: 32, perInterface: 16, ...options });
  const left: string[] = [];
  const asked: string[] = [];
  const detach = neighbors.attach({
    emit: (packet) => {
      left.push(packet.status === Status.refused ? (dropNames[packet.drop] as string) : 'sent');
      packet.release();
    },
    solicit: ({ address, unicast }) => asked.push(`${formatAddress(address)}${unicast ? ' itself' : ''}`),
  });
  return {
    neighbors,
    clock,
    pool,
    left: () => left.splice(0),
    asked,
    detach,
    advance: (milliseconds) => {
      clock.maxFrames = clock.frame + milliseconds;
      clock.flush();
      clock.frame = clock.maxFrames;
    },
    packet: (interfaceIndex = link) => {
      const packet = pool.acquire(60) as Packet;
      packet.outInterface = interfaceIndex;
      return packet;
    },
  };
};

const host = (number: number): IpAddress => addressOf(`fe80::1:${number.toString(16)}`);
const lladdr = (number: number) => ({ high: 0x0200, low: number });

/** Makes neighbors in a state. */
const learn = ({ neighbors }: Bench, from: number, count: number, interfaceIndex = link): void => {
  for (let i = from; i < from + count; i += 1) neighbors.hearInformation(interfaceIndex, host(i), lladdr(i));
};
const confirm = ({ neighbors }: Bench, number: number): void => neighbors.confirm(link, host(number));
const seek = (bed: Bench, from: number, count: number): void => {
  for (let i = from; i < from + count; i += 1) sendTo(bed.neighbors, host(i), bed.packet());
};
const present = ({ neighbors }: Bench): string[] =>
  neighbors
    .list()
    .map(({ address, state }) => `${address.w3 & 0xffff} ${state}`)
    .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));

describe('a neighbor', () => {
  it('is a value', () => {
    const { neighbors } = bench();
    expect(neighbors.get(link, peer)).toBeUndefined();
    neighbors.hearAdvertisement(link, peer, {
      linkLayerAddress: peerLinkLayer,
      solicited: false,
      override: false,
      isRouter: true,
    });
    const value: Neighbor = {
      interfaceIndex: link,
      address: peer,
      state: 'stale',
      linkLayerAddress: peerLinkLayer,
      isRouter: true,
      isStatic: false,
      held: 0,
      remaining: 86_400_000,
    };
    expect([neighbors.get(link, peer), neighbors.list(), neighbors.list(link), neighbors.list(3)]).toEqual([
      value,
      [value],
      [value],
      [],
    ]);
    expect([neighbors.size, neighbors.count(link), neighbors.count(3)]).toEqual([1, 1, 0]);
  });

  it('has no link-layer address while it is looked for', () => {
    const bed = bench();
    sendTo(bed.neighbors, peer, bed.packet());
    expect(bed.neighbors.get(link, peer)).toMatchObject({
      state: 'incomplete',
      linkLayerAddress: undefined,
      held: 1,
      remaining: 1_000,
    });
  });

  it('is another one on another link, and in the other IP version', () => {
    const { neighbors } = bench();
    const four = addressOf('10.0.0.1');
    neighbors.hearInformation(2, four, lladdr(1));
    neighbors.hearInformation(3, four, lladdr(2));
    neighbors.hearInformation(2, addressOf('a00:1::'), lladdr(3));
    expect(neighbors.list().map((each) => each.linkLayerAddress?.low)).toEqual([1, 2, 3]);
    expect(neighbors.get(3, four)?.address).toEqual(four);
  });

  it('is told apart from one whose link-layer address is the same', () => {
    const { neighbors } = bench();
    neighbors.hearInformation(link, peer, peerLinkLayer);
    neighbors.confirm(link, peer);
    neighbors.hearInformation(link, peer, peerLinkLayer);
    expect(neighbors.get(link, peer)?.state).toBe('reachable');
    neighbors.hearInformation(link, peer, otherLinkLayer);
    expect(neighbors.get(link, peer)).toMatchObject({ state: 'stale', linkLayerAddress: otherLinkLayer });
  });
});

describe('for who looks', () => {
  it('walks from behind a row on, one interface or all', () => {
    const bed = bench();
    learn(bed, 1, 3);
    learn(bed, 1, 2, 3);
    const walked = (interfaceIndex?: number, after?: number): string[] =>
      [...bed.neighbors.walk(interfaceIndex, after)].map(({ row, neighbor }) => {
        return `${row}: ${neighbor.address.w3 & 0xffff} on ${neighbor.interfaceIndex}`;
      });
    expect(walked()).toEqual([1, 2, 3].map((n) => `${n}: ${n} on ${link}`).concat('4: 1 on 3', '5: 2 on 3'));
    bed.neighbors.remove(link, host(2));
    expect(walked(link, 1)).toEqual([`3: 3 on ${link}`]);
    expect(walked(undefined, 3)).toEqual(['4: 1 on 3', '5: 2 on 3']);
    expect([walked(3, 5), walked(undefined, 99)]).toEqual([[], []]);
  });

  it('has the times of a link', () => {
    const { neighbors } = bench();
    neighbors.configure(link, { reachableTime: 10_000 });
    const { base, drawn } = neighbors.reachableTimes(link);
    expect(base).toBe(10_000);
    expect(drawn).toBeGreaterThanOrEqual(5_000);
    expect(drawn).toBeLessThanOrEqual(15_000);
    expect(neighbors.reachableTimes(link).drawn).toBe(drawn);
    expect(neighbors.reachableTimes(3).base).toBe(30_000);
  });
});

describe('who is a router (RFC 4861 appendix D)', () => {
  const said = (heard: { solicited?: boolean; override?: boolean; isRouter?: boolean; other?: boolean }) => {
    const { neighbors } = bench();
    neighbors.hearInformation(link, peer, peerLinkLayer);
    neighbors.confirm(link, peer);
    neighbors.hearAdvertisement(link, peer, {
      linkLayerAddress: heard.other === true ? otherLinkLayer : peerLinkLayer,
      solicited: heard.solicited ?? false,
      override: heard.override ?? false,
      isRouter: heard.isRouter,
    });
    return neighbors.get(link, peer)?.isRouter;
  };

  it.each([
    ['an advertisement says so', { isRouter: true }, true],
    ['an advertisement that does not override says so, of another address', { isRouter: true, other: true }, false],
    ['one that overrides', { isRouter: true, other: true, override: true }, true],
    ['ARP does not say', {}, false],
  ])('%s', (_name, heard, expected) => {
    expect(said(heard)).toBe(expected);
  });

  it('a Router Advertisement says so, a Router Solicitation says no, a Neighbor Solicitation nothing', () => {
    const { neighbors } = bench();
    const isRouter = () => neighbors.get(link, peer)?.isRouter;
    neighbors.hearInformation(link, peer, peerLinkLayer, true);
    expect(isRouter()).toBe(true);
    neighbors.hearInformation(link, peer, peerLinkLayer);
    expect(isRouter()).toBe(true);
    neighbors.hearInformation(link, peer, undefined, false);
    expect(isRouter()).toBe(false);
    neighbors.hearInformation(link, peer, undefined, true);
    expect(isRouter()).toBe(true);
  });
});

describe('what is not learnt', () => {
  it('from advertisements, where learning is off (RFC 4861 §7.2.5)', () => {
    const { neighbors } = bench({ learning: false });
    const heard = { linkLayerAddress: peerLinkLayer, solicited: true, override: true };
    neighbors.hearAdvertisement(link, peer, heard);
    expect(neighbors.size).toBe(0);
  });

  it('without a link-layer address', () => {
    const { neighbors } = bench();
    neighbors.hearInformation(link, peer, undefined, true);
    neighbors.hearAdvertisement(link, peer, { linkLayerAddress: undefined, solicited: true, override: true });
    neighbors.confirm(link, peer);
    expect(neighbors.size).toBe(0);
  });
});

describe('packets that wait', () => {
  it('go on in order, and may start the verification of a neighbor that spoke first', () => {
    const { neighbors, left, asked } = bench();
    const sent = [packetFor(), packetFor(), packetFor()];
    for (const packet of sent) sendTo(neighbors, peer, packet);
    expect([neighbors.held, asked, left()]).toEqual([3, ['fe80::2'], []]);
    neighbors.hearInformation(link, peer, peerLinkLayer);
    expect([neighbors.held, left()]).toEqual([0, ['sent', 'sent', 'sent']]);
  });

  it('are refused with an error for the sender when nobody answers', () => {
    const bed = bench();
    seek(bed, 1, 1);
    bed.advance(3_000);
    expect([bed.left(), bed.neighbors.size, bed.asked.length]).toEqual([['addressUnreachable'], 0, 3]);
  });

  it('are bounded for each, and for all', () => {
    const bed = bench({ queue: 2, held: 5 });
    for (const number of [1, 2, 3]) for (let i = 0; i < 3; i += 1) seek(bed, number, 1);
    expect([bed.neighbors.held, bed.left()]).toEqual([5, Array.from({ length: 4 }, () => 'neighborQueueFull')]);
    expect(bed.pool.outstanding).toBe(5);
  });

  it('are bounded in bytes: a large packet moves to a slab that fits', () => {
    const bed = bench({ heldBytes: 10_000 });
    const large = bed.pool.acquire(60_000) as Packet;
    large.outInterface = link;
    large.end = large.start + 100;
    sendTo(bed.neighbors, peer, large);
    expect([bed.neighbors.held, bed.pool.outstanding, large.pooled]).toEqual([1, 1, true]);
    const full = bed.pool.acquire(60_000) as Packet;
    full.outInterface = link;
    sendTo(bed.neighbors, peer, full);
    expect([bed.neighbors.held, bed.left()]).toEqual([1, ['neighborQueueFull']]);
  });

  it('are refused when the line goes, and released when the cache is closed', () => {
    const bed = bench();
    seek(bed, 1, 2);
    bed.detach();
    expect([bed.left(), bed.neighbors.size, bed.pool.outstanding]).toEqual([
      ['resolutionStopped', 'resolutionStopped'],
      0,
      0,
    ]);
    const other = bench();
    seek(other, 1, 2);
    other.neighbors.close();
    expect([other.left(), other.pool.outstanding, other.clock.actions.filter(({ closed }) => !closed)]).toEqual([
      [],
      0,
      [],
    ]);
  });

  it('may be answered while they are being asked for', () => {
    const { neighbors, detach } = bench();
    detach();
    const seen: string[] = [];
    neighbors.attach({
      emit: (packet) => seen.push(packet.status === Status.refused ? 'refused' : 'sent'),
      solicit: ({ address }) => neighbors.hearInformation(link, address, peerLinkLayer),
    });
    sendTo(neighbors, peer);
    expect([seen, neighbors.held]).toEqual([['sent'], 0]);
  });
});

describe('static entries', () => {
  it('stay as they are written, and let packets go that wait', () => {
    const bed = bench();
    const { neighbors } = bed;
    seek(bed, 1, 1);
    expect(neighbors.addStatic(link, host(1), peerLinkLayer)).toBe(true);
    expect(bed.left()).toEqual(['sent']);
    const heard = { linkLayerAddress: otherLinkLayer, solicited: true, override: true };
    neighbors.hearAdvertisement(link, host(1), heard);
    neighbors.hearInformation(link, host(1), otherLinkLayer);
    bed.advance(1e9);
    expect(neighbors.get(link, host(1))).toMatchObject({
      state: 'reachable',
      isStatic: true,
      linkLayerAddress: peerLinkLayer,
      remaining: undefined,
    });
    expect([neighbors.remove(link, host(1)), neighbors.remove(link, host(1)), neighbors.size]).toEqual([
      true,
      false,
      0,
    ]);
  });

  it('take no room from other static entries', () => {
    const { neighbors } = bench({ perInterface: 2 });
    const added = [1, 2, 3].map((number) => neighbors.addStatic(link, host(number), lladdr(number)));
    expect([added, neighbors.size]).toEqual([[true, true, false], 2]);
  });
});

describe('when an interface is full (RFC 6583)', () => {
  it('those that are looked for go first, then the oldest stale ones, then those that are verified', () => {
    const bed = bench({ perInterface: 8 });
    learn(bed, 1, 5); // 1 to 5 stale
    confirm(bed, 1); // 1 reachable
    sendTo(bed.neighbors, host(2), bed.packet()).release(); // 2 delay
    bed.neighbors.hearInformation(link, host(3), lladdr(3), true); // 3 a router
    seek(bed, 6, 3);
    const before = ['1 reachable', '2 delay', '3 stale', '4 stale', '5 stale'];
    expect(present(bed)).toEqual([...before, '6 incomplete', '7 incomplete', '8 incomplete']);
    learn(bed, 11, 3);
    expect(bed.left()).toEqual(['neighborLimit', 'neighborLimit', 'neighborLimit']);
    expect(present(bed)).toEqual([...before, '11 stale', '12 stale', '13 stale']);
    learn(bed, 21, 5);
    expect(present(bed).slice(0, 3)).toEqual(['1 reachable', '2 delay', '3 stale']);
    for (let i = 21; i < 26; i += 1) confirm(bed, i);
    learn(bed, 31, 1);
    expect(present(bed)[1]).toBe('3 stale');
    expect(present(bed).at(-1)).toBe('31 stale');
    expect(bed.neighbors.count(link)).toBe(8);
  });

  it('who is reachable, a router or static stays, and the new one is refused', () => {
    const bed = bench({ perInterface: 3 });
    learn(bed, 1, 2);
    confirm(bed, 1);
    bed.neighbors.hearInformation(link, host(2), lladdr(2), true);
    bed.neighbors.addStatic(link, host(3), lladdr(3));
    seek(bed, 4, 1);
    learn(bed, 5, 1);
    expect([bed.left(), present(bed)]).toEqual([['neighborLimit'], ['1 reachable', '2 stale', '3 reachable']]);
  });

  it('others are not asked to make room', () => {
    const bed = bench({ perInterface: 4, limit: 6 });
    learn(bed, 1, 4, 2);
    learn(bed, 11, 4, 3);
    expect([bed.neighbors.count(2), bed.neighbors.count(3), bed.neighbors.size]).toEqual([4, 2, 6]);
    expect(present(bed)).toContain('14 stale');
    expect(present(bed)).not.toContain('11 stale');
  });

  it('so many may be looked for, the oldest go', () => {
    const bed = bench({ incomplete: 3 });
    seek(bed, 1, 5);
    expect([present(bed), bed.left()]).toEqual([
      ['3 incomplete', '4 incomplete', '5 incomplete'],
      ['neighborLimit', 'neighborLimit'],
    ]);
  });

  it('who is unreachable is not one of these, and goes before who is stale', () => {
    const bed = bench({ incomplete: 2, perInterface: 5 });
    learn(bed, 1, 1);
    sendTo(bed.neighbors, host(1), bed.packet()).release();
    bed.advance(8_000);
    learn(bed, 2, 1);
    expect(present(bed)).toEqual(['1 unreachable', '2 stale']);
    seek(bed, 3, 3);
    expect(present(bed)).toEqual(['1 unreachable', '2 stale', '4 incomplete', '5 incomplete']);
    learn(bed, 6, 2);
    expect(present(bed)).toEqual(['1 unreachable', '2 stale', '5 incomplete', '6 stale', '7 stale']);
    learn(bed, 8, 2);
    expect(present(bed)).toEqual(['2 stale', '6 stale', '7 stale', '8 stale', '9 stale']);
  });

  it('so many a second begin to be looked for, on each interface', () => {
    const bed = bench({ resolutionRate: 4, resolutionBurst: 2, perInterface: 30 });
    seek(bed, 1, 4);
    expect(bed.left()).toEqual(['resolutionLimit', 'resolutionLimit']);
    sendTo(bed.neighbors, host(1), bed.packet(3));
    bed.advance(500);
    seek(bed, 5, 3);
    expect(bed.left()).toEqual(['resolutionLimit']);
    expect(bed.neighbors.count(link)).toBe(4);
  });

  it('a watcher that asks meanwhile does no harm', () => {
    const bed = bench({ incomplete: 1 });
    bed.neighbors.changes$.subscribe(({ type }) => {
      if (type === 'removed') bed.neighbors.get(3, addressOf('2001:db8::1'));
    });
    seek(bed, 1, 2);
    expect(present(bed)).toEqual(['2 incomplete']);
  });
});

describe('an interface that goes', () => {
  it('takes its neighbors with it', () => {
    const bed = bench();
    learn(bed, 1, 2, 2);
    learn(bed, 3, 2, 3);
    bed.neighbors.addStatic(2, host(9), lladdr(9));
    seek(bed, 5, 1);
    bed.neighbors.flush(2);
    expect([bed.left(), present(bed), bed.neighbors.count(2)]).toEqual([['noInterface'], ['3 stale', '4 stale'], 0]);
    bed.neighbors.flush(2);
    expect(bed.neighbors.size).toBe(2);
  });
});

describe('a line', () => {
  it('can be one at a time', () => {
    const bed = bench();
    expect(() => watch(bed.neighbors)).toThrow('umigame: another line resolves the neighbors of this node already');
    bed.detach();
    bed.detach();
    expect(() => watch(bed.neighbors)).not.toThrow();
  });

  it('is missed by packets', () => {
    const bed = bench();
    bed.detach();
    const packet = bed.packet();
    sendTo(bed.neighbors, peer, packet);
    expect([packet.drop, packet.pooled, bed.neighbors.size]).toEqual([Drop.laneClosed, true, 0]);
  });
});

describe('changes$', () => {
  it('tells what happens, and ends', () => {
    const { neighbors } = bench();
    const seen: string[] = [];
    neighbors.changes$.subscribe({
      next: ({ type, value }: Change<Neighbor>) => seen.push(`${type} ${value.state}`),
      complete: () => seen.push('complete'),
    });
    neighbors.hearInformation(link, peer, peerLinkLayer);
    neighbors.hearInformation(link, peer, peerLinkLayer);
    neighbors.confirm(link, peer);
    neighbors.confirm(link, peer);
    neighbors.remove(link, peer);
    neighbors.close();
    expect(seen).toEqual(['added stale', 'updated reachable', 'removed reachable', 'complete']);
  });
});

/** Something that happens to a cache. */
const happening = fc.record({
  what: fc.constantFrom(
    'send',
    'send',
    'send',
    'advertise',
    'inform',
    'confirm',
    'wait',
    'remove',
    'static',
    'router',
    'flush',
  ),
  who: fc.nat(40),
  where: fc.integer({ min: 2, max: 4 }),
  how: fc.nat(7),
  wait: fc.nat(4_000),
});

const bounds = { limit: 24, perInterface: 10, incomplete: 4, queue: 2, held: 6 };
const keyOf = ({ interfaceIndex, address }: Neighbor): string => `${interfaceIndex} ${formatAddress(address)}`;

/** What does not hold, of what must hold at any time. */
const violations = ({ neighbors, pool }: Bench, waiting: number, live: ReadonlyMap<string, Neighbor>): string[] => {
  const all = neighbors.list();
  const { held, size } = neighbors;
  const of = (index: number): readonly Neighbor[] => all.filter(({ interfaceIndex }) => interfaceIndex === index);
  const laws: Record<string, boolean> = {
    'as many as are counted':
      all.length === size && [2, 3, 4].every((index) => of(index).length === neighbors.count(index)),
    'no more than the limit':
      size <= bounds.limit && [2, 3, 4].every((index) => of(index).length <= bounds.perInterface),
    'no more that are looked for': [2, 3, 4].every(
      (index) => of(index).filter(({ state }) => state === 'incomplete').length <= bounds.incomplete,
    ),
    'every packet is held or has left': waiting === held && pool.outstanding === held,
    'held by someone': held === all.reduce((sum, each) => sum + each.held, 0),
    'no more that wait': held <= bounds.held && all.every((each) => each.held <= bounds.queue),
    'only for whom is looked for': all.every((each) => each.held === 0 || each.state === 'incomplete'),
    'a timer for all but static entries': all.every(
      ({ remaining, isStatic }) => (remaining === undefined) === isStatic,
    ),
    'as the changes told': live.size === size && all.every((each) => live.get(keyOf(each))?.state === each.state),
  };
  return Object.keys(laws).filter((name) => laws[name] === false);
};

describe('whatever happens', () => {
  it('bounds hold, every packet is somewhere, and nothing is left over', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 200, size: 'max' }), (story) => {
        const bed = bench({ ...bounds, resolutionBurst: 20, resolutionRate: 10, staleTime: 20_000 });
        const { neighbors, pool } = bed;
        const wrong: string[] = [];
        let taken = 0;
        let left = 0;
        const live = new Map<string, Neighbor>();
        neighbors.changes$.subscribe(({ type, value }) => {
          if (live.has(keyOf(value)) !== (type !== 'added')) wrong.push(`${type} ${keyOf(value)}`);
          if (type === 'removed') live.delete(keyOf(value));
          else live.set(keyOf(value), value);
        });
        for (const { what, who, where, how, wait } of story) {
          const heard = (how & 1) === 0 ? lladdr(how >> 1) : undefined;
          if (what === 'send') {
            const row = neighbors.table.findAddress(where, host(who));
            const packet = bed.packet(where);
            taken += 1;
            sendTo(neighbors, host(who), packet);
            if (row !== 0 && (neighbors.get(where, host(who))?.linkLayerAddress ?? undefined) !== undefined) {
              packet.release(); // it went at once
              left += 1;
            }
          } else if (what === 'advertise') {
            neighbors.hearAdvertisement(where, host(who), {
              linkLayerAddress: heard,
              solicited: (how & 2) !== 0,
              override: (how & 4) !== 0,
              isRouter: (how & 6) === 6,
            });
          } else if (what === 'inform') neighbors.hearInformation(where, host(who), heard);
          else if (what === 'confirm') neighbors.confirm(where, host(who));
          else if (what === 'remove') neighbors.remove(where, host(who));
          else if (what === 'static' && how === 0) neighbors.addStatic(where, host(who), lladdr(who));
          else if (what === 'router') neighbors.hearInformation(where, host(who), heard, how > 3);
          else if (what === 'flush' && how === 0) neighbors.flush(where);
          else bed.advance(wait);
          left += bed.left().length;
          wrong.push(...violations(bed, taken - left, live));
          if (wrong.length > 0) break;
        }
        expect(wrong).toEqual([]);
        bed.detach();
        expect([neighbors.held, pool.outstanding]).toEqual([0, 0]);
        neighbors.close();
        expect([neighbors.size, bed.clock.actions.filter(({ closed }) => !closed).length]).toEqual([0, 0]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('watched neighbors', () => {
  const watching = (options: NeighborOptions = {}) => {
    const rig = bench(options);
    const told: string[] = [];
    rig.neighbors.reachability$.subscribe(({ address, isReachable, isRouter }) =>
      told.push(
        `${formatAddress(address)} ${isReachable ? 'reachable' : 'not'}${isRouter === undefined ? '' : ` ${isRouter}`}`,
      ),
    );
    return { ...rig, told };
  };
  const answer = { linkLayerAddress: peerLinkLayer, solicited: true, override: true };

  it('are told of when they can be reached and when not, and nobody else', () => {
    const { neighbors, told } = watching();
    expect(neighbors.watch(link, peer)).toBe(true);
    for (const text of ['fe80::2', 'fe80::3']) {
      neighbors.hearInformation(link, addressOf(text), peerLinkLayer, true);
      neighbors.hearAdvertisement(link, addressOf(text), { ...answer, isRouter: true });
      neighbors.hearAdvertisement(link, addressOf(text), { ...answer, isRouter: false });
      neighbors.remove(link, addressOf(text));
    }
    expect(told).toEqual(['fe80::2 reachable true', 'fe80::2 reachable false', 'fe80::2 not']);
  });

  it('fail in their time: when probes are not answered, when nobody is found, when they are given up', () => {
    const { neighbors, told, advance, left } = watching();
    neighbors.watch(link, peer);
    sendTo(neighbors, peer);
    advance(3_000);
    expect(told).toEqual(['fe80::2 not']);
    neighbors.hearInformation(link, peer, peerLinkLayer, true);
    sendTo(neighbors, peer);
    advance(7_999);
    expect(told.slice(1)).toEqual(['fe80::2 reachable true']);
    advance(1);
    expect(told.slice(2)).toEqual(['fe80::2 not']);
    advance(3_000);
    expect(told.slice(3)).toEqual(['fe80::2 not']);
    left();
  });

  it('are watched as often as they were asked for, in the cache or not', () => {
    const { neighbors, told } = watching();
    neighbors.hearInformation(link, peer, peerLinkLayer);
    neighbors.watch(link, peer);
    neighbors.watch(link, peer);
    neighbors.unwatch(link, peer);
    neighbors.remove(link, peer);
    expect(told).toEqual(['fe80::2 not']);
    neighbors.unwatch(link, peer);
    neighbors.unwatch(link, peer);
    neighbors.hearInformation(link, peer, peerLinkLayer);
    neighbors.remove(link, peer);
    expect(told).toHaveLength(1);
  });

  it('are bounded', () => {
    const { neighbors } = watching({ watched: 1 });
    expect([
      neighbors.watch(link, peer),
      neighbors.watch(link, addressOf('fe80::3')),
      neighbors.watch(link, peer),
    ]).toEqual([true, false, true]);
  });

  it('are asked soon when they were given up and are heard as routers again (RFC 7048 §3)', () => {
    const { neighbors, advance, asked } = watching();
    neighbors.hearInformation(link, peer, peerLinkLayer, true);
    sendTo(neighbors, peer);
    advance(8_000); // unreachable, asked at once; then after 3 s and 9 s more
    sendTo(neighbors, peer);
    advance(3_500);
    const before = asked.length;
    neighbors.hearInformation(link, peer, peerLinkLayer, false);
    advance(1_000);
    expect(asked).toHaveLength(before);
    neighbors.hearInformation(link, peer, peerLinkLayer, true);
    advance(1_000);
    expect(asked).toHaveLength(before + 1);
    expect(neighbors.get(link, peer)?.state).toBe('unreachable');
  });
});
