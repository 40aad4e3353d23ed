import { AddressFlag, isFromRouter } from '../../state/addresses.ts';
import type { Autoconfiguration } from '../../state/autoconfigurations.ts';
import { Lifetimes as Endings } from '../../state/lifetimes.ts';
import type { Node } from '../../state/node.ts';
import { address6, equalAddress, type IpAddress, type IpPrefix, isLinkLocal } from '../../wire/address.ts';
import { eui64Address } from '../../wire/interface-identifier.ts';
import type { AdvertisedPrefix } from '../../wire/router-advertisement.ts';
import { stableAddress, temporaryAddress } from './identifiers.ts';
import { autoconfigure, type Lifetimes } from './lifetimes.ts';
import {
  drawDesync,
  isWorthwhile,
  regenerateAt,
  regenerationAdvance,
  type TemporaryAge,
  temporaryLifetimes,
  temporaryTiming,
} from './temporary.ts';

export type AddressMakerNode = Pick<
  Node,
  'addresses' | 'detections' | 'interfaces' | 'neighbors' | 'prefixes' | 'random' | 'scheduler'
>;

/** IDGEN_RETRIES and IDGEN_DELAY, in milliseconds (RFC 7217 §7). */
const stableRetries = 3;
const stableDelay = 1_000;
/** Most temporary addresses of a prefix: more than there can be in two days, each preferred for 14.4 hours or more. */
const temporaryLimit = 8;

/** A temporary address, and what its lifetimes are counted from. */
interface Temporary {
  readonly address: IpAddress;
  readonly age: TemporaryAge;
}

/** A prefix that addresses are made of: a router's, or the link-local one. */
interface Origin {
  readonly prefix: IpPrefix;
  lifetimes: Lifetimes;
  /** The one that stays; undefined: there is none, or none yet. */
  lasting: IpAddress | undefined;
  /** DAD_Counter (RFC 7217 §5): what the next stable identifier is made with. */
  counter: number;
  /** How many of them others had. */
  collisions: number;
  /** Not before this is another one made, in milliseconds of the scheduler. */
  retryAt: number;
  /** The youngest last. */
  temporaries: readonly Temporary[];
  /** When the next one is made. */
  regenerateAt: number;
  /** How many others had in a row; when too many, no more are made (RFC 8981 §3.4). */
  temporaryCollisions: number;
  /** Among the endings: when another address is due, and when its own lifetime is over. */
  readonly dueRow: number;
  readonly overRow: number;
}

const linkLocal: IpPrefix = { address: address6(0xfe800000, 0, 0, 0), length: 64 };
const never = Number.POSITIVE_INFINITY;
const ever: Lifetimes = { preferredUntil: never, validUntil: never };

export interface AddressMakerOptions {
  readonly interfaceIndex: number;
  /** How addresses are made, as it is now; undefined: none are. */
  readonly how: () => Autoconfiguration | undefined;
  /** Most prefixes that addresses are made of. */
  readonly prefixes: number;
}

/**
 * Makes the addresses of one interface: its link-local one (RFC 4862 §5.3), one for each prefix of a router (§5.5), and
 * temporary ones (RFC 8981). They begin as tentative ones; if another node has one of them, one with another identifier
 * takes its place, unless identifiers are made of the link-layer address.
 */
export class AddressMaker {
  readonly #node: AddressMakerNode;
  readonly #options: AddressMakerOptions;
  readonly #origins: Origin[] = [];
  readonly #endings: Endings<() => void>;

  constructor(node: AddressMakerNode, options: AddressMakerOptions) {
    this.#node = node;
    this.#options = options;
    const limit = 2 * (options.prefixes + 1);
    this.#endings = new Endings({ limit, scheduler: node.scheduler, expire: (what) => what() });
  }

  /** The interface has a link: it needs a link-local address, if nobody gave it one. */
  begin(): void {
    const { interfaceIndex } = this.#options;
    const has = this.#node.addresses.list(interfaceIndex).some(({ address }) => isLinkLocal(address));
    if (has || this.#find(linkLocal) !== undefined) return;
    const origin = this.#open(linkLocal, ever);
    if (origin !== undefined) this.#makeLasting(origin, false);
  }

  /**
   * Takes an autonomous prefix of a router (RFC 4862 §5.5.3).
   *
   * @param many have heard of it: then they do not all begin at once
   */
  advertised(option: AdvertisedPrefix, many: boolean): void {
    const { scheduler } = this.#node;
    const known = this.#find(option.prefix);
    const outcome = autoconfigure(option, known?.lifetimes, scheduler.now());
    if (typeof outcome === 'string') return;
    const { preferredUntil, validUntil } = outcome;
    const origin = known ?? this.#open(option.prefix, { preferredUntil, validUntil });
    if (origin === undefined) return;
    origin.lifetimes = { preferredUntil, validUntil };
    this.#endings.set(origin.overRow, validUntil);
    this.#refresh(origin);
    this.#makeLasting(origin, many);
    this.#makeTemporary(origin, many);
  }

  /** A prefix is on our link again: what was not made while we were away is now. */
  attached(prefix: IpPrefix): void {
    const origin = this.#find(prefix);
    if (origin !== undefined) this.#makeTemporary(origin, false);
  }

  /** Duplicate Address Detection of an address has ended. */
  detected(address: IpAddress, outcome: 'unique' | 'duplicate'): void {
    const origin = this.#origins.find(({ lasting, temporaries }) =>
      [lasting, ...temporaries.map((each) => each.address)].some((each) => each && equalAddress(each, address)),
    );
    if (origin === undefined) return;
    const isLasting = origin.lasting !== undefined && equalAddress(origin.lasting, address);
    if (outcome === 'unique') {
      if (!isLasting) origin.temporaryCollisions = 0;
    } else if (isLasting) this.#lastingTaken(origin, address);
    else this.#temporaryTaken(origin, address);
  }

  /** Makes no more addresses; those that were made stay. */
  close(): void {
    this.#endings.close();
    this.#origins.length = 0;
  }

  #find({ address, length }: IpPrefix): Origin | undefined {
    return this.#origins.find(({ prefix }) => prefix.length === length && equalAddress(prefix.address, address));
  }

  #open(prefix: IpPrefix, lifetimes: Lifetimes): Origin | undefined {
    if (this.#origins.length > this.#options.prefixes) return undefined;
    const origin: Origin = {
      prefix,
      lifetimes,
      lasting: undefined,
      counter: 0,
      collisions: 0,
      retryAt: never,
      temporaries: [],
      regenerateAt: never,
      temporaryCollisions: 0,
      dueRow: this.#endings.take(() => this.#due(origin)),
      overRow: this.#endings.take(() => this.#over(origin)),
    };
    this.#origins.push(origin);
    return origin;
  }

  /** Its addresses have gone by themselves, or do so now. */
  #over(origin: Origin): void {
    this.#endings.release(origin.dueRow);
    this.#endings.release(origin.overRow);
    this.#origins.splice(this.#origins.indexOf(origin), 1);
  }

  #due(origin: Origin): void {
    const now = this.#node.scheduler.now();
    if (origin.retryAt <= now) origin.retryAt = never;
    this.#makeLasting(origin, false);
    this.#makeTemporary(origin, false);
    this.#schedule(origin);
  }

  #schedule({ dueRow, retryAt, regenerateAt: at }: Origin): void {
    this.#endings.set(dueRow, Math.min(retryAt, at));
  }

  /** Gives the addresses of a prefix the lifetimes that follow from its own. */
  #refresh(origin: Origin): void {
    const { addresses } = this.#node;
    const { interfaceIndex } = this.#options;
    const { lasting, lifetimes } = origin;
    if (lasting !== undefined) addresses.setLifetimes(interfaceIndex, lasting, lifetimes);
    for (const { address, age } of origin.temporaries) {
      addresses.setLifetimes(interfaceIndex, address, temporaryLifetimes(age, lifetimes));
    }
    origin.temporaries = origin.temporaries.filter(({ address }) => addresses.find(interfaceIndex, address));
  }

  #makeLasting(origin: Origin, many: boolean): void {
    const { addresses } = this.#node;
    const { prefix, lasting, lifetimes } = origin;
    if (origin.retryAt !== never) return;
    if (lasting !== undefined && addresses.find(this.#options.interfaceIndex, lasting) !== undefined) return;
    const address = this.#lastingAddress(origin);
    const flags = prefix === linkLocal ? 0 : AddressFlag.autoconfigured;
    if (address !== undefined && this.#add(address, flags, lifetimes, many)) origin.lasting = address;
  }

  #lastingAddress(origin: Origin): IpAddress | undefined {
    const { interfaceIndex, how } = this.#options;
    const { name = '', linkLayerAddress } = this.#node.interfaces.get(interfaceIndex) ?? {};
    const configuration = how();
    if (configuration === undefined || linkLayerAddress === undefined) return undefined;
    const { identifiers, secret } = configuration;
    if (identifiers === 'eui64') return eui64Address(origin.prefix.address, linkLayerAddress);
    const parts = { secret, interfaceName: name, duplicates: origin.counter };
    const { address, duplicates } = stableAddress(origin.prefix, parts);
    origin.counter = duplicates;
    return address;
  }

  /** RFC 7217 §6; what is made of the link-layer address can't be made otherwise. */
  #lastingTaken(origin: Origin, address: IpAddress): void {
    const { addresses, random, scheduler } = this.#node;
    const { interfaceIndex, how } = this.#options;
    if (how()?.identifiers !== 'stable' || origin.collisions >= stableRetries) return;
    addresses.remove(interfaceIndex, address);
    origin.lasting = undefined;
    origin.counter += 1;
    origin.collisions += 1;
    origin.retryAt = scheduler.now() + random() * stableDelay;
    this.#schedule(origin);
  }

  /** Makes a temporary address, unless there is one that lasts; notes when the next one is due. */
  #makeTemporary(origin: Origin, many: boolean): void {
    const { addresses, detections, neighbors, prefixes, scheduler } = this.#node;
    const { interfaceIndex, how } = this.#options;
    const { prefix, temporaryCollisions } = origin;
    origin.regenerateAt = never;
    if (how()?.temporary !== true || prefix === linkLocal || temporaryCollisions > temporaryTiming.retries) return;
    if (prefixes.get(interfaceIndex, prefix)?.isAttached === false) return;
    origin.temporaries = origin.temporaries.filter(({ address }) => addresses.find(interfaceIndex, address));
    const advance = regenerationAdvance(detections.transmits(interfaceIndex), neighbors.retransTimer(interfaceIndex));
    const successorAt = ({ age }: Temporary): number =>
      regenerateAt(temporaryLifetimes(age, origin.lifetimes), advance);
    const youngest = origin.temporaries.at(-1);
    const lasts = youngest !== undefined && successorAt(youngest) > scheduler.now();
    const current = lasts ? youngest : this.#addTemporary(origin, advance, many);
    if (current !== undefined) origin.regenerateAt = successorAt(current);
    this.#schedule(origin);
  }

  #addTemporary(origin: Origin, advance: number, many: boolean): Temporary | undefined {
    if (origin.temporaries.length >= temporaryLimit) return undefined;
    const { addresses, random, scheduler } = this.#node;
    const now = scheduler.now();
    const age = { createdAt: now, desync: drawDesync(random) };
    const lifetimes = temporaryLifetimes(age, origin.lifetimes);
    if (!isWorthwhile(lifetimes, advance, now)) return undefined;
    const { interfaceIndex } = this.#options;
    const isTaken = (address: IpAddress): boolean => addresses.find(interfaceIndex, address) !== undefined;
    const address = temporaryAddress(origin.prefix, random, isTaken);
    if (address === undefined) return undefined;
    const flags = AddressFlag.autoconfigured | AddressFlag.temporary;
    if (!this.#add(address, flags, lifetimes, many)) return undefined;
    const made = { address, age };
    origin.temporaries = [...origin.temporaries, made];
    return made;
  }

  #temporaryTaken(origin: Origin, taken: IpAddress): void {
    this.#node.addresses.remove(this.#options.interfaceIndex, taken);
    origin.temporaries = origin.temporaries.filter(({ address }) => !equalAddress(address, taken));
    origin.temporaryCollisions += 1;
    this.#makeTemporary(origin, false);
  }

  /** Tells whether it could be added. One that someone has given us by hand stays as it is. */
  #add(address: IpAddress, flags: number, lifetimes: Lifetimes, many: boolean): boolean {
    const { addresses, detections } = this.#node;
    const { interfaceIndex, how } = this.#options;
    const present = addresses.find(interfaceIndex, address);
    if (present !== undefined) {
      if (isFromRouter(present)) addresses.setLifetimes(interfaceIndex, address, lifetimes);
      return isFromRouter(present);
    }
    const { optimistic, tentative } = AddressFlag;
    const begins = flags | tentative | (how()?.optimistic === true ? optimistic : 0);
    try {
      addresses.add({ interfaceIndex, address, prefixLength: 64, flags: begins, ...lifetimes });
    } catch {
      return false; // the table is full
    }
    if (many) detections.delay(interfaceIndex, address);
    return true;
  }
}
