import { type Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import { moveToFittingSlab } from '../packet/copy.ts';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import type { PacketPool } from '../packet/pool.ts';
import * as header6 from '../wire/fragment.ts';
import { Counter, type Counters } from './counters.ts';
import { Datagram, describeDatagram, Misfit, offsetOf, type PartialDatagram, reachesTooFar } from './datagram.ts';
import { datagramKeyWords, writeDatagramKey } from './datagram-key.ts';
import { Departures, type Outlet } from './departures.ts';
import { Link, LinkedList } from './linked-list.ts';
import { limitsOf, type ReassemblyOptions } from './reassembly-limits.ts';
import { ReassemblyQuota, type Share } from './reassembly-quota.ts';
import type { Change, Watchable } from './store.ts';
import { WordTable } from './word-table.ts';

/** What reassembly works with. */
export interface ReassemblyParts {
  /** Gives slabs for whole datagrams. */
  readonly pool: PacketPool;
  readonly counters: Counters;
  readonly scheduler: SchedulerLike;
  /** A random number for the hash tables. */
  readonly seed: number;
}

/** A datagram that waits for its other fragments. */
class Waiting {
  readonly datagram = new Datagram();
  /** Its row in the table, and what its source holds. */
  readonly row: number;
  readonly share: Share<Waiting>;
  readonly outlet: Outlet;
  readonly deadline: number;
  /** Its place among all, and among those of its source. */
  readonly age: Link<Waiting> = new Link(this);
  readonly ageInShare: Link<Waiting> = new Link(this);

  constructor(row: number, share: Share<Waiting>, outlet: Outlet, deadline: number) {
    this.row = row;
    this.share = share;
    this.outlet = outlet;
    this.deadline = deadline;
  }
}

/** A datagram that was refused, remembered so that its other fragments are known when they come. */
class Refusal {
  readonly row: number;
  readonly deadline: number;
  readonly age: Link<Refusal> = new Link(this);

  constructor(row: number, deadline: number) {
    this.row = row;
    this.deadline = deadline;
  }
}

/**
 * Fragments of datagrams for this node, held until they are complete, and the rules by which they are refused instead:
 * RFC 8200 §4.5, RFC 5722, RFC 3168 §5.3; for IPv4, RFC 791 §3.2 and RFC 1122 §3.3.2, overlaps as strictly as in IPv6.
 *
 * - Fragments that overlap, or disagree on where the datagram ends or whether it is ECN-capable, take all fragments of
 *   it with them, silently, those to come within the timeout too. An exact duplicate is refused alone.
 * - A datagram that is not complete in time is given up. Its first fragment, if held, leaves as it came, refused with
 *   `reassemblyTimeout`, for which its sender gets a Time Exceeded.
 * - A source (IPv4 address, or IPv6 /64) at its own limit loses its own oldest datagram. At the limit for all, the
 *   oldest datagram of the heaviest source goes, or the oldest of all: see {@link ReassemblyQuota}.
 *
 * What leaves, leaves through the outlet that came with the first fragment to arrive. A held fragment is moved to a slab
 * of its size; a large slab is taken only for the whole.
 *
 * Drops: `reassembledTooLong`, `duplicateFragment`, `fragmentOverlap`, `fragmentBeyondEnd`, `mixedCongestion`,
 * `tooManyFragments`, `refusedDatagram`, `reassemblyLimit`, `reassemblyTimeout`, `reassemblyTimeoutSilent`,
 * `reassemblyStopped`, `noBuffer`, `laneClosed`.
 *
 * @example
 * node.reassembly.changes$.subscribe(({ type, value }) => console.log(type, value.identification, value.fragments));
 * node.reassembly.held; // fragments
 */
export class Reassembly implements Watchable<PartialDatagram> {
  readonly limits: Required<ReassemblyOptions>;
  readonly #pool: PacketPool;
  readonly #counters: Counters;
  readonly #scheduler: SchedulerLike;
  readonly #table: WordTable;
  /** By row of the table. */
  readonly #entries: (Waiting | Refusal | undefined)[] = [];
  readonly #quota: ReassemblyQuota<Waiting>;
  /** Oldest first, so that the first has the next deadline. */
  readonly #waiting = new LinkedList<Waiting>();
  readonly #refusals = new LinkedList<Refusal>();
  readonly #departures = new Departures();
  #held = 0;
  #timer: Subscription | undefined;
  #closed = false;
  readonly #changes = new Subject<Change<PartialDatagram>>();
  readonly changes$: Observable<Change<PartialDatagram>> = this.#changes.asObservable();

  constructor({ pool, counters, scheduler, seed }: ReassemblyParts, options: ReassemblyOptions = {}) {
    this.#pool = pool;
    this.#counters = counters;
    this.#scheduler = scheduler;
    this.limits = limitsOf(options, pool);
    const { datagrams, refusedDatagrams, bytes } = this.limits;
    this.#table = new WordTable({ words: datagramKeyWords, limit: datagrams + refusedDatagrams + 1, seed });
    this.#quota = new ReassemblyQuota({ sources: datagrams, bytes, seed: ~seed });
  }

  /** Fragments that are held. */
  get held(): number {
    return this.#held;
  }

  /** Bytes of the slabs that they hold. */
  get bytes(): number {
    return this.#quota.bytes;
  }

  /** Datagrams in pieces. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Datagrams that were refused and are remembered. */
  get refusals(): number {
    return this.#refusals.length;
  }

  /** Datagrams in pieces, oldest first. */
  *[Symbol.iterator](): Iterator<PartialDatagram> {
    for (const { datagram } of this.#waiting) yield describeDatagram(datagram);
  }

  /**
   * Takes a fragment that carries data: it is held, or leaves, refused or as part of the whole.
   *
   * @param fragment its `upper` is at the Fragment header, for IPv4 at the data
   */
  hold(fragment: Packet, outlet: Outlet): void {
    if (this.#closed) this.#refuse(fragment, Drop.laneClosed, outlet);
    else this.#judge(fragment, outlet);
    this.#departures.emit();
  }

  /** Gives up the datagram of a fragment that was refused: others that are held, and those to come, are refused too. */
  refuseDatagramOf(fragment: Packet, outlet: Outlet): void {
    this.#departures.add(fragment, outlet);
    writeDatagramKey(this.#table.key, fragment);
    const entry = this.#entries[this.#table.find()];
    if (entry instanceof Waiting) this.#giveUp(entry, Drop.refusedDatagram);
    else if (entry === undefined && !this.#closed) this.#remember(this.#table.insert());
    this.#departures.emit();
  }

  /** Refuses what waits for this outlet, as nothing more will come. */
  stop(outlet: Outlet): void {
    for (const entry of this.#waiting) if (entry.outlet === outlet) this.#end(entry, Drop.reassemblyStopped);
    this.#rest();
    this.#departures.emit();
  }

  /** Releases what waits for this outlet, as no one is left to take it. */
  abandon(outlet: Outlet): void {
    for (const entry of this.#waiting) if (entry.outlet === outlet) this.#discard(entry);
    this.#rest();
  }

  /** Releases all packets, cancels the timer, ends `changes$`. */
  close(): void {
    this.#closed = true;
    for (const entry of this.#waiting) this.#discard(entry);
    this.#rest();
    this.#changes.complete();
  }

  #judge(fragment: Packet, outlet: Outlet): void {
    writeDatagramKey(this.#table.key, fragment);
    const known = this.#entries[this.#table.find()];
    if (known instanceof Refusal) return this.#refuse(fragment, Drop.refusedDatagram, outlet);
    const isFirst = offsetOf(fragment) === 0;
    if (reachesTooFar(fragment, isFirst ? fragment : known?.datagram.first)) {
      return this.#refuse(fragment, Drop.reassembledTooLong, outlet);
    }
    const entry = known ?? this.#begin(fragment, outlet);
    if (entry === undefined) return this.#refuse(fragment, Drop.reassemblyLimit, outlet);
    const place = entry.datagram.placeOf(fragment);
    if (place === Misfit.duplicate) return this.#refuse(fragment, Drop.duplicateFragment, outlet);
    const fault = this.#faultOf(entry.datagram, fragment, place);
    if (fault !== Drop.none) {
      this.#giveUp(entry, fault);
      return this.#refuse(fragment, fault, outlet);
    }
    if (isFirst) this.#reviewFor(fragment, entry);
    if (entry.datagram.isCompletedBy(fragment)) this.#complete(entry, fragment, place);
    else this.#keep(entry, fragment, place);
  }

  /** Why the fragment ruins its datagram; `Drop.none` if it does not. */
  #faultOf(datagram: Datagram, fragment: Packet, place: number): number {
    if (place === Misfit.overlap) return Drop.fragmentOverlap;
    if (place === Misfit.beyondEnd) return Drop.fragmentBeyondEnd;
    if (datagram.mixesCongestion(fragment)) return Drop.mixedCongestion;
    return datagram.fragments.length < this.limits.fragmentsPerDatagram ? Drop.none : Drop.tooManyFragments;
  }

  /** The first fragment has come late: do the others leave room for its headers? */
  #reviewFor(first: Packet, { datagram, share, outlet }: Waiting): void {
    for (let place = datagram.fragments.length - 1; place >= 0; place -= 1) {
      const fragment = datagram.fragments[place] as Packet;
      if (!reachesTooFar(fragment, first)) return;
      datagram.removeAt(place);
      this.#held -= 1;
      this.#quota.charge(share, -fragment.bytes.length);
      this.#refuse(fragment, Drop.reassembledTooLong, outlet);
    }
  }

  #keep(entry: Waiting, fragment: Packet, place: number): void {
    const { datagram, share, outlet } = entry;
    const held = moveToFittingSlab(fragment, this.#pool);
    if (!this.#makeRoom(entry, held.bytes.length)) return this.#refuse(held, Drop.reassemblyLimit, outlet);
    datagram.insert(held, place);
    this.#held += 1;
    this.#quota.charge(share, held.bytes.length);
    this.#announce(datagram.fragments.length === 1 ? 'added' : 'updated', datagram);
  }

  #complete(entry: Waiting, last: Packet, place: number): void {
    const { datagram, outlet, row } = entry;
    this.#unlink(entry);
    this.#free(row);
    datagram.insert(last, place);
    const whole = datagram.copyWhole(this.#pool);
    if (whole === undefined) return this.#dismiss(entry, Drop.noBuffer);
    this.#counters.add(whole.inInterface, whole.family, Counter.reasmOKs);
    this.#counters.merged(datagram.fragments.length - 1);
    for (const fragment of datagram.fragments) fragment.release();
    this.#departures.add(whole, outlet);
  }

  /** A place for one more datagram; undefined when the limits allow none at all. */
  #begin(fragment: Packet, outlet: Outlet): Waiting | undefined {
    const { datagrams, datagramsPerSource, timeout } = this.limits;
    if (datagrams === 0 || datagramsPerSource === 0) return undefined;
    const own = this.#quota.find(fragment)?.datagrams;
    if (own !== undefined && own.length >= datagramsPerSource) this.#evict(own.first);
    if (this.#waiting.length >= datagrams) this.#evict(this.#quota.oldestOfHeaviest ?? this.#waiting.first);
    writeDatagramKey(this.#table.key, fragment);
    const row = this.#table.insert();
    const entry = new Waiting(row, this.#quota.shareOf(fragment), outlet, this.#scheduler.now() + timeout);
    this.#entries[row] = entry;
    this.#waiting.append(entry.age);
    entry.share.datagrams.append(entry.ageInShare);
    this.#arm();
    return entry;
  }

  /** Makes room for `bytes` more; false when that took the datagram itself. */
  #makeRoom(entry: Waiting, bytes: number): boolean {
    const { row, share } = entry;
    const { bytesPerSource, bytes: limit } = this.limits;
    while (share.bytes + bytes > bytesPerSource && this.#entries[row] === entry) this.#evict(share.datagrams.first);
    while (this.#quota.bytes + bytes > limit && this.#entries[row] === entry) {
      this.#evict(this.#quota.oldestOfHeaviest ?? this.#waiting.first);
    }
    return this.#entries[row] === entry;
  }

  #evict(entry: Waiting | undefined): void {
    if (entry !== undefined) this.#end(entry, Drop.reassemblyLimit);
  }

  /** Refuses all fragments of a datagram and remembers it for those to come. */
  #giveUp(entry: Waiting, drop: number): void {
    this.#unlink(entry);
    this.#dismiss(entry, drop);
    this.#remember(entry.row);
  }

  /** Refuses all fragments of a datagram and forgets it. */
  #end(entry: Waiting, drop: number): void {
    this.#unlink(entry);
    this.#dismiss(entry, drop);
    this.#free(entry.row);
  }

  /** Releases all fragments of a datagram and forgets it. */
  #discard(entry: Waiting): void {
    this.#unlink(entry);
    for (const fragment of entry.datagram.fragments) fragment.release();
    this.#free(entry.row);
  }

  #unlink({ datagram, share, age, ageInShare }: Waiting): void {
    this.#announce('removed', datagram);
    this.#waiting.remove(age);
    this.#held -= datagram.fragments.length;
    for (const fragment of datagram.fragments) this.#quota.charge(share, -fragment.bytes.length);
    this.#quota.leave(share, ageInShare);
  }

  #dismiss({ datagram, outlet }: Waiting, drop: number): void {
    for (const fragment of datagram.fragments) this.#refuse(fragment, drop, outlet);
  }

  #remember(row: number): void {
    const { refusedDatagrams, timeout } = this.limits;
    const refusal = new Refusal(row, this.#scheduler.now() + timeout);
    this.#entries[row] = refusal;
    this.#refusals.append(refusal.age);
    if (this.#refusals.length > refusedDatagrams) this.#forget(this.#refusals.first as Refusal);
    this.#arm();
  }

  #forget({ age, row }: Refusal): void {
    this.#refusals.remove(age);
    this.#free(row);
  }

  #free(row: number): void {
    this.#entries[row] = undefined;
    this.#table.removeRow(row);
  }

  #refuse(fragment: Packet, drop: number, outlet: Outlet): void {
    fragment.refuse(drop, drop === Drop.reassembledTooLong ? offsetPointer(fragment) : 0);
    this.#departures.add(fragment, outlet);
  }

  /** One timer for all: the oldest datagram has the next deadline. */
  #arm(): void {
    const next = Math.min(
      this.#waiting.first?.deadline ?? Number.POSITIVE_INFINITY,
      this.#refusals.first?.deadline ?? Number.POSITIVE_INFINITY,
    );
    if (this.#timer !== undefined || next === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#scheduler.schedule(() => this.#expire(), Math.max(0, next - this.#scheduler.now()));
  }

  #expire(): void {
    this.#timer = undefined;
    const now = this.#scheduler.now();
    for (const entry of this.#waiting) {
      if (entry.deadline > now) break;
      entry.datagram.first?.refuse(Drop.reassemblyTimeout);
      this.#end(entry, Drop.reassemblyTimeoutSilent);
    }
    for (const refusal of this.#refusals) {
      if (refusal.deadline > now) break;
      this.#forget(refusal);
    }
    this.#arm();
    this.#departures.emit();
  }

  /** With nothing left that waits, refusals alone are not worth a timer. */
  #rest(): void {
    if (this.#waiting.length > 0) return;
    for (const refusal of this.#refusals) this.#forget(refusal);
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #announce(type: Change<PartialDatagram>['type'], datagram: Datagram): void {
    if (this.#changes.observed && datagram.fragments.length > 0)
      this.#changes.next({ type, value: describeDatagram(datagram) });
  }
}

/** For a Parameter Problem: where the fragment offset lies. */
const offsetPointer = ({ upper, start }: Packet): number => upper + header6.offsets.fragmentOffset - start;
