import { Observable, Subject, type Subscriber } from 'rxjs';
import {
  classify,
  classifyStep,
  countForwarded,
  countOutcome,
  countReceived,
  decode,
  decodeStep,
  fate,
  fragment,
  hopByHopOptions,
  hopLimit,
  icmpError,
  pathMtu,
  scope,
} from '../src/operators/index.ts';
import { branch } from '../src/packet/branch.ts';
import { Packet, Status } from '../src/packet/packet.ts';
import { always, type Lane, pass } from '../src/packet/stage.ts';
import { createNode } from '../src/state/node.ts';
import { type IpAddress, parseAddress } from '../src/wire/address.ts';
import * as ipv6 from '../src/wire/ipv6.ts';
import { meter } from './meter.ts';
import { udpPacket } from './packets.ts';
import { seededRandom } from './random.ts';
import { makeMix } from './routes-mix.ts';

export interface OperatorRow {
  readonly operator: string;
  /** What it adds to a lane, for a packet that it does not refuse. */
  readonly nanoseconds: number;
}

const address = (text: string): IpAddress => parseAddress(text) as IpAddress;

/** Puts one operator into an otherwise empty lane and takes the empty lane's time off. */
export const benchOperators = (): OperatorRow[] => {
  const node = createNode({ random: seededRandom(1) });
  for (const name of ['uma', 'umb']) node.interfaces.add({ name, kind: 'memory', mtu: 1_500, pointToPoint: true });
  const mix = makeMix(1_000, 7);
  for (const to of mix) node.routes.add({ to, interfaceIndex: 3 });
  const packets = mix.map(({ address: to }) => {
    const bytes = udpPacket(address('2001:db8:1::1'), to, 64);
    const packet = new Packet(512).reset(256, bytes.length);
    packet.bytes.set(bytes, packet.start);
    packet.inInterface = 2;
    decodeStep(packet);
    classifyStep(node)(packet);
    return packet;
  });
  const restore = always((packet) => {
    packet.status = Status.inFlight;
    ipv6.setHopLimit(packet.view, packet.start, 64);
  });
  const time = (lane: Lane): number => {
    let input: Subscriber<Packet> | undefined;
    const source$ = new Observable<Packet>((subscriber) => {
      input = subscriber;
    });
    const running = source$.pipe(lane, restore).subscribe();
    const { perSecond } = meter((count) => {
      for (let i = 0; i < count; i += 1) input?.next(packets[i % packets.length] as Packet);
    });
    running.unsubscribe();
    return 1e9 / perSecond;
  };
  const lanes: Record<string, Lane> = {
    decode: decode(),
    countReceived: countReceived(node.counters),
    hopByHopOptions: hopByHopOptions(),
    'classify, 1,000 routes': classify(node),
    'branch by fate': branch(fate, {
      local: pass,
      forward: pass,
      originate: pass,
      encapsulated: pass,
      refused: pass,
    }),
    scope: scope(node.interfaces),
    hopLimit: hopLimit(),
    countForwarded: countForwarded(node.counters),
    fragment: fragment(node),
    pathMtu: pathMtu(node),
    icmpError: icmpError(node, new Subject<Packet>()),
    countOutcome: countOutcome(node.counters),
  };
  const empty = time(pass);
  const rows = Object.entries(lanes).map(([operator, lane]) => ({
    operator,
    nanoseconds: Math.max(0, time(lane) - empty),
  }));
  node.close();
  return rows;
};
