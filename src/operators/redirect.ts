import type { Subject } from 'rxjs';
import { copyBytes } from '../packet/copy.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, type Step, stage } from '../packet/stage.ts';
import { isReady } from '../state/addresses.ts';
import type { Node } from '../state/node.ts';
import { TokenBuckets } from '../state/token-bucket.ts';
import { address6, type IpAddress, isLinkLocal, isMulticast, isUnspecified, readAddress6 } from '../wire/address.ts';
import { chainHas } from '../wire/header-chain.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as ndp from '../wire/ndp.ts';
import * as ndpOptions from '../wire/ndp-options.ts';
import { Protocol } from '../wire/protocols.ts';
import { seal } from './advertise/message.ts';
import { isOnLink6 } from './neighbor/on-link.ts';

type RedirectNode = Pick<Node, 'addresses' | 'counters' | 'interfaces' | 'pool' | 'routes' | 'scheduler'>;

/** A link-layer address, as `ndpOptions.writeLinkLayerAddress` takes it. */
interface LinkLayer {
  readonly high: number;
  readonly low: number;
}

export interface RedirectOptions {
  /** Redirects a second on each interface (RFC 4861 §8.2). Default 10. */
  readonly rate?: number;
  /** Of these at once. Default 10. */
  readonly burst?: number;
  /** The link-layer address of a neighbor, if it is known: told along. Default: none is. */
  readonly linkLayerAddressOf?: (interfaceIndex: number, target: IpAddress) => LinkLayer | undefined;
}

const headerLength = 40;
const redirectedLimit = 2_032;

/** The next hop of a packet: a gateway, or the destination itself. */
const nextHopOf = ({ nextHop0, nextHop1, nextHop2, nextHop3 }: Packet, destination: IpAddress): IpAddress => {
  const gateway = address6(nextHop0, nextHop1, nextHop2, nextHop3);
  return isUnspecified(gateway) ? destination : gateway;
};

/** Unit of {@link redirect}. */
export const redirectStep = (
  node: RedirectNode,
  outbox: Pick<Subject<Packet>, 'next'>,
  { rate = 10, burst = 10, linkLayerAddressOf = () => undefined }: RedirectOptions = {},
): Step => {
  const { addresses, counters, interfaces, pool, scheduler } = node;
  const budget = new TokenBuckets({ count: interfaces.limit + 1, rate, burst });

  const send = (about: Packet, source: IpAddress, to: IpAddress, target: IpAddress): void => {
    const { inInterface: interfaceIndex } = about;
    const lladdr = linkLayerAddressOf(interfaceIndex, target);
    const before = ipv6.headerLength + headerLength + (lladdr === undefined ? 0 : ndpOptions.linkLayerSize);
    // As much of the packet as fits 1,280 bytes, in eights (RFC 4861 §4.6.3, §8.2).
    const room = Math.min(ipv6.minimumMtu - before - 8, redirectedLimit);
    const quote = Math.min(about.length & ~7, room & ~7);
    const packet = pool.acquire(before + 8 + quote);
    if (packet === undefined) return counters.icmp.notSent(6);
    const { view, start } = packet;
    ndp.writeRedirect(view, start + ipv6.headerLength, target, about.view, about.start + ipv6.offsets.destination);
    let at = start + ipv6.headerLength + headerLength;
    if (lladdr !== undefined) {
      const { targetLinkLayerAddress } = ndpOptions.Option;
      at += ndpOptions.writeLinkLayerAddress(view, at, targetLinkLayerAddress, lladdr.high, lladdr.low);
    }
    ndpOptions.writeRedirectedHeader(view, at, quote);
    const body = ndpOptions.redirectedAt(at);
    copyBytes(about, about.start, packet, body, quote);
    ipv6.setHopLimit(view, body, ipv6.hopLimit(view, body) + about.hops);
    counters.originated(0, 6);
    outbox.next(seal(packet, { interfaceIndex, source, destination: to }));
  };

  return (packet) => {
    const { family, inInterface, outInterface, view, start } = packet;
    if (inInterface !== outInterface || family !== 6 || inInterface === 0) return;
    if (interfaces.table.pointToPoint[inInterface] === 1) return;
    const from = readAddress6(view, start + ipv6.offsets.source);
    const destination = readAddress6(view, start + ipv6.offsets.destination);
    if (isMulticast(destination) || isUnspecified(from)) return;
    if (chainHas(view, start + ipv6.headerLength, packet.upper, ipv6.nextHeader(view, start), Protocol.routing)) return;
    if (packet.protocol === Protocol.routing) return;
    if (!isOnLink6(node, inInterface, view, start + ipv6.offsets.source)) return;
    const target = nextHopOf(packet, destination);
    const onLink = target.w0 === destination.w0 && target.w1 === destination.w1 && target.w2 === destination.w2;
    const isDestination = onLink && target.w3 === destination.w3;
    // A router is told by its link-local address, or not at all (RFC 4861 §4.5).
    if (!isDestination && !isLinkLocal(target)) return;
    const source = addresses.list(inInterface).find((entry) => isLinkLocal(entry.address) && isReady(entry))?.address;
    if (source?.family !== 6 || !budget.take(inInterface, scheduler.now())) return;
    send(packet, source, from, target);
  };
};

/**
 * Tells a neighbor of a better first hop when its packet goes back to the link that it came by (RFC 4861 §8.2). The packet
 * itself goes on. Put it into the forward lane, behind `hopLimit`.
 *
 * No redirect about multicast or source-routed packets, to who is no neighbor, on a point-to-point link, or to a router
 * whose link-local address is not known. KAME's rules; how many, its error budget.
 *
 * @param outbox takes the redirects
 *
 * @example
 * router(node, (lanes, outbox) => ({ ...lanes, forward: pipe(lanes.forward, redirect(node, outbox)) }));
 */
export const redirect = (node: RedirectNode, outbox: Pick<Subject<Packet>, 'next'>, options?: RedirectOptions): Lane =>
  stage(redirectStep(node, outbox, options));
