/**
 * What the neighbor cache costs: forwarding over Ethernet, the same while someone scans the prefix behind it (RFC
 * 6583), ten thousand neighbors that do nothing, and the memory of one.
 *
 *     node --expose-gc --import tsx bench/neighbors.ts
 */
import { asyncScheduler, Observable, type Subscriber, VirtualTimeScheduler } from 'rxjs';
import { countOutcome } from '../src/operators/count.ts';
import type { Packet } from '../src/packet/packet.ts';
import { PacketPool } from '../src/packet/pool.ts';
import { router } from '../src/pipelines/router.ts';
import { release, toNull } from '../src/sinks/index.ts';
import { Neighbors } from '../src/state/neighbors.ts';
import { createNode, type Node } from '../src/state/node.ts';
import { address6, type IpAddress } from '../src/wire/address.ts';
import { udpPacket } from './packets.ts';
import { seededRandom } from './random.ts';

/** New destinations a second. */
const scanRate = 50_000;
const neighborCount = 1_024;
const inInterface = 2;
const outInterface = 3;
const subnet = [0x20010db8, 0x000a0000] as const;
const host = (number: number): IpAddress => address6(...subnet, 0, number + 2);

/** A router from a point-to-point link to an Ethernet with neighbors that are known. */
class Bench {
  readonly node: Node;
  readonly #clock = new VirtualTimeScheduler();
  readonly #templates: readonly Uint8Array[];
  readonly #scan: Uint8Array;
  readonly #scanView: DataView;
  #scanned = 0;
  #input: Subscriber<Packet> | undefined;

  constructor(isEthernet: boolean) {
    this.node = createNode({ random: seededRandom(1), scheduler: this.#clock });
    const { interfaces, addresses, neighbors } = this.node;
    interfaces.add({ name: 'uma', kind: 'memory', mtu: 1_500, pointToPoint: true });
    const linkLayerAddress = isEthernet ? { high: 0x0200, low: 0x22 } : undefined;
    interfaces.add({ name: 'umb', kind: 'memory', mtu: 1_500, pointToPoint: false, linkLayerAddress });
    addresses.add({ interfaceIndex: inInterface, address: address6(0x20010db8, 1, 0, 1), prefixLength: 64 });
    addresses.add({ interfaceIndex: outInterface, address: address6(...subnet, 0, 1), prefixLength: 64 });
    for (let i = 0; isEthernet && i < neighborCount; i += 1) {
      neighbors.hearInformation(outInterface, host(i), { high: 0x0200, low: i });
      neighbors.confirm(outInterface, host(i));
    }
    const source = address6(0x20010db8, 1, 0, 2);
    this.#templates = Array.from({ length: neighborCount }, (_, i) => udpPacket(source, host(i), 64));
    this.#scan = udpPacket(source, address6(...subnet, 1, 0), 64);
    this.#scanView = new DataView(this.#scan.buffer);
    new Observable<Packet>((subscriber) => {
      this.#input = subscriber;
    })
      .pipe(router(this.node), toNull(), countOutcome(this.node.counters), release())
      .subscribe();
  }

  /** Packets to neighbors that are known. */
  forward(count: number): void {
    for (let i = 0; i < count; i += 1) this.#give(this.#templates[i & (neighborCount - 1)] as Uint8Array);
  }

  /** Packets to neighbors that nobody has seen, 20 µs apart. */
  scan(count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.#scanned += 1;
      this.#scanView.setInt32(36, this.#scanned);
      this.#give(this.#scan);
      if (this.#scanned % (scanRate / 1_000) === 0) this.#tick();
    }
  }

  #tick(): void {
    const then = this.#clock.frame + 1;
    this.#clock.maxFrames = then;
    this.#clock.flush();
    this.#clock.frame = then;
  }

  #give(template: Uint8Array): void {
    const packet = this.node.pool.acquire(template.length);
    if (packet === undefined) throw new Error('the pool is exhausted');
    packet.bytes.set(template, packet.start);
    packet.inInterface = inInterface;
    this.#input?.next(packet);
  }
}

/** Seconds of processor time, the best of five. */
const seconds = (run: () => void): number => {
  run();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i += 1) {
    const begin = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(begin);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
};

const packets = 400_000;

/** Packets a second of processor time. */
const forwarding = (bench: Bench): number => packets / seconds(() => bench.forward(packets));

const bare = forwarding(new Bench(false));
const bed = new Bench(true);
const ethernet = forwarding(bed);
const scanPacket = seconds(() => bed.scan(scanRate)) / scanRate;

/** So many packets for known neighbors to one of the scan that the scan makes 50,000 a second. */
const share = Math.max(1, Math.round(ethernet * (1 / scanRate - scanPacket)));
const groups = 10_000;
const group =
  seconds(() => {
    for (let i = 0; i < groups; i += 1) {
      bed.forward(share);
      bed.scan(1);
    }
  }) / groups;
const kept = bed.node.neighbors.list(outInterface).filter(({ address }) => address.w2 === 0).length;

/** Ten thousand neighbors, in real time, confirmed one after the other over the last half minute. */
const idleCount = 10_000;
const idleTime = 4_000;
const before = process.memoryUsage().arrayBuffers;
const idle = new Neighbors(
  { pool: new PacketPool(), scheduler: asyncScheduler, random: () => 0.5, interfaceLimit: 4 },
  { limit: idleCount, perInterface: idleCount },
);
const bytesEach = (process.memoryUsage().arrayBuffers - before) / idleCount;
for (let i = 0; i < idleCount; i += 1) {
  idle.configure(2, { reachableTime: 1 + Math.floor((i / idleCount) * 30_000) });
  idle.hearInformation(2, host(i), { high: 0x0200, low: i });
  idle.confirm(2, host(i));
}
const begin = process.cpuUsage();
const started = performance.now();
await new Promise((resolve) => setTimeout(resolve, idleTime));
const { user, system } = process.cpuUsage(begin);
const part = (user + system) / 1_000 / (performance.now() - started);
const stale = idle.list().filter(({ state }) => state === 'stale').length;
idle.close();

const million = (perSecond: number): string => `${(perSecond / 1e6).toFixed(2)} M packets/s`;
const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`;
const count = (number: number): string => Math.round(number).toLocaleString('en');

console.log(`to a point-to-point link       ${million(bare)}`);
console.log(`to ${count(neighborCount)} neighbors on Ethernet ${million(ethernet)}`);
console.log(`a packet of a scan             ${(scanPacket * 1e9).toFixed(0)} ns, all that follows from it included`);
console.log(
  `under ${count(1 / group)} of these a second  ${million(share / group)}, ${percent(share / group / ethernet)}`,
);
console.log(`known neighbors kept           ${kept} of ${neighborCount}`);
console.log(`${count(idleCount)} idle neighbors          ${percent(part)} of a core, ${stale} became stale meanwhile`);
console.log(`memory                         ${bytesEach.toFixed(0)} bytes a neighbor`);
