/** Every row of the table in `src/state/detection-transition.ts`, and that nothing else changes anything. */
import { describe, expect, it } from 'vitest';
import {
  type DetectionConfig,
  type DetectionEvent,
  type DetectionState,
  detectionTransition,
  furtherProbes,
  idleDetection,
} from '../../src/state/detection-transition.ts';

const config: DetectionConfig = { transmits: 2, retransTimer: 1_000, random: () => 0.25 };

const phase = (name: DetectionState['phase'], left = 0, cameBack = false): DetectionState => ({
  phase: name,
  left,
  cameBack,
});
const idle = idleDetection;
const waiting = phase('waiting', 2);
const unique = phase('unique');
const duplicate = phase('duplicate');

const events = {
  start: { type: 'start', delayed: false },
  'start, delayed': { type: 'start', delayed: true },
  delay: { type: 'delay' },
  timeout: { type: 'timeout' },
  'solicitation by another': { type: 'solicitation', own: false },
  'solicitation of our own': { type: 'solicitation', own: true },
  advertisement: { type: 'advertisement' },
  stop: { type: 'stop' },
} as const satisfies Record<string, DetectionEvent>;
type EventName = keyof typeof events;

/** What is done, in short: `probe`, `wait 1000`. */
const follow = (state: DetectionState, event: EventName, given: Partial<DetectionConfig> = {}) => {
  const [next, actions] = detectionTransition(state, events[event], { ...config, ...given });
  return [next, actions.map((action) => (action.type === 'wait' ? `wait ${action.time}` : action.type)).join(', ')];
};

type Row = readonly [from: DetectionState, event: EventName, to: DetectionState, does: string, RFC: string];

const table: readonly Row[] = [
  [idle, 'start', waiting, 'wait 0', 'RFC 4862 §5.4.2'],
  [idle, 'start, delayed', waiting, 'wait 250', 'RFC 4862 §5.4.2'],
  [waiting, 'delay', waiting, 'wait 250', 'RFC 4862 §5.4.2'],
  [phase('waiting', 0), 'timeout', unique, '', 'RFC 4862 §5.1'],
  [waiting, 'timeout', phase('probing', 1), 'probe, wait 1000', 'RFC 4862 §5.4.2'],
  [waiting, 'solicitation by another', duplicate, '', 'RFC 4862 §5.4.3'],
  [waiting, 'solicitation of our own', waiting, '', 'RFC 7527 §4.3'],
  [waiting, 'advertisement', duplicate, '', 'RFC 4862 §5.4.4'],
  [waiting, 'stop', idle, '', ''],
  [phase('probing', 1), 'timeout', phase('probing', 0), 'probe, wait 1000', 'RFC 4862 §5.4'],
  [phase('probing', 1, true), 'timeout', phase('probing', 0, true), 'probe, wait 1000', 'RFC 7527 §4.2'],
  [phase('probing', 0), 'timeout', unique, '', 'RFC 4862 §5.4'],
  [phase('probing', 0, true), 'timeout', phase('probing', furtherProbes - 1), 'probe, wait 1000', 'RFC 7527 §4.2'],
  [phase('probing', 1), 'solicitation of our own', phase('probing', 1, true), '', 'RFC 7527 §4.3'],
  [phase('probing', 1), 'solicitation by another', duplicate, '', 'RFC 4862 §5.4.3'],
  [phase('probing', 0, true), 'solicitation by another', duplicate, '', 'RFC 4862 §5.4.3'],
  [phase('probing', 1), 'advertisement', duplicate, '', 'RFC 4862 §5.4.4'],
  [phase('probing', 0), 'stop', idle, '', ''],
  [unique, 'stop', idle, '', ''],
  [duplicate, 'stop', idle, '', ''],
];

describe('the table', () => {
  it.each(table)('%o, %s', (from, event, to, does) => {
    expect(follow(from, event)).toEqual([to, does]);
  });

  it('says nothing else: every other event leaves every other state as it is', () => {
    const states = [idle, waiting, phase('probing', 1), phase('probing', 0, true), unique, duplicate];
    const names = Object.keys(events) as EventName[];
    const known = new Set(table.map(([from, event]) => `${from.phase} ${event}`));
    const others = states.flatMap((state) =>
      names.filter((event) => !known.has(`${state.phase} ${event}`)).map((event) => [state, event] as const),
    );
    expect(others.length).toBeGreaterThan(20);
    for (const [state, event] of others) expect(follow(state, event)).toEqual([state, '']);
  });
});

it('waits for nothing if no probes are configured', () => {
  expect(follow(idle, 'start, delayed', { transmits: 0 })).toEqual([phase('waiting', 0), 'wait 0']);
});

it('goes on as long as probes come back (RFC 7527 §4.2), and ends once a series does not', () => {
  let state = waiting;
  let probes = 0;
  const pass = (comesBack: boolean): void => {
    const [next, actions] = detectionTransition(state, events.timeout, config);
    state = next;
    if (actions.length === 0) return;
    probes += 1;
    if (comesBack) [state] = detectionTransition(state, events['solicitation of our own'], config);
  };
  for (let i = 0; i < 20; i += 1) pass(true);
  expect(state.phase).toBe('probing');
  for (let i = 0; i < 2 * furtherProbes && state.phase === 'probing'; i += 1) pass(false);
  expect([state.phase, probes]).toEqual(['unique', 20 + 3]);
});
