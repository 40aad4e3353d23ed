import { Observable, type Subscriber } from 'rxjs';
import { type Packet, Status } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import * as ipv4 from '../wire/ipv4.ts';
import { cut4, cut6 } from './cut.ts';
import { wayMtu } from './path-mtu.ts';
import { PiecesSubscriber } from './pieces.ts';

type OriginateNode = Pick<Node, 'counters' | 'identifications' | 'interfaces' | 'pathMtus' | 'pool'>;

export interface FragmentOriginatedOptions {
  /** Largest packet that a packet's path carries. Default: what is known of it, see `wayMtu`. */
  readonly mtu?: (packet: Packet) => number;
}

class OriginateSubscriber extends PiecesSubscriber {
  readonly #node: OriginateNode;
  readonly #mtu: (packet: Packet) => number;

  constructor(out: Subscriber<Packet>, node: OriginateNode, mtu: (packet: Packet) => number) {
    super(out);
    this.#node = node;
    this.#mtu = mtu;
  }

  override next(packet: Packet): void {
    if (this.isStopped) return;
    const isOurs = packet.inInterface === 0 && packet.status === Status.inFlight;
    const mtu = isOurs ? this.#mtu(packet) : packet.length;
    if (packet.length > mtu) this.handOnAll(packet, this.#cut(packet, mtu));
    else this.handOn(packet);
  }

  #cut(packet: Packet, mtu: number): readonly Packet[] {
    const { view, start } = packet;
    const { identifications } = this.#node;
    if (packet.family === 6) return cut6(this.#node, packet, mtu, identifications.next6(view, start));
    if (packet.family !== 4 || ipv4.dontFragment(view, start)) return [];
    ipv4.setIdentification(view, start, identifications.next4(view, start));
    return cut4(this.#node, packet, mtu);
  }
}

/**
 * Cuts packets of our own that are larger than their path carries: IPv6 at its source, the only place where that is
 * done (RFC 8200 §4.5), and IPv4 packets without Don't Fragment. Nothing that fits gets a Fragment header (RFC 8021).
 * Identifications can't be guessed (RFC 7739). All pieces or none.
 *
 * Placed behind `classify`, which knows the outgoing interface, and behind `ipsecOutput`. Packets of others pass; those
 * that were put into a tunnel here are our own.
 *
 * Drops: `noBuffer`; `packetTooBig` when the headers leave no room.
 *
 * @example
 * fragmentOriginated(node, { mtu: ({ view, start }) => (ipv6.version(view, start) === 6 ? 1280 : 576) });
 */
export const fragmentOriginated =
  (node: OriginateNode, options: FragmentOriginatedOptions = {}): Lane =>
  (source) => {
    const { mtu = wayMtu(node) } = options;
    return new Observable((out) => source.subscribe(new OriginateSubscriber(out, node, mtu)));
  };
