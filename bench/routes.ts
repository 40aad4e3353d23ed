/**
 * The routing table alone: look-ups/s, bytes and changes/s with an Internet-like mix of IPv6 routes, on one core.
 *
 *     node --expose-gc --import tsx bench/routes.ts             a table
 *     node --import tsx bench/routes.ts --compare 10000000      look-ups against the radix tree, address by address
 *
 * The machine is never quiet: each number is the best of many short runs, with the median beside it.
 */
import { pathToFileURL } from 'node:url';
import { Radix } from '../src/state/routes/radix.ts';
import { type RouteSpec, Routes } from '../src/state/routes.ts';
import { address6, type IpPrefix, writeAddress } from '../src/wire/address.ts';
import { seededRandom } from './random.ts';
import { makeMix } from './routes-mix.ts';

export interface RoutesRow {
  readonly routes: number;
  /** Look-ups/s, best and median: every destination has a route, all routes alike. */
  readonly hits: readonly [number, number];
  /** Half the destinations lie beside a route instead: in its holder's space, or in nobody's. */
  readonly half: readonly [number, number];
  /** Popularity falls with rank, as 1/rank. */
  readonly zipf: readonly [number, number];
  /** The radix tree on the same destinations as `hits`. */
  readonly radix: readonly [number, number];
  /** Bytes per route that look-ups read (structure and columns), and all told. */
  readonly lookupBytes: number;
  readonly totalBytes: number;
  readonly loadSeconds: number;
  readonly changesPerSecond: number;
}

/** Destinations of a run: 4 MB of addresses, more than a second-level cache holds. */
const destinationCount = 1 << 18;
/** Routers that the routes lead to: an exchange point's worth. */
const neighborCount = 64;
const rounds = 40;

const best = (values: readonly number[]): [number, number] => {
  const sorted = values.toSorted((a, b) => b - a);
  return [sorted[0] as number, sorted[sorted.length >> 1] as number];
};

const now = (): number => performance.now() / 1_000;

/** Chooses an index below `count`: uniformly, or with probability about 1/rank. */
const chooser = (random: () => number, count: number, zipf: boolean): (() => number) =>
  zipf ? () => Math.floor((count + 1) ** random()) - 1 : () => Math.floor(random() * count);

/** `destinationCount` addresses, each in a route or, with probability `beside`, up to 16 bits beside it. */
const destinations = (mix: readonly IpPrefix[], seed: number, beside: number, zipf: boolean): DataView => {
  const random = seededRandom(seed);
  const choose = chooser(random, mix.length, zipf);
  const view = new DataView(new ArrayBuffer(destinationCount * 16));
  for (let i = 0; i < destinationCount; i += 1) {
    const { address, length } = mix[choose()] as IpPrefix;
    const kept = random() < beside ? Math.max(16, length - 16) : length;
    const tail = (index: number): number => {
      const bits = kept - index * 32;
      return bits >= 32 ? 0 : (random() * 0x1_0000_0000) & (bits <= 0 ? -1 : 0xffff_ffff >>> bits);
    };
    const { w0, w1, w2, w3 } = address;
    writeAddress(view, i * 16, address6(w0 | tail(0), w1 | tail(1), w2 | tail(2), w3 | tail(3)));
  }
  return view;
};

const routeTo = (to: IpPrefix, neighbor: number): RouteSpec => ({
  to,
  interfaceIndex: 2 + (neighbor & 3),
  via: address6(0xfe800000, 0, 0, 1 + neighbor),
});

/** A table with these routes over so many neighbors, and how long it took to load. */
const fill = (mix: readonly IpPrefix[], neighbors: number): { routes: Routes; seconds: number } => {
  const routes = new Routes();
  const begin = now();
  for (const [i, to] of mix.entries()) routes.add(routeTo(to, i % neighbors));
  return { routes, seconds: now() - begin };
};

const lookUpAll = (routes: Routes, view: DataView): number => {
  const { table } = routes;
  let found = 0;
  for (let at = 0; at < view.byteLength; at += 16) if (table.lookup6(view, at) !== 0) found += 1;
  return found;
};

const lookUpAllRadix = (radix: Radix, view: DataView): number => {
  let found = 0;
  for (let at = 0; at < view.byteLength; at += 16) {
    const value = radix.longestMatch(
      view.getInt32(at),
      view.getInt32(at + 4),
      view.getInt32(at + 8),
      view.getInt32(at + 12),
    );
    if (value !== 0) found += 1;
  }
  return found;
};

const perSecond = (run: () => number): [number, number] => {
  run();
  const rates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = now();
    run();
    rates.push(destinationCount / (now() - begin));
  }
  return best(rates);
};

const radixOf = (mix: readonly IpPrefix[]): Radix => {
  const radix = new Radix(128);
  for (const [i, { address, length }] of mix.entries()) {
    radix.insert(address.w0, address.w1, address.w2, address.w3, length, i + 1);
  }
  return radix;
};

/** Takes a route out and puts it back, again and again. */
const changesPerSecond = (routes: Routes, mix: readonly IpPrefix[]): number => {
  const random = seededRandom(11);
  const changes = 50_000;
  const rates: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const begin = now();
    for (let i = 0; i < changes; i += 2) {
      const index = Math.floor(random() * mix.length);
      const to = mix[index] as IpPrefix;
      routes.delete(to);
      routes.add(routeTo(to, index % neighborCount));
    }
    rates.push(changes / (now() - begin));
  }
  return best(rates)[0];
};

const measure = (count: number): RoutesRow => {
  const mix = makeMix(count, 7);
  const { routes, seconds } = fill(mix, neighborCount);
  const hitting = destinations(mix, 1, 0, false);
  const hits = perSecond(() => lookUpAll(routes, hitting));
  const beside = destinations(mix, 2, 0.5, false);
  const half = perSecond(() => lookUpAll(routes, beside));
  const skewed = destinations(mix, 3, 0, true);
  const zipf = perSecond(() => lookUpAll(routes, skewed));
  const reference = radixOf(mix);
  const radix = perSecond(() => lookUpAllRadix(reference, hitting));
  const { lookup, total } = routes.bytes;
  return {
    routes: count,
    hits,
    half,
    zipf,
    radix,
    lookupBytes: lookup / count,
    totalBytes: total / count,
    loadSeconds: seconds,
    changesPerSecond: changesPerSecond(routes, mix),
  };
};

/** Measures tables of each size; a row each. */
export const benchRoutes = (sizes: readonly number[] = [2, 1_000, 10_000, 200_000, 1_000_000]): RoutesRow[] => {
  fill(makeMix(20_000, 5), neighborCount); // the compiler's share, paid before the clock runs
  return sizes.map((size) => {
    globalThis.gc?.();
    return measure(size);
  });
};

const millions = ([top, median]: readonly [number, number]): string =>
  `${(top / 1e6).toFixed(1)} / ${(median / 1e6).toFixed(1)}`;

/** The rows as lines of text. */
export const formatRoutesRows = (rows: readonly RoutesRow[]): string => {
  const table = [
    ['routes', 'all hit', 'half hit', '1/rank', 'radix tree', 'bytes/route', 'with store', 'load s', 'changes/s'],
    ...rows.map((row) => [
      row.routes.toLocaleString('en'),
      millions(row.hits),
      millions(row.half),
      millions(row.zipf),
      millions(row.radix),
      row.lookupBytes.toFixed(0),
      row.totalBytes.toFixed(0),
      row.loadSeconds.toFixed(2),
      Math.round(row.changesPerSecond).toLocaleString('en'),
    ]),
  ];
  const lines = table.map((cells) => cells.map((cell) => cell.padStart(13)).join(''));
  return ['Look-ups in millions a second, best / median:', ...lines].join('\n');
};

/** Compares the table with the radix tree on `count` addresses: rows must be those of the routes that match. */
const compare = (count: number): void => {
  const mix = makeMix(200_000, 7);
  const { routes } = fill(mix, mix.length); // a row for each route, so that no mistake can hide
  const radix = radixOf(mix);
  const rows = mix.map((to) => routes.get(to)?.row ?? -1);
  let done = 0;
  let wrong = 0;
  for (let seed = 1; done < count; seed += 1) {
    const view = destinations(mix, seed, [0, 0.5, 1][seed % 3] as number, false);
    for (let at = 0; at < view.byteLength && done < count; at += 16, done += 1) {
      const value = radix.longestMatch(
        view.getInt32(at),
        view.getInt32(at + 4),
        view.getInt32(at + 8),
        view.getInt32(at + 12),
      );
      if (routes.table.lookup6(view, at) !== (value === 0 ? 0 : rows[value - 1])) wrong += 1;
    }
  }
  console.log(`${done.toLocaleString('en')} look-ups in ${mix.length.toLocaleString('en')} routes, ${wrong} differ`);
  if (wrong > 0) process.exitCode = 1;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const option = process.argv.indexOf('--compare');
  if (option >= 0) compare(Number(process.argv[option + 1] ?? 10_000_000));
  else console.log(formatRoutesRows(benchRoutes()));
}
