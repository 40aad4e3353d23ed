import { type Subject, Subscription } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { AddressFlag, type InterfaceAddress, isOptimistic, isReady } from '../state/addresses.ts';
import { defaultHopLimit } from '../state/interfaces.ts';
import type { Node } from '../state/node.ts';
import { RouteFlag } from '../state/routes/table.ts';
import { equalAddress, isLinkLocal, readAddress6 } from '../wire/address.ts';
import { Type } from '../wire/icmp6.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as ndp from '../wire/ndp.ts';
import { Option } from '../wire/ndp-options.ts';
import { Protocol } from '../wire/protocols.ts';
import { AddressMaker, type AddressMakerNode } from './autoconfigure/address-maker.ts';
import { routerSolicitation } from './autoconfigure/message.ts';
import { Solicitor } from './autoconfigure/solicitor.ts';
import { isGroup, linkLayerAddressIn } from './neighbor/link-layer.ts';
import type { RouterAdvertised, RouterMessages } from './router-messages.ts';

export type HostNode = AddressMakerNode &
  Pick<Node, 'autoconfigurations' | 'counters' | 'learned' | 'pool' | 'ports' | 'redirects' | 'routers' | 'routes'>;

export interface HostDiscoveryOptions {
  /** Most prefixes of one interface that addresses are made of. Default 16. */
  readonly prefixes?: number;
}

export const hostDiscoveryDefaults: Required<HostDiscoveryOptions> = { prefixes: 16 };

/** An interface that configures itself. */
interface Side {
  readonly solicitor: Solicitor;
  readonly maker: AddressMaker;
  /** Can it solicit? */
  able: boolean;
  /** Is there a default router that can be reached, as far as is known? */
  hasRouter: boolean;
}

/** Nothing is asked from such an address. */
const unfit = AddressFlag.anycast | AddressFlag.detached;

/**
 * The host's side of Router Discovery on the interfaces of `node.autoconfigurations`: solicits routers (RFC 4861 §6.3.7,
 * RFC 7559), believes what they say (§6.3.4, RFC 4191, RFC 8106, RFC 8781), makes addresses of their prefixes (RFC 4862,
 * RFC 7217, RFC 8981), and follows their Redirects (§8). What is believed goes to stores, from which routes are derived.
 *
 * Routers are solicited when the interface has come up and has a link-local address, and again when the last default
 * router is gone or can't be reached any more: the link may be another (RFC 6275 §11.5.1).
 *
 * Drops, of Redirects that are delivered: `foreignDiscovery`, `badDiscovery`, `redirectIgnored`, `addressConflict`,
 * `notFirstHop`.
 *
 * @example
 * const discovery = new HostDiscovery(node, outbox, new RouterMessages(node));
 * node.autoconfigurations.enable(tap.index);
 * discovery.close();
 */
export class HostDiscovery {
  readonly #node: HostNode;
  readonly #outbox: Pick<Subject<Packet>, 'next'>;
  readonly #options: Required<HostDiscoveryOptions>;
  readonly #sides = new Map<number, Side>();
  readonly #owner = new Subscription();

  /** @param messages what is heard on the links; it stays the caller's */
  constructor(
    node: HostNode,
    outbox: Pick<Subject<Packet>, 'next'>,
    messages: RouterMessages,
    options: HostDiscoveryOptions = {},
  ) {
    this.#node = node;
    this.#outbox = outbox;
    this.#options = { ...hostDiscoveryDefaults, ...options };
    const { addresses, autoconfigurations, detections, interfaces, ports, prefixes, routers } = node;
    for (const watching of [
      autoconfigurations.changes$.subscribe(({ value }) => this.#settle(value.interfaceIndex)),
      interfaces.changes$.subscribe(({ value }) => this.#settle(value.index)),
      addresses.changes$.subscribe(({ value }) => {
        if (isLinkLocal(value.address)) this.#settle(value.interfaceIndex);
      }),
      detections.outcome$.subscribe(({ interfaceIndex, address, outcome }) => {
        this.#sides.get(interfaceIndex)?.maker.detected(address, outcome);
      }),
      routers.changes$.subscribe(({ value }) => this.#lookForRouters(value.interfaceIndex)),
      prefixes.changes$.subscribe(({ type, value }) => {
        if (type === 'updated' && value.isAttached) this.#sides.get(value.interfaceIndex)?.maker.attached(value.prefix);
      }),
      messages.advertisement$.subscribe((heard) => this.#advertised(heard)),
    ]) {
      this.#owner.add(watching);
    }
    this.#owner.add(ports.listen(Protocol.icmpv6, Type.redirect, (packet) => this.#redirected(packet)));
    for (const { interfaceIndex } of autoconfigurations) this.#settle(interfaceIndex);
  }

  /** Cancels all timers; what was learnt stays. Idempotent. */
  close(): void {
    this.#owner.unsubscribe();
    for (const interfaceIndex of [...this.#sides.keys()]) this.#end(interfaceIndex);
  }

  /** Our link-local address on the interface, if it can be spoken from. */
  #source(interfaceIndex: number): InterfaceAddress | undefined {
    return this.#node.addresses
      .list(interfaceIndex)
      .find((entry) => isLinkLocal(entry.address) && isReady(entry) && (entry.flags & unfit) === 0);
  }

  /** Does the interface configure itself if, and only if, it should? */
  #settle(interfaceIndex: number): void {
    const { autoconfigurations, interfaces } = this.#node;
    const link = interfaces.get(interfaceIndex);
    if (link === undefined || autoconfigurations.get(interfaceIndex) === undefined) return this.#end(interfaceIndex);
    const side = this.#sides.get(interfaceIndex) ?? this.#begin(interfaceIndex);
    const isUp = link.up && !link.ipv6Disabled && link.linkLayerAddress !== undefined;
    if (isUp) side.maker.begin();
    const able = isUp && this.#source(interfaceIndex) !== undefined;
    if (able === side.able) return;
    side.able = able;
    side.solicitor.event(able ? 'start' : 'stop');
  }

  #begin(interfaceIndex: number): Side {
    const node = this.#node;
    const how = () => node.autoconfigurations.get(interfaceIndex);
    const side: Side = {
      solicitor: new Solicitor(node, () => this.#solicit(interfaceIndex)),
      maker: new AddressMaker(node, { interfaceIndex, how, prefixes: this.#options.prefixes }),
      able: false,
      hasRouter: false,
    };
    this.#sides.set(interfaceIndex, side);
    return side;
  }

  #end(interfaceIndex: number): void {
    const side = this.#sides.get(interfaceIndex);
    this.#sides.delete(interfaceIndex);
    side?.solicitor.close();
    side?.maker.close();
  }

  #solicit(interfaceIndex: number): void {
    const source = this.#source(interfaceIndex);
    if (source === undefined) return;
    const packet = routerSolicitation(this.#node, interfaceIndex, source.address, !isOptimistic(source));
    if (packet !== undefined) this.#outbox.next(packet);
  }

  #lookForRouters(interfaceIndex: number): void {
    const side = this.#sides.get(interfaceIndex);
    if (side === undefined) return;
    const hasRouter = this.#node.routers
      .list(interfaceIndex)
      .some(({ role, isReachable }) => role === 'default' && isReachable);
    const isLost = side.hasRouter && !hasRouter;
    side.hasRouter = hasRouter;
    if (isLost && side.able) side.solicitor.event('start');
  }

  /** RFC 4861 §6.3.4 */
  #advertised({ interfaceIndex, router, linkLayerAddress, said, toMany }: RouterAdvertised): void {
    const side = this.#sides.get(interfaceIndex);
    if (side === undefined) return;
    const { interfaces, learned, neighbors, prefixes, routers } = this.#node;
    if (interfaces.table.ethernet[interfaceIndex] === 1) {
      neighbors.hearInformation(interfaceIndex, router, linkLayerAddress, true);
    }
    if (!routers.hear(interfaceIndex, router, said)) return;
    // Nobody is to make our packets end on the way (FreeBSD-SA-15:09).
    if (said.currentHopLimit >= defaultHopLimit) interfaces.setHopLimit(interfaceIndex, said.currentHopLimit);
    neighbors.configure(interfaceIndex, said);
    for (const option of said.options) {
      switch (option.kind) {
        case 'mtu':
          interfaces.restrictMtu(interfaceIndex, option.mtu);
          break;
        case 'prefix':
          prefixes.advertise(interfaceIndex, router, option);
          side.maker.advertised(option, toMany);
          break;
        case 'route':
          routers.hearRoute(interfaceIndex, router, option);
          break;
        case 'dnsServers':
        case 'searchList':
        case 'pref64':
          learned.hear(interfaceIndex, router, option);
          break;
        default: // the link-layer address was heard; home agents are for mobile nodes
      }
    }
    if (routers.get(interfaceIndex, router)?.role === 'default') side.solicitor.event('advertised');
  }

  /** RFC 4861 §8.1, §8.3. That it is no fragment (RFC 6980), `reassemble` has seen to. */
  #redirected(packet: Packet): void {
    const { autoconfigurations, addresses, interfaces, neighbors, redirects } = this.#node;
    const { view, start, upper, end, inInterface } = packet;
    const found = ndp.check(view, start, upper, end);
    if (found !== 'ok') return packet.refuse(found === 'badHopLimit' ? Drop.foreignDiscovery : Drop.badDiscovery);
    if (autoconfigurations.get(inInterface)?.redirects !== true) return packet.refuse(Drop.redirectIgnored);
    const target = readAddress6(view, upper + ndp.offsets.target);
    const destination = readAddress6(view, upper + ndp.offsets.redirectDestination);
    const linkLayerAddress = linkLayerAddressIn(packet, Option.targetLinkLayerAddress);
    if (linkLayerAddress !== undefined && isGroup(linkLayerAddress)) return packet.refuse(Drop.badDiscovery);
    if (addresses.find(inInterface, target) !== undefined) return packet.refuse(Drop.addressConflict);
    if (isLinkLocal(destination) || !this.#isFirstHop(packet)) return packet.refuse(Drop.notFirstHop);
    if (interfaces.table.ethernet[inInterface] === 1) {
      const isRouter = equalAddress(target, destination) ? undefined : true;
      neighbors.hearInformation(inInterface, target, linkLayerAddress, isRouter);
    }
    redirects.accept(inInterface, destination, target);
  }

  /** Would a packet to the Redirect's destination go to its source, by the interface that it came by? */
  #isFirstHop({ view, start, upper, inInterface }: Packet): boolean {
    const { table } = this.#node.routes;
    const row = table.lookup6(view, upper + ndp.offsets.redirectDestination);
    if (((table.flags[row] as number) & RouteFlag.gateway) === 0) return false;
    if (table.outInterface[row] !== inInterface) return false;
    const source = start + ipv6.offsets.source;
    const isHop = (word: number): boolean => table.nextHop[row * 4 + word] === view.getInt32(source + word * 4);
    return isHop(0) && isHop(1) && isHop(2) && isHop(3);
  }
}
