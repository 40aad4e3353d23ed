/**
 * Reassembly: ns per fragment of datagrams of 8 KB, of the longest, and of a flood that never completes one; ns per
 * fragment that we make.
 *
 *     node --expose-gc --import tsx bench/fragments.ts
 */
import { pipe, Subject } from 'rxjs';
import { decode, extensionHeaders, fragmentOriginated, reassemble } from '../src/operators/index.ts';
import type { Packet } from '../src/packet/packet.ts';
import type { Lane } from '../src/packet/stage.ts';
import { release } from '../src/sinks/index.ts';
import { createNode, type Node } from '../src/state/node.ts';
import { fragmentsOf } from '../src/testing/fragments.ts';
import { parseAddress } from '../src/wire/address.ts';
import { udpPacket } from './packets.ts';
import { seededRandom } from './random.ts';

const source = parseAddress('2001:db8:1::1');
const destination = parseAddress('2001:db8:2::1');
if (source === undefined || destination === undefined) throw new Error('these are addresses');
const datagram = (payload: number): Uint8Array => udpPacket(source, destination, payload);

const setUp = (): Node => {
  const node = createNode({ random: seededRandom(1) });
  node.interfaces.add({ name: 'uma', kind: 'memory', mtu: 1_500, pointToPoint: true });
  return node;
};

/** Nanoseconds per packet that goes in, the best of a few rounds. */
const measure = (
  lane: (node: Node) => Lane,
  packets: readonly Uint8Array[],
  count: number,
  prepare: (packet: Packet, index: number) => void,
): number => {
  const node = setUp();
  const input$ = new Subject<Packet>();
  const running = input$.pipe(lane(node), release()).subscribe();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round += 1) {
    const begin = performance.now();
    for (let i = 0; i < count; i += 1) {
      const bytes = packets[i % packets.length] as Uint8Array;
      const packet = node.pool.acquire(65_536) as Packet; // as a device does, which can't know what comes
      packet.bytes.set(bytes, packet.start);
      packet.end = packet.start + bytes.length;
      packet.inInterface = 2;
      prepare(packet, i);
      input$.next(packet);
    }
    best = Math.min(best, ((performance.now() - begin) * 1e6) / count);
  }
  running.unsubscribe();
  if (node.pool.outstanding !== 0) throw new Error(`${node.pool.outstanding} packets are left`);
  node.close();
  return best;
};

const untouched = (): void => undefined;
const local = (node: Node): Lane => pipe(decode(), extensionHeaders(), reassemble(node), extensionHeaders());
const originate = (node: Node): Lane => pipe(decode(), fragmentOriginated(node));

const report = (what: string, nanoseconds: number): void =>
  console.log(`${what.padEnd(52)} ${nanoseconds.toFixed(0).padStart(8)} ns`);

for (const payload of [8_000, 65_000]) {
  const pieces = fragmentsOf(datagram(payload), { size: 1_448 });
  const each = measure(local, pieces, pieces.length * Math.ceil(100_000 / pieces.length), untouched);
  report(`reassemble ${payload} B, per fragment of 1,496 B`, each);
}
const plain = measure(local, [datagram(1_440)], 200_000, untouched);
report('no fragment, 1,488 B', plain);

const first = fragmentsOf(datagram(100), { cuts: [56] })[0] as Uint8Array;
const random = seededRandom(3);
const flood = measure(local, [first], 100_000, ({ view, start }) => {
  view.setInt32(start + 8, Math.floor(random() * 0x100000000));
  view.setInt32(start + 12, Math.floor(random() * 0x100000000));
});
report('flood of first fragments from random sources, each', flood);

const large = datagram(8_000);
const cut = measure(originate, [large], 20_000, (packet) => {
  packet.inInterface = 0;
  packet.outInterface = 2;
});
report('cut 8,000 B for an MTU of 1,500, per fragment', cut / 6);
