import { Observable, type Subject, type Subscription } from 'rxjs';
import { copyBytes } from '../packet/copy.ts';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import type { ErrorNotice } from '../state/ports.ts';
import { mtuPolicyOf, traitsOf } from '../state/tunnel-traits.ts';
import type { Tunnel } from '../state/tunnels.ts';
import { equalsAddress } from '../wire/address-bytes.ts';
import * as icmp4 from '../wire/icmp4.ts';
import * as icmp6 from '../wire/icmp6.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as options from '../wire/options.ts';
import { remoteOf } from '../wire/tunneling.ts';
import * as udp from '../wire/udp.ts';
import { icmpErrorStep } from './icmp-error.ts';
import { flowAt } from './tunnel/flow.ts';

type RelayNode = Parameters<typeof icmpErrorStep>[0] & Pick<Node, 'ports' | 'tunnels'>;

/** Where the limit lies in outer headers of ours: what a Parameter Problem about it points at (RFC 2473 §8.2). */
const limitPointer = ipv6.headerLength + options.first + 2;

/** Is the outer packet between the ends of this tunnel? */
const isBetween = (tunnel: Tunnel, { packet: { view, family }, quote, protocol, upper }: ErrorNotice): boolean => {
  const { source, destination } = family === 6 ? ipv6.offsets : ipv4.offsets;
  const { local } = tunnel;
  const remote = remoteOf(tunnel);
  if (local.family !== family || !equalsAddress(view, quote + source, local)) return false;
  if (remote !== undefined && !equalsAddress(view, quote + destination, remote)) return false;
  if (!traitsOf(tunnel).protocols.includes(protocol)) return false;
  if (tunnel.kind !== 'fou' && tunnel.kind !== 'gue') return true;
  return udp.destinationPort(view, upper) === (tunnel.remotePort ?? tunnel.port);
};

/** Is there an IP header, whole, at `at`? */
const isHeader = ({ packet: { view }, end }: ErrorNotice, at: number): boolean => {
  if (end - at < ipv4.minimumHeaderLength) return false;
  const version = ipv6.version(view, at);
  return version === 4 ? ipv4.headerLength(view, at) >= ipv4.minimumHeaderLength : version === 6 && end - at >= 40;
};

/** Does the outer header bear the mark that only who has seen the packet knows? Those that may be cut bear none. */
const isMarked = ({ packet: { view, family }, quote }: ErrorNotice, inner: number, seed: number): boolean => {
  const flow = flowAt(view, inner, seed);
  if (family === 6) return ipv6.flowLabel(view, quote) === (flow & 0xfffff);
  return !ipv4.dontFragment(view, quote) || ipv4.identification(view, quote) === (flow & 0xffff);
};

const isTooBig = ({ packet: { family }, type, code }: ErrorNotice): boolean =>
  family === 6
    ? type === icmp6.Type.packetTooBig
    : type === icmp4.Type.destinationUnreachable && code === icmp4.Unreachable.fragmentationNeeded;

/** Is it one that the sender of the packet inside should hear of (RFC 2473 §8.1, RFC 4213 §3.4)? */
const isEnd = ({ packet: { family }, type, parameter }: ErrorNotice): boolean =>
  family === 6
    ? type === icmp6.Type.destinationUnreachable ||
      type === icmp6.Type.timeExceeded ||
      (type === icmp6.Type.parameterProblem && parameter === limitPointer)
    : type === icmp4.Type.destinationUnreachable || type === icmp4.Type.timeExceeded;

/** Bytes of the packet at `at`, by its own account, if it may not be cut; else 0. */
const wholeLength = (view: DataView, at: number): number => {
  if (ipv6.version(view, at) === 6) return ipv6.headerLength + ipv6.payloadLength(view, at);
  return ipv4.dontFragment(view, at) ? ipv4.totalLength(view, at) : 0;
};

/** Tells senders what became of their packets in tunnels of ours. */
class Relay {
  readonly #node: RelayNode;
  readonly #tell: (about: Packet) => void;
  /** What undoes listening, by protocol. */
  readonly #listening = new Map<number, () => void>();
  readonly #watching: Subscription;

  constructor(node: RelayNode, outbox: Subject<Packet>) {
    this.#node = node;
    this.#tell = icmpErrorStep(node, outbox);
    this.#settle();
    this.#watching = node.tunnels.changes$.subscribe(() => this.#settle());
  }

  close(): void {
    this.#watching.unsubscribe();
    for (const stop of this.#listening.values()) stop();
  }

  /** Listens to errors about the protocols that there are tunnels of, and no others: those are for someone else. */
  #settle(): void {
    const { ports, tunnels } = this.#node;
    const wanted = new Set(tunnels.list().flatMap((tunnel) => traitsOf(tunnel).protocols));
    for (const protocol of wanted) {
      if (this.#listening.has(protocol)) continue;
      this.#listening.set(
        protocol,
        ports.listenErrors(protocol, 0, (notice) => this.#heard(notice)),
      );
    }
    for (const [protocol, stop] of [...this.#listening]) {
      if (wanted.has(protocol)) continue;
      stop();
      this.#listening.delete(protocol);
    }
  }

  #heard(notice: ErrorNotice): boolean {
    const { tunnels } = this.#node;
    const tunnel = tunnels.find((each) => isBetween(each, notice));
    if (tunnel === undefined) return false;
    const { headerLength, outerLength } = tunnels.table;
    const row = tunnel.interfaceIndex;
    const inner = notice.upper + (headerLength[row] as number) - (outerLength[row] as number);
    if (!isHeader(notice, inner) || !isMarked(notice, inner, tunnels.seed)) return false;
    if (!isTooBig(notice)) {
      if (isEnd(notice)) this.#relay(notice, inner, Drop.addressUnreachable, 0);
    } else if (mtuPolicyOf(tunnel) === 'path') {
      const { view } = notice.packet;
      const least = ipv6.version(view, inner) === 6 ? ipv6.minimumMtu : ipv4.minimumMtu;
      const mtu = Math.max(notice.parameter - (headerLength[row] as number), least);
      if (wholeLength(view, inner) > mtu) this.#relay(notice, inner, Drop.packetTooBig, mtu);
    }
    return true;
  }

  /** An error about the packet inside, as far as it is quoted, to its sender; as if it had been refused here. */
  #relay({ packet, end }: ErrorNotice, inner: number, drop: number, mtu: number): void {
    const { pool, routes } = this.#node;
    const about = pool.acquire(end - inner);
    if (about === undefined) return;
    copyBytes(packet, inner, about, about.start, end - inner);
    const { view, start } = about;
    about.family = ipv6.version(view, start);
    const { table } = routes;
    const row =
      about.family === 6
        ? table.lookup6(view, start + ipv6.offsets.source)
        : table.lookup4(view, start + ipv4.offsets.source);
    about.inInterface = table.outInterface[row] as number;
    about.refuse(drop, mtu);
    this.#tell(about);
    about.release();
  }
}

/**
 * Hears ICMP errors about outer packets of our tunnels, as long as the lane is subscribed to, and relays them to who
 * sent the packet inside (RFC 2473 §8, RFC 4213 §3.4): that its destination can't be reached, or how large packets may
 * be. An error is believed if its quote bears the mark that we put on the outer header. Packets pass untouched: errors
 * come from `deliver`, by way of `node.ports`.
 *
 * @param outbox takes the errors
 */
export const tunnelErrors =
  (node: RelayNode, outbox: Subject<Packet>): Lane =>
  (source) =>
    new Observable((out) => {
      const relay = new Relay(node, outbox);
      out.add(() => relay.close());
      source.subscribe(out);
    });
