import { asyncScheduler, type SchedulerLike, Subscription } from 'rxjs';
import { PacketPool } from '../packet/pool.ts';
import { equalAddress, type IpAddress } from '../wire/address.ts';
import { Addresses, type InterfaceAddress } from './addresses.ts';
import { Advertisements } from './advertisements.ts';
import { deriveAttachment } from './attachment.ts';
import { Autoconfigurations } from './autoconfigurations.ts';
import { Counters } from './counters.ts';
import { deriveDefaultRoutes } from './default-routes.ts';
import { Detections } from './detections.ts';
import { type ErrorLimitOptions, ErrorLimits } from './error-limits.ts';
import { flushWithInterface } from './flush-with-interface.ts';
import { type IdentificationOptions, Identifications } from './identifications.ts';
import { Interfaces } from './interfaces.ts';
import { Learned, type LearnedLimits } from './learned.ts';
import { LinkGroups } from './link-groups.ts';
import { deriveFromAddresses, hostGroups, joinGroups, removeWithInterface, routerGroups } from './local-routes.ts';
import { Loops } from './loops.ts';
import { Memberships } from './memberships.ts';
import type { NeighborOptions } from './neighbor-options.ts';
import { Neighbors } from './neighbors.ts';
import { deriveOnLinkRoutes } from './on-link-routes.ts';
import { type PathMtuOptions, PathMtus } from './path-mtu.ts';
import { type AddressPolicy, defaultPolicies, PolicyTable } from './policy-table.ts';
import { Ports } from './ports.ts';
import { Prefixes, type PrefixLimits } from './prefixes.ts';
import { Proxies } from './proxies.ts';
import { Reassembly } from './reassembly.ts';
import type { ReassemblyOptions } from './reassembly-limits.ts';
import { type RedirectLimits, Redirects } from './redirects.ts';
import { type RouterLimits, Routers } from './routers.ts';
import { Routes } from './routes.ts';
import { type SentPacketOptions, SentPackets } from './sent-packets.ts';
import { deriveTunnelPaths } from './tunnel-paths.ts';
import { type TunnelOptions, Tunnels } from './tunnels.ts';

export interface NodeOptions {
  /** The only clock. Default: RxJS's asyncScheduler; a TestScheduler in tests. */
  readonly scheduler?: SchedulerLike;
  /** Numbers in [0, 1), for hash seeds, identifiers and jitter. */
  readonly random: () => number;
  /** Where packets that we make ourselves come from. Default: a pool of its own. */
  readonly pool?: PacketPool;
  /**
   * Is it a router's? A host does not join the routers' groups, and does not learn neighbors from advertisements that
   * nobody asked for, unless `neighbors` says so. Default true.
   */
  readonly forwarding?: boolean;
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
  /** How many routers, and routes of theirs, are remembered. */
  readonly routers?: RouterLimits;
  /** How many prefixes of links are remembered. */
  readonly prefixes?: PrefixLimits;
  /** What else of what routers say is remembered. */
  readonly learned?: LearnedLimits;
  /** What is remembered of Redirects. */
  readonly redirects?: RedirectLimits;
  /** Bounds of tunnels. */
  readonly tunnels?: TunnelOptions;
  /** Which addresses are preferred (RFC 6724). */
  readonly addressSelection?: AddressSelectionOptions;
}

/** What RFC 6724 leaves to administrators. */
export interface AddressSelectionOptions {
  /** Added to the default policy table, in place of policies for the same prefixes (RFC 6724 §2.1). */
  readonly policies?: readonly AddressPolicy[];
  /** Do temporary addresses of ours speak rather than others (RFC 6724 §5 rule 7)? Default true. */
  readonly temporary?: boolean;
}

/** Everything a router or host remembers: its stores, its clock, its packets. */
export interface Node {
  readonly interfaces: Interfaces;
  readonly addresses: Addresses;
  /** Which of them, and of a peer's, are preferred. */
  readonly policies: PolicyTable;
  readonly advertisements: Advertisements;
  readonly routes: Routes;
  readonly memberships: Memberships;
  /** Ethernet's groups for them. */
  readonly linkGroups: LinkGroups;
  readonly neighbors: Neighbors;
  /** Duplicate Address Detection. */
  readonly detections: Detections;
  readonly proxies: Proxies;
  /** Interfaces that are a host's. */
  readonly autoconfigurations: Autoconfigurations;
  readonly routers: Routers;
  readonly prefixes: Prefixes;
  /** What else routers have told. */
  readonly learned: Learned;
  readonly redirects: Redirects;
  readonly counters: Counters;
  readonly ports: Ports;
  readonly errorLimits: ErrorLimits;
  readonly pathMtus: PathMtus;
  readonly sentPackets: SentPackets;
  readonly identifications: Identifications;
  readonly reassembly: Reassembly;
  readonly tunnels: Tunnels;
  /** Of tunnels that lead into each other. */
  readonly loops: Loops;
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
  const {
    scheduler = asyncScheduler,
    random,
    pool = new PacketPool(),
    interfaceLimit = 1_024,
    forwarding = true,
  } = options;
  const seed = (): number => Math.floor(random() * 0x100000000);
  const interfaces = new Interfaces({ limit: interfaceLimit });
  const policies = new PolicyTable([...defaultPolicies, ...(options.addressSelection?.policies ?? [])]);
  const temporary = options.addressSelection?.temporary ?? true;
  const isAdvertisedBy = ({ interfaceIndex, prefix }: InterfaceAddress, router: IpAddress): boolean =>
    prefixes.get(interfaceIndex, prefix)?.advertisers.some((each) => equalAddress(each, router)) === true;
  const rules = { policies, temporary, isAdvertisedBy };
  const addresses = new Addresses({ seed: seed(), limit: addressLimit, scheduler, rules });
  const routes = new Routes();
  // A group for every address, those of a router on every interface, and as many again for whoever listens.
  const groupLimit = 2 * (addressLimit + routerGroups.length * interfaceLimit);
  const memberships = new Memberships({ seed: seed(), limit: groupLimit });
  const counters = new Counters(interfaceLimit);
  const reassembly = new Reassembly({ pool, counters, scheduler, seed: seed() }, options.reassembly);
  const pathMtus = new PathMtus({ scheduler, seed: seed() }, options.pathMtus);
  const advertisements = new Advertisements({ addresses, interfaces, scheduler });
  const linkGroups = new LinkGroups({ limit: groupLimit, seed: seed() });
  const neighbors = new Neighbors(
    { pool, scheduler, random, interfaceLimit },
    { learning: forwarding, ...options.neighbors },
  );
  const detections = new Detections({ addresses, interfaces, neighbors, scheduler, random });
  const proxies = new Proxies(memberships);
  const autoconfigurations = new Autoconfigurations({ interfaces, random });
  const routers = new Routers({ scheduler, neighbors }, options.routers);
  const prefixes = new Prefixes({ scheduler, addresses }, options.prefixes);
  const learned = new Learned({ scheduler }, options.learned);
  const redirects = new Redirects({ scheduler, neighbors, routers, routes }, options.redirects);
  const tunnels = new Tunnels({ interfaceLimit, seed: seed() }, options.tunnels);
  const loops = new Loops({ scheduler, limit: tunnels.options.loops });
  const derived = new Subscription();
  derived.add(linkGroups.follow(memberships));
  derived.add(deriveFromAddresses(addresses, interfaces, routes, memberships));
  derived.add(joinGroups(interfaces, memberships, forwarding ? routerGroups : hostGroups));
  derived.add(removeWithInterface(addresses, interfaces));
  derived.add(deriveOnLinkRoutes(prefixes, routes));
  derived.add(deriveDefaultRoutes({ scheduler, neighbors, routers, routes }));
  derived.add(deriveAttachment({ scheduler, interfaces, addresses, autoconfigurations, prefixes, routers }));
  derived.add(flushWithInterface({ interfaces, neighbors, proxies, routers, prefixes, learned, redirects, tunnels }));
  derived.add(deriveTunnelPaths({ interfaces, loops, pathMtus, routes, tunnels }));
  return {
    interfaces,
    addresses,
    policies,
    advertisements,
    routes,
    memberships,
    linkGroups,
    neighbors,
    detections,
    proxies,
    autoconfigurations,
    routers,
    prefixes,
    learned,
    redirects,
    counters,
    ports: new Ports(),
    errorLimits: new ErrorLimits({ interfaceLimit, seed: seed() }, options.errorLimits),
    pathMtus,
    sentPackets: new SentPackets({ scheduler, seed: seed() }, options.sentPackets),
    identifications: new Identifications({ random, seed: seed() }, options.identifications),
    reassembly,
    tunnels,
    loops,
    pool,
    scheduler,
    random,
    close: () => {
      derived.unsubscribe();
      for (const store of [
        advertisements,
        autoconfigurations,
        redirects,
        learned,
        prefixes,
        routers,
        interfaces,
        addresses,
        routes,
        memberships,
        detections,
        neighbors,
        proxies,
        pathMtus,
        reassembly,
        tunnels,
        loops,
      ])
        store.close();
    },
  };
};
