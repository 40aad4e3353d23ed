/**
 * How a mistake in a configuration is put into words.
 *
 * @module
 */

const longest = 40;

/** A value from a configuration, short enough for one line; total for whatever JavaScript can hold. */
export const show = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value);
    case 'number':
    case 'boolean':
      return String(value);
    case 'bigint':
      return `${value}`.length > longest ? 'a bigint' : `${value}n`;
    case 'undefined':
      return 'undefined';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
    default:
      return `a ${typeof value}`;
  }
};

/** `missing; allowed: …` for what isn't there, `… is not allowed here; allowed: …` for what is there and wrong. */
export const notAllowed = (value: unknown, allowed: string): string =>
  value === undefined ? `missing; allowed: ${allowed}` : `${show(value)} is not allowed here; allowed: ${allowed}`;

/** Edit distance in insertions, deletions, substitutions and swaps of neighbours, or `limit + 1` when it is more. */
const distance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let older: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (older[column - 2] ?? 0) + 1);
      next.push(cost);
    }
    older = last;
    last = next;
  }
  return last[b.length] ?? 0;
};

/** The candidate that `word` is probably a misspelling of: at most two edits away, and at most half of it. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const limit = Math.min(2, Math.floor(word.length / 2));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase(), limit);
    if (edits < least) {
      best = candidate;
      least = edits;
    }
  }
  return best;
};

/** ` (did you mean "mtu"?)`, or nothing. */
export const suggest = (word: string, candidates: readonly string[]): string => {
  const meant = nearest(word, candidates);
  return meant === undefined ? '' : ` (did you mean ${JSON.stringify(meant)}?)`;
};

/** `interfaces.uma.addresses[0]`; keys that are no plain words are quoted: `interfaces["eth0.100"].mtu`. */
export const showPath = (path: readonly PropertyKey[]): string => {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (typeof key === 'symbol') text += '[symbol]';
    else if (/^[A-Za-z_][\w-]*$/.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${show(key)}]`;
  }
  return text;
};
