/**
 * IPv4 addresses inside of IPv6 ones, by which automatic tunnels find their other end; and which of them can be one.
 *
 * @module
 */
import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import { routersPerTunnel, type TunnelTable, templateAt } from '../../state/tunnel-table.ts';
import { isLinkLocal6, isMulticast6 } from '../../wire/address-bytes.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';

/** 32 bits from bit `offset` on, at most 96, of the 16 bytes at `at`. */
const bitsAt = (view: DataView, at: number, offset: number): number => {
  const word = at + ((offset >>> 5) << 2);
  const shift = offset & 31;
  return shift === 0
    ? view.getInt32(word)
    : (view.getInt32(word) << shift) | (view.getUint32(word + 4) >>> (32 - shift));
};

/** Does the address at `at` begin with the tunnel's prefix? */
export const isInPrefix = ({ prefix, prefixLength }: TunnelTable, row: number, view: DataView, at: number): boolean => {
  let left = prefixLength[row] as number;
  for (let i = 0; left > 0; i += 1, left -= 32) {
    const differing = view.getInt32(at + 4 * i) ^ (prefix[4 * row + i] as number);
    if ((left >= 32 ? differing : differing >>> (32 - left)) !== 0) return false;
  }
  return true;
};

/** Our own IPv4 address, the source of the outer header. */
export const localOf = ({ templates }: TunnelTable, row: number): number => ipv4.source(templates, templateAt(row));

/** The IPv4 address behind the tunnel's prefix in the address at `at`; the bits that it lacks are those of our own. */
export const embedded4 = (table: TunnelTable, row: number, view: DataView, at: number): number => {
  const mask = table.ipv4MaskLength[row] as number;
  const bits = bitsAt(view, at, table.prefixLength[row] as number);
  if (mask === 0) return bits;
  const local = localOf(table, row);
  return mask === 32 ? local : (local & (-1 << (32 - mask))) | (bits >>> mask);
};

/** Is the IPv4 address one of the tunnel's routers? */
export const isRouter = ({ routers }: TunnelTable, row: number, word: number): boolean => {
  const first = row * routersPerTunnel;
  for (let i = first; i < first + routersPerTunnel; i += 1) if (routers[i] === word) return word !== 0;
  return false;
};

/** May a node have the IPv4 address? Not 0/8, 127/8, groups and what is reserved (RFC 3964 §5.3). */
export const isNode4 = (word: number): boolean => {
  const first = word >>> 24;
  return first !== 0 && first !== 127 && first < 224;
};

/** And does it mean the same everywhere: not private (RFC 1918), nor of one link (RFC 3927)? */
export const isGlobal4 = (word: number): boolean =>
  isNode4(word) && word >>> 24 !== 10 && word >>> 20 !== 0xac1 && word >>> 16 !== 0xc0a8 && word >>> 16 !== 0xa9fe;

const scratch = new DataView(new ArrayBuffer(16));

/** The IPv6 address that the packet goes to next, at the start of a view that is valid until the next call. */
export const nextHopOf = (packet: Packet): DataView => {
  const { view, start, nextHop0, nextHop1, nextHop2, nextHop3 } = packet;
  const at = start + ipv6.offsets.destination;
  const isNone = (nextHop0 | nextHop1 | nextHop2 | nextHop3) === 0;
  scratch.setInt32(0, isNone ? view.getInt32(at) : nextHop0);
  scratch.setInt32(4, isNone ? view.getInt32(at + 4) : nextHop1);
  scratch.setInt32(8, isNone ? view.getInt32(at + 8) : nextHop2);
  scratch.setInt32(12, isNone ? view.getInt32(at + 12) : nextHop3);
  return scratch;
};

const isNarrow = (view: DataView, at: number): boolean => isLinkLocal6(view, at) || isMulticast6(view, at);

/** Is all of an IPv6 header there, at `packet.upper`? If not, `decode` will say so. */
export const hasHeader6 = ({ upper, end }: Packet): boolean => end - upper >= ipv6.headerLength;

/**
 * What may come out of a tunnel that is no link, as 6to4 and 6rd are (RFC 3964 §5.3): nothing link-local, no group, and
 * nothing that would go back into the tunnel to another end, for whom its sender would hide behind us.
 *
 * Drops: `scopeInTunnel`, `tunnelTransit`.
 */
export const checkInner = (packet: Packet, table: TunnelTable, row: number): void => {
  const { view, upper } = packet;
  const source = upper + ipv6.offsets.source;
  const destination = upper + ipv6.offsets.destination;
  if (isNarrow(view, source) || isNarrow(view, destination)) packet.refuse(Drop.scopeInTunnel);
  else if (
    isInPrefix(table, row, view, destination) &&
    embedded4(table, row, view, destination) !== localOf(table, row)
  ) {
    packet.refuse(Drop.tunnelTransit);
  }
};
