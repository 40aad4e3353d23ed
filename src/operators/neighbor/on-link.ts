import type { Node } from '../../state/node.ts';
import { RouteFlag } from '../../state/routes/table.ts';
import { isLinkLocal6 } from '../../wire/address-bytes.ts';

type OnLinkNode = Pick<Node, 'routes'>;

/** Routes that do not lead to a neighbor. */
const elsewhere = RouteFlag.gateway | RouteFlag.loopback | RouteFlag.reject | RouteFlag.blackhole | RouteFlag.broadcast;

/** Does a route say that its destinations are on the link of this interface? A detached prefix has none. */
const leadsTo = ({ routes: { table } }: OnLinkNode, row: number, interfaceIndex: number): boolean =>
  row !== 0 && table.outInterface[row] === interfaceIndex && ((table.flags[row] as number) & elsewhere) === 0;

/** Could the IPv6 unicast address at `at` be a neighbor's: is it link-local, or on the link by a route of ours? */
export const isOnLink6 = (node: OnLinkNode, interfaceIndex: number, view: DataView, at: number): boolean =>
  isLinkLocal6(view, at) || leadsTo(node, node.routes.table.lookup6(view, at), interfaceIndex);

/** Could the IPv4 address at `at` be a neighbor's? */
export const isOnLink4 = (node: OnLinkNode, interfaceIndex: number, view: DataView, at: number): boolean =>
  leadsTo(node, node.routes.table.lookup4(view, at), interfaceIndex);
