/**
 * The demo as text. Pure: results and counters in, lines out.
 *
 * @module
 */
import type { Balance } from '../../state/counters.ts';
import type { Node } from '../../state/node.ts';
import { commas, megabits, milliseconds, percent, sparkline } from '../numbers.ts';
import { type Page, table } from '../page.ts';
import { reasonOf } from '../reason.ts';
import { type HostName, hostAddresses, type Step } from './scenario.ts';
import { median, type Verdict } from './steps.ts';

export interface LinkCounts {
  readonly name: string;
  readonly inPackets: number;
  readonly inOctets: number;
  readonly outPackets: number;
  readonly outOctets: number;
}

/** The router's counters at one moment. */
export interface Snapshot {
  /** In milliseconds, on any clock. */
  readonly at: number;
  readonly balance: Balance;
  /** Packets by drop reason. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly links: readonly LinkCounts[];
}

export const snapshotOf = ({ counters, interfaces }: Pick<Node, 'counters' | 'interfaces'>, at: number): Snapshot => ({
  at,
  balance: counters.balance(),
  refusals: counters.refusals(),
  links: [...interfaces]
    .filter(({ index }) => index !== interfaces.loopback)
    .map(({ index, name }) => ({
      name,
      inPackets: counters.get(index, 'inReceives'),
      inOctets: counters.get(index, 'inOctets'),
      outPackets: counters.get(index, 'outTransmits'),
      outOctets: counters.get(index, 'outOctets'),
    })),
});

/** A step and what came of it. */
export interface Outcome {
  readonly step: Step;
  readonly verdict: Verdict;
}

/** The network, drawn. */
export const picture = ({ paint }: Page): string =>
  [
    `${paint('bold', 'umigame demo')}: two Linux hosts, the default router between them`,
    '',
    `  ${paint('cyan', 'host a')} ─── demo-a ─── ${paint('bold', 'umigame')} ─── demo-b ─── ${paint('cyan', 'host b')}`,
    paint('dim', `  ${hostAddresses.a[6]}    MTU 1,500    this     MTU 1,400    ${hostAddresses.b[6]}`),
    paint('dim', `  ${hostAddresses.a[4]}                  process               ${hostAddresses.b[4]}`),
  ].join('\n');

const titleWidth = 42;

/** What a step did, and what came of it; without a verdict, that it is under way. */
export const stepLine = ({ paint }: Page, { from, title, ...step }: Step, verdict?: Verdict): string => {
  const streams = step.kind === 'udp' || step.kind === 'tcp';
  const between = (streams ? `${from} → ${step.to}` : from).padEnd(5);
  const what = `${between}  ${title}`.padEnd(titleWidth);
  if (verdict === undefined) return `  ${paint('dim', `… ${what.trimEnd()}`)}`;
  const mark = verdict.ok ? paint('green', '✔') : paint('red', '✖');
  return `  ${mark} ${what}  ${verdict.ok ? verdict.text : paint('red', verdict.text)}`;
};

const familyOf = (step: Step): 4 | 6 => {
  if (step.kind === 'udp' || step.kind === 'tcp') return step.family;
  return step.to.includes(':') ? 6 : 4;
};

/** Rows and what goes into them: streams by direction, and the round trips between the hosts. */
const rowOf = (step: Step): string | undefined => {
  if (step.kind === 'udp' || step.kind === 'tcp') return `${step.kind.toUpperCase()} ${step.from} → ${step.to}`;
  const toOther = (other: HostName): boolean => Object.values(hostAddresses[other]).includes(step.to);
  if (step.kind !== 'ping' || step.expect !== 'answers') return undefined;
  return toOther(step.from === 'a' ? 'b' : 'a') ? 'round trip, median' : 'round trip to the router, median';
};

/** Throughput and latency: a row for each kind of traffic, a column for each IP version. */
export const speeds = (outcomes: readonly Outcome[], page: Page): string => {
  const rows = new Map<string, { times: Record<4 | 6, number[]>; throughput: Record<4 | 6, number> }>();
  for (const { step, verdict } of outcomes) {
    const name = rowOf(step);
    if (name === undefined) continue;
    const family = familyOf(step);
    const row = rows.get(name) ?? { times: { 4: [], 6: [] }, throughput: { 4: 0, 6: 0 } };
    row.times[family].push(...(verdict.times ?? []));
    row.throughput[family] = Math.max(row.throughput[family], verdict.throughput ?? 0);
    rows.set(name, row);
  }
  const found = table(page, ['Traffic', 'IPv6', 'IPv4'], { colAligns: ['left', 'right', 'right'] });
  for (const [name, { times, throughput }] of rows) {
    const cell = (family: 4 | 6): string => {
      if (throughput[family] > 0) return megabits(throughput[family]);
      return times[family].length > 0 ? milliseconds(median(times[family])) : '';
    };
    found.push([name, cell(6), cell(4)]);
  }
  return found.toString();
};

const barWidth = 20;
const bar = (share: number): string => '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '░');

/** Packets by fate, and the conservation law: nothing vanishes. */
export const fates = ({ balance }: Snapshot, page: Page): string => {
  const { received, originated, copied, sent, delivered, refused, merged, held } = balance;
  const all = received + originated + copied;
  const found = table(page, ['Packets', 'count', 'share'], { colAligns: ['left', 'right', 'left'] });
  const row = (name: string, count: number): void => {
    const share = all === 0 ? 0 : count / all;
    found.push([name, commas(count), `${page.paint('cyan', bar(share))} ${percent(share)}`]);
  };
  row('sent', sent);
  row('delivered to the router', delivered);
  row('refused, with a reason', refused);
  if (merged > 0) row('merged, as fragments', merged);
  row('still held', held);
  const law = `  received ${commas(received)} + own ${commas(originated)} + copies ${commas(copied)} = all of these`;
  const holds = sent + delivered + refused + merged + held === all && held >= 0;
  const mark = holds ? page.paint('green', '✔ nothing vanished') : page.paint('red', '✖ packets vanished');
  return `${found.toString()}\n${law}  ${mark}`;
};

/** Packets by drop reason, most first. */
export const reasons = ({ refusals }: Snapshot, page: Page): string => {
  if (refusals.size === 0) return page.paint('dim', '  No packet was refused.');
  const nameWidth = Math.max(20, ...[...refusals.keys()].map((name) => name.length + 2));
  const sentenceWidth = Math.max(24, Math.min(76, page.width - nameWidth - 14));
  const colWidths = [nameWidth, 10, sentenceWidth];
  const found = table(page, ['Refused', 'packets', 'because'], { colWidths, colAligns: ['left', 'right', 'left'] });
  for (const [name, packets] of [...refusals].sort(([, a], [, b]) => b - a)) {
    found.push([page.paint('yellow', name), commas(packets), reasonOf(name)?.sentence ?? '']);
  }
  return found.toString();
};

/** What went over each link; rates, when there is an earlier snapshot to compare with. */
export const links = (now: Snapshot, before: Snapshot | undefined, page: Page): string => {
  const head = ['Link', 'in', 'out', ...(before === undefined ? ['bytes in', 'bytes out'] : ['in', 'out'])];
  const found = table(page, head, { colAligns: ['left', 'right', 'right', 'right', 'right'] });
  for (const link of now.links) {
    const packets = [`${commas(link.inPackets)} packets`, `${commas(link.outPackets)} packets`];
    const then = before?.links.find(({ name }) => name === link.name);
    if (before === undefined || then === undefined) {
      found.push([link.name, ...packets, commas(link.inOctets), commas(link.outOctets)]);
      continue;
    }
    const rate = (later: number, earlier: number): string =>
      megabits(((later - earlier) * 8_000) / Math.max(1, now.at - before.at)).padStart(13);
    found.push([link.name, ...packets, rate(link.inOctets, then.inOctets), rate(link.outOctets, then.outOctets)]);
  }
  return found.toString();
};

/** Everything, at the end. */
export const summary = (outcomes: readonly Outcome[], now: Snapshot, page: Page): string => {
  const failed = outcomes.filter(({ verdict }) => !verdict.ok).length;
  const closing =
    failed === 0
      ? page.paint('green', `All ${outcomes.length} steps went as they should.`)
      : page.paint('red', `${failed} of ${outcomes.length} steps did not go as they should.`);
  const parts = [speeds(outcomes, page), links(now, undefined, page), fates(now, page), reasons(now, page), closing];
  return parts.join('\n\n');
};

/** What a terminal shows while traffic flows. */
export interface Live {
  readonly now: Snapshot;
  readonly before: Snapshot | undefined;
  /** Latest round-trip times, oldest first. */
  readonly times: readonly number[];
  /** The step under way. */
  readonly running: Step | undefined;
  /** Has everything been shown, and it goes on until someone ends it? */
  readonly over: boolean;
}

/** The sparkline shares its line with this many columns of words. */
const wordsBesideSparkline = 40;

const roundTrips = (times: readonly number[], { paint, width }: Page): string => {
  const latest = times.at(-1);
  if (latest === undefined) return '';
  const bars = sparkline(times, Math.max(10, width - wordsBesideSparkline));
  return `  round trip ${milliseconds(latest).padStart(8)}  ${paint('cyan', bars)}`;
};

/** The part of the screen that changes. Tables that a low terminal has no room for are left out. */
export const livePane = ({ now, before, times, running, over }: Live, page: Page): string => {
  const top = running === undefined ? '' : stepLine(page, running);
  const hint = over ? 'The traffic goes on until you press q.' : 'Press q to end.';
  const bottom = [roundTrips(times, page), `  ${page.paint('dim', hint)}`];
  const lines = (parts: readonly string[]): string[] =>
    parts
      .filter((part) => part !== '')
      .join('\n')
      .split('\n');
  let shown = [top, links(now, before, page), ...bottom];
  for (const part of over ? [fates(now, page), reasons(now, page)] : []) {
    const more = [...shown.slice(0, -2), part, ...bottom];
    if (lines(more).length < page.height) shown = more;
  }
  return lines(shown).join('\n');
};
