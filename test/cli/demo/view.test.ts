import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Step, scenario } from '../../../src/cli/demo/scenario.ts';
import type { Verdict } from '../../../src/cli/demo/steps.ts';
import {
  fates,
  links,
  livePane,
  type Outcome,
  picture,
  reasons,
  type Snapshot,
  snapshotOf,
  speeds,
  stepLine,
  summary,
} from '../../../src/cli/demo/view.ts';
import { coloured, type Page, plain } from '../../../src/cli/page.ts';
import { Drop } from '../../../src/packet/drop.ts';
import { createNode } from '../../../src/state/node.ts';

const page: Page = { paint: plain, width: 100, height: Number.POSITIVE_INFINITY };

const step = (kind: Step['kind'], family: 4 | 6): Step => {
  const dotted = (text: string): boolean => text.includes('.');
  const found = scenario.find(
    (each) => each.kind === kind && ('family' in each ? each.family === family : dotted(each.to) === (family === 4)),
  );
  if (found === undefined) throw new Error(`the scenario has no ${kind} over IPv${family}`);
  return found;
};

const outcomes: Outcome[] = [
  { step: step('ping', 6), verdict: { ok: true, text: '5 of 5 answered', times: [0.2, 0.3, 0.25] } },
  { step: step('ping', 4), verdict: { ok: true, text: '5 of 5 answered', times: [0.1] } },
  { step: step('tcp', 6), verdict: { ok: true, text: '100 MB', throughput: 8.2e8 } },
  { step: step('udp', 4), verdict: { ok: false, text: 'lost', throughput: 3.8e7 } },
];

const snapshot: Snapshot = {
  at: 1_000,
  balance: { received: 1_000, originated: 10, copied: 2, sent: 1_000, delivered: 5, refused: 7, merged: 0, held: 0 },
  refusals: new Map([
    ['noRoute', 2],
    ['packetTooBig', 5],
  ]),
  links: [{ name: 'demo-a', inPackets: 600, inOctets: 60_000, outPackets: 400, outOctets: 4_000_000 }],
};

test('a step is a line: under way, well, or not', () => {
  const good: Verdict = { ok: true, text: '5 of 5 answered' };
  expect(stepLine(page, step('ping', 6))).toBe('  … a      ping fd00:b::2');
  expect(stepLine(page, step('ping', 6), good)).toBe('  ✔ a      ping fd00:b::2                       5 of 5 answered');
  expect(stepLine(page, step('tcp', 4), { ok: false, text: 'the hashes differ' })).toBe(
    '  ✖ a → b  TCP over IPv4                        the hashes differ',
  );
});

test('speeds: a row for each kind of traffic, a column for each IP version', () => {
  expect(speeds(outcomes, page)).toBe(
    [
      '┌────────────────────┬────────────┬─────────────┐',
      '│ Traffic            │       IPv6 │        IPv4 │',
      '├────────────────────┼────────────┼─────────────┤',
      '│ round trip, median │    0.25 ms │     0.10 ms │',
      '│ TCP a → b          │ 820 Mbit/s │             │',
      '│ UDP a → b          │            │ 38.0 Mbit/s │',
      '└────────────────────┴────────────┴─────────────┘',
    ].join('\n'),
  );
});

test('fates: what became of the packets, and that nothing vanished', () => {
  expect(fates(snapshot, page)).toBe(
    [
      '┌─────────────────────────┬───────┬─────────────────────────────┐',
      '│ Packets                 │ count │ share                       │',
      '├─────────────────────────┼───────┼─────────────────────────────┤',
      '│ sent                    │ 1,000 │ ████████████████████ 99 %   │',
      '│ delivered to the router │     5 │ ░░░░░░░░░░░░░░░░░░░░ 0.49 % │',
      '│ refused, with a reason  │     7 │ ░░░░░░░░░░░░░░░░░░░░ 0.69 % │',
      '│ still held              │     0 │ ░░░░░░░░░░░░░░░░░░░░ 0 %    │',
      '└─────────────────────────┴───────┴─────────────────────────────┘',
      '  received 1,000 + own 10 + copies 2 = all of these  ✔ nothing vanished',
    ].join('\n'),
  );
  const vanished = { ...snapshot, balance: { ...snapshot.balance, held: -1 } };
  expect(fates(vanished, page)).toContain('✖ packets vanished');
});

test('reasons: most packets first, in whole sentences, within the width', () => {
  const text = reasons(snapshot, page);
  expect(text.indexOf('packetTooBig')).toBeLessThan(text.indexOf('noRoute'));
  expect(text).toContain('No route leads to the destination.');
  for (const width of [60, 80, 100, 200]) {
    for (const line of reasons(snapshot, { ...page, width }).split('\n'))
      expect(line.length).toBeLessThanOrEqual(width);
  }
  expect(reasons({ ...snapshot, refusals: new Map() }, page)).toBe('  No packet was refused.');
});

test('links: sums, or rates against an earlier moment', () => {
  expect(links(snapshot, undefined, page)).toContain('│ demo-a │ 600 packets │ 400 packets │   60,000 │ 4,000,000 │');
  const before = {
    ...snapshot,
    at: 0,
    links: [{ name: 'demo-a', inPackets: 0, inOctets: 0, outPackets: 0, outOctets: 0 }],
  };
  expect(links(snapshot, before, page)).toContain(
    '│ demo-a │ 600 packets │ 400 packets │    0.5 Mbit/s │   32.0 Mbit/s │',
  );
});

describe('the summary', () => {
  test('says how it went', () => {
    expect(summary(outcomes, snapshot, page)).toContain('1 of 4 steps did not go as they should.');
    expect(summary(outcomes.slice(0, 3), snapshot, page)).toContain('All 3 steps went as they should.');
  });

  test('has no escape codes when it is plain, and the same words when it is coloured', () => {
    const text = summary(outcomes, snapshot, page);
    expect(stripVTControlCharacters(text)).toBe(text);
    expect(stripVTControlCharacters(summary(outcomes, snapshot, { ...page, paint: coloured }))).toBe(text);
  });
});

describe('the live pane', () => {
  const live = { now: snapshot, before: undefined, times: [0.2, 0.4], running: step('udp', 6), over: true };

  test('shows the step under way, the links, the round trips and how to end', () => {
    const text = livePane({ ...live, over: false }, page);
    expect(text).toContain('… a → b  UDP over IPv6');
    expect(text).toContain('round trip  0.40 ms  ▅█');
    expect(text).toContain('Press q to end.');
    expect(text).not.toContain('Refused');
  });

  test('shows everything when the scenario is over', () => {
    const text = livePane({ ...live, running: undefined, times: [] }, page);
    expect(text).toContain('nothing vanished');
    expect(text).toContain('Refused');
    expect(text).not.toContain('round trip');
    expect(text).toContain('The traffic goes on until you press q.');
  });

  test.each([
    [10, false, false],
    [30, true, true],
    [18, true, false],
  ])('%d lines have room for fates: %s, reasons: %s', (height, hasFates, hasReasons) => {
    const text = livePane(live, { ...page, height });
    expect(text.includes('nothing vanished')).toBe(hasFates);
    expect(text.includes('Refused')).toBe(hasReasons);
    expect(text.split('\n').length).toBeLessThan(height);
  });
});

test('a snapshot is what the counters say, without the loopback interface', () => {
  const node = createNode({ random: () => 0.5 });
  const tun = node.interfaces.add({ name: 'demo-a', kind: 'tun', mtu: 1500, pointToPoint: true });
  node.counters.received(tun.index, 6, 100);
  node.counters.refused(tun.index, 6, Drop.noRoute);
  expect(snapshotOf(node, 7)).toEqual({
    at: 7,
    balance: node.counters.balance(),
    refusals: new Map([['noRoute', 1]]),
    links: [{ name: 'demo-a', inPackets: 1, inOctets: 100, outPackets: 0, outOctets: 0 }],
  });
  node.close();
});

test('the picture names hosts, links and addresses', () => {
  for (const word of ['host a', 'demo-a', 'umigame', 'demo-b', 'host b', 'fd00:a::2', '10.0.2.2']) {
    expect(picture(page)).toContain(word);
  }
});
