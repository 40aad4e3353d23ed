import { type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import { addressBits, equalAddress, formatAddress, type IpAddress, isLinkLocal, isMulticast } from '../wire/address.ts';
import { addLearned, deleteLearned } from './learned-routes.ts';
import { Lifetimes } from './lifetimes.ts';
import type { Neighbors } from './neighbors.ts';
import type { Routers } from './routers.ts';
import { RouteFlag } from './routes/table.ts';
import type { RouteSpec, Routes } from './routes.ts';
import type { Change, Watchable } from './store.ts';

/** A destination for which a router has told us a better first hop (RFC 4861 §8). */
export interface Redirected {
  readonly interfaceIndex: number;
  readonly destination: IpAddress;
  /** A router, or the destination itself, which is on the link then. */
  readonly target: IpAddress;
  /** When it is forgotten, in milliseconds of the scheduler. */
  readonly until: number;
}

export interface RedirectLimits {
  /** Most destinations; the oldest goes. Default 1,024. */
  readonly destinations?: number;
  /** Milliseconds from the last Redirect until it is forgotten. Default 600,000, KAME's. */
  readonly lifetime?: number;
}

export const redirectDefaults: Required<RedirectLimits> = { destinations: 1_024, lifetime: 600_000 };

interface Entry {
  readonly value: Redirected;
  readonly row: number;
}

interface RedirectParts {
  readonly scheduler: SchedulerLike;
  readonly neighbors: Neighbors;
  readonly routers: Routers;
  readonly routes: Routes;
}

/**
 * What Redirects have told: the part of RFC 4861's Destination Cache (§5.1) that routes do not have, as host routes. They
 * go after a while, and at once when the neighbor that they lead to can't be reached (§7.3.3), or is a router no more.
 *
 * Whoever calls {@link accept} has made sure that the Redirect came from the present first hop (§8.1).
 *
 * @example
 * node.redirects.accept(tap.index, destination, betterRouter);
 * node.routes.lookup(destination)?.via; // betterRouter
 */
export class Redirects implements Watchable<Redirected> {
  readonly options: Required<RedirectLimits>;
  readonly #parts: RedirectParts;
  /** The one that was heard of longest ago first. */
  readonly #entries = new Map<string, Entry>();
  readonly #lifetimes: Lifetimes<string>;
  readonly #watching = new Subscription();
  readonly #changes = new Subject<Change<Redirected>>();
  readonly changes$: Observable<Change<Redirected>> = this.#changes.asObservable();

  constructor(parts: RedirectParts, options: RedirectLimits = {}) {
    this.options = { ...redirectDefaults, ...options };
    this.#parts = parts;
    const limit = Math.max(1, this.options.destinations);
    this.#lifetimes = new Lifetimes({ limit, scheduler: parts.scheduler, expire: (key) => this.#forget(key) });
    this.#watching.add(
      parts.neighbors.reachability$.subscribe(({ interfaceIndex, address, isReachable }) => {
        if (!isReachable) this.#forgetVia(interfaceIndex, address);
      }),
    );
    this.#watching.add(
      parts.routers.changes$.subscribe(({ type, value }) => {
        if (type === 'removed') this.#forgetVia(value.interfaceIndex, value.address);
      }),
    );
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Packets to `destination` go to `target` from now on.
   *
   * @returns false when they can't: the destination is a group, is link-local, or has a route of its own, such as our own
   */
  accept(interfaceIndex: number, destination: IpAddress, target: IpAddress): boolean {
    if (isMulticast(destination) || isLinkLocal(destination)) return false;
    const key = formatAddress(destination);
    const known = this.#entries.get(key);
    if (known === undefined && this.#parts.routes.get(toHost(destination)) !== undefined) return false;
    this.#forget(key);
    if (this.#entries.size >= this.#lifetimes.limit) this.#forget(this.#entries.keys().next().value as string);
    const { neighbors, routes, scheduler } = this.#parts;
    const value = { interfaceIndex, destination, target, until: scheduler.now() + this.options.lifetime };
    if (!neighbors.watch(interfaceIndex, target)) return false;
    if (!addLearned(routes, routeOf(value))) {
      neighbors.unwatch(interfaceIndex, target);
      return false;
    }
    const row = this.#lifetimes.take(key);
    this.#entries.set(key, { value, row });
    this.#lifetimes.set(row, value.until);
    this.#changes.next({ type: 'added', value });
    return true;
  }

  /** What is known of a destination. */
  get(destination: IpAddress): Redirected | undefined {
    return this.#entries.get(formatAddress(destination))?.value;
  }

  /** What is known, of one interface or all; next to be forgotten first. */
  list(interfaceIndex?: number): readonly Redirected[] {
    return [...this.#entries.values()]
      .map(({ value }) => value)
      .filter((value) => interfaceIndex === undefined || value.interfaceIndex === interfaceIndex);
  }

  /** Forgets what was heard by an interface. */
  flush(interfaceIndex: number): void {
    for (const [key, { value }] of this.#entries) if (value.interfaceIndex === interfaceIndex) this.#forget(key);
  }

  close(): void {
    this.#watching.unsubscribe();
    this.#lifetimes.close();
    this.#changes.complete();
  }

  #forgetVia(interfaceIndex: number, target: IpAddress): void {
    for (const [key, { value }] of this.#entries) {
      if (value.interfaceIndex === interfaceIndex && equalAddress(value.target, target)) this.#forget(key);
    }
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const { value, row } = entry;
    const { neighbors, routes } = this.#parts;
    this.#entries.delete(key);
    this.#lifetimes.release(row);
    neighbors.unwatch(value.interfaceIndex, value.target);
    deleteLearned(routes, routeOf(value));
    this.#changes.next({ type: 'removed', value });
  }
}

/** Metric of routes that Redirects bring. */
const metric = 1_024;

const toHost = (destination: IpAddress) => ({ address: destination, length: addressBits(destination) });

const routeOf = ({ interfaceIndex, destination, target }: Redirected): RouteSpec => {
  const to = toHost(destination);
  if (!equalAddress(target, destination)) return { to, interfaceIndex, via: target, metric };
  return { to, interfaceIndex, metric, flags: RouteFlag.connected };
};
