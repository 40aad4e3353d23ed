import { asyncScheduler, type SchedulerLike, Subscription } from 'rxjs';
import { type Crypto, createCrypto } from '../crypto/index.ts';
import { PacketPool } from '../packet/pool.ts';
import { Addresses } from './addresses.ts';
import { Advertisements } from './advertisements.ts';
import { Counters } from './counters.ts';
import { type ErrorLimitOptions, ErrorLimits } from './error-limits.ts';
import { flushWithInterface } from './flush-with-interface.ts';
import { type IdentificationOptions, Identifications } from './identifications.ts';
import { Interfaces } from './interfaces.ts';
import { LinkGroups } from './link-groups.ts';
import { deriveFromAddresses, joinRouterGroups, removeWithInterface, routerGroups } from './local-routes.ts';
import { Memberships } from './memberships.ts';
import type { NeighborOptions } from './neighbor-options.ts';
import { Neighbors } from './neighbors.ts';
import { type PathMtuOptions, PathMtus } from './path-mtu.ts';
import { Ports } from './ports.ts';
import { Proxies } from './proxies.ts';
import { Reassembly } from './reassembly.ts';
import type { ReassemblyOptions } from './reassembly-limits.ts';
import { Routes } from './routes.ts';
import { Sadb, type SadbOptions } from './sadb.ts';
import { type SentPacketOptions, SentPackets } from './sent-packets.ts';
import { Spd, type SpdOptions } from './spd.ts';

export interface NodeOptions {
  /** The only clock. Default: RxJS's asyncScheduler; a TestScheduler in tests. */
  readonly scheduler?: SchedulerLike;
  /** Numbers in [0, 1), for hash seeds, identifiers and jitter. */
  readonly random: () => number;
  /** Where packets that we make ourselves come from. Default: a pool of its own. */
  readonly pool?: PacketPool;
  /** Most interfaces. Default 1,024. */
  readonly interfaceLimit?: number;
  /** How fast ICMP errors may be sent. */
  readonly errorLimits?: ErrorLimitOptions;
  /** What is remembered of paths. */
  readonly pathMtus?: PathMtuOptions;
  /** What is remembered of large packets that were sent from here. */
  readonly sentPackets?: SentPacketOptions;
  /** How many destinations of fragments are told apart. */
  readonly identifications?: IdentificationOptions;
  /** Bounds of reassembly. */
  readonly reassembly?: ReassemblyOptions;
  /** Bounds and times of the neighbor cache. */
  readonly neighbors?: NeighborOptions;
  /** Who encrypts. Default: Node, or else JavaScript. */
  readonly crypto?: Crypto;
  /** Bounds of IPsec's databases. */
  readonly ipsec?: SadbOptions & SpdOptions;
}

/** Everything a router or host remembers: its stores, its clock, its packets. */
export interface Node {
  readonly interfaces: Interfaces;
  readonly addresses: Addresses;
  readonly advertisements: Advertisements;
  readonly routes: Routes;
  readonly memberships: Memberships;
  /** Ethernet's groups for them. */
  readonly linkGroups: LinkGroups;
  readonly neighbors: Neighbors;
  readonly proxies: Proxies;
  readonly counters: Counters;
  readonly ports: Ports;
  readonly errorLimits: ErrorLimits;
  readonly pathMtus: PathMtus;
  readonly sentPackets: SentPackets;
  readonly identifications: Identifications;
  readonly reassembly: Reassembly;
  readonly sadb: Sadb;
  readonly spd: Spd;
  readonly pool: PacketPool;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  /** Ends every store's `changes$`. Idempotent. */
  close(): void;
}

/** Most addresses of a node. */
const addressLimit = 4_096;

/**
 * Makes a node with empty stores, wired: addresses bring their routes and groups.
 *
 * @example
 * const node = createNode({ random: Math.random });
 * const tun = node.interfaces.add({ name: 'tun0', kind: 'tun', mtu: 1500, pointToPoint: true });
 * node.addresses.add({ interfaceIndex: tun.index, address: parseAddress('fd00:a::1')!, prefixLength: 64 });
 */
export const createNode = (options: NodeOptions): Node => {
  const { scheduler = asyncScheduler, random, pool = new PacketPool(), interfaceLimit = 1_024 } = options;
  const seed = (): number => Math.floor(random() * 0x100000000);
  const interfaces = new Interfaces({ limit: interfaceLimit });
  const addresses = new Addresses({ seed: seed(), limit: addressLimit });
  const routes = new Routes();
  // A group for every address, those of a router on every interface, and as many again for whoever listens.
  const groupLimit = 2 * (addressLimit + routerGroups.length * interfaceLimit);
  const memberships = new Memberships({ seed: seed(), limit: groupLimit });
  const counters = new Counters(interfaceLimit);
  const reassembly = new Reassembly({ pool, counters, scheduler, seed: seed() }, options.reassembly);
  const pathMtus = new PathMtus({ scheduler, seed: seed() }, options.pathMtus);
  const advertisements = new Advertisements({ addresses, interfaces, scheduler });
  const linkGroups = new LinkGroups({ limit: groupLimit, seed: seed() });
  const neighbors = new Neighbors({ pool, scheduler, random, interfaceLimit }, options.neighbors);
  const proxies = new Proxies(memberships);
  const sadb = new Sadb({ crypto: options.crypto ?? createCrypto(), scheduler, random }, options.ipsec);
  const spd = new Spd({ scheduler, seed: seed() }, options.ipsec);
  const derived = new Subscription();
  derived.add(linkGroups.follow(memberships));
  derived.add(deriveFromAddresses(addresses, interfaces, routes, memberships));
  derived.add(joinRouterGroups(interfaces, memberships));
  derived.add(removeWithInterface(addresses, interfaces));
  derived.add(flushWithInterface(interfaces, neighbors, proxies));
  return {
    interfaces,
    addresses,
    advertisements,
    routes,
    memberships,
    linkGroups,
    neighbors,
    proxies,
    counters,
    ports: new Ports(),
    errorLimits: new ErrorLimits({ interfaceLimit, seed: seed() }, options.errorLimits),
    pathMtus,
    sentPackets: new SentPackets({ scheduler, seed: seed() }, options.sentPackets),
    identifications: new Identifications({ random, seed: seed() }, options.identifications),
    reassembly,
    sadb,
    spd,
    pool,
    scheduler,
    random,
    close: () => {
      derived.unsubscribe();
      for (const store of [
        advertisements,
        interfaces,
        addresses,
        routes,
        memberships,
        neighbors,
        proxies,
        pathMtus,
        reassembly,
        sadb,
        spd,
      ])
        store.close();
    },
  };
};
