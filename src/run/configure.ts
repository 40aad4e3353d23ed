import {
  type Config,
  configDefaults,
  type InterfaceConfig,
  isTunnel,
  type Limits,
  type RouteConfig,
  type TunnelConfig,
} from '../config/index.ts';
import type { RouterOptions } from '../pipelines/router.ts';
import { AddressFlag } from '../state/addresses.ts';
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
    routers: limits.routers ?? {},
    prefixes: limits.prefixes ?? {},
    learned: limits.learned ?? {},
    redirects: limits.redirects ?? {},
    tunnels: limits.tunnels ?? {},
  }) satisfies Partial<NodeOptions>;

/** The configured limits of operators, as `router` takes them. */
export const routerLimits = (limits: Limits): RouterOptions => ({
  extensionHeaders: { limits: limits.extensionHeaders ?? {} },
  hopByHopOptions: { limits: limits.hopByHopOptions ?? {} },
  hostDiscovery: limits.hostDiscovery ?? {},
  sentRedirects: limits.sentRedirects ?? {},
});

/** A link-layer address of our own making: locally administered, of a single node (RFC 7042 §2.1). */
export const randomLinkLayer = (random: () => number): LinkLayerAddress => ({
  high: (Math.floor(random() * 0x10000) & 0xfcff) | 0x0200,
  low: Math.floor(random() * 0x100000000) | 0,
});

export interface AddInterfaceOptions {
  /** Do packets of an Ethernet device come and go in frames, which neighbors must be resolved for? Default true. */
  readonly frames?: boolean;
}

const addLink = (node: Node, config: InterfaceConfig, { frames = true }: AddInterfaceOptions): Interface => {
  const { name, device, mtu = configDefaults.mtu } = config;
  const isEthernet = (device === 'tap' || device === 'packet') && frames;
  const linkLayerAddress = isEthernet ? (config.linkLayerAddress ?? randomLinkLayer(node.random)) : undefined;
  const added = node.interfaces.add({ name, kind: device, mtu, pointToPoint: device === 'tun', linkLayerAddress });
  if (isEthernet) node.detections.configure(added.index, config.duplicateAddressDetection);
  return added;
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
 * is configured; there its IPv6 addresses are tentative, unless no probe is to be sent for them (RFC 4862 §5.4). One that
 * configures itself makes its link-local address by itself. A tunnel has one made from its end (RFC 4213 §3.7, RFC 5214
 * §6.1).
 */
export const addInterface = (node: Node, config: InterfaceConfig, options: AddInterfaceOptions = {}): Interface => {
  const { addresses, advertise, autoconf, proxies } = config;
  const added = isTunnel(config) ? addTunnel(node, config) : addLink(node, config, options);
  const isEthernet = added.linkLayerAddress !== undefined;
  const detects = isEthernet && config.duplicateAddressDetection > 0;
  const add = (address: IpAddress, prefixLength: number): void => {
    const flags = detects && address.family === 6 ? AddressFlag.tentative : 0;
    node.addresses.add({ interfaceIndex: added.index, address, prefixLength, flags });
  };
  for (const { address, prefix } of addresses) add(address, prefix.length);
  const speaks = addresses.some(({ address }) => address.family === 6 && isLinkLocal(address));
  if (isEthernet && autoconf !== undefined) {
    const { secret, ...how } = autoconf;
    node.autoconfigurations.enable(added.index, secret === undefined ? how : { ...how, secret });
  } else {
    const linkLocal = speaks ? undefined : linkLocalFor(node, config, added);
    if (linkLocal !== undefined) add(linkLocal, 64);
  }
  for (const address of proxies) node.proxies.add(added.index, address);
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
