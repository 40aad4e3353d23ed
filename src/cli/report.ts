import Table from 'cli-table3';
import { type DropName, dropNames, dropReasons } from '../packet/drop.ts';
import type { Node } from '../state/node.ts';
import { bold } from './style.ts';

/** Numbers as people read them: 12,345. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** A table without lines between its rows; widths in characters, null for as wide as needed. */
const table = (head: string[], colWidths: (number | null)[] = []): Table.Table =>
  new Table({
    head: head.map(bold),
    colWidths,
    wordWrap: true,
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });

const reasonOf = (name: string): (typeof dropReasons)[number] => dropReasons[dropNames.indexOf(name as DropName)];

/** What became of the packets: by fate, by drop reason, by interface. */
export const report = (node: Node): string => {
  const { counters, interfaces } = node;
  const { received, originated, copied, sent, delivered, refused, merged, held } = counters.balance();
  const fates = table(['in', '', 'out', '']);
  fates.push(
    ['received', count(received), 'sent', count(sent)],
    ['originated', count(originated), 'delivered here', count(delivered)],
    ['copied', count(copied), 'refused', count(refused)],
    ['', '', 'merged', count(merged)],
    ['', '', 'held', count(held)],
  );
  const parts = ['Packets', fates.toString()];
  const refusals = [...counters.refusals()];
  if (refusals.length > 0) {
    const reasons = table(['refused because', 'packets', 'meaning', 'by'], [null, null, 52, 30]);
    for (const [name, packets] of refusals.sort(([, a], [, b]) => b - a)) {
      const reason = reasonOf(name);
      reasons.push([name, count(packets), reason?.sentence ?? '', reason?.rfc ?? '']);
    }
    parts.push(reasons.toString());
  }
  const links = table(['interface', 'packets in', 'bytes in', 'packets out', 'bytes out', 'refused']);
  for (const { index, name } of interfaces) {
    const lost = [...counters.refusals(index).values()].reduce((sum, value) => sum + value, 0);
    const numbers = (['inReceives', 'inOctets', 'outTransmits', 'outOctets'] as const).map((column) =>
      count(counters.get(index, column)),
    );
    if (index !== interfaces.loopback) links.push([name, ...numbers, count(lost)]);
  }
  parts.push(links.toString());
  return parts.join('\n');
};

/** The same as plain data, for `--json`. */
export const reportData = (node: Node): object => ({
  packets: node.counters.balance(),
  refusals: Object.fromEntries(node.counters.refusals()),
  interfaces: Object.fromEntries(
    [...node.interfaces].map(({ index, name }) => [
      name,
      {
        inReceives: node.counters.get(index, 'inReceives'),
        inOctets: node.counters.get(index, 'inOctets'),
        outTransmits: node.counters.get(index, 'outTransmits'),
        outOctets: node.counters.get(index, 'outOctets'),
        refusals: Object.fromEntries(node.counters.refusals(index)),
      },
    ]),
  ),
});
