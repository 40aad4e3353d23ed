/**
 * What `umigame ndp` prints, in the words and columns of KAME's: those who know it know where to look.
 *
 * @module
 */
import type { NeighborView } from '../run/control/discovery-views.ts';
import type { InterfaceView } from '../run/control/views.ts';
import { duration } from './numbers.ts';
import { columns, type Page } from './page.ts';

/** KAME's letters for the states of RFC 4861, and one for the state of RFC 7048. */
const stateLetters: Readonly<Record<NeighborView['state'], string>> = {
  absent: 'N',
  incomplete: 'I',
  reachable: 'R',
  stale: 'S',
  delay: 'D',
  probe: 'P',
  unreachable: 'U',
};

const neighborHead = ['Neighbor', 'Linklayer Address', 'Netif', 'Expire', 'S', 'Flags'];

/** A link-local address with its zone; others have none. */
export const zoned = (address: string, zone: string): string =>
  /^fe[89ab]/.test(address) ? `${address}%${zone}` : address;

/** `ndp -a`: a line for each neighbor. */
export const neighborTable = (neighbors: readonly NeighborView[], page: Page): string =>
  columns(
    page,
    neighborHead,
    neighbors.map(({ address, interface: name, linkLayerAddress, state, remaining, router }) => [
      zoned(address, name),
      linkLayerAddress ?? '(incomplete)',
      name,
      remaining === undefined ? 'permanent' : duration(Math.ceil(remaining / 1_000)),
      stateLetters[state],
      router ? 'R' : '',
    ]),
  );

/** 30s0ms, 1s0ms, 0s250ms */
const withMilliseconds = (time: number): string => `${Math.floor(time / 1_000)}s${time % 1_000}ms`;

/** `ndp -i`: the variables that hosts keep of an interface (RFC 4861 §6.3.2). */
export const interfaceVariables = ({ mtu, neighborDiscovery }: InterfaceView): string => {
  const words = [`linkmtu=${mtu}`];
  if (neighborDiscovery !== undefined) {
    const { baseReachableTime, reachableTime, retransTimer } = neighborDiscovery;
    words.push(
      `basereachable=${withMilliseconds(baseReachableTime)}`,
      `reachable=${duration(reachableTime / 1_000)}`,
      `retrans=${withMilliseconds(retransTimer)}`,
    );
  }
  return words.join(', ');
};
