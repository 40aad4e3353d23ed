/** How long an association lives: whatever is reached first. What is not said has no end. */
export interface Lifetime {
  /** Since it was added. */
  readonly seconds?: number | undefined;
  /** Since it was used first (RFC 2367 §2.3.2; KAME took the last use). */
  readonly secondsInUse?: number | undefined;
  /** Protected so far, as they lie on the wire. */
  readonly bytes?: number | undefined;
  readonly packets?: number | undefined;
}

/** What an association has done, in the order of {@link Usage}. */
export const Usage = { bytes: 0, packets: 1, replayed: 2, badIcv: 3 } as const;

const names = ['seconds', 'secondsInUse', 'bytes', 'packets'] as const;

/** Why this is no lifetime; undefined if it is one. */
export const lifetimeProblem = (which: 'soft' | 'hard', lifetime: Lifetime | undefined): string | undefined => {
  for (const name of names) {
    const value = lifetime?.[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1) {
      return `the ${which} lifetime of ${value} ${name} must be a whole number, 1 or more`;
    }
  }
  return undefined;
};

/** Why a soft lifetime does not fit a hard one; undefined if it does. */
export const lifetimesProblem = (soft: Lifetime | undefined, hard: Lifetime | undefined): string | undefined => {
  for (const name of names) {
    const first = soft?.[name];
    const last = hard?.[name];
    if (first !== undefined && last !== undefined && first > last) {
      return `the soft lifetime of ${first} ${name} is longer than the hard one of ${last}`;
    }
  }
  return undefined;
};

/** Milliseconds from now to the end of a lifetime by the clock; Infinity when time does not end it. */
export const timeLeft = (
  lifetime: Lifetime | undefined,
  now: number,
  added: number,
  firstUsed: number | undefined,
): number => {
  const byAge = lifetime?.seconds === undefined ? Number.POSITIVE_INFINITY : added + lifetime.seconds * 1_000 - now;
  const byUse =
    lifetime?.secondsInUse === undefined || firstUsed === undefined
      ? Number.POSITIVE_INFINITY
      : firstUsed + lifetime.secondsInUse * 1_000 - now;
  return Math.max(0, Math.min(byAge, byUse));
};
