import { filter, map } from 'rxjs';
import { deviceName } from '../../../config/elements.ts';
import { type RouterView, routerView } from '../discovery-views.ts';
import { defineRequest } from '../request.ts';
import { changeView, interfaceNamed } from '../views.ts';

export interface ShowRouters {
  readonly routers: readonly RouterView[];
}

export const showRouters = defineRequest({
  name: 'show routers',
  sentence: 'The routers of our links: default routers, and others that advertise.',
  parameters: { interface: deviceName().optional() },
  answer: ({ node }, { interface: name }): ShowRouters => {
    const known = node.routers.list(interfaceNamed(node, name)?.index);
    return { routers: known.map((each) => routerView(node, each)) };
  },
  watch: ({ node }, { interface: name }) => {
    const only = interfaceNamed(node, name)?.index;
    return node.routers.changes$.pipe(
      filter(({ value }) => only === undefined || value.interfaceIndex === only),
      map(changeView((each) => routerView(node, each))),
    );
  },
});
