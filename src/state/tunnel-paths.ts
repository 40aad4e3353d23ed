import { filter, merge, type Subscription } from 'rxjs';
import { equalAddress, type IpAddress, prefixContains, writeAddress } from '../wire/address.ts';
import { minimumMtu } from '../wire/ipv6.ts';
import { remoteOf } from '../wire/tunneling.ts';
import type { Interfaces } from './interfaces.ts';
import type { Loops } from './loops.ts';
import type { PathMtus } from './path-mtu.ts';
import type { Route, Routes } from './routes.ts';
import type { Change } from './store.ts';
import { findTunnelLoops } from './tunnel-loops.ts';
import { mtuPolicyOf } from './tunnel-traits.ts';
import type { Tunnel, Tunnels } from './tunnels.ts';

interface PathNode {
  readonly interfaces: Interfaces;
  readonly loops: Loops;
  readonly pathMtus: PathMtus;
  readonly routes: Routes;
  readonly tunnels: Tunnels;
}

/** Longest packet that an IPv4 header can count. */
const longestPacket = 65_535;

/** Where the other end of a tunnel is looked up. */
const scratch = new DataView(new ArrayBuffer(16));

/** The interface by which packets to the address leave; 0 if none. */
const outInterfaceTo = ({ table }: Routes, address: IpAddress): number => {
  writeAddress(scratch, 0, address);
  return table.outInterface[address.family === 6 ? table.lookup6(scratch, 0) : table.lookup4(scratch, 0)] as number;
};

/** Tunnels that the outer packets of one may leave by. */
const nextTunnels = ({ routes, tunnels }: PathNode): ((index: number) => readonly number[]) => {
  let anywhere: readonly number[] | undefined;
  /** Every tunnel that some IPv4 route leads into: outer packets of an automatic tunnel may go to any address. */
  const tunnelsWithRoutes4 = (): readonly number[] => {
    const found = new Set<number>();
    for (const { interfaceIndex } of routes.walk(4)) if (tunnels.get(interfaceIndex)) found.add(interfaceIndex);
    return [...found];
  };
  return (index) => {
    const tunnel = tunnels.get(index);
    if (tunnel === undefined) return [];
    const remote = remoteOf(tunnel);
    if (remote === undefined) {
      anywhere ??= tunnelsWithRoutes4();
      return anywhere;
    }
    const out = outInterfaceTo(routes, remote);
    return tunnels.get(out) === undefined ? [] : [out];
  };
};

/** Is the tunnel's one way on certain, whatever packet goes in? */
const isFixed = ({ tunnels }: PathNode, index: number): boolean => {
  const tunnel = tunnels.get(index);
  return tunnel !== undefined && remoteOf(tunnel) !== undefined;
};

/** Tunnels that lead into a loop whatever goes in take no packets from now on: looping costs no more than forwarding. */
const settleLoops = (node: PathNode): void => {
  const { loops, tunnels } = node;
  const indexes = tunnels.list().map(({ interfaceIndex }) => interfaceIndex);
  const found = findTunnelLoops(indexes, nextTunnels(node), tunnels.options.depth);
  const paths = new Map(found.map(({ path }) => [path.join(' '), path]));
  const rows = new Map([...paths.keys()].map((key, at) => [key, at] as const));
  const foreseen = loops.foresee([...paths.values()]);
  for (const index of indexes) tunnels.table.loop[index] = 0;
  for (const { way, path } of found) {
    if (!way.every((index) => isFixed(node, index))) continue;
    tunnels.table.loop[way[0] as number] = foreseen[rows.get(path.join(' ')) as number] as number;
  }
};

/** What is left of the path to the other end for packets in the tunnel; tunnels on the way take their share. */
const roomIn = (node: PathNode, tunnel: Tunnel, depth: number): number => {
  const { interfaces, pathMtus, routes, tunnels } = node;
  const remote = remoteOf(tunnel);
  if (remote === undefined) return minimumMtu; // it has no one path
  const out = outInterfaceTo(routes, remote);
  const around = tunnels.get(out);
  const link = around === undefined || depth === 0 ? interfaces.table.mtu[out] : innerMtu(node, around, depth - 1);
  writeAddress(scratch, 0, remote);
  const path =
    remote.family === 6
      ? pathMtus.lookup6(scratch, 0, out, link as number)
      : pathMtus.lookup4(scratch, 0, link as number);
  return Math.min(path, longestPacket) - (tunnels.table.headerLength[tunnel.interfaceIndex] as number);
};

/** RFC 4213 §3.2.2, RFC 2473 §7.1: never below what every IPv6 link carries; then outer packets are fragmented. */
const innerMtu = (node: PathNode, tunnel: Tunnel, depth: number): number => {
  const mtu = mtuPolicyOf(tunnel);
  return mtu === 'path' ? Math.max(minimumMtu, roomIn(node, tunnel, depth)) : mtu;
};

const settleMtus = (node: PathNode): void => {
  const { interfaces, tunnels } = node;
  const { depth } = tunnels.options;
  for (const tunnel of tunnels.list()) {
    const { interfaceIndex } = tunnel;
    if (mtuPolicyOf(tunnel) !== 'path') continue;
    const room = roomIn(node, tunnel, depth);
    tunnels.table.dontFragment[interfaceIndex] = room >= minimumMtu ? 1 : 0;
    const inner = Math.max(minimumMtu, room);
    if (interfaces.table.mtu[interfaceIndex] !== inner) interfaces.resize(interfaceIndex, inner);
  }
};

/**
 * What follows for tunnels from where their other ends are, kept true while routes, links and path MTUs change: the MTU
 * of those that follow the path (RFC 4213 §3.2.2, RFC 2473 §7.1), and which of them lead into loops.
 */
export const deriveTunnelPaths = (node: PathNode): Subscription => {
  const { interfaces, pathMtus, routes, tunnels } = node;
  const isEnd = (address: IpAddress): boolean =>
    tunnels.list().some((tunnel) => equalAddress(remoteOf(tunnel) ?? tunnel.local, address));
  const isOnWay = ({ type, value: { to, interfaceIndex } }: Change<Route>): boolean =>
    tunnels.list().some((tunnel) => {
      const remote = remoteOf(tunnel);
      if (remote !== undefined) return prefixContains(to, remote);
      return to.address.family === 4 && (type === 'updated' || tunnels.get(interfaceIndex) !== undefined);
    });
  return merge(
    tunnels.changes$,
    routes.changes$.pipe(filter((change) => tunnels.size > 0 && isOnWay(change))),
    interfaces.changes$.pipe(filter(({ value: { index } }) => tunnels.size > 0 && tunnels.get(index) === undefined)),
    pathMtus.changes$.pipe(filter(({ value: { destination } }) => tunnels.size > 0 && isEnd(destination))),
  ).subscribe(() => {
    settleLoops(node);
    settleMtus(node);
  });
};
