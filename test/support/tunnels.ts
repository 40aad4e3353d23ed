import type { Interface } from '../../src/state/interfaces.ts';
import type { Node } from '../../src/state/node.ts';
import { mtuPolicyOf, traitsOf } from '../../src/state/tunnel-traits.ts';
import { addressOf } from '../../src/testing/index.ts';
import type { TunnelKindName, TunnelParameters } from '../../src/wire/tunneling.ts';
import { prefixFrom } from './testbed.ts';

/** Parameters of a tunnel of any kind, addresses as text. */
export interface AddTunnelOptions {
  /** Default gif. */
  readonly kind?: TunnelKindName;
  readonly local: string;
  readonly remote?: string;
  /** Prefixes that are routed into it. */
  readonly routes?: readonly string[];
  readonly mtu?: number | 'path';
  readonly [parameter: string]: unknown;
}

/** Adds a tunnel, and routes into it. */
export const addTunnel = (
  node: Node,
  name: string,
  { kind = 'gif', local, remote, routes = [], ...rest }: AddTunnelOptions,
): Interface => {
  const ends = { local: addressOf(local), ...(remote === undefined ? {} : { remote: addressOf(remote) }) };
  const parameters = { kind, ...ends, ...rest } as TunnelParameters;
  const mtu = mtuPolicyOf(parameters);
  const { pointToPoint } = traitsOf(parameters);
  const { index } = node.interfaces.add({ name, kind, mtu: mtu === 'path' ? 1_280 : mtu, pointToPoint });
  node.tunnels.add({ ...parameters, interfaceIndex: index });
  for (const to of routes) node.routes.add({ to: prefixFrom(to), interfaceIndex: index });
  return node.interfaces.get(index) as Interface;
};

/** Names of the interfaces on a loop's path, as people read them. */
export const namesOn = (node: Node, path: readonly number[]): string =>
  path.map((index) => node.interfaces.nameOf(index)).join(' -> ');
