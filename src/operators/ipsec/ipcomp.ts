/**
 * IPComp (RFC 3173) with DEFLATE (RFC 2394). Compressing allocates; who asks for it knows why.
 *
 * @module
 */
import { deflate, inflate } from '../../crypto/index.ts';
import { copyBytes, copyFields } from '../../packet/copy.ts';
import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import type { PacketPool } from '../../packet/pool.ts';
import type { Association } from '../../state/sadb/association.ts';
import type { Sadb } from '../../state/sadb.ts';
import * as ipcomp from '../../wire/ipcomp.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { longestLength } from './headers.ts';

/** Shorter payloads hardly become smaller (RFC 2394 §2.2, as in KAME). */
const shortest = 90;

/**
 * Compresses what lies from `at` on, which is called `protocol`, if that makes the packet shorter (RFC 3173 §2.2).
 *
 * @returns has it been compressed?
 */
export const compress = (
  sadb: Sadb,
  packet: Packet,
  association: Association,
  at: number,
  protocol: number,
): boolean => {
  const { view, bytes, end } = packet;
  const length = end - at;
  if (length < shortest) return false;
  const compressed = deflate(bytes, at, end, length - ipcomp.headerLength);
  if (compressed === undefined) return false;
  ipcomp.write(view, at, protocol, association.spi);
  bytes.set(compressed, at + ipcomp.headerLength);
  packet.end = at + ipcomp.headerLength + compressed.length;
  sadb.used(association, packet.end - at);
  return true;
};

/**
 * Decompresses what lies behind the IPComp header at `at`: no more than a packet can hold, whatever it may claim.
 *
 * Drops: `badCompression`, `compressionLimit`, `noBuffer`.
 *
 * @returns the packet to go on with: another one when the slab has no room, and then the given one was released
 */
export const decompress = (
  { sadb, pool }: { readonly sadb: Sadb; readonly pool: PacketPool },
  packet: Packet,
  association: Association,
  at: number,
): Packet => {
  const { bytes, start, end, family } = packet;
  const before = at - start;
  const most = longestLength - before + (family === 6 ? ipv6.headerLength : 0);
  const content = inflate(bytes, at + ipcomp.headerLength, end, most);
  if (typeof content === 'string') {
    packet.refuse(content === 'tooLong' ? Drop.compressionLimit : Drop.badCompression);
    return packet;
  }
  sadb.used(association, end - at);
  const whole = roomFor(packet, pool, before, content.length);
  if (whole.drop !== Drop.none) return whole;
  whole.bytes.set(content, whole.start + before);
  whole.end = whole.start + before + content.length;
  return whole;
};

/** The packet, or one with room for what it holds. */
const roomFor = (packet: Packet, pool: PacketPool, before: number, length: number): Packet => {
  const { start, bytes, upper } = packet;
  if (start + before + length <= bytes.length) return packet;
  const larger = pool.acquire(before + length);
  if (larger === undefined) {
    packet.refuse(Drop.noBuffer);
    return packet;
  }
  copyFields(packet, larger);
  copyBytes(packet, start, larger, larger.start, before);
  larger.upper = larger.start + upper - start;
  packet.release();
  return larger;
};
