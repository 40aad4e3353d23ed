import { type Route, RouteFlag } from '../../state/routes.ts';

/** Does the route lead to an address of ours, or to a broadcast address of our link? */
export const isOwn = ({ flags }: Route): boolean => (flags & (RouteFlag.loopback | RouteFlag.broadcast)) !== 0;

/** Does the route follow from an address of ours, and go with it? */
export const isDerived = (route: Route): boolean => isOwn(route) || (route.flags & RouteFlag.connected) !== 0;
