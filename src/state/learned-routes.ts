import { equalAddress } from '../wire/address.ts';
import type { RouteSpec, Routes } from './routes.ts';

/**
 * Adds a route that a router told us of.
 *
 * @returns false when there is one like it, or no room: what others say must not throw
 */
export const addLearned = (routes: Routes, spec: RouteSpec): boolean => {
  try {
    routes.add(spec);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};

/** Takes it away again, unless somebody has already. */
export const deleteLearned = (routes: Routes, { to, interfaceIndex, via, metric }: RouteSpec): boolean =>
  routes.delete(
    to,
    (route) =>
      route.interfaceIndex === interfaceIndex &&
      route.metric === metric &&
      (via === undefined || route.via === undefined ? via === route.via : equalAddress(route.via, via)),
  );
