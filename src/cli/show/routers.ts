import type { RouterView } from '../../run/control/discovery-views.ts';
import type { ShowRouters } from '../../run/control/requests/show-routers.ts';
import type { ChangeView } from '../../run/control/views.ts';
import { columns } from '../page.ts';
import { lifetime } from './lifetimes.ts';
import { interfaceParameter, oneAnswer, type Subject } from './subject.ts';

const request = 'show routers';

const marks = ({ reachable, selected }: RouterView): string =>
  `${reachable ? 'reachable' : 'unreachable'}${selected ? ', in use' : ''}`;

/** What is left of a default router; nothing of others. */
const left = (router: RouterView): string => (router.role === 'default' ? lifetime(router.lifetime) : '-');

export const routers: Subject = {
  name: 'routers',
  sentence: 'the routers of the links, with the routes that they tell of',
  request,
  parameters: interfaceParameter,
  answers: oneAnswer(request),
  draw: (answer, page) =>
    columns(
      page,
      ['dev', 'router', 'role', 'preference', 'left', ''],
      (answer as ShowRouters).routers.flatMap((router) => [
        [router.interface, router.address, router.role, router.preference, left(router), marks(router)],
        ...router.routes.map((route) => {
          return ['', `  to ${route.prefix}`, 'route', route.preference, lifetime(route.lifetime), ''];
        }),
      ]),
    ),
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<RouterView>;
    const { interface: name, address, role, preference, routes } = value;
    const to = routes.length === 0 ? '' : ` to ${routes.map(({ prefix }) => prefix).join(', ')}`;
    return `${type} ${address} dev ${name} ${role} ${preference} ${marks(value)}${to}`;
  },
  redraws: false,
};
