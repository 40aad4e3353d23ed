import { Observable, type Subject, Subscription } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import { AddressFlag, isOptimistic, isReady } from '../state/addresses.ts';
import type { Node } from '../state/node.ts';
import { allNodes, type IpAddress, readAddress6 } from '../wire/address.ts';
import { isUnspecified6 } from '../wire/address-bytes.ts';
import { Type } from '../wire/icmp6.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as ndp from '../wire/ndp.ts';
import * as ndpOptions from '../wire/ndp-options.ts';
import { Protocol } from '../wire/protocols.ts';
import { type AnnounceNode, Announcer } from './neighbor/announce.ts';
import { isGroup, linkLayerAddressIn } from './neighbor/link-layer.ts';
import { neighborAdvertisement } from './neighbor/message.ts';
import { isOnLink6 } from './neighbor/on-link.ts';

export type DiscoveryNode = AnnounceNode & Pick<Node, 'detections' | 'ports' | 'proxies' | 'random' | 'routes'>;

export interface NeighborDiscoveryOptions {
  /** What our advertisements say of us. Default true. */
  readonly isRouter?: boolean;
  /** Most answers that wait for their random delay. Default 64. */
  readonly delayed?: number;
}

export const neighborDiscoveryDefaults: Required<NeighborDiscoveryOptions> = { isRouter: true, delayed: 64 };

/** MAX_ANYCAST_DELAY_TIME, in milliseconds (RFC 4861 §10). */
const maximumDelay = 1_000;

/** How a target is answered for; undefined: not at all. */
type Answer = 'own' | 'anycast' | 'proxy' | undefined;

/** Answers Neighbor Solicitations and hears Neighbor Advertisements, of packets that are delivered to this node. */
class Discovery {
  readonly #node: DiscoveryNode;
  readonly #outbox: Subject<Packet>;
  readonly #options: Required<NeighborDiscoveryOptions>;
  readonly #delayed = new Set<Subscription>();
  readonly #owner = new Subscription();

  constructor(node: DiscoveryNode, outbox: Subject<Packet>, options: NeighborDiscoveryOptions) {
    this.#node = node;
    this.#outbox = outbox;
    this.#options = { ...neighborDiscoveryDefaults, ...options };
    const announcer = new Announcer(node, outbox, this.#options.isRouter);
    this.#owner.add(() => announcer.close());
    this.#owner.add(node.ports.listen(Protocol.icmpv6, Type.neighborSolicitation, (packet) => this.#solicited(packet)));
    this.#owner.add(
      node.ports.listen(Protocol.icmpv6, Type.neighborAdvertisement, (packet) => this.#advertised(packet)),
    );
  }

  close(): void {
    this.#owner.unsubscribe();
    for (const delayed of [...this.#delayed]) delayed.unsubscribe();
    this.#delayed.clear();
  }

  /** RFC 4861 §7.1. That it is no fragment (RFC 6980), `reassemble` has seen to. */
  #isValid(packet: Packet): boolean {
    const { view, start, upper, end } = packet;
    const found = ndp.check(view, start, upper, end);
    if (found === 'ok') return true;
    packet.refuse(found === 'badHopLimit' ? Drop.foreignDiscovery : Drop.badDiscovery);
    return false;
  }

  /** RFC 4861 §7.2.3 */
  #solicited(packet: Packet): void {
    if (!this.#isValid(packet)) return;
    const { view, start, upper, inInterface } = packet;
    const source = start + ipv6.offsets.source;
    const asker = isUnspecified6(view, source) ? undefined : readAddress6(view, source);
    if (asker !== undefined && !this.#isNeighbor(packet, source, asker)) return;
    const target = readAddress6(view, upper + ndp.offsets.target);
    if (asker === undefined && this.#isProbe(packet, target)) return;
    const answer = this.#answerFor(inInterface, target);
    if (answer === undefined) return packet.refuse(Drop.notOurTarget);
    if (asker === undefined) return this.#advertise(inInterface, target, answer, undefined);
    const heard = linkLayerAddressIn(packet, ndpOptions.Option.sourceLinkLayerAddress);
    if (heard !== undefined && isGroup(heard)) return packet.refuse(Drop.badDiscovery);
    if (this.#hasAddresses(inInterface)) this.#node.neighbors.hearInformation(inInterface, asker, heard);
    this.#advertise(inInterface, target, answer, asker);
  }

  /** Someone wants an address that we are after, too: a duplicate, unless it is we ourselves (RFC 7527 §4.3). */
  #isProbe(packet: Packet, target: IpAddress): boolean {
    const { view, upper, end, inInterface } = packet;
    const at = ndpOptions.find(view, ndp.optionsAt(view, upper), end, ndpOptions.Option.nonce);
    const isLikeOurs = at !== 0 && ndpOptions.size(view, at) === ndpOptions.nonceSize;
    const nonce = isLikeOurs ? { high: view.getUint16(at + 2), low: view.getInt32(at + 4) } : undefined;
    const found = this.#node.detections.hearSolicitation(inInterface, target, nonce);
    if (found !== 'nothing') packet.refuse(found === 'ours' ? Drop.loopedBack : Drop.addressConflict);
    return found !== 'nothing';
  }

  /** RFC 4861 §7.2.5 */
  #advertised(packet: Packet): void {
    if (!this.#isValid(packet)) return;
    const { view, upper, inInterface } = packet;
    const at = upper + ndp.offsets.target;
    const target = readAddress6(view, at);
    if (this.#node.detections.hearAdvertisement(inInterface, target)) return packet.refuse(Drop.addressConflict);
    if (!this.#isNeighbor(packet, at, target)) return;
    const linkLayerAddress = linkLayerAddressIn(packet, ndpOptions.Option.targetLinkLayerAddress);
    if (linkLayerAddress !== undefined && isGroup(linkLayerAddress)) return packet.refuse(Drop.badDiscovery);
    if (!this.#hasAddresses(inInterface)) return;
    this.#node.neighbors.hearAdvertisement(inInterface, target, {
      linkLayerAddress,
      solicited: ndp.isSolicited(view, upper),
      override: ndp.isOverride(view, upper),
      isRouter: ndp.isRouter(view, upper),
    });
  }

  /**
   * Is the address at `at` another node's on the link? A duplicate is. Whoever heard anyone would make entries, and packets, for nodes
   * that are not there (CERT VU#472363).
   */
  #isNeighbor(packet: Packet, at: number, address: IpAddress): boolean {
    const { view, inInterface } = packet;
    const own = this.#node.addresses.find(inInterface, address);
    if (own !== undefined && (own.flags & AddressFlag.duplicated) === 0) packet.refuse(Drop.addressConflict);
    else if (!isOnLink6(this.#node, inInterface, view, at)) packet.refuse(Drop.notNeighbor);
    else return true;
    return false;
  }

  #hasAddresses(interfaceIndex: number): boolean {
    return this.#node.interfaces.table.ethernet[interfaceIndex] === 1;
  }

  /** Tentative addresses are not answered for (RFC 4862 §5.4.3) unless they are optimistic, nor duplicated ones. */
  #answerFor(interfaceIndex: number, target: IpAddress): Answer {
    const own = this.#node.addresses.find(interfaceIndex, target);
    if (own === undefined) return this.#node.proxies.has(interfaceIndex, target) ? 'proxy' : undefined;
    if (!isReady(own)) return undefined;
    return (own.flags & AddressFlag.anycast) === 0 ? 'own' : 'anycast';
  }

  /** Others may answer for an anycast or proxied address, too: not all at once (RFC 4861 §7.2.7, §7.2.8). */
  #advertise(interfaceIndex: number, target: IpAddress, answer: Answer, asker: IpAddress | undefined): void {
    if (answer === 'own') return this.#say(interfaceIndex, target, answer, asker);
    if (this.#delayed.size >= this.#options.delayed) return;
    const { scheduler, random } = this.#node;
    const delayed = scheduler.schedule(() => {
      this.#delayed.delete(delayed);
      this.#say(interfaceIndex, target, answer, asker);
    }, random() * maximumDelay);
    this.#delayed.add(delayed);
  }

  /** RFC 4861 §7.2.4. The link-layer address is told in any case, so that whoever asks need not ask again. */
  #say(interfaceIndex: number, target: IpAddress, answer: Answer, asker: IpAddress | undefined): void {
    const { router, solicited, override } = ndp.AdvertisementFlag;
    const destination = asker ?? allNodes;
    const isOwn = answer === 'own';
    const isSure = isOwn && !isOptimistic(this.#node.addresses.find(interfaceIndex, target));
    const source = isOwn ? target : this.#node.addresses.sourceFor(destination, interfaceIndex, true)?.address;
    if (source === undefined) return;
    const flags =
      (this.#options.isRouter ? router : 0) |
      (asker === undefined ? 0 : solicited) |
      (isSure && this.#hasAddresses(interfaceIndex) ? override : 0);
    const packet = neighborAdvertisement(this.#node, target, flags, { interfaceIndex, source, destination });
    if (packet !== undefined) this.#outbox.next(packet);
  }
}

/**
 * Neighbor Discovery between nodes (RFC 4861 §7.2), as long as the lane is subscribed to: Neighbor Solicitations for
 * our addresses, and for those we are a proxy for, are answered; what neighbors say of themselves goes to
 * `node.neighbors`, and to `node.detections` if it is about an address that is being detected; when an interface gets
 * another link-layer address, its neighbors are told. Packets pass untouched:
 * messages come from `deliver`, by way of `node.ports`, checksum verified.
 *
 * Drops, of delivered messages: `foreignDiscovery`, `badDiscovery`, `notNeighbor`, `notOurTarget`, `addressConflict`,
 * `loopedBack`.
 *
 * @param outbox takes Neighbor Advertisements
 *
 * @example
 * const local = pipe(neighborDiscovery(node, outbox), extensionHeaders(), deliver(node, outbox));
 */
export const neighborDiscovery =
  (node: DiscoveryNode, outbox: Subject<Packet>, options: NeighborDiscoveryOptions = {}): Lane =>
  (source) =>
    new Observable((out) => {
      const discovery = new Discovery(node, outbox, options);
      out.add(() => discovery.close());
      source.subscribe(out);
    });
