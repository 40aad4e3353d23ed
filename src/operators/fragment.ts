import { Observable, type Subscriber } from 'rxjs';
import { type Packet, Status } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import * as ipv4 from '../wire/ipv4.ts';
import { cut4 } from './cut.ts';
import { PiecesSubscriber } from './pieces.ts';

type FragmentNode = Pick<Node, 'interfaces' | 'counters' | 'pool' | 'tunnels'>;

const mayBeCut = ({ status, family, view, start }: Packet): boolean =>
  status === Status.inFlight && family === 4 && !ipv4.dontFragment(view, start);

/** In IPv6 tunnels not the IPv4 packet is cut but the one around it (RFC 2473 §7.2 b). */
const isCutOutside = ({ table: { kind, family } }: Node['tunnels'], { outInterface }: Packet): boolean =>
  kind[outInterface] !== 0 && family[outInterface] === 6;

class FragmentSubscriber extends PiecesSubscriber {
  readonly #node: FragmentNode;

  constructor(out: Subscriber<Packet>, node: FragmentNode) {
    super(out);
    this.#node = node;
  }

  override next(packet: Packet): void {
    if (this.isStopped) return;
    const { interfaces, tunnels } = this.#node;
    const mtu = interfaces.table.mtu[packet.outInterface] as number;
    if (packet.end - packet.start > mtu && mayBeCut(packet) && !isCutOutside(tunnels, packet))
      this.handOnAll(packet, cut4(this.#node, packet, mtu));
    else this.handOn(packet);
  }
}

/**
 * Cuts IPv4 packets that are larger than the next link's MTU and may be cut (RFC 791 §3.2, RFC 1812 §5.2.6). All pieces
 * or none: when the pool cannot hold them the packet is refused whole. Packets with Don't Fragment pass; `pathMtu`
 * refuses them. Those that go into an IPv6 tunnel pass, too: the packet around them will be cut.
 *
 * Drops: `noBuffer`; `packetTooBig` when not even eight bytes fit; `reassembledTooLong`.
 */
export const fragment =
  (node: FragmentNode): Lane =>
  (source) =>
    new Observable((out) => source.subscribe(new FragmentSubscriber(out, node)));
