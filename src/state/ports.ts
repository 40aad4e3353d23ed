import type { Packet } from '../packet/packet.ts';

/**
 * Takes a packet that was delivered to this node. The packet is lent for the length of the call: copy what you keep.
 * `packet.upper` is the offset of the upper-layer header, checksum and length verified for UDP and ICMP.
 */
export type Receiver = (packet: Packet) => void;

/**
 * An ICMP error about a packet that an address of ours has sent, if it is to be believed. Lent for the length of the
 * call, as its packet is. All offsets are into `packet`'s slab.
 */
export interface ErrorNotice {
  /** The packet with the error in it; its `family` says whether type and code are ICMPv6's or ICMP's. */
  readonly packet: Packet;
  readonly type: number;
  readonly code: number;
  /** Of Packet Too Big and Fragmentation Needed the MTU, of Parameter Problem the pointer, else 0. */
  readonly parameter: number;
  /** Offset of the quoted IP header. */
  readonly quote: number;
  /** Offset just past the last byte of the quote. */
  readonly end: number;
  /** Protocol of the quoted packet's upper layer. */
  readonly protocol: number;
  /** Offset of the quoted upper-layer header, of which at least eight bytes are there. */
  readonly upper: number;
}

/**
 * Takes ICMP errors about packets of its own.
 *
 * @returns whether the quoted packet is one that it has sent: by its peer, its sequence number, its SPI. Anyone may
 * have made the error up, so look at what only the path knows (RFC 5927 §4). A Packet Too Big is believed only then.
 */
export type ErrorReceiver = (notice: ErrorNotice) => boolean;

/** Entries by protocol and port; one without a port takes what no port does. */
class PortMap<Entry> {
  readonly #limit: number;
  /** Keys are `protocol << 16 | port`: small integers, no string, no box. */
  readonly #entries = new Map<number, Entry>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(protocol: number, port: number, entry: Entry): () => void {
    const key = (protocol << 16) | port;
    if (this.#entries.has(key)) throw new Error(`umigame: protocol ${protocol} port ${port} is in use`);
    if (this.#entries.size >= this.#limit) throw new Error(`umigame: no more than ${this.#limit} listeners`);
    this.#entries.set(key, entry);
    return () => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
  }

  find(protocol: number, port: number): Entry | undefined {
    return this.#entries.get((protocol << 16) | port) ?? this.#entries.get(protocol << 16);
  }
}

/**
 * Who listens here: upper-layer protocols, and ports of those that have ports.
 *
 * @example
 * const release = ports.listen(Protocol.udp, 53, (packet) => answer(packet));
 * const releaseErrors = ports.listenErrors(Protocol.udp, 53, ({ quote }) => haveSent(quote));
 */
export class Ports {
  readonly #receivers: PortMap<Receiver>;
  readonly #errorReceivers: PortMap<ErrorReceiver>;

  /** @param options most receivers, and as many of errors, default 65,536 */
  constructor(options: { readonly limit?: number } = {}) {
    const { limit = 65_536 } = options;
    this.#receivers = new PortMap(limit);
    this.#errorReceivers = new PortMap(limit);
  }

  /**
   * Listens on a port of a protocol; port 0 means every packet of the protocol that no port takes.
   *
   * @returns undoes it
   * @throws when someone listens there already, or the table is full
   */
  listen(protocol: number, port: number, receiver: Receiver): () => void {
    return this.#receivers.add(protocol, port, receiver);
  }

  receiver(protocol: number, port: number): Receiver | undefined {
    return this.#receivers.find(protocol, port);
  }

  /**
   * Listens to ICMP errors about packets sent from a port of a protocol: of TCP, UDP and their like the source port, of
   * echo requests (protocol ICMP or ICMPv6) the identifier. Port 0 means every error about the protocol that no port
   * takes: a tunnel's, a security association's.
   *
   * @returns undoes it
   * @throws when someone listens there already, or the table is full
   */
  listenErrors(protocol: number, port: number, receiver: ErrorReceiver): () => void {
    return this.#errorReceivers.add(protocol, port, receiver);
  }

  errorReceiver(protocol: number, port: number): ErrorReceiver | undefined {
    return this.#errorReceivers.find(protocol, port);
  }
}
