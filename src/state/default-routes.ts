import type { SchedulerLike, Subscription } from 'rxjs';
import { formatAddress, formatPrefix, type IpPrefix, prefixContains, unspecified6 } from '../wire/address.ts';
import { addLearned, deleteLearned } from './learned-routes.ts';
import type { Neighbors } from './neighbors.ts';
import { NextTurn } from './next-turn.ts';
import type { Router, Routers } from './routers.ts';
import type { RouteSpec, Routes } from './routes.ts';

/** A router that has a route to the prefix in question. */
export interface Candidate {
  readonly isReachable: boolean;
  /** One of `ndp.Preference`. */
  readonly preference: number;
}

/**
 * Which router packets take: RFC 4861 §6.3.6, with the preferences of RFC 4191 §3.2. Pure.
 *
 * ```
 * can any be reached?  the one in use                        packets take
 * -------------------  ------------------------------------  -------------------------------------------
 * yes                  is reachable, none is preferred to it  the one in use
 * yes                  otherwise                              the first of the most preferred reachable ones
 * no                   none                                   the first of the most preferred
 * no                   is there, has not failed just now      the one in use: it is being looked for
 * no                   has failed                             the next in turn
 * ```
 *
 * @param inUse place of the one in use, -1 if there is none
 * @param hasFailed did it not answer, just now?
 * @returns its place, -1 if there are no candidates
 */
export const selectRouter = (candidates: readonly Candidate[], inUse: number, hasFailed: boolean): number => {
  const isAnyReachable = candidates.some(({ isReachable }) => isReachable);
  if (!isAnyReachable && inUse >= 0) return hasFailed ? (inUse + 1) % candidates.length : inUse;
  let best = -1;
  for (const [i, { isReachable, preference }] of candidates.entries()) {
    if (isReachable !== isAnyReachable) continue;
    const most = candidates[best]?.preference ?? Number.NEGATIVE_INFINITY;
    if (preference > most || (preference === most && i === inUse)) best = i;
  }
  return best;
};

/** Metric of routes that routers offer: behind those that were written by hand. */
const metric = 1_024;

const everywhere: IpPrefix = { address: unspecified6, length: 0 };

interface Offer extends Candidate {
  readonly router: Router;
  readonly key: string;
}

/** A prefix, and the routers that offer a way there. */
interface Destination {
  readonly to: IpPrefix;
  readonly offers: Offer[];
}

interface InUse {
  readonly key: string;
  readonly route: RouteSpec;
}

const keyOf = ({ interfaceIndex, address }: Pick<Router, 'interfaceIndex' | 'address'>): string =>
  `${interfaceIndex} ${formatAddress(address)}`;

/** What all routers offer, by prefix. */
const destinationsOf = (routers: readonly Router[]): Map<string, Destination> => {
  const destinations = new Map<string, Destination>();
  const offer = (to: IpPrefix, router: Router, preference: number): void => {
    const key = formatPrefix(to);
    const destination = destinations.get(key) ?? { to, offers: [] };
    destination.offers.push({ router, key: keyOf(router), isReachable: router.isReachable, preference });
    destinations.set(key, destination);
  };
  for (const router of routers) {
    if (router.role === 'default') offer(everywhere, router, router.preference);
    for (const { prefix, preference } of router.routes) offer(prefix, router, preference);
  }
  return destinations;
};

const isReached = ({ offers }: Destination): boolean => offers.some(({ isReachable }) => isReachable);

/** Do packets get there by a shorter prefix, while nobody of this one can be reached (RFC 4191 §3.2)? */
const isPassedOver = (destination: Destination, reached: readonly Destination[]): boolean =>
  !isReached(destination) &&
  reached.some(({ to }) => to.length < destination.to.length && prefixContains(to, destination.to.address));

/**
 * The routes that routers offer, each by the router that {@link selectRouter} selects: the default route, of all routers
 * of all links one, and the more specific ones of RFC 4191. A route of whose routers none can be reached is withdrawn as
 * long as packets get to its destinations by a shorter one.
 *
 * Settled at the next turn of the scheduler.
 */
export const deriveDefaultRoutes = (node: {
  readonly scheduler: SchedulerLike;
  readonly neighbors: Neighbors;
  readonly routers: Routers;
  readonly routes: Routes;
}): Subscription => {
  const { scheduler, neighbors, routers, routes } = node;
  const present = new Map<string, InUse>();
  const failed = new Set<string>();

  /** Puts a route in the place of another, so that there is always one. */
  const use = (destination: string, wanted: InUse | undefined): void => {
    const before = present.get(destination);
    if (before?.key === wanted?.key) return;
    if (wanted !== undefined && addLearned(routes, wanted.route)) present.set(destination, wanted);
    else present.delete(destination);
    if (before !== undefined) deleteLearned(routes, before.route);
  };

  const choose = (name: string, { to, offers }: Destination): Offer | undefined => {
    const key = present.get(name)?.key;
    const inUse = key === undefined ? -1 : offers.findIndex((offer) => offer.key === key);
    const selected = offers[selectRouter(offers, inUse, key !== undefined && failed.has(key))];
    if (selected === undefined) return undefined;
    const { interfaceIndex, address } = selected.router;
    use(name, { key: selected.key, route: { to, interfaceIndex, via: address, metric } });
    return selected;
  };

  const settling = new NextTurn(scheduler, () => {
    const destinations = destinationsOf(routers.list());
    const reached = [...destinations.values()].filter(isReached).sort((a, b) => a.to.length - b.to.length);
    for (const name of [...present.keys()]) if (!destinations.has(name)) use(name, undefined);
    let selected: Router | undefined;
    for (const [name, destination] of destinations) {
      if (isPassedOver(destination, reached)) use(name, undefined);
      else {
        const chosen = choose(name, destination);
        if (destination.to.length === 0) selected = chosen?.router;
      }
    }
    failed.clear();
    routers.select(selected);
  });

  const watching = routers.changes$.subscribe(() => settling.ask());
  watching.add(
    neighbors.reachability$.subscribe(({ interfaceIndex, address, isReachable }) => {
      if (isReachable) return;
      failed.add(keyOf({ interfaceIndex, address }));
      settling.ask();
    }),
  );
  watching.add(() => settling.cancel());
  return watching;
};
