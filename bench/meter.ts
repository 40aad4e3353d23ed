export interface Meter {
  /** Best of several rounds, a second of processor time. */
  readonly perSecond: number;
  /** Heap bytes allocated for each, over a million of them. */
  readonly bytesEach: number;
}

const warmUp = 300_000;
const round = 500_000;
const rounds = 7;
const allocationRun = 1_000_000;

/**
 * How often something is done per second of processor time (so that other programs on the machine count less), and what
 * it allocates.
 *
 * @param run does it so many times
 */
export const meter = (run: (count: number) => void): Meter => {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('start node with --expose-gc, as npm run bench does');
  run(warmUp);
  let perSecond = 0;
  for (let i = 0; i < rounds; i += 1) {
    const begin = process.cpuUsage();
    run(round);
    const { user, system } = process.cpuUsage(begin);
    perSecond = Math.max(perSecond, round / ((user + system) / 1e6));
  }
  gc();
  const before = process.memoryUsage().heapUsed;
  run(allocationRun);
  return { perSecond, bytesEach: Math.max(0, process.memoryUsage().heapUsed - before) / allocationRun };
};
