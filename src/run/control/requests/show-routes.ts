import { filter, map } from 'rxjs';
import { z } from 'zod';
import { deviceName, integer } from '../../../config/elements.ts';
import { notAllowed } from '../../../config/words.ts';
import type { Route } from '../../../state/routes.ts';
import { equalAddress, formatPrefix, type IpPrefix, parsePrefix } from '../../../wire/address.ts';
import { ControlRefusal, defineRequest } from '../request.ts';
import { changeView, interfaceNamed, type RouteView, routeView } from '../views.ts';

export interface ShowRoutes {
  /** Routes in the whole table. */
  readonly total: number;
  readonly routes: readonly RouteView[];
  /** There are more: ask again with this as `after`. A page may be empty and yet not the last. */
  readonly next?: string;
}

/** Most routes in a page. */
const pageLimit = 1_000;
const pageDefault = 100;
/** Routes looked at for a page when few of them are wanted: a millisecond or two, then packets have their turn. */
const lookLimit = 10_000;

/** Where a page ended: so many routes to this prefix, and all before it, have been told. */
interface Cursor {
  readonly to: IpPrefix;
  readonly told: number;
}

const formatCursor = ({ to, told }: Cursor): string => `${formatPrefix(to)}+${told}`;

const readCursor = (text: string | undefined): Cursor | undefined => {
  if (text === undefined) return undefined;
  const [prefix = '', told = ''] = text.split('+');
  const to = parsePrefix(prefix);
  if (to !== undefined && /^\d{1,7}$/.test(told)) return { to, told: Number(told) };
  throw new ControlRefusal('badParameters', `after: ${JSON.stringify(text)} is not the "next" of another page`);
};

const isSame = (a: IpPrefix, b: IpPrefix): boolean => a.length === b.length && equalAddress(a.address, b.address);

const family = () =>
  z.union([z.literal(4), z.literal(6)], { error: ({ input }) => notAllowed(input, '4 or 6') }).optional();

export const showRoutes = defineRequest({
  name: 'show routes',
  sentence: 'The routing table in pages: IPv4 first, by prefix, then by metric.',
  parameters: {
    interface: deviceName().optional(),
    family: family(),
    limit: integer(1, pageLimit).optional(),
    after: z.string({ error: ({ input }) => notAllowed(input, 'the "next" of another page') }).optional(),
  },
  answer: ({ node }, { interface: name, family: only, limit = pageDefault, after }): ShowRoutes => {
    const out = interfaceNamed(node, name)?.index;
    const from = readCursor(after);
    const total = node.routes.size;
    const routes: RouteView[] = [];
    let at: Cursor | undefined;
    let looked = 0;
    for (const route of node.routes.walk(only, from?.to)) {
      const told: number = at !== undefined && isSame(at.to, route.to) ? at.told : 0;
      const again = from !== undefined && told < from.told && isSame(from.to, route.to);
      if (!again) {
        if (at !== undefined && (routes.length === limit || looked === lookLimit)) {
          return { total, routes, next: formatCursor(at) };
        }
        looked += 1;
        if (out === undefined || route.interfaceIndex === out) routes.push(routeView(node, route));
      }
      at = { to: route.to, told: told + 1 };
    }
    return { total, routes };
  },
  watch: ({ node }, { interface: name, family: only }) => {
    const out = interfaceNamed(node, name)?.index;
    const isWanted = ({ interfaceIndex, to }: Route): boolean =>
      (out === undefined || interfaceIndex === out) && (only === undefined || to.address.family === only);
    return node.routes.changes$.pipe(
      filter(({ value }) => isWanted(value)),
      map(changeView((route) => routeView(node, route))),
    );
  },
});
