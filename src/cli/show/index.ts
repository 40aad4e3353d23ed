import { addresses } from './addresses.ts';
import { interfaces } from './interfaces.ts';
import { learned } from './learned.ts';
import { loops } from './loops.ts';
import { neighbors } from './neighbors.ts';
import { prefixes } from './prefixes.ts';
import { routers } from './routers.ts';
import { routes } from './routes.ts';
import { stats } from './stats.ts';
import type { Subject } from './subject.ts';
import { tunnels } from './tunnels.ts';

export { routes } from './routes.ts';
export type { ShowOptions, Subject } from './subject.ts';

/** What `umigame show` knows. */
export const subjects: readonly Subject[] = [
  stats,
  interfaces,
  addresses,
  neighbors,
  prefixes,
  routers,
  learned,
  routes,
  tunnels,
  loops,
];
