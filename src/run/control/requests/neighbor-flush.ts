import { deviceName } from '../../../config/elements.ts';
import { defineRequest } from '../request.ts';
import { interfaceNamed } from '../views.ts';

export interface NeighborsFlushed {
  /** How many were forgotten. */
  readonly forgotten: number;
  /** How many are left: those that were written by hand. */
  readonly kept: number;
}

export const neighborFlush = defineRequest({
  name: 'neighbor flush',
  sentence: 'Forgets the neighbors of one interface or all, except static ones.',
  parameters: { interface: deviceName().optional() },
  answer: ({ node }, { interface: name }): NeighborsFlushed => {
    const all = node.neighbors.list(interfaceNamed(node, name)?.index);
    const learnt = all.filter(({ isStatic }) => !isStatic);
    const gone = learnt.filter(({ interfaceIndex, address }) => node.neighbors.remove(interfaceIndex, address));
    return { forgotten: gone.length, kept: all.length - learnt.length };
  },
});
