import { describe, expect, it } from 'vitest';
import { PacketPool } from '../../src/packet/index.ts';
import { Counters } from '../../src/state/counters.ts';
import { Reassembly } from '../../src/state/reassembly.ts';
import { type ReassemblyOptions, reassemblyDefaults } from '../../src/state/reassembly-limits.ts';
import { bytesOf, fragmentsOf, ipv4, ipv6, payload, seededRandom, udp } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { type FragmentBench, fragmentBench, port } from '../support/fragment-bench.ts';

/** The bytes that a held fragment takes: a small slab of the bench's pool. */
const slab = 256 + 2_048 + 64;

const datagram = (source: string, length: number): Uint8Array =>
  bytesOf(ipv6({ source, destination: 'fd00:a::1' }), udp({ destinationPort: port }), payload(length));
/** The first fragment of a datagram that never comes to an end. */
const lonely = (source: string, identification = 1): Uint8Array =>
  fragmentsOf(datagram(source, 100), { cuts: [56], identification })[0] as Uint8Array;
const waiting = ({ node }: FragmentBench): string[] =>
  [...node.reassembly].map(({ source, identification }) => `${formatAddress(source)} ${identification}`);

describe('limits of reassembly', () => {
  it('have the defaults that their documentation states', () => {
    expect(reassemblyDefaults).toEqual({
      datagrams: 1_024,
      bytes: 8_388_608,
      datagramsPerSource: 128,
      bytesPerSource: 1_048_576,
      fragmentsPerDatagram: 128,
      refusedDatagrams: 256,
      timeout: 60_000,
    });
  });

  it('never take more than half of the pool', () => {
    const parts = { counters: new Counters(), scheduler: fragmentBench().clock, seed: 1 };
    const bytesOfPool = (smallLimit: number, largeLimit: number): number =>
      new Reassembly({ ...parts, pool: new PacketPool({ smallLimit, largeLimit }) }).limits.bytes;
    expect(bytesOfPool(8_192, 512)).toBe(8_388_608);
    expect(bytesOfPool(100, 512)).toBe(50 * slab);
    expect(bytesOfPool(8_192, 2)).toBe(256 + 65_576 + 64);
  });

  it('datagrams: the oldest of all goes when no source is heavy', () => {
    const bench = fragmentBench({ datagrams: 3 });
    bench.send(['fd00:1::1', 'fd00:2::1', 'fd00:3::1'].map((source) => lonely(source)));
    expect(bench.sendOne(lonely('fd00:4::1'))).toEqual(['reassemblyLimit']);
    expect(waiting(bench)).toEqual(['fd00:2::1 1', 'fd00:3::1 1', 'fd00:4::1 1']);
  });

  it('datagrams of a source: its own oldest goes; a /64 is one source', () => {
    const bench = fragmentBench({ datagramsPerSource: 2 });
    bench.send([lonely('fd00:1::1'), lonely('fd00:2::1'), lonely('fd00:2::2')]);
    expect(bench.sendOne(lonely('fd00:2::3'))).toEqual(['reassemblyLimit']);
    expect(waiting(bench)).toEqual(['fd00:1::1 1', 'fd00:2::2 1', 'fd00:2::3 1']);
  });

  it('link-local sources are told apart, though they share a /64', () => {
    const bench = fragmentBench({ datagramsPerSource: 1 });
    expect(bench.send([lonely('fe80::1'), lonely('fe80::2')])).toEqual([]);
    expect(bench.sendOne(lonely('fe80::1'), 3)).toEqual([]);
    expect(bench.sendOne(lonely('fe80::1', 2))).toEqual(['reassemblyLimit']);
  });

  it('IPv4 sources are addresses', () => {
    const bench = fragmentBench({ datagramsPerSource: 1 });
    const from = (source: string, identification: number): Uint8Array => {
      const whole = bytesOf(ipv4({ source, destination: '10.0.1.1' }), udp(), payload(100));
      return fragmentsOf(whole, { cuts: [56], identification })[0] as Uint8Array;
    };
    expect(bench.send([from('10.0.1.2', 1), from('10.0.1.3', 1)])).toEqual([]);
    expect(bench.sendOne(from('10.0.1.2', 2))).toEqual(['reassemblyLimit']);
  });

  it('bytes: the oldest of all goes when no source is heavy', () => {
    const bench = fragmentBench({ bytes: 3 * slab });
    bench.send([lonely('fd00:1::1'), lonely('fd00:2::1', 1), lonely('fd00:2::1', 2)]);
    expect(bench.sendOne(lonely('fd00:3::1'))).toEqual(['reassemblyLimit']);
    expect(waiting(bench)).toEqual(['fd00:2::1 1', 'fd00:2::1 2', 'fd00:3::1 1']);
  });

  it('bytes: the oldest of the heaviest source goes, when one holds more than a long datagram', () => {
    const bench = fragmentBench({ bytes: 200 * slab });
    const send = (source: string, count: number): void => {
      for (let id = 1; id <= count; id += 1) bench.sendOne(lonely(source, id));
    };
    send('fd00:1::1', 20);
    send('fd00:2::1', 70);
    send('fd00:3::1', 71);
    send('fd00:4::1', 39);
    expect(bench.node.reassembly.bytes).toBe(200 * slab);
    for (const [source, gone] of [
      ['fd00:5::1', 'fd00:3::1 1'],
      ['fd00:6::1', 'fd00:2::1 1'],
    ] as const) {
      expect(waiting(bench)).toContain(gone);
      expect(bench.sendOne(lonely(source))).toEqual(['reassemblyLimit']);
      expect(waiting(bench)).not.toContain(gone);
    }
    expect([waiting(bench)[0], bench.node.reassembly.bytes]).toEqual(['fd00:1::1 1', 200 * slab]);
  });

  it('bytes of a source: its own oldest datagram goes, with all its fragments', () => {
    const bench = fragmentBench({ bytesPerSource: 3 * slab });
    const pieces = fragmentsOf(datagram('fd00:1::1', 4_000), { identification: 9 });
    bench.send([lonely('fd00:2::1'), pieces[0]!, pieces[1]!, lonely('fd00:1::2')]);
    expect(bench.sendOne(lonely('fd00:1::3'))).toEqual(['reassemblyLimit', 'reassemblyLimit']);
    expect(waiting(bench)).toEqual(['fd00:2::1 1', 'fd00:1::2 1', 'fd00:1::3 1']);
  });

  it('a datagram that needs more than its source may hold goes itself', () => {
    const bench = fragmentBench({ bytesPerSource: 2 * slab });
    const pieces = fragmentsOf(datagram('fd00:1::1', 5_000));
    expect(bench.send(pieces)).toEqual(Array(3).fill('reassemblyLimit'));
    expect(bench.node.reassembly).toMatchObject({ held: 2, size: 1 });
  });

  it('fragments of a datagram: it is given up', () => {
    const bench = fragmentBench({ fragmentsPerDatagram: 3 });
    const pieces = fragmentsOf(datagram('fd00:1::1', 6_000));
    expect(bench.send(pieces)).toEqual([...Array(4).fill('tooManyFragments'), 'refusedDatagram']);
    expect(bench.send(fragmentsOf(datagram('fd00:1::1', 3_000), { identification: 2 }))).toEqual(['delivered']);
  });

  it('refused datagrams: the one refused first is forgotten', () => {
    const bench = fragmentBench({ refusedDatagrams: 2 });
    const discovery = (identification: number): Uint8Array => {
      const whole = bytesOf(ipv6({ source: 'fd00:1::1', destination: 'fd00:a::1' }), payload(64));
      const first = fragmentsOf(whole, { cuts: [32], identification })[0] as Uint8Array;
      first[40] = 58;
      first[48] = 135;
      return first;
    };
    const later = (identification: number): Uint8Array =>
      fragmentsOf(datagram('fd00:1::1', 100), { cuts: [56], identification })[1] as Uint8Array;
    bench.send([1, 2, 3].map(discovery));
    expect(bench.node.reassembly.refusals).toBe(2);
    expect(bench.sendOne(later(2))).toEqual(['refusedDatagram']);
    expect(bench.sendOne(later(3))).toEqual(['refusedDatagram']);
    expect(bench.sendOne(later(1))).toEqual([]);
  });

  it('of 0 refuse all fragments, and nothing is remembered', () => {
    for (const limits of [{ datagrams: 0 }, { datagramsPerSource: 0 }, { bytes: 0 }, { bytesPerSource: 0 }]) {
      const bench = fragmentBench({ ...limits, refusedDatagrams: 0 });
      const outcomes = bench.send(fragmentsOf(datagram('fd00:1::1', 3_000)));
      expect(outcomes).toEqual(Array(3).fill('reassemblyLimit'));
      expect(bench.node.reassembly).toMatchObject({ held: 0, size: 0, bytes: 0, refusals: 0 });
    }
  });

  it('the timeout', () => {
    const bench = fragmentBench({ timeout: 500 });
    bench.sendOne(lonely('fd00:1::1'));
    expect(bench.pass(499)).toEqual([]);
    expect(bench.pass(1)).toEqual(['reassemblyTimeout']);
  });
});

describe('a flood', () => {
  const random = seededRandom(5);
  const word = (): string => Math.floor(random() * 0x10000).toString(16);
  const anySource = (): string => `2001:${word()}:${word()}:${word()}::${word()}`;

  /** Sends `count` first fragments from sources of all the Internet, the fragments of `honest` among them. */
  const flood = (bench: FragmentBench, count: number, honest: (round: number) => Uint8Array | undefined): number => {
    const { reassembly } = bench.node;
    const template = lonely('2001:db8::1');
    let most = 0;
    for (let round = 0; round < count; round += 1) {
      for (let at = 12; at < 24; at += 1) template[at] = Math.floor(random() * 256);
      template[47] = round & 0xff;
      bench.sendOne(template);
      const fragment = honest(round);
      if (fragment !== undefined) bench.sendOne(fragment);
      most = Math.max(most, reassembly.bytes);
    }
    return most;
  };

  it('of 100,000 first fragments from random sources stays under the bound, and honest datagrams get through', () => {
    const limits: ReassemblyOptions = { datagrams: 1_024, bytes: 40 * slab };
    const bench = fragmentBench(limits);
    let left: Uint8Array[] = [];
    let datagrams = 0;
    const most = flood(bench, 100_000, (round) => {
      if (round % 1_000 === 0) {
        datagrams += 1;
        left = fragmentsOf(datagram(anySource(), 4_000), { identification: round });
      }
      return left.shift();
    });
    expect(most).toBe(40 * slab);
    expect(bench.delivered).toEqual(Array(datagrams).fill(payload(4_000)));
    expect(bench.node.reassembly.held).toBe(40);
    expect(bench.node.counters.balance()).toMatchObject({ held: 40, delivered: datagrams, merged: datagrams * 3 });
  });

  it('from one /64 does not touch datagrams of others, however slow these are', () => {
    const bench = fragmentBench({ bytes: 40 * slab, bytesPerSource: 20 * slab });
    const [first, second, third, last] = fragmentsOf(datagram('fd00:a::2', 4_000)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const attack = (): void => {
      for (let id = 0; id < 500; id += 1) bench.sendOne(lonely(`2001:db8::${(id % 9) + 1}`, id));
    };
    for (const fragment of [last, first, third]) {
      bench.sendOne(fragment);
      attack();
    }
    expect(bench.sendOne(second)).toEqual(['delivered']);
  });
});

describe('what is in the store', () => {
  it('can be asked', () => {
    const bench = fragmentBench();
    const pieces = fragmentsOf(datagram('fd00:1::1', 4_000), { identification: 77 });
    bench.send([pieces[0]!, pieces[2]!, lonely('fd00:2::1')]);
    const { reassembly } = bench.node;
    expect(reassembly).toMatchObject({ held: 3, size: 2, bytes: 3 * slab });
    expect([...reassembly].map(({ source, fragments, length }) => [formatAddress(source), fragments, length])).toEqual([
      ['fd00:1::1', 2, 2_464],
      ['fd00:2::1', 1, 56],
    ]);
    expect(bench.node.counters.balance().held).toBe(3);
  });

  it('can be watched', () => {
    const bench = fragmentBench();
    const seen: string[] = [];
    let ended = false;
    bench.node.reassembly.changes$.subscribe({
      next: ({ type, value }) => seen.push(`${type} ${value.identification} ${value.fragments}`),
      complete: () => {
        ended = true;
      },
    });
    bench.send(fragmentsOf(datagram('fd00:1::1', 3_000)));
    bench.sendOne(lonely('fd00:2::1', 2));
    bench.pass(60_000);
    expect(seen).toEqual(['added 1 1', 'updated 1 2', 'removed 1 2', 'added 2 1', 'removed 2 1']);
    bench.node.close();
    expect(ended).toBe(true);
  });

  it('is held in small slabs, though devices read into large ones', () => {
    const bench = fragmentBench();
    const many = Array.from({ length: 20 }, (_, index) => lonely(`fd00:${index + 1}::1`));
    expect(bench.send(many)).toEqual([]);
    expect([bench.node.reassembly.held, bench.pool.outstanding, bench.node.reassembly.bytes]).toEqual([
      20,
      20,
      20 * slab,
    ]);
  });

  it('is held in slabs of its own when it fits no small one', () => {
    const bench = fragmentBench();
    const pieces = fragmentsOf(datagram('fd00:1::1', 20_000), { size: 4_096 });
    bench.send(pieces.slice(1));
    expect([bench.pool.outstanding, bench.node.reassembly.bytes]).toEqual([0, 20_008 - 4_096 + 4 * (48 + 256 + 64)]);
    expect(bench.sendOne(pieces[0]!)).toEqual(['delivered']);
  });

  it('goes with noBuffer when the pool has no slab for the whole', () => {
    const bench = fragmentBench();
    const pieces = fragmentsOf(datagram('fd00:1::1', 3_000));
    bench.send(pieces.slice(1));
    const taken = Array.from({ length: 63 }, () => bench.pool.acquire(60_000)!);
    expect(bench.sendOne(pieces[0]!)).toEqual(['noBuffer', 'noBuffer', 'noBuffer']);
    for (const packet of taken) packet.release();
    expect(bench.node.counters.balance()).toMatchObject({ merged: 0, refused: 3, held: 0 });
  });

  it('is refused when the source completes, for nothing more will come', () => {
    const bench = fragmentBench();
    bench.send([lonely('fd00:1::1'), lonely('fd00:2::1')]);
    expect(bench.complete()).toEqual(['reassemblyStopped', 'reassemblyStopped']);
    expect([bench.replies, bench.node.counters.balance().held]).toEqual([[], 0]);
  });

  it('goes back to the pool when the router is let go, and when the node is closed', () => {
    for (const end of ['letGo', 'close'] as const) {
      const bench = fragmentBench();
      bench.send([lonely('fd00:1::1'), ...fragmentsOf(datagram('fd00:2::1', 4_000)).slice(1)]);
      expect(bench.pool.outstanding).toBe(4);
      if (end === 'letGo') bench.letGo();
      else bench.node.close();
      expect(bench.pool.outstanding).toBe(0);
      expect(bench.node.reassembly).toMatchObject({ held: 0, size: 0, bytes: 0, refusals: 0 });
      expect(bench.clock.actions).toHaveLength(0);
    }
  });

  it('is nothing any more once the node is closed', () => {
    const bench = fragmentBench();
    bench.node.close();
    expect(bench.sendOne(lonely('fd00:1::1'))).toEqual(['laneClosed']);
  });

  it('needs one timer, however much there is', () => {
    const bench = fragmentBench();
    for (let id = 1; id <= 20; id += 1) {
      bench.sendOne(lonely(`fd00:${id}::1`));
      bench.pass(1_000);
    }
    expect(bench.clock.actions).toHaveLength(1);
    expect(bench.pass(40_000)).toEqual(['reassemblyTimeout']);
    expect(bench.clock.actions).toHaveLength(1);
    expect(bench.pass(19_000)).toHaveLength(19);
    expect(bench.clock.actions).toHaveLength(0);
  });
});
