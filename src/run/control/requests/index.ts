import type { ControlRequest } from '../request.ts';
import { neighborAdd } from './neighbor-add.ts';
import { neighborDelete } from './neighbor-delete.ts';
import { neighborFlush } from './neighbor-flush.ts';
import { routeAdd } from './route-add.ts';
import { routeDelete } from './route-delete.ts';
import { routeGet } from './route-get.ts';
import { showAddresses } from './show-addresses.ts';
import { showInterfaces } from './show-interfaces.ts';
import { showLearned } from './show-learned.ts';
import { showLoops } from './show-loops.ts';
import { showNeighbors } from './show-neighbors.ts';
import { showPrefixes } from './show-prefixes.ts';
import { showProxies } from './show-proxies.ts';
import { showRequests } from './show-requests.ts';
import { showRouters } from './show-routers.ts';
import { showRoutes } from './show-routes.ts';
import { showStats } from './show-stats.ts';
import { showTunnels } from './show-tunnels.ts';

/** What a router answers through its control socket: a file here for each, and a line. */
export const controlRequests: readonly ControlRequest[] = [
  showStats,
  showInterfaces,
  showAddresses,
  showNeighbors,
  showProxies,
  showPrefixes,
  showRouters,
  showLearned,
  showRoutes,
  showTunnels,
  showLoops,
  neighborAdd,
  neighborDelete,
  neighborFlush,
  routeGet,
  routeAdd,
  routeDelete,
  showRequests,
];
