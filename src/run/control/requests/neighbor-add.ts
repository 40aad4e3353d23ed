import { deviceName, linkLayerAddress, nextHop } from '../../../config/elements.ts';
import type { Interface } from '../../../state/interfaces.ts';
import type { Node } from '../../../state/node.ts';
import { RouteFlag } from '../../../state/routes.ts';
import { formatAddress, type IpAddress, isLinkLocal } from '../../../wire/address.ts';
import type { LinkLayerAddress } from '../../../wire/ethernet.ts';
import { type NeighborView, neighborView } from '../discovery-views.ts';
import { ControlRefusal, defineRequest } from '../request.ts';
import { interfaceMeant } from '../views.ts';

export interface NeighborChanged {
  readonly neighbor: NeighborView;
}

const refuse = (sentence: string): never => {
  throw new ControlRefusal('refused', sentence);
};

/** Of routes to nobody's link: to us, to all, to nowhere. */
const nowhere = RouteFlag.loopback | RouteFlag.broadcast | RouteFlag.reject | RouteFlag.blackhole;

/** The interface on whose link an address is, as far as routes say so. */
const linkOf = ({ routes, interfaces }: Node, address: IpAddress): Interface | undefined => {
  const route = routes.lookup(address);
  if (route === undefined || route.via !== undefined || (route.flags & nowhere) !== 0) return undefined;
  return interfaces.get(route.interfaceIndex);
};

/** The interface that the neighbor is to be written for. */
const interfaceFor = (node: Node, address: IpAddress, named: Interface | undefined): Interface => {
  const text = formatAddress(address);
  const own = node.addresses.own(address, named?.index ?? 0);
  if (own !== undefined) {
    const name = node.interfaces.nameOf(own.interfaceIndex);
    return refuse(`address: ${text} is the router's own address on ${name}; allowed: the address of a neighbor`);
  }
  if (isLinkLocal(address)) {
    if (named !== undefined) return named;
    const sentence = `${text} is link-local and may be on any link; name the interface`;
    return refuse(`address: ${sentence}: "${text}%NAME", or with "interface"`);
  }
  const link = linkOf(node, address);
  if (named !== undefined && link === named) return named;
  const allowed = 'allowed: a link-local address, or one that a route without next hop leads to';
  if (link === undefined) return refuse(`address: ${text} is on no link of this router; ${allowed}`);
  if (named === undefined) return link;
  return refuse(`address: ${text} is not on the link of ${named.name} but of ${link.name}`);
};

const checkLink = ({ name, up, linkLayerAddress: ours }: Interface, { high, low }: LinkLayerAddress): void => {
  if (ours === undefined) refuse(`${name} is no Ethernet: its neighbors need no link-layer addresses`);
  if (!up) refuse(`${name} is down: it has no neighbors`);
  if (ours?.high === high && ours.low === low) {
    refuse(`linkLayerAddress: this is the router's own on ${name}; allowed: that of a neighbor`);
  }
};

export const neighborAdd = defineRequest({
  name: 'neighbor add',
  sentence: 'Writes a neighbor that stays until it is deleted, whatever it says of itself.',
  parameters: { address: nextHop(), linkLayerAddress: linkLayerAddress(), interface: deviceName().optional() },
  answer: ({ node }, { address: scoped, linkLayerAddress: written, interface: name }): NeighborChanged => {
    const { address } = scoped;
    const link = interfaceFor(node, address, interfaceMeant(node, scoped, name));
    checkLink(link, written);
    const added = node.neighbors.addStatic(link.index, address, written);
    const neighbor = node.neighbors.get(link.index, address);
    if (!added || neighbor === undefined) return refuse(`there is no room for one more neighbor on ${link.name}`);
    return { neighbor: neighborView(node, neighbor) };
  },
});
