import type { ShowAddresses } from '../../run/control/requests/show-addresses.ts';
import type { AddressView, ChangeView } from '../../run/control/views.ts';
import { table } from '../page.ts';
import { interfaceParameter, oneAnswer, type Subject } from './subject.ts';

const request = 'show addresses';

export const addresses: Subject = {
  name: 'addresses',
  sentence: 'the addresses of the router',
  request,
  parameters: interfaceParameter,
  answers: oneAnswer(request),
  draw: (answer, page) => {
    const drawn = table(page, ['interface', 'address', 'scope', 'flags']);
    for (const { interface: name, address, prefixLength, scope, flags } of (answer as ShowAddresses).addresses) {
      drawn.push([name, `${address}/${prefixLength}`, scope, flags.join(', ')]);
    }
    return drawn.toString();
  },
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<AddressView>;
    const { interface: name, address, prefixLength, flags } = value;
    return [type, `${address}/${prefixLength}`, 'dev', name, ...flags].join(' ');
  },
  redraws: false,
};
