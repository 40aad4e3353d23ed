import { type SchedulerLike, VirtualTimeScheduler } from 'rxjs';
import { decodeStep } from '../../src/operators/decode.ts';
import { dropNames, Fate, type Packet, PacketPool, Status } from '../../src/packet/index.ts';
import { createNode, type Node, type NodeOptions } from '../../src/state/node.ts';
import { RouteFlag } from '../../src/state/routes.ts';
import { addressOf, type PacketOfOptions, packetOf, seededRandom } from '../../src/testing/index.ts';
import { type IpPrefix, parsePrefix } from '../../src/wire/address.ts';

/** The prefix that the text means; throws when it means none. */
export const prefixFrom = (text: string): IpPrefix => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`${text} is not a prefix`);
  return prefix;
};

/** Links of the test bed: two Ethernet-like ones, the second narrower, and one with a single other end. */
export const a = 2;
export const b = 3;
export const p = 4;
export const mtu = { [a]: 1500, [b]: 1400, [p]: 1500 } as const;

export interface Testbed {
  readonly node: Node;
  readonly pool: PacketPool;
  /** Its `frame` is the time, in milliseconds. */
  readonly clock: VirtualTimeScheduler;
}

/** Adds `address/length` to an interface. */
export const addAddress = (node: Node, interfaceIndex: number, text: string, flags = 0): void => {
  const [address = '', length] = text.split('/');
  node.addresses.add({ interfaceIndex, address: addressOf(address), prefixLength: Number(length), flags });
};

export interface TestbedOptions {
  /** Small slabs in the pool. Default 64. */
  readonly smallLimit?: number;
  /** Large slabs. Default 4. */
  readonly largeLimit?: number;
  readonly seed?: number;
  /** Default: the test bed's own clock. */
  readonly scheduler?: SchedulerLike;
  /** Bounds of the node's stores. */
  readonly bounds?: Pick<NodeOptions, 'errorLimits' | 'pathMtus' | 'reassembly' | 'sentPackets'>;
  readonly tunnels?: NodeOptions['tunnels'];
}

/** A node with three links, addresses of both versions, and a route of every sort; few slabs, so that leaks show. */
export const testbed = (options: TestbedOptions = {}): Testbed => {
  const clock = new VirtualTimeScheduler();
  const pool = new PacketPool({ smallLimit: options.smallLimit ?? 64, largeLimit: options.largeLimit ?? 4 });
  const { scheduler = clock, seed = 1, bounds, tunnels = {} } = options;
  const node = createNode({ scheduler, random: seededRandom(seed), pool, interfaceLimit: 16, tunnels, ...bounds });
  node.interfaces.add({ name: 'a', kind: 'memory', mtu: mtu[a], pointToPoint: false });
  node.interfaces.add({ name: 'b', kind: 'memory', mtu: mtu[b], pointToPoint: false });
  node.interfaces.add({ name: 'p', kind: 'memory', mtu: mtu[p], pointToPoint: true });
  for (const each of ['fd00:a::1/64', 'fe80::a1/64', '10.0.1.1/24']) addAddress(node, a, each);
  for (const each of ['fd00:b::1/64', 'fe80::b1/64', '10.0.2.1/24']) addAddress(node, b, each);
  for (const each of ['fd00:c::1/64', '10.0.3.1/24']) addAddress(node, p, each);
  node.routes.add({ to: prefixFrom('2001:db8::/32'), via: addressOf('fd00:b::2'), interfaceIndex: b });
  node.routes.add({ to: prefixFrom('192.0.2.0/24'), via: addressOf('10.0.2.2'), interfaceIndex: b });
  for (const [flags, ...prefixes] of [
    [RouteFlag.reject, '2001:db8:dead::/48', '198.51.100.0/24'],
    [RouteFlag.blackhole, '2001:db8:b1ac::/48', '203.0.113.0/24'],
  ] as const) {
    for (const to of prefixes) node.routes.add({ to: prefixFrom(to), interfaceIndex: node.interfaces.loopback, flags });
  }
  return { node, pool, clock };
};

/** Lets time pass: what is due by then runs, then it is then. */
export const advance = (clock: VirtualTimeScheduler, milliseconds: number): void => {
  const then = clock.frame + milliseconds;
  clock.maxFrames = then;
  clock.flush();
  clock.frame = then;
};

/** A packet that came in by `a` (or another interface) and has been decoded. */
export const received = (bytes: Uint8Array, options: PacketOfOptions = {}): Packet => {
  const packet = packetOf(bytes, { inInterface: a, ...options });
  decodeStep(packet);
  return packet;
};

/** What has become of a packet, in a word: a drop reason's name, `sent`, `delivered`, or where it is bound for. */
export const outcomeOf = (packet: Packet): string => {
  switch (packet.status) {
    case Status.refused:
      return dropNames[packet.drop] as string;
    case Status.sent:
      return 'sent';
    case Status.delivered:
      return 'delivered';
    default:
      return packet.fate === Fate.local ? 'local' : packet.fate === Fate.forward ? 'forward' : 'inFlight';
  }
};
