import { Observable, Subscriber } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import { type Packet, Status } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import { Counter } from '../state/counters.ts';
import type { Outlet } from '../state/departures.ts';
import type { Node } from '../state/node.ts';
import * as header6 from '../wire/fragment.ts';
import * as chain from '../wire/header-chain.ts';
import { Type } from '../wire/icmp6.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';

/** TCP up to its flags (RFC 1858 §3.1). What starts at 8 would lie over them. */
const tcpMinimum = 16;

/** What RFC 6980 §5 says never comes in fragments: Neighbor Discovery, and Certification Path Solicitation. */
const isNeighborDiscovery = (type: number): boolean =>
  (type >= Type.routerSolicitation && type <= Type.redirect) || type === Type.certificationPathSolicitation;

/** Does a Fragment header come before the header at `upper`? */
const isBehindFragmentHeader = ({ view, start, upper }: Packet): boolean =>
  chain.chainHas(view, start + ipv6.headerLength, upper, ipv6.nextHeader(view, start), Protocol.fragment);

/** Neighbor Discovery may not even come behind the Fragment header of an atomic fragment, which is passed over. */
const discoveryStep = (packet: Packet): void => {
  const { view, upper, end } = packet;
  if (upper < end && isNeighborDiscovery(view.getUint8(upper)) && isBehindFragmentHeader(packet)) {
    packet.refuse(Drop.fragmentedNeighborDiscovery);
  }
};

/** The headers behind the Fragment header of a first fragment. */
const firstFragmentStep = (packet: Packet): void => {
  const { view, start, upper, end } = packet;
  const next = header6.nextHeader(view, upper);
  if (next === Protocol.hopByHop) return packet.refuse(Drop.misplacedHopByHop, upper - start);
  const found = chain.findUpperLayer(view, upper + header6.headerLength, end, next);
  if (found === chain.incomplete) return packet.refuse(Drop.incompleteHeaderChain); // pointer 0: RFC 8200 §4.5
  const protocol = chain.protocolOf(found);
  if (protocol === Protocol.fragment) return packet.refuse(Drop.repeatedFragmentHeader);
  if (protocol === Protocol.icmpv6 && isNeighborDiscovery(view.getUint8(chain.offsetOf(found)))) {
    packet.refuse(Drop.fragmentedNeighborDiscovery);
  }
};

const fragmentStep6 = (packet: Packet): void => {
  const { view, upper, end } = packet;
  if (header6.check(view, upper, end) !== 'ok') return packet.refuse(Drop.truncatedHeader, packet.protocolPointer);
  if (isBehindFragmentHeader(packet)) return packet.refuse(Drop.repeatedFragmentHeader);
  const length = end - upper - header6.headerLength;
  if (length === 0) return packet.refuse(Drop.emptyFragment);
  if (length % 8 !== 0 && header6.moreFragments(view, upper)) {
    return packet.refuse(Drop.unalignedFragment, ipv6.offsets.payloadLength);
  }
  if (header6.fragmentOffset(view, upper) === 0) firstFragmentStep(packet);
};

const fragmentStep4 = (packet: Packet): void => {
  const { view, start, upper, end, protocol } = packet;
  const length = end - upper;
  if (length === 0) return packet.refuse(Drop.emptyFragment);
  if (length % 8 !== 0 && ipv4.moreFragments(view, start)) return packet.refuse(Drop.unalignedFragment);
  if (protocol !== Protocol.tcp) return;
  // RFC 1858 §3, RFC 3128: no honest sender cuts so finely, as every link carries 68 bytes (RFC 791 §3.2).
  const offset = ipv4.fragmentOffset(view, start);
  if (offset === 0 ? length < tcpMinimum : offset < tcpMinimum) packet.refuse(Drop.tinyFragment);
};

/** Refuses a fragment for what can be told of it without the others. */
export const fragmentStep = (packet: Packet): void => {
  if (packet.family === 6) fragmentStep6(packet);
  else fragmentStep4(packet);
};

/** Reasons that are about the whole datagram; the others are about the fragment alone. */
const ruinous: ReadonlySet<number> = new Set([
  Drop.misplacedHopByHop,
  Drop.incompleteHeaderChain,
  Drop.repeatedFragmentHeader,
  Drop.fragmentedNeighborDiscovery,
  Drop.tinyFragment,
]);

type ReassembleNode = Pick<Node, 'counters' | 'reassembly'>;

class ReassembleSubscriber extends Subscriber<Packet> {
  readonly #node: ReassembleNode;
  readonly #outlet: Outlet;

  constructor(out: Subscriber<Packet>, node: ReassembleNode) {
    super(out);
    this.#node = node;
    this.#outlet = (packet) => {
      if (out.closed) packet.release();
      else out.next(packet);
    };
    this.add(() => node.reassembly.abandon(this.#outlet));
  }

  override next(packet: Packet): void {
    if (this.isStopped) return;
    if (packet.status !== Status.inFlight) this.#outlet(packet);
    else if (packet.family === 6) this.#next6(packet);
    else if (packet.family === 4) this.#next4(packet);
    else this.#outlet(packet);
  }

  protected override _complete(): void {
    this.#node.reassembly.stop(this.#outlet);
    super._complete();
  }

  /** The walk before stops at a Fragment header only if there are other fragments. */
  #next6(packet: Packet): void {
    if (packet.protocol === Protocol.fragment) return this.#fragment(packet);
    if (packet.protocol === Protocol.icmpv6) discoveryStep(packet);
    this.#outlet(packet);
  }

  #next4(packet: Packet): void {
    const { view, start } = packet;
    if (ipv4.moreFragments(view, start) || ipv4.fragmentOffset(view, start) !== 0) this.#fragment(packet);
    else this.#outlet(packet);
  }

  #fragment(packet: Packet): void {
    const { counters, reassembly } = this.#node;
    counters.add(packet.inInterface, packet.family, Counter.reasmReqds);
    fragmentStep(packet);
    if (packet.drop === Drop.none) reassembly.hold(packet, this.#outlet);
    else if (ruinous.has(packet.drop)) reassembly.refuseDatagramOf(packet, this.#outlet);
    else this.#outlet(packet);
  }
}

/**
 * Puts the datagrams for this node together that come in fragments (RFC 8200 §4.5, RFC 791 §3.2). Fragments are held;
 * the whole is emitted in place of the fragment that completes it, its `upper` behind what was the Fragment header, so
 * that `extensionHeaders` can walk on. All other packets pass, atomic fragments too (RFC 6946).
 *
 * Of a datagram's fragments one goes on as the whole; the others count as merged. When the source completes, what is
 * held is refused; when the stream is let go, it is released.
 *
 * Placed behind an `extensionHeaders`, which stops at a Fragment header: what comes before it is processed on arrival.
 *
 * Drops: `truncatedHeader`, `emptyFragment`, `unalignedFragment`, `tinyFragment`, `misplacedHopByHop`,
 * `incompleteHeaderChain` (RFC 7112), `repeatedFragmentHeader`, `fragmentedNeighborDiscovery` (RFC 6980), and those of
 * `Reassembly`.
 *
 * @example
 * const local = pipe(extensionHeaders(), reassemble(node), extensionHeaders(), deliver(node, outbox));
 */
export const reassemble =
  (node: ReassembleNode): Lane =>
  (source) =>
    new Observable((out) => source.subscribe(new ReassembleSubscriber(out, node)));
