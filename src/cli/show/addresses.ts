import type { ShowAddresses } from '../../run/control/requests/show-addresses.ts';
import type { AddressView, ChangeView } from '../../run/control/views.ts';
import { columns } from '../page.ts';
import { lifetimes } from './lifetimes.ts';
import { interfaceParameter, oneAnswer, type Subject } from './subject.ts';

const request = 'show addresses';

export const addresses: Subject = {
  name: 'addresses',
  sentence: 'the addresses of the router, with their flags and lifetimes',
  request,
  parameters: interfaceParameter,
  answers: oneAnswer(request),
  draw: (answer, page) =>
    columns(
      page,
      ['dev', 'address', 'preferred/valid', 'flags'],
      (answer as ShowAddresses).addresses.map((entry) => [
        entry.interface,
        `${entry.address}/${entry.prefixLength}`,
        lifetimes(entry),
        entry.flags.join(', '),
      ]),
    ),
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<AddressView>;
    const { interface: name, address, prefixLength, flags } = value;
    return [type, `${address}/${prefixLength}`, 'dev', name, ...flags].join(' ');
  },
  redraws: false,
};
