import type { Interface } from '../../src/state/interfaces.ts';
import type { Node } from '../../src/state/node.ts';
import type { Tunnel } from '../../src/state/tunnels.ts';
import { addressOf } from '../../src/testing/index.ts';
import { prefixFrom } from './testbed.ts';

export interface AddTunnelOptions extends Partial<Omit<Tunnel, 'interfaceIndex' | 'local' | 'remote'>> {
  readonly local: string;
  readonly remote: string;
  /** Prefixes that are routed into it. */
  readonly routes?: readonly string[];
}

/** Adds a tunnel, a gif if nothing else is said, and routes into it. */
export const addTunnel = (
  node: Node,
  name: string,
  { local, remote, routes = [], ...parameters }: AddTunnelOptions,
): Interface => {
  const { kind = 'gif', mtu } = parameters;
  const added = node.interfaces.add({
    name,
    kind,
    mtu: typeof mtu === 'number' ? mtu : 1_280,
    pointToPoint: true,
  });
  node.tunnels.add({
    kind,
    ...parameters,
    interfaceIndex: added.index,
    local: addressOf(local),
    remote: addressOf(remote),
  });
  for (const to of routes) node.routes.add({ to: prefixFrom(to), interfaceIndex: added.index });
  return node.interfaces.get(added.index) as Interface;
};

/** Names of the interfaces on a loop's path, as people read them. */
export const namesOn = (node: Node, path: readonly number[]): string =>
  path.map((index) => node.interfaces.nameOf(index)).join(' -> ');
