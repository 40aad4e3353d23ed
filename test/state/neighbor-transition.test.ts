import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  advertisement,
  Heard,
  information,
  NeighborAction,
  NeighborEvent,
  NeighborState,
  type NeighborStateName,
  type NeighborTransitionConfig,
  neighborStates,
  stateAfter,
  transition,
} from '../../src/state/neighbor-transition.ts';

const config: NeighborTransitionConfig = { patient: true, learning: false };

type ActionName = keyof typeof NeighborAction;
type To = NeighborStateName | 'unchanged';

const others = ['reachable', 'stale', 'delay', 'probe', 'unreachable'] as const;
const anyFlags = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

/** A Neighbor Advertisement with every pair of Solicited and Override that fits. */
const na = (heard: Heard, solicited?: boolean, override?: boolean): number[] =>
  anyFlags
    .filter(([s, o]) => (solicited ?? s) === s && (override ?? o) === o)
    .map(([s, o]) => advertisement(heard, s, o));

const { nothing, same, different } = Heard;
const { packetToSend, timeout, lastTimeout, confirmation } = NeighborEvent;

interface Row {
  readonly event: string;
  readonly from: NeighborStateName | readonly NeighborStateName[];
  readonly events: readonly number[];
  readonly to: To;
  readonly actions?: readonly ActionName[];
  readonly config?: Partial<NeighborTransitionConfig>;
}

/** RFC 4861 appendix C, row by row, in its order. */
const appendixC: readonly Row[] = [
  {
    event: 'packet to send',
    from: 'absent',
    events: [packetToSend],
    to: 'incomplete',
    actions: ['create', 'solicitAll', 'startTimer'],
  },
  {
    event: 'retransmit timeout, less than N retransmissions',
    from: 'incomplete',
    events: [timeout],
    to: 'incomplete',
    actions: ['solicitAll', 'startTimer'],
  },
  {
    event: 'retransmit timeout, N or more retransmissions',
    from: 'incomplete',
    events: [lastTimeout],
    to: 'absent',
    actions: ['remove', 'fail'],
  },
  {
    event: 'NA, S=0, O=any',
    from: 'incomplete',
    events: na(different, false),
    to: 'stale',
    actions: ['record', 'release', 'updateRouter', 'startTimer'],
  },
  {
    event: 'NA, S=1, O=any',
    from: 'incomplete',
    events: na(different, true),
    to: 'reachable',
    actions: ['record', 'release', 'updateRouter', 'startTimer'],
  },
  {
    event: 'NA, S=any, O=any, no link-layer address',
    from: 'incomplete',
    events: na(nothing),
    to: 'unchanged',
    actions: ['updateRouter'],
  },
  { event: 'NS, RS, Redirect, no link-layer address', from: 'absent', events: [information(nothing)], to: 'absent' },
  {
    event: 'NA, S=1, O=0, same link-layer address as cached',
    from: others,
    events: na(same, true, false),
    to: 'reachable',
    actions: ['updateRouter', 'startTimer'],
  },
  {
    event: 'NA, S=0, O=any, no link-layer address (for S=1 see note 1)',
    from: others,
    events: na(nothing, false),
    to: 'unchanged',
    actions: ['updateRouter'],
  },
  {
    event: 'NA, S=1, O=0, different link-layer address than cached',
    from: 'reachable',
    events: na(different, true, false),
    to: 'stale',
    actions: ['startTimer'],
  },
  {
    event: 'NA, S=1, O=0, different link-layer address than cached',
    from: ['stale', 'probe', 'delay', 'unreachable'],
    events: na(different, true, false),
    to: 'unchanged',
  },
  {
    event: 'NA, S=1, O=1, the same',
    from: others,
    events: na(same, true, true),
    to: 'reachable',
    actions: ['updateRouter', 'startTimer'],
  },
  {
    event: 'NA, S=1, O=1, different',
    from: others,
    events: na(different, true, true),
    to: 'reachable',
    actions: ['record', 'updateRouter', 'startTimer'],
  },
  {
    event: 'NA, S=0, O=0, the same',
    from: others,
    events: na(same, false, false),
    to: 'unchanged',
    actions: ['updateRouter'],
  },
  {
    event: 'NA, S=0, O=0, different (if reachable, see note 2)',
    from: ['stale', 'delay', 'probe', 'unreachable'],
    events: na(different, false, false),
    to: 'unchanged',
  },
  {
    event: 'NA, S=0, O=1, same link-layer address as cached',
    from: others,
    events: na(same, false, true),
    to: 'unchanged',
    actions: ['updateRouter'],
  },
  {
    event: 'NA, S=0, O=1, different link-layer address than cached',
    from: others,
    events: na(different, false, true),
    to: 'stale',
    actions: ['record', 'updateRouter', 'startTimer'],
  },
  {
    event: 'upper-layer reachability confirmation',
    from: others,
    events: [confirmation],
    to: 'reachable',
    actions: ['startTimer'],
  },
  {
    event: 'timeout, more than N seconds since reachability confirmation',
    from: 'reachable',
    events: [timeout, lastTimeout],
    to: 'stale',
    actions: ['startTimer'],
  },
  { event: 'sending packet', from: 'stale', events: [packetToSend], to: 'delay', actions: ['startTimer'] },
  {
    event: 'delay timeout',
    from: 'delay',
    events: [timeout, lastTimeout],
    to: 'probe',
    actions: ['solicit', 'startTimer'],
  },
  {
    event: 'retransmit timeout, less than N retransmissions',
    from: 'probe',
    events: [timeout],
    to: 'probe',
    actions: ['solicit', 'startTimer'],
  },
  {
    event: 'retransmit timeout, N or more retransmissions',
    from: 'probe',
    events: [lastTimeout],
    to: 'absent',
    actions: ['remove'],
    config: { patient: false },
  },
  {
    event: 'NS, RS, RA, Redirect',
    from: 'absent',
    events: [information(different)],
    to: 'stale',
    actions: ['create', 'record', 'updateRouter', 'startTimer'],
  },
  {
    event: 'NS, RS, RA, Redirect',
    from: 'incomplete',
    events: [information(different)],
    to: 'stale',
    actions: ['record', 'release', 'updateRouter', 'startTimer'],
  },
  {
    event: 'NS, RS, RA, Redirect, different link-layer address than cached',
    from: others,
    events: [information(different)],
    to: 'stale',
    actions: ['record', 'updateRouter', 'startTimer'],
  },
  {
    event: 'NS, RS, no link-layer address',
    from: 'incomplete',
    events: [information(nothing)],
    to: 'unchanged',
    actions: ['updateRouter'],
  },
  {
    event: 'NS, RS, RA, Redirect, same link-layer address as cached',
    from: others,
    events: [information(same)],
    to: 'unchanged',
    actions: ['updateRouter'],
  },
];

/** What the text of RFC 4861 says otherwise than its appendix, and what other RFCs add. */
const beyond: readonly Row[] = [
  {
    event: 'RFC 4861 §7.2.5 II: NA, S=1, no link-layer address',
    from: others,
    events: na(nothing, true),
    to: 'reachable',
    actions: ['updateRouter', 'startTimer'],
  },
  {
    event: 'RFC 4861 §7.2.5 I a: NA, S=0, O=0, different link-layer address',
    from: 'reachable',
    events: na(different, false, false),
    to: 'stale',
    actions: ['startTimer'],
  },
  {
    event: 'RFC 4861 §7.3.3: upper-layer advice about an incomplete or absent neighbor',
    from: ['incomplete', 'absent'],
    events: [confirmation],
    to: 'unchanged',
  },
  {
    event: 'RFC 4861 §7.3.3: packet to send, again',
    from: ['incomplete', 'reachable', 'delay', 'probe', 'unreachable'],
    events: [packetToSend],
    to: 'unchanged',
  },
  {
    event: 'RFC 4861 §7.2.5: NA of an unknown neighbor',
    from: 'absent',
    events: [...na(different), ...na(nothing)],
    to: 'absent',
  },
  {
    event: 'RFC 4861 §7.2.3: NS, no link-layer address, of a known neighbor',
    from: others,
    events: [information(nothing)],
    to: 'unchanged',
    actions: ['updateRouter'],
  },
  {
    event: 'RFC 7048 §3: three probes without an answer',
    from: 'probe',
    events: [lastTimeout],
    to: 'unreachable',
    actions: ['solicitAll', 'startTimer'],
  },
  {
    event: 'RFC 7048 §3: retransmit timeout',
    from: 'unreachable',
    events: [timeout],
    to: 'unreachable',
    actions: ['solicitAll', 'startTimer'],
  },
  {
    event: 'given up, or nobody sends to it any more',
    from: 'unreachable',
    events: [lastTimeout],
    to: 'absent',
    actions: ['remove'],
  },
  { event: 'unused for a day', from: 'stale', events: [timeout, lastTimeout], to: 'absent', actions: ['remove'] },
  {
    event: 'RFC 9131 §6: NA of an unknown neighbor, for a router',
    from: 'absent',
    events: na(different),
    to: 'stale',
    actions: ['create', 'record', 'updateRouter', 'startTimer'],
    config: { learning: true },
  },
  {
    event: 'RFC 9131 §6: without a link-layer address',
    from: 'absent',
    events: na(nothing),
    to: 'absent',
    config: { learning: true },
  },
];

const actionsIn = (result: number): ActionName[] =>
  (Object.keys(NeighborAction) as ActionName[]).filter((name) => (result & NeighborAction[name]) !== 0);

const statesOf = ({ from }: Row): readonly NeighborStateName[] => (typeof from === 'string' ? [from] : from);

const check = (row: Row): void => {
  for (const from of statesOf(row)) {
    for (const event of row.events) {
      const result = transition(NeighborState[from], event, { ...config, ...row.config });
      const to = row.to === 'unchanged' ? from : row.to;
      expect(neighborStates[stateAfter(result)], `${from} to`).toBe(to);
      expect(actionsIn(result).toSorted(), from).toEqual([...(row.actions ?? [])].toSorted());
    }
  }
};

const title = (row: Row): string => `${statesOf(row).join(', ')}: ${row.event}: ${row.to}`;

describe('RFC 4861 appendix C', () => {
  test.each(appendixC.map((row) => [title(row), row] as const))('%s', (_, row) => check(row));
});

describe('beside it', () => {
  test.each(beyond.map((row) => [title(row), row] as const))('%s', (_, row) => check(row));
});

test('the tables have every advertisement, information and event in every state', () => {
  const tested = new Set<string>();
  for (const row of [...appendixC, ...beyond]) {
    for (const from of statesOf(row)) for (const event of row.events) tested.add(`${from} ${event}`);
  }
  const events = [packetToSend, timeout, lastTimeout, confirmation, ...[nothing, same, different].map(information)];
  const missing: string[] = [];
  for (const state of neighborStates) {
    for (const event of [...events, ...na(nothing), ...na(same), ...na(different)]) {
      const isSame = (event & 3) === same && event > 3;
      const cannotBe =
        (isSame && (state === 'absent' || state === 'incomplete')) || // there is no address to be the same as
        (state === 'absent' && (event === timeout || event === lastTimeout));
      if (!cannotBe && !tested.has(`${state} ${event}`)) missing.push(`${state} ${event}`);
    }
  }
  expect(missing).toEqual([]);
});

test('whatever happens: a state, and actions that fit it', () => {
  const event = fc.oneof(
    fc.constantFrom(packetToSend, timeout, lastTimeout, confirmation),
    fc.constantFrom(nothing, same, different).map(information),
    fc.constantFrom(...na(nothing), ...na(same), ...na(different)),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 }), event, fc.boolean(), fc.boolean(), (from, what, patient, learning) => {
      const result = transition(from as NeighborState, what, { patient, learning });
      const to = stateAfter(result);
      const has = (action: ActionName): boolean => (result & NeighborAction[action]) !== 0;
      expect(neighborStates[to]).toBeDefined();
      expect(has('create')).toBe(from === NeighborState.absent && to !== NeighborState.absent);
      expect(has('remove')).toBe(from !== NeighborState.absent && to === NeighborState.absent);
      // Who leaves incomplete either lets the packets go or refuses them, and nobody else does.
      expect(has('release') || has('fail')).toBe(from === NeighborState.incomplete && to !== NeighborState.incomplete);
      if (from !== to && to !== NeighborState.absent) expect(has('startTimer')).toBe(true);
      if (has('solicit') || has('solicitAll')) expect(has('startTimer')).toBe(true);
    }),
  );
});
