import type { ShowInterfaces } from '../../run/control/requests/show-interfaces.ts';
import type { ChangeView, InterfaceView } from '../../run/control/views.ts';
import { commas } from '../numbers.ts';
import { table } from '../page.ts';
import { interfaceParameter, oneAnswer, type Subject } from './subject.ts';

const request = 'show interfaces';

const head = ['interface', 'kind', 'state', 'mtu', 'packets in', 'bytes in', 'packets out', 'bytes out', 'refused'];
const right = Array.from({ length: 6 }, () => 'right' as const);

export const interfaces: Subject = {
  name: 'interfaces',
  sentence: 'the interfaces with their addresses and traffic',
  request,
  parameters: interfaceParameter,
  answers: oneAnswer(request),
  draw: (answer, page) => {
    const drawn = table(page, [...head, 'addresses'], { colAligns: ['left', 'left', 'left', ...right, 'left'] });
    for (const entry of (answer as ShowInterfaces).interfaces) {
      const { inReceives, inOctets, outTransmits, outOctets, refused } = entry;
      const numbers = [entry.mtu, inReceives, inOctets, outTransmits, outOctets, refused].map(commas);
      drawn.push([entry.name, entry.kind, entry.up ? 'up' : 'down', ...numbers, entry.addresses.join('\n')]);
    }
    return drawn.toString();
  },
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<InterfaceView>;
    return `${type} ${value.name} ${value.kind} ${value.up ? 'up' : 'down'} mtu ${value.mtu}`;
  },
  redraws: false,
};
