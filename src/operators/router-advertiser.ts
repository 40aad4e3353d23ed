import { map, type Observable, type Subject, Subscription } from 'rxjs';
import type { Packet } from '../packet/packet.ts';
import { AddressFlag, isReady } from '../state/addresses.ts';
import { type Advertisements, finalMessage } from '../state/advertisements.ts';
import type { Node } from '../state/node.ts';
import { allNodes, type IpAddress, isLinkLocal } from '../wire/address.ts';
import type { RouterAdvertisement } from '../wire/router-advertisement.ts';
import { type Inconsistency, inconsistencies } from './advertise/consistency.ts';
import { advertisementPacket } from './advertise/message.ts';
import { dueAt, type Schedule, type ScheduleEvent, silent, transition } from './advertise/schedule.ts';
import type { RouterAdvertised, RouterMessages, RouterSolicited } from './router-messages.ts';

export type AdvertiserNode = Pick<Node, 'addresses' | 'counters' | 'interfaces' | 'pool' | 'random' | 'scheduler'> & {
  readonly advertisements: Advertisements;
};

/** Another router of a link has spoken. */
export interface HeardRouter extends RouterAdvertised {
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
 * const advertiser = new RouterAdvertiser(node, outbox, new RouterMessages(node));
 * advertiser.heard$.subscribe(({ router, inconsistencies }) => console.log(formatAddress(router), inconsistencies));
 * node.advertisements.advertise(tap.index);
 * advertiser.close();
 */
export class RouterAdvertiser {
  readonly #node: AdvertiserNode;
  readonly #outbox: Pick<Subject<Packet>, 'next'>;
  readonly #speakers = new Map<number, Speaker>();
  readonly #watching = new Subscription();
  /** Valid advertisements of other routers. */
  readonly heard$: Observable<HeardRouter>;

  /** @param messages what is heard on the links; it stays the caller's */
  constructor(node: AdvertiserNode, outbox: Pick<Subject<Packet>, 'next'>, messages: RouterMessages) {
    this.#node = node;
    this.#outbox = outbox;
    this.heard$ = messages.advertisement$.pipe(map((heard) => this.#compare(heard)));
    const { advertisements, addresses, interfaces } = node;
    for (const watching of [
      advertisements.changes$.subscribe(({ type, value }) => {
        if (type === 'updated') this.#event(value.interfaceIndex, { type: 'change' });
        this.#settle(value.interfaceIndex);
      }),
      addresses.changes$.subscribe(({ value }) => {
        if (isLinkLocal(value.address)) this.#settle(value.interfaceIndex);
      }),
      interfaces.changes$.subscribe(({ value }) => this.#settle(value.index)),
      messages.solicitation$.subscribe((heard) => this.#solicited(heard)),
    ]) {
      this.#watching.add(watching);
    }
    for (const { interfaceIndex } of advertisements) this.#settle(interfaceIndex);
  }

  /** Cancels all timers, saying nothing: let `node.advertisements.ceaseAll()` come first. Idempotent. */
  close(): void {
    this.#watching.unsubscribe();
    for (const { timer } of this.#speakers.values()) timer?.unsubscribe();
    this.#speakers.clear();
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

  #solicited({ interfaceIndex, by }: RouterSolicited): void {
    const alone = this.#node.advertisements.get(interfaceIndex)?.advertising.answerUnicast === true;
    this.#event(interfaceIndex, { type: 'solicited', by: alone ? by : undefined });
  }

  #compare(heard: RouterAdvertised): HeardRouter {
    const ours = this.#node.advertisements.messages(heard.interfaceIndex);
    const { clockSkew = 0 } = this.#node.advertisements.get(heard.interfaceIndex)?.advertising ?? {};
    const found = ours.flatMap((each) => inconsistencies(each, heard.said, clockSkew));
    // What several messages of ours repeat is one contradiction.
    const distinct = found.filter(({ what }, i) => found.findIndex((other) => other.what === what) === i);
    return { ...heard, inconsistencies: distinct };
  }
}
