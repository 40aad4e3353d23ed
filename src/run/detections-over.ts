import { filter, map, merge, type Observable, of, take, timer } from 'rxjs';
import { furtherProbes, maximumDetectionDelay } from '../state/detection-transition.ts';
import type { Node } from '../state/node.ts';

type WaitingNode = Pick<Node, 'addresses' | 'detections' | 'neighbors' | 'scheduler'>;

/**
 * Emits once, when all detections that run now have ended; at once if none does. On a link that loops they need not end:
 * then when as much time has passed as one echo costs.
 */
export const detectionsOver = ({ addresses, detections, neighbors, scheduler }: WaitingNode): Observable<void> => {
  const waiting = addresses.list().filter(({ interfaceIndex, address }) => detections.has(interfaceIndex, address));
  const isOver = (): boolean =>
    waiting.every(({ interfaceIndex, address }) => !detections.has(interfaceIndex, address));
  const longest = waiting.map(({ interfaceIndex }) => {
    const probes = detections.transmits(interfaceIndex) + furtherProbes;
    return maximumDetectionDelay + probes * neighbors.retransTimer(interfaceIndex);
  });
  const over$ = merge(of(undefined), detections.outcome$).pipe(filter(isOver));
  return merge(over$, timer(Math.max(0, ...longest), scheduler)).pipe(
    take(1),
    map(() => undefined),
  );
};
