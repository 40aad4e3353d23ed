/** The whole line on Ethernet: nothing is lost in storms, and a scan of a prefix leaves the others alone. */
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { countOutcome } from '../../src/operators/index.ts';
import { type Packet, PacketPool, Status, stage } from '../../src/packet/index.ts';
import { router } from '../../src/pipelines/router.ts';
import { release } from '../../src/sinks/release.ts';
import {
  addressOf,
  arpMessage,
  bytesOf,
  echoRequest6,
  ethernet,
  ipv4,
  ipv6,
  linkLayerOf,
  linkLayerOption,
  neighborAdvertisement,
  neighborSolicitation,
  udp,
} from '../../src/testing/index.ts';
import { readAddress6 } from '../../src/wire/address.ts';
import * as icmp6 from '../../src/wire/icmp6.ts';
import { e, ethernetBed, f, ours, oursToo } from '../support/ethernet-bed.ts';
import { addAddress, advance, p, testbed } from '../support/testbed.ts';

const hosts = 12;
const nameOf = (host: number): string => `fd00:e::${(host + 2).toString(16)}`;
const name4 = (host: number): string => `10.0.9.${host + 2}`;
const linkLayer = (host: number): string => `02:00:00:00:01:${host.toString(16).padStart(2, '0')}`;

/** A frame, or on `p` a packet, of any sort. */
const frame = fc
  .record({
    kind: fc.constantFrom('ping', 'ping', 'ping', 'ping4', 'ask', 'tell', 'arp', 'reply', 'us', 'noise'),
    host: fc.nat(hosts),
    flags: fc.constantFrom('', 'S', 'SO', 'O', 'RSO', 'R'),
    other: fc.boolean(),
    cut: fc.option(fc.nat(80), { freq: 6 }),
    flip: fc.option(fc.record({ at: fc.nat(120), by: fc.integer({ min: 1, max: 255 }) }), { freq: 6 }),
    noise: fc.uint8Array({ maxLength: 60 }),
  })
  .map(({ kind, host, flags, other, cut, flip, noise }) => {
    const from = other ? '02:00:00:00:02:00' : linkLayer(host);
    const head = (destination: string, etherType?: number) =>
      ethernet({ source: from, destination, ...(etherType === undefined ? {} : { etherType }) });
    const group = '33:33:ff:00:00:01';
    const toGroup = ipv6({ source: nameOf(host), destination: 'ff02::1:ff00:1', hopLimit: 255 });
    const toUs = ipv6({ source: nameOf(host), destination: 'fd00:e::1', hopLimit: 255 });
    const arp = { sender: name4(host), senderLinkLayer: from, target: '10.0.9.1' };
    const forged = Uint8Array.from(noise);
    const make: Record<string, () => [number, Uint8Array]> = {
      ping: () => [p, bytesOf(ipv6({ source: 'fd00:c::2', destination: nameOf(host) }), udp())],
      ping4: () => [p, bytesOf(ipv4({ source: '10.0.3.2', destination: name4(host) }), udp())],
      ask: () => [e, bytesOf(head(group), toGroup, neighborSolicitation('fd00:e::1', linkLayerOption('source', from)))],
      tell: () => {
        const said = neighborAdvertisement(flags, nameOf(host), linkLayerOption('target', from));
        return [e, bytesOf(head(ours), toUs, said)];
      },
      arp: () => [e, bytesOf(head('ff:ff:ff:ff:ff:ff', 0x0806), arpMessage(arp))],
      reply: () => [e, bytesOf(head(ours, 0x0806), arpMessage({ ...arp, operation: 'reply' }))],
      us: () => [e, bytesOf(head(ours), toUs, echoRequest6())],
      noise: () => [f, bytesOf(ethernet({ source: from, destination: oursToo }), forged)],
    };
    const [inInterface, whole] = (make[kind] as () => [number, Uint8Array])();
    const bytes = whole.slice(0, cut ?? whole.length);
    if (flip !== null && flip.at < bytes.length) bytes[flip.at] = (bytes[flip.at] as number) ^ flip.by;
    return { inInterface, bytes };
  });

describe('a storm', () => {
  it('loses no packet: all were sent, delivered, refused, or are held', () => {
    const step = fc.oneof({ weight: 5, arbitrary: frame }, { weight: 1, arbitrary: fc.nat(3_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: 'max' }), fc.boolean(), (story, completes) => {
        const bed = ethernetBed({ smallLimit: 400 });
        const { node, pool } = bed;
        const wrong: string[] = [];
        for (const each of story) {
          if (typeof each === 'number') advance(bed.clock, each);
          else bed.give(each.bytes, each.inInterface);
          const { held } = node.counters.balance();
          if (held !== node.neighbors.held || pool.outstanding !== held) {
            wrong.push(`balance ${held}, neighbors ${node.neighbors.held}, pool ${pool.outstanding}`);
          }
        }
        if (completes) bed.complete();
        bed.stop();
        expect([wrong, node.counters.balance().held, pool.outstanding]).toEqual([[], 0, 0]);
        node.close();
        expect(bed.clock.actions.filter(({ closed }) => !closed)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a scan of a prefix: 50,000 new destinations a second', () => {
  const established = 64;
  const seconds = 4;
  const rate = 50_000;

  /** Neighbors that answer, on a link of a /64 that is scanned; what became of packets to them, and of all others. */
  const scan = () => {
    const bed = testbed();
    const pool = new PacketPool({ smallLimit: 4_096, largeLimit: 4 });
    const { node, clock } = bed;
    const { index } = node.interfaces.add({
      name: 'e',
      kind: 'memory',
      mtu: 1_500,
      pointToPoint: false,
      linkLayerAddress: linkLayerOf(ours),
    });
    for (const each of ['2001:db8:0:1::1/64', 'fe80::22/64']) addAddress(node, index, each);
    const wire$ = new Subject<Packet>();
    const answers: Uint8Array[] = [];
    const sent = { known: 0, other: 0, asked: 0 };
    const isKnown = (low: number): boolean => low > 1 && low <= 1 + established;
    wire$
      .pipe(
        router(node),
        stage((packet) => {
          packet.status = Status.sent;
          if (packet.outInterface !== index) return;
          const { view, start, upper, protocol } = packet;
          const isQuestion = protocol === 58 && icmp6.type(view, upper) === icmp6.Type.neighborSolicitation;
          const low = view.getInt32((isQuestion ? upper + 8 : start + 24) + 12);
          if (!isQuestion) {
            if (isKnown(low)) sent.known += 1;
            else sent.other += 1;
            return;
          }
          sent.asked += 1;
          if (!isKnown(low) || view.getInt32(upper + 16) !== 0) return;
          const { w0, w1, w2, w3 } = readAddress6(view, upper + 8);
          const name = [w0, w1, w2, w3].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
          const target = (name.match(/.{4}/g) as string[]).join(':');
          const mine = `02:00:00:00:02:${low.toString(16).padStart(2, '0')}`;
          answers.push(
            bytesOf(
              ethernet({ source: mine, destination: ours }),
              ipv6({ source: target, destination: '2001:db8:0:1::1', hopLimit: 255 }),
              neighborAdvertisement('SO', target, linkLayerOption('target', mine)),
            ),
          );
        }),
        countOutcome(node.counters),
        release(),
      )
      .subscribe();
    const give = (bytes: Uint8Array, inInterface: number): void => {
      const packet = pool.acquire(bytes.length);
      if (packet === undefined) throw new Error('the pool is exhausted');
      packet.bytes.set(bytes, packet.start);
      packet.inInterface = inInterface;
      wire$.next(packet);
      for (const answer of answers.splice(0)) give(answer, index);
    };
    return { node, pool, clock, index, sent, give };
  };

  it('leaves established neighbors resolved, and memory bounded', () => {
    const { node, pool, clock, index, sent, give } = scan();
    const template = bytesOf(ipv6({ source: 'fd00:c::2', destination: '2001:db8:0:1::2' }), udp());
    const view = new DataView(template.buffer);
    const to = (high: number, low: number): Uint8Array => {
      view.setInt32(32, high);
      view.setInt32(36, low);
      return template;
    };
    for (let host = 0; host < established; host += 1) give(to(0, host + 2), p);
    expect(sent.known).toBe(established);
    let lost = 0;
    let most = 0;
    node.neighbors.changes$.subscribe(({ type, value }) => {
      if (type === 'removed' && value.address.w2 === 0 && value.address.w3 <= established + 1) lost += 1;
    });
    for (let millisecond = 0, scanned = 0; millisecond < seconds * 1_000; millisecond += 1) {
      for (let i = 0; i < rate / 1_000; i += 1, scanned += 1) give(to(1, scanned), p);
      give(to(0, 2 + (millisecond % established)), p);
      advance(clock, 1);
      most = Math.max(most, node.neighbors.held);
    }
    const { options } = node.neighbors;
    expect([sent.known, sent.other, lost]).toEqual([established + seconds * 1_000, 0, 0]);
    expect(node.neighbors.count(index)).toBeLessThanOrEqual(established + options.incomplete);
    expect(most).toBeLessThanOrEqual(options.held);
    expect(pool.outstanding).toBe(node.neighbors.held);
    // New ones are asked for at the rate that is allowed, each three times.
    expect(sent.asked).toBeLessThan(3 * (options.resolutionBurst + seconds * options.resolutionRate) + established * 3);
    expect(node.counters.refusals().get('resolutionLimit')).toBeGreaterThan(rate * (seconds - 1));
    advance(clock, 10_000);
    expect([node.neighbors.held, pool.outstanding, node.counters.balance().held]).toEqual([0, 0, 0]);
    // Every packet of the scan has its reason: most were not looked for, others did not answer or made room.
    const { resolutionLimit = 0, addressUnreachable = 0, ...others } = Object.fromEntries(node.counters.refusals());
    expect([resolutionLimit + addressUnreachable + (others.neighborLimit ?? 0)]).toEqual([rate * seconds]);
    expect(Object.keys(others)).toEqual(others.neighborLimit === undefined ? [] : ['neighborLimit']);
    for (let host = 0; host < established; host += 1) {
      const state = node.neighbors.get(index, addressOf(`2001:db8:0:1::${(host + 2).toString(16)}`))?.state;
      expect(state).toBe('reachable');
    }
  });

  it('does not keep out a host that speaks to us first', () => {
    const { node, clock, index, sent, give } = scan();
    const scanned = bytesOf(ipv6({ source: 'fd00:c::2', destination: '2001:db8:0:1::2' }), udp());
    const view = new DataView(scanned.buffer);
    view.setInt32(32, 1);
    for (let i = 0; i < 10_000; i += 1) {
      view.setInt32(36, i);
      give(scanned, p);
    }
    const newcomer = '2001:db8:0:1::5:5555';
    give(
      bytesOf(
        ethernet({ source: linkLayer(5), destination: '33:33:ff:00:00:01' }),
        ipv6({ source: newcomer, destination: 'ff02::1:ff00:1', hopLimit: 255 }),
        neighborSolicitation('2001:db8:0:1::1', linkLayerOption('source', linkLayer(5))),
      ),
      index,
    );
    give(bytesOf(ipv6({ source: 'fd00:c::2', destination: newcomer }), udp()), p);
    expect(node.neighbors.get(index, addressOf(newcomer))?.state).toBe('delay');
    expect(sent.other).toBe(2); // our advertisement, and the packet
    advance(clock, 5_000);
  });
});
