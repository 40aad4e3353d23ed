import { filter, map } from 'rxjs';
import { deviceName } from '../../../config/elements.ts';
import { defineRequest } from '../request.ts';
import { changeView, interfaceNamed, type TunnelView, tunnelView } from '../views.ts';

export interface ShowTunnels {
  readonly tunnels: readonly TunnelView[];
}

export const showTunnels = defineRequest({
  name: 'show tunnels',
  sentence: 'The tunnels with their ends, what their outer headers are like, and their traffic.',
  parameters: { interface: deviceName().optional() },
  answer: ({ node }, { interface: name }): ShowTunnels => {
    const only = interfaceNamed(node, name)?.index;
    const shown = node.tunnels.list().filter(({ interfaceIndex }) => only === undefined || interfaceIndex === only);
    return { tunnels: shown.map((tunnel) => tunnelView(node, tunnel)) };
  },
  watch: ({ node }, { interface: name }) => {
    const only = interfaceNamed(node, name)?.index;
    return node.tunnels.changes$.pipe(
      filter(({ value }) => only === undefined || value.interfaceIndex === only),
      map(changeView((tunnel) => tunnelView(node, tunnel))),
    );
  },
});
