import type { NeighborView } from '../../run/control/discovery-views.ts';
import type { ControlClient } from '../../run/control/index.ts';
import type { ShowNeighbors } from '../../run/control/requests/show-neighbors.ts';
import type { ChangeView } from '../../run/control/views.ts';
import { type IpAddress, parseAddress } from '../../wire/address.ts';
import { duration } from '../numbers.ts';
import { columns } from '../page.ts';
import { interfaceParameter, type Subject } from './subject.ts';

const request = 'show neighbors';

/** Is the first address before the second one: IPv4 before IPv6, then by number? */
const compareAddresses = (a: IpAddress, b: IpAddress): number =>
  a.family - b.family ||
  (a.w0 >>> 0) - (b.w0 >>> 0) ||
  (a.w1 >>> 0) - (b.w1 >>> 0) ||
  (a.w2 >>> 0) - (b.w2 >>> 0) ||
  (a.w3 >>> 0) - (b.w3 >>> 0);

/** By interface, then by address. */
const sorted = (neighbors: readonly NeighborView[]): NeighborView[] => {
  const keyed = neighbors.map((neighbor) => ({ neighbor, address: parseAddress(neighbor.address) }));
  keyed.sort((a, b) => {
    const [one, other] = [a.neighbor.interface, b.neighbor.interface];
    if (one !== other) return one < other ? -1 : 1;
    return a.address === undefined || b.address === undefined ? 0 : compareAddresses(a.address, b.address);
  });
  return keyed.map(({ neighbor }) => neighbor);
};

/** All neighbors, in order: the router tells them page by page, in none. */
export const allNeighbors = async (client: ControlClient, parameters: object): Promise<ShowNeighbors> => {
  const neighbors: NeighborView[] = [];
  let page: ShowNeighbors = { total: 0, neighbors: [] };
  do {
    const after = page.next === undefined ? {} : { after: page.next };
    page = await client.ask(request, { ...parameters, limit: 1_000, ...after });
    for (const neighbor of page.neighbors) neighbors.push(neighbor);
  } while (page.next !== undefined);
  return { total: page.total, neighbors: sorted(neighbors) };
};

const marks = ({ router, static: isStatic, held }: NeighborView): string[] => [
  ...(router ? ['router'] : []),
  ...(isStatic ? ['static'] : []),
  ...(held === 0 ? [] : [`holds ${held}`]),
];

/** A neighbor in a line. */
export const neighborLine = (neighbor: NeighborView): string => {
  const { address, interface: name, linkLayerAddress, state } = neighbor;
  return [address, 'dev', name, linkLayerAddress ?? '(unknown)', state, ...marks(neighbor)].join(' ');
};

const head = ['dev', 'neighbor', 'link layer', 'state', 'left', ''];

export const neighbors: Subject = {
  name: 'neighbors',
  sentence: 'the neighbors, with their link-layer addresses and whether they can be reached',
  request,
  parameters: interfaceParameter,
  answers: async function* (client, parameters) {
    yield await allNeighbors(client, parameters);
  },
  draw: (answer, page) =>
    columns(
      page,
      head,
      (answer as ShowNeighbors).neighbors.map((neighbor) => {
        const { interface: name, address, linkLayerAddress = '-', state, remaining } = neighbor;
        const left = remaining === undefined ? '-' : duration(Math.ceil(remaining / 1_000), 2);
        return [name, address, linkLayerAddress, state, left, marks(neighbor).join(', ')];
      }),
    ),
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<NeighborView>;
    return `${type} ${neighborLine(value)}`;
  },
  redraws: false,
};
