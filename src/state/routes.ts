import { type Observable, Subject } from 'rxjs';
import { equalAddress, formatPrefix, type IpAddress, type IpPrefix, prefixOf } from '../wire/address.ts';
import { ForwardingTable } from './routes/forwarding.ts';
import type { Radix } from './routes/radix.ts';
import { RouteRecords } from './routes/records.ts';
import { checkRoute, formatWay, type Route, type RouteSpec, type Way } from './routes/spec.ts';
import { RouteFlag, type RouteTable } from './routes/table.ts';
import type { Change, Watchable } from './store.ts';

export type { Route, RouteSpec } from './routes/spec.ts';
export { RouteFlag, type RouteTable } from './routes/table.ts';

export interface RoutesOptions {
  /** Most routes of each family. Default 1,048,576: five times the Internet's IPv6 table of 2024. */
  readonly limit?: number;
}

type Words = readonly [number, number, number, number];

const addressOf = ({ bits }: Radix, [w0, w1, w2, w3]: Words): IpAddress => ({
  family: bits === 32 ? 4 : 6,
  w0,
  w1,
  w2,
  w3,
});

const walkFrom = (radix: Radix, { address: { w0, w1, w2, w3 }, length }: IpPrefix): IterableIterator<number> =>
  radix.walkFrom(w0, w1, w2, w3, length);

/**
 * The routing table: what people and daemons write, and what `table` shows to the classify step.
 *
 * Several routes may lead to one prefix: the one with the lowest metric is in use, the others wait behind it.
 *
 * @example
 * const routes = new Routes();
 * routes.changes$.subscribe(({ type, value }) => console.log(type, formatPrefix(value.to)));
 * const to = prefixOf(address6(0x20010db8, 0, 0, 0), 32);
 * routes.add({ to, interfaceIndex: 2 }); // added 2001:db8::/32
 */
export class Routes implements Watchable<Route> {
  readonly table: RouteTable;
  readonly limit: number;
  readonly #records = new RouteRecords();
  readonly #table = new ForwardingTable(this.#records);
  readonly #count = { 4: 0, 6: 0 };
  readonly #changes = new Subject<Change<Route>>();
  readonly changes$: Observable<Change<Route>> = this.#changes.asObservable();

  constructor(options: RoutesOptions = {}) {
    this.limit = options.limit ?? 1_048_576;
    this.table = this.#table;
  }

  /** Routes of both families, those that wait behind a lower metric included. */
  get size(): number {
    return this.#count[4] + this.#count[6];
  }

  /** Bytes allocated: `lookup` is what packets read, `total` adds what the store needs to write it. */
  get bytes(): { readonly lookup: number; readonly total: number } {
    return { lookup: this.#table.lookupBytes, total: this.#table.bytes + this.#records.bytes };
  }

  /**
   * Adds a route. Of several with the same prefix and metric the first one added is in use.
   *
   * @throws RangeError when a field is out of range, the route exists already (same prefix, metric, interface and next
   * hop) or the table is full
   */
  add(spec: RouteSpec): Route {
    return this.#add(checkRoute(spec));
  }

  /** Overwrites the route with the same prefix and metric, or adds one. Throws as {@link add} does. */
  replace(spec: RouteSpec): Route {
    const way = checkRoute(spec);
    const { metric, next, row } = this.#records;
    let route = this.#head(way.to);
    while (route !== 0 && metric[route] !== way.metric) route = next[route] as number;
    if (route === 0) return this.#add(way);
    const before = row[route] as number;
    row[route] = this.#takeRow(route, way);
    if (this.#isActive(route)) this.#use(way.to, route, route);
    this.#table.rows.release(before);
    return this.#tellUpdated(route);
  }

  /**
   * Removes the route to exactly this prefix; of several the first by metric that `matcher` accepts. If it was in use,
   * the next by metric takes its place.
   *
   * @returns whether there was one
   */
  delete(prefix: IpPrefix, matcher: (route: Route) => boolean = () => true): boolean {
    const to = prefixOf(prefix.address, prefix.length);
    const { next, row } = this.#records;
    let before = 0;
    let route = this.#head(to);
    while (route !== 0 && !matcher(this.#describe(route))) {
      before = route;
      route = next[route] as number;
    }
    if (route === 0) return false;
    const removed = this.#describe(route);
    const behind = next[route] as number;
    if (before === 0) this.#use(to, behind, route);
    else next[before] = behind;
    this.#table.rows.release(row[route] as number);
    this.#records.release(route);
    this.#count[to.address.family] -= 1;
    const promoted = before === 0 && behind !== 0 ? this.#describe(behind) : undefined;
    this.#changes.next({ type: 'removed', value: removed });
    if (promoted !== undefined) this.#changes.next({ type: 'updated', value: promoted });
    return true;
  }

  /** The route in use to exactly this prefix. */
  get(prefix: IpPrefix): Route | undefined {
    const route = this.#head(prefixOf(prefix.address, prefix.length));
    return route === 0 ? undefined : this.#describe(route);
  }

  /** The route that packets to this address take. For people and daemons; packets ask `table`. */
  lookup({ family, w0, w1, w2, w3 }: IpAddress): Route | undefined {
    const route = this.#table.radix(family).longestMatch(w0, w1, w2, w3);
    return route === 0 ? undefined : this.#describe(route);
  }

  /**
   * Every route: IPv4 first; by address, then shorter prefixes first, then by metric. The route just yielded may be
   * deleted; other changes during the walk may or may not be seen.
   *
   * @param family of one IP version only
   * @param from begin with this prefix or, when it is not there, with the one that comes next
   */
  *walk(family?: 4 | 6, from?: IpPrefix): IterableIterator<Route> {
    for (const each of family === undefined ? ([4, 6] as const) : [family]) {
      if (from !== undefined && each < from.address.family) continue;
      const radix = this.#table.radix(each);
      for (const node of each === from?.address.family ? walkFrom(radix, from) : radix.walk()) {
        let route = radix.value(node);
        while (route !== 0) {
          const behind = this.#records.next[route] as number;
          yield this.#describe(route);
          route = behind;
        }
      }
    }
  }

  /**
   * Sets flag bits on the row of a host route: an address has become tentative, say.
   *
   * @throws RangeError when the row is not a host route's: other routes may share it
   */
  setFlags(row: number, bits: number): void {
    this.#writeFlags(row, (this.table.flags[row] ?? 0) | bits);
  }

  /** Clears flag bits on the row of a host route; see {@link setFlags}. */
  clearFlags(row: number, bits: number): void {
    this.#writeFlags(row, (this.table.flags[row] ?? 0) & ~bits);
  }

  close(): void {
    this.#changes.complete();
  }

  #add(way: Way): Route {
    const { to, metric } = way;
    const records = this.#records;
    const head = this.#head(to);
    let before = 0;
    for (let route = head; route !== 0; route = records.next[route] as number) {
      if (records.metric[route] === metric && this.#goes(route, way)) {
        throw new RangeError(`umigame: a route to ${formatPrefix(to)} ${formatWay(way)} exists already`);
      }
      if ((records.metric[route] as number) <= metric) before = route;
    }
    const { family } = to.address;
    if (this.#count[family] >= this.limit) {
      throw new RangeError(`umigame: the table holds ${this.limit} IPv${family} routes already; raise its limit`);
    }
    this.#count[family] += 1;
    const route = records.take();
    records.metric[route] = metric;
    records.row[route] = this.#takeRow(route, way);
    if (before === 0) {
      records.next[route] = head;
      this.#use(to, route, head);
    } else {
      records.next[route] = records.next[before] as number;
      records.next[before] = route;
      records.node[route] = records.node[before] as number;
    }
    const added = this.#describe(route);
    const displaced = before === 0 && head !== 0 ? this.#describe(head) : undefined;
    this.#changes.next({ type: 'added', value: added });
    if (displaced !== undefined) this.#changes.next({ type: 'updated', value: displaced });
    return added;
  }

  /** The route in use to a prefix, 0 if none. */
  #head({ address: { family, w0, w1, w2, w3 }, length }: IpPrefix): number {
    const radix = this.#table.radix(family);
    const node = radix.find(w0, w1, w2, w3, length);
    return node === 0 ? 0 : radix.value(node);
  }

  /** Puts a route in use for its prefix in place of `before`; 0 is none. */
  #use({ address: { family, w0, w1, w2, w3 }, length }: IpPrefix, route: number, before: number): void {
    const radix = this.#table.radix(family);
    if (route === 0) radix.remove(w0, w1, w2, w3, length);
    else {
      const node = radix.insert(w0, w1, w2, w3, length, route);
      this.#records.node[route] = family === 4 ? -node : node;
    }
    this.#table.update(family, w0, w1, w2, w3, length, before === 0 ? 1 : route === 0 ? -1 : 0);
  }

  #takeRow(route: number, { interfaceIndex, flags, via }: Way): number {
    const { rows } = this.#table;
    const { w0, w1, w2, w3 } = via ?? { w0: 0, w1: 0, w2: 0, w3: 0 };
    return (flags & RouteFlag.host) !== 0
      ? rows.own(route, interfaceIndex, flags, w0, w1, w2, w3)
      : rows.share(interfaceIndex, flags, w0, w1, w2, w3);
  }

  #goes(route: number, { interfaceIndex, via }: Way): boolean {
    const other = this.#describe(route);
    if (other.interfaceIndex !== interfaceIndex) return false;
    return via === undefined || other.via === undefined ? via === other.via : equalAddress(via, other.via);
  }

  #writeFlags(row: number, flags: number): void {
    const route = this.#table.rows.owner(row);
    if (route === 0) {
      throw new RangeError(`umigame: row ${row} does not belong to one host route; change flags with replace`);
    }
    if (this.table.flags[row] === flags) return;
    this.table.flags[row] = flags;
    this.#tellUpdated(route);
  }

  #isActive(route: number): boolean {
    const node = this.#records.node[route] as number;
    return (node < 0 ? this.#table.radix4.value(-node) : this.#table.radix6.value(node)) === route;
  }

  #tellUpdated(route: number): Route {
    const value = this.#describe(route);
    this.#changes.next({ type: 'updated', value });
    return value;
  }

  #describe(route: number): Route {
    const { row: rowOf, metric, node: nodeOf } = this.#records;
    const signed = nodeOf[route] as number;
    const node = Math.abs(signed);
    const radix = signed < 0 ? this.#table.radix4 : this.#table.radix6;
    const row = rowOf[route] as number;
    const { flags, outInterface, nextHop } = this.table;
    const at = row * 4;
    const via = [nextHop[at], nextHop[at + 1], nextHop[at + 2], nextHop[at + 3]] as Words;
    const to: Words = [radix.word(node, 0), radix.word(node, 1), radix.word(node, 2), radix.word(node, 3)];
    return {
      to: { address: addressOf(radix, to), length: radix.length(node) },
      interfaceIndex: outInterface[row] as number,
      via: ((flags[row] as number) & RouteFlag.gateway) === 0 ? undefined : addressOf(radix, via),
      metric: metric[route] as number,
      flags: flags[row] as number,
      row,
      active: radix.value(node) === route,
    };
  }
}
