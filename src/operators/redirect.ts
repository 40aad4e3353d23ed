import type { Subject } from 'rxjs';
import { copyBytes } from '../packet/copy.ts';
import { Fate, type Packet } from '../packet/packet.ts';
import { type Lane, type Step, stage } from '../packet/stage.ts';
import { isReady } from '../state/addresses.ts';
import { NeighborState } from '../state/neighbor-transition.ts';
import type { Node } from '../state/node.ts';
import { TokenBuckets } from '../state/token-bucket.ts';
import { address6, type IpAddress, isLinkLocal, readAddress6 } from '../wire/address.ts';
import { isMulticast6, isUnspecified6 } from '../wire/address-bytes.ts';
import { chainHas } from '../wire/header-chain.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as ndp from '../wire/ndp.ts';
import * as ndpOptions from '../wire/ndp-options.ts';
import { Protocol } from '../wire/protocols.ts';
import { seal } from './advertise/message.ts';
import { isOnLink6 } from './neighbor/on-link.ts';

type RedirectNode = Pick<Node, 'addresses' | 'counters' | 'interfaces' | 'neighbors' | 'pool' | 'routes' | 'scheduler'>;

/** How many redirects are sent: a rate, and a burst that it may come in (RFC 4861 §8.2). */
export interface RedirectOptions {
  /** Redirects a second on each interface. 0, with a burst of 0: none is ever sent. Default 10. */
  readonly rate?: number;
  /** Of these at once. Default 10. */
  readonly burst?: number;
}

export const sentRedirectDefaults: Required<RedirectOptions> = { rate: 10, burst: 10 };

const headerLength = 40;
const redirectedLimit = 2_032;

/** Where a packet goes next, as words; the destination itself where there is no gateway. */
const nextHopOf = ({ nextHop0, nextHop1, nextHop2, nextHop3, view, start }: Packet): IpAddress =>
  (nextHop0 | nextHop1 | nextHop2 | nextHop3) === 0
    ? readAddress6(view, start + ipv6.offsets.destination)
    : address6(nextHop0, nextHop1, nextHop2, nextHop3);

/** Is the next hop the address at `at`? Where there is no gateway, it is the destination. */
const goesTo = ({ nextHop0, nextHop1, nextHop2, nextHop3, view }: Packet, at: number): boolean =>
  nextHop0 === view.getInt32(at) &&
  nextHop1 === view.getInt32(at + 4) &&
  nextHop2 === view.getInt32(at + 8) &&
  nextHop3 === view.getInt32(at + 12);

/**
 * May the sender be told of the next hop? A router is told of by its link-local address or not at all (RFC 4861 §4.5),
 * a neighbor never that it should ask itself.
 */
const isBetterHop = (packet: Packet): boolean => {
  const { nextHop0, nextHop1, nextHop2, nextHop3, start } = packet;
  if ((nextHop0 | nextHop1 | nextHop2 | nextHop3) === 0) return true;
  if (goesTo(packet, start + ipv6.offsets.source)) return false;
  return nextHop0 >>> 22 === 0x3fa || goesTo(packet, start + ipv6.offsets.destination);
};

/** Unit of {@link redirect}. */
export const redirectStep = (
  node: RedirectNode,
  outbox: Pick<Subject<Packet>, 'next'>,
  options: RedirectOptions = {},
): Step => {
  const { addresses, counters, interfaces, neighbors, pool, scheduler } = node;
  const { rate, burst } = { ...sentRedirectDefaults, ...options };
  const budget = new TokenBuckets({ count: interfaces.limit + 1, rate, burst });

  const isDue = (packet: Packet): boolean => {
    const { family, inInterface, view, start, end } = packet;
    if (family !== 6 || interfaces.table.pointToPoint[inInterface] === 1) return false;
    const source = start + ipv6.offsets.source;
    if (isMulticast6(view, start + ipv6.offsets.destination) || isUnspecified6(view, source)) return false;
    if (!isBetterHop(packet) || !isOnLink6(node, inInterface, view, source)) return false;
    const first = start + ipv6.headerLength;
    if (chainHas(view, first, end, ipv6.nextHeader(view, start), Protocol.routing)) return false;
    return budget.take(inInterface, scheduler.now());
  };

  /** The row of the neighbor, if its link-layer address is known; 0 otherwise. */
  const resolved = (interfaceIndex: number, target: IpAddress): number => {
    const row = neighbors.table.findAddress(interfaceIndex, target);
    return (neighbors.table.state[row] as number) > NeighborState.incomplete ? row : 0;
  };

  const send = (about: Packet, source: IpAddress): void => {
    const { inInterface: interfaceIndex } = about;
    const target = nextHopOf(about);
    const row = resolved(interfaceIndex, target);
    const before = ipv6.headerLength + headerLength + (row === 0 ? 0 : ndpOptions.linkLayerSize);
    // As much of the packet as fits 1,280 bytes, in eights (RFC 4861 §4.6.3, §8.2).
    const room = Math.min(ipv6.minimumMtu - before - 8, redirectedLimit);
    const quote = Math.min(about.length & ~7, room & ~7);
    const packet = pool.acquire(before + 8 + quote);
    if (packet === undefined) return counters.icmp.notSent(6);
    const { view, start } = packet;
    ndp.writeRedirect(view, start + ipv6.headerLength, target, about.view, about.start + ipv6.offsets.destination);
    let at = start + ipv6.headerLength + headerLength;
    if (row !== 0) {
      const { linkLayerHigh, linkLayerLow } = neighbors.table;
      const { targetLinkLayerAddress } = ndpOptions.Option;
      const [high, low] = [linkLayerHigh[row] as number, linkLayerLow[row] as number];
      at += ndpOptions.writeLinkLayerAddress(view, at, targetLinkLayerAddress, high, low);
    }
    ndpOptions.writeRedirectedHeader(view, at, quote);
    const body = ndpOptions.redirectedAt(at);
    copyBytes(about, about.start, packet, body, quote);
    ipv6.setHopLimit(view, body, ipv6.hopLimit(view, body) + about.hops);
    counters.originated(0, 6);
    const destination = readAddress6(about.view, about.start + ipv6.offsets.source);
    seal(packet, { interfaceIndex, source, destination });
    packet.fate = Fate.forward; // to a neighbor on that link, whatever the routes say
    outbox.next(packet);
  };

  return (packet) => {
    const { inInterface } = packet;
    if (inInterface !== packet.outInterface || !isDue(packet)) return;
    const own = addresses.list(inInterface).find((entry) => isLinkLocal(entry.address) && isReady(entry))?.address;
    if (own?.family === 6) send(packet, own);
  };
};

/**
 * Tells a neighbor of a better first hop when its packet goes back to the link that it came by (RFC 4861 §8.2), with the
 * link-layer address of that hop if the neighbor cache has it. The packet itself goes on. The default router has it, in
 * the forward lane behind `hopLimit`; to packets that leave by another link it costs one comparison.
 *
 * No redirect about multicast or source-routed packets, to who is no neighbor, on a point-to-point link, or to a router
 * whose link-local address is not known. KAME's rules; how many, a budget for each interface.
 *
 * @param outbox takes the redirects
 *
 * @example
 * router(node, (lanes, outbox) => ({ ...lanes, forward: pipe(lanes.forward, redirect(node, outbox)) }));
 */
export const redirect = (node: RedirectNode, outbox: Pick<Subject<Packet>, 'next'>, options?: RedirectOptions): Lane =>
  stage(redirectStep(node, outbox, options));
