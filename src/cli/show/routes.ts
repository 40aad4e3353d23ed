import type { ControlClient } from '../../run/control/index.ts';
import type { ShowRoutes } from '../../run/control/requests/show-routes.ts';
import type { ChangeView, RouteView } from '../../run/control/views.ts';
import { interfaceParameter, type Subject } from './subject.ts';

const request = 'show routes';

/** A route in the words that `umigame route add` understands, and what else there is to say. */
export const routeLine = ({ to, action, via, dev, metric, flags, active }: RouteView): string => {
  const words = [to];
  if (action !== 'forward') words.push(action);
  if (via !== undefined) words.push('via', via);
  if (dev !== undefined && action !== 'local') words.push('dev', dev);
  if (metric !== 0) words.push('metric', String(metric));
  for (const flag of ['connected', 'anycast', 'unready']) if (flags.includes(flag)) words.push(`(${flag})`);
  if (!active) words.push('(not in use)');
  return words.join(' ');
};

/** Page by page, so that a table of a million routes needs no room. */
async function* pages(client: ControlClient, parameters: object): AsyncGenerator<object> {
  let after: string | undefined;
  do {
    const page: ShowRoutes = await client.ask(request, {
      ...parameters,
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    after = page.next;
    yield page;
  } while (after !== undefined);
}

export const routes: Subject = {
  name: 'routes',
  sentence: 'the routing table',
  request,
  parameters: interfaceParameter,
  answers: pages,
  draw: (answer) => (answer as ShowRoutes).routes.map(routeLine).join('\n'),
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<RouteView>;
    return `${type} ${routeLine(value)}`;
  },
  redraws: false,
  paged: 'routes',
};
