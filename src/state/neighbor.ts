import type { SchedulerLike } from 'rxjs';
import type { PacketPool } from '../packet/pool.ts';
import type { IpAddress } from '../wire/address-value.ts';
import type { LinkLayerAddress } from '../wire/ethernet.ts';
import type { Outlet } from './departures.ts';
import type { NeighborStateName } from './neighbor-transition.ts';

/** A node on one of our links, as the cache knows it. */
export interface Neighbor {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly state: NeighborStateName;
  /** Undefined while it is incomplete. */
  readonly linkLayerAddress: LinkLayerAddress | undefined;
  readonly isRouter: boolean;
  readonly isStatic: boolean;
  /** Packets that wait for its link-layer address. */
  readonly held: number;
  /** Milliseconds until its state changes by itself; undefined if it does not. */
  readonly remaining: number | undefined;
}

/** Whom the cache wants asked for a link-layer address. */
export interface Solicitation {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** Ask the neighbor itself, at the address in the cache; otherwise its group, or for IPv4 everyone. */
  readonly unicast: boolean;
}

/** The line that sends for the cache. */
export interface NeighborLine {
  /** Takes a packet that was held: resolved, or refused. */
  readonly emit: Outlet;
  readonly solicit: (solicitation: Solicitation) => void;
}

/** What a Neighbor Advertisement, or an ARP reply, says. */
export interface HeardAdvertisement {
  readonly linkLayerAddress: LinkLayerAddress | undefined;
  readonly solicited: boolean;
  readonly override: boolean;
  /** Undefined: it does not say. ARP does not. */
  readonly isRouter?: boolean | undefined;
}

/** A watched neighbor that can be reached from now on, or cannot, or has said whether it is a router. */
export interface Reachability {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** Above incomplete, and not unreachable: silent ones count until they have failed to answer (RFC 4861 §7.3.1). */
  readonly isReachable: boolean;
  /** What it has just said; undefined: nothing. */
  readonly isRouter: boolean | undefined;
}

export interface NeighborParts {
  readonly pool: PacketPool;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  readonly interfaceLimit: number;
}
