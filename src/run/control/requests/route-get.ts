import { z } from 'zod';
import { notAllowed } from '../../../config/words.ts';
import { parseAddress } from '../../../wire/address.ts';
import { ControlRefusal, defineRequest } from '../request.ts';
import { type RouteView, routeView } from '../views.ts';

export interface RouteGet {
  readonly route: RouteView;
}

const allowed = 'an address, such as "2001:db8::1" or "192.0.2.1"';

export const routeGet = defineRequest({
  name: 'route get',
  sentence: 'The route that packets to an address take.',
  parameters: { to: z.string({ error: ({ input }) => notAllowed(input, allowed) }) },
  answer: ({ node }, { to }): RouteGet => {
    const address = parseAddress(to);
    if (address === undefined) throw new ControlRefusal('badParameters', `to: ${notAllowed(to, allowed)}`);
    const route = node.routes.lookup(address);
    if (route === undefined) throw new ControlRefusal('notFound', `no route leads to ${to}`);
    return { route: routeView(node, route) };
  },
});
