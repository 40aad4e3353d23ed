import { type Observable, type SchedulerLike, Subject } from 'rxjs';
import type { Crypto } from '../crypto/index.ts';
import { equalAddress, type IpAddress, writeAddress } from '../wire/address.ts';
import { type AcquireOptions, Acquires, acquireDefaults } from './sadb/acquires.ts';
import { arm, disarm } from './sadb/arm.ts';
import { Association, destinationAt, Mode, type SecurityAssociation } from './sadb/association.ts';
import { type Lifetime, timeLeft, Usage } from './sadb/lifetime.ts';
import {
  type AssociationKey,
  type AssociationMode,
  type AssociationSpec,
  associationName,
  type SecurityProtocol,
  securityProtocols,
  specProblem,
} from './sadb/spec.ts';
import { epochMask, makeTables, rowBits, rowMask, type Tables, writePairKey, writeSpiKey } from './sadb/tables.ts';
import {
  AssociationAction,
  type AssociationEvent,
  AssociationState,
  associationStateAfter,
  associationTransition,
  isLarval,
  isUsable,
} from './sadb/transition.ts';
import type { Change, Watchable } from './store.ts';

export interface SadbOptions extends AcquireOptions {
  /** Most associations. Default 16,384. */
  readonly associations?: number;
  /** Milliseconds that an association without keys waits for them. Default 30,000, KAME's larval lifetime. */
  readonly larvalLifetime?: number;
}

export const sadbDefaults: Required<SadbOptions> = {
  ...acquireDefaults,
  associations: 16_384,
  larvalLifetime: 30_000,
};

/** What is missing between two ends. */
export interface Wanted {
  readonly protocol: SecurityProtocol;
  readonly mode: AssociationMode;
  readonly reqid: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** What PF_KEY tells whoever negotiates keys (RFC 2367 §3.1.6, §3.1.8). */
export type KeyEvent =
  | { readonly type: 'acquire'; readonly wanted: Wanted }
  | { readonly type: 'expire'; readonly hard: boolean; readonly association: SecurityAssociation };

/** An association that is given an SPI now and keys later, as SADB_GETSPI does. */
export type LarvalSpec = Pick<AssociationSpec, 'protocol' | 'source' | 'destination' | 'mode' | 'reqid'>;

/** SPIs that are given: KAME's range; CPIs have 16 bits (RFC 3173 §3.3). */
const spiRange = { from: 0x100, to: 0x0fffffff, toCpi: 0xefff } as const;
const spiTries = 1_000;

/** On an association's number in a packet: it was a tunnel, and this is the packet inside. */
export const tunnelBit = 1 << 30;

/**
 * The security associations (RFC 4301 §4.4.2): found by SPI, destination and protocol for what comes in, and by both
 * ends for what goes out. They live, expire and die as `sadb/transition.ts` says.
 *
 * Keys lie in the contexts of `src/crypto`, are zeroed when the association dies, and are never shown.
 *
 * @example
 * const sadb = new Sadb({ crypto: createCrypto(), scheduler, random });
 * sadb.keyEvents$.subscribe((event) => console.log(event.type));
 * sadb.add({
 *   protocol: 'esp', spi: 0x1000, source: a, destination: b,
 *   encryption: { algorithm: 'aes-gcm-16', key }, hard: { seconds: 3600, bytes: 2 ** 36 },
 * });
 */
export class Sadb implements Watchable<SecurityAssociation> {
  readonly options: Required<SadbOptions>;
  /** Rises whenever another association may be the one to use. */
  generation = 1;
  /** Associations that are wrapped in UDP: while there are none, no UDP packet is looked at. */
  encapsulated = 0;
  #size = 0;
  readonly #crypto: Crypto;
  readonly #scheduler: SchedulerLike;
  readonly #random: () => number;
  #tables: Tables | undefined;
  #acquires: Acquires | undefined;
  readonly #changes = new Subject<Change<SecurityAssociation>>();
  readonly changes$: Observable<Change<SecurityAssociation>> = this.#changes.asObservable();
  readonly #keyEvents = new Subject<KeyEvent>();
  readonly keyEvents$: Observable<KeyEvent> = this.#keyEvents.asObservable();

  constructor(
    needs: { readonly crypto: Crypto; readonly scheduler: SchedulerLike; readonly random: () => number },
    options: SadbOptions = {},
  ) {
    this.options = { ...sadbDefaults, ...options };
    this.#crypto = needs.crypto;
    this.#scheduler = needs.scheduler;
    this.#random = needs.random;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Adds an association with its keys, or gives them to the larval one that waits for them.
   *
   * @throws RangeError when it is malformed, exists already, or there are too many; with no key in it
   */
  add(spec: AssociationSpec): SecurityAssociation {
    const name = associationName(spec);
    const problem = specProblem(spec);
    if (problem !== undefined) throw new RangeError(`umigame: ${name}: ${problem}`);
    const before = this.#find(spec);
    if (before !== undefined && !isLarval(before.state)) {
      throw new RangeError(`umigame: ${name} exists already`);
    }
    const prepared = new Association(this.#nextId(name, before), spec, this.#now());
    arm(this.#crypto, prepared, spec);
    if (before !== undefined) this.#unlink(before);
    this.#link(prepared);
    prepared.state = associationStateAfter(associationTransition(AssociationState.larval, 'keys'));
    this.generation += 1;
    this.#setLimits(prepared);
    const value = prepared.describe();
    this.#changes.next({ type: before === undefined ? 'added' : 'updated', value });
    return value;
  }

  /** What is wrong with an association, its algorithms and keys, too; undefined if it can be added. No key is in it. */
  problemOf(spec: AssociationSpec): string | undefined {
    const problem = specProblem(spec);
    if (problem !== undefined) return `${associationName(spec)}: ${problem}`;
    const trial = new Association(0, spec, 0);
    try {
      arm(this.#crypto, trial, spec);
    } catch (error) {
      if (error instanceof RangeError) return error.message.replace(/^umigame: /, '');
      throw error;
    } finally {
      disarm(trial);
    }
    return undefined;
  }

  /**
   * Reserves an SPI for an association whose keys are still being negotiated.
   *
   * @throws RangeError when there are too many, or no free SPI was found
   */
  allocate(spec: LarvalSpec): SecurityAssociation {
    const { protocol } = spec;
    const to = protocol === 'ipcomp' ? spiRange.toCpi : spiRange.to;
    for (let i = 0; i < spiTries; i += 1) {
      const spi = spiRange.from + Math.floor(this.#random() * (to - spiRange.from + 1));
      const key = { ...spec, spi };
      if (this.#find(key) !== undefined) continue;
      const association = new Association(this.#nextId(associationName(key)), key, this.#now());
      this.#link(association);
      this.#ensure().deadlines.set(association.id & rowMask, this.options.larvalLifetime);
      const value = association.describe();
      this.#changes.next({ type: 'added', value });
      return value;
    }
    throw new RangeError(`umigame: no free SPI of ${protocol} was found`);
  }

  /** Deletes an association; false if there is none. */
  delete(key: AssociationKey): boolean {
    const association = this.#find(key);
    if (association === undefined) return false;
    this.#happen(association, 'remove');
    return true;
  }

  /** Deletes all associations of a protocol between two ends; returns how many there were. */
  deleteBetween(protocol: SecurityProtocol, source: IpAddress, destination: IpAddress): number {
    return this.#deleteWhere(
      ({ spec }) =>
        spec.protocol === protocol && equalAddress(spec.source, source) && equalAddress(spec.destination, destination),
    );
  }

  /** Deletes all associations, or all of a protocol; returns how many there were. */
  flush(protocol?: SecurityProtocol): number {
    return this.#deleteWhere(({ spec }) => protocol === undefined || spec.protocol === protocol);
  }

  get(key: AssociationKey): SecurityAssociation | undefined {
    return this.#find(key)?.describe();
  }

  /** All of them, oldest row first. */
  list(): readonly SecurityAssociation[] {
    return this.#all().map((association) => association.describe());
  }

  /** The association that a packet names (RFC 4301 §4.1): a larval one, too. Allocates nothing. */
  lookup(protocol: number, spi: number, family: number, view: DataView, at: number): Association | undefined {
    const tables = this.#tables;
    if (tables === undefined || this.#size === 0) return undefined;
    writeSpiKey(tables.bySpi.key, protocol, spi, family, view, at);
    return tables.byRow[tables.bySpi.find()];
  }

  /** Does an association send UDP from this port, so that its peer sends there? */
  wrapsAt(port: number): boolean {
    return this.#all().some(({ sourcePort }) => sourcePort === port);
  }

  /**
   * The association whose number a packet carries, with or without {@link tunnelBit}. It may be dead by now, as one is
   * whose lifetime ended with that packet.
   */
  at(id: number): Association | undefined {
    const association = this.#tables?.last[id & rowMask];
    return association?.id === (id & ~tunnelBit) ? association : undefined;
  }

  /**
   * The association to send by from one end to another: the newest mature one, or else the newest dying one. So a peer
   * that has begun anew is not spoken to with keys that it forgot (KAME's `preferred_oldsa` 0).
   *
   * @param reqid 0 for any
   */
  select(
    protocol: number,
    mode: number,
    reqid: number,
    family: number,
    view: DataView,
    sourceAt: number,
    targetAt: number,
  ): Association | undefined {
    const tables = this.#tables;
    if (tables === undefined || this.#size === 0) return undefined;
    writePairKey(tables.byPair.key, protocol, family, view, sourceAt, targetAt);
    let dying: Association | undefined;
    for (let each = tables.newest[tables.byPair.find()]; each !== undefined; each = each.older) {
      if (each.mode !== Mode.any && each.mode !== mode) continue;
      if (reqid !== 0 && each.reqid !== reqid) continue;
      if (each.state === AssociationState.mature) return each;
      if (each.state === AssociationState.dying) dying ??= each;
    }
    return dying;
  }

  /** Counts a packet that an association has protected, and ends the lifetimes that this uses up. */
  used(association: Association, bytes: number): void {
    const { usage, limits } = association;
    usage[Usage.bytes] = (usage[Usage.bytes] as number) + bytes;
    usage[Usage.packets] = (usage[Usage.packets] as number) + 1;
    if (association.firstUsed === undefined) this.#useFirst(association);
    if ((usage[0] as number) >= (limits[0] as number) || (usage[1] as number) >= (limits[1] as number)) {
      this.#reach(association);
    }
  }

  /** The association has used up its sequence numbers: no packet may follow. */
  exhaust(association: Association): void {
    this.#happen(association, 'exhausted');
  }

  /** Asks whoever negotiates keys for an association, unless that has been asked for lately. */
  acquire(wanted: Wanted): void {
    this.#acquires ??= new Acquires({ scheduler: this.#scheduler, seed: this.#seed() }, this.options);
    const { key } = this.#acquires;
    const { source, destination, mode, protocol, reqid } = wanted;
    key[0] = (securityProtocols[protocol] << 8) | (Mode[mode] << 4) | source.family;
    key[1] = reqid;
    key.set([source.w0, source.w1, source.w2, source.w3], 2);
    key.set([destination.w0, destination.w1, destination.w2, destination.w3], 6);
    if (this.#acquires.ask()) this.#keyEvents.next({ type: 'acquire', wanted });
  }

  /** Zeroes all keys and ends the streams. */
  close(): void {
    for (const association of this.#all()) disarm(association);
    this.#tables?.deadlines.close();
    this.#acquires?.close();
    this.#changes.complete();
    this.#keyEvents.complete();
  }

  #now(): number {
    return this.#scheduler.now();
  }

  #seed(): number {
    return Math.floor(this.#random() * 0x100000000);
  }

  #ensure(): Tables {
    this.#tables ??= makeTables({
      limit: this.options.associations,
      scheduler: this.#scheduler,
      seed: () => this.#seed(),
      expire: (association) => this.#timeOut(association),
    });
    return this.#tables;
  }

  #all(): Association[] {
    return (this.#tables?.byRow ?? []).filter((each) => each !== undefined);
  }

  #find({ protocol, spi, destination }: AssociationKey): Association | undefined {
    const scratch = new DataView(new ArrayBuffer(16));
    writeAddress(scratch, 0, destination);
    return this.lookup(securityProtocols[protocol], spi, destination.family, scratch, 0);
  }

  /** A number for an association: the row that {@link #link} will take, and how many had it before. */
  #nextId(name: string, before?: Association): number {
    const { bySpi, epochs } = this.#ensure();
    const row = before === undefined ? bySpi.nextRow : before.id & rowMask;
    if (row === 0) throw new RangeError(`umigame: ${name}: no more than ${bySpi.limit} security associations`);
    const epoch = ((epochs[row] as number) + 1) & epochMask;
    epochs[row] = epoch;
    return (epoch << rowBits) | row;
  }

  #link(association: Association): void {
    const { bySpi, byPair, newest, byRow, last } = this.#ensure();
    const { protocol, spi, family, endpoints } = association;
    const row = association.id & rowMask;
    writeSpiKey(bySpi.key, protocol, spi, family, endpoints, destinationAt);
    bySpi.insert();
    byRow[row] = association;
    last[row] = association;
    writePairKey(byPair.key, protocol, family, endpoints, 0, destinationAt);
    const pair = byPair.insert();
    association.older = newest[pair];
    newest[pair] = association;
    this.#size += 1;
    if (association.destinationPort !== 0) this.encapsulated += 1;
  }

  #unlink(association: Association): void {
    const { bySpi, byPair, newest, byRow, deadlines } = this.#ensure();
    const { protocol, family, endpoints } = association;
    const row = association.id & rowMask;
    deadlines.clear(row);
    bySpi.removeRow(row);
    byRow[row] = undefined;
    writePairKey(byPair.key, protocol, family, endpoints, 0, destinationAt);
    const pair = byPair.find();
    if (newest[pair] === association) newest[pair] = association.older;
    else {
      let each = newest[pair];
      while (each !== undefined && each.older !== association) each = each.older;
      if (each !== undefined) each.older = association.older;
    }
    if (newest[pair] === undefined) byPair.remove();
    this.#size -= 1;
    if (association.destinationPort !== 0) this.encapsulated -= 1;
  }

  #deleteWhere(isMeant: (association: Association) => boolean): number {
    const meant = this.#all().filter(isMeant);
    for (const association of meant) this.#happen(association, 'remove');
    return meant.length;
  }

  #happen(association: Association, event: AssociationEvent): void {
    const before = association.state;
    const result = associationTransition(before, event);
    association.state = associationStateAfter(result);
    if (association.state === before) return;
    this.generation += 1;
    const forgotten = (result & AssociationAction.forget) !== 0;
    if (forgotten) {
      this.#unlink(association);
      disarm(association);
    }
    const value = association.describe();
    if ((result & AssociationAction.tell) !== 0) {
      this.#keyEvents.next({ type: 'expire', hard: event !== 'softExpiry', association: value });
    }
    this.#changes.next({ type: forgotten ? 'removed' : 'updated', value });
  }

  #useFirst(association: Association): void {
    association.firstUsed = this.#now();
    const { soft, hard } = association.spec;
    if (soft?.secondsInUse !== undefined || hard?.secondsInUse !== undefined) this.#setLimits(association);
  }

  /** Sets the timer and the counts at which the next lifetime ends. */
  #setLimits(association: Association): void {
    const { spec, state, added, firstUsed, limits } = association;
    const row = association.id & rowMask;
    if (!isUsable(state)) return;
    const soft = state === AssociationState.mature ? spec.soft : undefined;
    const least = (name: 'bytes' | 'packets'): number =>
      Math.min(soft?.[name] ?? Number.POSITIVE_INFINITY, spec.hard?.[name] ?? Number.POSITIVE_INFINITY);
    limits[0] = least('bytes');
    limits[1] = least('packets');
    const now = this.#now();
    const left = Math.min(timeLeft(soft, now, added, firstUsed), timeLeft(spec.hard, now, added, firstUsed));
    if (left < Number.POSITIVE_INFINITY) this.#ensure().deadlines.set(row, left);
    else this.#ensure().deadlines.clear(row);
  }

  /** A lifetime has been used up: which? */
  #reach(association: Association): void {
    const has = (lifetime: Lifetime | undefined): boolean =>
      (lifetime?.bytes !== undefined && (association.usage[Usage.bytes] as number) >= lifetime.bytes) ||
      (lifetime?.packets !== undefined && (association.usage[Usage.packets] as number) >= lifetime.packets);
    this.#end(association, has(association.spec.hard));
  }

  #timeOut(association: Association): void {
    const { spec, added, firstUsed, state } = association;
    if (isLarval(state)) return this.#happen(association, 'hardExpiry');
    const now = this.#now();
    if (timeLeft(spec.hard, now, added, firstUsed) <= 0) this.#end(association, true);
    else if (timeLeft(spec.soft, now, added, firstUsed) <= 0) this.#end(association, false);
    else this.#setLimits(association); // the clock was set back meanwhile
  }

  #end(association: Association, hard: boolean): void {
    this.#happen(association, hard ? 'hardExpiry' : 'softExpiry');
    if (!hard) this.#setLimits(association);
  }
}
