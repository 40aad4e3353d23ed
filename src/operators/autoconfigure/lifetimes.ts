/**
 * What a Prefix Information option does to an address that was made from its prefix: RFC 4862 §5.5.3 as a pure
 * function.
 *
 * | step | option | what follows |
 * |---|---|---|
 * | a    | without the autonomous flag | ignored |
 * | b    | of the link-local prefix, or of one that no unicast address has | ignored |
 * | c    | preferred for longer than it is valid | ignored |
 * | d    | the address is absent; the option is valid for some time, and leaves 64 bits to the identifier | a new address |
 * | d    | the address is absent otherwise | ignored |
 * | e    | valid for more than two hours, or longer than what remains | valid for so long |
 * | e    | otherwise, when no more than two hours remain | as long as remained |
 * | e    | otherwise | valid for two hours |
 *
 * Preferred, an address is for as long as the option says. That an advertisement is authenticated (the exception of
 * e.2) can't be said by anyone here.
 *
 * @module
 */
import { isLinkLocal, isLoopback, isMulticast, isUnspecified, isV4Mapped } from '../../wire/address.ts';
import { infinity } from '../../wire/ndp-options.ts';
import type { AdvertisedPrefix } from '../../wire/router-advertisement.ts';

/** RFC 4862 §5.5.3 e: who forges advertisements can't take an address away sooner. Milliseconds. */
const twoHours = 7_200_000;

/** What an identifier needs (RFC 4291 §2.5.1, RFC 2464 §4). */
export const identifierLength = 64;

/** Until when, by the clock, in milliseconds; `Infinity` is for ever. */
export interface Lifetimes {
  readonly preferredUntil: number;
  readonly validUntil: number;
}

/** What becomes of an address: `created` and `updated` with the lifetimes it has then. */
export type AddressOutcome =
  | 'notAutonomous'
  | 'badPrefix'
  | 'badLifetimes'
  | 'badLength'
  | 'expired'
  | ({ readonly type: 'created' | 'updated' } & Lifetimes);

/** Seconds of an option as milliseconds. */
export const lifetimeOf = (seconds: number): number =>
  seconds >= infinity ? Number.POSITIVE_INFINITY : seconds * 1_000;

/**
 * @param present until when the address is valid, undefined if it is absent
 *
 * @example
 * const outcome = autoconfigure(option, node.addresses.find(interfaceIndex, address), scheduler.now());
 */
export const autoconfigure = (
  { prefix, autonomous, validLifetime, preferredLifetime }: AdvertisedPrefix,
  present: Pick<Lifetimes, 'validUntil'> | undefined,
  now: number,
): AddressOutcome => {
  const { address, length } = prefix;
  if (!autonomous) return 'notAutonomous';
  if (isLinkLocal(address) || isMulticast(address) || isUnspecified(address) || isLoopback(address)) return 'badPrefix';
  if (isV4Mapped(address)) return 'badPrefix';
  if (preferredLifetime > validLifetime) return 'badLifetimes';
  if (length !== 128 - identifierLength) return 'badLength';
  const valid = lifetimeOf(validLifetime);
  const preferredUntil = now + lifetimeOf(preferredLifetime);
  if (present === undefined) {
    return valid === 0 ? 'expired' : { type: 'created', preferredUntil, validUntil: now + valid };
  }
  const remaining = present.validUntil - now;
  const lasts = valid > twoHours || valid > remaining ? valid : Math.min(remaining, twoHours);
  return { type: 'updated', preferredUntil, validUntil: now + lasts };
};
