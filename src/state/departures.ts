import type { Packet } from '../packet/packet.ts';

/** Takes what leaves a store that holds packets. It owns them from then on. */
export type Outlet = (packet: Packet) => void;

/**
 * Packets on their way out of a store. They are emitted when the store is in order again, one after the other: an
 * outlet may lead back to the store, and finds it consistent.
 */
export class Departures {
  readonly #packets: Packet[] = [];
  readonly #outlets: Outlet[] = [];
  #emitting = false;

  add(packet: Packet, outlet: Outlet): void {
    this.#packets.push(packet);
    this.#outlets.push(outlet);
  }

  /** Emits all packets, those that are added meanwhile too. */
  emit(): void {
    if (this.#emitting) return;
    this.#emitting = true;
    for (let i = 0; i < this.#packets.length; i += 1) (this.#outlets[i] as Outlet)(this.#packets[i] as Packet);
    this.#packets.length = 0;
    this.#outlets.length = 0;
    this.#emitting = false;
  }
}
