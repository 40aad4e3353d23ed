import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddressOutcome, autoconfigure } from '../../../src/operators/autoconfigure/lifetimes.ts';
import { infinity } from '../../../src/wire/ndp-options.ts';
import type { AdvertisedPrefix } from '../../../src/wire/router-advertisement.ts';
import { prefixFrom } from '../../support/testbed.ts';

const hour = 3_600;
const ever = Number.POSITIVE_INFINITY;
const now = 1_000_000;

const option = (valid: number, preferred: number, more: Partial<AdvertisedPrefix> = {}): AdvertisedPrefix => ({
  prefix: prefixFrom('2001:db8:1::/64'),
  onLink: true,
  autonomous: true,
  validLifetime: valid,
  preferredLifetime: preferred,
  ...more,
});
const other = (prefix: string): Partial<AdvertisedPrefix> => ({ prefix: prefixFrom(prefix) });

/** Seconds from now. */
const is = (type: 'created' | 'updated', valid: number, preferred: number): AddressOutcome => ({
  type,
  validUntil: now + valid * 1_000,
  preferredUntil: now + preferred * 1_000,
});

/** RFC 4862 §5.5.3, a line each; `remains` is in seconds, undefined when the address is absent. */
const table: readonly [string, AdvertisedPrefix, number | undefined, AddressOutcome][] = [
  ['a: without the autonomous flag', option(hour, hour, { autonomous: false }), undefined, 'notAutonomous'],
  ['a: nor is one refreshed by it', option(9 * hour, hour, { autonomous: false }), hour, 'notAutonomous'],
  ['b: the link-local prefix', option(hour, hour, other('fe80::/64')), undefined, 'badPrefix'],
  ['b: a group', option(hour, hour, other('ff02::/64')), undefined, 'badPrefix'],
  ['b: nobody', option(hour, hour, other('::/64')), undefined, 'badPrefix'],
  ['c: preferred for longer than valid', option(hour, hour + 1), undefined, 'badLifetimes'],
  ['c: for an address that is there', option(hour, infinity), 9 * hour, 'badLifetimes'],
  ['d: a new address', option(3 * hour, hour), undefined, is('created', 3 * hour, hour)],
  ['d: deprecated from the start', option(hour, 0), undefined, is('created', hour, 0)],
  ['d: for ever', option(infinity, infinity), undefined, is('created', ever, ever)],
  ['d: valid for ever, preferred for an hour', option(infinity, hour), undefined, is('created', ever, hour)],
  ['d: no longer valid', option(0, 0), undefined, 'expired'],
  ['d: a shorter prefix', option(hour, hour, other('2001:db8::/56')), undefined, 'badLength'],
  ['d: a longer prefix', option(hour, hour, other('2001:db8::/96')), undefined, 'badLength'],
  ['e1: more than two hours', option(2 * hour + 1, hour), 9 * hour, is('updated', 2 * hour + 1, hour)],
  ['e1: longer than what remains', option(hour, hour), hour - 1, is('updated', hour, hour)],
  ['e1: for ever', option(infinity, infinity), hour, is('updated', ever, ever)],
  ['e2: no more than two hours remain', option(hour, 600), 2 * hour, is('updated', 2 * hour, 600)],
  ['e2: withdrawn, but for the time that remains', option(0, 0), hour, is('updated', hour, 0)],
  ['e2: just as long', option(hour, hour), hour, is('updated', hour, hour)],
  ['e3: two hours, not less', option(hour, hour), 9 * hour, is('updated', 2 * hour, hour)],
  ['e3: just two hours', option(2 * hour, hour), 9 * hour, is('updated', 2 * hour, hour)],
  ['e3: withdrawn', option(0, 0), 9 * hour, is('updated', 2 * hour, 0)],
  ['e3: withdrawn, which was for ever', option(0, 0), ever, is('updated', 2 * hour, 0)],
];

const lifetime = fc.oneof(
  fc.nat({ max: 4 * hour }),
  fc.constantFrom(0, 2 * hour, 2 * hour + 1, infinity - 1, infinity),
);

describe('the lifetimes of an address', () => {
  it.each(table)('%s', (_, advertised, remains, expected) => {
    const present = remains === undefined ? undefined : { validUntil: now + remains * 1_000 };
    expect(autoconfigure(advertised, present, now)).toEqual(expected);
  });

  it('no advertisement takes the last two hours from an address, nor makes it preferred beyond its end', () => {
    const remains = fc.oneof(fc.nat({ max: 5 * hour }), fc.constant(ever));
    fc.assert(
      fc.property(lifetime, lifetime, remains, (valid, preferred, left) => {
        const outcome = autoconfigure(option(valid, preferred), { validUntil: now + left * 1_000 }, now);
        if (typeof outcome === 'string') {
          expect([outcome, preferred > valid]).toEqual(['badLifetimes', true]);
          return;
        }
        expect(outcome.validUntil).toBeGreaterThanOrEqual(now + Math.min(left, 2 * hour) * 1_000);
        expect(outcome.preferredUntil).toBeLessThanOrEqual(outcome.validUntil);
      }),
    );
  });
});
