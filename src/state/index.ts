export {
  Addresses,
  AddressFlag,
  type AddressLifetimes,
  type InterfaceAddress,
  isFromRouter,
  isOptimistic,
  isReady,
} from './addresses.ts';
export { Advertisements, type AdvertisingInterface, finalMessage, withdrawalTime } from './advertisements.ts';
export {
  type Autoconfiguration,
  Autoconfigurations,
  type AutoconfiguredInterface,
  autoconfigurationDefaults,
} from './autoconfigurations.ts';
export { type Balance, Counter, type CounterName, Counters, counterNames } from './counters.ts';
export type { PartialDatagram } from './datagram.ts';
export type { Outlet } from './departures.ts';
export { type DestinationWay, orderDestinations, wayTo } from './destination-order.ts';
export {
  type DetectionAction,
  type DetectionConfig,
  type DetectionEvent,
  type DetectionState,
  detectionTransition,
  furtherProbes,
  idleDetection,
  maximumDetectionDelay,
} from './detection-transition.ts';
export { type DetectionOutcome, Detections, type Probe, type ProbeLine } from './detections.ts';
export { type ErrorLimitOptions, ErrorLimits, errorLimitDefaults } from './error-limits.ts';
export { type IcmpCounterName, IcmpCounters, type IcmpMessageCount } from './icmp-counters.ts';
export { type IdentificationOptions, Identifications, identificationDefaults } from './identifications.ts';
export { type Interface, type InterfaceSpec, Interfaces, type InterfaceTable } from './interfaces.ts';
export { type LearnableOption, Learned, type LearnedLimits, type LearnedOption, learnedDefaults } from './learned.ts';
export { type Membership, Memberships } from './memberships.ts';
export type { HeardAdvertisement, Neighbor, NeighborLine, Reachability, Solicitation } from './neighbor.ts';
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
export { type AddressSelectionOptions, createNode, type Node, type NodeOptions } from './node.ts';
export { type PathMtu, type PathMtuOptions, PathMtus, pathMtuDefaults } from './path-mtu.ts';
export { type AddressPolicy, defaultPolicies, PolicyTable } from './policy-table.ts';
export { type ErrorNotice, type ErrorReceiver, Ports, type Receiver } from './ports.ts';
export { type LinkPrefix, Prefixes, type PrefixLimits, prefixDefaults } from './prefixes.ts';
export { Proxies, type Proxy } from './proxies.ts';
export { Reassembly } from './reassembly.ts';
export { type ReassemblyOptions, reassemblyDefaults } from './reassembly-limits.ts';
export { type Redirected, type RedirectLimits, Redirects, redirectDefaults } from './redirects.ts';
export {
  type Router,
  type RouterLimits,
  type RouterRoute,
  Routers,
  routerDefaults,
  type SaidOfRouter,
} from './routers.ts';
export { type Route, RouteFlag, type RouteSpec, Routes, type RouteTable } from './routes.ts';
export { type SentPacketOptions, SentPackets, sentPacketDefaults } from './sent-packets.ts';
export type { Change, Watchable } from './store.ts';
export { TokenBuckets, type TokenBucketsOptions } from './token-bucket.ts';
export { WordTable } from './word-table.ts';
