import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';

const mix = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};

/**
 * A hash of the flow that the IP packet at `at` belongs to, by its addresses and protocol: 32 bits, the same for all
 * packets of the flow. It becomes the flow label of outer headers (RFC 6438 §3), or the identification of those that no
 * one may fragment (RFC 6864 §4.1): so an ICMP error about an outer packet shows that its sender has seen it, for no one
 * else knows the seed.
 */
export const flowAt = (view: DataView, at: number, seed: number): number => {
  const six = ipv6.version(view, at) === 6;
  const first = at + (six ? ipv6.offsets.source : ipv4.offsets.source);
  const length = six ? 32 : 8;
  let hash = mix(seed, six ? ipv6.nextHeader(view, at) : ipv4.protocol(view, at));
  for (let word = first; word < first + length; word += 4) hash = mix(hash, view.getInt32(word));
  return hash ^ (hash >>> 13);
};
