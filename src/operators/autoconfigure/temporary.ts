/**
 * How long temporary addresses last, and when the next one is made (RFC 8981 §3.4 to §3.6): arithmetic without a clock.
 * Milliseconds everywhere.
 *
 * @module
 */
import type { Lifetimes } from './lifetimes.ts';

/** Constants of RFC 8981 §3.8. */
export const temporaryTiming = {
  /** TEMP_VALID_LIFETIME: 2 days */
  validLifetime: 172_800_000,
  /** TEMP_PREFERRED_LIFETIME: 1 day */
  preferredLifetime: 86_400_000,
  /** MAX_DESYNC_FACTOR, as a part of the preferred lifetime. */
  desync: 0.4,
  /** What REGEN_ADVANCE is beside the time that Duplicate Address Detection may take. */
  advance: 2_000,
  /** TEMP_IDGEN_RETRIES */
  retries: 3,
} as const;

/** When a temporary address was made, and how much sooner than others it ends (DESYNC_FACTOR). */
export interface TemporaryAge {
  readonly createdAt: number;
  readonly desync: number;
}

/** DESYNC_FACTOR, drawn for each address: hosts that came together must not change their addresses together. */
export const drawDesync = (random: () => number): number =>
  random() * temporaryTiming.desync * temporaryTiming.preferredLifetime;

/** REGEN_ADVANCE: how long before the end of an address its successor is made, so that it is unique by then. */
export const regenerationAdvance = (transmits: number, retransTimer: number): number =>
  temporaryTiming.advance + temporaryTiming.retries * transmits * retransTimer;

/** As long as what it is made from, but never beyond the lifetimes of temporary addresses, counted from its beginning. */
export const temporaryLifetimes = ({ createdAt, desync }: TemporaryAge, prefix: Lifetimes): Lifetimes => {
  const { validLifetime, preferredLifetime } = temporaryTiming;
  return {
    preferredUntil: Math.min(prefix.preferredUntil, createdAt + preferredLifetime - desync),
    validUntil: Math.min(prefix.validUntil, createdAt + validLifetime),
  };
};

/** Is there time to use an address that is made now (RFC 8981 §3.4, step 5)? */
export const isWorthwhile = ({ preferredUntil }: Lifetimes, advance: number, now: number): boolean =>
  preferredUntil - now > advance;

/** When the successor is to be made. */
export const regenerateAt = ({ preferredUntil }: Lifetimes, advance: number): number => preferredUntil - advance;
