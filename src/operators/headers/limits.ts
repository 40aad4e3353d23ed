/**
 * How much of a chain of extension headers a node is willing to look at. Each limit has a reason, and where RFC 8883 §2
 * defines one, an ICMP error.
 *
 * A node that a packet is for refuses what is beyond a limit. A node on the way stops looking there and passes the rest
 * over unread, as RFC 9673 §5.2 asks: a limit of ours is no reason to break the path of others.
 *
 * @module
 */

/** Limits of one Hop-by-Hop or Destination Options header (RFC 8504 §5.3). */
export interface OptionLimits {
  /**
   * Most bytes of the header, 8 to 2,048. Default 2,048: any length, as RFC 8504 §5.3 has it, for what bounds the work
   * is the number of options. Drop: `headerTooBig`.
   */
  readonly headerBytes?: number;
  /** Most options, padding aside. Default 8 (RFC 8504 §5.3). Drop: `tooManyOptions`. */
  readonly options?: number;
  /** Most data bytes of an option. Default 255: any. Drop: `optionTooBig`. */
  readonly optionBytes?: number;
  /**
   * Most bytes of Pad1 and PadN in a row. Default 7: nothing needs to be aligned to more than eight bytes (RFC 8504
   * §5.3). Drop: `paddingTooLong`.
   */
  readonly padding?: number;
  /**
   * Must the bytes of PadN be zero? Default true: RFC 8200 §4.2 sends zeros, all else is a covert channel. Drop:
   * `paddingNotZero`.
   */
  readonly zeroPadding?: boolean;
  /**
   * Are options accepted that no handler knows and whose type says to skip them? Default true (RFC 8504 §5.3). Drop:
   * `unknownOptionSilent`.
   */
  readonly unknownOptions?: boolean;
}

export const optionLimitDefaults: Required<OptionLimits> = {
  headerBytes: 2_048,
  options: 8,
  optionBytes: 255,
  padding: 7,
  zeroPadding: true,
  unknownOptions: true,
};

/** Limits of a whole chain. */
export interface HeaderLimits extends OptionLimits {
  /** Most extension headers. Default 15, KAME's limit since 2007. Drop: `tooManyHeaders`. */
  readonly headers?: number;
  /**
   * Most bytes of all extension headers together. Default 2,048: room for one header of the greatest length, and more
   * than a first fragment on a 1,500-byte link can hold (RFC 7112 §5). Drop: `chainTooLong`.
   */
  readonly chainBytes?: number;
}

export const headerLimitDefaults: Required<HeaderLimits> = { ...optionLimitDefaults, headers: 15, chainBytes: 2_048 };
