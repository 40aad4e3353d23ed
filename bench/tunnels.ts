import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Observable, type Subscriber } from 'rxjs';
import { countOutcome } from '../src/operators/count.ts';
import { decapsulateStep } from '../src/operators/decapsulate.ts';
import { decodeStep } from '../src/operators/decode.ts';
import { encapsulateStep } from '../src/operators/encapsulate.ts';
import { Packet, Status } from '../src/packet/packet.ts';
import { router } from '../src/pipelines/router.ts';
import { release, toNull } from '../src/sinks/index.ts';
import { createNode, type Node } from '../src/state/node.ts';
import { mtuPolicyOf, traitsOf } from '../src/state/tunnel-traits.ts';
import { type IpAddress, type IpPrefix, parseAddress, parsePrefix } from '../src/wire/address.ts';
import type { TunnelParameters } from '../src/wire/tunneling.ts';
import { meter } from './meter.ts';
import { udpPacket } from './packets.ts';
import { seededRandom } from './random.ts';

export interface TunnelRow {
  readonly mode: string;
  /** Nanoseconds of processor time to go in, and to come out. */
  readonly encapsulate: number;
  readonly decapsulate: number;
  /** Bytes of outer headers that are written, and of the packet inside that are moved. */
  readonly written: number;
  readonly moved: number;
  readonly bytesEach: number;
}

const address = (text: string): IpAddress => parseAddress(text) as IpAddress;
const prefix = (text: string): IpPrefix => parsePrefix(text) as IpPrefix;

const ends4 = { local: address('10.0.2.1'), remote: address('10.0.2.2') };
const ends6 = { local: address('fd00:b::1'), remote: address('fd00:b::2') };
const isatapPeer = '2001:db8:7::5efe:a00:202';

/** A tunnel of each kind, and where a packet goes that it carries. */
const modes: Readonly<Record<string, readonly [TunnelParameters, string]>> = {
  'gif 6in4': [{ kind: 'gif', ...ends4 }, '2001:db8:7::1'],
  'gif 6in6': [{ kind: 'gif', ...ends6 }, '2001:db8:7::1'],
  'gre over IPv4': [{ kind: 'gre', ...ends4 }, '2001:db8:7::1'],
  'gre over IPv6, key': [{ kind: 'gre', ...ends6, key: 7 }, '2001:db8:7::1'],
  'fou over IPv4': [{ kind: 'fou', ...ends4, port: 5_555 }, '2001:db8:7::1'],
  'gue over IPv4': [{ kind: 'gue', ...ends4, port: 5_555 }, '2001:db8:7::1'],
  stf: [{ kind: 'stf', local: address('192.0.2.1') }, '2002:c000:202::1'],
  '6rd': [{ kind: '6rd', local: ends4.local, prefix: prefix('2001:db8::/32'), ipv4MaskLength: 8 }, '2001:db8:2:200::1'],
  isatap: [{ kind: 'isatap', local: ends4.local }, isatapPeer],
};

const payload = 1_200;
const link = 2;
const tunnel = 3;

const nodeWith = (parameters: TunnelParameters): Node => {
  const node = createNode({ random: seededRandom(1) });
  node.interfaces.add({ name: 'umb', kind: 'memory', mtu: 1_500, pointToPoint: true });
  const policy = mtuPolicyOf(parameters);
  const { pointToPoint } = traitsOf(parameters);
  const mtu = policy === 'path' ? 1_280 : policy;
  node.interfaces.add({ name: 'tun', kind: parameters.kind, mtu, pointToPoint });
  for (const to of ['::/0', '0.0.0.0/0']) node.routes.add({ to: prefix(to), interfaceIndex: link });
  node.tunnels.add({ ...parameters, interfaceIndex: tunnel });
  return node;
};

/** An outer packet of the tunnel as the other end would send it: ours, source and destination swapped. */
const swapEnds = ({ view, start, family }: Packet): void => {
  const [at, length] = family === 6 ? [start + 8, 16] : [start + 12, 4];
  for (let i = at; i < at + length; i += 1) {
    const byte = view.getUint8(i);
    view.setUint8(i, view.getUint8(i + length));
    view.setUint8(i + length, byte);
  }
};

const measure = (mode: string): TunnelRow => {
  const [parameters, destination] = modes[mode] as readonly [TunnelParameters, string];
  const node = nodeWith(parameters);
  const bytes = udpPacket(address('3fff::1'), address(destination), payload);
  const packet = new Packet(2_048).reset(256, bytes.length);
  packet.bytes.set(bytes, packet.start);
  decodeStep(packet);
  const into = encapsulateStep(node);
  const outOf = decapsulateStep(node);
  const { start, end } = packet;
  const before = (): void => {
    packet.start = start;
    packet.end = end;
    packet.family = 6;
    packet.outInterface = tunnel;
    packet.depth = 0;
    packet.origin = 0;
  };
  const empty = meter((count) => {
    for (let i = 0; i < count; i += 1) before();
  });
  const going = meter((count) => {
    for (let i = 0; i < count; i += 1) {
      before();
      into(packet);
    }
  });
  if (packet.status !== Status.inFlight) throw new Error(`${mode}: refused for reason ${packet.drop}`);
  const written = start - packet.start;
  const moved = packet.bytes.slice(start, end).every((byte, at) => byte === bytes[at]) ? 0 : payload;

  // what the other end sends: for automatic kinds its own address is in the source
  if (parameters.kind !== 'stf' && parameters.kind !== '6rd' && parameters.kind !== 'isatap') swapEnds(packet);
  else {
    for (let i = 0; i < 16; i += 1) packet.view.setUint8(start + 8 + i, packet.view.getUint8(start + 24 + i));
    packet.bytes.set(bytes.subarray(8, 24), start + 24);
    swapEnds(packet);
  }
  const outerStart = packet.start;
  const { family, protocol, upper } = packet;
  // behind the encapsulation limit, where `extensionHeaders` leaves it
  const at = protocol === 60 ? upper + 8 : upper;
  const inside = protocol === 60 ? packet.view.getUint8(upper) : protocol;
  const arrive = (): void => {
    packet.start = outerStart;
    packet.end = end;
    packet.family = family;
    packet.protocol = inside;
    packet.upper = at;
    packet.inInterface = link;
    packet.origin = 0;
    packet.decapsulations = 0;
  };
  const coming = meter((count) => {
    for (let i = 0; i < count; i += 1) {
      arrive();
      outOf(packet);
    }
  });
  if (packet.status !== Status.inFlight || packet.start !== start)
    throw new Error(`${mode}: ${packet.drop} on its way out`);
  node.close();
  const nanoseconds = (perSecond: number): number => Math.max(0, 1e9 / perSecond - 1e9 / empty.perSecond);
  return {
    mode,
    encapsulate: nanoseconds(going.perSecond),
    decapsulate: nanoseconds(coming.perSecond),
    written,
    moved,
    bytesEach: Math.max(going.bytesEach, coming.bytesEach),
  };
};

export interface FloodRow {
  /** What half of the packets do. */
  readonly flood: string;
  /** Packets of either sort that the whole router settles in a second. */
  readonly perSecond: number;
}

/** Floods: packets like the others, to one host as those of the loop, into a loop that is foreseen, and into one that only the guard on the packet stops. */
const floods = ['none', 'a loop of tunnels, foreseen', 'a loop of tunnels, not foreseen'];

/** The whole router, every other packet into Figure 5. */
const measureFlood = (flood: string): FloodRow => {
  const node = createNode({ random: seededRandom(1) });
  for (const name of ['uma', 'umb']) node.interfaces.add({ name, kind: 'memory', mtu: 1_500, pointToPoint: true });
  for (const to of ['::/0', '2001:db8:6::7/128']) node.routes.add({ to: prefix(to), interfaceIndex: 3 });
  const add = (name: string, ends: { local: IpAddress; remote: IpAddress }, to: string): void => {
    const { index } = node.interfaces.add({ name, kind: 'gif', mtu: 1_280, pointToPoint: true });
    node.tunnels.add({ kind: 'gif', ...ends, interfaceIndex: index });
    node.routes.add({ to: prefix(to), interfaceIndex: index });
  };
  add('tun6', { local: ends4.local, remote: address('192.0.2.4') }, '2001:db8:6::6/128');
  add('tun4', { local: ends6.local, remote: address('2001:db8:6::6') }, '192.0.2.4/32');
  if (flood.endsWith('not foreseen')) node.tunnels.table.loop.fill(0);
  const source = address('2001:db8:1::1');
  const plain = udpPacket(source, address('2001:db8:2::2'), 64);
  const other = udpPacket(source, address(flood === 'none' ? '2001:db8:6::7' : '2001:db8:6::6'), 64);
  let input: Subscriber<Packet> | undefined;
  const wire$ = new Observable<Packet>((subscriber) => {
    input = subscriber;
  });
  const running = wire$.pipe(router(node), toNull(), countOutcome(node.counters), release()).subscribe();
  const { perSecond } = meter((count) => {
    for (let i = 0; i < count; i += 1) {
      const template = (i & 1) === 0 ? plain : other;
      const packet = node.pool.acquire(template.length) as Packet;
      packet.bytes.set(template, packet.start);
      packet.inInterface = link;
      input?.next(packet);
    }
  });
  const refused = node.counters.refusals().get('tunnelLoop') ?? 0;
  if (refused > 0 !== (flood !== 'none')) throw new Error(`${flood}: ${refused} packets looped`);
  running.unsubscribe();
  node.close();
  return { flood, perSecond };
};

const file = fileURLToPath(import.meta.url);
/** Each in a process of its own, so that none finds code that was compiled for another. */
const inProcess = <Row>(what: string, which: string): Row =>
  JSON.parse(execFileSync(process.execPath, [...process.execArgv, file, what, which], { encoding: 'utf8' })) as Row;

export const benchTunnels = (): TunnelRow[] => Object.keys(modes).map((mode) => inProcess<TunnelRow>('mode', mode));

export const benchFloods = (): FloodRow[] => floods.map((flood) => inProcess<FloodRow>('flood', flood));

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , what, which = ''] = process.argv;
  console.log(JSON.stringify(what === 'mode' ? measure(which) : measureFlood(which)));
}
