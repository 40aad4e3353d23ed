/**
 * IPsec: µs of processor time and heap bytes for a packet that goes through the whole line of a gateway, into a tunnel
 * and out of one, by mode and algorithm; and with many associations and policies.
 *
 *     node --expose-gc --import tsx bench/ipsec.ts
 */
import Table from 'cli-table3';
import { Observable, type Subscriber, VirtualTimeScheduler } from 'rxjs';
import { createCrypto } from '../src/crypto/index.ts';
import { countOutcome } from '../src/operators/count.ts';
import { always } from '../src/packet/index.ts';
import type { Packet } from '../src/packet/packet.ts';
import { router } from '../src/pipelines/router.ts';
import { libcrypto } from '../src/platform/libcrypto.ts';
import { release, toNull } from '../src/sinks/index.ts';
import { createNode, type Node } from '../src/state/node.ts';
import type { AssociationSpec } from '../src/state/sadb/spec.ts';
import { address6, type IpAddress } from '../src/wire/address.ts';
import { udpPacket } from './packets.ts';
import { seededRandom } from './random.ts';

const near = address6(0xfd0000ff, 0, 0, 1);
const far = address6(0xfd0000ff, 0, 0, 2);
const hostHere = address6(0xfd00000a, 0, 0, 2);
const hostThere = address6(0xfd00000b, 0, 0, 2);
const prefix = (address: IpAddress, length = 64) => ({ address: address6(address.w0, address.w1, 0, 0), length });
const key = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i + 1);

type Suite = Pick<AssociationSpec, 'protocol' | 'encryption' | 'authentication'>;
const sha256 = { algorithm: 'hmac-sha256-128', key: key(32) } as const;
const suites: Readonly<Record<string, Suite>> = {
  'ESP AES-128-GCM': { protocol: 'esp', encryption: { algorithm: 'aes-gcm-16', key: key(20) } },
  'ESP ChaCha20-Poly1305': { protocol: 'esp', encryption: { algorithm: 'chacha20-poly1305', key: key(36) } },
  'ESP AES-128-CBC, SHA-256': {
    protocol: 'esp',
    encryption: { algorithm: 'aes-cbc', key: key(16) },
    authentication: sha256,
  },
  'ESP NULL, SHA-256': { protocol: 'esp', encryption: { algorithm: 'null', key: key(0) }, authentication: sha256 },
  'AH SHA-256': { protocol: 'ah', authentication: sha256 },
};

interface Options {
  readonly suite?: Suite;
  readonly associations?: number;
  readonly policies?: number;
}

/** A gateway that takes packets in by link 2 and hands them on by link 3, in a tunnel, or the other way round. */
class Bench {
  readonly node: Node;
  #input: Subscriber<Packet> | undefined;
  #taken: Uint8Array | undefined;

  constructor(isSender: boolean, { suite, associations = 0, policies = 0 }: Options) {
    this.node = createNode({
      random: seededRandom(1),
      scheduler: new VirtualTimeScheduler(),
      crypto: createCrypto({ libcrypto: libcrypto() }),
      ipsec: { associations: associations + 16 },
    });
    const { interfaces, addresses, routes, sadb, spd } = this.node;
    for (const name of ['site', 'wire']) interfaces.add({ name, kind: 'memory', mtu: 9_000, pointToPoint: true });
    addresses.add({ interfaceIndex: 3, address: isSender ? near : far, prefixLength: 64 });
    routes.add({ to: prefix(hostThere), interfaceIndex: isSender ? 3 : 2 });
    if (suite !== undefined) {
      sadb.add({ ...suite, spi: 0x1000, source: near, destination: far, mode: 'tunnel', replayWindow: 1_024 });
      for (let i = 0; i < policies; i += 1) {
        const source = prefix(address6(0xfd010000, i, 0, 0));
        spd.add({ direction: isSender ? 'out' : 'in', source, destination: prefix(hostThere), action: 'discard' });
      }
      for (let i = 0; i < associations; i += 1) {
        sadb.add({ ...suite, spi: 0x10000 + i, source: address6(0xfd020000, i, 0, 1), destination: far });
      }
      const request = { protocol: suite.protocol, mode: 'tunnel', source: near, destination: far } as const;
      spd.add({
        direction: isSender ? 'out' : 'in',
        source: prefix(hostHere),
        destination: prefix(hostThere),
        action: 'protect',
        requests: [{ ...request, level: 'require' }],
      });
    }
    const keep = always(({ bytes, start, end }) => {
      if (this.#taken === undefined) this.#taken = bytes.slice(start, end);
    });
    new Observable<Packet>((subscriber) => {
      this.#input = subscriber;
    })
      .pipe(router(this.node), keep, toNull(), countOutcome(this.node.counters), release())
      .subscribe();
  }

  send(bytes: Uint8Array, inInterface: number): void {
    const packet = this.node.pool.acquire(bytes.length);
    if (packet === undefined) throw new Error('the pool is exhausted');
    packet.bytes.set(bytes, packet.start);
    packet.inInterface = inInterface;
    this.#input?.next(packet);
  }

  /** What came out first since it was asked last. */
  taken(): Uint8Array {
    const taken = this.#taken;
    if (taken === undefined) throw new Error('nothing came out');
    this.#taken = undefined;
    return taken;
  }

  get refused(): number {
    return this.node.counters.balance().refused;
  }
}

const rounds = 5;
const perRound = 20_000;

/** The best of several rounds. */
const measure = (run: () => void): { readonly microseconds: number; readonly bytesEach: number } => {
  let microseconds = Number.POSITIVE_INFINITY;
  let bytesEach = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= rounds; round += 1) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const begin = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(begin);
    if (round === 0) continue; // warm by now
    microseconds = Math.min(microseconds, (user + system) / perRound);
    bytesEach = Math.min(bytesEach, Math.max(0, process.memoryUsage().heapUsed - before) / perRound);
  }
  return { microseconds, bytesEach };
};

const output = (size: number, options: Options) => {
  const bench = new Bench(true, options);
  const bytes = udpPacket(hostHere, hostThere, size - 48);
  const result = measure(() => {
    for (let i = 0; i < perRound; i += 1) bench.send(bytes, 2);
  });
  if (bench.refused > 0) throw new Error(`${bench.refused} packets were refused`);
  return result;
};

const input = (size: number, options: Options) => {
  const sender = new Bench(true, options);
  const receiver = new Bench(false, options);
  const bytes = udpPacket(hostHere, hostThere, size - 48);
  // Each packet is made by a sender, for none may come twice: what both take together is measured.
  const result = measure(() => {
    for (let i = 0; i < perRound; i += 1) receiver.send(next(sender, bytes), 3);
  });
  if (receiver.refused > 0) throw new Error(`${receiver.refused} packets were refused`);
  return result;
};

const next = (sender: Bench, bytes: Uint8Array): Uint8Array => {
  sender.send(bytes, 2);
  return sender.taken();
};

const table = new Table({
  head: ['what', 'size', 'µs out', 'Gbit/s', 'packets/s', 'heap bytes', 'µs in and out'],
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
});

const row = (name: string, size: number, options: Options): void => {
  const { microseconds, bytesEach } = output(size, options);
  const both = options.suite === undefined ? undefined : input(size, options);
  table.push([
    name,
    `${size} B`,
    microseconds.toFixed(2),
    ((size * 8) / microseconds / 1_000).toFixed(2),
    Math.round(1e6 / microseconds).toLocaleString('en'),
    bytesEach.toFixed(0),
    both === undefined ? '' : both.microseconds.toFixed(2),
  ]);
};

for (const size of [64, 1_400]) {
  row('forwarded in clear', size, {});
  for (const [name, suite] of Object.entries(suites)) row(name, size, { suite });
}
const suite = suites['ESP AES-128-GCM'] as Suite;
row('ESP AES-128-GCM, 20,000 associations, 10,000 policies', 1_400, { suite, associations: 20_000, policies: 10_000 });
console.log(table.toString());
