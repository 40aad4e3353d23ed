import { filter, type Subscription } from 'rxjs';
import {
  addressBits,
  allNodes,
  allNodesInterfaceLocal,
  allRouters,
  allRouters4,
  allRoutersInterfaceLocal,
  allRoutersSiteLocal,
  allSystems4,
  equalAddress,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  isLinkLocal,
  prefixBroadcast,
  solicitedNode,
} from '../wire/address.ts';
import { type Addresses, AddressFlag, type InterfaceAddress, isFromRouter, isReady } from './addresses.ts';
import type { Interfaces } from './interfaces.ts';
import type { Memberships } from './memberships.ts';
import { RouteFlag } from './routes/table.ts';
import type { RouteSpec, Routes } from './routes.ts';

/** Link-local addresses have no routes: they mean something only together with a link (RFC 4007 §6). */
const hasRoutes = ({ address }: InterfaceAddress): boolean => address.family === 4 || !isLinkLocal(address);

/** A duplicate is another node's, who can be reached (RFC 4862 §5.4.5). */
const isOurs = (entry: InterfaceAddress): boolean => hasRoutes(entry) && (entry.flags & AddressFlag.duplicated) === 0;

/**
 * Is its prefix on the link? Not while the address is detached (INET'99 §3.4), nor when it stands alone, nor if a
 * router's prefix brought it: then that one says what is on the link (RFC 5942 §4).
 */
const isConnected = (entry: InterfaceAddress): boolean =>
  hasRoutes(entry) &&
  !isFromRouter(entry) &&
  (entry.flags & AddressFlag.detached) === 0 &&
  entry.prefix.length < addressBits(entry.address);

/** A prefix of at most 30 bits has broadcast addresses (RFC 3021). */
const hasBroadcast = (entry: InterfaceAddress): boolean =>
  entry.address.family === 4 && entry.prefix.length < 31 && isConnected(entry);

/** With all host bits set, and, as it was once, with none: who takes that for a host's floods the link (RFC 1812 §4.2.3.1). */
const broadcastsOf = (prefix: IpPrefix): readonly IpAddress[] => [prefixBroadcast(prefix), prefix.address];

/** Host routes that come from addresses. */
const derived = RouteFlag.loopback | RouteFlag.broadcast;

const equalPrefix = (a: IpPrefix, b: IpPrefix): boolean => a.length === b.length && equalAddress(a.address, b.address);

/**
 * What follows from having an address, derived and kept true while addresses come and go:
 *
 * - a host route to the loopback interface, so that one look-up answers "ours or forward?" (INET'99 §3.2), unless the
 *   address is a duplicate;
 * - a route to its on-link prefix through its interface, unless the address was made from a router's prefix;
 * - for IPv4, host routes to the prefix's broadcast addresses (RFC 1812 §5.3.5);
 * - for IPv6, its solicited-node group (RFC 4291 §2.7.1).
 *
 * What several addresses share stays until the last of them goes. A route of ours takes the place of one that was
 * written by hand to the same host, or to the same prefix by the same interface.
 */
export const deriveFromAddresses = (
  addresses: Addresses,
  interfaces: Interfaces,
  routes: Routes,
  memberships: Memberships,
): Subscription => {
  const connected = new Set<string>();

  const ownRoute = (to: IpPrefix): RouteSpec | undefined => {
    const entries = addresses.list().filter((entry) => isOurs(entry) && equalAddress(entry.address, to.address));
    if (entries.length === 0) return undefined;
    const unready = entries.some(isReady) ? 0 : RouteFlag.unready;
    const anycast = entries.some(({ flags }) => (flags & AddressFlag.anycast) !== 0) ? RouteFlag.anycast : 0;
    return { to, interfaceIndex: interfaces.loopback, flags: RouteFlag.loopback | unready | anycast };
  };

  const broadcastRoute = (to: IpPrefix): RouteSpec | undefined => {
    const entry = addresses
      .list()
      .find((each) => hasBroadcast(each) && broadcastsOf(each.prefix).some((one) => equalAddress(one, to.address)));
    return entry && { to, interfaceIndex: entry.interfaceIndex, flags: RouteFlag.broadcast };
  };

  /** The host route to an address: to ourselves, to everyone on a link, or none. */
  const settleHost = (address: IpAddress): void => {
    const to = { address, length: addressBits(address) };
    const wanted = ownRoute(to) ?? broadcastRoute(to);
    const present = routes.get(to);
    if (wanted === undefined) {
      if (present !== undefined) routes.delete(to, ({ flags }) => (flags & derived) !== 0);
    } else if (
      present?.interfaceIndex !== wanted.interfaceIndex ||
      (present.flags & ~RouteFlag.host) !== wanted.flags ||
      present.metric !== 0
    ) {
      routes.replace(wanted);
    }
  };

  const settlePrefix = ({ interfaceIndex, prefix }: InterfaceAddress): void => {
    const key = `${interfaceIndex} ${formatPrefix(prefix)}`;
    const wanted = addresses
      .list(interfaceIndex)
      .some((entry) => isConnected(entry) && equalPrefix(entry.prefix, prefix));
    if (wanted === connected.has(key)) return;
    // Delete ours, or one like ours that was written by hand.
    routes.delete(prefix, (route) => route.interfaceIndex === interfaceIndex && !route.via && route.metric === 0);
    if (wanted) {
      connected.add(key);
      routes.add({ to: prefix, interfaceIndex, flags: RouteFlag.connected });
    } else connected.delete(key);
  };

  return addresses.changes$.subscribe(({ type, value }) => {
    const { interfaceIndex, address } = value;
    if (address.family === 6) {
      if (type === 'added') memberships.join(interfaceIndex, solicitedNode(address));
      if (type === 'removed') memberships.leave(interfaceIndex, solicitedNode(address));
    }
    if (!hasRoutes(value)) return;
    settleHost(address);
    settlePrefix(value);
    if (address.family === 4) for (const one of broadcastsOf(value.prefix)) settleHost(one);
  });
};

/** The addresses of an interface go with it. */
export const removeWithInterface = (addresses: Addresses, interfaces: Interfaces): Subscription =>
  interfaces.changes$.pipe(filter(({ type }) => type === 'removed')).subscribe(({ value: { index } }) => {
    for (const { address } of addresses.list(index)) addresses.remove(index, address);
  });

/** Groups that a host listens to on every interface (RFC 4291 §2.8, RFC 1112 §7.2). */
export const hostGroups: readonly IpAddress[] = [allNodesInterfaceLocal, allNodes, allSystems4];

/** Groups that a router listens to on every interface. */
export const routerGroups: readonly IpAddress[] = [
  allNodesInterfaceLocal,
  allNodes,
  allRoutersInterfaceLocal,
  allRouters,
  allRoutersSiteLocal,
  allSystems4,
  allRouters4,
];

/** Every interface but loopback listens to the groups. */
export const joinGroups = (
  interfaces: Interfaces,
  memberships: Memberships,
  groups: readonly IpAddress[],
): Subscription =>
  interfaces.changes$.subscribe(({ type, value }) => {
    if (type === 'added') for (const group of groups) memberships.join(value.index, group);
    if (type === 'removed') for (const group of groups) memberships.leave(value.index, group);
  });
