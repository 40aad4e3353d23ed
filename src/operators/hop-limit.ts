import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';

/** Unit of {@link hopLimit}. */
export const hopLimitStep = (packet: Packet): void => {
  const { view, start } = packet;
  if (packet.family === 6) {
    const hops = ipv6.hopLimit(view, start);
    if (hops <= 1) return packet.refuse(Drop.hopLimitExceeded);
    ipv6.setHopLimit(view, start, hops - 1);
  } else {
    if (ipv4.timeToLive(view, start) <= 1) return packet.refuse(Drop.hopLimitExceeded);
    ipv4.decrementTimeToLive(view, start);
  }
  packet.hops += 1;
};

/**
 * Lowers the hop limit by one (RFC 8200 §3), or the IPv4 time to live and its checksum (RFC 1812 §5.3.1).
 *
 * Drops: `hopLimitExceeded`. The refused packet keeps the hop limit it came with.
 */
export const hopLimit = (): Lane => stage(hopLimitStep);
