import { checkRoute } from '../../../config/check.ts';
import { routeShape } from '../../../config/schema.ts';
import { formatPrefix } from '../../../wire/address.ts';
import { addRoute } from '../../configure.ts';
import { ControlRefusal, defineRequest } from '../request.ts';
import { isOwn } from '../route-origin.ts';
import { type RouteView, routeView } from '../views.ts';

export interface RouteChanged {
  readonly route: RouteView;
}

export const routeAdd = defineRequest({
  name: 'route add',
  sentence: 'Adds a route; it is written as in the configuration.',
  parameters: routeShape,
  answer: ({ node }, shaped): RouteChanged => {
    const links = [...node.interfaces]
      .filter(({ index }) => index !== node.interfaces.loopback)
      .map(({ index, name }) => ({ name, addresses: node.addresses.list(index) }));
    const { route, problems } = checkRoute(shaped, links);
    if (route === undefined || problems.length > 0) {
      const sentences = problems.map(({ path, sentence }) => (path === '' ? sentence : `${path}: ${sentence}`));
      throw new ControlRefusal('refused', sentences.join('; '));
    }
    const before = node.routes.get(route.to);
    if (before !== undefined && isOwn(before)) {
      const sentence = `the route to ${formatPrefix(route.to)} follows from an address of the router`;
      throw new ControlRefusal('refused', `${sentence}; it can't be replaced`);
    }
    return { route: routeView(node, addRoute(node, route)) };
  },
});
