/** The umigame command as a user starts it: what was built, in a process of its own. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { Program } from './program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const executable = join(root, 'dist/cli/main.js');

let built = false;

/** Builds dist/ when a source is newer, for whoever runs a test file alone. */
const ensureBuilt = (): void => {
  if (built) return;
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/ensure.mjs')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  built = true;
};

/**
 * Starts `umigame` with arguments.
 *
 * @param prefix a command that runs a command, such as `setpriv`
 */
export const umigame = (args: readonly string[], prefix: readonly string[] = []): Program => {
  ensureBuilt();
  return new Program([...prefix, process.execPath, executable, ...args]);
};

/** Without any privilege, and then, where the project lies in a folder of root's, with that of looking into it. */
const unprivileged = [[], ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']].map((capability) => [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  ...capability,
]);

let nobody: readonly string[] | undefined;

/** The prefix that runs a command as nobody; undefined when nobody can be made to run ours. */
export const asNobody = (): readonly string[] | undefined => {
  ensureBuilt();
  nobody ??= unprivileged.find(([file = '', ...rest]) => {
    return spawnSync(file, [...rest, process.execPath, executable, '--version']).status === 0;
  });
  return nobody;
};

/** Why {@link asNobody} may have found nothing. */
export const noNobody = 'setpriv is missing, or nobody may look into the folder of the project';

/** What the command printed of the packets: the balance, and each interface's row. */
export interface PrintedReport {
  readonly balance: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly interfaces: Readonly<Record<string, { readonly in: number; readonly out: number }>>;
}

const balanceNames = ['received', 'originated', 'copied', 'sent', 'delivered here', 'refused', 'merged', 'held'];

/** Reads the tables of the final report. */
export const printedReport = (stdout: string): PrintedReport => {
  const balance: Record<string, number> = {};
  const refusals: Record<string, number> = {};
  const interfaces: Record<string, { in: number; out: number }> = {};
  const number = (text = ''): number => Number(text.replaceAll(',', ''));
  let table = '';
  for (const line of stdout.split('\n')) {
    const cells = line.split('│').map((cell) => cell.trim());
    if (cells.length < 3) continue;
    const [, first = '', second = '', third = '', fourth = ''] = cells;
    if (['in', 'refused because', 'interface'].includes(first)) table = first;
    else if (table === 'refused because' && first !== '') refusals[first] = number(second);
    else if (table === 'interface') interfaces[first] = { in: number(second), out: number(fourth) };
    else if (table === 'in') {
      if (balanceNames.includes(first)) balance[first] = number(second);
      if (balanceNames.includes(third)) balance[third] = number(fourth);
    }
  }
  return { balance, refusals, interfaces };
};

/** Expects a final report in which every packet is accounted for and none is held. */
export const expectBalanced = (stdout: string): PrintedReport => {
  const report = printedReport(stdout);
  const { received = 0, originated = 0, copied = 0, sent = 0, refused = 0, merged = 0, held } = report.balance;
  const delivered = report.balance['delivered here'] ?? 0;
  expect(Object.keys(report.balance).sort()).toEqual([...balanceNames].sort());
  expect(held).toBe(0);
  expect(sent + delivered + refused + merged).toBe(received + originated + copied);
  const packets = Object.values(report.interfaces);
  expect(packets.reduce((sum, { in: count }) => sum + count, 0)).toBe(received);
  expect(packets.reduce((sum, { out: count }) => sum + count, 0)).toBe(sent);
  expect(Object.values(report.refusals).reduce((sum, count) => sum + count, 0)).toBe(refused);
  return report;
};
