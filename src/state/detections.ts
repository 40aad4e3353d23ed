import { type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import { equalAddress, formatAddress, type IpAddress } from '../wire/address.ts';
import { eui64LinkLocal } from '../wire/interface-identifier.ts';
import { type Addresses, AddressFlag, type InterfaceAddress, isOptimistic } from './addresses.ts';
import {
  type DetectionEvent,
  type DetectionState,
  detectionTransition,
  idleDetection,
} from './detection-transition.ts';
import type { Interface, Interfaces } from './interfaces.ts';
import type { Neighbors } from './neighbors.ts';

/** How the detection of an address has ended. */
export interface DetectionOutcome {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** Bits of `AddressFlag`, as they are now: a duplicate has `duplicated`, neither of both is tentative any more. */
  readonly flags: number;
  readonly outcome: 'unique' | 'duplicate';
}

/** A solicitation that asks whether an address is free, its nonce of six bytes in two words (RFC 7527 §4.2). */
export interface Probe {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly nonceHigh: number;
  readonly nonceLow: number;
}

/** Sends probes. */
export type ProbeLine = (probe: Probe) => void;

/** What the store is made of. */
export interface DetectionParts {
  readonly addresses: Addresses;
  readonly interfaces: Interfaces;
  readonly neighbors: Pick<Neighbors, 'retransTimer'>;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
}

/** DupAddrDetectTransmits where nothing else is configured (RFC 4862 §5.1). */
const defaultTransmits = 1;
/** Nonces of one address that are remembered, the latest: those of a whole series and more. */
const nonceLimit = 16;

/** A detection that runs. */
interface Run {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  state: DetectionState;
  timer: Subscription | undefined;
  readonly nonces: { readonly high: number; readonly low: number }[];
}

/** Never probed for: RFC 4862 §5.4 exempts anycast addresses. */
const exempt = AddressFlag.anycast | AddressFlag.noDetection;

/** Can be probed on: there is a link, with neighbors, and IPv6 may use it. */
const isFit = ({ up, linkLayerAddress, ipv6Disabled }: Interface): boolean =>
  up && linkLayerAddress !== undefined && !ipv6Disabled;

const keyOf = (interfaceIndex: number, address: IpAddress): string => `${interfaceIndex} ${formatAddress(address)}`;

/**
 * Duplicate Address Detection (RFC 4862 §5.4, RFC 7527, RFC 4429): asks the link whether anybody else has an address,
 * before it is ours. `detectionTransition` says how; this store has the timers and nonces.
 *
 * While a line is attached, it runs for every IPv6 address that is `tentative` on an Ethernet interface that is up:
 * who wants an address detected adds it, or marks it, tentative. Success takes the mark off, and `optimistic` with it;
 * failure marks the address `duplicated`. When an interface comes up, all its addresses are detected again (RFC 4862
 * §5.4): its link may be another. A duplicate of the link-local address that was made from the link-layer address
 * disables IPv6 on the interface, until that is brought up again (RFC 4862 §5.4.5): a link with two nodes of one
 * link-layer address carries nothing in earnest.
 *
 * The first probe of an interface that has come up waits for a random while of up to a second; others don't, unless
 * {@link delay} says so, and those for optimistic addresses never. There are no more detections than addresses.
 *
 * @example
 * node.detections.outcome$.subscribe(({ address, outcome }) => console.log(formatAddress(address), outcome));
 * node.addresses.add({ interfaceIndex: tap.index, address, prefixLength: 64, flags: AddressFlag.tentative });
 */
export class Detections {
  readonly #parts: DetectionParts;
  /** DupAddrDetectTransmits by interface, where one is configured. */
  readonly #transmits = new Map<number, number>();
  /** Interfaces that have sent something since they came up. */
  readonly #spoken = new Set<number>();
  /** Interfaces that are fit to probe on. */
  readonly #fit = new Set<number>();
  readonly #runs = new Map<string, Run>();
  readonly #watching = new Subscription();
  readonly #outcome = new Subject<DetectionOutcome>();
  /** How detections have ended; the address is marked by then. */
  readonly outcome$: Observable<DetectionOutcome> = this.#outcome.asObservable();
  #line: ProbeLine | undefined;

  constructor(parts: DetectionParts) {
    this.#parts = parts;
    const { addresses, interfaces } = parts;
    this.#watching.add(addresses.changes$.subscribe(({ type, value }) => this.#settle(value, type === 'removed')));
    this.#watching.add(interfaces.changes$.subscribe(({ type, value }) => this.#turned(value, type === 'removed')));
  }

  /** Detections that run. */
  get size(): number {
    return this.#runs.size;
  }

  /** Does the detection of the address run? */
  has(interfaceIndex: number, address: IpAddress): boolean {
    return this.#runs.has(keyOf(interfaceIndex, address));
  }

  /** Probes that are sent on an interface for each address; 0: addresses are taken unasked. Default 1. */
  transmits(interfaceIndex: number): number {
    return this.#transmits.get(interfaceIndex) ?? defaultTransmits;
  }

  /** Sets DupAddrDetectTransmits of an interface, for detections that begin from now on. */
  configure(interfaceIndex: number, transmits: number): void {
    this.#transmits.set(interfaceIndex, transmits);
  }

  /**
   * Lets the first probe for an address wait for a random while of up to a second: for one that comes from a Router
   * Advertisement which many have heard (RFC 4862 §5.4.2). To be called right after the address was added. Optimistic
   * addresses are in use, and do not wait (RFC 4429 §3.3).
   */
  delay(interfaceIndex: number, address: IpAddress): void {
    if (isOptimistic(this.#parts.addresses.find(interfaceIndex, address))) return;
    this.#event(keyOf(interfaceIndex, address), { type: 'delay' });
  }

  /**
   * Lets a line send probes. There can be one at a time; without one no detection runs, and what is tentative stays so.
   *
   * @returns takes it away again
   * @throws when there is one
   */
  attach(line: ProbeLine): () => void {
    if (this.#line !== undefined) throw new Error('umigame: another line detects duplicates for this node already');
    this.#line = line;
    for (const entry of this.#parts.interfaces) if (isFit(entry)) this.#fit.add(entry.index);
    for (const entry of this.#parts.addresses.list()) this.#settle(entry, false);
    return () => {
      if (this.#line !== line) return;
      this.#line = undefined;
      this.#fit.clear();
      this.#spoken.clear();
      for (const key of [...this.#runs.keys()]) this.#event(key, { type: 'stop' });
    };
  }

  /**
   * Someone has asked from `::` whether an address is free.
   *
   * @param nonce six bytes of its nonce in two words, if it has such
   * @returns what that says: `ours` if our own probe came back, `duplicate` if another is after the address, `nothing` if
   * no detection runs for it
   */
  hearSolicitation(
    interfaceIndex: number,
    address: IpAddress,
    nonce: { readonly high: number; readonly low: number } | undefined,
  ): 'ours' | 'duplicate' | 'nothing' {
    const run = this.#runs.get(keyOf(interfaceIndex, address));
    if (run === undefined) return 'nothing';
    const own = run.nonces.some(({ high, low }) => high === nonce?.high && low === nonce.low);
    this.#apply(run, { type: 'solicitation', own });
    return own ? 'ours' : 'duplicate';
  }

  /** Someone says that it has an address; tells whether that was being detected, and so is a duplicate. */
  hearAdvertisement(interfaceIndex: number, address: IpAddress): boolean {
    return this.#event(keyOf(interfaceIndex, address), { type: 'advertisement' });
  }

  /** Cancels all timers, and ends `outcome$`. */
  close(): void {
    this.#watching.unsubscribe();
    for (const { timer } of this.#runs.values()) timer?.unsubscribe();
    this.#runs.clear();
    this.#line = undefined;
    this.#outcome.complete();
  }

  /** Does a detection run if, and only if, it should? */
  #settle(entry: InterfaceAddress, removed: boolean): void {
    const { interfaceIndex, address, flags } = entry;
    const wanted =
      !removed &&
      address.family === 6 &&
      this.#fit.has(interfaceIndex) &&
      (flags & (AddressFlag.tentative | AddressFlag.duplicated | exempt)) === AddressFlag.tentative;
    const key = keyOf(interfaceIndex, address);
    if (!wanted) this.#event(key, { type: 'stop' });
    else if (!this.#runs.has(key)) {
      const run: Run = { interfaceIndex, address, state: idleDetection, timer: undefined, nonces: [] };
      this.#runs.set(key, run);
      this.#apply(run, { type: 'start', delayed: !this.#spoken.has(interfaceIndex) && !isOptimistic(entry) });
    }
  }

  /** An interface has changed. */
  #turned(entry: Interface, removed: boolean): void {
    const { index } = entry;
    const fit = this.#line !== undefined && !removed && isFit(entry);
    if (removed) this.#transmits.delete(index);
    if (fit === this.#fit.has(index)) return;
    if (fit) this.#fit.add(index);
    else {
      this.#fit.delete(index);
      this.#spoken.delete(index);
    }
    const { addresses } = this.#parts;
    for (const { address, flags } of addresses.list(index)) {
      const again = fit && address.family === 6 && (flags & exempt) === 0 && this.transmits(index) > 0;
      if (again) addresses.mark(index, address, AddressFlag.tentative, AddressFlag.duplicated);
      const now = addresses.find(index, address);
      if (now !== undefined) this.#settle(now, false);
    }
  }

  /** Tells whether there is such a detection. */
  #event(key: string, event: DetectionEvent): boolean {
    const run = this.#runs.get(key);
    if (run !== undefined) this.#apply(run, event);
    return run !== undefined;
  }

  #apply(run: Run, event: DetectionEvent): void {
    const { interfaceIndex } = run;
    const { neighbors, random, scheduler } = this.#parts;
    const [state, actions] = detectionTransition(run.state, event, {
      transmits: this.transmits(interfaceIndex),
      retransTimer: neighbors.retransTimer(interfaceIndex),
      random,
    });
    run.state = state;
    if (state.phase !== 'waiting' && state.phase !== 'probing') return this.#end(run);
    for (const action of actions) {
      if (action.type === 'probe') this.#probe(run);
      else {
        run.timer?.unsubscribe();
        run.timer = scheduler.schedule(() => this.#apply(run, { type: 'timeout' }), action.time);
      }
    }
  }

  #probe(run: Run): void {
    const { interfaceIndex, address, nonces } = run;
    const { random } = this.#parts;
    const nonce = { high: Math.floor(random() * 0x10000), low: Math.floor(random() * 0x100000000) | 0 };
    nonces.push(nonce);
    if (nonces.length > nonceLimit) nonces.shift();
    this.#spoken.add(interfaceIndex);
    this.#line?.({ interfaceIndex, address, nonceHigh: nonce.high, nonceLow: nonce.low });
  }

  #end({ interfaceIndex, address, state: { phase }, timer }: Run): void {
    timer?.unsubscribe();
    this.#runs.delete(keyOf(interfaceIndex, address));
    if (phase !== 'unique' && phase !== 'duplicate') return;
    const { addresses, interfaces } = this.#parts;
    const { duplicated, optimistic, tentative } = AddressFlag;
    addresses.mark(interfaceIndex, address, phase === 'duplicate' ? duplicated : 0, tentative | optimistic);
    const own = interfaces.get(interfaceIndex)?.linkLayerAddress;
    if (phase === 'duplicate' && own !== undefined && equalAddress(address, eui64LinkLocal(own))) {
      interfaces.disableIpv6(interfaceIndex);
    }
    const flags = addresses.find(interfaceIndex, address)?.flags ?? 0;
    this.#outcome.next({ interfaceIndex, address, flags, outcome: phase });
  }
}
