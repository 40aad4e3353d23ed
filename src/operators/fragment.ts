import { Observable, Subscriber } from 'rxjs';
import { copyBytes } from '../packet/copy.ts';
import { Drop } from '../packet/drop.ts';
import { type Packet, Status } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import { Counter } from '../state/counters.ts';
import type { Node } from '../state/node.ts';
import * as ipv4 from '../wire/ipv4.ts';

type FragmentNode = Pick<Node, 'interfaces' | 'counters' | 'pool'>;

/** Bit of an option's type: copy it into every fragment. */
const copied = 0x80;
const endOfOptions = 0;
const noOperation = 1;

/**
 * Writes the header of a fragment other than the first at `to`: the fixed part and the options whose copied flag is
 * set (RFC 791 §3.1), padded to a word.
 *
 * @returns its length
 */
const copyHeader = (from: Packet, to: Packet, toAt: number): number => {
  const { view, start } = from;
  copyBytes(from, start, to, toAt, ipv4.minimumHeaderLength);
  let length = ipv4.minimumHeaderLength;
  const end = start + ipv4.headerLength(view, start);
  for (let at = start + ipv4.minimumHeaderLength; at < end; ) {
    const type = view.getUint8(at);
    if (type === endOfOptions) break;
    const size = type === noOperation ? 1 : Math.max(2, view.getUint8(at + 1));
    if (at + size > end) break;
    if ((type & copied) !== 0) {
      copyBytes(from, at, to, toAt + length, size);
      length += size;
    }
    at += size;
  }
  while (length % 4 !== 0) {
    to.view.setUint8(toAt + length, endOfOptions);
    length += 1;
  }
  to.view.setUint8(toAt, 0x40 | (length >> 2));
  return length;
};

const mayBeCut = ({ status, family, view, start }: Packet): boolean =>
  status === Status.inFlight && family === 4 && !ipv4.dontFragment(view, start);

class FragmentSubscriber extends Subscriber<Packet> {
  readonly #out: Subscriber<Packet>;
  readonly #node: FragmentNode;

  constructor(out: Subscriber<Packet>, node: FragmentNode) {
    super(out);
    this.#out = out;
    this.#node = node;
  }

  protected override _next(packet: Packet): void {
    const mtu = this.#node.interfaces.table.mtu[packet.outInterface] as number;
    if (packet.end - packet.start > mtu && mayBeCut(packet)) this.#cut(packet, mtu);
    else this.#handOn(packet);
  }

  /** When the stream was let go while the first pieces passed, no one is left to own the others. */
  #handOn(packet: Packet): void {
    if (this.#out.closed) packet.release();
    else this.#out.next(packet);
  }

  /** The last pieces are copied out first to slabs of their own; what is left of the packet is the first fragment. */
  #cut(packet: Packet, mtu: number): void {
    const { counters, pool } = this.#node;
    const { view, start } = packet;
    const header = ipv4.headerLength(view, start);
    const payload = packet.end - start - header;
    const offset = ipv4.fragmentOffset(view, start);
    const more = ipv4.moreFragments(view, start);
    const piece = (mtu - header) & ~7;
    counters.add(packet.outInterface, 4, Counter.outFragReqds);
    if (piece < 8) {
      packet.refuse(Drop.packetTooBig, mtu);
      return this.#handOn(packet);
    }
    const pieces: Packet[] = [];
    for (let from = piece; from < payload; from += piece) {
      const size = Math.min(piece, payload - from);
      const fragment = pool.acquire(header + size);
      if (fragment === undefined) {
        for (const made of pieces) made.release();
        packet.refuse(Drop.noBuffer);
        return this.#handOn(packet);
      }
      const length = copyHeader(packet, fragment, fragment.start);
      copyBytes(packet, start + header + from, fragment, fragment.start + length, size);
      fragment.end = fragment.start + length + size;
      this.#finish(fragment, packet, offset + from, more || from + size < payload);
      pieces.push(fragment);
    }
    packet.end = start + header + piece;
    this.#finish(packet, packet, offset, true);
    counters.copied(pieces.length);
    counters.add(packet.outInterface, 4, Counter.outFragOKs);
    counters.add(packet.outInterface, 4, Counter.outFragCreates, pieces.length + 1);
    this.#handOn(packet);
    for (const fragment of pieces) this.#handOn(fragment);
  }

  #finish(fragment: Packet, of: Packet, offset: number, more: boolean): void {
    const { view, start } = fragment;
    ipv4.setTotalLength(view, start, fragment.end - start);
    ipv4.setFragment(view, start, offset, more);
    ipv4.writeChecksum(view, start);
    fragment.family = 4;
    fragment.protocol = of.protocol;
    fragment.upper = start + ipv4.headerLength(view, start);
    fragment.fate = of.fate;
    fragment.inInterface = of.inInterface;
    fragment.outInterface = of.outInterface;
    fragment.route = of.route;
    fragment.nextHop0 = of.nextHop0;
    fragment.hops = of.hops;
    fragment.depth = of.depth;
    fragment.seconds = of.seconds;
    fragment.nanoseconds = of.nanoseconds;
  }
}

/**
 * Cuts IPv4 packets that are larger than the next link's MTU and may be cut (RFC 791 §3.2, RFC 1812 §5.2.6). All pieces
 * or none: when the pool cannot hold them the packet is refused whole. Packets with Don't Fragment pass; `pathMtu`
 * refuses them.
 *
 * Drops: `noBuffer`; `packetTooBig` when not even eight bytes fit.
 */
export const fragment =
  (node: FragmentNode): Lane =>
  (source) =>
    new Observable((out) => source.subscribe(new FragmentSubscriber(out, node)));
