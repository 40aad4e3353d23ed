/**
 * An operator of our own in the default router: how many bits a second go to each of some prefixes.
 *
 * `prefixMeter` below is all of it, in under 20 lines. It borrows the longest-prefix match of `Routes`, which leads from
 * an address to a small number, the row; the router finds an interface there, the meter a count. Nothing is allocated
 * per packet, and the clock is an argument, so that a marble test can run an hour in a moment.
 *
 *     npx tsx examples/02-prefix-meter.ts                    three seconds of traffic, simulated in no time
 *     sudo npx tsx examples/02-prefix-meter.ts router.json   the traffic of a router on real devices, until Ctrl-C
 *
 * @module
 */
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  asyncScheduler,
  interval,
  map,
  merge,
  pipe,
  type SchedulerLike,
  take,
  using,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  countOutcome,
  createNode,
  formatPrefix,
  type IpPrefix,
  type Lane,
  loadConfig,
  parsePrefix,
  type RouterAdapter,
  Routes,
  release,
  router,
  stage,
  startRouter,
  toNull,
} from 'umigame';
import { bytesOf, ipv4, ipv6, packetOf, payload, seededRandom, udp } from 'umigame/testing';

/** Tells, every second, the bits a second towards each prefix; of nested prefixes the longest counts. */
export const prefixMeter =
  (prefixes: readonly IpPrefix[], tell: (rates: readonly number[]) => void, clock: SchedulerLike): Lane =>
  (packets$) => {
    const meters = new Routes();
    const rows = prefixes.map((to, at) => meters.add({ to, interfaceIndex: at + 1 }).row);
    const octets = new Float64Array(Math.max(0, ...rows) + 1); // by row; row 0 is for everything else
    const count = stage(({ family, view, start, length }) => {
      const row = family === 6 ? meters.table.lookup6(view, start + 24) : meters.table.lookup4(view, start + 16);
      octets[row] = (octets[row] as number) + length;
    });
    const report = (): void => {
      tell(rows.map((row) => (octets[row] as number) * 8));
      octets.fill(0);
    };
    return using(
      () => interval(1_000, clock).subscribe(report),
      () => packets$.pipe(count),
    );
  };

const prefixes = ['2001:db8::/32', '2001:db8:1::/48', '10.0.2.0/24', 'fd00::/8'].flatMap(
  (text) => parsePrefix(text) ?? [],
);

const print = (rates: readonly number[]): void => {
  const parts = prefixes.map((prefix, at) => `${formatPrefix(prefix)} ${((rates[at] ?? 0) / 1e6).toFixed(2)}`);
  console.log(`Mbit/s: ${parts.join('   ')}`);
};

/** The default router with the meter behind its forwarding lane: what is refused there does not count. */
const metered =
  (clock: SchedulerLike): RouterAdapter =>
  (lanes) => ({ ...lanes, forward: pipe(lanes.forward, prefixMeter(prefixes, print, clock)) });

const simulate = (): void => {
  const clock = new VirtualTimeScheduler();
  const node = createNode({ scheduler: clock, random: seededRandom(1) });
  const inside = node.interfaces.add({ name: 'inside', kind: 'memory', mtu: 1500, pointToPoint: true });
  const outside = node.interfaces.add({ name: 'outside', kind: 'memory', mtu: 1500, pointToPoint: true });
  for (const to of prefixes) node.routes.add({ to, interfaceIndex: outside.index });

  const flow = (bytes: Uint8Array, every: number, packets: number) =>
    interval(every, clock).pipe(
      take(packets),
      map(() => packetOf(bytes, { pool: node.pool, inInterface: inside.index })),
    );
  const [from6, from4] = ['fd00::1', '10.0.1.1'];
  merge(
    flow(bytesOf(ipv6({ source: from6, destination: '2001:db8::1' }), udp(), payload(1_202)), 5, 600),
    flow(bytesOf(ipv6({ source: from6, destination: '2001:db8:1::1' }), udp(), payload(1_202)), 10, 150),
    flow(bytesOf(ipv4({ source: from4, destination: '10.0.2.1' }), udp(), payload(972)), 4, 400),
  )
    .pipe(router(node, metered(clock)), toNull(), countOutcome(node.counters), release())
    .subscribe();
  clock.flush();
};

const run = async (file: string): Promise<void> => {
  const running = startRouter(await loadConfig(file), { adapt: metered(asyncScheduler) });
  console.log(`ready ${running.interfaces.join(' ')}`);
  process.once('SIGINT', () => running.stop());
};

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [file] = argv.slice(2);
  if (file === undefined) simulate();
  else await run(file);
}
