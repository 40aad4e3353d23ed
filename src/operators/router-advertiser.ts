import { Observable, Subject, type Subscription } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { AddressFlag, isReady } from '../state/addresses.ts';
import { type Advertisements, finalMessage } from '../state/advertisements.ts';
import type { Node } from '../state/node.ts';
import { allNodes, type IpAddress, isLinkLocal, isUnspecified, readAddress6 } from '../wire/address.ts';
import { isUnspecified6 } from '../wire/address-bytes.ts';
import * as icmp6 from '../wire/icmp6.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as ndp from '../wire/ndp.ts';
import { Protocol } from '../wire/protocols.ts';
import { type RouterAdvertisement, read } from '../wire/router-advertisement.ts';
import { type Inconsistency, inconsistencies } from './advertise/consistency.ts';
import { advertisementPacket } from './advertise/message.ts';
import { dueAt, type Schedule, type ScheduleEvent, silent, transition } from './advertise/schedule.ts';
import { isOnLink6 } from './neighbor/on-link.ts';

export type AdvertiserNode = Pick<
  Node,
  'addresses' | 'counters' | 'interfaces' | 'pool' | 'ports' | 'random' | 'routes' | 'scheduler'
> & { readonly advertisements: Advertisements };

/** Another router of a link has spoken. */
export interface HeardRouter {
  readonly interfaceIndex: number;
  readonly router: IpAddress;
  readonly said: RouterAdvertisement;
  /** In what it contradicts us (RFC 4861 §6.2.7); empty where we don't advertise. */
  readonly inconsistencies: readonly Inconsistency[];
}

/** What is known of an interface that advertises, or has done so until now. */
interface Speaker {
  schedule: Schedule;
  timer: Subscription | undefined;
  /** What was said last: a final message says it once more. */
  messages: readonly RouterAdvertisement[];
}

/**
 * Sends the Router Advertisements of a node and answers Router Solicitations (RFC 4861 §6.2): KAME's rtadvd. It follows
 * `node.advertisements`, and begins on an interface once that is up and has a link-local address to speak from.
 *
 * @example
 * const advertiser = new RouterAdvertiser(node, outbox);
 * advertiser.heard$.subscribe(({ router, inconsistencies }) => console.log(formatAddress(router), inconsistencies));
 * node.advertisements.advertise(tap.index);
 * advertiser.close();
 */
export class RouterAdvertiser {
  readonly #node: AdvertiserNode;
  readonly #outbox: Pick<Subject<Packet>, 'next'>;
  readonly #speakers = new Map<number, Speaker>();
  readonly #undo: (() => void)[] = [];
  readonly #heard = new Subject<HeardRouter>();
  /** Valid advertisements of other routers. */
  readonly heard$: Observable<HeardRouter> = this.#heard.asObservable();

  constructor(node: AdvertiserNode, outbox: Pick<Subject<Packet>, 'next'>) {
    this.#node = node;
    this.#outbox = outbox;
    const { advertisements, addresses, interfaces, ports } = node;
    const watch = [
      advertisements.changes$.subscribe(({ type, value }) => {
        if (type === 'updated') this.#event(value.interfaceIndex, { type: 'change' });
        this.#settle(value.interfaceIndex);
      }),
      addresses.changes$.subscribe(({ value }) => {
        if (isLinkLocal(value.address)) this.#settle(value.interfaceIndex);
      }),
      interfaces.changes$.subscribe(({ value }) => this.#settle(value.index)),
    ];
    this.#undo.push(
      ...watch.map((each) => () => each.unsubscribe()),
      ports.listen(Protocol.icmpv6, icmp6.Type.routerSolicitation, (packet) => this.#solicited(packet)),
      ports.listen(Protocol.icmpv6, icmp6.Type.routerAdvertisement, (packet) => this.#overheard(packet)),
    );
    for (const { interfaceIndex } of advertisements) this.#settle(interfaceIndex);
  }

  /** Cancels all timers, saying nothing: let `node.advertisements.ceaseAll()` come first. Idempotent. */
  close(): void {
    for (const undo of this.#undo.splice(0)) undo();
    for (const { timer } of this.#speakers.values()) timer?.unsubscribe();
    this.#speakers.clear();
    this.#heard.complete();
  }

  /** Our link-local address on the interface. */
  #source(interfaceIndex: number): IpAddress | undefined {
    const fits = AddressFlag.anycast | AddressFlag.detached;
    return this.#node.addresses
      .list(interfaceIndex)
      .find(
        (entry) => isLinkLocal(entry.address) && entry.address.family === 6 && isReady(entry) && !(entry.flags & fits),
      )?.address;
  }

  /** Does the interface advertise as it should? */
  #settle(interfaceIndex: number): void {
    const { advertisements, interfaces } = this.#node;
    const wanted = advertisements.get(interfaceIndex) !== undefined;
    const able = interfaces.get(interfaceIndex)?.up === true && this.#source(interfaceIndex) !== undefined;
    const phase = this.#speakers.get(interfaceIndex)?.schedule.phase;
    if (!able) this.#hush(interfaceIndex);
    else if (wanted && phase !== 'advertising') this.#event(interfaceIndex, { type: 'start' });
    else if (!wanted && phase === 'advertising') this.#event(interfaceIndex, { type: 'cease' });
  }

  /** The interface can't speak any longer. */
  #hush(interfaceIndex: number): void {
    this.#speakers.get(interfaceIndex)?.timer?.unsubscribe();
    this.#speakers.delete(interfaceIndex);
  }

  #event(interfaceIndex: number, event: ScheduleEvent): void {
    const { advertisements, random, scheduler } = this.#node;
    let speaker = this.#speakers.get(interfaceIndex);
    if (speaker === undefined) {
      if (event.type !== 'start') return;
      speaker = { schedule: silent, timer: undefined, messages: [] };
      this.#speakers.set(interfaceIndex, speaker);
    }
    const advertising = advertisements.get(interfaceIndex)?.advertising;
    const [schedule, actions] = transition(speaker.schedule, event, {
      now: scheduler.now(),
      minimumInterval: (advertising?.minimumInterval ?? 0) * 1_000,
      maximumInterval: (advertising?.maximumInterval ?? 0) * 1_000,
      random,
    });
    speaker.schedule = schedule;
    speaker.timer?.unsubscribe();
    const at = dueAt(schedule);
    speaker.timer = Number.isFinite(at)
      ? scheduler.schedule(() => this.#event(interfaceIndex, { type: 'due' }), Math.max(0, at - scheduler.now()))
      : undefined;
    for (const action of actions) {
      if (action.type === 'final') this.#say(interfaceIndex, speaker.messages.map(finalMessage), allNodes);
      else {
        speaker.messages = advertisements.messages(interfaceIndex);
        this.#say(interfaceIndex, speaker.messages, action.type === 'unicast' ? action.to : allNodes);
      }
    }
  }

  #say(interfaceIndex: number, messages: readonly RouterAdvertisement[], destination: IpAddress): void {
    const { counters } = this.#node;
    const source = this.#source(interfaceIndex);
    if (source === undefined) return;
    for (const message of messages) {
      const packet = advertisementPacket(this.#node, message, { interfaceIndex, source, destination });
      if (packet === undefined) return counters.icmp.notSent(6);
      counters.originated(0, 6);
      this.#outbox.next(packet);
    }
  }

  /** RFC 4861 §6.1: any reason to discard it? KAME refuses who is no neighbor, too (CERT VU#472363). */
  #isValid(packet: Packet): boolean {
    const { view, start, upper, end, inInterface } = packet;
    const found = ndp.check(view, start, upper, end);
    if (found === 'badHopLimit') packet.refuse(Drop.foreignDiscovery);
    else if (found !== 'ok') packet.refuse(Drop.badDiscovery);
    else {
      const source = start + ipv6.offsets.source;
      if (isUnspecified6(view, source) || isOnLink6(this.#node, inInterface, view, source)) return true;
      packet.refuse(Drop.notNeighbor);
    }
    return false;
  }

  #solicited(packet: Packet): void {
    if (!this.#isValid(packet)) return;
    const { inInterface, view, start } = packet;
    const source = readAddress6(view, start + ipv6.offsets.source);
    const alone = this.#node.advertisements.get(inInterface)?.advertising.answerUnicast === true;
    this.#event(inInterface, { type: 'solicited', by: alone && !isUnspecified(source) ? source : undefined });
  }

  #overheard(packet: Packet): void {
    if (!this.#isValid(packet)) return;
    const { inInterface: interfaceIndex, view, start, upper, end } = packet;
    const said = read(view, upper, end);
    if (said === undefined) return;
    const ours = this.#node.advertisements.messages(interfaceIndex);
    const found = ours.flatMap((each) => inconsistencies(each, said));
    // What several messages of ours repeat is one contradiction.
    const distinct = found.filter(({ what }, i) => found.findIndex((other) => other.what === what) === i);
    const router = readAddress6(view, start + ipv6.offsets.source);
    this.#heard.next({ interfaceIndex, router, said, inconsistencies: distinct });
  }
}

/**
 * Advertises while it is subscribed to, through the outbox, and completes with it. The default router has it.
 *
 * Drops, of solicitations and advertisements that are delivered: `foreignDiscovery`, `badDiscovery`, `notNeighbor`.
 *
 * @param outbox takes the advertisements
 */
export const routerAdvertiser = (node: AdvertiserNode, outbox: Subject<Packet>): Observable<never> =>
  new Observable((out) => {
    const advertiser = new RouterAdvertiser(node, outbox);
    out.add(() => advertiser.close());
    out.add(outbox.subscribe({ complete: () => out.complete() }));
  });
