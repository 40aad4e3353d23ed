/** Two gateways with a wire between them, and a site behind each: `left` has link 2, the wire is link 3 on both. */
import { Subject, VirtualTimeScheduler } from 'rxjs';
import { createCrypto } from '../../src/crypto/index.ts';
import { countOutcome } from '../../src/operators/index.ts';
import { always, type Packet, PacketPool, Status, stage } from '../../src/packet/index.ts';
import { router } from '../../src/pipelines/router.ts';
import { libcrypto } from '../../src/platform/libcrypto.ts';
import { release } from '../../src/sinks/release.ts';
import { createNode, type Node, type NodeOptions } from '../../src/state/node.ts';
import type { AssociationSpec } from '../../src/state/sadb/spec.ts';
import { addressOf, bytesIn, seededRandom } from '../../src/testing/index.ts';
import { addAddress, outcomeOf, prefixFrom } from './testbed.ts';

/** Links of a gateway. */
export const site = 2;
export const wire = 3;

/** Bytes that count up, for keys. */
export const keyOf = (length: number, first = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (first + i * 7) & 0xff);

export const names = {
  left: { 6: 'fd00:ff::1', 4: '192.0.2.1' },
  right: { 6: 'fd00:ff::2', 4: '192.0.2.2' },
} as const;

/** An ESP association with AES-128-GCM; say what is different. */
export const association = (
  spi: number,
  source: string,
  destination: string,
  more: Partial<AssociationSpec> = {},
): AssociationSpec => ({
  protocol: 'esp',
  spi,
  source: addressOf(source),
  destination: addressOf(destination),
  ...(more.protocol === undefined || more.protocol === 'esp'
    ? { encryption: { algorithm: 'aes-gcm-16', key: keyOf(20) } }
    : {}),
  ...more,
});

/** What came out of a gateway's line. */
export interface Result {
  readonly outInterface: number;
  readonly outcome: string;
  readonly bytes: Uint8Array;
  readonly depth: number;
}

/** The bytes of a result that has to be there. */
export const sentBytes = (result: Result | undefined): Uint8Array => {
  if (result === undefined) throw new Error('nothing came out');
  return result.bytes;
};

export class Gateway {
  readonly node: Node;
  readonly pool = new PacketPool({ smallLimit: 64, largeLimit: 4 });
  readonly clock: VirtualTimeScheduler;
  readonly results: Result[] = [];
  readonly #wire = new Subject<Packet>();

  constructor(side: 'left' | 'right', clock: VirtualTimeScheduler, options: Partial<NodeOptions> = {}) {
    this.clock = clock;
    const { pool } = this;
    const crypto = createCrypto({ libcrypto: libcrypto() });
    this.node = createNode({ scheduler: clock, random: seededRandom(3), pool, interfaceLimit: 8, crypto, ...options });
    const { interfaces, routes } = this.node;
    interfaces.add({ name: 'site', kind: 'memory', mtu: 1500, pointToPoint: true });
    interfaces.add({ name: 'wire', kind: 'memory', mtu: 1500, pointToPoint: true });
    const [own, other] = side === 'left' ? (['a', 'b'] as const) : (['b', 'a'] as const);
    const [ownNumber, otherNumber] = side === 'left' ? [1, 2] : [2, 1];
    for (const each of [`fd00:${own}::1/64`, `10.0.${ownNumber}.1/24`]) addAddress(this.node, site, each);
    for (const each of [`${names[side][6]}/64`, `${names[side][4]}/24`]) addAddress(this.node, wire, each);
    const far = side === 'left' ? 'right' : 'left';
    routes.add({ to: prefixFrom(`fd00:${other}::/64`), via: addressOf(names[far][6]), interfaceIndex: wire });
    routes.add({ to: prefixFrom(`10.0.${otherNumber}.0/24`), via: addressOf(names[far][4]), interfaceIndex: wire });
    this.#wire
      .pipe(
        router(this.node),
        stage((packet) => {
          packet.status = Status.sent;
        }),
        always((packet) => {
          const { outInterface, depth } = packet;
          this.results.push({ outInterface, outcome: outcomeOf(packet), bytes: bytesIn(packet), depth });
        }),
        countOutcome(this.node.counters),
        release(),
      )
      .subscribe();
  }

  /** Lets a packet come in; what comes out because of it. */
  receive(bytes: Uint8Array, inInterface: number = wire): Result[] {
    const before = this.results.length;
    const packet = this.pool.acquire(bytes.length);
    if (packet === undefined) throw new Error('the pool is exhausted');
    packet.bytes.set(bytes, packet.start);
    packet.inInterface = inInterface;
    this.#wire.next(packet);
    return this.results.slice(before);
  }

  /** Packets in the pool that have not come back, and those that the balance of counters misses. */
  get leaks(): number {
    return this.pool.outstanding + this.node.counters.balance().held;
  }

  close(): void {
    this.#wire.complete();
    this.node.close();
  }
}

export interface Bed {
  readonly left: Gateway;
  readonly right: Gateway;
  readonly clock: VirtualTimeScheduler;
}

export const ipsecBed = (options: Partial<NodeOptions> = {}): Bed => {
  const clock = new VirtualTimeScheduler();
  return { left: new Gateway('left', clock, options), right: new Gateway('right', clock, options), clock };
};

export interface TunnelOptions {
  readonly outer?: 4 | 6;
  readonly inner?: 4 | 6;
  readonly spec?: Partial<AssociationSpec>;
}

const sites = { 6: ['fd00:a::/64', 'fd00:b::/64'], 4: ['10.0.1.0/24', '10.0.2.0/24'] } as const;

/** Joins the two sites by a tunnel in each direction, both gateways alike. */
export const joinSites = ({ left, right }: Bed, { outer = 6, inner = 6, spec = {} }: TunnelOptions = {}): void => {
  const ends = { left: names.left[outer], right: names.right[outer] };
  const [here, there] = sites[inner];
  const protocol = spec.protocol ?? 'esp';
  for (const { node } of [left, right]) {
    node.sadb.add(association(0x1001, ends.left, ends.right, { mode: 'tunnel', ...spec }));
    node.sadb.add(association(0x1002, ends.right, ends.left, { mode: 'tunnel', ...spec }));
    const isLeft = node === left.node;
    for (const [from, to, source, destination] of [
      [here, there, ends.left, ends.right],
      [there, here, ends.right, ends.left],
    ] as const) {
      const isOut = (from === here) === isLeft;
      node.spd.add({
        direction: isOut ? 'out' : 'in',
        source: prefixFrom(from),
        destination: prefixFrom(to),
        action: 'protect',
        requests: [
          {
            protocol,
            mode: 'tunnel',
            source: addressOf(source),
            destination: addressOf(destination),
            level: 'require',
          },
        ],
      });
    }
  }
};
