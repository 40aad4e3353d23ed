import { addresses } from './addresses.ts';
import { interfaces } from './interfaces.ts';
import { loops } from './loops.ts';
import { routes } from './routes.ts';
import { stats } from './stats.ts';
import type { Subject } from './subject.ts';
import { tunnels } from './tunnels.ts';

export { routes } from './routes.ts';
export type { ShowOptions, Subject } from './subject.ts';

/** What `umigame show` knows. */
export const subjects: readonly Subject[] = [stats, interfaces, addresses, routes, tunnels, loops];
