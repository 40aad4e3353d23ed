export { Addresses, AddressFlag, type InterfaceAddress, isReady } from './addresses.ts';
export { Advertisements, type AdvertisingInterface, finalMessage, withdrawalTime } from './advertisements.ts';
export { type Balance, Counter, type CounterName, Counters, counterNames } from './counters.ts';
export type { PartialDatagram } from './datagram.ts';
export type { Outlet } from './departures.ts';
export { type ErrorLimitOptions, ErrorLimits, errorLimitDefaults } from './error-limits.ts';
export { type IcmpCounterName, IcmpCounters, type IcmpMessageCount } from './icmp-counters.ts';
export { type IdentificationOptions, Identifications, identificationDefaults } from './identifications.ts';
export { type Interface, type InterfaceSpec, Interfaces, type InterfaceTable } from './interfaces.ts';
export { type Membership, Memberships } from './memberships.ts';
export type { HeardAdvertisement, Neighbor, NeighborLine, Solicitation } from './neighbor.ts';
export { type NeighborOptions, neighborDefaults } from './neighbor-options.ts';
export { NeighborFlag, type NeighborTable } from './neighbor-table.ts';
export {
  NeighborAction,
  NeighborEvent,
  NeighborState,
  type NeighborStateName,
  type NeighborTransitionConfig,
  neighborStates,
  stateAfter,
  transition,
} from './neighbor-transition.ts';
export { Neighbors } from './neighbors.ts';
export { createNode, type Node, type NodeOptions } from './node.ts';
export { type PathMtu, type PathMtuOptions, PathMtus, pathMtuDefaults } from './path-mtu.ts';
export { type ErrorNotice, type ErrorReceiver, Ports, type Receiver } from './ports.ts';
export { Proxies, type Proxy } from './proxies.ts';
export { Reassembly } from './reassembly.ts';
export { type ReassemblyOptions, reassemblyDefaults } from './reassembly-limits.ts';
export { type Route, RouteFlag, type RouteSpec, Routes, type RouteTable } from './routes.ts';
export type { SecurityAssociation } from './sadb/association.ts';
export type { Lifetime } from './sadb/lifetime.ts';
export { ReplayWindow } from './sadb/replay-window.ts';
export type { AssociationKey, AssociationSpec, SecurityProtocol, UdpEncapsulation } from './sadb/spec.ts';
export {
  AssociationAction,
  type AssociationEvent,
  AssociationState,
  type AssociationStateName,
  associationTransition,
} from './sadb/transition.ts';
export { type KeyEvent, type LarvalSpec, Sadb, type SadbOptions, sadbDefaults, type Wanted } from './sadb.ts';
export { type SentPacketOptions, SentPackets, sentPacketDefaults } from './sent-packets.ts';
export type { PolicyDirection, PolicyLevel, PolicyRequest, PolicySpec, PortRange } from './spd/policy.ts';
export { type SecurityPolicy, Spd, type SpdOptions, type SpdRules, spdDefaults, spdRuleDefaults } from './spd.ts';
export type { Change, Watchable } from './store.ts';
export { TokenBuckets, type TokenBucketsOptions } from './token-bucket.ts';
export { WordTable } from './word-table.ts';
