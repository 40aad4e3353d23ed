/**
 * What a router is configured to advertise on a link, and how often: the variables of RFC 4861 §6.2.1 as data, their
 * defaults and their bounds. From it and the interface's addresses come the messages.
 *
 * @module
 */
import type { IpPrefix } from './address-prefix.ts';
import { nameSize } from './domain-names.ts';
import { Preference } from './ndp.ts';
import { infinity } from './ndp-options.ts';
import {
  type AdvertisedDnsServers,
  type AdvertisedHeader,
  type AdvertisedHomeAgent,
  type AdvertisedPref64,
  type AdvertisedPrefix,
  type AdvertisedRoute,
  type AdvertisedSearchList,
  pref64Lengths,
} from './router-advertisement.ts';

/** A prefix that is advertised because it was written down. */
export interface ConfiguredPrefix extends AdvertisedPrefix {
  /** Lifetimes count down from when the router began to advertise, instead of being the same in every message. */
  readonly decrementing: boolean;
}

/** Lifetimes that prefixes taken from the interface's addresses get. */
export type PrefixLifetimes = Pick<ConfiguredPrefix, 'validLifetime' | 'preferredLifetime' | 'decrementing'>;

/** All that may be said on a link. Times in seconds but for the two of Neighbor Unreachability Detection. */
export interface Advertising extends AdvertisedHeader {
  /** MaxRtrAdvInterval: 4 to 1,800. */
  readonly maximumInterval: number;
  /** MinRtrAdvInterval: 3 to 3/4 of the former. */
  readonly minimumInterval: number;
  /** The MTU option: a number, the interface's own, or none. */
  readonly mtu: number | 'interface' | undefined;
  /** Is our link-layer address said? A router that shares its load says none (RFC 4861 §6.2.3). */
  readonly tellLinkLayerAddress: boolean;
  /** Do solicitations from an address get an answer to that address alone (RFC 7772 §5.1)? */
  readonly answerUnicast: boolean;
  /** Written down. */
  readonly prefixes: readonly ConfiguredPrefix[];
  /** Are the prefixes of the interface's addresses advertised, too, with these lifetimes? Undefined: no. */
  readonly ownPrefixes: PrefixLifetimes | undefined;
  readonly routes: readonly AdvertisedRoute[];
  readonly dnsServers: readonly AdvertisedDnsServers[];
  readonly searchLists: readonly AdvertisedSearchList[];
  readonly pref64: readonly AdvertisedPref64[];
  readonly homeAgentInformation: AdvertisedHomeAgent | undefined;
  /** By how many seconds lifetimes of another router may differ from ours, before they contradict them. */
  readonly clockSkew: number;
}

/** AdvValidLifetime and AdvPreferredLifetime: 30 and 7 days. */
export const prefixDefaults: PrefixLifetimes = {
  validLifetime: 2_592_000,
  preferredLifetime: 604_800,
  decrementing: false,
};

/** RFC 4861 §6.2.1; KAME's, too. */
export const advertisingDefaults: Advertising = {
  maximumInterval: 600,
  minimumInterval: 200,
  currentHopLimit: 64,
  managed: false,
  otherConfiguration: false,
  homeAgent: false,
  preference: Preference.medium,
  routerLifetime: 1_800,
  reachableTime: 0,
  retransTimer: 0,
  mtu: undefined,
  tellLinkLayerAddress: true,
  answerUnicast: true,
  prefixes: [],
  ownPrefixes: prefixDefaults,
  routes: [],
  dnsServers: [],
  searchLists: [],
  pref64: [],
  homeAgentInformation: undefined,
  clockSkew: 3_600,
};

/** MinRtrAdvInterval when nobody says: a third of the maximum, or three quarters where that is below 3 (RFC 4861 §6.2.1). */
export const minimumIntervalFor = (maximumInterval: number): number =>
  maximumInterval >= 9 ? Math.max(3, Math.floor(maximumInterval / 3)) : 3;

/** AdvDefaultLifetime when nobody says: three times the longest interval (RFC 4861 §6.2.1). */
export const routerLifetimeFor = (maximumInterval: number): number => 3 * maximumInterval;

/** How long an option lives when nobody says: three times the longest interval (RFC 8106 §5.1, RFC 8781 §4.1). */
export const optionLifetimeFor = (maximumInterval: number): number => 3 * maximumInterval;

/** Most prefixes, and most routes; KAME's numbers. */
export const prefixLimit = 100;
export const routeLimit = 100;
/** Most options of each other kind, and most servers or names in one. */
export const listLimit = 16;

/** Every variable: those given, and defaults that follow from the longest interval where nothing is said. */
export const completeAdvertising = (said: Partial<Advertising> = {}): Advertising => {
  const maximumInterval = said.maximumInterval ?? advertisingDefaults.maximumInterval;
  return {
    ...advertisingDefaults,
    minimumInterval: minimumIntervalFor(maximumInterval),
    routerLifetime: routerLifetimeFor(maximumInterval),
    ...said,
  };
};

/** Something that is out of bounds: under which name, and a sentence. */
export interface AdvertisingProblem {
  readonly field: keyof Advertising;
  /** Of a list, which one. */
  readonly index?: number;
  readonly sentence: string;
}

const isSeconds = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= infinity;

/** The bounds of the numbers that stand alone: RFC 4861 §6.2.1, §4.2. */
const numbers: readonly (readonly [field: keyof Advertising, minimum: number, maximum: number])[] = [
  ['currentHopLimit', 0, 255],
  ['reachableTime', 0, 3_600_000],
  ['retransTimer', 0, infinity],
];

const timesOf = (said: Advertising): AdvertisingProblem[] => {
  const { maximumInterval: most, minimumInterval: least, routerLifetime } = said;
  if (!(most >= 4 && most <= 1_800)) {
    return [{ field: 'maximumInterval', sentence: `${most} s is out of bounds; allowed: 4 to 1800 s` }];
  }
  const problems: AdvertisingProblem[] = [];
  if (!(least >= 3 && least <= 0.75 * most)) {
    const sentence = `${least} s is out of bounds; allowed: 3 s to 3/4 of the longest interval, which is ${0.75 * most} s`;
    problems.push({ field: 'minimumInterval', sentence });
  }
  if (
    !Number.isInteger(routerLifetime) ||
    (routerLifetime !== 0 && !(routerLifetime >= most && routerLifetime <= 9_000))
  ) {
    const sentence = `${routerLifetime} s is out of bounds; allowed: 0, or ${most} (the longest interval) to 9000 s`;
    problems.push({ field: 'routerLifetime', sentence });
  }
  return problems;
};

const prefixProblem = ({
  prefix,
  validLifetime,
  preferredLifetime,
  autonomous,
}: AdvertisedPrefix): string | undefined => {
  if (prefix.address.family !== 6) return 'is not an IPv6 prefix';
  if (prefix.address.w0 >>> 22 === 0x3fa) return 'is link-local, which is never advertised (RFC 4861 §4.6.2)';
  if (!isSeconds(validLifetime) || !isSeconds(preferredLifetime))
    return 'lives for no whole number of seconds below 2^32';
  if (preferredLifetime > validLifetime)
    return `is preferred for ${preferredLifetime} s but valid for ${validLifetime} s only`;
  if (autonomous && prefix.length > 128) return 'is longer than an address';
  return undefined;
};

const lifetimeProblem = ({ lifetime }: { readonly lifetime: number }): string | undefined =>
  isSeconds(lifetime) ? undefined : 'lives for no whole number of seconds below 2^32';

const samePrefix = (a: IpPrefix, b: IpPrefix): boolean =>
  a.length === b.length &&
  a.address.w0 === b.address.w0 &&
  a.address.w1 === b.address.w1 &&
  a.address.w2 === b.address.w2 &&
  a.address.w3 === b.address.w3;

/** One problem per element of a list, and one for a list that is too long. */
const listProblems = <T>(
  field: keyof Advertising,
  list: readonly T[],
  limit: number,
  problemOf: (element: T, index: number) => string | undefined,
): AdvertisingProblem[] => {
  const problems: AdvertisingProblem[] = [];
  if (list.length > limit) problems.push({ field, sentence: `there are ${list.length}; allowed: at most ${limit}` });
  for (const [index, element] of list.slice(0, limit).entries()) {
    const sentence = problemOf(element, index);
    if (sentence !== undefined) problems.push({ field, index, sentence });
  }
  return problems;
};

/** An option says its length in one byte: 255 units of eight. A list of names has 1,000 bytes at most, to fit a packet. */
const namesProblem = ({ domains, lifetime }: AdvertisedSearchList): string | undefined => {
  const bad = domains.find((name) => nameSize(name) === 0);
  if (bad !== undefined) return `${JSON.stringify(bad.slice(0, 40))} is no domain name`;
  if (domains.length === 0) return 'names no domain';
  if (domains.length > listLimit) return `names ${domains.length} domains; allowed: at most ${listLimit}`;
  if (domains.reduce((bytes, name) => bytes + nameSize(name), 0) > 1_000) return 'takes more than 1000 bytes';
  return lifetimeProblem({ lifetime });
};

/**
 * What is out of bounds, if anything: RFC 4861 §6.2.1, RFC 4191 §2.3, RFC 8106 §5, RFC 8781 §4. A sentence each.
 *
 * @param linkMtu of the interface, if known: no larger MTU may be advertised
 */
export const advertisingProblems = (said: Advertising, linkMtu = 65_536): AdvertisingProblem[] => {
  const problems = timesOf(said);
  for (const [field, minimum, maximum] of numbers) {
    const value = said[field];
    if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) continue;
    problems.push({ field, sentence: `${value} is out of bounds; allowed: ${minimum} to ${maximum}` });
  }
  if (typeof said.mtu === 'number' && !(Number.isInteger(said.mtu) && said.mtu >= 1_280 && said.mtu <= linkMtu)) {
    const sentence = `${said.mtu} is out of bounds; allowed: 1280 to ${linkMtu}, which the link carries`;
    problems.push({ field: 'mtu', sentence });
  }
  const repeated = (list: readonly { readonly prefix: IpPrefix }[], index: number): string | undefined =>
    list.findIndex(({ prefix }) => samePrefix(prefix, (list[index] as { prefix: IpPrefix }).prefix)) < index
      ? 'stands there twice'
      : undefined;
  return [
    ...problems,
    ...listProblems(
      'prefixes',
      said.prefixes,
      prefixLimit,
      (each, i) => prefixProblem(each) ?? repeated(said.prefixes, i),
    ),
    ...listProblems('routes', said.routes, routeLimit, (each, i) =>
      each.prefix.address.family === 6 ? (lifetimeProblem(each) ?? repeated(said.routes, i)) : 'is not an IPv6 prefix',
    ),
    ...listProblems('dnsServers', said.dnsServers, listLimit, (each) => {
      if (each.servers.length === 0) return 'names no server';
      if (each.servers.length > listLimit) return `names ${each.servers.length} servers; allowed: at most ${listLimit}`;
      if (each.servers.some(({ family }) => family !== 6)) return 'names a server by an IPv4 address';
      return lifetimeProblem(each);
    }),
    ...listProblems('searchLists', said.searchLists, listLimit, namesProblem),
    ...listProblems('pref64', said.pref64, listLimit, ({ prefix, lifetime }) => {
      if (prefix.address.family !== 6 || !pref64Lengths.includes(prefix.length)) {
        return `has ${prefix.length} bits; allowed: an IPv6 prefix of ${pref64Lengths.join(', ')} bits`;
      }
      return lifetime >= 0 && lifetime <= 65_528 ? undefined : 'lives too long; allowed: 0 to 65528 s';
    }),
  ];
};
