import { filter, map } from 'rxjs';
import { deviceName } from '../../../config/elements.ts';
import { defineRequest } from '../request.ts';
import { type AddressView, addressView, changeView, interfaceNamed } from '../views.ts';

export interface ShowAddresses {
  readonly addresses: readonly AddressView[];
}

export const showAddresses = defineRequest({
  name: 'show addresses',
  sentence: 'The addresses of the router, of one interface or all.',
  parameters: { interface: deviceName().optional() },
  answer: ({ node }, { interface: name }): ShowAddresses => {
    const entries = node.addresses.list(interfaceNamed(node, name)?.index);
    return { addresses: entries.map((entry) => addressView(node, entry)) };
  },
  watch: ({ node }, { interface: name }) => {
    const only = interfaceNamed(node, name)?.index;
    return node.addresses.changes$.pipe(
      filter(({ value }) => only === undefined || value.interfaceIndex === only),
      map(changeView((entry) => addressView(node, entry))),
    );
  },
});
