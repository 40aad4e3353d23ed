import { filter, type Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import { equalAddress, type IpAddress, type IpPrefix, isLinkLocal, isMulticast, prefixOf } from '../wire/address.ts';
import type { AdvertisedPrefix } from '../wire/router-advertisement.ts';
import { type Addresses, isFromRouter } from './addresses.ts';
import { Lifetimes, untilOf } from './lifetimes.ts';
import type { Change, Watchable } from './store.ts';

/** A prefix that routers have told us of a link. */
export interface LinkPrefix {
  readonly interfaceIndex: number;
  readonly prefix: IpPrefix;
  /** Are its addresses on the link? False says nothing about it. */
  readonly onLink: boolean;
  /** May addresses be made of it? */
  readonly autonomous: boolean;
  /** Milliseconds of the scheduler; Infinity: for ever. */
  readonly preferredUntil: number;
  readonly validUntil: number;
  /** Routers that advertise it, the first that did first; they may be gone, or out of reach. */
  readonly advertisers: readonly IpAddress[];
  /** Are we on its link still, as far as we can tell? See `attachment`. */
  readonly isAttached: boolean;
}

export interface PrefixLimits {
  /** Most prefixes of all interfaces. Default 2,048. */
  readonly limit?: number;
  /** Most prefixes of one interface; detached ones of which we have no address go first. Default 256. */
  readonly perInterface?: number;
  /** Most advertisers of one prefix. Default 16. */
  readonly advertisers?: number;
}

export const prefixDefaults: Required<PrefixLimits> = { limit: 2_048, perInterface: 256, advertisers: 16 };

interface Entry {
  value: LinkPrefix;
  /** Its lifetime is over, and it stays for its addresses. */
  isOver: boolean;
  /** Among the lifetimes. */
  row: number;
}

/**
 * The prefixes that routers advertise on our links: the Prefix List of RFC 4861 §5.1, and what KAME added to it: who
 * advertises each, and so whether it is attached (INET'99 §3.4). Prefixes of addresses that were configured by hand are
 * not in it.
 *
 * A prefix of which we have an address stays when its own lifetime is over, no longer on-link, until the address goes: an
 * address may outlive its prefix (RFC 4862 §5.5.3 e), and must be detached all the same.
 *
 * @example
 * node.prefixes.changes$.subscribe(({ type, value }) => console.log(type, formatPrefix(value.prefix), value.isAttached));
 * node.prefixes.advertise(tap.index, router, option); // 'added'
 */
export class Prefixes implements Watchable<LinkPrefix> {
  readonly options: Required<PrefixLimits>;
  readonly #scheduler: SchedulerLike;
  readonly #addresses: Addresses;
  /** By interface, in the order in which they were advertised first. */
  readonly #entries = new Map<number, Entry[]>();
  readonly #lifetimes: Lifetimes<Entry>;
  readonly #watching: Subscription;
  readonly #changes = new Subject<Change<LinkPrefix>>();
  readonly changes$: Observable<Change<LinkPrefix>> = this.#changes.asObservable();

  constructor(node: { readonly scheduler: SchedulerLike; readonly addresses: Addresses }, options: PrefixLimits = {}) {
    this.options = { ...prefixDefaults, ...options };
    this.#scheduler = node.scheduler;
    this.#addresses = node.addresses;
    const expire = (entry: Entry): void => this.#end(entry);
    this.#lifetimes = new Lifetimes({ limit: this.options.limit, scheduler: node.scheduler, expire });
    this.#watching = node.addresses.changes$
      .pipe(filter(({ type, value }) => type === 'removed' && isFromRouter(value)))
      .subscribe(({ value }) => this.#release(value.interfaceIndex, value.prefix));
  }

  /**
   * Takes a Prefix Information option of a router (RFC 4861 §6.3.4). What is on-link stays so for as long as it was said
   * to: an option that does not say on-link takes nothing back. A lifetime of 0 ends it at once.
   *
   * @returns `ignored` for a prefix that is link-local, that says nothing, or that there is no room for
   */
  advertise(interfaceIndex: number, router: IpAddress, option: AdvertisedPrefix): 'added' | 'updated' | 'ignored' {
    const prefix = prefixOf(option.prefix.address, option.prefix.length);
    const { onLink, autonomous } = option;
    if (isLinkLocal(prefix.address) || isMulticast(prefix.address)) return 'ignored';
    const validUntil = untilOf(this.#scheduler, option.validLifetime);
    const preferredUntil = Math.min(validUntil, untilOf(this.#scheduler, option.preferredLifetime));
    const entry = this.#find(interfaceIndex, prefix);
    if (entry === undefined) {
      if (option.validLifetime === 0 || !(onLink || autonomous)) return 'ignored';
      const advertisers = [router];
      const fields = { onLink, autonomous, preferredUntil, validUntil, advertisers, isAttached: true };
      return this.#add({ interfaceIndex, prefix, ...fields }) ? 'added' : 'ignored';
    }
    const before = entry.value;
    const isSaid = onLink || !before.onLink;
    entry.value = {
      ...before,
      onLink: onLink || before.onLink,
      autonomous: autonomous || before.autonomous,
      advertisers: this.#withAdvertiser(before.advertisers, router),
      ...(isSaid ? { preferredUntil, validUntil } : {}),
    };
    if (isSaid && option.validLifetime === 0) this.#end(entry);
    else if (isSaid) this.#update(entry);
    else this.#changes.next({ type: 'updated', value: entry.value });
    return 'updated';
  }

  /** Says whether a prefix is attached. */
  attach(interfaceIndex: number, prefix: IpPrefix, isAttached: boolean): void {
    const entry = this.#find(interfaceIndex, prefix);
    if (entry === undefined || entry.value.isAttached === isAttached) return;
    entry.value = { ...entry.value, isAttached };
    this.#changes.next({ type: 'updated', value: entry.value });
  }

  /** Forgets a prefix. Addresses that were made of it stay, attached. */
  remove(interfaceIndex: number, prefix: IpPrefix): boolean {
    const entry = this.#find(interfaceIndex, prefix);
    if (entry === undefined) return false;
    this.#remove(entry);
    return true;
  }

  /** Forgets the prefixes of an interface. */
  flush(interfaceIndex: number): void {
    for (const entry of this.#entries.get(interfaceIndex) ?? []) this.#remove(entry);
  }

  get(interfaceIndex: number, prefix: IpPrefix): LinkPrefix | undefined {
    return this.#find(interfaceIndex, prefix)?.value;
  }

  /** The prefixes of one interface, or all, in the order in which they were advertised first. */
  list(interfaceIndex?: number): readonly LinkPrefix[] {
    const entries =
      interfaceIndex === undefined ? [...this.#entries.values()].flat() : this.#entries.get(interfaceIndex);
    return (entries ?? []).map(({ value }) => value);
  }

  close(): void {
    this.#watching.unsubscribe();
    this.#lifetimes.close();
    this.#changes.complete();
  }

  #find(interfaceIndex: number, prefix: IpPrefix): Entry | undefined {
    return this.#entries.get(interfaceIndex)?.find(({ value }) => equalPrefix(value.prefix, prefix));
  }

  #withAdvertiser(advertisers: readonly IpAddress[], router: IpAddress): readonly IpAddress[] {
    if (advertisers.some((each) => equalAddress(each, router))) return advertisers;
    return [...advertisers, router].slice(-this.options.advertisers);
  }

  #add(value: LinkPrefix): boolean {
    const { interfaceIndex } = value;
    const entries = this.#entries.get(interfaceIndex) ?? [];
    if (entries.length >= this.options.perInterface) {
      const victim = entries.find((entry) => !entry.value.isAttached && !this.#isUsed(entry));
      if (victim === undefined) return false;
      this.#remove(victim);
    }
    const entry: Entry = { value, isOver: false, row: 0 };
    entry.row = this.#lifetimes.take(entry);
    if (entry.row === 0) return false;
    this.#entries.set(interfaceIndex, [...(this.#entries.get(interfaceIndex) ?? []), entry]);
    this.#lifetimes.set(entry.row, value.validUntil);
    this.#changes.next({ type: 'added', value });
    return true;
  }

  #update(entry: Entry): void {
    entry.isOver = false;
    this.#lifetimes.set(entry.row, entry.value.validUntil);
    this.#changes.next({ type: 'updated', value: entry.value });
  }

  /** Its lifetime is over. */
  #end(entry: Entry): void {
    if (!this.#isUsed(entry)) return this.#remove(entry);
    entry.isOver = true;
    this.#lifetimes.set(entry.row, Number.POSITIVE_INFINITY);
    entry.value = { ...entry.value, onLink: false };
    this.#changes.next({ type: 'updated', value: entry.value });
  }

  /** An address has gone, perhaps the last of a prefix that was kept for it. */
  #release(interfaceIndex: number, prefix: IpPrefix): void {
    const entry = this.#find(interfaceIndex, prefix);
    if (entry?.isOver && !this.#isUsed(entry)) this.#remove(entry);
  }

  #isUsed({ value: { interfaceIndex, prefix } }: Entry): boolean {
    return this.#addresses
      .list(interfaceIndex)
      .some((address) => isFromRouter(address) && equalPrefix(address.prefix, prefix));
  }

  #remove(entry: Entry): void {
    const { value, row } = entry;
    const others = (this.#entries.get(value.interfaceIndex) ?? []).filter((each) => each !== entry);
    if (others.length === 0) this.#entries.delete(value.interfaceIndex);
    else this.#entries.set(value.interfaceIndex, others);
    this.#lifetimes.release(row);
    this.#changes.next({ type: 'removed', value });
  }
}

const equalPrefix = (a: IpPrefix, b: IpPrefix): boolean => a.length === b.length && equalAddress(a.address, b.address);
