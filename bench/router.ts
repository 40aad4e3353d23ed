import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Observable, type Subscriber } from 'rxjs';
import { countOutcome } from '../src/operators/count.ts';
import type { Packet } from '../src/packet/packet.ts';
import { router } from '../src/pipelines/router.ts';
import { release, toNull } from '../src/sinks/index.ts';
import { createNode, type Node } from '../src/state/node.ts';
import { address6, type IpAddress, type IpPrefix, parseAddress } from '../src/wire/address.ts';
import { type Meter, meter } from './meter.ts';
import { udpPacket } from './packets.ts';
import { seededRandom } from './random.ts';
import { makeMix } from './routes-mix.ts';

export interface RouterRow extends Meter {
  /** Bytes of UDP payload. */
  readonly payload: number;
  readonly routes: number;
}

/** Packets go round through so many destinations, all over the table. */
const destinationCount = 4_096;
const inInterface = 2;
const outInterface = 3;

const nodeWith = (mix: readonly IpPrefix[]): Node => {
  const node = createNode({ random: seededRandom(1) });
  for (const name of ['uma', 'umb']) node.interfaces.add({ name, kind: 'memory', mtu: 65_535, pointToPoint: true });
  const via = parseAddress('fe80::2') as IpAddress;
  for (const to of mix) node.routes.add({ to, interfaceIndex: outInterface, via });
  return node;
};

/** An address in the prefix, its other bits random. */
const addressIn = ({ address, length }: IpPrefix, random: () => number): IpAddress => {
  const host = (index: number): number => {
    const bits = Math.min(32, Math.max(0, length - index * 32));
    return bits === 32 ? 0 : Math.floor(random() * 0x100000000) & (0xffffffff >>> bits);
  };
  const { w0, w1, w2, w3 } = address;
  return address6(w0 | host(0), w1 | host(1), w2 | host(2), w3 | host(3));
};

/** The whole default router, from a slab with the packet's bytes to a sink that sends nowhere: one copy per packet. */
const measure = (routes: number, payload: number): RouterRow => {
  const mix = makeMix(routes, 7);
  const node = nodeWith(mix);
  const random = seededRandom(3);
  const source = parseAddress('2001:db8:1::1') as IpAddress;
  const templates = Array.from({ length: destinationCount }, () => {
    const prefix = mix[Math.floor(random() * mix.length)] as IpPrefix;
    return udpPacket(source, addressIn(prefix, random), payload);
  });
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
  const result = meter(push);
  const { sent, received } = node.counters.balance();
  if (sent !== received) throw new Error(`${received - sent} of ${received} packets were not forwarded`);
  running.unsubscribe();
  node.close();
  return { payload, routes, ...result };
};

/**
 * Each payload with each number of routes, each in a process of its own: a second router in one process finds code that
 * was compiled for both, and is slower than either alone.
 */
export const benchRouter = (payloads: readonly number[], routes: readonly number[]): RouterRow[] =>
  payloads.flatMap((payload) =>
    routes.map((count) => {
      const file = fileURLToPath(import.meta.url);
      const child = [...process.execArgv, file, String(count), String(payload)];
      return JSON.parse(execFileSync(process.execPath, child, { encoding: 'utf8' })) as RouterRow;
    }),
  );

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(measure(Number(process.argv[2]), Number(process.argv[3]))));
}
