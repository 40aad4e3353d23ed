import { joinBytes, packetOf } from '../../src/testing/index.ts';
import { ipv4, ipv6 } from '../../src/wire/index.ts';
import { a } from '../support/testbed.ts';
import { outcomeIn } from './features.ts';
import { target } from './target.ts';

/** What becomes of a packet that comes to a router fresh from the start: its outcome and what is said, sorted. */
export const outcomesOf = (bytes: Uint8Array): string[] => {
  const outcomes: string[] = [];
  const { wire$, bed } = target((packet) => outcomes.push(outcomeIn(packet)));
  wire$.next(packetOf(bytes, { inInterface: a, pool: bed.pool }));
  const settled = outcomes.toSorted();
  wire$.complete();
  return settled;
};

/** Bytes without some of them, and the lengths that the IP header tells made true again. */
const cutAt = (bytes: Uint8Array, at: number, count: number): Uint8Array => {
  const cut = joinBytes(bytes.subarray(0, at), bytes.subarray(at + count));
  const view = new DataView(cut.buffer);
  if (cut.length >= 40 && ipv6.version(view, 0) === 6) ipv6.setPayloadLength(view, 0, cut.length - 40);
  else if (cut.length >= 20 && ipv4.headerLength(view, 0) === 20) {
    ipv4.setTotalLength(view, 0, cut.length);
    ipv4.writeChecksum(view, 0);
  }
  return cut;
};

const zeroedAt = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, index) => (index === at ? 0 : byte));

/** The packet with what is not needed taken out of it, and zeros for bytes that may as well be zero. */
export const minimise = (bytes: Uint8Array, same: (bytes: Uint8Array) => boolean): Uint8Array => {
  let least = bytes;
  const attempt = (other: Uint8Array): void => {
    if (same(other)) least = other;
  };
  for (let count = 1_024; count >= 1; count >>= 1) {
    for (let at = least.length - count; at >= 0; at -= count) attempt(cutAt(least, at, count));
  }
  for (let at = 0; at < least.length; at += 1) if (least[at] !== 0) attempt(zeroedAt(least, at));
  return least;
};
