/**
 * IP addresses as values: four big-endian int32 words.
 *
 * @module
 */

/**
 * An IPv6 address in four int32 words, most significant first; an IPv4 address lies in `w0`, the others are 0.
 * Words are signed (`| 0`), so that V8 stores them without a box and `===` compares them.
 */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}

/** A prefix: `length` leading bits of `address`, the rest zero. */
export interface IpPrefix {
  readonly address: IpAddress;
  readonly length: number;
}
