import type { ShowLoops } from '../../run/control/requests/show-loops.ts';
import type { ChangeView, LoopView } from '../../run/control/views.ts';
import { loopLine } from '../loops.ts';
import { oneAnswer, type Subject } from './subject.ts';

const request = 'show loops';

export const loops: Subject = {
  name: 'loops',
  sentence: 'tunnels that lead into each other',
  request,
  parameters: () => ({}),
  answers: oneAnswer(request),
  draw: (answer) => (answer as ShowLoops).loops.map(loopLine).join('\n'),
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<LoopView>;
    return `${type} ${loopLine(value)}`;
  },
  redraws: false,
};
