/**
 * KAME's `rtadvd.conf`, in termcap's form: an entry for each interface, its names before the first colon, then `key=text`,
 * `key#number` or `flag` between colons; `\` before the end of a line goes on with the next, `tc=name` takes in what
 * another entry says besides. Numbered keys (`addr`, `addr1`, `vltime1`) go together.
 *
 * @module
 */
import { type IpAddress, parseAddress, prefixOf } from '../wire/address.ts';
import {
  type Advertising,
  advertisingDefaults,
  advertisingProblems,
  type ConfiguredPrefix,
  minimumIntervalFor,
  prefixDefaults,
} from '../wire/advertising.ts';
import { Preference, preferenceOf, RouterFlag } from '../wire/ndp.ts';
import { infinity, PrefixFlag } from '../wire/ndp-options.ts';
import type { AdvertisedRoute } from '../wire/router-advertisement.ts';
import { ConfigError, type Problem } from './error.ts';
import { show, suggest } from './words.ts';

/** What a file says, by interface. */
export type RtadvdConfig = ReadonlyMap<string, Advertising>;

/** Both count from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

interface Field extends Place {
  /** Undefined: a flag. A number is one that was written behind `#`. */
  readonly value: string | number | undefined;
}

interface Entry extends Place {
  readonly fields: ReadonlyMap<string, Field>;
  readonly tc: Field | undefined;
}

/** Keys that stand once, and those that may be numbered: 0 (or nothing) to 99. */
const single = [
  ...['maxinterval', 'mininterval', 'chlim', 'raflags', 'rltime', 'rtime', 'retrans', 'mtu', 'nolladdr', 'hapref'],
  ...['hatime', 'clockskew'],
];
const numbered = [
  ...['addr', 'prefixlen', 'pinfoflags', 'vltime', 'vltimedecr', 'pltime', 'pltimedecr'],
  ...['rtprefix', 'rtplen', 'rtflags', 'rtltime', 'rdnss', 'rdnssltime', 'dnssl', 'dnsslltime'],
];

/** Which key says what; of lists, the key of the one with that number. */
const keyOf: Partial<Record<keyof Advertising, string>> = {
  maximumInterval: 'maxinterval',
  minimumInterval: 'mininterval',
  routerLifetime: 'rltime',
  currentHopLimit: 'chlim',
  reachableTime: 'rtime',
  retransTimer: 'retrans',
  mtu: 'mtu',
  prefixes: 'addr',
  routes: 'rtprefix',
  dnsServers: 'rdnss',
  searchLists: 'dnssl',
};

const isKnown = (key: string): boolean => {
  const [, base = '', digits = ''] = /^([a-z]+)(\d{0,2})$/.exec(key) ?? [];
  return (digits === '' && single.includes(key)) || numbered.includes(base);
};

/** Most `tc=` that lead on from one entry: more are a circle. */
const continuationLimit = 16;

class Reader {
  readonly problems: Problem[] = [];
  readonly #entries = new Map<string, Entry>();

  say({ line, column }: Place, sentence: string): void {
    this.problems.push({ path: `line ${line}, column ${column}`, sentence });
  }

  read(text: string): RtadvdConfig {
    for (const { line, words } of logicalLines(text)) this.#entry(line, words);
    const config = new Map<string, Advertising>();
    for (const [name, entry] of this.#entries) {
      if (name !== 'default') config.set(name, this.#advertising(this.#withContinuations(entry), entry));
    }
    return config;
  }

  #entry(line: number, text: string): void {
    const [head, ...parts] = fieldsOf(text, line);
    const place = head ?? { line, column: 1 };
    const names = (head?.text ?? '').trim().split('|').filter(Boolean);
    if (names.length === 0) return this.say(place, 'an entry without a name; allowed: "name:key#number:…"');
    const fields = new Map<string, Field>();
    let tc: Field | undefined;
    for (const part of parts) {
      const written = part.text.trim();
      if (written === '') continue;
      const [, key = '', mark = '', rest = ''] = /^([^=#]*)([=#]?)([\s\S]*)$/.exec(written) ?? [];
      const value = mark === '' ? undefined : mark === '=' ? unquote(rest) : numberOf(rest);
      const field = { value, line: part.line, column: part.column };
      if (key === 'tc' && typeof value === 'string') tc = field;
      else if (!isKnown(key)) {
        this.say(part, `unknown key ${show(key)}${suggest(key, [...single, ...numbered])}`);
      } else if (typeof value === 'number' && Number.isNaN(value)) {
        this.say(part, `${key}#${rest.slice(0, 40)} is no number; allowed: decimal, 0x and hexadecimal, 0 and octal`);
      } else if (!fields.has(key)) fields.set(key, field); // the first stands, as in termcap
    }
    for (const name of names) {
      if (this.#entries.has(name)) this.say(place, `${show(name)} stands there twice; allowed: one entry for each`);
      else this.#entries.set(name, { line: place.line, column: place.column, fields, tc });
    }
  }

  #withContinuations(entry: Entry): ReadonlyMap<string, Field> {
    const fields = new Map(entry.fields);
    let from: Entry | undefined = entry;
    for (let steps = 0; from?.tc !== undefined; steps += 1) {
      const { tc }: Entry = from;
      const next = this.#entries.get(String(tc.value));
      if (next === undefined || steps === continuationLimit) {
        const why = next === undefined ? 'leads to no entry' : 'leads in a circle';
        this.say(tc, `tc=${show(tc.value)} ${why}; allowed: the name of another entry`);
        break;
      }
      for (const [key, field] of next.fields) if (!fields.has(key)) fields.set(key, field);
      from = next;
    }
    return fields;
  }

  #advertising(fields: ReadonlyMap<string, Field>, entry: Place): Advertising {
    const number = (key: string, otherwise: number): number => {
      const field = fields.get(key);
      if (field === undefined) return otherwise;
      if (typeof field.value === 'number') return field.value;
      this.say(field, `${key} is a number; allowed: ${key}#N`);
      return otherwise;
    };
    const letters = (key: string, meaning: Readonly<Record<string, number>>, otherwise: number): number => {
      const field = fields.get(key);
      if (typeof field?.value !== 'string') return number(key, otherwise);
      let bits = 0;
      for (const letter of field.value) {
        if (meaning[letter] === undefined) {
          const allowed = Object.keys(meaning).join(', ');
          this.say(field, `${key} has no letter ${show(letter)}; allowed: ${allowed}`);
        }
        bits |= meaning[letter] ?? 0;
      }
      return bits;
    };
    const address = (key: string): IpAddress | undefined => {
      const field = fields.get(key);
      if (field === undefined) return undefined;
      const value = typeof field.value === 'string' ? parseAddress(field.value) : undefined;
      if (value?.family === 6) return value;
      this.say(field, `${key} is not the address of a prefix; allowed: ${key}="2001:db8::"`);
      return undefined;
    };
    const length = (key: string): number => {
      const bits = number(key, 64);
      if (bits >= 0 && bits <= 128) return bits;
      this.say(fields.get(key) ?? entry, `${key}#${bits} is out of bounds; allowed: 0 to 128`);
      return 64;
    };

    const preference = (key: string, bits: number): number => {
      const said = preferenceOf(bits);
      if (said !== Preference.reserved) return said;
      this.say(fields.get(key) ?? entry, `${key} has the preference 10, which is reserved; allowed: 01, 00 or 11`);
      return Preference.medium;
    };

    const maximumInterval = number('maxinterval', advertisingDefaults.maximumInterval);
    const routerLifetime = number('rltime', Math.min(9_000, 3 * maximumInterval));
    const raflags = letters('raflags', { m: 0x80, o: 0x40, h: 0x08, l: 0x18 }, 0);
    const prefixes: ConfiguredPrefix[] = [];
    const routes: AdvertisedRoute[] = [];
    const suffixOf = { prefixes: [] as string[], routes: [] as string[] };
    for (const suffix of suffixes) {
      const prefix = address(`addr${suffix}`);
      if (prefix !== undefined) {
        suffixOf.prefixes.push(suffix);
        const flags = letters(`pinfoflags${suffix}`, { l: PrefixFlag.onLink, a: PrefixFlag.autonomous }, 0xc0);
        const validLifetime = number(`vltime${suffix}`, prefixDefaults.validLifetime);
        prefixes.push({
          prefix: prefixOf(prefix, length(`prefixlen${suffix}`)),
          onLink: (flags & PrefixFlag.onLink) !== 0,
          autonomous: (flags & PrefixFlag.autonomous) !== 0,
          validLifetime,
          preferredLifetime: number(`pltime${suffix}`, Math.min(prefixDefaults.preferredLifetime, validLifetime)),
          decrementing: fields.has(`vltimedecr${suffix}`) || fields.has(`pltimedecr${suffix}`),
        });
      }
      const route = address(`rtprefix${suffix}`);
      if (route !== undefined) {
        suffixOf.routes.push(suffix);
        const flags = letters(`rtflags${suffix}`, { h: 0x08, l: 0x18 }, 0);
        routes.push({
          prefix: prefixOf(route, length(`rtplen${suffix}`)),
          preference: preference(`rtflags${suffix}`, flags),
          lifetime: number(`rtltime${suffix}`, routerLifetime),
        });
      }
    }
    const mtu = fields.get('mtu');
    const agent = fields.has('hapref') || fields.has('hatime');
    const advertising: Advertising = {
      ...advertisingDefaults,
      maximumInterval,
      minimumInterval: number('mininterval', minimumIntervalFor(maximumInterval)),
      currentHopLimit: number('chlim', advertisingDefaults.currentHopLimit),
      managed: (raflags & RouterFlag.managed) !== 0,
      otherConfiguration: (raflags & RouterFlag.otherConfiguration) !== 0,
      homeAgent: (raflags & RouterFlag.homeAgent) !== 0,
      preference: preference('raflags', raflags),
      routerLifetime,
      reachableTime: number('rtime', 0),
      retransTimer: number('retrans', 0),
      mtu: mtu?.value === 'auto' ? 'interface' : number('mtu', 0) || undefined,
      tellLinkLayerAddress: !fields.has('nolladdr'),
      answerUnicast: false,
      clockSkew: number('clockskew', advertisingDefaults.clockSkew),
      prefixes,
      ownPrefixes: prefixes.length > 0 ? undefined : prefixDefaults,
      routes,
      dnsServers: this.#servers(fields, maximumInterval),
      searchLists: this.#domains(fields, maximumInterval),
      homeAgentInformation: agent
        ? { preference: number('hapref', 0), lifetime: number('hatime', routerLifetime) }
        : undefined,
    };
    for (const { field, index, sentence } of advertisingProblems(advertising)) {
      const suffix = field === 'prefixes' || field === 'routes' ? suffixOf[field][index ?? -1] : '';
      const key = `${keyOf[field] ?? field}${suffix ?? ''}`;
      this.say(fields.get(key) ?? entry, `${key}: ${sentence}`);
    }
    return advertising;
  }

  /** OpenBSD's and FreeBSD's: several addresses, with commas between. */
  #servers(fields: ReadonlyMap<string, Field>, maximumInterval: number): Advertising['dnsServers'] {
    return suffixes.flatMap((suffix) => {
      const field = fields.get(`rdnss${suffix}`);
      if (field === undefined) return [];
      const servers = String(field.value ?? '')
        .split(',')
        .map((each) => parseAddress(each.trim()));
      const good = servers.filter((each): each is IpAddress => each?.family === 6);
      if (good.length !== servers.length) this.say(field, 'rdnss names what is no IPv6 address; allowed: rdnss="A,B"');
      const lifetime = fields.get(`rdnssltime${suffix}`)?.value;
      return [{ servers: good, lifetime: typeof lifetime === 'number' ? lifetime : 3 * maximumInterval }];
    });
  }

  #domains(fields: ReadonlyMap<string, Field>, maximumInterval: number): Advertising['searchLists'] {
    return suffixes.flatMap((suffix) => {
      const field = fields.get(`dnssl${suffix}`);
      if (field === undefined) return [];
      const lifetime = fields.get(`dnsslltime${suffix}`)?.value;
      const domains = String(field.value ?? '')
        .split(',')
        .map((each) => each.trim());
      return [{ domains, lifetime: typeof lifetime === 'number' ? lifetime : 3 * maximumInterval }];
    });
  }
}

/** Nothing, then 0 to 99. */
const suffixes: readonly string[] = ['', ...Array.from({ length: 100 }, (_, i) => `${i}`)];

/** Lines with what goes on in the next, and where each began; neither empty ones nor comments. */
const logicalLines = (text: string): { readonly line: number; readonly words: string }[] => {
  const lines: { line: number; words: string }[] = [];
  let open: { line: number; words: string } | undefined;
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    if (open === undefined && /^\s*(#|$)/.test(raw)) continue;
    const goesOn = raw.endsWith('\\');
    const part = goesOn ? raw.slice(0, -1) : raw;
    if (open === undefined) open = { line: i + 1, words: part };
    else open.words += `\n${part}`;
    if (goesOn) continue;
    lines.push(open);
    open = undefined;
  }
  if (open !== undefined) lines.push(open);
  return lines;
};

/** Splits at colons outside of quotes. Each part is where its first letter is. */
const fieldsOf = (text: string, first: number): (Place & { readonly text: string })[] => {
  const fields: (Place & { text: string })[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= text.length; i += 1) {
    const letter = text[i];
    if (letter === '"') quoted = !quoted;
    if (letter !== undefined && (letter !== ':' || quoted)) continue;
    const part = text.slice(start, i);
    const before = text.slice(0, start + part.length - part.trimStart().length).split('\n');
    const place = { line: first + before.length - 1, column: (before.at(-1) ?? '').length + 1 };
    fields.push({ text: part, ...place });
    start = i + 1;
  }
  return fields;
};

const unquote = (text: string): string => text.trim().replace(/^"([\s\S]*)"$/, '$1');

/** As C reads it: `0x1f`, `017`, `15`; NaN for anything else, and for what is larger than 32 bits. */
const numberOf = (text: string): number => {
  const written = text.trim();
  const value = /^0[0-7]+$/.test(written)
    ? Number.parseInt(written, 8)
    : /^(0x[0-9a-f]+|\d+)$/i.test(written)
      ? Number(written)
      : Number.NaN;
  return value <= infinity ? value : Number.NaN;
};

/**
 * Reads `rtadvd.conf`. Prefixes that are written down replace those of the interface's addresses. Solicitations are
 * answered to all, as KAME's daemon does. Either of `vltimedecr` and `pltimedecr` lets both lifetimes count down.
 *
 * @param file what errors call the place it came from
 * @throws {ConfigError} with a line for each problem, whatever the text is
 *
 * @example
 * const config = parseRtadvd('ef0:\\\n  :addr="2001:db8:ffff:1000::":prefixlen#64:raflags="o":\n');
 * config.get('ef0')?.otherConfiguration; // true
 */
export const parseRtadvd = (text: string, file = 'rtadvd.conf'): RtadvdConfig => {
  const reader = new Reader();
  const config = reader.read(text);
  if (reader.problems.length > 0) throw new ConfigError(file, reader.problems);
  return config;
};
