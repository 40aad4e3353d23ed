import { moveToFittingSlab } from '../packet/copy.ts';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import type { PacketPool } from '../packet/pool.ts';
import { Departures, type Outlet } from './departures.ts';
import { HeldPackets } from './held-packets.ts';
import type { NeighborOptions } from './neighbor-options.ts';

/**
 * The packets that wait for neighbors, by row. What leaves, released or refused, leaves by {@link emit}, in order, when
 * the cache is consistent again.
 *
 * A device reads into large slabs, of which there are few: what waits is moved to small ones.
 */
export class NeighborQueues {
  /** Takes what leaves; without one it goes back to its pool. */
  outlet: Outlet | undefined;
  readonly #pool: PacketPool;
  readonly #perNeighbor: number;
  readonly #held: HeldPackets;
  readonly #departures = new Departures();

  constructor(pool: PacketPool, { limit, queue, held, heldBytes }: Required<NeighborOptions>) {
    this.#pool = pool;
    this.#perNeighbor = queue;
    this.#held = new HeldPackets({ rows: limit, limit: held, bytes: heldBytes });
  }

  /** Packets that wait. */
  get size(): number {
    return this.#held.size;
  }

  /** Packets that wait for a neighbor. */
  count(row: number): number {
    return this.#held.count(row);
  }

  /** Lets a packet wait. A full queue loses its oldest (RFC 4861 §7.2.2). */
  add(row: number, packet: Packet): void {
    const held = this.#held;
    const kept = moveToFittingSlab(packet, this.#pool);
    if (held.count(row) >= this.#perNeighbor) {
      const oldest = held.take(row);
      if (oldest !== undefined) this.refuse(oldest, Drop.neighborQueueFull);
    }
    if (this.#perNeighbor > 0 && held.fits(kept)) held.add(row, kept);
    else this.refuse(kept, Drop.neighborQueueFull);
  }

  /** Lets a neighbor's packets go on their way. */
  release(row: number): void {
    for (let packet = this.#held.take(row); packet !== undefined; packet = this.#held.take(row)) this.#depart(packet);
  }

  refuse(packet: Packet, drop: number): void {
    packet.refuse(drop);
    this.#depart(packet);
  }

  /** Refuses all packets of a neighbor. */
  refuseAll(row: number, drop: number): void {
    for (let packet = this.#held.take(row); packet !== undefined; packet = this.#held.take(row)) {
      this.refuse(packet, drop);
    }
  }

  /** Hands out what leaves. */
  emit(): void {
    this.#departures.emit();
  }

  #depart(packet: Packet): void {
    if (this.outlet === undefined) packet.release();
    else this.#departures.add(packet, this.outlet);
  }
}
