/**
 * What stores hold, as plain data for those who ask: addresses and flags in words, interfaces by name.
 *
 * @module
 */
import { AddressFlag, type InterfaceAddress } from '../../state/addresses.ts';
import type { Interface } from '../../state/interfaces.ts';
import type { TunnelLoop } from '../../state/loops.ts';
import type { Node } from '../../state/node.ts';
import { type Route, RouteFlag } from '../../state/routes.ts';
import type { Change } from '../../state/store.ts';
import { isCycle } from '../../state/tunnel-loops.ts';
import { mtuPolicyOf } from '../../state/tunnel-traits.ts';
import type { Tunnel } from '../../state/tunnels.ts';
import { formatAddress, formatPrefix, formatScoped, Scope, type ScopedAddress, scopeOf } from '../../wire/address.ts';
import { formatLinkLayer } from '../../wire/ethernet.ts';
import { type EcnMode, remoteOf, type TunnelKindName, tunnelDefaults } from '../../wire/tunneling.ts';
import { type LifetimesView, lifetimesView } from './discovery-views.ts';
import { ControlRefusal } from './request.ts';

/** A change in a store: its entry as it is now; for `removed`, as it was last. */
export interface ChangeView<View extends object> {
  readonly type: Change<View>['type'];
  readonly value: View;
}

export const changeView =
  <Value, View extends object>(view: (value: Value) => View) =>
  ({ type, value }: Change<Value>): ChangeView<View> => ({ type, value: view(value) });

/** Names of the flags that are set. */
const flagNames = (flags: number, names: Readonly<Record<string, number>>): string[] =>
  Object.entries(names).flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name]));

export interface RouteView {
  readonly to: string;
  /** `local` leads to this node itself, `broadcast` to all of a link. */
  readonly action: 'forward' | 'local' | 'broadcast' | 'reject' | 'blackhole';
  /** Next hop; without it each destination is its own. */
  readonly via?: string;
  /** Name of the outgoing interface, where there is one. */
  readonly dev?: string;
  readonly metric: number;
  /** Names of `RouteFlag`. */
  readonly flags: readonly string[];
  /** False while a route to the same prefix with a lower metric is in use. */
  readonly active: boolean;
}

const actionOf = (flags: number): RouteView['action'] => {
  if ((flags & RouteFlag.loopback) !== 0) return 'local';
  if ((flags & RouteFlag.broadcast) !== 0) return 'broadcast';
  if ((flags & RouteFlag.reject) !== 0) return 'reject';
  return (flags & RouteFlag.blackhole) !== 0 ? 'blackhole' : 'forward';
};

export const routeView = ({ interfaces }: Pick<Node, 'interfaces'>, route: Route): RouteView => {
  const { to, via, interfaceIndex, metric, flags, active } = route;
  const action = actionOf(flags);
  const leaves = action !== 'reject' && action !== 'blackhole';
  return {
    to: formatPrefix(to),
    action,
    ...(via === undefined ? {} : { via: formatScoped({ address: via, zone: interfaces.nameOf(interfaceIndex) }) }),
    ...(leaves ? { dev: interfaces.nameOf(interfaceIndex) } : {}),
    metric,
    flags: flagNames(flags, RouteFlag),
    active,
  };
};

export interface AddressView extends LifetimesView {
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly scope: 'link' | 'global' | 'other';
  /** Names of `AddressFlag`. */
  readonly flags: readonly string[];
}

export const addressView = (node: Pick<Node, 'interfaces' | 'scheduler'>, entry: InterfaceAddress): AddressView => {
  const scope = scopeOf(entry.address);
  return {
    interface: node.interfaces.nameOf(entry.interfaceIndex),
    address: formatAddress(entry.address),
    prefixLength: entry.prefix.length,
    scope: scope === Scope.linkLocal ? 'link' : scope === Scope.global ? 'global' : 'other',
    flags: flagNames(entry.flags, AddressFlag),
    ...lifetimesView(node, entry),
  };
};

export interface InterfaceView {
  readonly index: number;
  readonly name: string;
  readonly kind: Interface['kind'];
  readonly up: boolean;
  readonly mtu: number;
  /** What the device carries; `mtu` is less if a router says so. */
  readonly deviceMtu: number;
  /** What packets of ours begin with. */
  readonly hopLimit: number;
  readonly pointToPoint: boolean;
  /** Does it configure itself from what routers say? */
  readonly autoconfigured: boolean;
  /** Does it send Router Advertisements? */
  readonly advertises: boolean;
  /** Ours, on Ethernet. */
  readonly linkLayerAddress?: string;
  /** On Ethernet: times of the neighbor cache, in milliseconds (RFC 4861 §6.3.2). */
  readonly neighborDiscovery?: {
    readonly baseReachableTime: number;
    readonly reachableTime: number;
    readonly retransTimer: number;
  };
  /** `fd00:a::1/64` */
  readonly addresses: readonly string[];
  readonly inReceives: number;
  readonly inOctets: number;
  readonly outTransmits: number;
  readonly outOctets: number;
  /** Packets refused, that came in by it or were to leave by it. */
  readonly refused: number;
}

/** What only Ethernet interfaces have. */
const ethernetView = (
  { neighbors }: Pick<Node, 'neighbors'>,
  { index, linkLayerAddress }: Interface,
): Pick<InterfaceView, 'linkLayerAddress' | 'neighborDiscovery'> => {
  if (linkLayerAddress === undefined) return {};
  const { base: baseReachableTime, drawn: reachableTime } = neighbors.reachableTimes(index);
  return {
    linkLayerAddress: formatLinkLayer(linkLayerAddress.high, linkLayerAddress.low),
    neighborDiscovery: { baseReachableTime, reachableTime, retransTimer: neighbors.retransTimer(index) },
  };
};

export const interfaceView = (
  node: Pick<Node, 'addresses' | 'advertisements' | 'autoconfigurations' | 'counters' | 'neighbors'>,
  entry: Interface,
): InterfaceView => {
  const { index, name, kind, up, mtu, deviceMtu, hopLimit, pointToPoint } = entry;
  const { addresses, counters } = node;
  return {
    index,
    name,
    kind,
    up,
    mtu,
    deviceMtu,
    hopLimit,
    pointToPoint,
    autoconfigured: node.autoconfigurations.get(index) !== undefined,
    advertises: node.advertisements.get(index) !== undefined,
    ...ethernetView(node, entry),
    addresses: addresses.list(index).map(({ address, prefix }) => `${formatAddress(address)}/${prefix.length}`),
    inReceives: counters.get(index, 'inReceives'),
    inOctets: counters.get(index, 'inOctets'),
    outTransmits: counters.get(index, 'outTransmits'),
    outOctets: counters.get(index, 'outOctets'),
    refused: [...counters.refusals(index).values()].reduce((sum, packets) => sum + packets, 0),
  };
};

export interface TunnelView {
  readonly interface: string;
  readonly kind: TunnelKindName;
  readonly up: boolean;
  readonly local: string;
  /** Not there when packets tell where they go. */
  readonly remote?: string;
  /** Bytes of the largest packet in it, now. */
  readonly mtu: number;
  /** Does it follow the path to the other end? */
  readonly mtuFollowsPath: boolean;
  readonly hopLimit: number;
  readonly dscp: number | 'inherit';
  readonly ecn: EcnMode;
  /** Of outer IPv6 headers. */
  readonly encapsulationLimit?: number | 'none';
  readonly ingressFilter: boolean;
  /** Is it closed, because all that goes in would loop? */
  readonly loops: boolean;
  readonly inReceives: number;
  readonly outTransmits: number;
}

export const tunnelView = (
  { counters, interfaces, tunnels }: Pick<Node, 'counters' | 'interfaces' | 'tunnels'>,
  tunnel: Tunnel,
): TunnelView => {
  const { interfaceIndex: index, kind, local } = tunnel;
  const remote = remoteOf(tunnel);
  const { hopLimit, dscp, ecn, encapsulationLimit, ingressFilter } = { ...tunnelDefaults, ...tunnel };
  return {
    interface: interfaces.nameOf(index),
    kind,
    up: interfaces.table.up[index] === 1,
    local: formatAddress(local),
    ...(remote === undefined ? {} : { remote: formatAddress(remote) }),
    mtu: interfaces.table.mtu[index] as number,
    mtuFollowsPath: mtuPolicyOf(tunnel) === 'path',
    hopLimit,
    dscp,
    ecn,
    ...(local.family === 6 ? { encapsulationLimit } : {}),
    ingressFilter,
    loops: tunnels.table.loop[index] !== 0,
    inReceives: counters.get(index, 'inReceives'),
    outTransmits: counters.get(index, 'outTransmits'),
  };
};

export interface LoopView {
  /** `tun6 -> tun4 -> tun6` */
  readonly path: string;
  /** Tunnels that lead into each other, or that are nested more deeply than the limit. */
  readonly kind: 'cycle' | 'depth';
  /** Does the configuration lead to it now, packets or not? */
  readonly foreseen: boolean;
  /** Packets that were refused because of it. */
  readonly packets: number;
  /** In milliseconds since the Unix epoch; not there if no packet has met it. */
  readonly firstMet?: number;
  readonly lastMet?: number;
}

export const loopView = ({ interfaces }: Pick<Node, 'interfaces'>, loop: TunnelLoop): LoopView => {
  const { path, foreseen, packets, firstMet, lastMet } = loop;
  return {
    path: path.map((index) => interfaces.nameOf(index)).join(' -> '),
    kind: isCycle(path) ? 'cycle' : 'depth',
    foreseen,
    packets,
    ...(packets === 0 ? {} : { firstMet, lastMet }),
  };
};

/**
 * The interface of that name; undefined when no name is given.
 *
 * @throws ControlRefusal when there is none
 */
export const interfaceNamed = ({ interfaces }: Pick<Node, 'interfaces'>, name?: string): Interface | undefined => {
  if (name === undefined) return undefined;
  const found = interfaces.byName(name);
  if (found !== undefined) return found;
  const names = [...interfaces].slice(0, 16).map((each) => each.name);
  throw new ControlRefusal('notFound', `there is no interface ${JSON.stringify(name)}; there are ${names.join(', ')}`);
};

/**
 * The interface that an address is meant on, by its zone or by name; undefined when neither says.
 *
 * @throws ControlRefusal when there is no such interface, or two are named
 */
export const interfaceMeant = (
  node: Pick<Node, 'interfaces'>,
  { zone }: ScopedAddress,
  name?: string,
): Interface | undefined => {
  if (name !== undefined && zone !== undefined && name !== zone) {
    const both = `${JSON.stringify(zone)} and ${JSON.stringify(name)}`;
    throw new ControlRefusal('refused', `address: ${both} are two interfaces; allowed: one`);
  }
  return interfaceNamed(node, name ?? zone);
};
