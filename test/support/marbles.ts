import { map, type OperatorFunction } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';
import { dropNames, Packet, Status } from '../../src/packet/index.ts';

/** Runs marbles in virtual time. */
export const marbles = (test: (helpers: RunHelpers) => void): void =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);

export type Marbles = Readonly<Record<string, Packet>>;

/** Fresh packets by letter. A packet's letter is kept in its `seconds`, so that {@link look} finds it again. */
export const packetsNamed = (letters: string): Marbles =>
  Object.fromEntries(
    [...letters].map((letter) => {
      const packet = new Packet(64).reset(8, 40);
      packet.seconds = letter.charCodeAt(0);
      return [letter, packet];
    }),
  );

/** A packet's letter, in capitals once delivered or sent, or its letter and drop reason: a snapshot, not a reference. */
export const snapshot = (packet: Packet): string => {
  const letter = String.fromCharCode(packet.seconds);
  if (packet.status === Status.refused) return `${letter} ${dropNames[packet.drop]}`;
  return packet.status === Status.inFlight ? letter : letter.toUpperCase();
};

/** Projects packets to snapshots at once: edits that come later can't falsify what was seen (rule 1). */
export const look = (): OperatorFunction<Packet, string> => map(snapshot);

/** What a source may do: its marbles, what comes out of a lane that passes everything, and its subscription. */
export const sources = [
  { name: 'never', source: ' -     ', result: '-     ', subscription: '^' },
  { name: 'empty', source: ' --|   ', result: '--|   ', subscription: '^-!' },
  { name: 'one', source: '   -a-|  ', result: '-a-|  ', subscription: '^--!' },
  { name: 'many', source: '  -abc-|', result: '-abc-|', subscription: '^----!' },
  { name: 'error', source: ' -ab-#  ', result: '-ab-#  ', subscription: '^---!' },
  { name: 'endless', source: '-a-b-c', result: '-a-b-c', subscription: '^' },
].map(({ name, source, result, subscription }) => ({
  name,
  source: source.trim(),
  result: result.trim(),
  subscription,
}));
