import {
  type Config,
  type InterfaceConfig,
  isTunnel,
  type Limits,
  type RouteConfig,
  type TunnelConfig,
} from '../config/index.ts';
import type { RouterOptions } from '../pipelines/router.ts';
import type { Interface } from '../state/interfaces.ts';
import type { Node, NodeOptions } from '../state/node.ts';
import { type Route, RouteFlag } from '../state/routes.ts';
import { traitsOf } from '../state/tunnel-traits.ts';
import { address6, type IpAddress, isLinkLocal, isPrivate } from '../wire/address.ts';
import type { LinkLayerAddress } from '../wire/ethernet.ts';
import { eui64LinkLocal, isatapLinkLocal, tunnelLinkLocal } from '../wire/interface-identifier.ts';

/** What a router that advertises is called on a link where it was given no link-local address. */
const firstLinkLocal = address6(0xfe800000, 0, 0, 1);

/** The configured limits of stores, as `createNode` takes them. */
export const nodeLimits = (limits: Limits) =>
  ({
    errorLimits: limits.icmpErrors ?? {},
    pathMtus: limits.pathMtu ?? {},
    sentPackets: limits.sentPackets ?? {},
    identifications: limits.identifications ?? {},
    reassembly: limits.reassembly ?? {},
    tunnels: limits.tunnels ?? {},
  }) satisfies Partial<NodeOptions>;

/** The configured limits of operators, as `router` takes them. */
export const routerLimits = (limits: Limits): RouterOptions => ({
  extensionHeaders: { limits: limits.extensionHeaders ?? {} },
  hopByHopOptions: { limits: limits.hopByHopOptions ?? {} },
});

/** A link-layer address of our own making: locally administered, of a single node (RFC 7042 §2.1). */
const randomLinkLayer = (random: () => number): LinkLayerAddress => ({
  high: (Math.floor(random() * 0x10000) & 0xfcff) | 0x0200,
  low: Math.floor(random() * 0x100000000) | 0,
});

export interface AddInterfaceOptions {
  /** Do packets of a TAP device come and go in frames, which neighbors must be resolved for? Default true. */
  readonly frames?: boolean;
}

const addLink = (node: Node, config: InterfaceConfig, { frames = true }: AddInterfaceOptions): Interface => {
  const { name, device, mtu } = config;
  const isEthernet = device === 'tap' && frames;
  const linkLayerAddress = isEthernet ? (config.linkLayerAddress ?? randomLinkLayer(node.random)) : undefined;
  return node.interfaces.add({ name, kind: device, mtu, pointToPoint: device === 'tun', linkLayerAddress });
};

const addTunnel = (node: Node, { name, device, mtu, tunnel }: TunnelConfig): Interface => {
  const { pointToPoint } = traitsOf(tunnel);
  const added = node.interfaces.add({ name, kind: device, mtu, pointToPoint });
  node.tunnels.add({ ...tunnel, interfaceIndex: added.index });
  return added;
};

/** A link-local address of our own making, where an interface has none and its link asks for one (RFC 4291 §2.1). */
const linkLocalFor = (node: Node, config: InterfaceConfig, added: Interface): IpAddress | undefined => {
  if (added.linkLayerAddress !== undefined) return eui64LinkLocal(added.linkLayerAddress);
  if (!isTunnel(config)) return config.advertise === undefined ? undefined : firstLinkLocal;
  const { kind, local } = config.tunnel;
  if (kind === 'stf' || kind === '6rd') return undefined; // no links
  if (kind === 'isatap') return isatapLinkLocal(local, !isPrivate(local));
  if (local.family === 4) return tunnelLinkLocal(local);
  return address6(0xfe800000, 0, Math.floor(node.random() * 0x100000000), Math.floor(node.random() * 0x100000000));
};

/**
 * Adds a configured interface with its addresses; its connected routes follow by themselves. On Ethernet it has a
 * link-layer address, a random one if none is configured, and a link-local address (RFC 4291 §2.1), made from it if none
 * is configured; a tunnel has one made from its end (RFC 4213 §3.7, RFC 5214 §6.1).
 */
export const addInterface = (node: Node, config: InterfaceConfig, options: AddInterfaceOptions = {}): Interface => {
  const { addresses, advertise } = config;
  const added = isTunnel(config) ? addTunnel(node, config) : addLink(node, config, options);
  for (const { address, prefix } of addresses) {
    node.addresses.add({ interfaceIndex: added.index, address, prefixLength: prefix.length });
  }
  const speaks = addresses.some(({ address }) => address.family === 6 && isLinkLocal(address));
  const linkLocal = speaks ? undefined : linkLocalFor(node, config, added);
  if (linkLocal !== undefined) {
    node.addresses.add({ interfaceIndex: added.index, address: linkLocal, prefixLength: 64 });
  }
  if (advertise !== undefined) node.advertisements.advertise(added.index, advertise);
  return added;
};

/** Adds a route; its interface must be there. */
export const addRoute = (node: Node, route: RouteConfig): Route => {
  const { to, metric } = route;
  if (route.action !== 'forward') {
    const flags = route.action === 'reject' ? RouteFlag.reject : RouteFlag.blackhole;
    return node.routes.add({ to, metric, interfaceIndex: node.interfaces.loopback, flags });
  }
  const interfaceIndex = node.interfaces.byName(route.dev)?.index;
  if (interfaceIndex === undefined) throw new Error(`umigame: there is no interface ${route.dev} to route through`);
  return node.routes.add({ to, metric, interfaceIndex, ...(route.via === undefined ? {} : { via: route.via }) });
};

/** Adds the configured routes; their interfaces must be there. */
export const addRoutes = (node: Node, routes: Config['routes']): void => {
  for (const route of routes) addRoute(node, route);
};
