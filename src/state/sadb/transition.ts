/**
 * What becomes of a security association when something happens: the states of PF_KEY (RFC 2367 §1.4) and of KAME's
 * `key.c`. Pure.
 *
 * ```
 * state    event        action         new state
 * -------  -----------  -------------  ---------
 * larval   keys         -              mature
 * larval   hardExpiry   forget         dead       (1)
 * larval   remove       forget         dead
 * mature   softExpiry   tell           dying      (2)
 * mature   hardExpiry   tell, forget   dead       (3)
 * mature   exhausted    tell, forget   dead       (4)
 * mature   remove       forget         dead
 * dying    hardExpiry   tell, forget   dead
 * dying    exhausted    tell, forget   dead
 * dying    remove       forget         dead
 * others   others       -              unchanged
 * ```
 *
 * 1. Nobody brought keys in time: 30 s.
 * 2. Also when it was never used. KAME let an unused one die at its soft lifetime.
 * 3. Also without a soft lifetime before. KAME never looked at the hard one then.
 * 4. Of the sequence number space, which may not begin anew under the same keys (RFC 4303 §3.3.3).
 *
 * `forget` takes it out of all look-ups and zeroes its keys; `tell` is an SADB_EXPIRE.
 *
 * @module
 */

/** States of an association. Mature and dying ones protect packets. */
export const AssociationState = { larval: 0, mature: 1, dying: 2, dead: 3 } as const;
export type AssociationState = (typeof AssociationState)[keyof typeof AssociationState];
export type AssociationStateName = keyof typeof AssociationState;

/** Names by number. */
export const associationStates = Object.keys(AssociationState) as readonly AssociationStateName[];

/** What may happen to an association. */
export type AssociationEvent = 'keys' | 'softExpiry' | 'hardExpiry' | 'exhausted' | 'remove';

/** What to do, one bit each, beside the new state. */
export const AssociationAction = { tell: 0x8, forget: 0x10 } as const;

const { larval, mature, dying, dead } = AssociationState;
const { tell, forget } = AssociationAction;

const table: readonly Readonly<Partial<Record<AssociationEvent, number>>>[] = [
  { keys: mature, hardExpiry: dead | forget, remove: dead | forget },
  {
    softExpiry: dying | tell,
    hardExpiry: dead | tell | forget,
    exhausted: dead | tell | forget,
    remove: dead | forget,
  },
  { hardExpiry: dead | tell | forget, exhausted: dead | tell | forget, remove: dead | forget },
  {},
];

/** The new state, in the lowest three bits, and actions. */
export const associationTransition = (state: AssociationState, event: AssociationEvent): number =>
  table[state]?.[event] ?? state;

/** The new state of a transition's result. */
export const associationStateAfter = (result: number): AssociationState => (result & 7) as AssociationState;

/** May it protect packets? */
export const isUsable = (state: AssociationState): boolean => state === mature || state === dying;

/** Has it been given no keys yet? */
export const isLarval = (state: AssociationState): boolean => state === larval;
