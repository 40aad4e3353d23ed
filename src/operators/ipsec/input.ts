import { Observable, type Subject, Subscriber } from 'rxjs';
import { Drop } from '../../packet/drop.ts';
import { Fate, type Packet, Status } from '../../packet/packet.ts';
import type { Lane, Step } from '../../packet/stage.ts';
import type { Node } from '../../state/node.ts';
import type { ErrorReceiver } from '../../state/ports.ts';
import { type Association, Mode } from '../../state/sadb/association.ts';
import { isUsable } from '../../state/sadb/transition.ts';
import { tunnelBit } from '../../state/sadb.ts';
import { requestLimit } from '../../state/spd/policy.ts';
import { Direction } from '../../state/spd.ts';
import * as ah from '../../wire/ah.ts';
import * as esp from '../../wire/esp.ts';
import * as ipcomp from '../../wire/ipcomp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import * as udp from '../../wire/udp.ts';
import { type ExtensionHeaderOptions, extensionHeadersStep } from '../extension-headers.ts';
import { admitStep, noteAssociation } from './admit.ts';
import { verifyAh } from './ah.ts';
import { type Opened, openEsp } from './esp.ts';
import { closeGap, writeLengths } from './headers.ts';
import { decompress } from './ipcomp.ts';
import { takeInner } from './tunnel.ts';

/** What unwrapping packets needs of the node. */
export type IpsecInputNode = Pick<Node, 'pool' | 'ports' | 'sadb' | 'spd'>;

/** RFC 3948 §2.3. */
const keepaliveByte = 0xff;

const isIp = (protocol: number): boolean => protocol === Protocol.ipv6 || protocol === Protocol.ipv4;

const isFragment4 = ({ family, view, start }: Packet): boolean =>
  family === 4 && (ipv4.moreFragments(view, start) || ipv4.fragmentOffset(view, start) !== 0);

/** Unwraps packets for this node; see {@link ipsecInput}. */
class Unwrapper {
  readonly #node: IpsecInputNode;
  readonly #walk: Step;
  readonly #admit: Step;
  readonly #opened: Opened = { at: 0, end: 0, protocol: 0 };

  constructor(node: IpsecInputNode, options: ExtensionHeaderOptions | undefined) {
    this.#node = node;
    this.#walk = extensionHeadersStep(options);
    this.#admit = admitStep(node, Direction.in);
  }

  /**
   * Takes off AH, ESP and IPComp, in the order in which they come, and walks the extension headers in between. Every
   * turn takes one association off, and there are at most four.
   *
   * @returns the packet to go on with, its fate undecided if it came out of a tunnel
   */
  unwrap(given: Packet): Packet {
    let packet = given;
    if (this.#node.sadb.size > 0) {
      for (;;) {
        const { associations } = packet;
        packet = this.#turn(packet);
        if (packet.status !== Status.inFlight || packet.fate === Fate.undecided) return packet;
        if (packet.associations === associations) break;
        this.#walk(packet);
        if (packet.status !== Status.inFlight) return packet;
      }
    }
    this.#admit(packet);
    return packet;
  }

  #turn(packet: Packet): Packet {
    const { protocol, view, upper, end } = packet;
    if (isFragment4(packet)) return packet;
    switch (protocol) {
      case Protocol.esp:
        if (esp.check(view, upper, end) === 'ok') this.#openEsp(packet, upper);
        else packet.refuse(Drop.truncatedSecurity);
        return packet;
      case Protocol.ah:
        if (ah.check(view, upper, end) === 'ok') this.#openAh(packet);
        else packet.refuse(Drop.truncatedSecurity);
        return packet;
      case Protocol.ipcomp:
        if (ipcomp.check(view, upper, end) === 'ok') return this.#decompress(packet);
        packet.refuse(Drop.truncatedSecurity);
        return packet;
      case Protocol.udp:
        if (this.#node.sadb.encapsulated > 0) this.#openUdp(packet);
        return packet;
      default:
        return packet;
    }
  }

  /** The association that the packet names, if it may use it; else the packet is refused. */
  #find(packet: Packet, protocol: number, spi: number): Association | undefined {
    const { family, view, start } = packet;
    const { source, destination } = family === 6 ? ipv6.offsets : ipv4.offsets;
    const association = this.#node.sadb.lookup(protocol, spi, family, view, start + destination);
    let drop: number = Drop.none;
    if (association === undefined || !isUsable(association.state)) drop = Drop.unknownSpi;
    else if (packet.associations >= requestLimit) drop = Drop.tooManyAssociations;
    else if (association.hasSource === 1 && !comesFrom(packet, association, start + source)) {
      drop = Drop.associationSource;
    }
    if (drop === Drop.none) return association;
    packet.refuse(drop);
    return undefined;
  }

  #openEsp(packet: Packet, at: number): void {
    const association = this.#find(packet, Protocol.esp, esp.spi(packet.view, at));
    if (association === undefined) return;
    const opened = this.#opened;
    if (!openEsp(this.#node.sadb, packet, association, at, opened)) return;
    if (this.#enter(packet, association, opened.at, opened.end, opened.protocol)) return;
    // Transport mode: the headers close up, and the packet is what it was before.
    closeGap(packet, packet.upper, opened.at);
    packet.end = opened.end;
    this.#name(packet, opened.at, opened.protocol);
  }

  /** AH stays where it is: an extension header that has been read. */
  #openAh(packet: Packet): void {
    const { view, upper } = packet;
    const association = this.#find(packet, Protocol.ah, ah.spi(view, upper));
    if (association === undefined) return;
    const length = verifyAh(this.#node.sadb, packet, association, upper);
    if (length === 0) return;
    const protocol = ah.nextHeader(view, upper);
    if (this.#enter(packet, association, upper + length, packet.end, protocol)) return;
    packet.protocol = protocol;
    packet.protocolPointer = upper - packet.start;
    packet.upper = upper + length;
  }

  #decompress(packet: Packet): Packet {
    const { view, upper } = packet;
    const protocol = ipcomp.nextHeader(view, upper);
    const association = this.#find(packet, Protocol.ipcomp, ipcomp.index(view, upper));
    if (association === undefined) return packet;
    const whole = decompress(this.#node, packet, association, upper);
    if (whole.drop !== Drop.none) return whole;
    noteAssociation(whole, association.id);
    this.#name(whole, whole.upper, protocol);
    return whole;
  }

  /** ESP in UDP (RFC 3948): not IKE's, which begins with four zeros (§2.2), and not to another port. */
  #openUdp(packet: Packet): void {
    const { view, upper, end, family, start } = packet;
    if (udp.check(view, upper, end) !== 'ok') return;
    const at = upper + udp.headerLength;
    const length = udp.length(view, upper) - udp.headerLength;
    const port = udp.destinationPort(view, upper);
    if (length === 1 && view.getUint8(at) === keepaliveByte) {
      if (this.#node.sadb.wrapsAt(port)) packet.refuse(Drop.keepalive);
      return;
    }
    if (length < esp.headerLength || esp.spi(view, at) === 0) return;
    const { destination } = family === 6 ? ipv6.offsets : ipv4.offsets;
    const found = this.#node.sadb.lookup(Protocol.esp, esp.spi(view, at), family, view, start + destination);
    // The peer sends to the port that we send from.
    if (found === undefined || found.sourcePort !== port) return;
    packet.end = at + length;
    this.#openEsp(packet, at);
  }

  /**
   * Notes the association, and if it is a tunnel makes the packet the one inside it.
   *
   * @returns is it one, or was the packet refused?
   */
  #enter(packet: Packet, { id, mode }: Association, at: number, end: number, protocol: number): boolean {
    const isTunnel = mode !== Mode.transport && isIp(protocol);
    noteAssociation(packet, isTunnel ? id | tunnelBit : id);
    if (isTunnel) takeInner(packet, at, end, protocol);
    else if (mode === Mode.tunnel) packet.refuse(Drop.wrongMode);
    else return false;
    return true;
  }

  /** What lies at `at` is named by the byte that named what was there before. */
  #name(packet: Packet, at: number, protocol: number): void {
    packet.view.setUint8(packet.start + packet.protocolPointer, protocol);
    packet.protocol = protocol;
    packet.upper = at;
    writeLengths(packet);
  }
}

const comesFrom = ({ family, view }: Packet, { endpoints }: Association, at: number): boolean => {
  if (view.getInt32(at) !== endpoints.getInt32(0)) return false;
  if (family === 4) return true;
  return (
    view.getInt32(at + 4) === endpoints.getInt32(4) &&
    view.getInt32(at + 8) === endpoints.getInt32(8) &&
    view.getInt32(at + 12) === endpoints.getInt32(12)
  );
};

class IpsecInputSubscriber extends Subscriber<Packet> {
  readonly #out: Subscriber<Packet>;
  readonly #unwrapper: Unwrapper;
  readonly #node: IpsecInputNode;
  readonly #inner: Subject<Packet>;

  constructor(
    out: Subscriber<Packet>,
    node: IpsecInputNode,
    inner: Subject<Packet>,
    options: ExtensionHeaderOptions | undefined,
  ) {
    super(out);
    this.#out = out;
    this.#node = node;
    this.#inner = inner;
    this.#unwrapper = new Unwrapper(node, options);
  }

  override next(packet: Packet): void {
    if (this.isStopped) return;
    const { sadb, spd } = this.#node;
    if (packet.status !== Status.inFlight || (sadb.size === 0 && !spd.active)) return this.#handOn(packet);
    let unwrapped: Packet;
    try {
      unwrapped = this.#unwrapper.unwrap(packet);
    } catch (bug) {
      this.#out.error(bug);
      return;
    }
    const isInner = unwrapped.status === Status.inFlight && unwrapped.fate === Fate.undecided;
    if (isInner && !this.#out.closed) this.#inner.next(unwrapped);
    else this.#handOn(unwrapped);
  }

  #handOn(packet: Packet): void {
    if (this.#out.closed) packet.release();
    else this.#out.next(packet);
  }
}

/**
 * Is an ICMP error about ESP about a packet of ours? It quotes the SPI and the destination, which only the path knows
 * (RFC 4301 §6.1.1). About AH whoever sent what is behind it is asked.
 */
const ownsSpi =
  ({ sadb }: IpsecInputNode): ErrorReceiver =>
  ({ packet: { family, view }, quote, upper }) => {
    const { destination } = family === 6 ? ipv6.offsets : ipv4.offsets;
    return sadb.lookup(Protocol.esp, esp.spi(view, upper), family, view, quote + destination) !== undefined;
  };

/**
 * Takes AH, ESP and IPComp off the packets for this node, and asks whether what came to light is what the policies want
 * (RFC 4301 §5.2). What comes out of a tunnel is received once more: it is handed to `inner`, its associations noted on
 * it, and comes back through `decode` and `classify`; what comes of transport mode goes on, its extension headers walked.
 *
 * Verification comes before decryption and after the anti-replay window has been asked. Works in place; only
 * decompression may need another slab. Errors about packets of ours that associations have protected are believed by
 * their SPI.
 *
 * Drops: `unknownSpi`, `truncatedSecurity`, `associationSource`, `replayed`, `badIcv`, `badPadding`, `dummyPacket`,
 * `keepalive`, `wrongMode`, `truncated`, `outerCongestion`, `tooManyAssociations`, `badCompression`, `compressionLimit`,
 * `noBuffer`, `notProtected`, `wrongProtection`, `discardedByPolicy`, those of `extensionHeaders`.
 *
 * @param inner takes what comes out of tunnels
 *
 * @example
 * const local = pipe(extensionHeaders(), reassemble(node), extensionHeaders(), ipsecInput(node, inner), deliver(node, outbox));
 */
export const ipsecInput =
  (node: IpsecInputNode, inner: Subject<Packet>, options?: ExtensionHeaderOptions): Lane =>
  (source) =>
    new Observable((out) => {
      const { ports } = node;
      out.add(ports.listenErrors(Protocol.esp, 0, ownsSpi(node)));
      return source.subscribe(new IpsecInputSubscriber(out, node, inner, options));
    });
