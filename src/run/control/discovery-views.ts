/**
 * What Neighbor Discovery has learnt, as plain data: addresses as text, interfaces by name, states in words.
 *
 * @module
 */
import { AddressFlag, type InterfaceAddress } from '../../state/addresses.ts';
import type { LearnedOption } from '../../state/learned.ts';
import type { Neighbor } from '../../state/neighbor.ts';
import type { NeighborStateName } from '../../state/neighbor-transition.ts';
import type { Node } from '../../state/node.ts';
import type { LinkPrefix } from '../../state/prefixes.ts';
import type { Proxy as ProxiedAddress } from '../../state/proxies.ts';
import type { Router } from '../../state/routers.ts';
import { formatAddress, formatPrefix } from '../../wire/address.ts';
import { formatLinkLayer } from '../../wire/ethernet.ts';
import { Preference } from '../../wire/ndp.ts';

export interface NeighborView {
  readonly interface: string;
  readonly address: string;
  /** `02:00:5e:00:53:01`; missing while it is asked for. */
  readonly linkLayerAddress?: string;
  /** As in RFC 4861 §7.3.2 and RFC 7048. */
  readonly state: NeighborStateName;
  readonly router: boolean;
  /** Was it written by hand? */
  readonly static: boolean;
  /** Packets that wait for its link-layer address. */
  readonly held: number;
  /** Milliseconds until the state ends by itself; missing when it does not. */
  readonly remaining?: number;
}

export const neighborView = ({ interfaces }: Pick<Node, 'interfaces'>, neighbor: Neighbor): NeighborView => {
  const { interfaceIndex, address, linkLayerAddress, state, isRouter, isStatic, held, remaining } = neighbor;
  return {
    interface: interfaces.nameOf(interfaceIndex),
    address: formatAddress(address),
    ...(linkLayerAddress === undefined
      ? {}
      : { linkLayerAddress: formatLinkLayer(linkLayerAddress.high, linkLayerAddress.low) }),
    state,
    router: isRouter,
    static: isStatic,
    held,
    ...(remaining === undefined ? {} : { remaining: Math.ceil(remaining) }),
  };
};

export interface ProxyView {
  readonly interface: string;
  readonly address: string;
  /** The one that we answer with: ours. */
  readonly linkLayerAddress?: string;
}

export const proxyView = (
  { interfaces }: Pick<Node, 'interfaces'>,
  { interfaceIndex, address }: ProxiedAddress,
): ProxyView => {
  const ours = interfaces.get(interfaceIndex)?.linkLayerAddress;
  return {
    interface: interfaces.nameOf(interfaceIndex),
    address: formatAddress(address),
    ...(ours === undefined ? {} : { linkLayerAddress: formatLinkLayer(ours.high, ours.low) }),
  };
};

type Clock = Pick<Node, 'scheduler'>;

/** Whole seconds that are left; undefined for what has no end. */
const secondsLeft = ({ scheduler }: Clock, until: number): number | undefined =>
  until === Number.POSITIVE_INFINITY ? undefined : Math.max(0, Math.ceil((until - scheduler.now()) / 1_000));

const lifetimeView = (clock: Clock, until: number): { readonly lifetime?: number } => {
  const lifetime = secondsLeft(clock, until);
  return lifetime === undefined ? {} : { lifetime };
};

/** Seconds that are left; missing for ever. */
export interface LifetimesView {
  readonly preferredLifetime?: number;
  readonly validLifetime?: number;
}

export const lifetimesView = (
  clock: Clock,
  { preferredUntil, validUntil }: { readonly preferredUntil: number; readonly validUntil: number },
): LifetimesView => {
  const preferredLifetime = secondsLeft(clock, preferredUntil);
  const validLifetime = secondsLeft(clock, validUntil);
  return {
    ...(preferredLifetime === undefined ? {} : { preferredLifetime }),
    ...(validLifetime === undefined ? {} : { validLifetime }),
  };
};

export interface PrefixView extends LifetimesView {
  readonly interface: string;
  readonly prefix: string;
  /** Was it advertised, or does it come from an address that was configured by hand? */
  readonly origin: 'router' | 'manual';
  /** Are its addresses on the link? False says nothing about it. */
  readonly onLink: boolean;
  /** May addresses be made of it? */
  readonly autonomous: boolean;
  /** Are we on its link still (INET'99 §3.4)? */
  readonly attached: boolean;
  /** Routers that advertise it; none for those of origin `manual`. */
  readonly advertisers: readonly { readonly address: string; readonly reachable: boolean }[];
}

export const prefixView = (
  node: Pick<Node, 'interfaces' | 'neighbors' | 'scheduler'>,
  { interfaceIndex, prefix, onLink, autonomous, advertisers, isAttached, ...lifetimes }: LinkPrefix,
): PrefixView => ({
  interface: node.interfaces.nameOf(interfaceIndex),
  prefix: formatPrefix(prefix),
  origin: 'router',
  onLink,
  autonomous,
  attached: isAttached,
  ...lifetimesView(node, lifetimes),
  advertisers: advertisers.map((address) => ({
    address: formatAddress(address),
    reachable: node.neighbors.isReachable(interfaceIndex, address),
  })),
});

/** The prefix that came with an address that was configured by hand. */
export const manualPrefixView = (
  node: Pick<Node, 'interfaces' | 'scheduler'>,
  { interfaceIndex, prefix, flags }: InterfaceAddress,
): PrefixView => ({
  interface: node.interfaces.nameOf(interfaceIndex),
  prefix: formatPrefix(prefix),
  origin: 'manual',
  onLink: (flags & AddressFlag.detached) === 0,
  autonomous: false,
  attached: (flags & AddressFlag.detached) === 0,
  advertisers: [],
});

type PreferenceName = keyof typeof Preference;

const preferenceName = (value: number): PreferenceName =>
  (Object.keys(Preference) as PreferenceName[]).find((name) => Preference[name] === value) ?? 'medium';

export interface RouterView {
  readonly interface: string;
  readonly address: string;
  /** Of others than `default` what they advertise of the link may count, but packets do not go to them. */
  readonly role: Router['role'];
  /** RFC 4191 §2.1. */
  readonly preference: PreferenceName;
  /** Seconds for which it is a default router yet; missing for ever. 0 when it is none. */
  readonly lifetime?: number;
  readonly reachable: boolean;
  /** Does the default route lead to it? */
  readonly selected: boolean;
  /** Addresses, and other configuration, are to be had by DHCPv6. */
  readonly managed: boolean;
  readonly otherConfiguration: boolean;
  /** Its own beside the default route (RFC 4191 §2.3). */
  readonly routes: readonly {
    readonly prefix: string;
    readonly preference: PreferenceName;
    readonly lifetime?: number;
  }[];
}

export const routerView = (node: Pick<Node, 'interfaces' | 'scheduler'>, router: Router): RouterView => {
  const { interfaceIndex, address, role, preference, until, isReachable, isSelected } = router;
  return {
    interface: node.interfaces.nameOf(interfaceIndex),
    address: formatAddress(address),
    role,
    preference: preferenceName(preference),
    ...(role === 'default' ? lifetimeView(node, until) : { lifetime: 0 }),
    reachable: isReachable,
    selected: isSelected,
    managed: router.managed,
    otherConfiguration: router.otherConfiguration,
    routes: router.routes.map((route) => ({
      prefix: formatPrefix(route.prefix),
      preference: preferenceName(route.preference),
      ...lifetimeView(node, route.until),
    })),
  };
};

export interface LearnedView {
  readonly interface: string;
  /** Who said it last. */
  readonly router: string;
  readonly kind: LearnedOption['kind'];
  /** The address of a DNS server, a domain, the prefix of a translator. */
  readonly value: string;
  /** Seconds; missing for ever. */
  readonly lifetime?: number;
}

const toldView = (learned: LearnedOption): string => {
  switch (learned.kind) {
    case 'dnsServer':
      return formatAddress(learned.server);
    case 'searchDomain':
      return learned.domain;
    case 'pref64':
      return formatPrefix(learned.prefix);
  }
};

export const learnedView = (node: Pick<Node, 'interfaces' | 'scheduler'>, learned: LearnedOption): LearnedView => ({
  interface: node.interfaces.nameOf(learned.interfaceIndex),
  router: formatAddress(learned.router),
  kind: learned.kind,
  value: toldView(learned),
  ...lifetimeView(node, learned.until),
});
