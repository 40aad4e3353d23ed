/**
 * What the default router does in memory, without devices, on one core.
 *
 *     npm run bench
 *
 * prints tables and writes bench/results/memory.json. Rates are per second of processor time, the best of several
 * rounds; on a busy machine they are still too low.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import Table from 'cli-table3';
import { benchNeighbors, formatNeighborsResult } from './neighbors.ts';
import { benchOperators } from './operators.ts';
import { benchRouter } from './router.ts';
import { benchRoutes, formatRoutesRows } from './routes.ts';
import { benchFloods, benchTunnels } from './tunnels.ts';

const table = (head: string[], rows: (string | number)[][]): string => {
  const drawn = new Table({
    head,
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
  });
  drawn.push(...rows);
  return drawn.toString();
};

const router = benchRouter([64, 1_400], [2, 1_000, 200_000]);
console.log('The default router, IPv6 UDP, one copy per packet');
console.log(
  table(
    ['payload', 'routes', 'packets/s', 'Gbit/s', 'heap bytes/packet'],
    router.map(({ payload, routes, perSecond, bytesEach }) => [
      `${payload} B`,
      routes.toLocaleString('en'),
      `${(perSecond / 1e6).toFixed(2)} M`,
      ((perSecond * (payload + 48) * 8) / 1e9).toFixed(1),
      bytesEach.toFixed(2),
    ]),
  ),
);

const operators = benchOperators();
console.log('\nWhat each operator adds');
console.log(
  table(
    ['operator', 'ns/packet'],
    operators.map(({ operator, nanoseconds }) => [operator, nanoseconds.toFixed(0)]),
  ),
);

const tunnels = benchTunnels();
console.log('\nTunnels, a packet of 1,248 bytes');
console.log(
  table(
    ['kind', 'in, ns', 'out, ns', 'bytes written', 'bytes moved', 'heap bytes'],
    tunnels.map(({ mode, encapsulate, decapsulate, written, moved, bytesEach }) => [
      mode,
      encapsulate.toFixed(0),
      decapsulate.toFixed(0),
      written,
      moved,
      bytesEach.toFixed(2),
    ]),
  ),
);

const floods = benchFloods();
const [{ perSecond: undisturbed = 1 } = {}] = floods;
console.log('\nThe router while every other packet goes into a loop of tunnels');
console.log(
  table(
    ['flood', 'packets/s', 'of its speed'],
    floods.map(({ flood, perSecond }) => [
      flood,
      `${(perSecond / 1e6).toFixed(2)} M`,
      `${((100 * perSecond) / undisturbed).toFixed(0)} %`,
    ]),
  ),
);

const routes = benchRoutes();
console.log(`\n${formatRoutesRows(routes)}`);

const neighbors = benchNeighbors();
console.log(`\nThe neighbor cache\n${formatNeighborsResult(neighbors)}`);

mkdirSync('bench/results', { recursive: true });
const machine = { node: process.version, processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
writeFileSync(
  'bench/results/memory.json',
  `${JSON.stringify({ machine, router, operators, tunnels, floods, routes, neighbors }, null, 2)}\n`,
);
console.log('\nAs JSON: bench/results/memory.json');
