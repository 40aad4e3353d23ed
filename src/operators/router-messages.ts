import { type Observable, Subject } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import type { Node } from '../state/node.ts';
import { type IpAddress, isUnspecified, readAddress6 } from '../wire/address.ts';
import { isMulticast6 } from '../wire/address-bytes.ts';
import type { LinkLayerAddress } from '../wire/ethernet.ts';
import * as icmp6 from '../wire/icmp6.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as ndp from '../wire/ndp.ts';
import { Option } from '../wire/ndp-options.ts';
import { Protocol } from '../wire/protocols.ts';
import { type RouterAdvertisement, read } from '../wire/router-advertisement.ts';
import { isGroup, linkLayerAddressIn } from './neighbor/link-layer.ts';
import { isOnLink6 } from './neighbor/on-link.ts';

export type MessagesNode = Pick<Node, 'addresses' | 'interfaces' | 'neighbors' | 'ports' | 'routes'>;

/** Someone asks for routers. */
export interface RouterSolicited {
  readonly interfaceIndex: number;
  /** Undefined: someone without an address. */
  readonly by: IpAddress | undefined;
}

/** A router of a link has spoken. */
export interface RouterAdvertised {
  readonly interfaceIndex: number;
  /** Link-local. */
  readonly router: IpAddress;
  /** Its own on the link, if it tells. */
  readonly linkLayerAddress: LinkLayerAddress | undefined;
  readonly said: RouterAdvertisement;
  /** Did it go to many, rather than to us alone? */
  readonly toMany: boolean;
}

/**
 * Router Solicitations and Advertisements that are delivered to this node, valid ones (RFC 4861 §6.1), for whoever it
 * concerns: a router answers the ones and compares the others with its own, a host learns from them. A node can be both,
 * on different interfaces. What a solicitor says of itself goes to `node.neighbors` (RFC 4861 §6.2.6): who asks for
 * routers is none.
 *
 * Drops: `foreignDiscovery`, `badDiscovery`, `notNeighbor`, `addressConflict`.
 *
 * @example
 * const messages = new RouterMessages(node);
 * messages.advertisement$.subscribe(({ router, said }) => console.log(formatAddress(router), said.routerLifetime));
 * messages.close();
 */
export class RouterMessages {
  readonly #node: MessagesNode;
  readonly #undo: readonly (() => void)[];
  readonly #solicitation = new Subject<RouterSolicited>();
  readonly #advertisement = new Subject<RouterAdvertised>();
  readonly solicitation$: Observable<RouterSolicited> = this.#solicitation.asObservable();
  readonly advertisement$: Observable<RouterAdvertised> = this.#advertisement.asObservable();

  constructor(node: MessagesNode) {
    this.#node = node;
    const { routerAdvertisement, routerSolicitation } = icmp6.Type;
    this.#undo = [
      node.ports.listen(Protocol.icmpv6, routerSolicitation, (packet) => this.#solicited(packet)),
      node.ports.listen(Protocol.icmpv6, routerAdvertisement, (packet) => this.#advertised(packet)),
    ];
  }

  /** Hears nothing any more. Idempotent. */
  close(): void {
    for (const undo of this.#undo) undo();
    this.#solicitation.complete();
    this.#advertisement.complete();
  }

  /** Any reason to discard it? That it is no fragment (RFC 6980), `reassemble` has seen to. */
  #isValid(packet: Packet): boolean {
    const { view, start, upper, end } = packet;
    const found = ndp.check(view, start, upper, end);
    if (found === 'ok') return true;
    packet.refuse(found === 'badHopLimit' ? Drop.foreignDiscovery : Drop.badDiscovery);
    return false;
  }

  /** The sender's link-layer address, if it tells; a group's is none: then the message is refused. */
  #senderOf(packet: Packet): { readonly linkLayerAddress: LinkLayerAddress | undefined } | undefined {
    const linkLayerAddress = linkLayerAddressIn(packet, Option.sourceLinkLayerAddress);
    if (linkLayerAddress === undefined || !isGroup(linkLayerAddress)) return { linkLayerAddress };
    packet.refuse(Drop.badDiscovery);
    return undefined;
  }

  /** KAME refuses who is no neighbor, too (CERT VU#472363). */
  #solicited(packet: Packet): void {
    if (!this.#isValid(packet)) return;
    const { addresses, interfaces, neighbors } = this.#node;
    const { inInterface: interfaceIndex, view, start } = packet;
    const source = readAddress6(view, start + ipv6.offsets.source);
    if (isUnspecified(source)) return this.#solicitation.next({ interfaceIndex, by: undefined });
    if (addresses.find(interfaceIndex, source) !== undefined) return packet.refuse(Drop.addressConflict);
    if (!isOnLink6(this.#node, interfaceIndex, view, start + ipv6.offsets.source))
      return packet.refuse(Drop.notNeighbor);
    const sender = this.#senderOf(packet);
    if (sender === undefined) return;
    if (interfaces.table.ethernet[interfaceIndex] === 1) {
      neighbors.hearInformation(interfaceIndex, source, sender.linkLayerAddress, false);
    }
    this.#solicitation.next({ interfaceIndex, by: source });
  }

  #advertised(packet: Packet): void {
    if (!this.#isValid(packet)) return;
    const { inInterface: interfaceIndex, view, start, upper, end } = packet;
    const router = readAddress6(view, start + ipv6.offsets.source);
    if (this.#node.addresses.find(interfaceIndex, router) !== undefined) return packet.refuse(Drop.addressConflict);
    const sender = this.#senderOf(packet);
    const said = read(view, upper, end);
    if (sender !== undefined && said !== undefined) {
      const toMany = isMulticast6(view, start + ipv6.offsets.destination);
      this.#advertisement.next({ interfaceIndex, router, linkLayerAddress: sender.linkLayerAddress, said, toMany });
    }
  }
}
