import { interval, map, type Observable, type SchedulerLike } from 'rxjs';
import { dropCount, dropNames, dropReasons } from '../packet/drop.ts';
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

/** Counter column that each drop code raises; -1 for none. */
const counterOfDrop = Int8Array.from({ length: dropCount }, (_, code) => {
  const reason = dropReasons[code];
  return reason === undefined ? -1 : Counter[reason.counter];
});

const columns = counterNames.length;
/** Rows per interface: unknown, (unused), IPv4, IPv6, so that `family >> 1` is the row. */
const familyRows = 4;
const rowOf = (family: number): number => family >> 1;

/**
 * What became of every packet: RFC 4293's counters per interface and IP version, one counter per drop reason and
 * interface, and the balance of the whole node.
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
    this.#drops = new Float64Array((interfaceLimit + 1) * dropCount);
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

  /** We made a packet of our own; `interfaceIndex` is 0 when its way out is not known yet. */
  originated(interfaceIndex: number, family: number): void {
    this.#total(1);
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

  /** A packet left through a device; `inInterface` is 0 for one of our own. */
  sent(inInterface: number, outInterface: number, family: number, octets: number): void {
    this.#total(3);
    if (inInterface !== 0) {
      this.add(inInterface, family, Counter.inForwDatagrams);
      this.add(outInterface, family, Counter.outForwDatagrams);
    }
    this.add(outInterface, family, Counter.outTransmits);
    this.add(outInterface, family, Counter.outOctets, octets);
  }

  /** A packet reached an upper layer of this node. */
  delivered(interfaceIndex: number, family: number): void {
    this.#total(4);
    this.add(interfaceIndex, family, Counter.inDelivers);
  }

  /** A packet was refused. */
  refused(interfaceIndex: number, family: number, drop: number): void {
    this.#total(5);
    const cell = interfaceIndex * dropCount + drop;
    this.#drops[cell] = (this.#drops[cell] as number) + 1;
    const column = counterOfDrop[drop] as number;
    if (column >= 0) this.add(interfaceIndex, family, column);
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

  /** Refusals by reason, those that happened only; of one interface or of all. */
  refusals(interfaceIndex?: number): ReadonlyMap<(typeof dropNames)[number], number> {
    const found = new Map<(typeof dropNames)[number], number>();
    for (let code = 1; code < dropCount; code += 1) {
      let count = 0;
      if (interfaceIndex !== undefined) count = this.#drops[interfaceIndex * dropCount + code] as number;
      else for (let i = code; i < this.#drops.length; i += dropCount) count += this.#drops[i] as number;
      if (count > 0) found.set(dropNames[code] as (typeof dropNames)[number], count);
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
