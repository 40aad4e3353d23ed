import { routeShape } from '../../../config/schema.ts';
import type { Route } from '../../../state/routes.ts';
import { equalAddress, formatPrefix } from '../../../wire/address.ts';
import { ControlRefusal, defineRequest } from '../request.ts';
import { isDerived } from '../route-origin.ts';
import { interfaceNamed, type RouteView, routeView } from '../views.ts';

export interface RouteDeleted {
  readonly route: RouteView;
}

const { to, via, dev, metric } = routeShape;

export const routeDelete = defineRequest({
  name: 'route delete',
  sentence: 'Deletes the route to a prefix; of several the first by metric, or the one that the rest names.',
  parameters: { to, via, dev, metric },
  answer: ({ node }, { to: prefix, via: nextHop, dev: name, metric: only }): RouteDeleted => {
    const out = interfaceNamed(node, name ?? nextHop?.zone)?.index;
    let derived = false;
    let deleted: Route | undefined;
    node.routes.delete(prefix, (route) => {
      const isMeant =
        (out === undefined || route.interfaceIndex === out) &&
        (only === undefined || route.metric === only) &&
        (nextHop === undefined || (route.via !== undefined && equalAddress(route.via, nextHop.address)));
      if (!isMeant) return false;
      derived = isDerived(route);
      if (!derived) deleted = route;
      return !derived;
    });
    if (deleted !== undefined) return { route: routeView(node, deleted) };
    const text = formatPrefix(prefix);
    if (!derived) throw new ControlRefusal('notFound', `there is no such route to ${text}`);
    throw new ControlRefusal('refused', `the route to ${text} follows from an address of the router and goes with it`);
  },
});
