import type { ControlRequest } from '../request.ts';
import { keyEvents } from './key-events.ts';
import { routeAdd } from './route-add.ts';
import { routeDelete } from './route-delete.ts';
import { routeGet } from './route-get.ts';
import { setkey } from './setkey.ts';
import { showAddresses } from './show-addresses.ts';
import { showInterfaces } from './show-interfaces.ts';
import { showPolicies } from './show-policies.ts';
import { showRequests } from './show-requests.ts';
import { showRoutes } from './show-routes.ts';
import { showSas } from './show-sas.ts';
import { showStats } from './show-stats.ts';

/** What a router answers through its control socket: a file here for each, and a line. */
export const controlRequests: readonly ControlRequest[] = [
  showStats,
  showInterfaces,
  showAddresses,
  showRoutes,
  routeGet,
  routeAdd,
  routeDelete,
  setkey,
  showSas,
  showPolicies,
  keyEvents,
  showRequests,
];
