import { type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import { equalAddress, type IpAddress, type IpPrefix, prefixOf } from '../wire/address.ts';
import { Preference } from '../wire/ndp.ts';
import type { AdvertisedRoute } from '../wire/router-advertisement.ts';
import { Lifetimes, untilOf } from './lifetimes.ts';
import type { Reachability } from './neighbor.ts';
import type { Neighbors } from './neighbors.ts';
import type { Change, Watchable } from './store.ts';

/** A route that a router has told us of (RFC 4191 §2.3). */
export interface RouterRoute {
  readonly prefix: IpPrefix;
  /** One of `ndp.Preference`. */
  readonly preference: number;
  /** Milliseconds of the scheduler. */
  readonly until: number;
}

/** A router of one of our links, as it says and as we see. */
export interface Router {
  readonly interfaceIndex: number;
  /** Link-local. */
  readonly address: IpAddress;
  /**
   * `default`: packets may go to it. `advertiser`: it is no default router and never was, but what it says of the link
   * counts. `retired`: it was a default router and is none now; its prefixes have lost it as an advertiser.
   */
  readonly role: 'default' | 'advertiser' | 'retired';
  /** One of `ndp.Preference`. */
  readonly preference: number;
  /** When it ceases to be a default router, in milliseconds of the scheduler; of others, when it said so last. */
  readonly until: number;
  /** Addresses are to be had by DHCPv6. */
  readonly managed: boolean;
  /** Other configuration is to be had by DHCPv6. */
  readonly otherConfiguration: boolean;
  /** By the neighbor cache: it is there, and has not failed to answer. */
  readonly isReachable: boolean;
  /** Does the default route lead to it? */
  readonly isSelected: boolean;
  /** Those of its own beside the default route. */
  readonly routes: readonly RouterRoute[];
}

/** What a Router Advertisement says of its sender. */
export interface SaidOfRouter {
  /** Seconds, at most 65,535. */
  readonly routerLifetime: number;
  readonly preference: number;
  readonly managed: boolean;
  readonly otherConfiguration: boolean;
}

export interface RouterLimits {
  /** Most routers of all interfaces. Default 1,024. */
  readonly limit?: number;
  /** Most routers of one interface; those that retired go first, then those that can't be reached. Default 16. */
  readonly perInterface?: number;
  /** Most routes of one router (RFC 4191 §2.3). Default 32. */
  readonly routes?: number;
}

export const routerDefaults: Required<RouterLimits> = { limit: 1_024, perInterface: 16, routes: 32 };

/** What a router is that says that it is no default router. */
const roleWithout = (before: Router['role'] | undefined): Router['role'] =>
  before === undefined || before === 'advertiser' ? 'advertiser' : 'retired';

/** A router that is no default router is remembered for so long, in milliseconds: the longest that one may be (RFC 4861 §6.2.1). */
const memory = 9_000_000;

interface Entry {
  value: Router;
  /** Until when a router that is no default router is remembered. */
  remembered: number;
  /** Among the lifetimes. */
  row: number;
}

/**
 * The routers of our links: the Default Router List of RFC 4861 §5.1, with what RFC 4191 adds to it, and those that
 * advertise without being default routers. It follows the neighbor cache, so that it always knows whom it can reach; a
 * router that says that it is none goes (RFC 4861 §7.2.5), and one whose lifetime is over (§6.3.5). When a router comes,
 * those of its link that were not heard of for a while are verified, for it may be another link.
 *
 * @example
 * node.routers.changes$.subscribe(({ type, value }) => console.log(type, formatAddress(value.address), value.role));
 * node.routers.hear(tap.index, router, { routerLifetime: 1_800, preference, managed: false, otherConfiguration: false });
 */
export class Routers implements Watchable<Router> {
  readonly options: Required<RouterLimits>;
  readonly #scheduler: SchedulerLike;
  readonly #neighbors: Neighbors;
  /** By interface, in the order in which they were heard first. */
  readonly #entries = new Map<number, Entry[]>();
  readonly #lifetimes: Lifetimes<Entry>;
  readonly #watching: Subscription;
  readonly #changes = new Subject<Change<Router>>();
  readonly changes$: Observable<Change<Router>> = this.#changes.asObservable();

  constructor(node: { readonly scheduler: SchedulerLike; readonly neighbors: Neighbors }, options: RouterLimits = {}) {
    this.options = { ...routerDefaults, ...options };
    this.#scheduler = node.scheduler;
    this.#neighbors = node.neighbors;
    const { limit } = this.options;
    const expire = (entry: Entry, until: number): void => this.#expire(entry, until);
    this.#lifetimes = new Lifetimes({ limit, scheduler: node.scheduler, expire });
    this.#watching = new Subscription();
    this.#watching.add(node.neighbors.reachability$.subscribe((told) => this.#follow(told)));
  }

  /**
   * Takes what an advertisement says of its sender (RFC 4861 §6.3.4, RFC 4191 §2.2).
   *
   * @returns false when there is no room for one more: what the message says is not to be believed then
   */
  hear(interfaceIndex: number, address: IpAddress, said: SaidOfRouter): boolean {
    const { routerLifetime, preference, managed, otherConfiguration } = said;
    const known = this.#find(interfaceIndex, address);
    const now = this.#scheduler.now();
    const role = routerLifetime > 0 ? 'default' : roleWithout(known?.value.role);
    const told = { role, preference, until: now + routerLifetime * 1_000, managed, otherConfiguration };
    if (known !== undefined) {
      known.remembered = now + memory;
      this.#change(known, told);
      return true;
    }
    const isReachable = this.#neighbors.isReachable(interfaceIndex, address);
    const value = { interfaceIndex, address, ...told, isReachable, isSelected: false, routes: [] };
    return this.#add(value, now + memory);
  }

  /**
   * Takes a Route Information option of a router that was heard (RFC 4191 §3.1): its route, none if the lifetime is 0.
   * One to `::/0` says what the message's own lifetime and preference say, and prevails. Those of a reserved preference
   * are nothing.
   *
   * @returns false when it has too many, or is not known
   */
  hearRoute(interfaceIndex: number, address: IpAddress, { prefix, preference, lifetime }: AdvertisedRoute): boolean {
    const entry = this.#find(interfaceIndex, address);
    if (entry === undefined || preference === Preference.reserved) return false;
    const to = prefixOf(prefix.address, prefix.length);
    const until = untilOf(this.#scheduler, lifetime);
    if (to.length === 0) {
      this.#change(entry, { role: lifetime > 0 ? 'default' : roleWithout(entry.value.role), preference, until });
      return true;
    }
    const { routes } = entry.value;
    const at = routes.findIndex((route) => equalPrefix(route.prefix, to));
    if (at < 0 && lifetime > 0 && routes.length >= this.options.routes) return false;
    const route = { prefix: to, preference, until };
    const others = routes.filter((_, i) => i !== at);
    if (lifetime === 0) this.#change(entry, { routes: others });
    else this.#change(entry, { routes: at < 0 ? [...routes, route] : routes.with(at, route) });
    return true;
  }

  /** Forgets a router with its routes. */
  remove(interfaceIndex: number, address: IpAddress): boolean {
    const entry = this.#find(interfaceIndex, address);
    if (entry === undefined) return false;
    this.#remove(entry);
    return true;
  }

  /** Forgets the routers of an interface. */
  flush(interfaceIndex: number): void {
    for (const entry of [...(this.#entries.get(interfaceIndex) ?? [])]) this.#remove(entry);
  }

  get(interfaceIndex: number, address: IpAddress): Router | undefined {
    return this.#find(interfaceIndex, address)?.value;
  }

  /** The routers of one interface, or all, in the order in which they were heard first. */
  list(interfaceIndex?: number): readonly Router[] {
    const entries =
      interfaceIndex === undefined ? [...this.#entries.values()].flat() : this.#entries.get(interfaceIndex);
    return (entries ?? []).map(({ value }) => value);
  }

  /** The default route leads to this router from now on, and to no other; to none if it is undefined. */
  select(selected: Router | undefined): void {
    for (const entries of this.#entries.values()) {
      for (const entry of entries) {
        const isSelected =
          entry.value.interfaceIndex === selected?.interfaceIndex &&
          equalAddress(entry.value.address, selected.address);
        if (isSelected !== entry.value.isSelected) this.#change(entry, { isSelected });
      }
    }
  }

  close(): void {
    this.#watching.unsubscribe();
    this.#lifetimes.close();
    this.#changes.complete();
  }

  #find(interfaceIndex: number, address: IpAddress): Entry | undefined {
    return this.#entries.get(interfaceIndex)?.find(({ value }) => equalAddress(value.address, address));
  }

  #add(value: Router, remembered: number): boolean {
    const { interfaceIndex, address } = value;
    const entries = this.#entries.get(interfaceIndex) ?? [];
    if (entries.length >= this.options.perInterface) {
      const victim = entries.find(isGone) ?? entries.find((entry) => !entry.value.isReachable);
      if (victim === undefined) return false;
      this.#remove(victim);
    }
    const entry: Entry = { value, remembered, row: 0 };
    entry.row = this.#lifetimes.take(entry);
    if (entry.row === 0) return false;
    this.#neighbors.watch(interfaceIndex, address);
    this.#entries.set(interfaceIndex, [...(this.#entries.get(interfaceIndex) ?? []), entry]);
    this.#lifetimes.set(entry.row, endOf(entry));
    this.#changes.next({ type: 'added', value });
    this.#verifyOthers(value);
    return true;
  }

  /** A router that was not there before: is this another link (RFC 6059 §5.4)? Those of the old one don't answer then. */
  #verifyOthers({ interfaceIndex, address }: Router): void {
    for (const { value } of this.#entries.get(interfaceIndex) ?? []) {
      if (equalAddress(value.address, address)) continue;
      const row = this.#neighbors.table.findAddress(interfaceIndex, value.address);
      if (row !== 0) this.#neighbors.use(row);
    }
  }

  #change(entry: Entry, fields: Partial<Router>): void {
    entry.value = { ...entry.value, ...fields };
    this.#lifetimes.set(entry.row, endOf(entry));
    this.#changes.next({ type: 'updated', value: entry.value });
  }

  #remove(entry: Entry): void {
    const { value, row } = entry;
    const { interfaceIndex, address } = value;
    const others = (this.#entries.get(interfaceIndex) ?? []).filter((each) => each !== entry);
    if (others.length === 0) this.#entries.delete(interfaceIndex);
    else this.#entries.set(interfaceIndex, others);
    this.#lifetimes.release(row);
    this.#neighbors.unwatch(interfaceIndex, address);
    this.#changes.next({ type: 'removed', value });
  }

  /** What had to end by then is over. A silent default router is not remembered, unless it has routes yet. */
  #expire(entry: Entry, time: number): void {
    const { role, until } = entry.value;
    const routes = entry.value.routes.filter((route) => route.until > time);
    const ceases = role === 'default' && until <= time;
    const stays = routes.length > 0 || (ceases ? false : role === 'default' || entry.remembered > time);
    if (stays) this.#change(entry, { role: ceases ? 'retired' : role, routes });
    else this.#remove(entry);
  }

  #follow({ interfaceIndex, address, isReachable, isRouter }: Reachability): void {
    const entry = this.#find(interfaceIndex, address);
    if (entry === undefined) return;
    if (isRouter === false) this.#remove(entry);
    else this.#change(entry, { isReachable });
  }
}

/** When the next thing about a router ends. */
const endOf = ({ value: { role, until, routes }, remembered }: Entry): number =>
  Math.min(role === 'default' ? until : remembered, ...routes.map((route) => route.until));

const equalPrefix = (a: IpPrefix, b: IpPrefix): boolean => a.length === b.length && equalAddress(a.address, b.address);

const isGone = ({ value: { role, routes } }: Entry): boolean => role === 'retired' && routes.length === 0;
