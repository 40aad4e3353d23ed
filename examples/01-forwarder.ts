/**
 * A forwarder in one line: what comes in by one interface leaves by the other, with one hop less. There is no route
 * table here, no store and no node: only lanes joined by `pipe`, and so even what should stay on its link is carried
 * over. Begin here to see a packet pass; the default router is the same thing with more rooms.
 *
 *     npx tsx examples/01-forwarder.ts              three packets in memory; needs no privileges
 *     sudo npx tsx examples/01-forwarder.ts t0 t1   two TUN devices, until Ctrl-C
 *
 * Two devices want two hosts. Make them in another shell, and let one ping the other:
 *
 *     for end in "t0 a fd00::a" "t1 b fd00::b"; do
 *       set -- $end
 *       ip netns add $2; ip link set $1 netns $2; ip -n $2 link set $1 up; ip -n $2 address add $3/64 dev $1 nodad
 *     done
 *     ip netns exec a ping fd00::b
 *
 * @module
 */
import { finalize, merge, type OperatorFunction, pipe } from 'rxjs';
import {
  decode,
  deviceStep,
  fromDevice,
  fromMemory,
  hopLimit,
  type Lane,
  openTun,
  type Packet,
  PacketPool,
  release,
  stage,
  toInterfaces,
  toMemory,
  trace,
} from 'umigame';
import { bytesOf, echoRequest4, echoRequest6, ipv4, ipv6 } from 'umigame/testing';

/** There are interfaces 1 and 2: a packet that came by one leaves by the other. */
const across: Lane = stage((packet) => {
  packet.outInterface = 3 - packet.inInterface;
});

const forward = (send: Lane): OperatorFunction<Packet, never> =>
  pipe(decode(), hopLimit(), across, send, trace(), release());

const pool = new PacketPool();

/** Sends three packets through the forwarder; the last one has no hop left to take. */
const inMemory = (): void => {
  const sent: Uint8Array[] = [];
  const frames = [
    bytesOf(ipv6({ source: 'fd00::a', destination: 'fd00::b' }), echoRequest6()),
    bytesOf(ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }), echoRequest4()),
    bytesOf(ipv6({ source: 'fd00::a', destination: 'fd00::b', hopLimit: 1 }), echoRequest6()),
  ];
  fromMemory(frames, { pool, interfaceIndex: 1 })
    .pipe(forward(toMemory(sent)))
    .subscribe();
  console.log(`${sent.length} of ${frames.length} packets left`);
};

const onDevices = (names: readonly string[]): void => {
  const devices = names.map(openTun);
  const close = finalize<never>(() => {
    for (const device of devices) device.close();
  });
  const running = merge(...devices.map((device, at) => fromDevice(device, { pool, interfaceIndex: at + 1 })))
    .pipe(forward(toInterfaces([undefined, ...devices.map(deviceStep)])), close)
    .subscribe({ error: (lost: Error) => console.error(lost.message) });
  console.log(`forwarding between ${names.join(' and ')}`);
  process.once('SIGINT', () => running.unsubscribe());
};

const names = process.argv.slice(2);
if (names.length === 2) onDevices(names);
else inMemory();
