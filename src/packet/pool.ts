import { Packet, type Recycler } from './packet.ts';

/** Sizes in bytes, limits in packets. */
export interface PoolOptions {
  /** Free bytes before each fresh packet: room for tunnel, ESP and link-layer headers. Default 256. */
  readonly headroom?: number;
  /** Free bytes behind the largest packet that a slab holds: room for an ESP trailer. Default 64. */
  readonly tailroom?: number;
  /** Largest packet in a small slab. Default 2,048. */
  readonly small?: number;
  /** Largest packet in a large slab: an IPv6 header and the 65,535 bytes it can count. Default 65,576. */
  readonly large?: number;
  /** Most small slabs that may exist at once. Default 8,192 (19 MB). */
  readonly smallLimit?: number;
  /** Most large slabs that may exist at once. Default 512 (34 MB). */
  readonly largeLimit?: number;
}

export const poolDefaults: Required<PoolOptions> = {
  headroom: 256,
  tailroom: 64,
  small: 2_048,
  large: 65_576,
  smallLimit: 8_192,
  largeLimit: 512,
};

/**
 * A bounded supply of packets. Slabs are made on demand up to the limits and then reused, last in first out, so
 * that the slab in the processor's cache is the next one used.
 *
 * @example
 * const pool = new PacketPool();
 * const packet = pool.acquire(1500);     // undefined when the limit is reached: stop reading, or refuse
 * packet?.release();
 */
export class PacketPool implements Recycler {
  readonly options: Required<PoolOptions>;
  readonly #small: Packet[] = [];
  readonly #large: Packet[] = [];
  readonly #smallCapacity: number;
  #smallMade = 0;
  #largeMade = 0;

  constructor(options: PoolOptions = {}) {
    this.options = { ...poolDefaults, ...options };
    this.#smallCapacity = this.options.headroom + this.options.small + this.options.tailroom;
  }

  /** Packets that are out with an owner. */
  get outstanding(): number {
    return this.#smallMade + this.#largeMade - this.#small.length - this.#large.length;
  }

  /**
   * A packet with room for `size` bytes behind the headroom, its length `size`, its bytes undefined.
   *
   * @returns undefined when all slabs are out or `size` exceeds the large slab: the caller refuses or waits
   */
  acquire(size: number): Packet | undefined {
    const { headroom, small, large } = this.options;
    if (size <= small) {
      const packet = this.#small.pop() ?? this.#makeSmall();
      if (packet !== undefined) {
        packet.pooled = false;
        return packet.reset(headroom, size);
      }
    }
    if (size > large) return undefined;
    const packet = this.#large.pop() ?? this.#makeLarge();
    if (packet === undefined) return undefined;
    packet.pooled = false;
    return packet.reset(headroom, size);
  }

  /** @internal called by `Packet.release` */
  recycle(packet: Packet): void {
    if (packet.pooled) throw new Error('umigame: a packet was released twice; only its owner may release it');
    packet.pooled = true;
    (packet.bytes.length === this.#smallCapacity ? this.#small : this.#large).push(packet);
  }

  #makeSmall(): Packet | undefined {
    if (this.#smallMade >= this.options.smallLimit) return undefined;
    this.#smallMade += 1;
    return new Packet(this.#smallCapacity, this);
  }

  #makeLarge(): Packet | undefined {
    if (this.#largeMade >= this.options.largeLimit) return undefined;
    this.#largeMade += 1;
    return new Packet(this.options.headroom + this.options.large + this.options.tailroom, this);
  }
}
