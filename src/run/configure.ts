import type { Config, InterfaceConfig, Limits, RouteConfig } from '../config/index.ts';
import type { RouterOptions } from '../pipelines/router.ts';
import type { Interface } from '../state/interfaces.ts';
import type { Node, NodeOptions } from '../state/node.ts';
import { type Route, RouteFlag } from '../state/routes.ts';
import { address6, isLinkLocal } from '../wire/address.ts';
import type { LinkLayerAddress } from '../wire/ethernet.ts';
import { eui64LinkLocal } from '../wire/interface-identifier.ts';

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
    ipsec: limits.ipsec ?? {},
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

/**
 * Adds a configured interface with its addresses; its connected routes follow by themselves. On Ethernet it has a
 * link-layer address, a random one if none is configured, and a link-local address (RFC 4291 §2.1), made from it if none
 * is configured.
 */
export const addInterface = (node: Node, config: InterfaceConfig, options: AddInterfaceOptions = {}): Interface => {
  const { name, device, mtu, addresses, advertise } = config;
  const isEthernet = device === 'tap' && options.frames !== false;
  const linkLayerAddress = isEthernet ? (config.linkLayerAddress ?? randomLinkLayer(node.random)) : undefined;
  const added = node.interfaces.add({ name, kind: device, mtu, pointToPoint: device === 'tun', linkLayerAddress });
  for (const { address, prefix } of addresses) {
    node.addresses.add({ interfaceIndex: added.index, address, prefixLength: prefix.length });
  }
  const speaks = addresses.some(({ address }) => address.family === 6 && isLinkLocal(address));
  if (linkLayerAddress !== undefined && !speaks) {
    const address = eui64LinkLocal(linkLayerAddress);
    node.addresses.add({ interfaceIndex: added.index, address, prefixLength: 64 });
  }
  if (advertise !== undefined) {
    if (linkLayerAddress === undefined && !speaks)
      node.addresses.add({ interfaceIndex: added.index, address: firstLinkLocal, prefixLength: 64 });
    node.advertisements.advertise(added.index, advertise);
  }
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
