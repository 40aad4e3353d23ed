/**
 * `"advertise"` of an interface: what the router says of itself there (RFC 4861 §6.2.1), as it is written and as it is
 * used; or the file that says it, KAME's `rtadvd.conf`. Times are seconds, but for `reachableTime` and `retransTimer`, which are milliseconds.
 *
 * @module
 */
import { z } from 'zod';
import { formatPrefix, type IpAddress, type IpPrefix, isMulticast, parseAddress } from '../wire/address.ts';
import {
  type Advertising,
  advertisingProblems,
  type ConfiguredPrefix,
  completeAdvertising,
  optionLifetimeFor,
  prefixDefaults,
} from '../wire/advertising.ts';
import { Preference } from '../wire/ndp.ts';
import { infinity } from '../wire/ndp-options.ts';
import type { AdvertisedRoute } from '../wire/router-advertisement.ts';
import { flag, integer, list, prefix, strict } from './elements.ts';
import { notAllowed } from './words.ts';

/** Seconds, or for ever. */
const lifetime = () =>
  z.union([integer(0, infinity), z.literal('infinity')], {
    error: ({ input }) => notAllowed(input, `a whole number of seconds, 0 to ${infinity}, or "infinity"`),
  });

const preference = () =>
  z.enum(['low', 'medium', 'high'], { error: ({ input }) => notAllowed(input, '"low", "medium" or "high"') });

const server = () =>
  z
    .string({ error: ({ input }) => notAllowed(input, 'the IPv6 address of a server, such as "fd00:a::53"') })
    .transform((written, context): IpAddress => {
      const address = parseAddress(written);
      if (address?.family === 6 && !isMulticast(address)) return address;
      const message = notAllowed(written, 'the IPv6 address of a server, such as "fd00:a::53"');
      context.issues.push({ code: 'custom', message, input: written });
      return z.NEVER;
    });

const lifetimes = { validLifetime: lifetime().optional(), preferredLifetime: lifetime().optional() };

const prefixEntry = strict({
  prefix: prefix(),
  ...lifetimes,
  onLink: flag().optional(),
  autonomous: flag().optional(),
  decrementing: flag().optional(),
});

const routeEntry = strict({
  prefix: prefix(),
  preference: preference().optional(),
  lifetime: lifetime().optional(),
});

/** What the object may say. */
const advertised = strict({
  prefixes: list(z.union([prefix(), prefixEntry]), 'prefixes such as "2001:db8::/64"').optional(),
  ...lifetimes,
  decrementing: flag().optional(),
  maximumInterval: integer(4, 1_800).optional(),
  minimumInterval: integer(3, 1_350).optional(),
  routerLifetime: integer(0, 9_000).optional(),
  preference: preference().optional(),
  hopLimit: integer(0, 255).optional(),
  managed: flag().optional(),
  otherConfiguration: flag().optional(),
  reachableTime: integer(0, 3_600_000).optional(),
  retransTimer: integer(0, infinity).optional(),
  mtu: z
    .union([flag(), integer(1_280, 65_535)], {
      error: ({ input }) => notAllowed(input, 'a whole number, 1280 to 65535, or true for the MTU of the interface'),
    })
    .optional(),
  linkLayerAddress: flag().optional(),
  answerUnicast: flag().optional(),
  rdnss: list(server(), 'addresses of DNS servers').optional(),
  dnssl: list(
    z.string({ error: ({ input }) => notAllowed(input, 'a domain name') }),
    'domain names such as "example.org"',
  ).optional(),
  dnsLifetime: lifetime().optional(),
  pref64: prefix().optional(),
  routes: list(z.union([prefix(), routeEntry]), 'prefixes such as "2001:db8::/32"').optional(),
  rtadvd: z.string({ error: ({ input }) => notAllowed(input, 'the path of an rtadvd.conf') }).optional(),
});

/** `"advertise"`: true, or what to say; false says nothing, as if it were not there. */
export const advertise = () =>
  z.union([z.boolean(), advertised], {
    error: ({ input }) => notAllowed(input, 'true, false, or an object that says what to advertise'),
  });

type Shaped = z.output<typeof advertised>;
type Seconds = z.output<ReturnType<typeof lifetime>>;

const seconds = (written: Seconds): number => (written === 'infinity' ? infinity : written);

const orElse = (written: Seconds | undefined, otherwise: number): number =>
  written === undefined ? otherwise : seconds(written);

/** Only what is there: a key that was not written keeps its default. */
const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** What is advertised by `"advertise"`; undefined: nothing. */
export const advertisingOf = (said: boolean | Shaped | undefined): Advertising | undefined => {
  if (said === undefined || said === false) return undefined;
  const shaped: Shaped = said === true ? {} : said;
  const base = completeAdvertising(given({ maximumInterval: shaped.maximumInterval }));
  const optionLifetime = optionLifetimeFor(base.maximumInterval);
  const dnsLifetime = orElse(shaped.dnsLifetime, optionLifetime);
  const common = {
    validLifetime: orElse(shaped.validLifetime, prefixDefaults.validLifetime),
    preferredLifetime: orElse(
      shaped.preferredLifetime,
      Math.min(prefixDefaults.preferredLifetime, orElse(shaped.validLifetime, infinity)),
    ),
    decrementing: shaped.decrementing ?? false,
  };
  const prefixOf = (entry: NonNullable<Shaped['prefixes']>[number]): ConfiguredPrefix => {
    const { prefix: itself, ...more } = 'prefix' in entry ? entry : { prefix: entry };
    const validLifetime = orElse(more.validLifetime, common.validLifetime);
    const preferredLifetime = orElse(more.preferredLifetime, Math.min(common.preferredLifetime, validLifetime));
    const { onLink = true, autonomous = itself.length === 64, decrementing = common.decrementing } = more;
    return { prefix: itself, onLink, autonomous, decrementing, validLifetime, preferredLifetime };
  };
  const routeOf = (entry: NonNullable<Shaped['routes']>[number]): AdvertisedRoute => {
    const { prefix: itself, ...more } = 'prefix' in entry ? entry : { prefix: entry };
    return {
      prefix: itself,
      preference: Preference[more.preference ?? 'medium'],
      lifetime: orElse(more.lifetime, optionLifetime),
    };
  };
  const { mtu } = shaped;
  return {
    ...base,
    ...given({
      minimumInterval: shaped.minimumInterval,
      routerLifetime: shaped.routerLifetime,
      currentHopLimit: shaped.hopLimit,
      managed: shaped.managed,
      otherConfiguration: shaped.otherConfiguration,
      reachableTime: shaped.reachableTime,
      retransTimer: shaped.retransTimer,
      tellLinkLayerAddress: shaped.linkLayerAddress,
      answerUnicast: shaped.answerUnicast,
    }),
    preference: Preference[shaped.preference ?? 'medium'],
    mtu: mtu === true ? 'interface' : mtu === false ? undefined : mtu,
    prefixes: (shaped.prefixes ?? []).map(prefixOf),
    ownPrefixes: shaped.prefixes === undefined ? common : undefined,
    routes: (shaped.routes ?? []).map(routeOf),
    dnsServers: shaped.rdnss === undefined ? [] : [{ servers: shaped.rdnss, lifetime: dnsLifetime }],
    searchLists: shaped.dnssl === undefined ? [] : [{ domains: shaped.dnssl, lifetime: dnsLifetime }],
    pref64: shaped.pref64 === undefined ? [] : [{ prefix: shaped.pref64, lifetime: Math.min(optionLifetime, 65_528) }],
  };
};

/** What the keys of a configuration are called where they differ. */
const keyOf: Partial<Record<keyof Advertising, string>> = {
  currentHopLimit: 'hopLimit',
  dnsServers: 'rdnss',
  searchLists: 'dnssl',
};
const listed: readonly (keyof Advertising)[] = ['prefixes', 'routes'];

/** What is wrong with it on a link with this MTU: a path below `advertise` and a sentence each. */
export const advertiseProblems = (
  advertising: Advertising,
  linkMtu: number,
): { readonly path: readonly PropertyKey[]; readonly sentence: string }[] =>
  advertisingProblems(advertising, linkMtu).map(({ field, index, sentence }) => {
    const element: { readonly prefix: IpPrefix } | undefined =
      field === 'prefixes' || field === 'routes' || field === 'pref64' ? advertising[field][index ?? -1] : undefined;
    const path = [keyOf[field] ?? field, ...(index !== undefined && listed.includes(field) ? [index] : [])];
    return { path, sentence: element === undefined ? sentence : `${formatPrefix(element.prefix)} ${sentence}` };
  });
