import type { Packet } from '../packet/packet.ts';

/**
 * Packets that wait, in a queue for each row of a table, in order. All queues share `limit` places and `bytes` of
 * slabs; adding and taking allocate nothing.
 *
 * @example
 * const held = new HeldPackets({ rows: table.limit, limit: 1_024, bytes: 4_000_000 });
 * if (held.fits(packet)) held.add(row, packet);
 * for (let packet = held.take(row); packet !== undefined; packet = held.take(row)) send(packet);
 */
export class HeldPackets {
  readonly limit: number;
  readonly #byteLimit: number;
  readonly #packets: (Packet | undefined)[];
  /** The place behind, by place; 0 behind the last. Free places are a list too. */
  readonly #next: Int32Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #lengths: Uint16Array;
  #free = 1;
  #size = 0;
  #bytes = 0;

  /** @param options highest row; most packets of all rows, and most bytes of their slabs */
  constructor(options: { readonly rows: number; readonly limit: number; readonly bytes: number }) {
    const { rows, limit, bytes } = options;
    this.limit = limit;
    this.#byteLimit = bytes;
    this.#packets = new Array<Packet | undefined>(limit + 1).fill(undefined);
    this.#next = new Int32Array(limit + 1);
    for (let place = 1; place < limit; place += 1) this.#next[place] = place + 1;
    if (limit === 0) this.#free = 0;
    this.#first = new Int32Array(rows + 1);
    this.#last = new Int32Array(rows + 1);
    this.#lengths = new Uint16Array(rows + 1);
  }

  /** Packets that wait, of all rows. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of their slabs. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Packets that wait for a row. */
  count(row: number): number {
    return this.#lengths[row] as number;
  }

  /** Is there a place, and room for its slab? */
  fits(packet: Packet): boolean {
    return this.#free !== 0 && this.#bytes + packet.bytes.length <= this.#byteLimit;
  }

  /** Puts a packet that {@link fits} at the end of a row's queue. */
  add(row: number, packet: Packet): void {
    const place = this.#free;
    this.#free = this.#next[place] as number;
    this.#packets[place] = packet;
    this.#next[place] = 0;
    if (this.#lengths[row] === 0) this.#first[row] = place;
    else this.#next[this.#last[row] as number] = place;
    this.#last[row] = place;
    this.#lengths[row] = (this.#lengths[row] as number) + 1;
    this.#size += 1;
    this.#bytes += packet.bytes.length;
  }

  /** Takes the oldest packet of a row, undefined if there is none. */
  take(row: number): Packet | undefined {
    if (this.#lengths[row] === 0) return undefined;
    const place = this.#first[row] as number;
    const packet = this.#packets[place] as Packet;
    this.#packets[place] = undefined;
    this.#first[row] = this.#next[place] as number;
    this.#lengths[row] = (this.#lengths[row] as number) - 1;
    this.#next[place] = this.#free;
    this.#free = place;
    this.#size -= 1;
    this.#bytes -= packet.bytes.length;
    return packet;
  }
}
