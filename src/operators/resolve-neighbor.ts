import { Observable, type Subject, Subscriber } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import { type Packet, Status } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import type { InterfaceTable } from '../state/interfaces.ts';
import { NeighborState } from '../state/neighbor-transition.ts';
import type { Neighbors } from '../state/neighbors.ts';
import type { Node } from '../state/node.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { writeEthernet } from './ethernet.ts';
import { type SolicitNode, solicit } from './neighbor/solicit.ts';

type ResolveNode = SolicitNode & Pick<Node, 'counters'>;

/** Constants of this file, for they are compared with each packet. */
const { inFlight } = Status;
const { incomplete, reachable } = NeighborState;

class ResolveSubscriber extends Subscriber<Packet> {
  readonly #out: Subscriber<Packet>;
  readonly #table: InterfaceTable;
  readonly #neighbors: Neighbors;
  readonly #detach: () => void;

  constructor(out: Subscriber<Packet>, node: ResolveNode, outbox: Subject<Packet>) {
    super(out);
    this.#out = out;
    this.#table = node.interfaces.table;
    this.#neighbors = node.neighbors;
    this.#detach = node.neighbors.attach({
      emit: (packet) => {
        if (!out.closed) return this.#take(packet);
        node.counters.refused(packet.inInterface, packet.family, packet.drop, packet.outInterface);
        packet.release();
      },
      solicit: (solicitation) => solicit(node, outbox, solicitation),
    });
    this.add(this.#detach);
  }

  override next(packet: Packet): void {
    if (!this.isStopped) this.#take(packet);
  }

  protected override _complete(): void {
    this.#detach();
    super._complete();
  }

  #take(packet: Packet): void {
    if (packet.status !== inFlight) return this.#handOn(packet);
    if (this.#table.ethernet[packet.outInterface] === 0) {
      packet.link = packet.start; // no header of the link it came by goes out
      return this.#handOn(packet);
    }
    if (packet.family === 6) this.#next6(packet);
    else if (packet.family === 4) this.#next4(packet);
    else this.#handOn(packet); // a frame of our own: ARP
  }

  #next6(packet: Packet): void {
    const { view, start, outInterface, nextHop0, nextHop1, nextHop2, nextHop3 } = packet;
    if (this.#table.ipv6Disabled[outInterface] === 1) {
      packet.refuse(Drop.outgoingInterfaceDisabled);
      return this.#handOn(packet);
    }
    const destination = start + ipv6.offsets.destination;
    if (view.getUint8(destination) === 0xff) return this.#send(packet, 0x3333, view.getInt32(destination + 12));
    const { table } = this.#neighbors;
    const row =
      (nextHop0 | nextHop1 | nextHop2 | nextHop3) === 0
        ? table.find6(outInterface, view, destination)
        : table.findWords(outInterface, nextHop0, nextHop1, nextHop2, nextHop3);
    this.#resolve(packet, row);
  }

  #next4(packet: Packet): void {
    const { view, start, outInterface, nextHop0 } = packet;
    const destination = ipv4.destination(view, start);
    if (destination === -1) return this.#send(packet, 0xffff, -1);
    if (destination >>> 28 === 0xe) return this.#send(packet, 0x0100, 0x5e000000 | (destination & 0x7fffff));
    this.#resolve(packet, this.#neighbors.table.find4(outInterface, nextHop0 === 0 ? destination : nextHop0));
  }

  #resolve(packet: Packet, row: number): void {
    const { state, linkLayerHigh, linkLayerLow } = this.#neighbors.table;
    const now = state[row] as number;
    if (now <= incomplete) return this.#neighbors.hold(packet, row);
    if (now !== reachable) this.#neighbors.use(row);
    this.#send(packet, linkLayerHigh[row] as number, linkLayerLow[row] as number);
  }

  #send(packet: Packet, high: number, low: number): void {
    writeEthernet(this.#table, packet, high, low);
    this.#handOn(packet);
  }

  /** When the stream was let go meanwhile, no one is left to own the packet. */
  #handOn(packet: Packet): void {
    if (this.#out.closed) packet.release();
    else this.#out.next(packet);
  }
}

/**
 * Gives packets that leave by an Ethernet interface their frame's header: to the neighbor that is the next hop, or the
 * destination itself if there is none; to the group of a multicast packet (RFC 2464 §7, RFC 1112 §6.4). While a
 * neighbor's link-layer address is not known, packets for it are held, and go on in order once it is; if nobody tells
 * it, they are refused as `addressUnreachable`, which their senders hear (RFC 4861 §7.2.2). Packets for other
 * interfaces, point-to-point ones, pass after one look at a flag.
 *
 * The last stage before `explain`: what comes out can be written to its device. When the source completes, or the
 * stream is let go, packets that are held are refused. A node's neighbors can be resolved by one line at a time.
 *
 * Drops: `noHeadroom`, `outgoingInterfaceDisabled`, and those of `Neighbors`: `addressUnreachable`, `neighborQueueFull`, `neighborLimit`,
 * `resolutionLimit`, `resolutionStopped`, `noInterface`.
 *
 * @param outbox takes Neighbor Solicitations and ARP requests
 */
export const resolveNeighbor =
  (node: ResolveNode, outbox: Subject<Packet>): Lane =>
  (source) =>
    new Observable((out) => source.subscribe(new ResolveSubscriber(out, node, outbox)));
