/**
 * Packets put together from layers, for tests and examples.
 *
 * @module
 */
import { Packet } from '../packet/packet.ts';
import type { PacketPool } from '../packet/pool.ts';
import * as checksum from '../wire/checksum.ts';
import { Protocol } from '../wire/protocols.ts';

/** The inner layers, built already. */
export interface Body {
  readonly bytes: Uint8Array;
  /** Protocol number of the first header in `bytes`. */
  readonly protocol: number;
  /** A checksum that covers the addresses, which only the IP layer around it knows. */
  readonly checksum?: PendingChecksum | undefined;
}

export interface PendingChecksum {
  readonly protocol: number;
  /** Offset in `bytes` where the covered upper layer starts. */
  readonly from: number;
  /** Offset in `bytes` of the checksum field. */
  readonly at: number;
}

/** Puts a header in front of the inner layers. */
export type Layer = (body: Body) => Body;

const nothing: Body = { bytes: new Uint8Array(0), protocol: Protocol.noNextHeader };

/** One array after the other. */
export const joinBytes = (...pieces: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
};

/** `header` before `body`; a checksum that waits for its addresses moves along. */
export const putBefore = (header: Uint8Array, body: Body, protocol: number): Body => {
  const { checksum: waiting } = body;
  return {
    bytes: joinBytes(header, body.bytes),
    protocol,
    checksum: waiting && { ...waiting, from: waiting.from + header.length, at: waiting.at + header.length },
  };
};

/** Fills in the checksum that waits in `body`, if any, with the pseudo-header's sum. */
export const settleChecksum = (
  { bytes, checksum: waiting }: Body,
  pseudoHeader: (length: number, protocol: number) => number,
): void => {
  if (waiting === undefined) return;
  const view = new DataView(bytes.buffer);
  const sum = checksum.sum(
    view,
    waiting.from,
    bytes.length,
    pseudoHeader(bytes.length - waiting.from, waiting.protocol),
  );
  const field = checksum.finish(sum);
  view.setUint16(waiting.at, field === 0 && waiting.protocol === Protocol.udp ? 0xffff : field);
};

/**
 * The bytes of a packet, outermost layer first. Lengths, next headers and checksums are filled in, unless a layer was
 * given wrong ones on purpose.
 *
 * @example
 * bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), udp({ destinationPort: 53 }), payload(12));
 */
export const bytesOf = (...layers: readonly (Layer | Uint8Array)[]): Uint8Array =>
  layers.reduceRight<Body>(
    (body, layer) =>
      typeof layer === 'function' ? layer(body) : { bytes: joinBytes(layer, body.bytes), protocol: body.protocol },
    nothing,
  ).bytes;

/** Where a packet comes from; both have defaults. */
export interface PacketOfOptions {
  /** The packet's `inInterface`. Default 0: our own. */
  readonly inInterface?: number;
  /** Default: a slab of its own, just large enough, with 256 bytes of headroom. */
  readonly pool?: PacketPool;
}

const headroom = 256;

/**
 * A packet with these bytes, as a source would hand it out: not decoded yet.
 *
 * @example
 * const packet = packetOf(bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' })), { inInterface: 2 });
 * decodeStep(packet);
 */
export const packetOf = (bytes: Uint8Array, options: PacketOfOptions = {}): Packet => {
  const { pool, inInterface = 0 } = options;
  const packet = pool ? pool.acquire(bytes.length) : new Packet(headroom + bytes.length).reset(headroom, bytes.length);
  if (packet === undefined) throw new Error(`umigame: the pool has no slab for ${bytes.length} bytes`);
  packet.bytes.set(bytes, packet.start);
  packet.inInterface = inInterface;
  return packet;
};

/** The packet's bytes from the network-layer header to the end, copied. */
export const bytesIn = (packet: Packet): Uint8Array => packet.bytes.slice(packet.start, packet.end);

/** `length` bytes that count up from `first`. */
export const payload = (length: number, first = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => first + index);
