import { filter, type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import { equalAddress, type IpPrefix, isLinkLocal } from '../wire/address.ts';
import {
  type Advertising,
  advertisingProblems,
  completeAdvertising,
  type PrefixLifetimes,
  prefixLimit,
} from '../wire/advertising.ts';
import { infinity } from '../wire/ndp-options.ts';
import {
  type AdvertisedOption,
  type AdvertisedPrefix,
  messageSize,
  optionSize,
  type RouterAdvertisement,
} from '../wire/router-advertisement.ts';
import { type Addresses, AddressFlag, type InterfaceAddress } from './addresses.ts';
import type { Interface, Interfaces } from './interfaces.ts';
import type { Change, Watchable } from './store.ts';

/** An interface that advertises, and what. */
export interface AdvertisingInterface {
  readonly interfaceIndex: number;
  readonly advertising: Advertising;
  /** Those written down, then those of its addresses. */
  readonly prefixes: readonly IpPrefix[];
}

/** A prefix that is advertised with lifetimes, and since when. */
interface Living extends PrefixLifetimes {
  readonly prefix: IpPrefix;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  /** Milliseconds of the scheduler. */
  readonly since: number;
}

/** A prefix that is advertised no more, and said to be so until then. */
interface Withdrawn {
  readonly prefix: AdvertisedPrefix;
  readonly until: number;
}

interface Entry {
  readonly advertising: Advertising;
  living: readonly Living[];
  withdrawn: readonly Withdrawn[];
}

/**
 * How long a removed prefix is advertised with lifetimes of zero, in milliseconds: hosts keep its addresses for two
 * hours more whatever they are told (RFC 4862 §5.5.3 e), and those that come back from sleep must hear of it.
 */
export const withdrawalTime = 7_200_000;

/** Largest message, in bytes with its IPv6 header, that is made where the link would carry more. */
const largestPacket = 1_500;
const ipv6Header = 40;

const equalPrefix = (a: IpPrefix, b: IpPrefix): boolean => a.length === b.length && equalAddress(a.address, b.address);

/** Is the prefix of this address ours to advertise? Not one that a router on the link has told us itself. */
const isOwnPrefix = ({ address, prefix, flags }: InterfaceAddress): boolean =>
  address.family === 6 &&
  !isLinkLocal(address) &&
  prefix.length > 0 &&
  prefix.length < 128 &&
  (flags & (AddressFlag.detached | AddressFlag.duplicated | AddressFlag.autoconfigured)) === 0;

/** Seconds that are left of a lifetime. */
const left = (lifetime: number, { decrementing, since }: Living, now: number): number =>
  decrementing && lifetime !== infinity ? Math.max(0, Math.ceil(lifetime - (now - since) / 1_000)) : lifetime;

/**
 * What the router says of itself on each of its links (RFC 4861 §6.2.1). Prefixes are taken from the addresses of the
 * interface as they come and go, unless it is told otherwise; one that goes is withdrawn: advertised with lifetimes of
 * zero for two hours.
 *
 * When to say it is for `RouterAdvertiser`.
 *
 * @example
 * const advertisements = new Advertisements({ addresses, interfaces, scheduler });
 * advertisements.changes$.subscribe(({ type, value }) => console.log(type, value.prefixes.map(formatPrefix)));
 * advertisements.advertise(tap.index, { maximumInterval: 30, preference: ndp.Preference.high });
 * advertisements.messages(tap.index); // what to send now
 */
export class Advertisements implements Watchable<AdvertisingInterface> {
  readonly #addresses: Addresses;
  readonly #interfaces: Interfaces;
  readonly #scheduler: SchedulerLike;
  readonly #entries = new Map<number, Entry>();
  readonly #changes = new Subject<Change<AdvertisingInterface>>();
  readonly changes$: Observable<Change<AdvertisingInterface>> = this.#changes.asObservable();
  readonly #watching = new Subscription();

  constructor(node: {
    readonly addresses: Addresses;
    readonly interfaces: Interfaces;
    readonly scheduler: SchedulerLike;
  }) {
    this.#addresses = node.addresses;
    this.#interfaces = node.interfaces;
    this.#scheduler = node.scheduler;
    this.#watching.add(
      node.addresses.changes$
        .pipe(filter(({ value }) => value.address.family === 6))
        .subscribe(({ value }) => this.#derive(value.interfaceIndex)),
    );
    this.#watching.add(
      node.interfaces.changes$
        .pipe(filter(({ type }) => type === 'removed'))
        .subscribe(({ value }) => this.cease(value.index)),
    );
  }

  /**
   * Makes the interface an advertising one, or changes what it says. What is not given has its default; prefixes that
   * were said before and are not any more are withdrawn.
   *
   * @throws when there is no such interface, or something is out of the bounds of RFC 4861 §6.2.1: a sentence each
   */
  advertise(interfaceIndex: number, said: Partial<Advertising> = {}): void {
    const link = this.#interfaces.get(interfaceIndex);
    if (link === undefined || interfaceIndex === this.#interfaces.loopback) {
      throw new Error(`umigame: there is no interface ${interfaceIndex} to advertise on`);
    }
    const advertising = completeAdvertising(said);
    const [problem] = advertisingProblems(advertising, link.mtu);
    if (problem !== undefined) {
      const place = problem.index === undefined ? problem.field : `${problem.field}[${problem.index}]`;
      throw new Error(`umigame: what ${link.name} is to advertise: ${place}: ${problem.sentence}`);
    }
    const before = this.#entries.get(interfaceIndex);
    const entry: Entry = { advertising, living: before?.living ?? [], withdrawn: before?.withdrawn ?? [] };
    this.#entries.set(interfaceIndex, entry);
    this.#settle(interfaceIndex, entry);
    this.#tell(before === undefined ? 'added' : 'updated', interfaceIndex, entry);
  }

  /** The interface advertises no longer. */
  cease(interfaceIndex: number): void {
    const entry = this.#entries.get(interfaceIndex);
    if (entry === undefined) return;
    this.#entries.delete(interfaceIndex);
    this.#tell('removed', interfaceIndex, entry);
  }

  /** No interface advertises any longer: the router stops. */
  ceaseAll(): void {
    for (const interfaceIndex of [...this.#entries.keys()]) this.cease(interfaceIndex);
  }

  get(interfaceIndex: number): AdvertisingInterface | undefined {
    const entry = this.#entries.get(interfaceIndex);
    return entry && this.#valueOf(interfaceIndex, entry);
  }

  /** Every interface that advertises. */
  *[Symbol.iterator](): Iterator<AdvertisingInterface> {
    for (const [interfaceIndex, entry] of this.#entries) yield this.#valueOf(interfaceIndex, entry);
  }

  /**
   * What the interface says now: one message, or as many as its options need to fit the link (RFC 4861 §6.2.3). None
   * if it does not advertise.
   */
  messages(interfaceIndex: number): RouterAdvertisement[] {
    const entry = this.#entries.get(interfaceIndex);
    const link = this.#interfaces.get(interfaceIndex);
    if (entry === undefined || link === undefined) return [];
    return split(entry.advertising, this.#options(entry, link), Math.min(link.mtu, largestPacket) - ipv6Header);
  }

  close(): void {
    this.#watching.unsubscribe();
    this.#changes.complete();
  }

  #options({ advertising, living, withdrawn }: Entry, link: Interface): AdvertisedOption[] {
    const now = this.#scheduler.now();
    const options: AdvertisedOption[] = [];
    if (advertising.tellLinkLayerAddress && link.linkLayerAddress !== undefined) {
      options.push({ kind: 'sourceLinkLayerAddress', address: link.linkLayerAddress });
    }
    const mtu = advertising.mtu === 'interface' ? link.mtu : advertising.mtu;
    if (mtu !== undefined) options.push({ kind: 'mtu', mtu });
    for (const each of living) {
      const { prefix, onLink, autonomous } = each;
      const validLifetime = left(each.validLifetime, each, now);
      const preferredLifetime = Math.min(left(each.preferredLifetime, each, now), validLifetime);
      options.push({ kind: 'prefix', prefix, onLink, autonomous, validLifetime, preferredLifetime });
    }
    for (const { prefix, until } of withdrawn) if (now < until) options.push({ kind: 'prefix', ...prefix });
    for (const route of advertising.routes) options.push({ kind: 'route', ...route });
    for (const servers of advertising.dnsServers) options.push({ kind: 'dnsServers', ...servers });
    for (const domains of advertising.searchLists) options.push({ kind: 'searchList', ...domains });
    for (const pref64 of advertising.pref64) options.push({ kind: 'pref64', ...pref64 });
    const agent = advertising.homeAgentInformation;
    if (agent !== undefined) options.push({ kind: 'homeAgent', ...agent });
    return options;
  }

  #derive(interfaceIndex: number): void {
    const entry = this.#entries.get(interfaceIndex);
    if (entry?.advertising.ownPrefixes === undefined) return;
    if (this.#settle(interfaceIndex, entry)) this.#tell('updated', interfaceIndex, entry);
  }

  /** Brings the prefixes up to date. Did any come or go? */
  #settle(interfaceIndex: number, entry: Entry): boolean {
    const now = this.#scheduler.now();
    const before = entry.living;
    const since = (prefix: IpPrefix): number => before.find((each) => equalPrefix(each.prefix, prefix))?.since ?? now;
    const living: Living[] = entry.advertising.prefixes.map((each) => ({ ...each, since: since(each.prefix) }));
    const has = (prefix: IpPrefix): boolean => living.some((each) => equalPrefix(each.prefix, prefix));
    const lifetimes = entry.advertising.ownPrefixes;
    for (const own of lifetimes === undefined ? [] : this.#addresses.list(interfaceIndex)) {
      const { prefix } = own;
      if (lifetimes === undefined || !isOwnPrefix(own) || has(prefix) || living.length >= prefixLimit) continue;
      // Hosts make addresses of 64 bits and 64 more (RFC 4862 §5.5.3 d, RFC 2464 §4).
      living.push({ prefix, onLink: true, autonomous: prefix.length === 64, ...lifetimes, since: since(prefix) });
    }
    const gone = before.filter(({ prefix }) => !has(prefix));
    const kept = entry.withdrawn.filter(({ until, prefix }) => now < until && !has(prefix.prefix));
    const fresh = gone.map(
      ({ prefix, onLink, autonomous }): Withdrawn => ({
        prefix: { prefix, onLink, autonomous, validLifetime: 0, preferredLifetime: 0 },
        until: now + withdrawalTime,
      }),
    );
    entry.living = living;
    entry.withdrawn = [...kept, ...fresh].slice(-prefixLimit);
    return gone.length > 0 || living.length !== before.length;
  }

  #valueOf(interfaceIndex: number, { advertising, living }: Entry): AdvertisingInterface {
    return { interfaceIndex, advertising, prefixes: living.map(({ prefix }) => prefix) };
  }

  #tell(type: Change<AdvertisingInterface>['type'], interfaceIndex: number, entry: Entry): void {
    this.#changes.next({ type, value: this.#valueOf(interfaceIndex, entry) });
  }
}

/** As few messages as hold all options; each repeats what stands in the header. */
const split = (advertising: Advertising, options: readonly AdvertisedOption[], room: number): RouterAdvertisement[] => {
  const { currentHopLimit, managed, otherConfiguration, homeAgent, preference } = advertising;
  const { routerLifetime, reachableTime, retransTimer } = advertising;
  const header = { currentHopLimit, managed, otherConfiguration, homeAgent, preference };
  const times = { routerLifetime, reachableTime, retransTimer };
  const empty = messageSize({ ...header, ...times, options: [] });
  const shares: AdvertisedOption[][] = [[]];
  let used = empty;
  for (const option of options) {
    const size = optionSize(option);
    if (used + size > room) {
      shares.push([]);
      used = empty;
    }
    shares.at(-1)?.push(option);
    used += size;
  }
  return shares.map((share) => ({ ...header, ...times, options: share }));
};

/**
 * The last thing a router says (RFC 4861 §6.2.5): it is a default router no more, its routes end, and what it told of
 * DNS and translation (RFC 4191 §4, RFC 8106 §5.1). Prefixes live on: they belong to the link.
 */
export const finalMessage = (message: RouterAdvertisement): RouterAdvertisement => ({
  ...message,
  routerLifetime: 0,
  options: message.options.map((option) =>
    option.kind === 'route' || option.kind === 'dnsServers' || option.kind === 'searchList' || option.kind === 'pref64'
      ? { ...option, lifetime: 0 }
      : option,
  ),
});
