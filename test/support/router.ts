import type { Observable, OperatorFunction } from 'rxjs';
import { pipe } from 'rxjs';
import { countOutcome } from '../../src/operators/index.ts';
import { always, type Packet, Status, stage } from '../../src/packet/index.ts';
import { type RouterAdapter, router } from '../../src/pipelines/router.ts';
import { release } from '../../src/sinks/release.ts';
import { bytesIn } from '../../src/testing/index.ts';
import { outcomeOf, type Testbed } from './testbed.ts';

/** What came out at the end of the line. */
export interface Outcome {
  readonly inInterface: number;
  readonly outInterface: number;
  readonly outcome: string;
  readonly bytes: Uint8Array;
}

export interface LineOptions {
  readonly adapt?: RouterAdapter;
  /** Sees each packet at the end, before it is released. */
  readonly see?: (packet: Packet) => void;
}

/** The whole line behind a source: the router, a sink that takes everything, counters, release. */
export const line = (
  bed: Testbed,
  { adapt, see = () => undefined }: LineOptions = {},
): OperatorFunction<Packet, never> =>
  pipe(
    router(bed.node, adapt),
    stage((packet) => {
      packet.status = Status.sent;
    }),
    always(see),
    countOutcome(bed.node.counters),
    release(),
  );

/** Runs packets through the line and collects what comes out. */
export const runLine = (bed: Testbed, wire$: Observable<Packet>, adapt?: RouterAdapter): Outcome[] => {
  const outcomes: Outcome[] = [];
  const see = (packet: Packet): void => {
    const { inInterface, outInterface } = packet;
    outcomes.push({ inInterface, outInterface, outcome: outcomeOf(packet), bytes: bytesIn(packet) });
  };
  wire$.pipe(line(bed, adapt ? { adapt, see } : { see })).subscribe();
  return outcomes;
};
