import type { ControlRequest } from '../request.ts';
import { routeAdd } from './route-add.ts';
import { routeDelete } from './route-delete.ts';
import { routeGet } from './route-get.ts';
import { showAddresses } from './show-addresses.ts';
import { showInterfaces } from './show-interfaces.ts';
import { showLoops } from './show-loops.ts';
import { showRequests } from './show-requests.ts';
import { showRoutes } from './show-routes.ts';
import { showStats } from './show-stats.ts';
import { showTunnels } from './show-tunnels.ts';

/** What a router answers through its control socket: a file here for each, and a line. */
export const controlRequests: readonly ControlRequest[] = [
  showStats,
  showInterfaces,
  showAddresses,
  showRoutes,
  showTunnels,
  showLoops,
  routeGet,
  routeAdd,
  routeDelete,
  showRequests,
];
