import type { Subscription } from 'rxjs';
import {
  allNodes,
  allNodesInterfaceLocal,
  allRouters,
  allRouters4,
  allRoutersInterfaceLocal,
  allRoutersSiteLocal,
  allSystems4,
  formatPrefix,
  type IpPrefix,
  isLinkLocal,
  prefixBroadcast,
  solicitedNode,
} from '../wire/address.ts';
import { type Addresses, AddressFlag, type InterfaceAddress, isReady } from './addresses.ts';
import type { Interfaces } from './interfaces.ts';
import type { Memberships } from './memberships.ts';
import { RouteFlag } from './routes/table.ts';
import type { Routes } from './routes.ts';

/**
 * What follows from having an address, derived and kept true while addresses come and go:
 *
 * - a host route to the loopback interface, so that one look-up answers "ours or forward?" (INET'99 §3.2);
 * - a route to its on-link prefix through its interface, unless the address is detached (INET'99 §3.4);
 * - for IPv4, host routes to the prefix's broadcast addresses (RFC 1812 §5.3.5);
 * - for IPv6, its solicited-node group (RFC 4291 §2.7.1).
 *
 * Link-local addresses have no routes: they mean something only together with a link.
 */
export const deriveFromAddresses = (
  addresses: Addresses,
  interfaces: Interfaces,
  routes: Routes,
  memberships: Memberships,
): Subscription => {
  /** How many addresses stand behind each connected prefix of each interface. */
  const onLink = new Map<string, number>();

  const connect = (interfaceIndex: number, prefix: IpPrefix, step: 1 | -1): void => {
    const key = `${interfaceIndex} ${formatPrefix(prefix)}`;
    const before = onLink.get(key) ?? 0;
    onLink.set(key, before + step);
    if (before === 0) routes.add({ to: prefix, interfaceIndex, flags: RouteFlag.connected });
    if (before + step > 0) return;
    onLink.delete(key);
    routes.delete(prefix, (route) => route.interfaceIndex === interfaceIndex);
  };

  const place = (entry: InterfaceAddress, step: 1 | -1): void => {
    const { interfaceIndex, address, prefix } = entry;
    const bits = address.family === 6 ? 128 : 32;
    if (address.family === 6) {
      const group = solicitedNode(address);
      if (step > 0) memberships.join(interfaceIndex, group);
      else memberships.leave(interfaceIndex, group);
      if (isLinkLocal(address)) return;
    }
    const host = { address, length: bits };
    if (step > 0) {
      const flags =
        RouteFlag.loopback |
        (isReady(entry) ? 0 : RouteFlag.unready) |
        ((entry.flags & AddressFlag.anycast) === 0 ? 0 : RouteFlag.anycast);
      routes.replace({ to: host, interfaceIndex: interfaces.loopback, flags });
    } else routes.delete(host, (route) => route.interfaceIndex === interfaces.loopback);
    if (prefix.length >= bits || (entry.flags & AddressFlag.detached) !== 0) return;
    connect(interfaceIndex, prefix, step);
    if (address.family === 6 || prefix.length >= 31) return;
    const broadcast = { address: prefixBroadcast(prefix), length: 32 };
    if (step > 0) routes.replace({ to: broadcast, interfaceIndex, flags: RouteFlag.broadcast });
    else if (!onLink.has(`${interfaceIndex} ${formatPrefix(prefix)}`)) routes.delete(broadcast);
  };

  /** Entries as they were placed, to undo exactly that on an update. */
  const placed = new Map<string, InterfaceAddress>();
  const keyOf = ({ interfaceIndex, address: { w0, w1, w2, w3, family } }: InterfaceAddress): string =>
    [interfaceIndex, family, w0, w1, w2, w3].join(' ');

  return addresses.changes$.subscribe(({ type, value }) => {
    const key = keyOf(value);
    const before = placed.get(key);
    if (before !== undefined) place(before, -1);
    placed.delete(key);
    if (type === 'removed') return;
    place(value, 1);
    placed.set(key, value);
  });
};

/** Every interface but loopback listens to the groups that a router must (RFC 4291 §2.8, RFC 1112 §7.2). */
export const joinRouterGroups = (interfaces: Interfaces, memberships: Memberships): Subscription => {
  const groups = [
    allNodesInterfaceLocal,
    allNodes,
    allRoutersInterfaceLocal,
    allRouters,
    allRoutersSiteLocal,
    allSystems4,
    allRouters4,
  ];
  return interfaces.changes$.subscribe(({ type, value }) => {
    if (type === 'added') for (const group of groups) memberships.join(value.index, group);
    if (type === 'removed') for (const group of groups) memberships.leave(value.index, group);
  });
};
