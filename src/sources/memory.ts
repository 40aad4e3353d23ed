import { Observable } from 'rxjs';
import type { Packet } from '../packet/packet.ts';
import type { PacketPool } from '../packet/pool.ts';

export interface FromMemoryOptions {
  readonly pool: PacketPool;
  /** The packets' `inInterface`. */
  readonly interfaceIndex: number;
}

/**
 * A packet for each array of bytes, at once and in order; then it completes. Each subscription begins anew, so
 * `frames` must be something that can be walked twice, as an array can and a running generator can't.
 *
 * Errors when a frame is longer than the pool's largest slab, or when all slabs are out: who holds the packets back
 * should take fewer at a time.
 *
 * @example
 * fromMemory([ping], { pool, interfaceIndex: 1 }).pipe(hopLimit(), toMemory(sent), release()).subscribe();
 */
export const fromMemory = (
  frames: Iterable<Uint8Array>,
  { pool, interfaceIndex }: FromMemoryOptions,
): Observable<Packet> =>
  new Observable((out) => {
    let count = 0;
    for (const frame of frames) {
      const packet = pool.acquire(frame.length);
      if (packet === undefined) {
        out.error(new Error(whyNoPacket(count, frame.length, pool)));
        return;
      }
      packet.bytes.set(frame, packet.start);
      packet.inInterface = interfaceIndex;
      count += 1;
      out.next(packet);
      if (out.closed) return;
    }
    out.complete();
  });

const whyNoPacket = (index: number, length: number, pool: PacketPool): string => {
  const { large } = pool.options;
  return length > large
    ? `umigame: frame ${index} of the memory source has ${length} bytes: a slab of the packet pool holds ${large}`
    : `umigame: the packet pool was exhausted at frame ${index} of the memory source: release packets, or raise its limits`;
};
