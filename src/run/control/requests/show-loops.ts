import { map } from 'rxjs';
import { defineRequest } from '../request.ts';
import { changeView, type LoopView, loopView } from '../views.ts';

export interface ShowLoops {
  readonly loops: readonly LoopView[];
}

export const showLoops = defineRequest({
  name: 'show loops',
  sentence: 'Tunnels that lead into each other: what the configuration leads to, and what packets have met.',
  parameters: {},
  answer: ({ node }): ShowLoops => ({ loops: node.loops.list().map((loop) => loopView(node, loop)) }),
  watch: ({ node }) => node.loops.changes$.pipe(map(changeView((loop) => loopView(node, loop)))),
});
