import type { Subscription } from 'rxjs';
import { formatPrefix } from '../wire/address.ts';
import { addLearned, deleteLearned } from './learned-routes.ts';
import type { LinkPrefix, Prefixes } from './prefixes.ts';
import { RouteFlag } from './routes/table.ts';
import type { RouteSpec, Routes } from './routes.ts';

/** Metric of routes to prefixes that routers say are on the link: behind those of our own addresses. */
const metric = 256;

const routeTo = ({ prefix, interfaceIndex }: LinkPrefix): RouteSpec => ({
  to: prefix,
  interfaceIndex,
  metric,
  flags: RouteFlag.connected,
});

/**
 * The routes to prefixes that are on the link by what routers say, as long as they are attached (RFC 4861 §6.3.4,
 * INET'99 §3.4). If two links have the same prefix, packets go to the one that said so first; when its route goes, to
 * the other (RFC 4861 has nothing to say about that; KAME does so).
 */
export const deriveOnLinkRoutes = (prefixes: Prefixes, routes: Routes): Subscription => {
  const present = new Set<string>();
  return prefixes.changes$.subscribe(({ type, value }) => {
    const key = `${value.interfaceIndex} ${formatPrefix(value.prefix)}`;
    const isWanted = type !== 'removed' && value.onLink && value.isAttached;
    if (isWanted === present.has(key)) return;
    if (!isWanted) {
      present.delete(key);
      deleteLearned(routes, routeTo(value));
    } else if (addLearned(routes, routeTo(value))) present.add(key);
  });
};
