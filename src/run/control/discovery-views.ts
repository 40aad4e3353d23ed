/**
 * What Neighbor Discovery has learnt, as plain data: addresses as text, interfaces by name, states in words.
 *
 * @module
 */
import type { Neighbor } from '../../state/neighbor.ts';
import type { NeighborStateName } from '../../state/neighbor-transition.ts';
import type { Node } from '../../state/node.ts';
import { formatAddress } from '../../wire/address.ts';
import { formatLinkLayer, type LinkLayerAddress } from '../../wire/ethernet.ts';

export interface NeighborView {
  readonly interface: string;
  readonly address: string;
  /** `02:00:5e:00:53:01`; missing while it is asked for. */
  readonly linkLayerAddress?: string;
  /** As in RFC 4861 §7.3.2 and RFC 7048. */
  readonly state: NeighborStateName;
  readonly router: boolean;
  /** Was it written by hand? */
  readonly static: boolean;
  /** Packets that wait for its link-layer address. */
  readonly held: number;
  /** Milliseconds until the state ends by itself; missing when it does not. */
  readonly remaining?: number;
}

const linkLayerView = ({ high, low }: LinkLayerAddress): string => formatLinkLayer(high, low);

export const neighborView = ({ interfaces }: Pick<Node, 'interfaces'>, neighbor: Neighbor): NeighborView => {
  const { interfaceIndex, address, linkLayerAddress, state, isRouter, isStatic, held, remaining } = neighbor;
  return {
    interface: interfaces.nameOf(interfaceIndex),
    address: formatAddress(address),
    ...(linkLayerAddress === undefined ? {} : { linkLayerAddress: linkLayerView(linkLayerAddress) }),
    state,
    router: isRouter,
    static: isStatic,
    held,
    ...(remaining === undefined ? {} : { remaining: Math.ceil(remaining) }),
  };
};
