/**
 * The default router in memory: packets/s and bytes allocated per packet, one core, one copy per packet.
 *
 *     npm run bench
 *
 * prints a table and writes bench/results/router.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Observable, type Subscriber } from 'rxjs';
import { countOutcome } from '../src/operators/count.ts';
import type { Packet } from '../src/packet/packet.ts';
import { router } from '../src/pipelines/router.ts';
import { release, toNull } from '../src/sinks/index.ts';
import { createNode, type Node } from '../src/state/node.ts';
import { address6, type IpAddress, parseAddress } from '../src/wire/address.ts';
import { udpPacket } from './packets.ts';
import { seededRandom } from './random.ts';
import { makeMix } from './routes-mix.ts';

const collect = globalThis.gc;
if (collect === undefined) throw new Error('run with node --expose-gc');

const destinationCount = 4_096;
const inInterface = 2;

const setUp = (routes: number): { node: Node; destinations: IpAddress[] } => {
  const random = seededRandom(1);
  const node = createNode({ random });
  for (const name of ['uma', 'umb']) node.interfaces.add({ name, kind: 'memory', mtu: 65_535, pointToPoint: true });
  const out = 3;
  const via = parseAddress('fe80::2') as IpAddress;
  const mix = makeMix(routes, 7);
  for (const to of mix) node.routes.add({ to, interfaceIndex: out, via });
  const destinations = Array.from({ length: destinationCount }, () => {
    const { address, length } = mix[Math.floor(random() * mix.length)] as (typeof mix)[number];
    const word = (word: number, index: number): number => {
      const bits = Math.min(32, Math.max(0, length - index * 32));
      const mask = bits === 32 ? 0 : 0xffffffff >>> bits;
      return word | (Math.floor(random() * 0x100000000) & mask);
    };
    return address6(word(address.w0, 0), word(address.w1, 1), word(address.w2, 2), word(address.w3, 3));
  });
  return { node, destinations };
};

/** Packets a second and heap bytes a packet, the best of a few rounds. */
const measure = (routes: number, payload: number): { packetsPerSecond: number; bytesPerPacket: number } => {
  const { node, destinations } = setUp(routes);
  const from = parseAddress('2001:db8:1::1') as IpAddress;
  const templates = destinations.map((to) => udpPacket(from, to, payload));
  let input: Subscriber<Packet> | undefined;
  const wire$ = new Observable<Packet>((subscriber) => {
    input = subscriber;
  });
  const running = wire$.pipe(router(node), toNull(), countOutcome(node.counters), release()).subscribe();
  const push = (count: number): void => {
    for (let i = 0; i < count; i += 1) {
      const template = templates[i & (destinationCount - 1)] as Uint8Array;
      const packet = node.pool.acquire(template.length) as Packet;
      packet.bytes.set(template, packet.start);
      packet.inInterface = inInterface;
      input?.next(packet);
    }
  };
  push(300_000);
  let best = 0;
  for (let round = 0; round < 5; round += 1) {
    const count = 500_000;
    const begin = performance.now();
    push(count);
    best = Math.max(best, count / ((performance.now() - begin) / 1_000));
  }
  collect();
  const before = process.memoryUsage().heapUsed;
  push(1_000_000);
  const bytesPerPacket = Math.max(0, process.memoryUsage().heapUsed - before) / 1_000_000;
  const { sent, received } = node.counters.balance();
  if (sent !== received) throw new Error(`${received - sent} of ${received} packets were not forwarded`);
  running.unsubscribe();
  node.close();
  return { packetsPerSecond: best, bytesPerPacket };
};

const rows = [];
for (const payload of [64, 1_400]) {
  for (const routes of [2, 1_000, 200_000]) {
    const result = measure(routes, payload);
    rows.push({ payload, routes, ...result });
    console.log(
      `${payload} B, ${routes} routes: ${(result.packetsPerSecond / 1e6).toFixed(2)} Mpackets/s, ` +
        `${result.bytesPerPacket.toFixed(2)} bytes allocated per packet`,
    );
  }
}
mkdirSync('bench/results', { recursive: true });
writeFileSync('bench/results/router.json', `${JSON.stringify(rows, null, 2)}\n`);
