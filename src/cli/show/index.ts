import { addresses } from './addresses.ts';
import { interfaces } from './interfaces.ts';
import { policies } from './policies.ts';
import { routes } from './routes.ts';
import { sas } from './sas.ts';
import { stats } from './stats.ts';
import type { Subject } from './subject.ts';

export { routes } from './routes.ts';
export type { ShowOptions, Subject } from './subject.ts';

/** What `umigame show` knows. */
export const subjects: readonly Subject[] = [stats, interfaces, addresses, routes, sas, policies];
