import { deviceName, nextHop } from '../../../config/elements.ts';
import { formatAddress } from '../../../wire/address.ts';
import { neighborView } from '../discovery-views.ts';
import { ControlRefusal, defineRequest } from '../request.ts';
import { interfaceMeant } from '../views.ts';
import type { NeighborChanged } from './neighbor-add.ts';

export const neighborDelete = defineRequest({
  name: 'neighbor delete',
  sentence: 'Forgets a neighbor, a static one too; the next packet to it looks for it again.',
  parameters: { address: nextHop(), interface: deviceName().optional() },
  answer: ({ node }, { address: scoped, interface: name }): NeighborChanged => {
    const { address } = scoped;
    const only = interfaceMeant(node, scoped, name);
    const links = only === undefined ? [...node.interfaces] : [only];
    const found = links.flatMap(({ index }) => node.neighbors.get(index, address) ?? []);
    const text = formatAddress(address);
    const [neighbor] = found;
    if (neighbor === undefined) {
      const where = only === undefined ? '' : ` on ${only.name}`;
      throw new ControlRefusal('notFound', `there is no neighbor ${text}${where}`);
    }
    if (found.length > 1) {
      const names = found.map(({ interfaceIndex }) => node.interfaces.nameOf(interfaceIndex)).join(', ');
      throw new ControlRefusal('refused', `there is a neighbor ${text} on each of ${names}; name the interface`);
    }
    node.neighbors.remove(neighbor.interfaceIndex, address);
    return { neighbor: neighborView(node, neighbor) };
  },
});
