/**
 * A Router Advertisement (RFC 4861 §4.2) as a value: what it says, apart from where it lies. For those who make
 * advertisements, and for those who compare them; `ndp.ts` and `ndp-options.ts` ask in place.
 *
 * @module
 */
import type { IpPrefix } from './address-prefix.ts';
import { type IpAddress, readAddress6 } from './address-value.ts';
import { nameSize, readSearchList, writeName } from './domain-names.ts';
import type { LinkLayerAddress } from './ethernet.ts';
import * as icmp6 from './icmp6.ts';
import * as ndp from './ndp.ts';
import * as ndpOptions from './ndp-options.ts';

/** Seconds everywhere; `ndpOptions.infinity` is for ever. */
export interface AdvertisedPrefix {
  readonly prefix: IpPrefix;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  readonly validLifetime: number;
  readonly preferredLifetime: number;
}

/** RFC 4191 §2.3. */
export interface AdvertisedRoute {
  readonly prefix: IpPrefix;
  /** One of `ndp.Preference`. */
  readonly preference: number;
  readonly lifetime: number;
}

/** RFC 8106 §5.1. */
export interface AdvertisedDnsServers {
  readonly servers: readonly IpAddress[];
  readonly lifetime: number;
}

/** RFC 8106 §5.2. */
export interface AdvertisedSearchList {
  readonly domains: readonly string[];
  readonly lifetime: number;
}

/** RFC 8781 §4; the prefix has 96, 64, 56, 48, 40 or 32 bits. */
export interface AdvertisedPref64 {
  readonly prefix: IpPrefix;
  readonly lifetime: number;
}

/** RFC 6275 §7.4. */
export interface AdvertisedHomeAgent {
  readonly preference: number;
  readonly lifetime: number;
}

/** An option that a router may say. */
export type AdvertisedOption =
  | { readonly kind: 'sourceLinkLayerAddress'; readonly address: LinkLayerAddress }
  | { readonly kind: 'mtu'; readonly mtu: number }
  | ({ readonly kind: 'prefix' } & AdvertisedPrefix)
  | ({ readonly kind: 'route' } & AdvertisedRoute)
  | ({ readonly kind: 'dnsServers' } & AdvertisedDnsServers)
  | ({ readonly kind: 'searchList' } & AdvertisedSearchList)
  | ({ readonly kind: 'pref64' } & AdvertisedPref64)
  | ({ readonly kind: 'homeAgent' } & AdvertisedHomeAgent);

/** The fields of the message itself. */
export interface AdvertisedHeader {
  /** 0 says nothing about it. */
  readonly currentHopLimit: number;
  /** Addresses are to be had by DHCPv6. */
  readonly managed: boolean;
  /** Other configuration is to be had by DHCPv6. */
  readonly otherConfiguration: boolean;
  /** The router is a Mobile IPv6 home agent (RFC 6275 §7.1). */
  readonly homeAgent: boolean;
  /** One of `ndp.Preference` (RFC 4191 §2.2). */
  readonly preference: number;
  /** Seconds, at most 65,535; 0: no default router. */
  readonly routerLifetime: number;
  /** Milliseconds; 0 says nothing about it. */
  readonly reachableTime: number;
  /** Milliseconds; 0 says nothing about it. */
  readonly retransTimer: number;
}

export interface RouterAdvertisement extends AdvertisedHeader {
  /** In the order of the message. */
  readonly options: readonly AdvertisedOption[];
}

/** Lengths of the prefixes that a PREF64 option can carry (RFC 8781 §4). */
export const pref64Lengths: readonly number[] = [96, 64, 56, 48, 40, 32];

const homeAgentInformation = 8;
const headerLength = 16;
const upTo8 = (bytes: number): number => (bytes + 7) & ~7;

/** Bytes that an option takes. */
export const optionSize = (option: AdvertisedOption): number => {
  switch (option.kind) {
    case 'prefix':
      return 32;
    case 'route':
      return option.prefix.length === 0 ? 8 : option.prefix.length <= 64 ? 16 : 24;
    case 'dnsServers':
      return 8 + 16 * option.servers.length;
    case 'searchList':
      return upTo8(8 + option.domains.reduce((bytes, name) => bytes + nameSize(name), 0));
    case 'pref64':
      return 16;
    default:
      return 8;
  }
};

/** Bytes of the ICMPv6 message. */
export const messageSize = ({ options }: RouterAdvertisement): number =>
  options.reduce((bytes, option) => bytes + optionSize(option), headerLength);

const writeSearchList = (
  view: DataView,
  at: number,
  option: AdvertisedSearchList & { readonly kind: 'searchList' },
) => {
  const size = optionSize(option);
  view.setUint32(at, ((ndpOptions.Option.dnsSearchList << 24) | ((size >> 3) << 16)) >>> 0);
  view.setUint32(at + 4, option.lifetime);
  let next = at + 8;
  for (const name of option.domains) next = writeName(view, next, name);
  while (next < at + size) {
    view.setUint8(next, 0);
    next += 1;
  }
};

const writeOption = (view: DataView, at: number, option: AdvertisedOption): void => {
  switch (option.kind) {
    case 'sourceLinkLayerAddress': {
      const { high, low } = option.address;
      ndpOptions.writeLinkLayerAddress(view, at, ndpOptions.Option.sourceLinkLayerAddress, high, low);
      return;
    }
    case 'mtu':
      ndpOptions.writeMtu(view, at, option.mtu);
      return;
    case 'prefix': {
      const { prefix, onLink, autonomous, validLifetime, preferredLifetime } = option;
      const { PrefixFlag } = ndpOptions;
      const flags = (onLink ? PrefixFlag.onLink : 0) | (autonomous ? PrefixFlag.autonomous : 0);
      const fields = { prefix: prefix.address, length: prefix.length, flags, validLifetime, preferredLifetime };
      ndpOptions.writePrefixInformation(view, at, fields);
      return;
    }
    case 'route': {
      const { prefix, preference, lifetime } = option;
      const fields = { prefix: prefix.address, length: prefix.length, preference, lifetime };
      ndpOptions.writeRouteInformation(view, at, fields);
      return;
    }
    case 'dnsServers':
      ndpOptions.writeRecursiveDnsServer(view, at, option.lifetime, option.servers);
      return;
    case 'searchList':
      return writeSearchList(view, at, option);
    case 'pref64':
      ndpOptions.writePref64(view, at, option.lifetime, option.prefix.address, option.prefix.length);
      return;
    case 'homeAgent':
      view.setUint32(at, (homeAgentInformation << 24) | (1 << 16));
      view.setUint16(at + 4, option.preference);
      view.setUint16(at + 6, option.lifetime);
  }
};

/**
 * Writes the message at `at`, for which there must be {@link messageSize} bytes; the checksum comes last, by
 * `icmp6.writeChecksum`. Who is no default router has no preference (RFC 4191 §2.2).
 *
 * @returns the offset behind it
 */
export const write = (view: DataView, at: number, message: RouterAdvertisement): number => {
  const { RouterFlag, Preference } = ndp;
  const { managed, otherConfiguration, homeAgent, routerLifetime, preference } = message;
  ndp.writeRouterAdvertisement(view, at, {
    currentHopLimit: message.currentHopLimit,
    flags:
      (managed ? RouterFlag.managed : 0) |
      (otherConfiguration ? RouterFlag.otherConfiguration : 0) |
      (homeAgent ? RouterFlag.homeAgent : 0),
    preference: routerLifetime === 0 ? Preference.medium : preference,
    routerLifetime,
    reachableTime: message.reachableTime,
    retransTimer: message.retransTimer,
  });
  let next = at + headerLength;
  for (const option of message.options) {
    writeOption(view, next, option);
    next += optionSize(option);
  }
  return next;
};

const readOption = (view: DataView, at: number): AdvertisedOption | undefined => {
  const { Option, PrefixFlag } = ndpOptions;
  const lifetime = (): number => ndpOptions.lifetime(view, at);
  switch (ndpOptions.type(view, at)) {
    case Option.sourceLinkLayerAddress: {
      const address = { high: ndpOptions.linkLayerHigh(view, at), low: ndpOptions.linkLayerLow(view, at) };
      return { kind: 'sourceLinkLayerAddress', address };
    }
    case Option.mtu:
      return { kind: 'mtu', mtu: ndpOptions.mtu(view, at) };
    case Option.prefixInformation: {
      const flags = ndpOptions.prefixFlags(view, at);
      return {
        kind: 'prefix',
        prefix: { address: readAddress6(view, ndpOptions.prefixAt(at)), length: ndpOptions.prefixLength(view, at) },
        onLink: (flags & PrefixFlag.onLink) !== 0,
        autonomous: (flags & PrefixFlag.autonomous) !== 0,
        validLifetime: ndpOptions.validLifetime(view, at),
        preferredLifetime: ndpOptions.preferredLifetime(view, at),
      };
    }
    case Option.routeInformation:
      return {
        kind: 'route',
        prefix: { address: ndpOptions.routePrefix(view, at), length: ndpOptions.prefixLength(view, at) },
        preference: ndp.preferenceOf(ndpOptions.routeFlags(view, at)),
        lifetime: lifetime(),
      };
    case Option.recursiveDnsServer: {
      const server = (_: unknown, i: number): IpAddress => readAddress6(view, at + 8 + i * 16);
      const servers = Array.from({ length: ndpOptions.serverCount(view, at) }, server);
      return { kind: 'dnsServers', servers, lifetime: lifetime() };
    }
    case Option.dnsSearchList: {
      const domains = readSearchList(view, at + 8, at + ndpOptions.size(view, at));
      return { kind: 'searchList', domains, lifetime: lifetime() };
    }
    case Option.pref64: {
      const prefix = { address: ndpOptions.pref64Prefix(view, at), length: ndpOptions.pref64Length(view, at) };
      return { kind: 'pref64', prefix, lifetime: ndpOptions.pref64Lifetime(view, at) };
    }
    case homeAgentInformation:
      return { kind: 'homeAgent', preference: view.getUint16(at + 4), lifetime: view.getUint16(at + 6) };
    default:
      return undefined;
  }
};

/**
 * Reads a message that `ndp.check` found `'ok'`. Options of unknown types, and those whose length is not what their
 * type asks for, are left out (RFC 4861 §4.6).
 *
 * @returns undefined if it is no Router Advertisement
 *
 * @example
 * const said = routerAdvertisement.read(packet.view, packet.upper, packet.end);
 * said?.options.filter((option) => option.kind === 'prefix');
 */
export const read = (view: DataView, at: number, end: number): RouterAdvertisement | undefined => {
  if (icmp6.type(view, at) !== icmp6.Type.routerAdvertisement) return undefined;
  const options: AdvertisedOption[] = [];
  for (let next = at + headerLength; next < end; next += ndpOptions.size(view, next)) {
    const option = ndpOptions.isWellFormed(view, next) ? readOption(view, next) : undefined;
    if (option !== undefined) options.push(option);
  }
  const flags = ndp.routerFlags(view, at);
  return {
    currentHopLimit: ndp.currentHopLimit(view, at),
    managed: (flags & ndp.RouterFlag.managed) !== 0,
    otherConfiguration: (flags & ndp.RouterFlag.otherConfiguration) !== 0,
    homeAgent: (flags & ndp.RouterFlag.homeAgent) !== 0,
    preference: ndp.preference(view, at),
    routerLifetime: ndp.routerLifetime(view, at),
    reachableTime: ndp.reachableTime(view, at),
    retransTimer: ndp.retransTimer(view, at),
    options,
  };
};
