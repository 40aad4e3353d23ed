import { seededRandom } from '../../src/testing/index.ts';
import * as checksum from '../../src/wire/checksum.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import { Protocol } from '../../src/wire/protocols.ts';

/**
 * A packet in the making, in someone's buffer. Mutations write anywhere between `at` and `limit` and set `end`; they
 * may leave the packet as senseless as they like, but never a byte outside.
 */
export interface Draft {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly at: number;
  readonly limit: number;
  end: number;
}

/** A whole number from 0 to one below `count`. */
export type Pick = (count: number) => number;
export type Mutation = (draft: Draft, pick: Pick) => void;

const poke = ({ bytes, end }: Draft, at: number, value: number): void => {
  if (at < end) bytes[at] = value;
};
const isSix = ({ bytes, at, end }: Draft): boolean => at < end && (bytes[at] as number) >> 4 === 6;

/** Values at which checks like to be wrong by one. */
const edges = [0, 1, 2, 7, 8, 9, 15, 16, 40, 59, 60, 127, 128, 254, 255];
const headers = [
  Protocol.hopByHop,
  Protocol.routing,
  Protocol.fragment,
  Protocol.destinationOptions,
  Protocol.ah,
  Protocol.esp,
  Protocol.noNextHeader,
  Protocol.icmpv6,
  Protocol.udp,
  Protocol.ipv6,
];

const flipBits: Mutation = (draft, pick) => {
  const length = draft.end - draft.at;
  for (let flips = 1 + pick(8); flips > 0 && length > 0; flips -= 1) {
    const at = draft.at + pick(length);
    draft.bytes[at] = (draft.bytes[at] as number) ^ (1 << pick(8));
  }
};

/** Mostly in the headers, where it hurts. */
const setEdge: Mutation = (draft, pick) =>
  poke(draft, draft.at + pick(pick(4) === 0 ? 256 : 64), edges[pick(15)] as number);

const truncate: Mutation = (draft, pick) => {
  draft.end = draft.at + pick(draft.end - draft.at + 1);
};

const extend: Mutation = (draft, pick) => {
  const end = Math.min(draft.limit, draft.end + 1 + pick(64));
  for (let at = draft.end; at < end; at += 1) draft.bytes[at] = pick(256);
  draft.end = end;
};

/** Lengths that do not tell the truth: of payload, datagram, header, options, UDP. */
const lie: Mutation = (draft, pick) => {
  const { at } = draft;
  const value = pick(2) === 0 ? (edges[pick(15)] as number) : pick(256);
  if (isSix(draft)) poke(draft, at + ([5, 4, 41, 45, 49, 43] as const)[pick(6) as 0], value);
  else if (pick(3) === 0) poke(draft, at, 0x40 | pick(16));
  else poke(draft, at + ([3, 2, 25, 21, 23] as const)[pick(5) as 0], value);
};

/** Puts up to forty headers, each naming the next, behind the IPv6 header: chains too long, in no order, in loops. */
const chainHeaders: Mutation = (draft, pick) => {
  const { bytes, at } = draft;
  if (!isSix(draft) || draft.end - at < 40) return;
  let next = at + 6;
  let where = at + 40;
  for (let count = 1 + pick(pick(4) === 0 ? 40 : 6); count > 0 && where + 8 <= draft.limit; count -= 1) {
    bytes[next] = headers[pick(pick(3) === 0 ? 10 : 4)] as number;
    next = where;
    bytes[where] = headers[pick(10)] as number;
    bytes[where + 1] = pick(3) === 0 ? pick(4) : 0;
    for (let i = 2; i < 8; i += 1) bytes[where + i] = pick(2) === 0 ? 0 : pick(256);
    where += ((bytes[where + 1] as number) + 1) * 8;
  }
  draft.end = Math.max(draft.end, Math.min(where, draft.limit));
};

/** Fills what may be options with types, lengths and junk. */
const optionSoup: Mutation = (draft, pick) => {
  const { bytes, at } = draft;
  const from = at + (isSix(draft) ? 42 : 20);
  const to = Math.min(draft.end, from + 8 + pick(64));
  for (let where = from; where < to; ) {
    poke(
      draft,
      where,
      pick(2) === 0 ? (([0, 1, 4, 5, 0x8a, 0xc2, 0xc9, 7, 68, 131, 148] as const)[pick(11) as 0] as number) : pick(256),
    );
    poke(draft, where + 1, pick(3) === 0 ? (edges[pick(15)] as number) : pick(8));
    where += pick(4) === 0 ? 1 : 2 + ((bytes[where + 1] as number) & 7);
  }
  if (isSix(draft)) poke(draft, at + 6, pick(2) === 0 ? Protocol.hopByHop : Protocol.destinationOptions);
  else poke(draft, at, 0x45 + pick(11));
};

/** Other addresses: ours, a neighbor's, a group's, nobody's, anyone's. */
const readdress: Mutation = (draft, pick) => {
  const [at, length] = isSix(draft) ? [draft.at + 8, 16] : [draft.at + 12, 4];
  const which = at + (pick(2) === 0 ? 0 : length);
  const first = ([0xff, 0xfe, 0xfd, 0x20, 0, 10, 224, 127] as const)[pick(8) as 0];
  poke(draft, which, first);
  poke(draft, which + 1, pick(2) === 0 ? pick(256) : 0x02);
  poke(draft, which + length - 1, pick(4));
};

/** Offset, flags and identification of a fragment. */
const refragment: Mutation = (draft, pick) => {
  const at = draft.at + (isSix(draft) ? 42 : 6);
  if (isSix(draft)) poke(draft, draft.at + 6, Protocol.fragment);
  poke(draft, at, pick(3) === 0 ? pick(256) : 0);
  poke(draft, at + 1, pick(2) === 0 ? pick(256) : pick(10) << 3);
};

/** Makes lengths and the IPv4 checksum true again, so that the mutant gets further in. */
const repair: Mutation = (draft) => {
  const { view, at, end } = draft;
  if (isSix(draft)) {
    if (end - at >= 40) view.setUint16(at + 4, end - at - 40);
  } else if (end - at >= 20) {
    view.setUint16(at + 2, end - at);
    const header = Math.min(ipv4.headerLength(view, at), end - at);
    view.setUint16(at + 10, 0);
    view.setUint16(at + 10, checksum.finish(checksum.sum(view, at, at + header)));
  }
};

export const mutations: readonly Mutation[] = [
  flipBits,
  setEdge,
  truncate,
  extend,
  lie,
  chainHeaders,
  optionSoup,
  readdress,
  refragment,
];

/**
 * Writes the mutant of this number into `bytes` at `at`: one of the bases, one to four mutations, and often a repair.
 * The same bases and number make the same mutant, so a number is all that a failure needs to tell.
 *
 * @returns its length, at most `limit - at`
 *
 * @example
 * const length = writeMutant(bases, 1234, packet.view, packet.start, packet.start + 2048);
 */
export const writeMutant = (
  bases: readonly Uint8Array[],
  number: number,
  view: DataView,
  at: number,
  limit: number,
): number => {
  const random = seededRandom(Math.imul(number, 0x9e3779b1) ^ 0x5bd1e995);
  const pick: Pick = (count) => Math.floor(random() * count);
  const base = bases[pick(bases.length)] as Uint8Array;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const end = Math.min(limit, at + base.length);
  for (let i = at; i < end; i += 1) bytes[i] = base[i - at] as number;
  const draft: Draft = { bytes, view, at, limit, end };
  for (let count = 1 + pick(4); count > 0; count -= 1) (mutations[pick(mutations.length)] as Mutation)(draft, pick);
  if (pick(4) !== 0) repair(draft, pick);
  return draft.end - at;
};

/** The mutant of this number as bytes of its own, at most 2,048. */
export const mutant = (bases: readonly Uint8Array[], number: number): Uint8Array => {
  const bytes = new Uint8Array(2_048);
  return bytes.slice(0, writeMutant(bases, number, new DataView(bytes.buffer), 0, bytes.length));
};
