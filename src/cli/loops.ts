import { concat, from, map, throttleTime } from 'rxjs';
import { type LoopView, loopView } from '../run/control/views.ts';
import type { Node } from '../state/node.ts';

/** Milliseconds between two lines about loops. */
const interval = 1_000;

const packetsOf = ({ packets }: LoopView): string =>
  packets === 0 ? 'no packet has met it' : `${packets} ${packets === 1 ? 'packet' : 'packets'} refused`;

/** `tun6 -> tun4 -> tun6: a loop of tunnels, by configuration and routes; 3 packets refused` */
export const loopLine = (loop: LoopView): string => {
  const what = loop.kind === 'cycle' ? 'a loop of tunnels' : 'tunnels nested too deeply';
  const why = loop.foreseen ? ', by configuration and routes' : '';
  return `${loop.path}: ${what}${why}; ${packetsOf(loop)}`;
};

/** Prints a line for each loop that there is, and then for those that come or are met: at most one a second. */
export const logLoops = (node: Node, print: (line: string) => void): void => {
  const later$ = node.loops.changes$.pipe(throttleTime(interval, node.scheduler, { leading: true, trailing: true }));
  const now = node.loops.list().map((value) => ({ type: 'added' as const, value }));
  concat(from(now), later$)
    .pipe(map(({ type, value }) => `umigame: ${type === 'removed' ? 'gone: ' : ''}${loopLine(loopView(node, value))}`))
    .subscribe(print);
};
