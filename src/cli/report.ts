import type { Node } from '../state/node.ts';
import { commas } from './numbers.ts';
import { type Page, table } from './page.ts';
import { reasonOf } from './reason.ts';

/** What became of the packets: by fate, by drop reason, by interface. */
export const report = (node: Node, page: Page): string => {
  const { counters, interfaces } = node;
  const { received, originated, copied, sent, delivered, refused, merged, held } = counters.balance();
  const fates = table(page, ['in', '', 'out', ''], { ruled: false });
  fates.push(
    ['received', commas(received), 'sent', commas(sent)],
    ['originated', commas(originated), 'delivered here', commas(delivered)],
    ['copied', commas(copied), 'refused', commas(refused)],
    ['', '', 'merged', commas(merged)],
    ['', '', 'held', commas(held)],
  );
  const parts = ['Packets', fates.toString()];
  const refusals = [...counters.refusals()];
  if (refusals.length > 0) {
    const reasons = table(page, ['refused because', 'packets', 'meaning', 'by'], {
      colWidths: [null, null, 52, 30],
      ruled: false,
    });
    for (const [name, packets] of refusals.sort(([, a], [, b]) => b - a)) {
      const reason = reasonOf(name);
      reasons.push([name, commas(packets), reason?.sentence ?? '', reason?.rfc ?? '']);
    }
    parts.push(reasons.toString());
  }
  const links = table(page, ['interface', 'packets in', 'bytes in', 'packets out', 'bytes out', 'refused'], {
    ruled: false,
  });
  for (const { index, name } of interfaces) {
    const lost = [...counters.refusals(index).values()].reduce((sum, value) => sum + value, 0);
    const numbers = (['inReceives', 'inOctets', 'outTransmits', 'outOctets'] as const).map((column) =>
      commas(counters.get(index, column)),
    );
    if (index !== interfaces.loopback) links.push([name, ...numbers, commas(lost)]);
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
