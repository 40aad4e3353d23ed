import type { ShowTunnels } from '../../run/control/requests/show-tunnels.ts';
import type { ChangeView, TunnelView } from '../../run/control/views.ts';
import { commas } from '../numbers.ts';
import { table } from '../page.ts';
import { interfaceParameter, oneAnswer, type Subject } from './subject.ts';

const request = 'show tunnels';

const head = ['tunnel', 'kind', 'state', 'local', 'remote', 'mtu', 'packets in', 'packets out', 'outer headers'];
const aligns = ['left', 'left', 'left', 'left', 'left', 'right', 'right', 'right', 'left'] as const;

const stateOf = ({ up, loops }: TunnelView): string => (loops ? 'loops' : up ? 'up' : 'down');

/** What is not as by default is said, too. */
const outerOf = ({ hopLimit, dscp, ecn, encapsulationLimit, ingressFilter }: TunnelView): string =>
  [
    `hop limit ${hopLimit}`,
    encapsulationLimit === undefined ? '' : `encapsulation limit ${encapsulationLimit}`,
    dscp === 'inherit' ? '' : `DSCP ${dscp}`,
    ecn === 'allowed' ? '' : `ECN ${ecn}`,
    ingressFilter ? '' : 'no ingress filter',
  ]
    .filter((words) => words !== '')
    .join(', ');

export const tunnels: Subject = {
  name: 'tunnels',
  sentence: 'the tunnels with their ends and traffic',
  request,
  parameters: interfaceParameter,
  answers: oneAnswer(request),
  draw: (answer, page) => {
    const drawn = table(page, head, { colAligns: [...aligns] });
    for (const entry of (answer as ShowTunnels).tunnels) {
      const { interface: name, kind, local, remote = 'by destination', mtu, inReceives, outTransmits } = entry;
      const numbers = [mtu, inReceives, outTransmits].map(commas);
      drawn.push([name, kind, stateOf(entry), local, remote, ...numbers, outerOf(entry)]);
    }
    return drawn.toString();
  },
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<TunnelView>;
    const remote = value.remote === undefined ? '' : ` remote ${value.remote}`;
    return `${type} ${value.interface} ${value.kind} local ${value.local}${remote}`;
  },
  redraws: false,
};
