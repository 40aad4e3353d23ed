import { type Observable, type SchedulerLike, Subject } from 'rxjs';
import { formatAddress, formatPrefix, type IpAddress, type IpPrefix } from '../wire/address.ts';
import type { AdvertisedOption } from '../wire/router-advertisement.ts';
import { Lifetimes, untilOf } from './lifetimes.ts';
import type { Change, Watchable } from './store.ts';

/** Something that a router has told us for others to use: a DNS server, a search domain, a prefix of a translator. */
export type LearnedOption = {
  readonly interfaceIndex: number;
  /** Who said it last. */
  readonly router: IpAddress;
  /** Milliseconds of the scheduler; Infinity: for ever. */
  readonly until: number;
} & Told;

/** RFC 8106 §5.1, §5.2 and RFC 8781 §4. */
type Told =
  | { readonly kind: 'dnsServer'; readonly server: IpAddress }
  | { readonly kind: 'searchDomain'; readonly domain: string }
  | { readonly kind: 'pref64'; readonly prefix: IpPrefix };

/** Options that are kept here. */
export type LearnableOption = Extract<AdvertisedOption, { readonly kind: 'dnsServers' | 'searchList' | 'pref64' }>;

export interface LearnedLimits {
  /** Most things of all interfaces. Default 1,024. */
  readonly limit?: number;
  /** Most of a kind by one interface; what ends first goes (RFC 8106 §6.2). Default 16. */
  readonly perKind?: number;
}

export const learnedDefaults: Required<LearnedLimits> = { limit: 1_024, perKind: 16 };

interface Entry {
  value: LearnedOption;
  /** Among the lifetimes. */
  row: number;
}

/**
 * What routers say beside routes and prefixes, for as long as they say (RFC 8106, RFC 8781): DNS servers, search
 * domains, and the prefixes by which a translator makes IPv6 addresses of IPv4's. Nothing in here uses it.
 *
 * @example
 * node.learned.changes$.subscribe(({ type, value }) => console.log(type, value.kind));
 * node.learned.hear(tap.index, router, { kind: 'dnsServers', servers: [server], lifetime: 1_800 });
 */
export class Learned implements Watchable<LearnedOption> {
  readonly options: Required<LearnedLimits>;
  readonly #scheduler: SchedulerLike;
  readonly #entries = new Map<string, Entry>();
  readonly #lifetimes: Lifetimes<Entry>;
  readonly #changes = new Subject<Change<LearnedOption>>();
  readonly changes$: Observable<Change<LearnedOption>> = this.#changes.asObservable();

  constructor(node: { readonly scheduler: SchedulerLike }, options: LearnedLimits = {}) {
    this.options = { ...learnedDefaults, ...options };
    this.#scheduler = node.scheduler;
    const expire = (entry: Entry): void => this.#remove(entry);
    this.#lifetimes = new Lifetimes({ limit: this.options.limit, scheduler: node.scheduler, expire });
  }

  /** Takes an option of a Router Advertisement. A lifetime of 0 ends what it names. */
  hear(interfaceIndex: number, router: IpAddress, option: LearnableOption): void {
    const until = untilOf(this.#scheduler, option.lifetime);
    for (const told of toldBy(option)) {
      const entry = this.#entries.get(keyOf(interfaceIndex, told));
      const value = { interfaceIndex, router, until, ...told };
      if (option.lifetime === 0) {
        if (entry !== undefined) this.#remove(entry);
      } else if (entry === undefined) this.#add(value);
      else {
        entry.value = value;
        this.#lifetimes.set(entry.row, until);
        this.#changes.next({ type: 'updated', value });
      }
    }
  }

  /** Forgets what was heard by an interface. */
  flush(interfaceIndex: number): void {
    for (const entry of this.#entries.values()) if (entry.value.interfaceIndex === interfaceIndex) this.#remove(entry);
  }

  /** What is known, of one interface or all, in the order in which it was heard first. */
  list(interfaceIndex?: number): readonly LearnedOption[] {
    return [...this.#entries.values()]
      .map(({ value }) => value)
      .filter((value) => interfaceIndex === undefined || value.interfaceIndex === interfaceIndex);
  }

  close(): void {
    this.#lifetimes.close();
    this.#changes.complete();
  }

  #add(value: LearnedOption): void {
    const rivals = [...this.#entries.values()].filter(
      (entry) => entry.value.interfaceIndex === value.interfaceIndex && entry.value.kind === value.kind,
    );
    if (rivals.length >= this.options.perKind) {
      const first = rivals.reduce((a, b) => (b.value.until < a.value.until ? b : a));
      if (first.value.until >= value.until) return;
      this.#remove(first);
    }
    const entry: Entry = { value, row: 0 };
    entry.row = this.#lifetimes.take(entry);
    if (entry.row === 0) return;
    this.#entries.set(keyOf(value.interfaceIndex, value), entry);
    this.#lifetimes.set(entry.row, value.until);
    this.#changes.next({ type: 'added', value });
  }

  #remove({ value, row }: Entry): void {
    this.#entries.delete(keyOf(value.interfaceIndex, value));
    this.#lifetimes.release(row);
    this.#changes.next({ type: 'removed', value });
  }
}

const toldBy = (option: LearnableOption): readonly Told[] => {
  switch (option.kind) {
    case 'dnsServers':
      return option.servers.map((server) => ({ kind: 'dnsServer', server }));
    case 'searchList':
      return option.domains.map((domain) => ({ kind: 'searchDomain', domain }));
    case 'pref64':
      return [{ kind: 'pref64', prefix: option.prefix }];
  }
};

const keyOf = (interfaceIndex: number, told: Told): string => {
  switch (told.kind) {
    case 'dnsServer':
      return `${interfaceIndex} dns ${formatAddress(told.server)}`;
    case 'searchDomain':
      return `${interfaceIndex} search ${told.domain.toLowerCase()}`;
    case 'pref64':
      return `${interfaceIndex} pref64 ${formatPrefix(told.prefix)}`;
  }
};
