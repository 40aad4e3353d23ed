import { interval, map, type Observable, type SchedulerLike } from 'rxjs';
import { type DropName, dropCount, dropNames, dropReasons, type RefusalCounter } from '../packet/drop.ts';
import { IcmpCounters } from './icmp-counters.ts';

/** Names of RFC 4293's ipIfStatsTable, which is kept per interface and IP version. */
export const counterNames = [
  'inReceives',
  'inOctets',
  'inHdrErrors',
  'inNoRoutes',
  'inAddrErrors',
  'inUnknownProtos',
  'inTruncatedPkts',
  'inForwDatagrams',
  'reasmReqds',
  'reasmOKs',
  'reasmFails',
  'inDiscards',
  'inDelivers',
  'outRequests',
  'outNoRoutes',
  'outForwDatagrams',
  'outDiscards',
  'outFragReqds',
  'outFragOKs',
  'outFragFails',
  'outFragCreates',
  'outTransmits',
  'outOctets',
  'inMcastPkts',
  'inMcastOctets',
  'outMcastPkts',
  'outMcastOctets',
  'inBcastPkts',
  'outBcastPkts',
] as const;

export type CounterName = (typeof counterNames)[number];

/** Column of each counter: `Counter.inReceives`. */
export const Counter = Object.fromEntries(counterNames.map((name, column) => [name, column])) as Readonly<
  Record<CounterName, number>
>;

/** IP version as a counter row: packets of unknown version have a row of their own. */
export type Family = 0 | 4 | 6;

/**
 * The conservation law in numbers: received + originated + copied = sent + delivered + refused + merged + held.
 * `merged` are the fragments that became part of another packet: of the pieces of a datagram, all but one.
 * `held` is what the other side still has in its queues.
 */
export interface Balance {
  readonly received: number;
  readonly originated: number;
  readonly copied: number;
  readonly sent: number;
  readonly delivered: number;
  readonly refused: number;
  readonly merged: number;
  readonly held: number;
}

const columns = counterNames.length;
const { outTransmits, outOctets, inNoRoutes, outFragFails } = Counter;
/** Rows per interface: unknown, (unused), IPv4, IPv6, so that `family >> 1` is the row. */
const familyRows = 4;
const rowOf = (family: number): number => family >> 1;

/**
 * How far a refused packet had come: it was not to leave by any interface, or was on its way out, or was our own. A
 * reason has one counter, but a packet of our own was never input, and one that stays here never output.
 */
const Stage = { input: 0, output: 1, own: 2 } as const;

/** The counter that a reason raises, by stage: the reason's own, or its counterpart on the other side. */
const counterAt = (counter: RefusalCounter, stage: number): CounterName => {
  if (stage === Stage.input) return counter === 'outDiscards' || counter === 'outFragFails' ? 'inDiscards' : counter;
  if (stage === Stage.output || counter.startsWith('out')) return counter;
  return counter === 'inNoRoutes' ? 'outNoRoutes' : 'outDiscards';
};

/** Column that each drop code raises, by stage: `stage * dropCount + drop`. */
const columnOfDrop = Int8Array.from({ length: 3 * dropCount }, (_, at) => {
  const reason = dropReasons[at % dropCount];
  return reason === undefined ? Counter.inDiscards : Counter[counterAt(reason.counter, Math.floor(at / dropCount))];
});

/** 1 for columns that belong to the interface a packet leaves by. */
const isOutput = Uint8Array.from(counterNames, (name) => (name.startsWith('out') ? 1 : 0));

/**
 * What became of every packet: RFC 4293's counters and one counter per drop reason, both per interface and IP version,
 * and the balance of the whole node. Nothing is ever set back: counting begins when the node is made.
 *
 * What comes in counts at the interface it came by, also when it is addressed to another one of ours: so the counters
 * of each interface add up. Row 0 is for what has no interface: our own packets whose way out is not known.
 *
 * Counts are doubles in one typed array: exact to 2^53, no box, no allocation.
 *
 * @example
 * counters.add(tun.index, 6, Counter.inReceives);
 * counters.get(tun.index, 'inReceives'); // 1
 */
export class Counters {
  /** ICMP messages, and errors that were not sent. */
  readonly icmp: IcmpCounters;
  readonly #limit: number;
  readonly #values: Float64Array;
  readonly #drops: Float64Array;
  /** received, originated, copied, sent, delivered, refused, merged */
  readonly #totals = new Float64Array(7);

  /** @param interfaceLimit highest interface index */
  constructor(interfaceLimit = 1_024) {
    this.#limit = interfaceLimit;
    this.icmp = new IcmpCounters(interfaceLimit);
    this.#values = new Float64Array((interfaceLimit + 1) * familyRows * columns);
    this.#drops = new Float64Array((interfaceLimit + 1) * familyRows * dropCount);
  }

  /** Raises one counter of one interface. */
  add(interfaceIndex: number, family: number, column: number, amount = 1): void {
    const cell = (interfaceIndex * familyRows + rowOf(family)) * columns + column;
    this.#values[cell] = (this.#values[cell] as number) + amount;
  }

  /** A packet came in. */
  received(interfaceIndex: number, family: number, octets: number): void {
    this.#total(0);
    const row = (interfaceIndex * familyRows + rowOf(family)) * columns;
    const values = this.#values;
    values[row] = (values[row] as number) + 1; // inReceives
    values[row + 1] = (values[row + 1] as number) + octets; // inOctets
  }

  /** What came in went to a group. */
  receivedMulticast(interfaceIndex: number, family: number, octets: number): void {
    this.add(interfaceIndex, family, Counter.inMcastPkts);
    this.add(interfaceIndex, family, Counter.inMcastOctets, octets);
  }

  /** We made a packet of our own; `interfaceIndex` is 0 when its way out is not known yet. */
  originated(interfaceIndex: number, family: number): void {
    this.#total(1);
    this.add(interfaceIndex, family, Counter.outRequests);
  }

  /** The way out of a packet of our own is known now. */
  routed(interfaceIndex: number, family: number): void {
    this.add(0, family, Counter.outRequests, -1);
    this.add(interfaceIndex, family, Counter.outRequests);
  }

  /** We made a copy or a further piece of a packet: a fragment, a segment, a duplicate for another group member. */
  copied(amount = 1): void {
    this.#totals[2] = (this.#totals[2] as number) + amount;
  }

  /** Packets became part of another one: a datagram's fragments, all but the one that stands for the whole. */
  merged(amount: number): void {
    this.#totals[6] = (this.#totals[6] as number) + amount;
  }

  /** A datagram that is not for us has a way on. What became of it, its fragments tell. */
  forwarded(inInterface: number, outInterface: number, family: number): void {
    this.add(inInterface, family, Counter.inForwDatagrams);
    this.add(outInterface, family, Counter.outForwDatagrams);
  }

  /** A packet left through a device. */
  sent(outInterface: number, family: number, octets: number): void {
    this.#total(3);
    const row = (outInterface * familyRows + rowOf(family)) * columns;
    const values = this.#values;
    values[row + outTransmits] = (values[row + outTransmits] as number) + 1;
    values[row + outOctets] = (values[row + outOctets] as number) + octets;
  }

  /**
   * A packet went into a tunnel, and is another one's content from now on; still the same packet. To the tunnel it was
   * transmitted, and the outer one is our own request.
   */
  encapsulated(tunnel: number, family: number, octets: number, outerFamily: number): void {
    this.add(tunnel, family, Counter.outTransmits);
    this.add(tunnel, family, Counter.outOctets, octets);
    this.add(0, outerFamily, Counter.outRequests);
  }

  /** A packet came out of a tunnel: the outer one was delivered, and another one received there; still the same packet. */
  decapsulated(inInterface: number, outerFamily: number, tunnel: number, family: number, octets: number): void {
    this.add(inInterface, outerFamily, Counter.inDelivers);
    this.add(tunnel, family, Counter.inReceives);
    this.add(tunnel, family, Counter.inOctets, octets);
  }

  /** What was sent went to a group. */
  sentMulticast(outInterface: number, family: number, octets: number): void {
    this.add(outInterface, family, Counter.outMcastPkts);
    this.add(outInterface, family, Counter.outMcastOctets, octets);
  }

  /** A packet reached an upper layer of this node. */
  delivered(interfaceIndex: number, family: number): void {
    this.#total(4);
    this.add(interfaceIndex, family, Counter.inDelivers);
  }

  /**
   * A packet was refused: `inInterface` is 0 for one of our own, `outInterface` for one that was not to leave by any.
   *
   * RFC 4293 counts a datagram without a route as one that was to be forwarded, and one that could not be cut as one
   * that had to be.
   */
  refused(inInterface: number, family: number, drop: number, outInterface = 0): void {
    this.#total(5);
    const stage = inInterface === 0 ? Stage.own : outInterface === 0 ? Stage.input : Stage.output;
    const column = columnOfDrop[stage * dropCount + drop] as number;
    const at = isOutput[column] === 1 ? outInterface : inInterface;
    const cell = (at * familyRows + rowOf(family)) * dropCount + drop;
    this.#drops[cell] = (this.#drops[cell] as number) + 1;
    this.add(at, family, column);
    if (column === inNoRoutes) this.add(at, family, Counter.inForwDatagrams);
    if (column === outFragFails) this.add(at, family, Counter.outFragReqds);
  }

  /** One counter of one interface, of one IP version or of all. */
  get(interfaceIndex: number, name: CounterName, family?: Family): number {
    const column = Counter[name];
    const at = (row: number): number => this.#values[(interfaceIndex * familyRows + row) * columns + column] as number;
    return family === undefined ? at(0) + at(2) + at(3) : at(rowOf(family));
  }

  /** One counter summed over all interfaces. */
  total(name: CounterName, family?: Family): number {
    let sum = 0;
    for (let index = 0; index <= this.#limit; index += 1) sum += this.get(index, name, family);
    return sum;
  }

  /** Refusals by reason, those that happened only; of one interface or of all, of one IP version or of all. */
  refusals(interfaceIndex?: number, family?: Family): ReadonlyMap<DropName, number> {
    const found = new Map<DropName, number>();
    const first = interfaceIndex ?? 0;
    const last = interfaceIndex ?? this.#limit;
    for (let code = 1; code < dropCount; code += 1) {
      let count = 0;
      for (let row = first * familyRows; row < (last + 1) * familyRows; row += 1) {
        if (family !== undefined && row % familyRows !== rowOf(family)) continue;
        count += this.#drops[row * dropCount + code] ?? 0;
      }
      if (count > 0) found.set(dropNames[code] as DropName, count);
    }
    return found;
  }

  /** Where every packet is now. */
  balance(): Balance {
    const [received, originated, copied, sent, delivered, refused, merged] = this.#totals as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return {
      received,
      originated,
      copied,
      sent,
      delivered,
      refused,
      merged,
      held: received + originated + copied - sent - delivered - refused - merged,
    };
  }

  /** The balance, once a period (in milliseconds). */
  watch(period: number, scheduler: SchedulerLike): Observable<Balance> {
    return interval(period, scheduler).pipe(map(() => this.balance()));
  }

  #total(index: number): void {
    this.#totals[index] = (this.#totals[index] as number) + 1;
  }
}
