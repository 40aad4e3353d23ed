import { type Observable, Subject } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import type { IpAddress } from '../wire/address-value.ts';
import type { LinkLayerAddress } from '../wire/ethernet.ts';
import { Deadlines } from './deadlines.ts';
import type { HeardAdvertisement, Neighbor, NeighborLine, NeighborParts, Reachability } from './neighbor.ts';
import { type NeighborOptions, neighborDefaults } from './neighbor-options.ts';
import { NeighborQueues } from './neighbor-queues.ts';
import { NeighborRoom, Room } from './neighbor-room.ts';
import { NeighborFlag, NeighborTable } from './neighbor-table.ts';
import { NeighborTimers } from './neighbor-timers.ts';
import {
  NeighborAction as Action,
  advertisement,
  NeighborEvent as Event,
  Heard,
  information,
  isUsable,
  type NeighborStateName,
  type NeighborTransitionConfig,
  neighborStates,
  NeighborState as State,
  stateAfter,
  transition,
} from './neighbor-transition.ts';
import type { Change, Watchable } from './store.ts';
import { TokenBuckets } from './token-bucket.ts';
import { WatchedNeighbors } from './watched-neighbors.ts';

/**
 * The neighbor cache (RFC 4861 §5.1, §7; RFC 7048; RFC 6583): who has which link-layer address on which link, and
 * whether it can be reached. IPv4 neighbors, found by ARP, live in it too. `transition` says what becomes of an entry;
 * this store has the entries, their timers and the packets that wait for them.
 *
 * Bounded in every way: neighbors in all and per interface; those that are looked for, and new ones a second; packets
 * that wait for one neighbor, and for all. When an interface is full, incomplete entries are evicted first, then
 * unreachable ones, then stale ones, oldest first, then those being verified; never a router, a reachable neighbor or a
 * static entry. So who scans a prefix takes the room of those who scanned it before, and the rate limit keeps them few.
 *
 * Drops: `addressUnreachable`, `neighborQueueFull`, `neighborLimit`, `resolutionLimit`, `noInterface`,
 * `resolutionStopped`, `laneClosed`.
 *
 * @example
 * node.neighbors.changes$.subscribe(({ type, value }) => console.log(type, formatAddress(value.address), value.state));
 * node.neighbors.get(tap.index, parseAddress('fe80::2')!)?.state; // 'reachable'
 */
export class Neighbors implements Watchable<Neighbor> {
  readonly options: Required<NeighborOptions>;
  /** What the packet path reads. */
  readonly table: NeighborTable;
  readonly #config: NeighborTransitionConfig;
  readonly #timers: NeighborTimers;
  readonly #deadlines: Deadlines;
  readonly #room: NeighborRoom;
  readonly #queues: NeighborQueues;
  readonly #resolutions: TokenBuckets;
  #line: NeighborLine | undefined;
  #closed = false;
  readonly #changes = new Subject<Change<Neighbor>>();
  readonly changes$: Observable<Change<Neighbor>> = this.#changes.asObservable();
  readonly #watched: WatchedNeighbors;
  readonly #reachability = new Subject<Reachability>();
  /** What becomes of watched neighbors, and of them alone: a scan of a prefix is not seen here, and costs nothing. */
  readonly reachability$: Observable<Reachability> = this.#reachability.asObservable();

  constructor({ pool, scheduler, random, interfaceLimit }: NeighborParts, given: NeighborOptions = {}) {
    const options = { ...neighborDefaults, ...given };
    const { limit, resolutionRate: rate, resolutionBurst: burst, unreachableSolicitations, learning } = options;
    this.options = options;
    this.table = new NeighborTable({ limit, seed: Math.floor(random() * 0x100000000) });
    this.#config = { patient: unreachableSolicitations > 0, learning };
    this.#timers = new NeighborTimers(options, interfaceLimit, random);
    this.#deadlines = new Deadlines({ limit, scheduler, expire: (row) => this.#expire(row) });
    this.#room = new NeighborRoom(options, interfaceLimit);
    this.#queues = new NeighborQueues(pool, options);
    this.#watched = new WatchedNeighbors({ limit: options.watched, seed: Math.floor(random() * 0x100000000) });
    this.#resolutions = new TokenBuckets({ count: interfaceLimit + 1, rate, burst });
  }

  /** Neighbors of all interfaces. */
  get size(): number {
    return this.table.size;
  }

  /** Packets that wait. */
  get held(): number {
    return this.#queues.size;
  }

  /** Neighbors of an interface. */
  count(interfaceIndex: number): number {
    return this.#room.count(interfaceIndex);
  }

  get(interfaceIndex: number, address: IpAddress): Neighbor | undefined {
    const row = this.table.findAddress(interfaceIndex, address);
    return row === 0 ? undefined : this.#describe(row);
  }

  /** All neighbors, or those of one interface, in no order. */
  list(interfaceIndex?: number): readonly Neighbor[] {
    return this.#rows(interfaceIndex).map((row) => this.#describe(row));
  }

  /**
   * Lets a line send for the cache: it takes the packets that were held with {@link hold}, and asks neighbors. There
   * can be one at a time.
   *
   * @returns takes it away again: packets that wait are refused as `resolutionStopped`, and emitted
   * @throws when there is one
   */
  attach(line: NeighborLine): () => void {
    if (this.#line !== undefined) throw new Error('umigame: another line resolves the neighbors of this node already');
    this.#line = line;
    this.#queues.outlet = line.emit;
    return () => {
      if (this.#line !== line) return;
      for (const row of this.#rows()) if (this.#is(row, State.incomplete)) this.#remove(row, Drop.resolutionStopped);
      this.#queues.emit();
      this.#line = undefined;
      this.#queues.outlet = undefined;
    };
  }

  /**
   * A packet is about to be sent to the neighbor in this row, which has a link-layer address: whoever was not heard of
   * for a while is verified. Reachable neighbors need no such call.
   */
  use(row: number): void {
    const { state, flags } = this.table;
    if (state[row] === State.stale) this.#apply(row, Event.packetToSend);
    else if (state[row] === State.unreachable) flags[row] = (flags[row] as number) | NeighborFlag.used;
  }

  /**
   * Takes a packet for a neighbor without a link-layer address: it waits, or is refused and emitted.
   *
   * @param row of the neighbor, incomplete; 0 if it is absent: then its key is in the table
   */
  hold(packet: Packet, row: number): void {
    const awaited = row === 0 ? this.#begin(packet) : row;
    if (awaited !== 0) this.#queues.add(awaited, packet);
    // What is asked may be answered at once: the packet must wait by then.
    if (awaited !== 0 && row === 0) this.#solicit(awaited, false);
    this.#queues.emit();
  }

  /** What a Neighbor Advertisement or ARP reply says of its target. */
  hearAdvertisement(interfaceIndex: number, address: IpAddress, heard: HeardAdvertisement): void {
    const { linkLayerAddress, solicited, override, isRouter } = heard;
    const row = this.table.findAddress(interfaceIndex, address);
    const event = advertisement(this.#compare(row, linkLayerAddress), solicited, override);
    this.#hear(row, interfaceIndex, event, linkLayerAddress, isRouter);
  }

  /**
   * What a Neighbor or Router Solicitation, a Router Advertisement, a Redirect or an ARP request says of its sender
   * (Redirect: of its target).
   *
   * @param isRouter if the message tells: true for a Router Advertisement, false for a Router Solicitation (RFC 4861
   * appendix D); otherwise undefined, and a new entry is a host's
   */
  hearInformation(
    interfaceIndex: number,
    address: IpAddress,
    linkLayerAddress: LinkLayerAddress | undefined,
    isRouter?: boolean,
  ): void {
    const row = this.table.findAddress(interfaceIndex, address);
    const event = information(this.#compare(row, linkLayerAddress));
    this.#hear(row, interfaceIndex, event, linkLayerAddress, isRouter);
  }

  /** An upper layer has heard from beyond the neighbor: packets reach it (RFC 4861 §7.3.1). */
  confirm(interfaceIndex: number, address: IpAddress): void {
    const row = this.table.findAddress(interfaceIndex, address);
    if (row !== 0) this.#apply(row, Event.confirmation);
  }

  /**
   * Writes an entry that stays until it is removed.
   *
   * @returns false when there is no room among others that stay
   */
  addStatic(interfaceIndex: number, address: IpAddress, linkLayerAddress: LinkLayerAddress): boolean {
    const known = this.table.findAddress(interfaceIndex, address);
    const row = known === 0 && !this.#closed ? this.#insert(interfaceIndex, false) : known;
    if (row !== 0) {
      this.table.flags[row] = (this.table.flags[row] as number) | NeighborFlag.static;
      this.#record(row, linkLayerAddress);
      const before = this.table.state[row] as State;
      this.#enter(row, State.reachable);
      this.#deadlines.clear(row);
      this.#announce(known === 0 ? 'added' : 'updated', row);
      if (!isUsable(before)) this.#tell(row, true);
      this.#queues.release(row);
    }
    this.#queues.emit();
    return row !== 0;
  }

  /** Forgets a neighbor; packets that wait for it are refused as unreachable. */
  remove(interfaceIndex: number, address: IpAddress): boolean {
    const row = this.table.findAddress(interfaceIndex, address);
    if (row === 0) return false;
    this.#remove(row, Drop.addressUnreachable);
    this.#queues.emit();
    return true;
  }

  /** Forgets all neighbors of an interface, static ones too: its link is gone. */
  flush(interfaceIndex: number): void {
    if (this.count(interfaceIndex) === 0) return;
    for (const row of this.#rows(interfaceIndex)) this.#remove(row, Drop.noInterface);
    this.#queues.emit();
  }

  /**
   * Takes the BaseReachableTime and RetransTimer that a router advertises for a link, in milliseconds; 0 changes
   * nothing (RFC 4861 §6.3.4).
   */
  configure(interfaceIndex: number, times: { readonly reachableTime?: number; readonly retransTimer?: number }): void {
    this.#timers.configure(interfaceIndex, times.reachableTime ?? 0, times.retransTimer ?? 0);
  }

  /** RetransTimer of a link, for others who solicit. */
  retransTimer(interfaceIndex: number): number {
    return this.#timers.retransTimer(interfaceIndex);
  }

  /**
   * Lets {@link reachability$} tell of a neighbor, whether it is in the cache or not; as often as it is watched it must
   * be unwatched.
   *
   * @returns false when there are too many
   */
  watch(interfaceIndex: number, address: IpAddress): boolean {
    const { flags } = this.table;
    const row = this.table.findAddress(interfaceIndex, address);
    if (!this.#watched.add(this.table.key)) return false;
    if (row !== 0) flags[row] = (flags[row] as number) | NeighborFlag.watched;
    return true;
  }

  unwatch(interfaceIndex: number, address: IpAddress): void {
    const { flags } = this.table;
    const row = this.table.findAddress(interfaceIndex, address);
    if (this.#watched.remove(this.table.key) && row !== 0) {
      flags[row] = (flags[row] as number) & ~NeighborFlag.watched;
    }
  }

  /** Is it in the cache, above incomplete, and has it not failed to answer? */
  isReachable(interfaceIndex: number, address: IpAddress): boolean {
    return isUsable(this.table.state[this.table.findAddress(interfaceIndex, address)] as State);
  }

  /** Forgets everything silently: cancels the timers, releases the packets that wait, ends `changes$`. */
  close(): void {
    this.#closed = true;
    this.#changes.complete();
    this.#reachability.complete();
    this.#queues.outlet = undefined;
    for (const row of this.#rows()) this.#remove(row, Drop.laneClosed);
    this.#deadlines.close();
  }

  #is(row: number, state: State): boolean {
    return this.table.state[row] === state;
  }

  #rows(interfaceIndex?: number): number[] {
    const rows: number[] = [];
    for (let row = 1; row <= this.table.limit && rows.length < this.size; row += 1) {
      if (this.#is(row, State.absent)) continue;
      if (interfaceIndex === undefined || this.table.interfaceOf(row) === interfaceIndex) rows.push(row);
    }
    return rows;
  }

  #compare(row: number, heard: LinkLayerAddress | undefined): Heard {
    if (heard === undefined) return Heard.nothing;
    const { state, linkLayerHigh, linkLayerLow } = this.table;
    if (state[row] === State.absent || state[row] === State.incomplete) return Heard.different;
    return linkLayerHigh[row] === heard.high && linkLayerLow[row] === heard.low ? Heard.same : Heard.different;
  }

  /** Applies what was heard, to a new entry if the transition asks for one. The key is in the table. */
  #hear(
    known: number,
    interfaceIndex: number,
    event: number,
    linkLayerAddress: LinkLayerAddress | undefined,
    isRouter: boolean | undefined,
  ): void {
    const isNew = known === 0 && (transition(State.absent, event, this.#config) & Action.create) !== 0;
    const row = isNew && !this.#closed ? this.#insert(interfaceIndex, false) : known;
    if (row !== 0) this.#apply(row, event, linkLayerAddress, isRouter);
    if (row !== 0 && isRouter === true && this.#is(row, State.unreachable)) this.#hasten(row);
    this.#queues.emit();
  }

  #apply(row: number, event: number, linkLayerAddress?: LinkLayerAddress, isRouter?: boolean): void {
    const { state, flags, solicitations } = this.table;
    if (((flags[row] as number) & NeighborFlag.static) !== 0) return;
    const before = state[row] as State;
    const result = transition(before, event, this.#config);
    const does = (action: number): boolean => (result & action) !== 0;
    if (does(Action.remove)) return this.#remove(row, Drop.addressUnreachable);
    const after = stateAfter(result);
    const solicits = does(Action.solicit | Action.solicitAll);
    if (does(Action.record) && linkLayerAddress !== undefined) this.#record(row, linkLayerAddress);
    const turns = does(Action.updateRouter) && isRouter !== undefined && this.#turn(row, isRouter);
    if (after !== before) this.#enter(row, after);
    if (solicits) solicitations[row] = (solicitations[row] as number) + 1;
    if (does(Action.startTimer)) this.#startTimer(row);
    if (before === State.absent) this.#announce('added', row);
    else if (after !== before || turns || does(Action.record)) this.#announce('updated', row);
    if (turns || isUsable(after) !== isUsable(before)) {
      this.#tell(row, isUsable(after), does(Action.updateRouter) ? isRouter : undefined);
    }
    if (does(Action.release)) this.#queues.release(row);
    if (solicits) this.#solicit(row, does(Action.solicit));
  }

  /**
   * A router that was given up speaks, perhaps because we have come back to its link: it is asked within RetransTimer,
   * however long it was to be left alone (RFC 7048 §3). That it speaks is no proof that it hears us.
   */
  #hasten(row: number): void {
    const { flags, solicitations } = this.table;
    const patience = this.#timers.retransTimer(this.table.interfaceOf(row));
    flags[row] = (flags[row] as number) | NeighborFlag.used;
    solicitations[row] = 0;
    if ((this.#deadlines.remaining(row) ?? 0) > patience) this.#deadlines.set(row, patience);
  }

  #expire(row: number): void {
    const { flags, state } = this.table;
    const { router, used } = NeighborFlag;
    const before = state[row] as State;
    if (before === State.stale && ((flags[row] as number) & router) !== 0) return this.#startTimer(row);
    const event = this.#isLast(row, before) ? Event.lastTimeout : Event.timeout;
    flags[row] = (flags[row] as number) & ~used;
    this.#apply(row, event);
    this.#queues.emit();
  }

  /** Have there been solicitations enough, or is nobody interested any more? */
  #isLast(row: number, state: State): boolean {
    const { multicastSolicitations, unicastSolicitations, unreachableSolicitations } = this.options;
    const sent = this.table.solicitations[row] as number;
    if (state === State.incomplete) return sent >= multicastSolicitations;
    if (state === State.probe) return sent >= unicastSolicitations;
    if (state !== State.unreachable) return false;
    return sent >= unreachableSolicitations || ((this.table.flags[row] as number) & NeighborFlag.used) === 0;
  }

  /** A neighbor that is absent is looked for: its row, 0 if it may not be. The packet was refused then. */
  #begin(packet: Packet): number {
    const drop = this.#whyNot(packet.outInterface);
    const row = drop === Drop.none ? this.#insert(packet.outInterface, true) : 0;
    if (row === 0) this.#queues.refuse(packet, drop === Drop.none ? Drop.neighborLimit : drop);
    else {
      this.#enter(row, State.incomplete);
      this.table.solicitations[row] = 1;
      this.#startTimer(row);
      this.#announce('added', row);
    }
    return row;
  }

  #whyNot(interfaceIndex: number): number {
    if (this.#line === undefined) return Drop.laneClosed;
    return this.#resolutions.take(interfaceIndex, this.#deadlines.now()) ? Drop.none : Drop.resolutionLimit;
  }

  /** A row for the key in the table, room made for it; 0 if there is none. */
  #insert(interfaceIndex: number, incomplete: boolean): number {
    const { table } = this;
    const victim = this.#room.victim(interfaceIndex, incomplete, table.size);
    if (victim === Room.none) return 0;
    if (victim !== Room.enough) {
      const key = table.key.slice();
      this.#remove(victim, Drop.neighborLimit);
      table.key.set(key); // whoever watches may have asked for others meanwhile
    }
    const row = table.insert();
    if (this.#watched.has(table.key)) table.flags[row] = NeighborFlag.watched;
    return row;
  }

  #record(row: number, { high, low }: LinkLayerAddress): void {
    this.table.linkLayerHigh[row] = high;
    this.table.linkLayerLow[row] = low;
  }

  /** Sets the Router flag; tells whether it has changed. */
  #turn(row: number, isRouter: boolean): boolean {
    const { flags, state } = this.table;
    const before = flags[row] as number;
    const after = isRouter ? before | NeighborFlag.router : before & ~NeighborFlag.router;
    if (after === before) return false;
    flags[row] = after;
    if (state[row] !== State.absent) {
      this.#room.list(row, this.table.interfaceOf(row), state[row] as State, this.#stays(row));
    }
    return true;
  }

  #stays(row: number): boolean {
    return ((this.table.flags[row] as number) & (NeighborFlag.router | NeighborFlag.static)) !== 0;
  }

  #enter(row: number, after: State): void {
    const { state, solicitations } = this.table;
    this.#room.move(row, this.table.interfaceOf(row), state[row] as State, after, this.#stays(row));
    state[row] = after;
    solicitations[row] = 0;
  }

  #startTimer(row: number): void {
    const { state, solicitations } = this.table;
    const now = this.#deadlines.now();
    const interfaceIndex = this.table.interfaceOf(row);
    const sent = solicitations[row] as number;
    const isExact = state[row] !== State.reachable && state[row] !== State.stale;
    const lasts = this.#timers.lasts(state[row] as State, interfaceIndex, sent, now);
    this.#deadlines.set(row, lasts, isExact ? 0 : this.options.grain);
  }

  /** @param drop why packets that wait for it are refused */
  #remove(row: number, drop: number): void {
    const value = this.#changes.observed ? this.#describe(row) : undefined;
    const failed = this.#reachabilityOf(row, false, undefined);
    this.#deadlines.clear(row);
    this.#enter(row, State.absent);
    this.table.flags[row] = 0;
    this.#queues.refuseAll(row, drop);
    this.table.removeRow(row);
    if (value !== undefined) this.#changes.next({ type: 'removed', value });
    if (failed !== undefined) this.#reachability.next(failed);
  }

  #tell(row: number, isReachable: boolean, isRouter?: boolean): void {
    const told = this.#reachabilityOf(row, isReachable, isRouter);
    if (told !== undefined) this.#reachability.next(told);
  }

  #reachabilityOf(row: number, isReachable: boolean, isRouter: boolean | undefined): Reachability | undefined {
    if (((this.table.flags[row] as number) & NeighborFlag.watched) === 0) return undefined;
    return { interfaceIndex: this.table.interfaceOf(row), address: this.table.addressOf(row), isReachable, isRouter };
  }

  #solicit(row: number, unicast: boolean): void {
    const { table } = this;
    this.#line?.solicit({ interfaceIndex: table.interfaceOf(row), address: table.addressOf(row), unicast });
  }

  #announce(type: 'added' | 'updated', row: number): void {
    if (this.#changes.observed) this.#changes.next({ type, value: this.#describe(row) });
  }

  #describe(row: number): Neighbor {
    const { state, flags, linkLayerHigh, linkLayerLow } = this.table;
    const has = (flag: number): boolean => ((flags[row] as number) & flag) !== 0;
    return {
      interfaceIndex: this.table.interfaceOf(row),
      address: this.table.addressOf(row),
      state: neighborStates[state[row] as number] as NeighborStateName,
      linkLayerAddress: this.#is(row, State.incomplete)
        ? undefined
        : { high: linkLayerHigh[row] as number, low: linkLayerLow[row] as number },
      isRouter: has(NeighborFlag.router),
      isStatic: has(NeighborFlag.static),
      held: this.#queues.count(row),
      remaining: this.#deadlines.remaining(row),
    };
  }
}
