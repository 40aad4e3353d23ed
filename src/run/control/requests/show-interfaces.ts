import { filter, map } from 'rxjs';
import { deviceName } from '../../../config/elements.ts';
import { defineRequest } from '../request.ts';
import { changeView, type InterfaceView, interfaceNamed, interfaceView } from '../views.ts';

export interface ShowInterfaces {
  readonly interfaces: readonly InterfaceView[];
}

export const showInterfaces = defineRequest({
  name: 'show interfaces',
  sentence: 'The interfaces with their state, addresses and traffic.',
  parameters: { interface: deviceName().optional() },
  answer: ({ node }, { interface: name }): ShowInterfaces => {
    const one = interfaceNamed(node, name);
    const shown = one === undefined ? [...node.interfaces] : [one];
    return { interfaces: shown.map((entry) => interfaceView(node, entry)) };
  },
  watch: ({ node }, { interface: name }) => {
    const only = interfaceNamed(node, name)?.index;
    return node.interfaces.changes$.pipe(
      filter(({ value }) => only === undefined || value.index === only),
      map(changeView((entry) => interfaceView(node, entry))),
    );
  },
});
