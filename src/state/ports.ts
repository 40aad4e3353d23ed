import type { Packet } from '../packet/packet.ts';

/**
 * Takes a packet that was delivered to this node. The packet is lent for the length of the call: copy what you keep.
 * `packet.upper` is the offset of the upper-layer header, checksum and length verified for UDP and ICMP.
 */
export type Receiver = (packet: Packet) => void;

/**
 * Who listens here: upper-layer protocols, and ports of those that have ports.
 *
 * @example
 * const release = ports.listen(Protocol.udp, 53, (packet) => answer(packet));
 */
export class Ports {
  readonly #limit: number;
  /** Keys are `protocol << 16 | port`: small integers, no string, no box. */
  readonly #receivers = new Map<number, Receiver>();

  /** @param options most receivers, default 65,536 */
  constructor(options: { readonly limit?: number } = {}) {
    this.#limit = options.limit ?? 65_536;
  }

  /**
   * Listens on a port of a protocol; port 0 means every packet of the protocol that no port takes.
   *
   * @returns undoes it
   * @throws when someone listens there already, or the table is full
   */
  listen(protocol: number, port: number, receiver: Receiver): () => void {
    const key = (protocol << 16) | port;
    if (this.#receivers.has(key)) throw new Error(`umigame: protocol ${protocol} port ${port} is in use`);
    if (this.#receivers.size >= this.#limit) throw new Error(`umigame: no more than ${this.#limit} listeners`);
    this.#receivers.set(key, receiver);
    return () => {
      if (this.#receivers.get(key) === receiver) this.#receivers.delete(key);
    };
  }

  receiver(protocol: number, port: number): Receiver | undefined {
    return this.#receivers.get((protocol << 16) | port) ?? this.#receivers.get(protocol << 16);
  }
}
