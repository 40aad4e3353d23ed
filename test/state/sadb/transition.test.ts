import { expect, test } from 'vitest';
import {
  AssociationAction,
  type AssociationEvent,
  type AssociationStateName,
  associationStateAfter,
  associationStates,
  associationTransition,
} from '../../../src/state/sadb/transition.ts';

/** The table of the doc comment; what is not in it changes nothing. */
const rows: readonly (readonly [AssociationStateName, AssociationEvent, string, AssociationStateName])[] = [
  ['larval', 'keys', '', 'mature'],
  ['larval', 'hardExpiry', 'forget', 'dead'],
  ['larval', 'remove', 'forget', 'dead'],
  ['mature', 'softExpiry', 'tell', 'dying'],
  ['mature', 'hardExpiry', 'tell forget', 'dead'],
  ['mature', 'exhausted', 'tell forget', 'dead'],
  ['mature', 'remove', 'forget', 'dead'],
  ['dying', 'hardExpiry', 'tell forget', 'dead'],
  ['dying', 'exhausted', 'tell forget', 'dead'],
  ['dying', 'remove', 'forget', 'dead'],
];
const events: readonly AssociationEvent[] = ['keys', 'softExpiry', 'hardExpiry', 'exhausted', 'remove'];

const all = associationStates.flatMap((state, number) => events.map((event) => [state, event, number] as const));

test.each(all)('%s, %s', (state, event, number) => {
  const [, , actions = '', after = state] = rows.find((row) => row[0] === state && row[1] === event) ?? [];
  const result = associationTransition(number as 0, event);
  expect(associationStates[associationStateAfter(result)]).toBe(after);
  const named = Object.entries(AssociationAction).flatMap(([name, bit]) => ((result & bit) === 0 ? [] : [name]));
  expect(named.join(' ')).toBe(actions);
});
