import { type Subject, Subscription } from 'rxjs';
import type { Packet } from '../../packet/packet.ts';
import { AddressFlag, type InterfaceAddress, isOptimistic, isReady } from '../../state/addresses.ts';
import type { Node } from '../../state/node.ts';
import { allNodes } from '../../wire/address.ts';
import { Operation } from '../../wire/arp.ts';
import { AdvertisementFlag } from '../../wire/ndp.ts';
import { arpMessage, neighborAdvertisement } from './message.ts';

export type AnnounceNode = Pick<Node, 'addresses' | 'counters' | 'interfaces' | 'neighbors' | 'pool' | 'scheduler'>;

/** MAX_NEIGHBOR_ADVERTISEMENT (RFC 4861 §10). */
const announcements = 3;

/**
 * Tells the neighbors that addresses of ours have another link-layer address: three times, RetransTimer apart, an
 * unsolicited Neighbor Advertisement with Override set (RFC 4861 §7.2.6), for IPv4 an ARP announcement (RFC 5227 §3).
 */
export class Announcer {
  readonly #node: AnnounceNode;
  readonly #outbox: Subject<Packet>;
  readonly #isRouter: boolean;
  /** What is still to be said, by interface. */
  readonly #pending = new Map<number, Subscription>();
  readonly #known = new Map<number, number>();
  readonly #watching: Subscription;

  constructor(node: AnnounceNode, outbox: Subject<Packet>, isRouter: boolean) {
    this.#node = node;
    this.#outbox = outbox;
    this.#isRouter = isRouter;
    for (const { index } of node.interfaces) this.#known.set(index, this.#addressOf(index));
    this.#watching = node.interfaces.changes$.subscribe(({ type, value: { index } }) => {
      const before = this.#known.get(index);
      const now = this.#addressOf(index);
      this.#known.set(index, now);
      if (type === 'updated' && before !== now) this.announce(index);
      if (type !== 'removed') return;
      this.#known.delete(index);
      this.#cancel(index);
    });
  }

  /** Announces all addresses of an interface, or one. What was to be announced there before is forgotten. */
  announce(interfaceIndex: number, only?: InterfaceAddress): void {
    this.#cancel(interfaceIndex);
    const { scheduler, neighbors } = this.#node;
    let left = announcements;
    const pending = new Subscription();
    this.#pending.set(interfaceIndex, pending);
    const say = (): void => {
      for (const entry of only === undefined ? this.#node.addresses.list(interfaceIndex) : [only]) this.#say(entry);
      left -= 1;
      if (left > 0) pending.add(scheduler.schedule(say, neighbors.retransTimer(interfaceIndex)));
      else this.#pending.delete(interfaceIndex);
    };
    say();
  }

  close(): void {
    this.#watching.unsubscribe();
    for (const interfaceIndex of [...this.#pending.keys()]) this.#cancel(interfaceIndex);
  }

  #cancel(interfaceIndex: number): void {
    this.#pending.get(interfaceIndex)?.unsubscribe();
    this.#pending.delete(interfaceIndex);
  }

  /** As a number that changes when it does. */
  #addressOf(interfaceIndex: number): number {
    const { linkLayerHigh, linkLayerLow } = this.#node.interfaces.table;
    return (linkLayerHigh[interfaceIndex] as number) * 0x100000000 + ((linkLayerLow[interfaceIndex] as number) >>> 0);
  }

  #say(entry: InterfaceAddress): void {
    const { address, interfaceIndex } = entry;
    if (!isReady(entry) || (entry.flags & AddressFlag.anycast) !== 0) return;
    const { router, override } = AdvertisementFlag;
    const flags = (isOptimistic(entry) ? 0 : override) | (this.#isRouter ? router : 0);
    const packet =
      address.family === 6
        ? neighborAdvertisement(this.#node, address, flags, { interfaceIndex, source: address, destination: allNodes })
        : arpMessage(this.#node, {
            interfaceIndex,
            operation: Operation.request,
            sender: address.w0,
            target: address.w0,
            targetHigh: 0,
            targetLow: 0,
            broadcast: true,
          });
    if (packet !== undefined) this.#outbox.next(packet);
  }
}
