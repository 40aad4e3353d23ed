import { equalAddress, formatPrefix, type IpPrefix } from '../../wire/address.ts';
import { minimumMtu } from '../../wire/ipv6.ts';
import type { RouterAdvertisement } from '../../wire/router-advertisement.ts';

/** Something that two routers of one link say differently. */
export interface Inconsistency {
  readonly what: string;
  readonly ours: number | boolean;
  readonly theirs: number | boolean;
}

const equalPrefix = (a: IpPrefix, b: IpPrefix): boolean => a.length === b.length && equalAddress(a.address, b.address);

type Option<Kind> = Extract<RouterAdvertisement['options'][number], { readonly kind: Kind }>;

const prefixesOf = ({ options }: RouterAdvertisement): Option<'prefix'>[] =>
  options.filter((option) => option.kind === 'prefix');

const mtuOf = ({ options }: RouterAdvertisement): number => options.find((option) => option.kind === 'mtu')?.mtu ?? 0;

/** Numbers of which 0 says nothing. */
const numbers = ['currentHopLimit', 'reachableTime', 'retransTimer'] as const;
const flags = ['managed', 'otherConfiguration'] as const;

/**
 * What another router of the link says differently (RFC 4861 §6.2.7): hop limit, flags, times, MTU, and the lifetimes of
 * prefixes that both advertise. What either leaves open is no difference, nor that a router or a prefix is advertised
 * by one alone.
 *
 * @param clockSkew seconds that lifetimes may differ by, for they may count down
 */
export const inconsistencies = (
  ours: RouterAdvertisement,
  theirs: RouterAdvertisement,
  clockSkew: number,
): Inconsistency[] => {
  const found: Inconsistency[] = [];
  for (const what of numbers) {
    if (ours[what] !== 0 && theirs[what] !== 0 && ours[what] !== theirs[what]) {
      found.push({ what, ours: ours[what], theirs: theirs[what] });
    }
  }
  for (const what of flags) {
    if (ours[what] !== theirs[what]) found.push({ what, ours: ours[what], theirs: theirs[what] });
  }
  const [mtu, theirMtu] = [mtuOf(ours), mtuOf(theirs)];
  if (mtu !== 0 && theirMtu >= minimumMtu && mtu !== theirMtu) found.push({ what: 'mtu', ours: mtu, theirs: theirMtu });
  for (const prefix of prefixesOf(ours)) {
    const other = prefixesOf(theirs).find((each) => equalPrefix(each.prefix, prefix.prefix));
    if (other === undefined) continue;
    for (const lifetime of ['validLifetime', 'preferredLifetime'] as const) {
      if (Math.abs(prefix[lifetime] - other[lifetime]) <= clockSkew) continue;
      const what = `${lifetime} of ${formatPrefix(prefix.prefix)}`;
      found.push({ what, ours: prefix[lifetime], theirs: other[lifetime] });
    }
  }
  return found;
};
