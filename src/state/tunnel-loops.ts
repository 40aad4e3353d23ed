/**
 * The static checker of tunnels: which of them lead into each other, from configuration and routes alone, before the
 * first packet (INET'99 §3.3, Figures 3 and 5).
 *
 * @module
 */

/** Interface indexes in the order of a packet's way; of a cycle the first stands at the end again. */
export type LoopPath = readonly number[];

/** What is wrong with a tunnel. */
export interface FoundLoop {
  /** The tunnels that a packet goes through, from where it goes in. */
  readonly way: readonly number[];
  /** The cycle it ends in, or the tunnels that are nested too deeply. */
  readonly path: LoopPath;
}

/** Ways that are followed at most, in all: tunnels that may lead anywhere have very many. */
const wayLimit = 10_000;

/** Is it a cycle, or a nesting that is too deep? */
export const isCycle = (path: LoopPath): boolean => path.length > 1 && path[0] === path[path.length - 1];

/** The same cycle whichever of its tunnels it was met at: from the lowest index on. */
export const canonical = (path: LoopPath): LoopPath => {
  if (!isCycle(path)) return path;
  const once = path.slice(0, -1);
  const from = once.indexOf(Math.min(...once));
  return [...once.slice(from), ...once.slice(0, from), once[from] as number];
};

/**
 * What happens to packets that go into each tunnel and may be nested `limit` deep: all cycles, and all nestings that are
 * deeper.
 *
 * @param next the tunnels that the outer packets of a tunnel may leave by; none when they leave by a device
 *
 * @example
 * // Figure 5: outer packets of 2 leave by 3, those of 3 by 2
 * findTunnelLoops([2, 3], (tunnel) => [5 - tunnel], 4);
 * // [{ way: [2, 3], path: [2, 3, 2] }, { way: [3, 2], path: [2, 3, 2] }]
 */
export const findTunnelLoops = (
  tunnels: readonly number[],
  next: (tunnel: number) => readonly number[],
  limit: number,
): readonly FoundLoop[] => {
  const found: FoundLoop[] = [];
  let left = wayLimit;
  const follow = (way: readonly number[]): void => {
    for (const to of next(way[way.length - 1] as number)) {
      left -= 1;
      if (left < 0) return;
      const seen = way.indexOf(to);
      if (seen >= 0) found.push({ way, path: canonical([...way.slice(seen), to]) });
      else if (way.length >= limit) found.push({ way, path: [...way, to] });
      else follow([...way, to]);
    }
  };
  for (const tunnel of tunnels) {
    if (limit === 0) found.push({ way: [tunnel], path: [tunnel] });
    else follow([tunnel]);
  }
  return found;
};
